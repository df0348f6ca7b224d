"""This run beside the one before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bookingflow.report.last_run import durations, left_from, new_failures
from tests.support.summaries import result, summary


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


def test_what_was_to_run_again_and_was_not_reached_stays_on_the_list() -> None:
    last = summary(result(1), result(2, "failed"), result(3, "error"), result(4, "not_run"), result(5, "not_tried"))
    left = left_from(last, [result(2), result(4, "failed")])
    assert [(one.id, one.status, one.code) for one in left] == [
        ("BOOK-003", "not_run", "notes_not_stored"),
        ("BOOK-005", "not_run", None),
    ]
    assert left_from(None, []) == []


@pytest.mark.parametrize("before", [None, [], "x", {"BOOK-001 Promise 1": "long"}])
def test_durations_of_what_ran_are_kept_whatever_stood_there(before: Any) -> None:
    kept = json.loads(durations(before, [result(1), result(2, "not_run"), result(3, "failed", duration_ms=1234.5)]))
    assert kept == {"BOOK-001 Promise 1": 250, "BOOK-003 Promise 3": 1234}


def test_durations_of_what_did_not_run_stay() -> None:
    before = {"BOOK-001 Promise 1": 100, "BOOK-009 Promise 9": 900}
    assert json.loads(durations(before, [result(1)])) == {"BOOK-001 Promise 1": 250, "BOOK-009 Promise 9": 900}
