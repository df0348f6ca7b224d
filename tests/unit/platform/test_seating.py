"""Which parties the tables of a house seat at one moment: alone, and joined within one zone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bookingflow.platform.database_models import Table
from bookingflow.platform.seating import Seating


def table(number: str, capacity: int, zone: str = "hall", *, movable: bool = True) -> Table:
    return Table(number, number, capacity, zone, zone.title(), "indoor", movable)


TWO, FOUR, SIX = table("T2", 2), table("T4", 4), table("T6", 6)
GARDEN = table("G5", 5, "garden")
FIXED = table("F8", 8, movable=False)


def numbers(tables: list[Table]) -> list[str]:
    return [one.number for one in tables]


def test_the_smallest_table_that_seats_a_party_alone_comes_first() -> None:
    house = Seating([SIX, TWO, FOUR], [SIX, TWO, FOUR])
    assert numbers(house.single(3)) == ["T4", "T6"]
    assert numbers(house.single(2)) == ["T2", "T4", "T6"]
    assert house.single(7) == []


def test_a_table_for_parties_of_a_certain_size_is_kept_for_them() -> None:
    for_pairs, for_many = replace(FOUR, max_party=2), replace(SIX, min_party=5)
    house = Seating([for_pairs, for_many], [for_pairs, for_many])
    assert [numbers(house.single(party)) for party in (2, 3, 5, 7)] == [["T4"], [], ["T6"], []]
    assert house.joined(7) == []
    assert house.most_seats() == 6
    assert (for_pairs.largest_party, for_many.largest_party) == (2, 6)


def test_tables_of_one_zone_are_joined_and_no_more_of_them_than_needed() -> None:
    house = Seating([TWO, FOUR, SIX], [TWO, FOUR, SIX])
    assert numbers(house.joined(10)) == ["T6", "T4"]
    assert numbers(house.joined(12)) == ["T6", "T4", "T2"]
    assert house.joined(13) == []


def test_tables_of_two_zones_and_tables_that_stand_fixed_are_not_joined() -> None:
    assert Seating([SIX, GARDEN], [SIX, GARDEN]).joined(7) == []
    assert Seating([SIX, FIXED], [SIX, FIXED]).joined(7) == []


def test_no_more_than_three_tables_are_joined() -> None:
    four = [table(f"T{number}", 2) for number in range(4)]
    assert len(Seating(four, four).joined(6)) == 3
    assert Seating(four, four).joined(7) == []


@pytest.mark.parametrize(
    ("free", "seats"),
    [([], 0), ([FIXED, TWO], 8), ([FIXED, SIX, FOUR], 10), ([TWO, FOUR, SIX, GARDEN], 12), ([TWO, GARDEN], 5)],
)
def test_the_most_seats_for_one_party_are_those_of_a_table_or_of_three_joined(free: list[Table], seats: int) -> None:
    assert Seating([TWO, FOUR, SIX, GARDEN, FIXED], free).most_seats() == seats


def test_what_is_taken_seats_nobody_and_makes_a_house_not_empty() -> None:
    assert Seating([TWO, FOUR], [TWO, FOUR]).empty
    taken = Seating([TWO, FOUR], [TWO])
    assert not taken.empty
    assert taken.single(4) == []
    assert taken.joined(3) == []
