"""What is done to a booking that was made: changed, moved, cancelled."""

from __future__ import annotations

from typing import Literal

from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.core.errors import NotAtThisRestaurant, ScenarioNotPossible, SuiteError
from bookingflow.scenario.bookings import Bookings
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import ScenarioState
from bookingflow.testdata.moments import Moment
from bookingflow.testdata.parties import Party


class Changes:
    """Changes and cancels bookings of the scenario at hand, each read just before and known to be this run's."""

    def __init__(self, session: Session, state: ScenarioState, bookings: Bookings) -> None:
        self._session = session
        self._state = state
        self._bookings = bookings

    def cancel_first(self, by: Literal["staff", "guest"]) -> None:
        """The restaurant or the guest cancels the first booking."""
        self.cancel(self._state.first, by)

    def cancel_last(self, by: Literal["staff", "guest"]) -> None:
        """The restaurant or the guest cancels the booking made last."""
        self.cancel(self._state.booking, by)

    def cancel(self, booking: TrackedBooking, by: Literal["staff", "guest"]) -> None:
        """Cancel a booking as the restaurant or the guest would."""
        row = self._bookings.own_row(booking)
        self._session.demo().cancel(row.id, by)
        self._session.ledger.undone([row.id])
        booking.was_cancelled()

    def come_with(self, party: Party) -> None:
        """Come with another number of guests; from here on that is what was asked for."""
        booking, size = self._state.booking, party.size(self._state.tables)
        self._session.demo().edit(self._bookings.own_row(booking).id, party=size)
        booking.was_changed(party=size)

    def come_at(self, moment: Moment) -> None:
        """Come at another time of that day; from here on that is what was asked for."""
        booking, slot = self._state.booking, moment.slot(self._state.slots, self._state.the_slot())
        self._session.demo().edit(self._bookings.own_row(booking).id, time=slot.time)
        booking.was_changed(time=slot.time)

    def move_first(self) -> None:
        """Another party of the first one's size cancels, and the restaurant moves the first to their table."""
        state = self._state
        first, *others = [booking for booking in state.bookings if not booking.cancelled]
        another = next((one for one in others if one.request.party == first.request.party), None)
        if another is None:
            raise NotAtThisRestaurant(f"{state.restaurant.name} has one table of that size only.")
        table = self._bookings.row(another).tables[0].number
        self.cancel(another, "guest")
        self._session.demo().move(self._bookings.own_row(first).id, table)
        first.was_changed()

    def undo_first(self) -> None:
        """Cancel the first booking by the way that is set up for cleaning up."""
        self.undo(self._state.first)

    def undo(self, booking: TrackedBooking) -> None:
        """Cancel a booking of this run by the way that is set up for that; it is still stored, also where the tear-down
        deletes it.
        """
        cleaner = self._session.cleaner
        if not cleaner.cancels:
            raise ScenarioNotPossible(
                "This scenario needs bookings to be cancelled.", hint="Tag it @uses.cleanup, or set BOOKING_CLEANUP."
            )
        self._bookings.locate(booking)
        if booking.booking_id is not None:
            result = cleaner.cancel([booking.booking_id], self._session.ownership)
            if result.left:
                raise SuiteError(" ".join(result.left.values()))
            if result.foreign:
                self._bookings.row(booking)  # raises the verdict: the answer named somebody else's booking
            self._session.ledger.undone([booking.booking_id])
            booking.was_cancelled()
