"""Whether bookings take longer than they did: like with like, and beyond chance. Pure numbers."""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from bookingflow.core.speed_history import Times

LEAST_RUNS = 3
"""Former runs of a scenario without which it is not compared: one that was fast by chance would be the measure."""


@dataclass(frozen=True)
class Comparison:
    """A run beside the last ones, over the scenarios that both have."""

    values: int
    """Bookings of this run that there is something to compare with."""
    former: int
    """Bookings of former runs that they are compared with."""
    runs: int
    """The most former runs that one of the scenarios is compared with."""
    ratio: float
    """The median of how often longer each booking took than the former ones of its scenario; 1 without any."""
    chance: float
    """How probable ranks at least so high are where nothing became slower."""


def compare(times: Times, former: Sequence[Times], last: int) -> Comparison:
    """This run's times beside those of the `last` runs that had the same scenario; `former` has the oldest first.

    Scenarios differ in what they book, so each is compared with itself alone; a run of other scenarios changes nothing.
    """
    before = {scenario: [run[scenario] for run in former if run.get(scenario)][-last:] for scenario in times}
    pairs = [
        (times[scenario], [value for values in runs for value in values])
        for scenario, runs in before.items()
        if len(runs) >= LEAST_RUNS and times[scenario]
    ]
    usual = [(now, statistics.median(then)) for now, then in pairs]
    ratios = [value / then for now, then in usual for value in now]
    return Comparison(
        values=len(ratios),
        former=sum(len(then) for _, then in pairs),
        runs=max(map(len, before.values()), default=0),
        ratio=statistics.median(ratios) if ratios else 1.0,
        chance=chance_of_higher(pairs),
    )


def chance_of_higher(pairs: Sequence[tuple[Sequence[float], Sequence[float]]]) -> float:
    """How probable it is that, in pairs of samples, the first ones rank at least so high among both by chance.

    The one-sided rank test of Wilcoxon, Mann and Whitney, stratified by pair as by van Elteren: the rank sums of the
    pairs, each weighted by 1/(N+1), in the normal approximation with the correction for ties. For one pair it is the
    Mann-Whitney U test. (E. L. Lehmann, Nonparametrics: Statistical Methods Based on Ranks, sections 1.4 and 3.3.)
    """
    excess = variance = 0.0
    for now, then in pairs:
        both = sorted([*now, *then])
        count = len(both)
        ranks = sum(bisect_left(both, value) + bisect_right(both, value) + 1 for value in now) / 2
        ties = sum(size**3 - size for size in (len(list(same)) for _, same in groupby(both)))
        excess += (ranks - len(now) * (count + 1) / 2) / (count + 1)
        spread = len(now) * len(then) / 12 * (count + 1 - ties / max(1, count * (count - 1)))
        variance += spread / (count + 1) ** 2
    return 1.0 if variance <= 0 else math.erfc(excess / math.sqrt(2 * variance)) / 2


def p95(values: Sequence[float]) -> float:
    """The smallest value that at least 95 of 100 do not exceed; of fewer than twenty it is the largest."""
    return nearest_rank(sorted(values), 0.95)


def nearest_rank(ordered: Sequence[float], share: float) -> float:
    """The smallest of these values, which are sorted, that at least this share of all does not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
