"""What is kept of a booking: every wish and every word, at the time that was asked for."""

from __future__ import annotations

from bookingflow.audit.related_records import contacts_used_twice, is_among
from bookingflow.checks import stored_bookings
from bookingflow.promises.base import Promise


class StoredDataPromises(Promise):
    """What is kept of a booking."""

    def as_asked(self) -> None:
        """Every wish and every word of the guest is stored as it was told."""
        booking, session = self.scenario.booking, self.session
        row = self.bookings.row(booking)
        found = stored_bookings.stored_as_asked(row, booking.request, self.scenario.restaurant, session.stays)
        customer = session.database.customers([row.id]).get(row.id)
        if customer is not None:
            known = is_among(contacts_used_twice(one.booking for one in session.reports), booking.request)
            found += stored_bookings.customer_kept(customer, row, booking.request, known=known)
        self.demand(booking, found, "not_as_asked")

    def at_the_time_asked(self) -> None:
        """Day, start and end are those of the restaurant's own clock."""
        booking, session = self.scenario.booking, self.session
        found = stored_bookings.times_kept(
            self.bookings.row(booking), booking.request, self.scenario.restaurant, session.stays
        )
        self.demand(booking, found, "wrong_time")
