"""The rank test, and the comparison of a run with the last ones."""

from __future__ import annotations

import math
from itertools import combinations, product
from statistics import fmean, pvariance

import pytest

from bookingflow.checks.speed import chance_of_higher, compare, p95
from bookingflow.core.speed_history import Times

PERMEABILITY = (
    [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
    [1.15, 0.88, 0.90, 0.74, 1.21],
)
"""Hollander and Wolfe, Nonparametric Statistical Methods, 1973, p. 69: U = 35 of 50."""


def test_for_one_pair_it_is_the_test_of_mann_and_whitney() -> None:
    assert chance_of_higher([PERMEABILITY]) == pytest.approx(0.1103, abs=0.0001)


def weighted(choice: list[tuple[float, ...]], all_values: list[list[float]]) -> float:
    """The sum of the strata's rank sums, each over N+1, for these values as the first samples."""
    total = 0.0
    for chosen, values in zip(choice, all_values, strict=True):
        ranks = [sum(other < value for other in values) + (values.count(value) + 1) / 2 for value in chosen]
        total += sum(ranks) / (len(values) + 1)
    return total


def test_over_several_pairs_and_with_ties_it_has_the_moments_of_all_permutations() -> None:
    pairs = [([3.0, 5.0], [1.0, 3.0, 3.0]), ([40.0], [10.0, 40.0, 20.0]), ([7.0, 7.0], [7.0, 2.0])]
    values = [[*now, *then] for now, then in pairs]
    ways = product(*(combinations(both, len(now)) for both, (now, _) in zip(values, pairs, strict=True)))
    permuted = [weighted(list(way), values) for way in ways]
    seen = weighted([tuple(now) for now, _ in pairs], values)
    z = (seen - fmean(permuted)) / math.sqrt(pvariance(permuted))
    assert chance_of_higher(pairs) == pytest.approx(math.erfc(z / math.sqrt(2)) / 2)


@pytest.mark.parametrize("pairs", [[], [([5.0, 5.0], [5.0])], [([], [1.0, 2.0])], [([1.0], [])]])
def test_where_nothing_can_be_ranked_nothing_is_said(pairs: list[tuple[list[float], list[float]]]) -> None:
    assert chance_of_higher(pairs) == 1.0


def test_each_scenario_is_compared_with_itself_alone() -> None:
    """A run of other scenarios than the last ones is no slower run."""
    former = [{"fast": [10.0, 11.0], "slow": [100.0]}] * 4
    compared = compare({"slow": [100.0, 110.0, 120.0], "new": [9000.0]}, former, last=10)
    assert (compared.values, compared.former, compared.runs, compared.ratio) == (3, 4, 4, 1.1)


def test_the_last_runs_are_those_that_had_the_scenario() -> None:
    former: list[Times] = [{"a": [1.0]}, {"a": [10.0]}, {"a": [10.0]}, {"a": [10.0]}, {"b": [5.0]}, {"a": []}]
    compared = compare({"a": [20.0]}, former, last=3)
    assert (compared.runs, compared.former, compared.ratio) == (3, 3, 2.0)


def test_a_scenario_with_too_few_former_runs_is_not_compared() -> None:
    compared = compare({"a": [20.0] * 30}, [{"a": [10.0] * 30}] * 2, last=10)
    assert (compared.values, compared.runs, compared.ratio, compared.chance) == (0, 2, 1.0, 1.0)


def test_p95_is_one_of_the_values() -> None:
    assert p95([float(number) for number in range(1, 101)]) == 95.0
    assert p95([3.0, 1.0, 2.0]) == 3.0
    assert p95([float(number) for number in range(1, 20)]) == 19.0
    assert p95([float(number) for number in range(1, 21)]) == 19.0
