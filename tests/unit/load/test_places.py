"""Guests book where there is a table for each of them, a few at a time for the same evening."""

from __future__ import annotations

import datetime
from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bookingflow.core.errors import NotAtThisRestaurant
from bookingflow.platform.database_models import Table
from bookingflow.platform.slots import Slot, SlotFinder
from load.places import CROWD, places

TIMES = [datetime.time(hour) for hour in range(12, 20)]
DAYS = [datetime.date(2026, 12, day) for day in range(1, 11)]


class Finder:
    """A house with these tables, of which `taken` are not free at any time."""

    def __init__(self, *capacities: int, taken: int = 0, closed: bool = False) -> None:
        names = enumerate(capacities)
        tables = [Table(f"T{at}", f"T{at}", size, "hall", "Hall", "indoor", True) for at, size in names]
        self.free = tables[taken:]
        self.times = [] if closed else TIMES
        self.restaurant = SimpleNamespace(name="The House", timezone="Europe/London")

    def days_ahead(self, _: Any) -> list[datetime.date]:
        return DAYS

    def schedule(self, date: datetime.date) -> datetime.date:
        return date

    def bookable(self, _: datetime.date) -> list[Any]:
        return [SimpleNamespace(value=time) for time in self.times]

    def free_at(self, _: Slot) -> list[Table]:
        return self.free


def found(finder: Finder, guests: int, party: int | None = None) -> tuple[list[tuple[Slot, int]], int]:
    return places(cast("SlotFinder", finder), guests, party)


def test_each_has_a_table_of_its_own_size_and_one_is_spared() -> None:
    chosen, room = found(Finder(2, 2, 4, 6), 40)
    assert room == 40
    at_one_time = Counter(slot for slot, _ in chosen)
    assert max(at_one_time.values()) == 3
    assert {party for _, party in chosen} == {2, 4}


def test_times_of_a_day_keep_out_of_each_others_way() -> None:
    chosen, _ = found(Finder(2, 2, 2), 40)
    assert {slot.time for slot, _ in chosen} == {datetime.time(12), datetime.time(17)}


def test_few_follow_each_other_for_the_same_evening() -> None:
    chosen, _ = found(Finder(*[2] * 11), 24)
    assert len({slot for slot, _ in chosen[:CROWD]}) == 1
    assert len({slot for slot, _ in chosen}) == 24 // CROWD


def test_where_tables_run_out_the_rest_meets_a_full_house_and_that_is_known_before() -> None:
    chosen, room = found(Finder(2, 2), 100)
    assert (len(chosen), room) == (100, 20)


def test_a_party_that_is_asked_for_takes_whatever_table_seats_it() -> None:
    chosen, _ = found(Finder(2, 4, 6, 12), 10, party=4)
    assert {party for _, party in chosen} == {4}


def test_large_tables_are_for_no_common_guest() -> None:
    chosen, _ = found(Finder(2, 12, 12), 10)
    assert {party for _, party in chosen} == {2}


@pytest.mark.parametrize("finder", [Finder(2, 2, taken=2), Finder(2, 2, closed=True), Finder(2)])
def test_a_house_without_a_free_table_is_said(finder: Finder) -> None:
    with pytest.raises(NotAtThisRestaurant, match="The House has no free table"):
        found(finder, 10)
