"""Attaches the evidence for a scenario's verdict to its result: what it is about, then what the verdict rests on.

Everything goes through the one sanitizer, and a scenario that held keeps within its budget: a report of hundreds of
scenarios must open fast.
"""

from __future__ import annotations

import datetime
import shlex
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import allure_commons
from allure_commons.types import LinkType
from behave.model_type import Status

from bookingflow.booking.failure_context import DIAGNOSIS_S, FailureContext, gather
from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.core.events import Record
from bookingflow.core.text import for_markup
from bookingflow.core.timing import Deadline
from bookingflow.core.trace import trace_id_of
from bookingflow.platform.database_models import BookingRow
from bookingflow.report.allure import repetition_of, rule_of
from bookingflow.report.allure_results.incidents import incidents_of
from bookingflow.report.allure_results.records import Evidence
from bookingflow.report.pictures.timeline import timeline
from bookingflow.report.scenario_results import again, location_of, shown_defines
from bookingflow.world import World

GOOD = frozenset({Status.passed, Status.skipped})

KEPT_BYTES, BROKEN_BYTES = 45_000, 400_000
"""Bytes of evidence for a scenario that held, and for one that did not; docs/report.md, "Size"."""
KEPT_BOOKINGS, BROKEN_BOOKINGS = 2, 6
"""Bookings shown each on its own; the tables and the phase log hold all of them."""


def attach_evidence(
    world: World, scenario: Any, records: Sequence[Record], defined: Mapping[str, str] | None = None
) -> None:
    """Attach all there is to the scenario that ends now; without a report that listens, nothing is prepared.

    `defined` are the -D options of the run, for the command that repeats the scenario.
    """
    if not allure_commons.plugin_manager.list_name_plugin():
        return
    held = scenario.status == Status.passed
    attach = Evidence(world.session.sanitizer, KEPT_BYTES if held else BROKEN_BYTES)
    bookings, zone = world.scenario.bookings, ZoneInfo(world.scenario.restaurant.timezone)
    about = world.session.sanitizer.text(described(scenario, defined or {}))
    allure_commons.plugin_manager.hook.add_description_html(test_description_html=about)
    if not held:
        case = world.scenario.case or _gathered(world)
        if case is not None:
            attach.json("Evidence", case.as_json())
    shown = bookings[:KEPT_BOOKINGS] if held else _telling(bookings)
    for booking in shown:
        number = f" {bookings.index(booking) + 1}" if len(bookings) > 1 else ""
        own = [record.as_json() for record in records if record.correlation_id == booking.log.correlation_id]
        attach.picture(f"Timeline{number}", timeline(own, booking.deadline.seconds, as_asked=held))
    rows = [booking.row for booking in bookings if booking.row is not None]
    attach.table("Booking and tables", [line for row in rows for line in booking_table(row, zone)])
    attach.table("Status history", [line for booking in bookings for line in status_history(booking, zone)])
    for booking in shown:
        number = f" {bookings.index(booking) + 1}" if len(bookings) > 1 else ""
        attach.json(f"HTTP exchange{number}", booking.exchange.evidence())
        _link_trace(world.session.settings.trace_link, booking)
    attach.phase_log(records)


def _link_trace(address: str | None, booking: TrackedBooking) -> None:
    """Link the booking's trace, where the team said where its traces are."""
    if address is not None:
        trace_id = trace_id_of(booking.log.correlation_id)
        name = f"Trace of booking {booking.row.reference}" if booking.row is not None else "Trace of the booking"
        url = address.replace("{trace_id}", trace_id)
        allure_commons.plugin_manager.hook.add_link(url=url, link_type=LinkType.LINK, name=name)


def described(scenario: Any, defined: Mapping[str, str]) -> str:
    """What stands at the top of a result, as HTML: for a failure what was promised, where, and how to run it again;
    then what the scenario is about, in the words of its feature, and the incidents that must not come back.

    The verdict's own sentence stands above it, as the result's message.
    """
    place, rows = location_of(scenario), dict[str, str]()
    step = next((step for step in scenario.all_steps if step.status not in GOOD), None)
    if step is not None or scenario.status not in GOOD:
        rows["Promised"] = for_markup(scenario.name if step is None else f"{step.keyword} {step.name}")
        rows["Written in"] = for_markup(place)
        command = again(shlex.quote(place), shown_defines(defined), repetition_of(scenario))
        rows["Run it again"] = f"<code>{for_markup(command)}</code>"
    for name, words in (
        ("Feature", " ".join(scenario.feature.description)),
        ("Rule", rule_of(scenario)),
        ("Scenario", " ".join(scenario.description)),
        ("Must not come back", "\n".join(incidents_of(scenario.effective_tags))),
    ):
        rows[name] = "<br>".join(map(for_markup, words.splitlines()))
    return "".join(f"<p><b>{name}:</b> {words}</p>" for name, words in rows.items() if words)


def booking_table(row: BookingRow, zone: ZoneInfo) -> list[dict[str, Any]]:
    """A booking and its tables for people, one row a table; times by the restaurant's clock, to the minute."""
    booking = {
        "booking": row.reference,
        "status": row.status,
        "guests": row.party_size,
        "time": f"{row.date:%a %d %b}, {row.start_time:%H:%M}–{row.end_time:%H:%M}",
        "for": row.booking_type,
        "wish": row.seating_preference,
    }
    if not row.tables:
        return [{**booking, "table": "none"}]
    return [
        {
            **booking,
            "table": table.number,
            "seats": table.capacity,
            "where": f"{table.zone} ({table.area})",
            "held": f"{_clock(table.start_at, zone)}–{_clock(table.end_at, zone)}",
        }
        for table in row.tables
    ]


def status_history(booking: TrackedBooking, zone: ZoneInfo) -> list[dict[str, Any]]:
    """The changes of a booking's status that the platform noted, else those that were seen: a row each."""
    row = booking.row
    name = row.reference if row is not None else (booking.booking_id or "unknown")
    if booking.study.history:
        return [
            {
                "booking": name,
                "time": f"{change.at.astimezone(zone):%a %d %b, %H:%M}",
                "from": change.from_status,
                "to": change.to_status,
                "why": change.reason,
                "noted by": "the platform",
            }
            for change in booking.study.history
        ]
    return [
        {
            "booking": name,
            "time": f"{since:.2f} s after the request",
            "from": None if index == 0 else booking.seen[index - 1][1],
            "to": status,
            "why": None,
            "noted by": "this suite",
        }
        for index, (since, status, _) in enumerate(booking.seen)
    ]


def _clock(moment: datetime.datetime | None, zone: ZoneInfo) -> str:
    return "?" if moment is None else f"{moment.astimezone(zone):%H:%M}"


def _gathered(world: World) -> FailureContext | None:
    """The case of a promise that was broken after the booking was confirmed: nobody had to look for a cause."""
    if not world.scenario.bookings:
        return None
    session = world.session
    deadline, joins = Deadline(session.clock, DIAGNOSIS_S), session.settings.platform_has("merges")
    return gather(session.database, world.scenario.booking, session.guests.own, deadline, joins=joins)


def _telling(bookings: Sequence[TrackedBooking]) -> list[TrackedBooking]:
    """The bookings that tell the most about a failure: those not confirmed, then the last ones; in their order."""
    ordered = sorted(range(len(bookings)), key=lambda index: (bookings[index].confirmed, -index))
    return [bookings[index] for index in sorted(ordered[:BROKEN_BOOKINGS])]
