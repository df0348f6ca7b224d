"""Phase records and evidence in the Allure report: each phase a nested step, each scenario with its evidence.

Speaks to Allure through allure_commons' hooks only; without a formatter that listens, nothing happens.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import allure_commons
from allure_commons.types import AttachmentType
from allure_commons.utils import uuid4

from bookingflow.core.events import Record
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.report.allure import retitle_step
from bookingflow.report.pretty import line

LARGEST_PART = 0.2
"""The part of a scenario's budget that one attachment may use, so that none crowds out the others."""
LEAST_WORTH_SHOWING = 300
"""Bytes below which what is left of an attachment tells nothing."""
KEPT_AT_END = 0.4
"""The part of a text cut in its middle that its end gets: how it began and how it ended tell the most."""


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
    """Attaches evidence to the running scenario; everything goes through the sanitizer, nothing grows without bound.

    `budget` bytes in all: what comes when it is used up is cut, and says so.
    """

    def __init__(self, sanitizer: Sanitizer, budget: int = 400_000) -> None:
        self._sanitizer = sanitizer
        self._left, self._largest = budget, int(budget * LARGEST_PART)

    def sentence(self, name: str, text: str) -> None:
        """A sentence for people."""
        self._attach(name, self._sanitizer.text(text), AttachmentType.TEXT)

    def json(self, name: str, value: Any) -> None:
        """A JSON document, readable."""
        text = json.dumps(self._sanitizer.value(value), indent=2, ensure_ascii=False, default=str)
        self._attach(name, text, AttachmentType.JSON)

    def table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows as a table; nothing without rows."""
        if not rows:
            return
        columns = list(dict.fromkeys(column for row in rows for column in row))
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self._sanitizer.value(row) for row in rows)
        self._attach(name, buffer.getvalue(), AttachmentType.CSV)

    def picture(self, name: str, svg: str) -> None:
        """A picture, made of texts that are sanitized already; whole or not at all."""
        if len(svg.encode()) <= self._left:
            self._attach(name, svg, AttachmentType.SVG)

    def phase_log(self, records: Sequence[Record]) -> None:
        """The scenario's records: readable for people, and as JSON lines for machines."""
        if records:
            self._attach("Phase log", "\n".join(line(record) for record in records), AttachmentType.TEXT)
            lines = "\n".join(json.dumps(record.as_json(), ensure_ascii=False, default=str) for record in records)
            self._attach("Phase log (JSON lines)", lines, AttachmentType.TEXT)

    def _attach(self, name: str, text: str, kind: AttachmentType) -> None:
        room = min(self._largest, self._left)
        if len(text.encode()) > room:
            if room < LEAST_WORTH_SHOWING:
                return
            # Half a JSON document is none, half a table still is one.
            text, kind = cut(text, room), AttachmentType.CSV if kind is AttachmentType.CSV else AttachmentType.TEXT
        self._left -= len(text.encode())
        allure_commons.plugin_manager.hook.attach_data(
            body=text, name=name, attachment_type=kind, extension=kind.extension
        )


def cut(text: str, most: int) -> str:
    """The text's beginning and end, in whole lines where it has any, in at most so many bytes; says what is missing."""
    note = f"… {len(text.encode())} bytes in all, the middle is left out …"
    room = most - len(note.encode()) - 2
    ending = int(room * KEPT_AT_END)
    head = text.encode()[: room - ending].decode("utf-8", "ignore")
    tail = text.encode()[-ending:].decode("utf-8", "ignore")
    head, tail = head[: head.rfind("\n") + 1] or head, tail[tail.find("\n") + 1 :]
    return f"{head.removesuffix(chr(10))}\n{note}\n{tail}"
