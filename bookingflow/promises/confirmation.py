"""How a booking ends: confirmed, pending with a reason, cancelled; and that it stays so."""

from __future__ import annotations

from bookingflow.booking.diagnosis import reason_of
from bookingflow.booking.failure_context import FailureContext
from bookingflow.booking.tracked_booking import INLINE_TIMEOUT, SUMMARY, TrackedBooking
from bookingflow.checks import api_answers
from bookingflow.checks.stored_bookings import confirmed_once, held_for_the_stay, seats_the_party, span, stored_as_asked
from bookingflow.core.errors import NotAtThisRestaurant
from bookingflow.core.text import counted
from bookingflow.core.timing import Deadline
from bookingflow.platform.api_models import CANCELLED, CONFIRMED, CREATED, IN_PROGRESS, Accepted
from bookingflow.platform.database_models import BookingRow
from bookingflow.promises.base import Promise

WATCH_EVERY_S = 0.1


class OutcomePromises(Promise):
    """How a booking ends."""

    def confirmed(self, followed: TrackedBooking | None = None) -> BookingRow:
        """It ends confirmed with a table before its deadline."""
        followed = self._world.follow(followed or self.scene.booking)
        if followed.confirmed and followed.row is not None:
            return followed.row
        raise self.verdict(followed)

    def confirmed_anew(self, seconds: float) -> None:
        """After a change it is confirmed again, with a table for the whole of its new stay."""
        followed, waited = self.scene.booking, Deadline(self._world.clock, self._world.settings.deadline(seconds))
        while True:
            row = self.row(followed)
            told = stored_as_asked(row, followed.request, self._world.restaurant, self._world.stays)
            if row.status != CONFIRMED or not row.tables:
                told.append(f"after the change it is {row.status} with {counted(len(row.tables), 'table')}")
            else:
                told += [*seats_the_party(row), *held_for_the_stay(row, self._world.restaurant.timezone)]
            if not told:
                return
            if waited.expired:
                raise self.broken(followed, told, "not_confirmed_anew")
            self._world.clock.sleep(min(WATCH_EVERY_S, waited.remaining))

    def gets_answer(self) -> None:
        """The guest reads an answer: yes, or no with a reason."""
        self.demand_readable_answer(self.scene.booking)

    def answered(self, status: str) -> None:
        """The guest's answer says this status."""
        followed = self.scene.booking
        self.gets_answer()
        if not isinstance(followed.submitted, Accepted):
            raise self.verdict(self._world.follow(followed))
        said = followed.submitted.status
        if said != status and self.row(followed).last_reason == INLINE_TIMEOUT:
            raise NotAtThisRestaurant(
                "The platform ran out of the time it gives itself for the answer (INLINE_TIMEOUT): guests learn later."
            )
        if said != status:
            raise self.broken(followed, [f'the guest was told "{said}" instead of "{status}"'], "wrong_answer")

    def answer_matches(self) -> None:
        """The answer tells what is stored, and that it is new."""
        followed = self.scene.booking
        self.gets_answer()
        status = followed.exchange.status
        # Whether it was confirmed at once is another promise.
        told = api_answers.answered_as_stored(followed.exchange.json_object(), self.row(followed), status=False)
        told += api_answers.marked_as_json(followed.exchange)
        if isinstance(followed.submitted, Accepted) and (status != CREATED or followed.submitted.duplicate):
            told.append(f"the answer does not say that it is a new booking (HTTP {status})")
        self.demand(followed, told, "answer_differs")

    def ended_as(self, outcome: str) -> None:
        """It ended by this path."""
        followed = self.scene.booking
        if followed.outcome != outcome:
            job = f"; the job: {followed.job.said}" if followed.job else ""
            told = f"it ended as {followed.outcome_code}, not as {outcome} ({followed.story()}{job})"
            raise self.broken(followed, [told], "wrong_path")

    def stays_confirmed(self, seconds: float) -> None:
        """For so many seconds it keeps its confirmation and its tables."""
        followed = self.scene.booking
        before, watched = self.row(followed), Deadline(self._world.clock, seconds)
        if before.status != CONFIRMED or not before.tables:
            told = f"it was confirmed, and now it is {before.status} with {counted(len(before.tables), 'table')}"
            raise self.broken(followed, [told], "confirmation_withdrawn")
        while not watched.expired:
            self.unchanged(followed, before)
            self._world.clock.sleep(min(WATCH_EVERY_S, watched.remaining))

    def unchanged(self, followed: TrackedBooking, before: BookingRow) -> None:
        """It still has the status and the tables it had."""
        now = self.row(followed)
        if (now.status, now.tables) != (before.status, before.tables):
            told = f"it was {self._face(before)}, and then {self._face(now)}"
            raise self.broken(followed, [told], "confirmation_withdrawn")

    def confirmed_once(self) -> None:
        """The platform noted one confirmation for itself and others; nothing is asked where it can't be read."""
        followed = self.scene.booking
        row = self.row(followed)
        self.demand(followed, confirmed_once(self._world.database.related_records([row.id])[row.id], row), "history")

    # -- waiting -----------------------------------------------------------------------------------------------

    def pending(self) -> BookingRow:
        """It is kept waiting without a table; nothing is said about a reason."""
        return self._waiting(self._world.follow(self.scene.booking))

    def pending_with_reason(self, followed: TrackedBooking | None = None) -> None:
        """It is kept waiting without a table, and the platform says why."""
        followed = self._world.follow(followed or self.scene.booking)
        row = self._waiting(followed)
        if not reason_of(FailureContext(followed)):
            raise self.broken(followed, [f"it stays {row.status}, and no reason is noted anywhere"], "no_reason")

    def _waiting(self, followed: TrackedBooking) -> BookingRow:
        self.demand_answer(followed)
        row = followed.row
        if row is None:
            raise self.verdict(followed)
        if followed.exchange.status is not None and followed.exchange.status >= 500:
            told = f"the guest, for whom no table is left, was answered with an error (HTTP {followed.exchange.status})"
            raise self.broken(followed, [told], "error_instead_of_waiting")
        if row.status == CONFIRMED:
            told = f"it is confirmed with {counted(len(row.tables), 'table')}, though there is none for it"
            raise self.broken(followed, [told], "confirmed_beyond_capacity")
        if row.status not in IN_PROGRESS:
            raise self.verdict(followed)
        if followed.told_confirmed:
            told = f"the guest was told that it is confirmed, and it is {row.status}, without a table"
            raise self.broken(followed, [told], "wrong_answer")
        if row.tables:
            raise self.broken(
                followed, [f"it holds {counted(len(row.tables), 'table')} while it is {row.status}"], "tables_kept"
            )
        return row

    def gave_up_after_one_attempt(self) -> None:
        """The platform's own job stopped because the guest is about to arrive."""
        followed = self.scene.booking
        summary = followed.study.last(SUMMARY)
        used = summary.context.get("attemptsUsed") if summary else None
        if used != 1:
            told = f"the platform's own job made {used} attempts, not one"
            if used is None:
                told = "the platform noted nowhere how often its own job tried"
            raise self.broken(followed, [told], "cutoff")

    def cancelled(self, followed: TrackedBooking) -> None:
        """It is cancelled and nothing is held for it any more."""
        row = self.row(followed)
        told = [] if row.status == CANCELLED else [f"it was cancelled, and now it is {row.status}"]
        if row.tables:
            told.append(f"it keeps {counted(len(row.tables), 'table')}")
        holdings = self._world.database.holdings([row.id])[row.id]
        if holdings.holds or holdings.allocated:
            told.append("tables are still reserved for it")
        self.demand(followed, told, "cancelled_keeps")

    def _face(self, row: BookingRow) -> str:
        zone = self._world.restaurant.timezone
        tables = ", ".join(f"{table.number} {span(table, zone)}" for table in row.tables)
        return f"{row.status} with {tables or 'no table'}"
