"""What many guests who book at the same moment are promised: a table, or a reason; nobody meets an error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bookingflow.booking.failure_context import DIAGNOSIS_S, gather
from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.checks.tables import tables_of_the_house
from bookingflow.core.failures import Breach
from bookingflow.core.text import series
from bookingflow.core.timing import Deadline
from bookingflow.platform.api_models import Accepted
from bookingflow.promises.base import Promise
from bookingflow.promises.confirmation import ConfirmationPromises


class ManyGuestsPromises(Promise):
    """Promises about guests who booked at the same moment."""

    @property
    def _together(self) -> Sequence[TrackedBooking]:
        """Their bookings; raises ScenarioNotPossible where nobody booked at the same moment."""
        self.demand_done(self.scenario.together, "Nobody booked at the same moment")
        return self.scenario.together

    def exactly_confirmed(self, count: int) -> None:
        """Exactly `count` of them are confirmed with a table."""
        confirmed = [booking for booking in self._followed(needed=count) if booking.confirmed]
        if len(confirmed) != count:
            outcomes = Counter(booking.outcome.words for booking in self._together if booking.outcome)
            ends = ", ".join(f"{number} {words}" for words, number in outcomes.items())
            code = "last_table_given_twice" if len(confirmed) > count else "last_table_not_given"
            ended = f"{len(confirmed)} of {len(self._together)} are confirmed instead of {count} ({ends})"
            unfit = [(one, found) for one in confirmed if (found := tables_of_the_house(self.bookings.row(one)))]
            if unfit and len(confirmed) > count:
                raise self.bookings.broken(unfit[0][0], *unfit[0][1])
            raise self.bookings.broken(self._together[-1], Breach(code, ended))

    def all_confirmed(self) -> None:
        """Everybody is confirmed with a table."""
        for booking in self._together:
            self.bookings.confirmed(booking)

    def others_wait(self) -> None:
        """All who are not confirmed wait, without a table and with a reason; or the house is full and refuses them."""
        confirmation = ConfirmationPromises(self.session, self.scenario, self.bookings)
        for booking in self._followed(needed=0):
            if booking.refused_as_full:
                confirmation.demand_full_house(booking)
            elif not booking.confirmed:
                confirmation.pending_with_reason(booking)
                self._demand_no_table_free(booking)

    def _demand_no_table_free(self, booking: TrackedBooking) -> None:
        """Raise where a guest is left waiting while fitting tables are free, and the platform goes on no longer.

        Where others book too, a table may just have been given back.
        """
        if not self.session.alone or booking.under_way() or not booking.job_over():
            return
        deadline = Deadline(self.session.clock, DIAGNOSIS_S)
        joins = self.session.settings.platform_has("merges")
        case = gather(self.session.database, booking, self.session.guests.own, deadline, joins=joins)
        free = case.could_have_seated() if case.free is not None else []
        if free:
            tables = series([f"{table.number} (seats {table.capacity})" for table in free])
            breach = Breach("tables_were_free", f"it waits, though {tables} {'is' if len(free) == 1 else 'are'} free")
            raise self.bookings.broken(booking, breach)

    def answered(self) -> None:
        """Nobody meets an error, and nobody's answer is lost."""
        for booking in self._together:
            self.demand_answer(booking)
            self.demand_whole_answer(booking)
            if not (isinstance(booking.submitted, Accepted) or booking.refused_as_full):
                got = f"an error (HTTP {booking.exchange.status})"
                if booking.exchange.problem is not None:
                    got = f"no whole answer ({booking.exchange.problem})"
                error = f"of {len(self._together)} guests at the same moment this one got {got}"
                raise self.bookings.broken(booking, Breach("error_under_load", error))

    def _followed(self, *, needed: int) -> Sequence[TrackedBooking]:
        """All of them, each followed to its end; once as many are confirmed as `needed`, the others may wait."""
        for booking in self._together:
            self.demand_answer(booking)
        confirmed = 0
        for booking in sorted(self._together, key=lambda one: not one.answered_confirmed):
            confirmed += self.bookings.follow(booking, may_wait=confirmed >= needed).confirmed
        return self._together
