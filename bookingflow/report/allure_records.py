"""Phase records and evidence in the Allure report: each phase a nested step, each scenario with its evidence.

Speaks to Allure through allure_commons' hooks only; without a formatter that listens, nothing happens.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import allure_commons
from allure_commons.types import AttachmentType
from allure_commons.utils import uuid4

from bookingflow.phases import Record
from bookingflow.privacy import Sanitizer
from bookingflow.report.allure import retitle_step
from bookingflow.report.pretty import line

LARGEST_ATTACHMENT = 100_000
"""Characters of one attachment; the report must open fast with hundreds of scenarios."""


class AllureRecords:
    """A consumer of records: a step for each phase, and the scenario's log kept for its attachment."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._log: list[Record] = []

    def __call__(self, record: Record) -> None:
        self._log.append(record)
        hook = allure_commons.plugin_manager.hook
        if record.event == "phase_started":
            self._open.append(uuid4())
            hook.start_step(uuid=self._open[-1], title=str(record.phase), params={})
        elif record.event in {"phase_completed", "phase_failed"} and self._open:
            step = self._open.pop()
            retitle_step(step, f"{record.phase} — {record.message}")
            error = AssertionError(record.message) if record.event == "phase_failed" else None
            hook.stop_step(uuid=step, exc_type=type(error) if error else None, exc_val=error, exc_tb=None)

    def take_log(self) -> list[Record]:
        """The records since the last call."""
        log, self._log = self._log, []
        return log


class Evidence:
    """Attaches evidence to the running scenario; everything goes through the sanitizer, nothing grows without bound."""

    def __init__(self, sanitizer: Sanitizer) -> None:
        self._sanitizer = sanitizer

    def sentence(self, name: str, text: str) -> None:
        """A sentence for people."""
        self._attach(name, self._sanitizer.text(text), AttachmentType.TEXT)

    def json(self, name: str, value: Any) -> None:
        """A JSON document, readable."""
        text = json.dumps(self._sanitizer.value(value), indent=2, ensure_ascii=False, default=str)
        self._attach(name, text, AttachmentType.JSON)

    def table(self, name: str, rows: Sequence[dict[str, Any]]) -> None:
        """Rows as a table."""
        if not rows:
            return
        columns = list(dict.fromkeys(column for row in rows for column in row))
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, columns)
        writer.writeheader()
        writer.writerows(self._sanitizer.value(row) for row in rows)
        self._attach(name, buffer.getvalue(), AttachmentType.CSV)

    def phase_log(self, records: Sequence[Record]) -> None:
        """The scenario's records: as JSON lines for machines, and readable for people."""
        if records:
            lines = "\n".join(json.dumps(record.as_json(), ensure_ascii=False, default=str) for record in records)
            self._attach("Phase log (JSON lines)", lines, AttachmentType.TEXT)
            self._attach("Phase log", "\n".join(line(record) for record in records), AttachmentType.TEXT)

    @staticmethod
    def _attach(name: str, text: str, kind: AttachmentType) -> None:
        if len(text) > LARGEST_ATTACHMENT:
            text = text[:LARGEST_ATTACHMENT] + "\n… cut here"
        allure_commons.plugin_manager.hook.attach_data(
            body=text, name=name, attachment_type=kind, extension=kind.extension
        )
