"""Planning: enough seats, one zone, the fewest and best fitting tables."""

from __future__ import annotations

import datetime
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.allocator import MOST_TABLES, NO_SUITABLE, NO_TABLES, Plan, Table, plan, table_minutes


def table(number: int, capacity: int, zone: str = "in", *, movable: bool = True) -> Table:
    return Table(f"id{number}", f"T{number:02d}", capacity, zone, "indoor" if zone == "in" else "outdoor", movable)


tables = st.lists(
    st.tuples(st.sampled_from([2, 4, 6, 8]), st.sampled_from(["in", "out"]), st.booleans()), min_size=1, max_size=8
).map(lambda rows: [table(n, seats, zone, movable=movable) for n, (seats, zone, movable) in enumerate(rows)])


@given(tables, st.integers(1, 30), st.sampled_from(["any", "indoor", "outdoor"]), st.booleans(), st.data())
def test_a_plan_seats_the_party_at_free_tables_of_one_zone(
    house: list[Table], party: int, seating: str, merges: bool, data: st.DataObject
) -> None:
    busy = data.draw(st.sets(st.sampled_from([item.id for item in house])))
    found = plan(party, seating, house, busy, merges=merges)
    if isinstance(found, Plan):
        assert found.capacity >= party
        assert not {item.id for item in found.tables} & busy
        assert len({item.zone_id for item in found.tables}) == 1
        assert len(found.tables) == 1 or (merges and all(item.movable for item in found.tables))
        assert len(found.tables) <= MOST_TABLES
    else:
        free = [item for item in house if item.id not in busy]
        assert all(item.capacity < party for item in free), "a single table would have done"
        assert not (merges and _joinable(free, party))


def _joinable(free: list[Table], party: int) -> bool:
    movable = [item for item in free if item.movable]
    return any(
        len({item.zone_id for item in joined}) == 1 and sum(item.capacity for item in joined) >= party
        for size in range(2, MOST_TABLES + 1)
        for joined in combinations(movable, size)
    )


def numbers(found: Plan | str) -> list[str]:
    assert isinstance(found, Plan)
    return [item.number for item in found.tables]


def test_the_smallest_table_that_fits_wins() -> None:
    house = [table(1, 8), table(2, 4), table(3, 2)]
    assert numbers(plan(3, "any", house, set(), merges=True)) == ["T02"]


def test_a_table_is_for_parties_of_its_size_and_for_smaller_ones_where_nothing_else_is_left() -> None:
    large = replace(table(1, 4), min_party=3)
    assert numbers(plan(2, "any", [large, table(2, 6)], set(), merges=True)) == ["T02"]
    assert numbers(plan(2, "any", [large, table(2, 6)], {"id2"}, merges=True)) == ["T01"]
    assert plan(4, "any", [replace(table(1, 4), max_party=2)], set(), merges=True) == NO_TABLES


def test_one_table_beats_two() -> None:
    house = [table(1, 2), table(2, 2), table(3, 8)]
    assert numbers(plan(4, "any", house, set(), merges=True)) == ["T03"]


def test_a_seating_wish_is_honoured_where_a_table_fits() -> None:
    house = [table(1, 4), table(2, 6, "out")]
    assert numbers(plan(4, "outdoor", house, set(), merges=True)) == ["T02"]
    assert numbers(plan(4, "outdoor", house, {"id2"}, merges=True)) == ["T01"]


def test_too_large_and_full_are_distinguished() -> None:
    house = [table(1, 4), table(2, 4)]
    assert plan(9, "any", house, set(), merges=True) == NO_TABLES
    assert plan(4, "any", house, {"id1", "id2"}, merges=True) == NO_SUITABLE
    assert plan(8, "any", house, set(), merges=False) == NO_TABLES


@pytest.mark.parametrize(("start", "minutes"), [("16:45", 90), ("17:00", 95), ("21:45", 95), ("22:00", 90)])
def test_a_large_party_stays_longer_at_dinner_alone_which_ends_at_ten(start: str, minutes: int) -> None:
    length, dinner = table_minutes(datetime.time.fromisoformat(start), 8)
    assert (length, dinner) == (datetime.timedelta(minutes=minutes), minutes == 95)
