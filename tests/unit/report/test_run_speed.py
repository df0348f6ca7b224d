"""What the budgets of a run come to: found, excused, shown, and kept for the next runs only when nothing was found."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bookingflow.core.budgets import Budget
from bookingflow.core.known_breaches import KnownBreach, KnownBreaches
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.speed_history import Circumstances, PastRun
from bookingflow.report.run_speed import RunSpeed

TODAY = datetime.date(2030, 5, 10)
ENDED = datetime.datetime(2030, 5, 10, 19, 0, tzinfo=datetime.UTC)
HERE = Circumstances(target="Demo Restaurant of the demo", machine="host, 2 CPUs", processes=1)
ELSEWHERE = HERE.model_copy(update={"machine": "another, 8 CPUs"})
STEADY = [100.0 + number for number in range(30)]
BUDGET = Budget(p95=5.0, slower_by=30)


def past(number: int, circumstances: Circumstances = HERE, factor: float = 1.0) -> PastRun:
    times = {"BOOK-001 A promise": [factor * value for value in STEADY]}
    return PastRun.of(str(number), ENDED, circumstances, {"total": times})


def judged(
    factor: float, former: list[PastRun], *budgets: Budget, known: KnownBreaches | None = None
) -> tuple[RunSpeed, PastRun]:
    speed = RunSpeed(budgets or (BUDGET,), known or KnownBreaches([], TODAY))
    run = past(99, factor=factor)
    times: Mapping[Any, Any] = run.milliseconds
    speed.judge(run, times, former, zone=ZoneInfo("Europe/London"), sanitizer=Sanitizer())
    return speed, run


TEN = [past(number) for number in range(10)]


def test_a_healthy_run_finds_nothing_and_is_kept_for_the_next() -> None:
    speed, run = judged(1.0, TEN)
    history = speed.history()
    assert (list(speed.found), [end.ended for end in speed.ends]) == ([], ["kept", "kept"])
    assert history is not None
    assert history.splitlines()[-1] == run.model_dump_json(by_alias=True)
    assert len(history.splitlines()) == 11


def test_a_slow_run_is_found_and_never_becomes_usual() -> None:
    speed, _ = judged(2.0, TEN)
    assert [finding.code for finding in speed.found] == ["slower"]
    assert speed.history() is None


def test_only_runs_under_the_same_circumstances_are_compared() -> None:
    fast = [past(number, ELSEWHERE, factor=0.1) for number in range(10)]
    speed, _ = judged(1.0, [*fast, *TEN])
    assert [end.ended for end in speed.ends] == ["kept", "kept"]
    alone, _ = judged(1.0, fast)
    assert [end.ended for end in alone.ends] == ["kept", "not judged"]
    assert (alone.history() or "").count("another, 8 CPUs") == 10, "the others' runs stay"


def test_a_slow_run_that_is_known_is_excused_and_yet_not_kept() -> None:
    entry = KnownBreach(finding="slower", reason="A new check.", link="https://tracker.example/1", expires=TODAY)
    known = KnownBreaches([entry], TODAY)
    speed, _ = judged(2.0, TEN, known=known)
    (finding,) = speed.found
    assert finding.known.startswith("A new check. (https://tracker.example/1")
    assert "finding slower" in known.met
    assert speed.history() is None


def test_what_was_judged_is_distinguished_from_what_was_not() -> None:
    assert judged(1.0, TEN)[0].unjudged() == frozenset()
    assert judged(1.0, [])[0].unjudged() == {"slower"}
    assert RunSpeed((), KnownBreaches([], TODAY)).unjudged() == {"slower", "over_budget"}


def test_the_summary_has_the_numbers_of_each_budget() -> None:
    within, slower = judged(2.0, TEN)[0].summaries()
    assert (within.measure, within.status, within.limit, within.measured) == ("p95", "kept", 5.0, 0.256)
    assert (slower.measure, slower.status, slower.measured, slower.bookings, slower.runs) == (
        *("slower_by", "broken", 100.0),
        *(30, 10),
    )
    assert slower.chance is not None
    assert slower.chance < 0.001
    assert within.sentence == "The time to a table has a p95 of 256 ms, within the budget of 5 s (30 bookings)."


def test_the_report_has_a_table_and_a_picture_of_each_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    attached: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "bookingflow.report.run_speed.attach_to_run", lambda text, name, _: attached.append((name, text))
    )
    judged(1.0, TEN, BUDGET, Budget(phase="job", max=3.0))
    (table, rows), (picture, svg) = attached
    assert (table, picture) == ("Budgets", "The time to a table, beside the last runs")
    assert rows.splitlines()[0] == "budget,ended"
    assert [row.rpartition(",")[2] for row in rows.splitlines()[1:]] == ["kept", "kept", "not judged"]
    assert "10 May 20:00" in svg, "by the restaurant's clock"
    assert "p95 ≤ 5 s" in svg


def test_a_finding_carries_its_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    attached: list[str] = []
    monkeypatch.setattr("bookingflow.report.run_speed.attach_to_scenario", lambda _, name, __: attached.append(name))
    judged(2.0, TEN)
    assert attached == ["This run beside the last ones"]
