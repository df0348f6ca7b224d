"""A run beside its budgets: what is measured, when it is red, when nothing is said."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from bookingflow.audit.budgets import BudgetEnd, MeasuredTimes, findings, judge
from bookingflow.core.budgets import Budget
from bookingflow.core.speed_history import Circumstances, PastRun, PhaseTimes

HERE = Circumstances(target="Demo Restaurant of the demo", machine="host, 2 CPUs", processes=1)
NAME = "BOOK-001 A promise"


def booking(total_ms: float = 20.0, **given: Any) -> Any:
    """A confirmed booking whose table was certain with the answer."""
    metrics = SimpleNamespace(submit_ms=total_ms, inline_ms=130.0, job_ms=0.0, post_job_ms=0.0)
    usual = {
        "outcome": "confirmed_inline_api",
        "confirmed": True,
        "followed": True,
        "uncertain": False,
        "crowded": False,
        "seen": [(0.03, "confirmed", 1)],
        "metrics": metrics,
    }
    return SimpleNamespace(**{**usual, **given})


def measured(*bookings: Any, switched: bool = False) -> PhaseTimes:
    times = MeasuredTimes()
    state: Any = SimpleNamespace(promise=NAME, switched=switched, bookings=list(bookings))
    times.take(state)
    return times.times


def test_repetitions_of_a_scenario_are_measured_as_one() -> None:
    measured = MeasuredTimes()
    for number in (1, 2):
        state: Any = SimpleNamespace(name=f"{NAME} (repetition {number})", promise=NAME, switched=False)
        state.bookings = [booking()]
        measured.take(state)
    assert {scenario: len(times) for scenario, times in measured.times["total"].items()} == {NAME: 2}


def test_each_phase_is_measured_and_one_that_was_not_entered_is_not() -> None:
    assert measured(booking(20.0), booking(25.0)) == {
        "submit": {NAME: [20.0, 25.0]},
        "inline": {NAME: [130.0, 130.0]},
        "total": {NAME: [20.0, 25.0]},
    }


@pytest.mark.parametrize(
    "other",
    [
        {"confirmed": False, "outcome": "pending_timeout"},
        {"followed": False},
        {"uncertain": True},
        {"crowded": True},
    ],
)
def test_what_does_not_compare_with_other_runs_is_not_measured(other: dict[str, Any]) -> None:
    assert measured(booking(**other)) == {}


def test_nothing_is_measured_where_a_scenario_switches_the_demo() -> None:
    assert measured(booking(), switched=True) == {}


def times(*values: float) -> PhaseTimes:
    return {"total": {NAME: values}}


def past(*values: float, runs: int = 10, others: float = 0.0) -> list[PastRun]:
    ended = datetime.datetime(2030, 5, 10, 19, 0, tzinfo=datetime.UTC)
    return [PastRun.of(str(number), ended, HERE, times(*values), others=others) for number in range(runs)]


def one(budget: Budget, measured: PhaseTimes, former: list[PastRun] | None = None) -> BudgetEnd:
    (end,) = judge([budget], measured, former or [])
    return end


def test_a_limit_in_seconds_is_kept_up_to_the_limit_itself() -> None:
    end = one(Budget(p95=5.0), times(100.0, 5000.0))
    assert (end.ended, end.measured, end.bookings) == ("kept", 5.0, 2)
    assert end.sentence == "the time to a table has a p95 of 5.00 s, within the budget of 5 s (2 bookings)"


def test_beyond_the_limit_it_is_broken() -> None:
    end = one(Budget(max=5.0), times(100.0, 6010.0))
    assert (end.ended, end.breach.code) == ("broken", "over_budget")
    assert end.sentence == "the time to a table has a maximum of 6.01 s; the budget is 5 s (2 bookings)"
    assert one(Budget(p50=5.0), times(100.0, 5001.0)).measured == pytest.approx(2.5505)


def test_a_phase_that_no_booking_went_through_is_not_judged() -> None:
    end = one(Budget(phase="job", p95=5.0), times(100.0))
    assert (end.ended, end.measured, end.bookings) == ("not judged", None, 0)
    assert findings([end]) == []


STEADY = [100.0 + number for number in range(30)]


def test_slower_than_the_last_runs_is_broken() -> None:
    end = one(Budget(slower_by=30), times(*(2 * value for value in STEADY)), past(*STEADY))
    assert (end.ended, end.breach.code, end.bookings, end.runs) == ("broken", "slower", 30, 10)
    assert end.sentence == (
        "the time to a table is 100 % longer than in the last 10 runs; the budget is 30 % "
        "(30 bookings beside 300 of the same scenarios)"
    )
    assert end.chance is not None
    assert end.chance < 0.001


def test_slower_by_less_than_the_budget_is_kept_however_certain_it_is() -> None:
    end = one(Budget(slower_by=30), times(*(1.29 * value for value in STEADY)), past(*STEADY))
    assert end.chance is not None
    assert end.chance < 0.001
    assert end.ended == "kept"
    assert "29 % longer than in the last 10 runs, within the budget of 30 %" in end.sentence


def test_faster_is_kept() -> None:
    end = one(Budget(slower_by=30), times(*(value / 2 for value in STEADY)), past(*STEADY))
    assert end.ended == "kept"
    assert "is 50 % shorter than in the last 10 runs, within the budget" in end.sentence


def test_more_than_the_budget_that_may_be_chance_is_kept_and_said() -> None:
    wide = [1.0, 1000.0] * 15
    end = one(Budget(slower_by=30), times(*([1.0] * 14 + [1000.0] * 16)), past(*wide))
    assert end.ended == "kept"
    assert "that may be chance, and the budget of 30 % stands" in end.sentence


SLOW = tuple(2 * value for value in STEADY)
LIMITS = Budget(p50=0.01, max=600, slower_by=30)


@pytest.mark.parametrize(("others", "ended"), [(0.65, "broken"), (0.67, "not judged"), (0.0, "broken")])
def test_a_machine_that_others_use_more_than_when_it_was_quiet_is_no_evidence(others: float, ended: str) -> None:
    former = [*past(*STEADY, others=0.31), *past(*STEADY, runs=3, others=others)]
    ends = judge([LIMITS], times(*SLOW), former, others=others)
    assert [end.ended for end in ends] == [ended, "kept", ended]
    busy = "is not judged: others used 67 % of this machine, and 31 % when it was quiet"
    assert ends[2].sentence.endswith(busy) == (ended == "not judged")
    assert len(findings(ends)) == (2 if ended == "broken" else 0)


def test_runs_beside_which_the_machine_was_busy_are_not_compared_with() -> None:
    busy = past(*SLOW, others=0.9)
    (end,) = judge([Budget(slower_by=30)], times(*SLOW), [*busy, *past(*STEADY)], others=0.1)
    assert (end.ended, end.runs) == ("broken", 10)
    (end,) = judge([Budget(slower_by=30)], times(*SLOW), busy, others=0.1)
    assert end.ended == "not judged"


@pytest.mark.parametrize(
    ("now", "former", "lack"),
    [
        (STEADY[:19], past(*STEADY), "19 bookings to compare, 20 are needed"),
        (STEADY, past(*STEADY, runs=2), "2 green runs to compare with, 3 are needed"),
        (STEADY, [], "no green run to compare with, 3 are needed"),
        (STEADY, past(100.0, runs=10), "10 former bookings to compare with, 20 are needed"),
    ],
)
def test_too_few_values_are_not_judged_in_one_sentence(now: list[float], former: list[PastRun], lack: str) -> None:
    end = one(Budget(slower_by=30), times(*(3 * value for value in now)), former)
    assert (end.ended, end.measured, end.chance) == ("not judged", None, None)
    assert end.sentence == f"whether the time to a table is longer than in the last runs is not judged: {lack}"
    assert findings([end]) == []


def test_several_broken_budgets_are_one_finding_a_code() -> None:
    budgets = [Budget(p50=0.01, max=0.1, slower_by=30), Budget(phase="submit", p95=600)]
    ends = judge(budgets, times(*(2 * value for value in STEADY)), past(*STEADY))
    over, slower = findings(ends)
    assert [end.ended for end in ends] == ["broken", "broken", "broken", "not judged"]
    assert (over.code, over.count, slower.code, slower.count) == ("over_budget", 1, "slower", 1)
    assert "p50 of 229 ms; the budget is 0.01 s (30 bookings); the time to a table has a maximum of" in over.particulars
    assert str(slower.verdict()).startswith("Guests wait longer than in the last runs. The time to a table is 100 %")
