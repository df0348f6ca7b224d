"""What a run collects for its end."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bookingflow.audit.findings import Found, grouped
from bookingflow.core.budgets import Budget
from bookingflow.core.errors import SuiteError
from bookingflow.core.failures import Breach
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.shards import Share
from bookingflow.report.outputs import OutputFolder
from bookingflow.report.parts import Part, ShardRecord
from bookingflow.report.run_end import RunEnd, durations, findings_of, left_from, new_failures
from bookingflow.report.run_speed import RunSpeed
from bookingflow.report.summary import Reason, Summary, TargetSummary
from tests.support.summaries import result, summary


def moved(*references: str) -> list[Found]:
    return [Found(Breach("tables_moved", "it had T01 and now has T02"), reference) for reference in references]


def test_what_the_run_judged_is_one_finding_a_code_with_its_bookings() -> None:
    judged = grouped([*moved("A1", "B7"), Found(Breach("nobodys_hold", "T01 is on hold for nobody"))])
    errors = [finding.verdict() for finding in judged]
    tables, hold = findings_of(errors, judged)
    assert (tables.code, tables.count, tables.bookings, tables.known) == ("tables_moved", 2, ("A1", "B7"), None)
    assert tables.sentence == str(errors[0])
    assert (hold.code, hold.count, hold.bookings) == ("nobodys_hold", 1, ())


def test_a_known_finding_says_why_it_is_excused() -> None:
    (finding,) = grouped(moved("A1"))
    (found,) = findings_of([], [replace(finding, known="Being mended.")])
    assert (found.code, found.known) == ("tables_moved", "Being mended.")


def test_nothing_is_new_where_there_is_no_run_before() -> None:
    assert new_failures(summary(result(1, "failed")), None) == []


def test_new_is_what_was_kept_in_the_run_before() -> None:
    last = summary(result(1), result(2, "failed"), result(3))
    now = summary(result(1, "failed"), result(2, "failed"), result(3), result(4, "failed"))
    assert [failure.id for failure in new_failures(now, last)] == ["BOOK-001"]


def test_of_many_repetitions_new_is_what_no_repetition_before_failed_with_and_it_is_said_once() -> None:
    last = summary(result(1), result(1, "failed", repetition=2), result(2, repetition=1), result(2, repetition=2))
    now = summary(*(result(number, "failed", repetition=turn) for turn in (1, 2) for number in (1, 2)))
    assert [(failure.id, failure.repetition) for failure in new_failures(now, last)] == [("BOOK-002", 1)]


def test_of_many_repetitions_a_scenario_is_remembered_to_take_the_median() -> None:
    took = [result(1, repetition=number, duration_ms=ms) for number, ms in enumerate((100.0, 900.0, 120.0), 1)]
    assert json.loads(durations(None, took)) == {"BOOK-001 Promise 1": 120}


def test_what_the_run_found_is_one_finding_for_each_code() -> None:
    (twice,) = grouped([Found(Breach("double_booking", table)) for table in ("T01", "T02")])
    errors = [
        twice.verdict(),
        SuiteError("Two bookings are left."),
        SuiteError("Two bookings are left."),
        SuiteError("The clock stands."),
    ]
    found, left = findings_of(errors, [twice])
    assert (found.code, found.status, found.count) == ("double_booking", "failed", 2)
    assert found.title == "A table is given to two bookings at the same time"
    assert found.who_can_act == "the platform team"
    assert (left.code, left.status, left.count) == ("suite_error", "error", 2)
    assert left.sentence == "Two bookings are left.\nThe clock stands."


def test_what_was_to_run_again_and_was_not_reached_stays_on_the_list() -> None:
    last = summary(result(1), result(2, "failed"), result(3, "error"), result(4, "not_run"), result(5, "not_tried"))
    left = left_from(last, [result(2), result(4, "failed")])
    assert [(one.id, one.status, one.code) for one in left] == [
        ("BOOK-003", "not_run", "notes_not_stored"),
        ("BOOK-005", "not_run", None),
    ]
    assert left_from(None, []) == []


class Selectable:
    """A scenario that can be left out."""

    def __init__(self, number: int) -> None:
        self.name, self.effective_tags, self._row = f"Promise {number}", [f"BOOK-{number:03}"], None
        self.selected = True

    def mark_skipped(self) -> None:
        self.selected = False


@pytest.mark.parametrize(
    ("last", "selected", "said"),
    [
        (summary(result(1), result(2, "failed"), result(3, "not_run")), [2, 3], ""),
        (summary(result(1), result(2), result(3)), [], "Nothing to run again: the last run was green."),
        (summary(reason=Reason(code="unreachable", sentence="Gone.")), [1, 2, 3], ""),
        (None, [1, 2, 3], "There is no last run in .: nothing to run again."),
    ],
    ids=["failed", "green", "not begun", "none"],
)
def test_only_what_was_not_green_runs_again(last: Summary | None, selected: list[int], said: str) -> None:
    end = RunEnd("0123456789", SimpleNamespace())
    scenarios = [Selectable(number) for number in (1, 2, 3)]
    end.features = [SimpleNamespace(walk_scenarios=lambda: scenarios)]
    end.last = last
    assert end.select_last_failed() == said
    assert [one.name for one in scenarios if one.selected] == [f"Promise {number}" for number in selected]


@pytest.mark.parametrize("before", [None, [], "x", {"BOOK-001 Promise 1": "long"}])
def test_durations_of_what_ran_are_kept_whatever_stood_there(before: Any) -> None:
    kept = json.loads(durations(before, [result(1), result(2, "not_run"), result(3, "failed", duration_ms=1234.5)]))
    assert kept == {"BOOK-001 Promise 1": 250, "BOOK-003 Promise 3": 1234}


def test_durations_of_what_did_not_run_stay() -> None:
    before = {"BOOK-001 Promise 1": 100, "BOOK-009 Promise 9": 900}
    assert json.loads(durations(before, [result(1)])) == {"BOOK-001 Promise 1": 250, "BOOK-009 Promise 9": 900}


def in_shards(folder: Path) -> RunEnd:
    """The end of a run that two shards made, with a budget that is too small for it."""
    end = RunEnd("0123456789", SimpleNamespace(format=(), outputs=()))
    end.begin(OutputFolder(folder, None))
    end.speed = RunSpeed((Budget(max=0.01),), KnownBreaches([], datetime.date(2030, 5, 10)))
    target = TargetSummary(
        kind="demo", address="http://127.0.0.1:1", restaurant="Demo (demo)", time_zone="Europe/London"
    )
    for number in (1, 2):
        record = ShardRecord(
            number=number,
            count=2,
            shards=(("a:1",), ("b:2",)),
            ends={},
            audited=0,
            bookings=0,
            waited_ms={},
            milliseconds={"total": {f"BOOK-00{number} A promise": (20.0,)}},
        )
        end.parts = [*end.parts, Part(folder, summary(target=target), record)]
    return end


def test_the_speed_of_shards_is_judged_as_of_one_run(tmp_path: Path) -> None:
    end = in_shards(tmp_path)
    end.judge_speed()
    assert end.speed is not None
    assert [(budget.ended, budget.bookings) for budget in end.speed.ends] == [("broken", 2)]


@pytest.mark.parametrize(
    "given",
    [
        {"share": Share(1, (("a:1",), ("b:2",)))},
        {"cut_off": "Cut off by SIGTERM."},
        {"reason": Reason(code="unreachable", sentence="Gone.")},
        {"speed": RunSpeed((), KnownBreaches([], datetime.date(2030, 5, 10)))},
    ],
    ids=["a part of a run", "cut off", "not begun", "no budget"],
)
def test_speed_is_not_judged_of(tmp_path: Path, given: dict[str, Any]) -> None:
    end = in_shards(tmp_path)
    for name, value in given.items():
        setattr(end, name, value)
    end.judge_speed()
    assert end.speed is not None
    assert list(end.speed.ends) == []
