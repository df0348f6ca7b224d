"""How a booking ends: confirmed, pending with a reason, cancelled; and that it stays so."""

from __future__ import annotations

from bookingflow.booking.diagnosis import reason_of
from bookingflow.booking.failure_context import FailureContext
from bookingflow.booking.tracked_booking import INLINE_TIMEOUT, SUMMARY, Outcome, TrackedBooking
from bookingflow.checks import api_answers
from bookingflow.checks.related_records import confirmed_once
from bookingflow.checks.stored_bookings import stored_as_asked
from bookingflow.checks.tables import held_for_the_stay, seats_the_party, span, tables_of_the_house, withdrawal
from bookingflow.core.errors import EvidenceHidden, NotAtThisRestaurant, ScenarioNotPossible
from bookingflow.core.failures import OF_PEOPLE, Breach
from bookingflow.core.text import counted
from bookingflow.core.timing import Deadline
from bookingflow.platform.api_models import CANCELLED, CAPACITY_EXCEEDED, CONFIRMED, CREATED, IN_PROGRESS, Accepted
from bookingflow.platform.database_models import BookingRow
from bookingflow.platform.seating import Seating
from bookingflow.platform.slots import Slot
from bookingflow.promises.base import Promise

WATCH_EVERY_S = 0.1
"""Seconds between looks at a confirmation that must stay, or come anew."""

A_MOMENT_S = 0.2
"""Seconds that it is watched where a sentence states none."""


class ConfirmationPromises(Promise):
    """How a booking ends."""

    def confirmed(self) -> None:
        """It ends confirmed with a table before its deadline."""
        self.bookings.confirmed(self.scenario.booking)

    def all_confirmed(self) -> None:
        """Every booking of the scenario does."""
        for booking in self.scenario.bookings:
            self.bookings.confirmed(booking)

    def confirmed_anew(self, seconds: float) -> None:
        """After a change it is confirmed again, with a table for the whole of its new stay."""
        booking, waited = self.scenario.booking, Deadline(self.session.clock, self.session.settings.deadline(seconds))
        while True:
            row = self.bookings.row(booking)
            found = stored_as_asked(row, booking.request, self.scenario.restaurant, self.session.stays)
            lost = bool(found)  # what is not stored comes back by no waiting
            if row.status != CONFIRMED or not row.tables:
                now = f"after the change it is {row.status} with {counted(len(row.tables), 'table')}"
                found.append(Breach("not_confirmed_anew", now))
            else:
                found += [*seats_the_party(row), *held_for_the_stay(row, self.scenario.restaurant.timezone)]
            if not found:
                return
            if lost or waited.expired:
                raise self.bookings.broken(booking, *found)
            self.session.clock.sleep(min(WATCH_EVERY_S, waited.remaining))

    def gets_answer(self) -> None:
        """The guest reads an answer: yes, or no with a reason."""
        self.demand_readable_answer(self.scenario.booking)

    def answered(self, status: str) -> None:
        """The guest's answer says this status."""
        booking = self.scenario.booking
        self.gets_answer()
        if not isinstance(booking.submitted, Accepted):
            raise self.bookings.verdict(self.bookings.follow(booking))
        said = booking.submitted.status
        if said != status and self.bookings.row(booking).last_reason == INLINE_TIMEOUT:
            raise NotAtThisRestaurant(
                "The platform ran out of the time it gives itself for the answer (INLINE_TIMEOUT): guests learn later."
            )
        if said != status:
            differs = f'the answer says "{said}" instead of "{status}"'
            if status == CONFIRMED and said in IN_PROGRESS:
                differs += ": the guest has to wait to learn whether there is a table"
            raise self.bookings.broken(booking, Breach("answer_status_wrong", differs))

    def answer_matches(self) -> None:
        """The answer shows what is stored, and that it is new."""
        booking = self.scenario.booking
        self.gets_answer()
        status = booking.exchange.status
        # Whether it was confirmed at once is another promise.
        body, row = booking.exchange.json_object(), self.bookings.row(booking)
        found = api_answers.answered_as_stored(body, row, status=False, key=booking.idempotency_key or None)
        found += api_answers.marked_as_json(booking.exchange)
        if isinstance(booking.submitted, Accepted) and (status != CREATED or booking.submitted.duplicate):
            repeated = " and calls it a repetition" if booking.submitted.duplicate else ""
            not_new = f"the answer is HTTP {status} instead of {CREATED} (created){repeated}"
            found.append(Breach("answer_not_new", not_new))
        self.demand(booking, found)

    def ended_as(self, outcome: Outcome) -> None:
        """It ended by this path."""
        booking = self.bookings.follow(self.scenario.booking)
        if booking.outcome is not outcome:
            job = f"; {booking.job.said}" if booking.job else ""
            ended = "not followed" if booking.outcome is None else booking.outcome.words
            path = f"it was {ended}, instead of {outcome.words} ({booking.story()}{job})"
            if booking.outcome is Outcome.PENDING_TIMEOUT:
                self._demand_events(booking)
            raise self.bookings.broken(booking, Breach("wrong_path", path))

    def stays_confirmed(self, seconds: float) -> None:
        """It keeps its confirmation and its tables for this many seconds."""
        booking = self.scenario.booking
        before, watched = self.bookings.seated_row(booking), Deadline(self.session.clock, seconds)
        while not watched.expired:
            self._demand_unchanged(booking, before)
            self.session.clock.sleep(min(WATCH_EVERY_S, watched.remaining))

    def unchanged(self) -> None:
        """It still has the status and the tables it had before the job ran."""
        if self.scenario.before is None:
            raise ScenarioNotPossible("Nothing was done yet that could change it.", hint="A When sentence comes first.")
        self._demand_unchanged(self.scenario.booking, self.scenario.before, job_ran=True)

    def _demand_unchanged(self, booking: TrackedBooking, before: BookingRow, *, job_ran: bool = False) -> None:
        now = self.bookings.row(booking)
        if (now.status, now.tables) != (before.status, before.tables):
            change, code = f"it was {self._face(before)}, and then {self._face(now)}", _change(before, now)
            if job_ran and code in OF_PEOPLE:  # no staff is that quick
                code = "job_changes_booking"
            raise self.bookings.broken(booking, Breach(code, change))

    def confirmed_once(self) -> None:
        """The platform recorded one confirmation for itself and others; nothing is asked where it can't be read."""
        booking = self.scenario.booking
        row = self.bookings.seated_row(booking)
        self.demand(booking, confirmed_once(self.session.database.related_records([row.id])[row.id], row))

    # -- waiting -----------------------------------------------------------------------------------------------

    def pending(self) -> BookingRow:
        """It is kept waiting without a table; nothing is said about a reason."""
        booking = self.bookings.follow(self.scenario.booking)
        return self._waiting(booking, "wrong_path", " instead of waiting")

    def pending_with_reason(self, booking: TrackedBooking | None = None) -> None:
        """It is kept waiting without a table, and the platform says why."""
        booking = self.bookings.follow(booking or self.scenario.booking, may_wait=True)
        if booking.refused_as_full:
            self.demand_full_house(booking)
            raise NotAtThisRestaurant(
                f"This platform refuses a party that it can't seat ({CAPACITY_EXCEEDED}), instead of letting it wait."
            )
        row = self._waiting(booking, "confirmed_beyond_capacity", ", though none is left for it")
        if not reason_of(FailureContext(booking)):
            self._demand_events(booking)
            nowhere = f"it stays {row.status}, and no reason is recorded anywhere"
            raise self.bookings.broken(booking, Breach("no_reason", nowhere))

    def demand_full_house(self, booking: TrackedBooking) -> None:
        """Raise where a guest was refused as if the house were full, and a table that seats the party is free."""
        scenario, request = self.scenario, booking.request
        slot = Slot(request.date, request.time, scenario.restaurant.timezone)
        free = Seating(scenario.tables, scenario.slots.free_at(slot)).single(request.party)
        if free:
            table = f"{free[0].number} (seats {free[0].capacity})"
            unused = Breach("tables_unused", f"it was refused as if the house were full, though {table} is free")
            raise self.bookings.broken(booking, unused)

    def _waiting(self, booking: TrackedBooking, code: str, contrary: str) -> BookingRow:
        """The booking, where it waits; `code` and `contrary` are those of the breach where it is confirmed."""
        self.demand_answer(booking)
        row = booking.row
        if row is None:
            raise self.bookings.verdict(booking)
        if booking.exchange.is_error:
            error = f"it was answered with an error (HTTP {booking.exchange.status})"
            raise self.bookings.broken(booking, Breach("error_in_full_house", error))
        if row.status == CONFIRMED:
            unfit = [*seats_the_party(row), *tables_of_the_house(row)] if row.tables else []
            confirmed = Breach(code, f"it is confirmed with {counted(len(row.tables), 'table')}{contrary}")
            raise self.bookings.broken(booking, *(unfit or [confirmed]))
        if row.status not in IN_PROGRESS:
            raise self.bookings.verdict(booking)
        if booking.answered_confirmed:
            differs = f'the answer says "{CONFIRMED}", and it is {row.status}, without a table'
            raise self.bookings.broken(booking, Breach("confirmed_while_waiting", differs))
        if row.tables:
            held = f"it holds {counted(len(row.tables), 'table')} while it is {row.status}"
            raise self.bookings.broken(booking, Breach("waiting_keeps_tables", held))
        return row

    def gave_up_after_one_attempt(self) -> None:
        """The platform's own job stopped because the guest is about to arrive."""
        booking = self.bookings.follow(self.scenario.booking)
        self.demand_done(not booking.confirmed, "No guest was left waiting")
        self._demand_events(booking)
        summary = booking.study.last(SUMMARY)
        used = summary.context.get("attemptsUsed") if summary else None
        if used is None:
            nowhere = "no event says how often the platform's own job tried"
            raise self.bookings.broken(booking, Breach("attempts_unknown", nowhere))
        if used != 1:
            tried = f"the platform's own job made {used} attempts instead of one"
            raise self.bookings.broken(booking, Breach("looked_too_long", tried))

    def _demand_events(self, booking: TrackedBooking) -> None:
        """Raise EvidenceHidden where the suite's role can't read what the platform notes of its own job."""
        if booking.study.events is None and not self.session.database.access.events():
            raise EvidenceHidden(
                "What the platform notes of its own job (observability_events) can't be read by the role of "
                "BOOKING_DATABASE_URL.",
                hint="docs/live-platform.md has the SQL for a role that may.",
            )

    def first_cancelled(self) -> None:
        """The first booking is cancelled and nothing is held for it any more."""
        booking = self.scenario.first
        row = self.bookings.row(booking)
        self.demand_done(booking.cancelled, "Nobody cancelled the booking")
        if row.status != CANCELLED:
            undone = f"it was cancelled, and now it is {row.status} with {counted(len(row.tables), 'table')}"
            raise self.bookings.broken(booking, Breach("cancellation_undone", undone))
        found = []
        if row.tables:
            found.append(Breach("cancelled_keeps_tables", f"it keeps {counted(len(row.tables), 'table')}"))
        holdings = self.session.database.holdings([row.id])[row.id]
        if holdings.holds or holdings.allocated:
            found.append(Breach("cancelled_keeps_reservations", "tables are still reserved for it"))
        self.demand(booking, found)

    def _face(self, row: BookingRow) -> str:
        zone = self.scenario.restaurant.timezone
        tables = ", ".join(f"{table.number} {span(table, zone)}" for table in row.tables)
        return f"{row.status} with {tables or 'no table'}"


def _change(before: BookingRow, now: BookingRow) -> str:
    """The code of what changed about a booking that was to stay as it was."""
    was, has = ([table.number for table in row.tables] for row in (before, now))
    if now.status != before.status:
        code = withdrawal(now.status) if before.status == CONFIRMED else "job_changes_booking"
    elif was != has:
        code = "tables_moved" if has else "tables_withdrawn"
    else:
        code = "table_time_changed"
    return code
