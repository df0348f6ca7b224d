"""Days and times at the restaurant: "tomorrow at 19:00" by its own clock, and a slot with room, found by looking."""

from __future__ import annotations

import datetime
import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bookingflow.api import BookingApi
from bookingflow.database import BookingDatabase, Occupation, Restaurant, Table
from bookingflow.errors import ScenarioNotPossible
from bookingflow.polling import Clock

NEAREST_DAY, FARTHEST_DAY = 2, 60
"""Days from today between which test bookings are spread: past "tomorrow", which the card's own sentence books."""
DAYS_TRIED = 12
LONGEST_STAY = datetime.timedelta(minutes=150)
"""The longest a table is taken for one booking (docs/platform.md, "Durations": 150 minutes for party occasions)."""
PADDING = datetime.timedelta(minutes=60)
"""The platform keeps this distance from other bookings when it looks for tables (docs/platform.md, "Planner")."""


@dataclass(frozen=True)
class Slot:
    """A day and a time on the restaurant's wall clock."""

    date: datetime.date
    time: datetime.time
    zone: str

    @property
    def start_at(self) -> datetime.datetime:
        """The instant it stands for."""
        return datetime.datetime.combine(self.date, self.time, ZoneInfo(self.zone))

    def __str__(self) -> str:
        return f"{self.date:%a %d %b %Y} at {self.time:%H:%M}"


def today(clock: Clock, zone: str) -> datetime.date:
    """The day it is at the restaurant."""
    return clock.now().astimezone(ZoneInfo(zone)).date()


def tomorrow_at(clock: Clock, zone: str, time: datetime.time) -> Slot:
    """Tomorrow by the restaurant's own calendar."""
    return Slot(today(clock, zone) + datetime.timedelta(days=1), time, zone)


def parse_time(text: str) -> datetime.time:
    """HH:MM as it stands in a sentence; raises ValueError."""
    return datetime.datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a wall-clock time has no zone yet


class SlotFinder:
    """Finds slots with room, spread at random so that scenarios and runs keep out of each other's way."""

    def __init__(
        self, api: BookingApi, database: BookingDatabase, restaurant: Restaurant, clock: Clock, rng: random.Random
    ) -> None:
        self.api = api
        self.database = database
        self.restaurant = restaurant
        self.clock = clock
        self.rng = rng

    def with_room(self, party: int, *, spare: int = 1, allowed: Collection[datetime.time] | None = None) -> Slot:
        """A future open slot at which at least `1 + spare` single tables fit the party and are free all along.

        Raises ScenarioNotPossible when none of the days looked at has one.
        """
        tables = [table for table in self.database.inventory(self.restaurant.id) if table.capacity >= party]
        for date in self._days():
            times = self.api.schedule(self.restaurant.slug, date).open_times()
            candidates = [time for time in times if allowed is None or time in allowed]
            self.rng.shuffle(candidates)
            taken = self._taken(date) if candidates else []
            for time in candidates:
                slot = Slot(date, time, self.restaurant.timezone)
                if len(free_tables(tables, taken, slot)) > spare:
                    return slot
        raise ScenarioNotPossible(
            f"No slot with room for {party} was found at {self.restaurant.name} on {DAYS_TRIED} days looked at.",
            hint="The restaurant is full, closed, or has no table of that size; nothing was booked.",
        )

    def _days(self) -> Iterator[datetime.date]:
        first = today(self.clock, self.restaurant.timezone)
        for ahead in self.rng.sample(range(NEAREST_DAY, FARTHEST_DAY + 1), DAYS_TRIED):
            yield first + datetime.timedelta(days=ahead)

    def _taken(self, date: datetime.date) -> list[Occupation]:
        midnight = datetime.datetime.combine(date, datetime.time(), ZoneInfo(self.restaurant.timezone))
        day = datetime.timedelta(days=1)
        return self.database.occupations(self.restaurant.id, midnight - day / 4, midnight + day + day / 4)


def free_tables(tables: Collection[Table], taken: Collection[Occupation], slot: Slot) -> list[Table]:
    """The tables nobody has within a booking's longest stay at this slot, padding included."""
    since, until = slot.start_at - PADDING, slot.start_at + LONGEST_STAY + PADDING
    busy = {item.table_id for item in taken if item.start_at < until and item.end_at > since}
    return [table for table in tables if table.id not in busy]
