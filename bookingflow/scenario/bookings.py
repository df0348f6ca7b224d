"""The bookings of a scenario: followed to their end, read again, and turned into verdicts."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from itertools import takewhile

from bookingflow.booking.diagnosis import Diagnosis, diagnose
from bookingflow.booking.failure_context import DIAGNOSIS_S, gather
from bookingflow.booking.tracked_booking import Outcome, TrackedBooking
from bookingflow.checks.opening_hours import is_offered
from bookingflow.checks.tables import CLOSED_BY_PEOPLE, withdrawal
from bookingflow.core.errors import BrokenPromise, NotAtThisRestaurant, NotJudged, SuiteError
from bookingflow.core.failures import Breach
from bookingflow.core.text import counted, series
from bookingflow.core.timing import Deadline
from bookingflow.platform.answers import lost_on_the_way
from bookingflow.platform.api_models import CONFIRMED, IN_PROGRESS, Accepted, AnswerLost, Refused, as_id
from bookingflow.platform.database_models import BookingRow
from bookingflow.platform.seating import Seating
from bookingflow.scenario.session import BookingReport, Session
from bookingflow.scenario.state import ScenarioState

OTHER_DATABASE = "other_database"
SECOND_IS_FIRST = Breach("second_is_the_first", "its guest asked for a second booking and was given the first again")
ROW_S = 5.0
"""Seconds for reading one booking again; it decides nothing about time."""


class Bookings:
    """The bookings of the scenario at hand."""

    def __init__(self, session: Session, state: ScenarioState) -> None:
        self._session = session
        self._state = state

    def add(self, bookings: Sequence[TrackedBooking]) -> None:
        """Take bookings that were just sent into the scenario and the run's summary."""
        for booking in bookings:
            self._state.bookings.append(booking)
            self._session.reports.append(BookingReport(self._state.name, booking))
            self._register(booking)

    def _register(self, booking: TrackedBooking) -> None:
        """Remember the id of a booking that is certainly this run's, so that the tear-down undoes it."""
        created = self._state.created
        if booking.booking_id and not booking.uncertain and booking.booking_id not in created:
            created.append(booking.booking_id)

    def follow(self, booking: TrackedBooking, *, may_wait: bool = False) -> TrackedBooking:
        """Follow a booking to its end, once, without judging it; `may_wait` where it need not be confirmed."""
        if not booking.followed:
            window = self._session.settings.inline_window_within(booking.deadline.seconds)
            self._session.observation.follow(booking, inline_window=window, may_wait=may_wait)
            self._register(booking)
        return booking

    def locate(self, booking: TrackedBooking) -> None:
        """Find a booking whose answer was lost; it is registered as made by this run."""
        self._session.observation.locate(booking)
        self._register(booking)

    def confirmed(self, booking: TrackedBooking) -> BookingRow:
        """The booking as it was confirmed, with a table, before its deadline; raises the verdict when it was not."""
        self.follow(booking)
        if booking.confirmed and booking.row is not None:
            self._demand_not_foreign(booking, booking.row)
            return booking.row
        raise self.verdict(booking)

    def seated_row(self, booking: TrackedBooking) -> BookingRow:
        """The booking as it is stored now, for what needs a confirmed booking with a table; raises the verdict when it
        is none.
        """
        row = self.row(booking)
        if row.status == CONFIRMED and row.tables:
            return row
        if not booking.confirmed:
            raise self.verdict(self.follow(booking))
        now = f"it was confirmed, and now it is {row.status} with {counted(len(row.tables), 'table')}"
        raise self.broken(booking, Breach(withdrawal(row.status), now))

    def seated(self, booking: TrackedBooking) -> bool:
        """Whether a guest got a table: by the answer, or by what became of the booking where that says nothing yet."""
        submitted = booking.submitted
        if isinstance(submitted, AnswerLost) or (isinstance(submitted, Accepted) and submitted.status in IN_PROGRESS):
            return self.follow(booking, may_wait=True).confirmed
        return booking.answered_confirmed

    def row(self, booking: TrackedBooking) -> BookingRow:
        """The booking as it is stored now; raises the verdict when there is none."""
        row = None
        if booking.booking_id:
            row = self._session.database.look(booking.booking_id, Deadline(self._session.clock, ROW_S))
        if row is None and booking.confirmed:
            raise self.broken(
                booking, Breach("booking_lost", "it was confirmed, and there is no such booking any more")
            )
        if row is None:
            raise self.verdict(self.follow(booking))
        self._demand_not_foreign(booking, row)
        return row

    def own_row(self, booking: TrackedBooking) -> BookingRow:
        """The booking, read just before something is done to it over HTTP; raises where it is not this run's."""
        self.demand_made(booking)
        row = self.row(booking)
        self._session.demand_own(row)
        return row

    def _demand_not_foreign(self, booking: TrackedBooking, row: BookingRow) -> None:
        """Raise where the answer named a booking that is not this run's, or another guest's of this run; it is followed
        no further, and what is not this run's is not touched.
        """
        foreign = self._foreign(booking, row)
        if foreign is not None:
            raise foreign

    def _foreign(self, booking: TrackedBooking, row: BookingRow) -> BrokenPromise | None:
        """The verdict where this stored booking is not the one that was asked for."""
        if self._earlier_of_guest(booking, row):
            return self.broken(booking, SECOND_IS_FIRST)
        stranger = not self._session.ownership.knows(row)
        if not stranger and not booking.is_of_another(row):
            return None
        whose = "somebody else's" if stranger else "another guest's of this run"
        names = Breach("foreign_booking", f"the answer names booking {row.reference}, which is {whose}")
        return self.breach(names, about=f"The booking for {booking.asked}")

    def _earlier_of_guest(self, booking: TrackedBooking, row: BookingRow) -> bool:
        """Whether this stored booking is the one that the same guest made before, by another request."""
        own = self._session.guests.contacts_of(booking.request)
        before = takewhile(lambda one: one is not booking, self._state.bookings)
        return any(
            one.booking_id == row.id
            and one.idempotency_key != booking.idempotency_key
            and not own.isdisjoint(self._session.guests.contacts_of(one.request))
            for one in before
        )

    def demand_made(self, booking: TrackedBooking) -> str:
        """The booking's id; raises the verdict when there is no such booking, not even one whose answer was lost."""
        self.locate(booking)
        if booking.booking_id is None:
            raise self.verdict(self.follow(booking))
        return booking.booking_id

    def broken(self, booking: TrackedBooking, *breaches: Breach) -> BrokenPromise:
        """A broken promise of this booking, in a sentence."""
        mistaken = booking.row is None and self._state.mistake
        return self.breach(*breaches, about=f"A booking with {self._state.mistake}" if mistaken else booking.label)

    def breach(self, *breaches: Breach, about: str = "") -> BrokenPromise:
        """A broken promise of no single booking."""
        clean = self._session.sanitizer.text
        return BrokenPromise.of([Breach(one.code, clean(one.particulars)) for one in breaches], clean(about))

    def verdict(self, booking: TrackedBooking) -> BrokenPromise | NotJudged:
        """Why a booking did not end as promised, from the evidence; the same each time it is asked for."""
        session, state = self._session, self._state
        foreign = None if booking.row is None else self._foreign(booking, booking.row)
        if foreign is not None:  # whatever became of that one
            return foreign
        asked, allowed = state.asked_in_window, state.bookings_a_minute
        if booking.outcome is Outcome.RATE_LIMITED and session.settings.on_demo and asked <= allowed:
            # Of a live platform others may ask from this address too.
            early = f"request {max(asked, 1)} of one address was turned away; {allowed} a minute are allowed"
            if state.waited_s is not None:
                early = f"the guest waited {state.waited_s:g} s, as the answer said, and was asked to wait again"
            return self.broken(booking, Breach("limit_too_low", early))
        if booking.outcome is Outcome.TERMINAL_MISSING and (elsewhere := self._stored_elsewhere(booking)):
            return NotJudged(session.sanitizer.text(elsewhere), code=OTHER_DATABASE)
        lost = None if session.settings.reached_directly else lost_on_the_way(booking.submitted)
        if booking.outcome is Outcome.ANSWER_LOST and lost is not None:
            cut = f"{booking.label}: no whole answer came ({booking.exchange.problem}), and no booking was stored"
            return NotJudged(session.sanitizer.text(cut), code=lost)
        report = session.report_of(booking)
        diagnosis = report.diagnosis or self._diagnose(booking)
        report.diagnosis = diagnosis
        if diagnosis.code == "capacity" and not session.settings.platform_has("merges"):
            self._demand_table_for(booking.request.party)
        if isinstance(booking.submitted, Refused) and booking.submitted.refusal.not_served:
            self._demand_served(booking)
        self.demand_open(booking)
        if diagnosis.code == Outcome.TERMINAL and booking.ended_as in CLOSED_BY_PEOPLE:
            staff = session.not_evident(["closed_unasked"])
            if staff is not None:
                return staff
        kind = BrokenPromise if diagnosis.judged else NotJudged
        return kind(session.sanitizer.text(diagnosis.particulars), code=diagnosis.code, who_can_act=diagnosis.actor)

    def _demand_table_for(self, party: int) -> None:
        """Raise NotAtThisRestaurant where only joined tables seat so many: the platform is not said to join any."""
        state = self._state
        if state.tables and not Seating(state.tables, state.tables).single(party):
            raise NotAtThisRestaurant(
                f"{state.restaurant.name} has no table for {counted(party, 'guest')}, and this platform is not said to "
                "join tables (BOOKING_EXPECT=merges)."
            )

    def demand_open(self, booking: TrackedBooking) -> None:
        """Raise NotAtThisRestaurant where a booking was refused for the hours, guests are not shown that time either,
        and the hours don't say for certain that it is one: a scenario may name a time that this house does not have.
        """
        if not (isinstance(booking.submitted, Refused) and booking.submitted.refusal.not_open):
            return
        session, state, request = self._session, self._state, booking.request
        try:
            day = session.api.schedule(state.restaurant.slug, request.date)
        except (SuiteError, BrokenPromise):  # what guests are shown is judged elsewhere
            return
        disabled = {slot.value: slot.disabled and not session.settings.on_demo for slot in day.slots}.get(request.time)
        if disabled is False:
            return
        state.open_at(request.date, request.time)
        hours = session.database.hours(state.restaurant.id, request.date)
        longest = datetime.timedelta(minutes=max(session.stays.values(), default=0))
        certain = bool(session.stays) and hours is not None and is_offered(hours, request.time, longest, certainly=True)
        if disabled or not certain:
            raise state.seats_nobody(request.date, request.time, "the times that guests are shown")

    def _demand_served(self, booking: TrackedBooking) -> None:
        """Raise NotAtThisRestaurant where the restaurant's day offers this time for other occasions only: unified
        validation takes none but those.
        """
        place, request = self._state.restaurant, booking.request
        day = self._session.api.schedule(place.slug, request.date)
        served = {slot.booking_option for slot in day.open_slots() if slot.value == request.time}
        if served and request.booking_type not in served:
            raise NotAtThisRestaurant(
                f"{place.name} offers {request.date:%a %d %b} {request.time:%H:%M} for {series(sorted(served))} only, "
                f"and this platform refuses {request.booking_type} then (SERVICE_PERIOD)."
            )

    def _diagnose(self, booking: TrackedBooking) -> Diagnosis:
        session, state = self._session, self._state
        joins = session.settings.platform_has("merges")
        with booking.log.phase("diagnostics", "looking for the cause") as phase:
            deadline = Deadline(session.clock, DIAGNOSIS_S)
            case = gather(session.database, booking, session.guests.own, deadline, joins=joins)
            diagnosis = diagnose(case)
            phase.complete(diagnosis.sentence, code=diagnosis.code, evidence=case.as_json())
        state.diagnosis, state.case = diagnosis, case
        return diagnosis

    def _stored_elsewhere(self, booking: TrackedBooking) -> str | None:
        """Why a booking that is missing may be kept in another database; None where the platform itself lost it.

        Once a booking of this run was seen the database is known to be this API's. Until then the API is asked, as the
        guest may ask it.
        """
        session, request = self._session, booking.request
        if session.settings.starts_demo or any(report.booking.seen for report in session.reports):
            return None
        found = session.api.lookup(request.email, request.phone, booking.restaurant_id, may_be_limited=True)
        listed = found.json_object().get("bookings")
        if isinstance(listed, list):
            ids = {as_id(item.get("id")) for item in listed if isinstance(item, dict)}
            if booking.booking_id not in ids:
                return None
            said = "and shows it to its guest"
        else:
            said = f"and can't be asked for it (HTTP {found.status})"
        return (
            f"The API took the run's first booking, {said}, but the database of BOOKING_DATABASE_URL has no such "
            "booking: it is another platform's. Set both addresses to the same platform; nothing more is booked"
        )
