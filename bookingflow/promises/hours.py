"""What guests are shown of a restaurant's opening hours."""

from __future__ import annotations

from bookingflow.errors import NotAtThisRestaurant
from bookingflow.opening import offered_as_open
from bookingflow.promises.judge import Judge


class HoursPromises(Judge):
    """Open is open, closed is closed, and guests are told so."""

    def offered(self) -> None:
        """The times offered on the scenario's day are those of the opening hours."""
        world, date = self._world, self.scene.the_slot().date
        hours = world.database.hours(world.restaurant.id, date)
        if hours is None:
            raise NotAtThisRestaurant("The opening hours can't be read by the suite's database role.")
        found = offered_as_open(world.slots.schedule(date), hours, world.restaurant, date, world.stays)
        if found:
            raise self.breach(f"{world.restaurant.name} on {date:%a %d %b}: {'; '.join(found)}", "wrong_times_offered")
