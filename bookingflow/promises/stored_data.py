"""What is kept of a booking: every wish and every word, at the time that was asked for."""

from __future__ import annotations

import datetime

from bookingflow.audit.related_records import contacts_used_twice, is_among
from bookingflow.checks import stored_bookings
from bookingflow.core.errors import NotAtThisRestaurant
from bookingflow.core.failures import Breach
from bookingflow.core.text import quoted
from bookingflow.promises.base import Promise

MINUTES_A_DAY = 24 * 60


class StoredDataPromises(Promise):
    """What is kept of a booking."""

    def as_asked(self) -> None:
        """Every wish and every word of the guest is stored as it was given."""
        booking, session = self.scenario.booking, self.session
        row = self.bookings.row(booking)
        found = stored_bookings.stored_as_asked(row, booking.request, self.scenario.restaurant, session.stays)
        customer = session.database.customers([row.id]).get(row.id)
        if customer is not None:
            known = is_among(contacts_used_twice(self.scenario.bookings), booking.request)  # no other has its guests
            found += stored_bookings.customer_kept(customer, row, booking.request, known=known)
        self.demand(booking, found)

    def occasion(self, stored: str, minutes: int) -> None:
        """It is stored as this occasion and ends so long after its start, where the platform's catalogue says so."""
        booking = self.scenario.booking
        row, lasts = self.bookings.row(booking), self.session.stays.get(stored)
        if lasts not in {None, minutes}:
            raise NotAtThisRestaurant(f"By this platform's own catalogue {stored} lasts {lasts} minutes.")
        start, end = (datetime.datetime.combine(row.date, time) for time in (row.start_time, row.end_time))
        kept = int((end - start).total_seconds() // 60) % MINUTES_A_DAY
        found = []
        if row.booking_type != stored:
            occasion = f"the occasion is stored as {quoted(row.booking_type)} instead of {quoted(stored)}"
            found.append(Breach("occasion_not_stored", occasion))
        if kept != minutes and lasts is not None:
            ends = f"the end is stored as {quoted(row.end_time)}, {kept} minutes after the start instead of {minutes}"
            found.append(Breach("end_not_stored", ends))
        self.demand(booking, found)
        if lasts is None:
            unread = f"How long {stored} lasts can't be read by the suite's database role (booking_occasions)."
            raise NotAtThisRestaurant(unread)

    def at_the_time_asked(self) -> None:
        """Day, start and end are those of the restaurant's own clock."""
        booking, session = self.scenario.booking, self.session
        found = stored_bookings.times_kept(
            self.bookings.row(booking), booking.request, self.scenario.restaurant, session.stays
        )
        self.demand(booking, found)
