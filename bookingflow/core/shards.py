"""A run in parts, side by side or on several machines: which scenario belongs to which part."""

from __future__ import annotations

import heapq
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Item:
    """A scenario to be given to a shard."""

    place: str
    """File and line: no other scenario has it."""
    label: str
    steps: int
    serial: bool
    """Whether it disturbs others, and so runs alone."""


def nobody_listens(place: str, result: str) -> None:
    """What a share without a parent does with a result."""
    del place, result


def at_once() -> bool:
    """What a share without others waits for."""
    return True


def never() -> bool:
    """When a share without a parent is stopped."""
    return False


@dataclass(frozen=True)
class Share:
    """The part of a run that one process runs, and what ties it to the others."""

    number: int
    """Counted from one."""
    shards: Sequence[Sequence[str]]
    """The places of all shards' scenarios."""
    serial: frozenset[str] = frozenset()
    """Those of scenarios that run when all other shards are done."""
    run_id: str | None = None
    seed: int | None = None
    """What the order is drawn with."""
    folder: Path | None = None
    """Where the results go that a parent puts together; None where there is no parent."""
    ended: Callable[[str, str], None] = nobody_listens
    """Tells the parent how the scenario at a place ended; the result is JSON."""
    alone: Callable[[], bool] = at_once
    """Waits until all other shards are done; False when the run is to end before that."""
    to_stop: Callable[[], bool] = never
    """Whether no further scenario is to begin."""

    @property
    def places(self) -> frozenset[str]:
        """Those of this part."""
        return frozenset(self.shards[self.number - 1])


def split(items: Sequence[Item], count: int, durations: Mapping[str, int]) -> list[list[str]]:
    """The places of each shard's scenarios, in the order of `items`; the same everywhere for the same arguments.

    The longest goes first, to the shard that has least to do. Serial ones, which run when all others are done, stay
    together in the first shard. `durations` are milliseconds by label; what is not among them counts by its steps.
    """
    weights = _weights(items, durations)
    order = {item.place: number for number, item in enumerate(items)}
    shards: list[list[str]] = [[item.place for item in items if item.serial], *([] for _ in range(count - 1))]
    least = [(0.0, number) for number in range(count)]
    for item in sorted(items, key=lambda item: (-weights[item.place], order[item.place])):
        if not item.serial:
            load, number = heapq.heappop(least)
            shards[number].append(item.place)
            heapq.heappush(least, (load + weights[item.place], number))
    return [sorted(places, key=order.__getitem__) for places in shards]


def _weights(items: Sequence[Item], durations: Mapping[str, int]) -> dict[str, float]:
    known = [durations[item.label] / max(1, item.steps) for item in items if item.label in durations]
    of_a_step = statistics.median(known) if known else 1.0
    return {item.place: float(durations.get(item.label, item.steps * of_a_step)) for item in items}
