"""What stands behind a scenario's verdict, attached to its result: the diagnosis first, then what it rests on.

Everything goes through the one sanitizer, and a scenario that held keeps within its budget: a report of hundreds of
scenarios must open fast.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import allure_commons
from behave.model_type import Status

from bookingflow.booking.failure_context import DIAGNOSIS_S, FailureContext, booking_table, gather
from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.core.events import Record
from bookingflow.core.timing import Deadline
from bookingflow.report.allure_records import Evidence
from bookingflow.report.timeline import timeline
from bookingflow.world import World

KEPT_BYTES, BROKEN_BYTES = 45_000, 400_000
"""Bytes of evidence for a scenario that held, and for one that did not; docs/report.md, "Size"."""
KEPT_BOOKINGS, BROKEN_BOOKINGS = 2, 6
"""Bookings shown each on its own; the tables and the phase log hold all of them."""

_ACTOR = "Who can act: "


@dataclass(frozen=True)
class Explanation:
    """A failure taken apart for people: what was promised, what happened, who can act (empty when nobody is named)."""

    promised: str
    happened: str
    actor: str

    @classmethod
    def of(cls, promised: str, sentence: str) -> Explanation:
        """From a verdict's sentence."""
        happened, named, rest = sentence.rpartition(_ACTOR)
        if not named:
            return cls(promised, sentence.strip(), "")
        actor, ends, more = rest.partition(". ")
        return cls(promised, f"{happened.strip()} {more if ends else ''}".strip(), actor.rstrip().removesuffix("."))

    def as_html(self) -> str:
        """For the top of the result; every word is escaped."""
        told = {"Promised": self.promised, "What happened": self.happened, "Who can act": self.actor}
        rows = (f"<p><b>{name}:</b> {_lines(words)}</p>" for name, words in told.items() if words)
        return "".join(rows)

    def as_text(self) -> str:
        """The same for an attachment."""
        told = {"Promised": self.promised, "What happened": self.happened, "Who can act": self.actor}
        return "\n".join(f"{name}: {words}" for name, words in told.items() if words)


def attach_evidence(world: World, scenario: Any, records: Sequence[Record]) -> None:
    """Attach all there is to the scenario that ends now; without a report that listens, nothing is prepared."""
    if not allure_commons.plugin_manager.list_name_plugin():
        return
    held = scenario.status == Status.passed
    attach = Evidence(world.session.sanitizer, KEPT_BYTES if held else BROKEN_BYTES)
    bookings = world.scenario.bookings
    if not held:
        _explain(world, scenario, attach)
    shown = bookings[:KEPT_BOOKINGS] if held else _telling(bookings)
    for booking in shown:
        number = f" {bookings.index(booking) + 1}" if len(bookings) > 1 else ""
        own = [record.as_json() for record in records if record.correlation_id == booking.log.correlation_id]
        attach.picture(f"Timeline{number}", timeline(own, booking.deadline.seconds))
    rows = [booking.row for booking in bookings if booking.row is not None]
    attach.table("Booking and tables", [line for row in rows for line in booking_table(row)])
    attach.table("Status history", [line for booking in bookings for line in status_history(booking)])
    for booking in shown:
        number = f" {bookings.index(booking) + 1}" if len(bookings) > 1 else ""
        attach.json(f"HTTP exchange{number}", booking.exchange.evidence())
    attach.phase_log(records)


def status_history(booking: TrackedBooking) -> list[dict[str, Any]]:
    """The changes of a booking's status that the platform noted, else those that were seen: a row each."""
    row = booking.row
    name = row.reference if row is not None else (booking.booking_id or "unknown")
    if booking.study.history:
        return [
            {
                "booking": name,
                "at": change.at.isoformat(),
                "from": change.from_status,
                "to": change.to_status,
                "why": change.reason,
                "told by": "the platform's history",
            }
            for change in booking.study.history
        ]
    return [
        {
            "booking": name,
            "at": f"{since:.2f} s after the submit",
            "from": None if index == 0 else booking.seen[index - 1][1],
            "to": status,
            "why": None,
            "told by": "seen by this suite",
        }
        for index, (since, status, _) in enumerate(booking.seen)
    ]


def _explain(world: World, scenario: Any, attach: Evidence) -> None:
    """The diagnosis, on top of the result and as its first attachment, and the evidence that it rests on."""
    step = next((step for step in scenario.all_steps if step.status not in {Status.passed, Status.skipped}), None)
    sentence = str(scenario.skip_reason or "")
    if step is not None:
        sentence = str(step.exception or step.error_message or step.status.name)
    elif world.scenario.diagnosis is not None and not sentence:
        sentence = world.scenario.diagnosis.sentence
    if sentence:
        promised = f"{step.keyword} {step.name}" if step is not None else scenario.name
        told = Explanation.of(promised, world.session.sanitizer.text(sentence))
        allure_commons.plugin_manager.hook.add_description_html(test_description_html=told.as_html())
        attach.sentence("Diagnosis", told.as_text())
    case = world.scenario.case or _gathered(world)
    if case is not None:
        attach.json("Evidence", case.as_json())


def _gathered(world: World) -> FailureContext | None:
    """The case of a promise that was broken after the booking was confirmed: nobody had to look for a cause."""
    if not world.scenario.bookings:
        return None
    deadline = Deadline(world.session.clock, DIAGNOSIS_S)
    return gather(world.session.database, world.scenario.booking, world.session.guests.pattern, deadline)


def _telling(bookings: Sequence[TrackedBooking]) -> list[TrackedBooking]:
    """The bookings that tell the most about a failure: those not confirmed, then the last ones; in their order."""
    ordered = sorted(range(len(bookings)), key=lambda index: (bookings[index].confirmed, -index))
    return [bookings[index] for index in sorted(ordered[:BROKEN_BOOKINGS])]


def _lines(words: str) -> str:
    return "<br>".join(html.escape(line) for line in words.splitlines())
