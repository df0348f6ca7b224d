"""Every booking of a load, judged again at its end as a run of scenarios judges its own."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bookingflow.audit.bookings import tables_twice
from bookingflow.audit.findings import Finding, Found, grouped
from bookingflow.audit.run import RunAudit
from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.checks.tables import held_for_the_stay, seats_the_party
from bookingflow.core.errors import BrokenPromise, NotJudged, SuiteError
from bookingflow.core.failures import Breach
from bookingflow.core.known_breaches import KnownBreaches, load_known_breaches
from bookingflow.core.settings import Settings
from bookingflow.core.text import counted
from bookingflow.core.timing import SystemClock
from bookingflow.platform.api_models import CONFIRMED
from bookingflow.platform.cancellation import Ownership
from bookingflow.scenario.session import BookingReport, MadeBookings, Session
from bookingflow.scenario.state import ScenarioState
from bookingflow.testdata.guests import GuestBook
from load.crew import SCENARIO
from load.guest_ends import GuestEnd

AT_ONCE = 200
"""Bookings that are judged together: those of guests who came one after the other, between whom mix-ups happen."""


@dataclass
class Judged:
    """What was found among bookings, and what kept it from being looked for."""

    found: list[Found] = field(default_factory=list)
    looked_at: int = 0
    errors: list[str] = field(default_factory=list)

    def add(self, other: Judged) -> None:
        """Take what was found elsewhere too."""
        self.found += other.found
        self.looked_at += other.looked_at
        self.errors += [error for error in other.errors if error not in self.errors]

    def as_message(self) -> dict[str, Any]:
        """In what Locust can send."""
        found = [[one.breach.code, one.breach.particulars, one.booking] for one in self.found]
        return {"found": found, "lookedAt": self.looked_at, "errors": self.errors}

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> Judged:
        """What was sent."""
        found = [Found(Breach(code, particulars), booking) for code, particulars, booking in message["found"]]
        return cls(found, int(message["lookedAt"]), list(message["errors"]))

    def findings(self, known: KnownBreaches) -> list[Finding]:
        """One for each code, the worst first; those that are known say why."""
        return [
            replace(finding, known=known.excuse_finding(finding.code, finding.particulars))
            for finding in grouped(self.found)
        ]


def known_breaches(settings: Settings) -> KnownBreaches:
    """The breaches that shall not break a run; raises SettingsError where their file is wrong."""
    required = "known_breaches" in settings.model_fields_set
    today = SystemClock().now().date()
    return load_known_breaches(settings.known_breaches, required=required, today=today)


def own_bookings(session: Session, known: KnownBreaches) -> Judged:
    """What a run's own judgement finds among the bookings of this session: each is stored and answered as it was asked
    for, sits where it may, and stands.
    """
    judged = Judged()
    for part in _parts([report.booking for report in session.reports]):
        try:
            judged.add(_judged(_alone(session, part), known))
        except Exception as error:  # noqa: BLE001 - the other bookings are judged, and all are undone
            judged.errors.append(_why(session, error))
    return judged


def _why(session: Session, error: Exception) -> str:
    """What kept bookings from being judged, in a sentence; an error of our own is called that."""
    said = session.sanitizer.text(str(error))
    if isinstance(error, SuiteError | NotJudged):
        return said
    return f"an error of this suite kept bookings from being judged ({type(error).__name__}: {said})"


def _parts(bookings: Sequence[TrackedBooking]) -> Iterator[Sequence[TrackedBooking]]:
    return (bookings[first : first + AT_ONCE] for first in range(0, len(bookings), AT_ONCE))


def _alone(session: Session, bookings: Sequence[TrackedBooking]) -> Session:
    """The session as if only these bookings had been made: what is compared with each other stays few."""
    guests = GuestBook(session.settings, session.run_id, random.Random())
    for booking in bookings:
        asked = booking.request
        guests.know(name=asked.name, email=asked.email, phone=asked.phone, notes=asked.notes)
    reports = [BookingReport(SCENARIO, booking) for booking in bookings]
    return replace(session, reports=reports, guests=guests, made=MadeBookings())


def _judged(session: Session, known: KnownBreaches) -> Judged:
    audit, state = RunAudit(session, known), ScenarioState(session, SCENARIO)
    state.bookings = [report.booking for report in session.reports]
    judged = Judged(looked_at=len(state.bookings))
    try:
        audit.scenario_over(state, failed=False)
    except BrokenPromise as broken:  # what was confirmed does not stand; the rest is looked at all the same
        judged.found.append(Found(Breach(broken.code, broken.particulars)))
        audit.scenario_over(state, failed=True)
    for promise in audit.judge():
        judged.found += promise.found
        if promise.error is not None:
            judged.errors.append(f"{promise.name}: {_why(session, promise.error)}")
    return judged


def all_bookings(session: Session, guests: Sequence[GuestEnd]) -> Judged:
    """What is wrong with the tables of all bookings of a run, whichever worker made them, read by the reading role: no
    table is given twice, no booking is confirmed without one, and none is kept without saying for when.
    """
    judged, zones = Judged(), {session.home.id: session.home.timezone}
    ids = [guest.booking_id for guest in guests if guest.booking_id]
    keys = [guest.key for guest in guests if guest.key and not guest.booking_id]
    try:
        rows = [
            row
            for first in range(0, max(len(ids), len(keys)), AT_ONCE)
            for row in session.database.of_guests(
                emails=[], keys=keys[first : first + AT_ONCE], ids=ids[first : first + AT_ONCE]
            )
        ]
        for row in rows:
            breaches = held_for_the_stay(row, session.home.timezone) if row.tables else []
            breaches += seats_the_party(row) if row.status == CONFIRMED else []
            judged.found += [Found(breach, row.reference) for breach in breaches]
        judged.found += tables_twice(session.database, rows, zones)
        judged.looked_at = len(rows)
        if unseen := len(set(ids) - {row.id for row in rows}):
            seen = f"{unseen} of {counted(len(ids), 'booking')} can't be seen in this process's database"
            judged.errors.append(f"{seen}; do all workers have the same target?")
        if judged.found:
            session.demand_sight()
    except Exception as error:  # noqa: BLE001 - whatever it is, bookings are judged by their workers and undone
        return Judged(errors=[_why(session, error)])
    return judged


def undo(session: Session, guests: Sequence[GuestEnd], sent: Ownership | None = None) -> list[str]:
    """Undo what these guests made, by the way that is set up; a sentence for each that could not be undone.

    `sent` are all contacts and keys, where more were sent than these guests tell of. Nothing is undone in a demo of the
    run's own, which goes with its bookings, nor where no way is set up.
    """
    ours = sent or Ownership({guest.email for guest in guests} - {""}, {guest.key for guest in guests} - {""})
    if session.settings.starts_demo or not session.cleaner.cancels or not ours.keys:
        return []
    wanted = {guest.booking_id for guest in guests if guest.booking_id}
    unseen = sorted(ours.keys - {guest.key for guest in guests if guest.booking_id})
    try:
        rows = session.database.of_guests(emails=[], keys=unseen) if unseen else []
        wanted |= {row.id for row in rows}
        for key in session.submission.over.intersection(unseen) - {row.idempotency_key for row in rows}:
            session.ledger.not_made(key)
        result = session.cleaner.undo(sorted(wanted), ours)
    except Exception as error:  # noqa: BLE001 - whatever it is, what was measured is reported
        return [session.sanitizer.text(f"What was booked could not be undone: {error}")]
    session.ledger.undone(wanted - set(result.left) - result.foreign)
    return [session.sanitizer.text(sentence) for sentence in result.left.values()]
