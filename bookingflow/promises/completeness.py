"""Every booking of a scenario right as a whole: what the guest told, was answered, and is kept for the guest."""

from __future__ import annotations

from bookingflow.audit.bookings import audit, stored
from bookingflow.audit.related_records import left_out, noted_amiss
from bookingflow.core.text import listed
from bookingflow.promises.base import Promise


class CompletenessPromises(Promise):
    """Nothing about any of these bookings is wrong, wherever one looks."""

    def to_the_last_detail(self) -> None:
        """Row, answer, tables, reservations, customer and history of each booking of this scenario."""
        session = self.session
        places = {self.scenario.restaurant.id: self.scenario.restaurant}
        bookings = self.scenario.bookings
        rows = stored(session.database, bookings)
        found = audit(session.database, rows, bookings, places, session.stays, session.guests.words)
        told = [*found.tables_twice, *found.others, *noted_amiss(session.database, rows, bookings)]
        told += left_out(session.database, rows, bookings)
        if told:
            raise self.bookings.breach(
                f"Of {len(bookings)} guests who booked one after the other: {listed(told)}", "not_whole"
            )
