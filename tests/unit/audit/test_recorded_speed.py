"""The judgement of speed on recorded runs: of healthy ones none is called slower, of those twice as slow nearly all.

The runs were recorded one after the other at the demo, on a machine with two processors that others used as well, some
of the time so much that bookings took four times as long (`tests/support/recorded_speed.json`). Each draw takes up to
eleven of them in a random order: the last is judged, the others came before it. Runs are drawn whole, since bookings
of one run are alike in how busy the machine was.
"""

from __future__ import annotations

import datetime
import json
import random
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from bookingflow.audit.budgets import MOST_BUSIER, judge
from bookingflow.core.budgets import Budget
from bookingflow.core.speed_history import Circumstances, PastRun

RECORDED = Path(__file__).resolve().parents[2] / "support" / "recorded_speed.json"
HERE = Circumstances(target="Demo Restaurant of the demo", machine="host, 2 CPUs", processes=1)
ENDED = datetime.datetime(2030, 5, 10, 19, 0, tzinfo=datetime.UTC)
BUDGET = Budget(slower_by=30)


@cache
def recorded() -> tuple[PastRun, ...]:
    said = json.loads(RECORDED.read_text(encoding="utf-8"))
    return tuple(
        PastRun.of(
            str(number),
            ENDED,
            HERE,
            {"total": dict(zip(said["scenarios"], run["ms"], strict=True))},
            others=run["others"],
        )
        for number, run in enumerate(said["runs"])
    )


def quiet() -> list[PastRun]:
    """Those beside which others left the machine alone, as far as the judgement demands it."""
    quietest = min(run.others for run in recorded())
    return [run for run in recorded() if run.others - quietest <= MOST_BUSIER]


def ended(seed: int, runs: Sequence[PastRun], factor: float = 1.0) -> str:
    """How the judgement of a run ends that took so many times as long."""
    *former, run = random.Random(seed).sample(list(runs), min(11, len(runs)))
    times = {name: [factor * value for value in values] for name, values in run.milliseconds["total"].items()}
    (end,) = judge([BUDGET], {"total": times}, former, others=run.others)
    return end.ended


def test_of_two_hundred_healthy_runs_at_most_one_is_called_slower() -> None:
    ends = Counter(ended(seed, recorded()) for seed in range(200))
    assert ends["broken"] <= 1, ends
    assert ends["kept"] >= 40, ends


def test_of_two_hundred_healthy_runs_on_a_quiet_machine_each_is_judged_and_at_most_one_is_called_slower() -> None:
    ends = Counter(ended(seed, quiet()) for seed in range(200))
    assert ends["broken"] <= 1, ends
    assert ends["not judged"] == 0, ends


def test_of_forty_runs_that_take_twice_as_long_all_but_two_are_found() -> None:
    ends = Counter(ended(seed, quiet(), factor=2.0) for seed in range(40))
    assert ends["broken"] >= 38, ends


def test_without_a_look_at_the_machine_the_platform_would_often_be_accused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookingflow.audit.budgets.MOST_BUSIER", 1.0)
    ends = Counter(ended(seed, recorded()) for seed in range(60))
    assert ends["broken"] >= 6, ends


def test_on_a_busy_machine_nobody_is_accused() -> None:
    """The slowest recorded runs are those beside which others used the machine; the platform was the same."""
    busy = [run for run in recorded() if run not in quiet()]
    assert len(busy) >= 5
    for run in busy:
        (end,) = judge([BUDGET], run.milliseconds, quiet()[:10], others=run.others)
        assert end.ended == "not judged"
