"""What a run collects for its end."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bookingflow.core.errors import BrokenPromise, SuiteError
from bookingflow.report.run_end import durations, findings_of
from tests.support.summaries import result


def test_what_the_run_found_is_one_finding_for_each_code() -> None:
    errors = [
        BrokenPromise("2 times in this run", code="double_booking", examples=["T01", "T02"]),
        SuiteError("Two bookings are left."),
        SuiteError("Two bookings are left."),
        SuiteError("The clock stands."),
    ]
    twice, left = findings_of(errors)
    assert (twice.code, twice.status, twice.count) == ("double_booking", "failed", 2)
    assert twice.title == "A table is given to two bookings at the same time"
    assert twice.who_can_act == "the platform team"
    assert (left.code, left.status, left.count) == ("suite_error", "error", 2)
    assert left.sentence == "Two bookings are left.\nThe clock stands."


@pytest.mark.parametrize("before", [None, [], "x", {"BOOK-001 Promise 1": "long"}])
def test_durations_of_what_ran_are_kept_whatever_stood_there(before: Any) -> None:
    kept = json.loads(durations(before, [result(1), result(2, "not_run"), result(3, "failed", duration_ms=1234.5)]))
    assert kept == {"BOOK-001 Promise 1": 250, "BOOK-003 Promise 3": 1234}


def test_durations_of_what_did_not_run_stay() -> None:
    before = {"BOOK-001 Promise 1": 100, "BOOK-009 Promise 9": 900}
    assert json.loads(durations(before, [result(1)])) == {"BOOK-001 Promise 1": 250, "BOOK-009 Promise 9": 900}
