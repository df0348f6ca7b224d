"""What is refused: with the agreed reason, and with nothing stored."""

from __future__ import annotations

import datetime

from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.checks.refusals import REFUSALS, ExpectedRefusal, not_taken, refused_as_agreed
from bookingflow.core.errors import NotAtThisRestaurant
from bookingflow.core.failures import Breach
from bookingflow.platform.api_models import Accepted, Refused
from bookingflow.platform.business_rules import LAST_MINUTE
from bookingflow.promises.base import Promise


class RefusalPromises(Promise):
    """Promises about a booking that must be refused."""

    def refused(self, agreed: ExpectedRefusal) -> None:
        """It is refused as agreed."""
        self._demand_refused(self.scenario.booking, agreed)

    def everybody_refused(self, agreed: ExpectedRefusal) -> None:
        """Each of the guests who booked at the same moment is refused as agreed."""
        self.demand_done(self.scenario.together, "Nobody booked at the same moment")
        for booking in self.scenario.together:
            self._demand_refused(booking, agreed)

    def none_taken(self) -> None:
        """None of the scenario's requests so far is taken, whatever else the platform says to it."""
        self.demand_done(self.scenario.bookings, "Nobody asked for a booking")
        for booking in self.scenario.bookings:
            self.demand(booking, not_taken(booking.submitted))

    def _demand_refused(self, booking: TrackedBooking, agreed: ExpectedRefusal) -> None:
        self.demand_answer(booking)
        self.demand_whole_answer(booking)
        booking.was_not_refused()
        if agreed is REFUSALS["the time is not offered"] and isinstance(booking.submitted, Accepted):
            self._demand_not_offered(booking.request.date, booking.request.time)
        if agreed is REFUSALS["the time has passed"]:  # the hours are looked at first
            self.bookings.demand_open(booking)
        found = refused_as_agreed(booking.submitted, agreed)
        if agreed.unified:  # what is wrong is the time
            found += self._named_as_it_is(booking)
        self.demand(booking, found)

    def _named_as_it_is(self, booking: TrackedBooking) -> list[Breach]:
        """What the refusal of a time says otherwise than it is: the time asked for, the restaurant's zone and hours.
        What it does not say breaks nothing, nor what unified validation says, whose details have no agreed form.
        """
        place, request, submitted = self.scenario.restaurant, booking.request, booking.submitted
        if not isinstance(submitted, Refused) or submitted.refusal.unified:
            return []
        details = submitted.refusal.details or {}
        hours = self.session.database.hours(place.id, request.date)
        facts = [
            ("refusal_asked_time_wrong", "the time asked for", "requestedTime", f"{request.time:%H:%M}"),
            ("refusal_zone_wrong", "its time zone", "timezone", place.timezone),
        ]
        if hours is not None and hours.opens is not None and hours.closes is not None:
            facts.append(("refusal_opening_wrong", "its opening time", "opensAt", f"{hours.opens:%H:%M}"))
            if hours.closes != LAST_MINUTE:  # 24:00 is written in several ways
                facts.append(("refusal_closing_wrong", "its closing time", "closesAt", f"{hours.closes:%H:%M}"))
        return [
            Breach(code, f"the refusal names {details[name]} as {which} ({name}) instead of {fact}")
            for code, which, name, fact in facts
            if str(details.get(name) or fact)[: len(fact)] != fact
        ]

    def _demand_not_offered(self, date: datetime.date, time: datetime.time) -> None:
        """Raise NotAtThisRestaurant where the restaurant seats guests then after all."""
        seats, says = self.scenario.seats_guests(date, time)
        if seats:
            raise NotAtThisRestaurant(f"{self.scenario.restaurant.name} seats guests at {time:%H:%M}, by {says}.")

    def names_times(self) -> None:
        """The refusal names the first and the last time of that day that can be booked."""
        booking, submitted = self.scenario.booking, self.scenario.booking.submitted
        self.demand_done(not isinstance(submitted, Accepted), "No booking was refused")
        details = (submitted.refusal.details or {}) if isinstance(submitted, Refused) else {}
        slots = self.scenario.slots.schedule(booking.request.date).open_slots()
        if not slots:
            raise NotAtThisRestaurant(f"{self.scenario.restaurant.name} offers no time at all on that day.")
        found = [
            Breach(code, f"the refusal names {details.get(name) or 'no time'} as {which} ({name}); it is {time}")
            for code, which, name, time in (
                ("refusal_first_time_wrong", "the first time to book", "firstAvailableSlot", f"{slots[0].value:%H:%M}"),
                ("refusal_last_time_wrong", "the last time to book", "lastAvailableSlot", f"{slots[-1].value:%H:%M}"),
            )
            if details.get(name) != time
        ]
        self.demand(booking, found)

    def nothing_stored(self) -> None:
        """Neither the booking nor its guest is stored."""
        booking = self.scenario.booking
        self.demand_done(not isinstance(booking.submitted, Accepted), "No booking was refused")
        rows = self.session.database.of_guests(emails=[booking.request.email], keys=[booking.idempotency_key])
        found = [
            Breach("refused_but_stored", f"it was refused and stored all the same, as {row.reference}") for row in rows
        ]
        if self.session.database.knows_guest(booking.request.email):
            found.append(Breach("refused_guest_kept", "its guest is kept as a customer"))
        self.demand(booking, found)
