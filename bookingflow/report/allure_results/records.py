"""Phase records and evidence in the Allure report: each phase a step under its booking, each scenario its evidence.

Speaks to Allure through allure_commons' hooks only; without a formatter that listens, nothing happens.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import allure_commons
from allure_commons.model2 import Status, TestStepResult
from allure_commons.types import AttachmentType
from pydantic_core import to_json

from bookingflow.core.events import Record
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.text import counted, csv_cell
from bookingflow.report.allure import add_steps, step_outcome
from bookingflow.report.pretty import line

PHASE_EVENTS = frozenset({"phase_started", "phase_completed", "phase_failed"})
BAD = frozenset({Status.FAILED, Status.BROKEN})

LARGEST_PART = 0.2
"""The part of a scenario's budget that one attachment may use, so that none crowds out the others."""
LEAST_WORTH_SHOWING = 300
"""Bytes below which what is left of an attachment tells nothing."""
KEPT_AT_END = 0.4
"""The part of a text cut in its middle that its end gets: how it began and how it ended tell the most."""


@dataclass
class _Booking:
    """A booking as the report names it; its steps are renamed once its reference is known."""

    party: int | None = None
    reference: str = ""
    steps: list[TestStepResult] = field(default_factory=list)

    def learn(self, details: Mapping[str, Any]) -> None:
        """Take from a record's details what names the booking."""
        self.party = details.get("party", self.party)
        self.reference = details.get("reference") or self.reference
        for step in self.steps:
            step.name = self.name

    @property
    def name(self) -> str:
        """`booking C35G2K7TQ, 2 guests`"""
        named = f"booking {self.reference}".strip()
        return named if self.party is None else f"{named}, {counted(self.party, 'guest')}"


class AllureRecords:
    """A consumer of records: in each sentence's step a step a booking, with its phases; and the scenario's log."""

    def __init__(self) -> None:
        self._log: list[Record] = []
        self._shown = 0
        self._bookings: dict[str, _Booking] = {}

    def __call__(self, record: Record) -> None:
        self._log.append(record)
        if record.correlation_id is not None:
            self._bookings.setdefault(record.correlation_id, _Booking()).learn(record.details)

    def step_ends(self, step: Any) -> None:
        """Show the phases of the step that behave ends now; failed ones are red only where the step is.

        A sentence may ask that a booking waits: the phases that wait for its table then end without it, as they should.
        """
        self._show(step_outcome(step)[0])

    def take_log(self) -> list[Record]:
        """The scenario's records, at its end; phases outside of its steps are shown beside them."""
        self._show(Status.PASSED)
        log, self._log, self._shown, self._bookings = self._log, [], 0, {}
        return log

    def _show(self, outcome: str) -> None:
        """Add the phases since the last call to what is open, under their bookings."""
        fresh, self._shown = self._log[self._shown :], len(self._log)
        shown: dict[str, TestStepResult] = {}
        for record in fresh:
            if record.correlation_id is None or record.event not in PHASE_EVENTS:
                continue
            at = _milliseconds(record)
            booking = self._bookings[record.correlation_id]
            step = shown.get(record.correlation_id)
            if step is None:
                step = TestStepResult(name=booking.name, status=Status.PASSED, start=at)
                shown[record.correlation_id] = step
                booking.steps.append(step)
            step.stop = at
            if record.event == "phase_started":
                phase = TestStepResult(name=str(record.phase), status=Status.BROKEN, start=at, stop=at)
                step.steps.append(phase)
                continue
            for phase in [item for item in step.steps if item.name == record.phase][-1:]:
                phase.name, phase.stop = f"{record.phase} — {record.message}", at
                phase.status = outcome if record.event == "phase_failed" and outcome in BAD else Status.PASSED
        for step in shown.values():
            step.status = next((phase.status for phase in step.steps if phase.status in BAD), Status.PASSED)
        add_steps(list(shown.values()))


def _milliseconds(record: Record) -> int:
    return round(datetime.datetime.fromisoformat(record.timestamp).timestamp() * 1000)


Attach = Callable[[str, str, AttachmentType], None]
"""Attaches this text under this name."""


def attach_to_scenario(text: str, name: str, kind: AttachmentType) -> None:
    """To the scenario that runs now."""
    allure_commons.plugin_manager.hook.attach_data(body=text, name=name, attachment_type=kind, extension=kind.extension)


def attach_to_run(text: str, name: str, kind: AttachmentType) -> None:
    """To the report as a whole, beside its results."""
    hook = allure_commons.plugin_manager.hook
    hook.global_attach_data(body=text, name=name, attachment_type=kind, extension=kind.extension)


class Evidence:
    """Attaches evidence; everything goes through the sanitizer, nothing grows without bound.

    `budget` bytes in all: what comes when it is used up is cut, and says so.
    """

    def __init__(self, sanitizer: Sanitizer, budget: int = 400_000, attach: Attach = attach_to_scenario) -> None:
        self._sanitizer, self._to = sanitizer, attach
        self._left, self._largest = budget, int(budget * LARGEST_PART)

    @property
    def _room(self) -> int:
        """Bytes that the next attachment may have."""
        return max(0, min(self._largest, self._left))

    def sentence(self, name: str, text: str) -> None:
        """A sentence for people."""
        self._attach(name, self._sanitizer.text(text, most=self._room), AttachmentType.TEXT)

    def json(self, name: str, value: Any) -> None:
        """A JSON document, readable."""
        text = to_json(self._sanitizer.value(value, most=self._room), indent=2, fallback=str)
        self._attach(name, text.decode(), AttachmentType.JSON)

    def table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows as a table; nothing without rows."""
        if not rows:
            return
        columns = list(dict.fromkeys(column for row in rows for column in row))
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, columns, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: csv_cell(self._sanitizer.value(cell, name)) for name, cell in row.items()})
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
        room = self._room
        if len(text.encode()) > room:
            if room < LEAST_WORTH_SHOWING:
                return
            # Half a JSON document is none, half a table still is one.
            text, kind = cut(text, room), AttachmentType.CSV if kind is AttachmentType.CSV else AttachmentType.TEXT
        self._left -= len(text.encode())
        self._to(text, name, kind)


def cut(text: str, most: int) -> str:
    """The text's beginning and end, in whole lines where it has any, in at most so many bytes; says what is missing."""
    note = f"… {len(text.encode())} bytes in all, the middle is left out …"
    room = most - len(note.encode()) - 2
    ending = int(room * KEPT_AT_END)
    head = text.encode()[: room - ending].decode("utf-8", "ignore")
    tail = text.encode()[-ending:].decode("utf-8", "ignore")
    head, tail = head[: head.rfind("\n") + 1] or head, tail[tail.find("\n") + 1 :]
    return f"{head.removesuffix(chr(10))}\n{note}\n{tail}"
