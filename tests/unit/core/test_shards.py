"""Scenarios are split the same everywhere, evenly, each into one shard."""

from __future__ import annotations

from bookingflow.core.shards import Item, split


def item(number: int, *, steps: int = 3, serial: bool = False) -> Item:
    return Item(f"features/x.feature:{number}", f"BOOK-{number:03d} title", steps, serial)


def test_every_scenario_is_in_one_shard_and_in_its_place() -> None:
    items = [item(number, steps=number % 5 + 1) for number in range(50)]
    shards = split(items, 4, {})
    order = [one.place for one in items]
    assert sorted(place for shard in shards for place in shard) == sorted(order)
    assert all(shard == sorted(shard, key=order.index) for shard in shards)
    assert split(items, 4, {}) == shards


def test_the_longest_ones_are_spread_by_their_durations() -> None:
    items = [item(number) for number in range(6)]
    took = {one.label: ms for one, ms in zip(items, [9000, 5000, 4000, 10, 10, 10], strict=True)}
    loads = [sum(took[one.label] for one in items if one.place in shard) for shard in split(items, 2, took)]
    assert max(loads) <= 9020


def test_a_scenario_that_never_ran_counts_by_its_steps() -> None:
    items = [item(1, steps=10), item(2, steps=10), item(3, steps=10), item(4, steps=30)]
    took = {one.label: 1000 for one in items[:3]}
    shards = split(items, 2, took)
    assert sorted(map(len, shards)) == [1, 3], "thirty steps are worth three scenarios of ten"


def test_serial_ones_stay_together_in_the_first_shard() -> None:
    items = [item(1, serial=True), item(2), item(3), item(4, serial=True)]
    first, second = split(items, 2, {})
    assert {"features/x.feature:1", "features/x.feature:4"} <= set(first)
    assert len(second) == 1
