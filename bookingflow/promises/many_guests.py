"""Many guests at the same moment."""

from __future__ import annotations

from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.platform.api_models import Accepted
from bookingflow.promises.base import Promise
from bookingflow.promises.confirmation import ConfirmationPromises


class ManyGuestsPromises(Promise):
    """Everybody of those who booked together."""

    def exactly_confirmed(self, count: int) -> None:
        """So many are confirmed with a table, neither more nor fewer."""
        confirmed = [booking for booking in self._followed() if booking.confirmed]
        if len(confirmed) != count:
            ends = ", ".join(str(booking.outcome_code) for booking in self.scenario.together)
            told = f"{len(confirmed)} of {len(self.scenario.together)} are confirmed instead of {count} "
            told += f"(they ended: {ends})"
            raise self.bookings.broken(self.scenario.together[-1], [told], "last_table")

    def all_confirmed(self) -> None:
        """Everybody is confirmed with a table."""
        for booking in self.scenario.together:
            self.bookings.confirmed(booking)

    def others_wait(self) -> None:
        """Who is not confirmed waits, without a table and with a reason."""
        for booking in self._followed():
            if not booking.confirmed:
                ConfirmationPromises(self.session, self.scenario, self.bookings).pending_with_reason(booking)

    def answered(self) -> None:
        """Nobody meets an error, and nobody's answer is lost."""
        for booking in self.scenario.together:
            self.demand_answer(booking)
            if not isinstance(booking.submitted, Accepted):
                found = f"HTTP {booking.exchange.status}"
                if booking.exchange.problem is not None:
                    found = f"no whole answer ({booking.exchange.problem})"
                told = f"of {len(self.scenario.together)} guests at the same moment this one got {found}"
                raise self.bookings.broken(booking, [told], "error_under_load")

    def _followed(self) -> list[TrackedBooking]:
        for booking in self.scenario.together:
            self.demand_answer(booking)
        return [self.bookings.follow(booking) for booking in self.scenario.together]
