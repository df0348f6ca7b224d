"""What people should know beside the verdict."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bookingflow.core.known_breaches import KnownBreach, KnownBreaches
from bookingflow.core.settings import Settings
from bookingflow.report.repetitions import measured_lines
from bookingflow.report.summary import BudgetSummary, RunMetrics, ScenarioResult
from bookingflow.report.terminal.notes import end_notes, unused_breaches
from bookingflow.scenario.session import Session
from tests.support.summaries import result, summary

TODAY = datetime.date(2030, 5, 10)


def budget(status: str) -> BudgetSummary:
    """A budget that ended so."""
    numbers = {"limit": 5.0, "measured": 1.0, "bookings": 1, "runs": 0, "chance": None}
    return BudgetSummary.model_validate(
        {"phase": "total", "measure": "p95", **numbers, "status": status, "sentence": f"It is {status}."}
    )


def session(*, unused_timeout: bool) -> Session:
    """The session of a run that used its timeout, or did not."""
    return cast(Session, SimpleNamespace(unused_timeout=lambda: unused_timeout))


def test_budgets_and_known_breaches_come_first() -> None:
    ended = summary(budgets=(budget("kept"), budget("broken"), budget("not_judged")))
    notes = list(end_notes(ended, Settings(), session(unused_timeout=False), ["Healed: a breach."]))
    assert notes == ["Budget: It is kept.", "Budget: It is not_judged.", "Healed: a breach."]


def test_a_timeout_that_no_sentence_used_is_noted() -> None:
    notes = list(end_notes(summary(), Settings(timeout=30), session(unused_timeout=True), []))
    assert notes == ["Note: timeout=30 was not used; every sentence that ran states its own."]


def test_what_was_repeated_is_counted_also_where_the_platform_was_not_joined() -> None:
    ended = summary(metrics=RunMetrics(bookings=3, confirmed=2))
    first, *measured = end_notes(ended, Settings(repeat=5), None, [])
    assert first == "Repeated: 3 bookings of 5, 2 confirmed."
    assert measured == list(measured_lines(ended.metrics))


def entry(**given: Any) -> KnownBreach:
    """An entry of the file."""
    return KnownBreach(reason="a supplier is late", link="https://tracker.example/7", expires=TODAY, **given)


SCENARIO = entry(scenario="BOOK-001", code="notes_not_stored")
FINDING = entry(finding="double_booking")
NOT_MET = "Not met: BOOK-001 failed, and not with notes_not_stored."
HEALED = "Healed: BOOK-001 notes_not_stored did not break any more; its entry can go."
NEVER_FOUND = "Healed: finding double_booking did not break any more; its entry can go."


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ([result(1), result(2)], [HEALED, NEVER_FOUND]),
        ([result(1)], [HEALED]),
        ([result(1, "failed"), result(2)], [NOT_MET, NEVER_FOUND]),
        ([result(1), result(1, "failed"), result(2)], [NOT_MET, NEVER_FOUND]),
        ([result(1), result(1, "error"), result(2)], []),
        ([result(1), result(1, "known"), result(2)], [NEVER_FOUND]),
        ([result(1, "skipped"), result(2)], [NEVER_FOUND]),
        ([result(1, "skipped"), result(1), result(2)], [HEALED, NEVER_FOUND]),
    ],
    ids=[
        "all kept",
        "a part of the run",
        "failed",
        "failed once",
        "one not judged",
        "known by another entry",
        "skipped",
        "one skipped",
    ],
)
def test_entries_that_excused_nothing_are_named(results: list[ScenarioResult], said: list[str]) -> None:
    known = KnownBreaches([SCENARIO, FINDING], TODAY)
    assert sorted(unused_breaches(known, results, {"BOOK-001", "BOOK-002"}, ())) == sorted(said)


def test_a_finding_that_this_run_could_not_have_had_is_not_named() -> None:
    known = KnownBreaches([FINDING], TODAY)
    assert unused_breaches(known, [result(1)], {"BOOK-001"}, {"double_booking"}) == []
