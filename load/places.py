"""Where guests book: spread over days and services, so that the house has a table for each as long as it has tables."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from itertools import islice

from bookingflow.core.errors import NotAtThisRestaurant
from bookingflow.platform.slots import LONGEST_STAY, PADDING, SPARE_TABLES, Slot, SlotFinder

CROWD = 4
"""Guests who follow each other and want the same evening: they meet where tables are given away."""
LEAST_DAYS = 7
"""Days over which few guests are spread too."""
LARGEST_PARTY = 8
"""Parties at larger tables than that are no common guests."""

Seating = list[tuple[Slot, int]]
"""One table's worth of guests each: the slot, and how many come."""


def places(finder: SlotFinder, guests: int, party: int | None = None) -> tuple[list[tuple[Slot, int]], int]:
    """A slot and a party for each guest, in the order of their arrival; and for how many of them there is a table now.
    Parties are as large as the tables that are free, or of the size given.

    Raises NotAtThisRestaurant where nobody finds a table on any day.
    """
    seatings: list[Seating] = []
    room = 0
    for days, day in enumerate(finder.days_ahead(lambda _: True)):
        if room >= guests and days >= LEAST_DAYS:
            break
        found = [seating for seating in _seatings(finder, day, party) if seating]
        seatings += found
        room += sum(map(len, found))
    if not room:
        raise NotAtThisRestaurant(f"{finder.restaurant.name} has no free table on any day of the next weeks.")
    ordered = list(_in_crowds(seatings))
    return [ordered[number % room] for number in range(guests)], min(room, guests)


def _seatings(finder: SlotFinder, day: datetime.date, party: int | None) -> Iterator[Seating]:
    """The times of a day that keep out of each other's way, each with the tables that are free then."""
    last: datetime.datetime | None = None
    for item in finder.bookable(finder.schedule(day)):
        slot = Slot(day, item.value, finder.restaurant.timezone)
        if last is not None and slot.start_at < last + LONGEST_STAY + 2 * PADDING:
            continue
        last = slot.start_at
        free = [table for table in finder.free_at(slot) if party is None or table.takes(party)]
        sizes = sorted(table.largest_party for table in free)
        yield [(slot, party or size) for size in sizes[: len(sizes) - SPARE_TABLES] if size <= LARGEST_PARTY or party]


def _in_crowds(seatings: Sequence[Seating]) -> Iterator[tuple[Slot, int]]:
    """All of them, a crowd of each seating in turn."""
    waiting = [iter(seating) for seating in seatings]
    while waiting:
        crowds = [list(islice(seating, CROWD)) for seating in waiting]
        for crowd in crowds:
            yield from crowd
        waiting = [seating for seating, crowd in zip(waiting, crowds, strict=True) if crowd]
