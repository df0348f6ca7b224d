"""Every booking of a scenario right as a whole: what the guest told, was answered, and is kept for the guest."""

from __future__ import annotations

from bookingflow.audit.bookings import audit, stored
from bookingflow.audit.related_records import left_out, noted_amiss
from bookingflow.core.text import listed
from bookingflow.promises.base import Promise


class WholePromises(Promise):
    """Nothing about any of these bookings is wrong, wherever one looks."""

    def to_the_last_detail(self) -> None:
        """Row, answer, tables, reservations, customer and history of each booking of this scenario."""
        world = self._world
        places = {world.restaurant.id: world.restaurant}
        bookings = self.scene.bookings
        rows = stored(world.database, bookings)
        found = audit(world.database, rows, bookings, places, world.stays, world.guests.words)
        told = [*found.tables_twice, *found.others, *noted_amiss(world.database, rows, bookings)]
        told += left_out(world.database, rows, bookings)
        if told:
            raise self.breach(f"Of {len(bookings)} guests who booked one after the other: {listed(told)}", "not_whole")
