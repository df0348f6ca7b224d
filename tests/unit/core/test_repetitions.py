"""What is repeated, until when, and what so many repetitions prove."""

from __future__ import annotations

import math

import pytest

from bookingflow.core.repetitions import MOST_UNLESS_SAID, Repeating, at_most, percent, spans


@pytest.mark.parametrize(
    ("failed", "judged", "bound"),
    [
        (0, 1, 0.95),
        (0, 200, 0.014867),
        (1, 10, 0.394163),
        (3, 200, 0.038310),
        (9, 10, 0.994884),
        (10, 10, 1.0),
    ],
)
def test_the_bound_is_the_exact_one(failed: int, judged: int, bound: float) -> None:
    """Values of the beta distribution, as tables of Clopper and Pearson's upper limits have them."""
    assert at_most(failed, judged) == pytest.approx(bound, abs=2e-6)


@pytest.mark.parametrize(("failed", "judged"), [(1, 7), (2, 40), (30, 31), (5, 900)])
def test_with_the_bound_as_the_true_share_so_few_failures_have_a_chance_of_one_in_twenty(
    failed: int, judged: int
) -> None:
    share = at_most(failed, judged)
    chance = math.fsum(
        math.comb(judged, number) * share**number * (1 - share) ** (judged - number) for number in range(failed + 1)
    )
    assert chance == pytest.approx(0.05, rel=1e-6)


def test_without_failures_it_is_the_rule_of_three() -> None:
    assert at_most(0, 10_000) == pytest.approx(3 / 10_000, rel=0.01)


@pytest.mark.parametrize(("failed", "judged"), [(0, 0), (-1, 3), (4, 3)])
def test_of_nothing_there_is_no_bound(failed: int, judged: int) -> None:
    with pytest.raises(ValueError, match=f"{failed} of {judged}"):
        at_most(failed, judged)


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.014867, "1.5 %"), (0.0141, "1.5 %"), (0.05, "5 %"), (0.394163, "40 %"), (0.0002995, "0.03 %"), (1.0, "100 %")],
)
def test_a_bound_is_rounded_up_so_that_it_stays_one(share: float, said: str) -> None:
    assert percent(share) == said


def test_numbers_in_a_row_are_said_as_one() -> None:
    assert spans([1, 2, 3, 5, 7, 8, 12]) == "1–3, 5, 7, 8, 12"
    assert spans([]) == ""


def test_nothing_is_repeated_unless_somebody_asks_for_it() -> None:
    assert Repeating.planned(None) is None


def test_without_a_number_there_is_a_cap() -> None:
    plan = Repeating.planned(None, until_failure=True)
    assert plan is not None
    assert list(plan.numbers)[-1] == MOST_UNLESS_SAID


def test_the_limits_combine() -> None:
    plan = Repeating.planned(200, until_failure=True, within_s=600)
    assert plan is not None
    assert not plan.is_over(599.9, failed=False)
    assert plan.is_over(600.0, failed=False)
    assert plan.is_over(1.0, failed=True)


def test_a_number_alone_counts_on_whatever_fails() -> None:
    plan = Repeating.planned(3)
    assert plan is not None
    assert not plan.is_over(86_400.0, failed=True)
    assert list(plan.numbers) == [1, 2, 3]


def test_one_repetition_alone_keeps_its_number() -> None:
    assert list(Repeating.only(37).numbers) == [37]
    assert Repeating.only(37).alone
