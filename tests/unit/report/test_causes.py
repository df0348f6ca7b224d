"""Failures by cause."""

from __future__ import annotations

from bookingflow.report.causes import causes_of, listed_ids
from tests.support.summaries import result


def test_scenarios_with_one_code_are_one_cause() -> None:
    failed = [result(60, "failed"), result(61, "failed"), result(60, "failed")]
    (cause,) = causes_of(failed)
    assert cause.headline() == "3 promises, one cause: guests' notes are not stored (BOOK-060 ×2, BOOK-061)"
    assert cause.who_can_act == "the platform team"


def test_broken_promises_come_first_then_the_worst() -> None:
    results = [
        *(result(number, "error", "unreachable") for number in (1, 2, 3)),
        result(4, "failed", "double_booking"),
        *(result(number, "failed") for number in (5, 6)),
    ]
    assert [cause.code for cause in causes_of(results)] == ["double_booking", "notes_not_stored", "unreachable"]


def test_one_code_is_two_causes_where_one_was_broken_and_one_not_judged() -> None:
    assert len(causes_of([result(1, "failed"), result(2, "error", "notes_not_stored")])) == 2


def test_what_was_not_tried_has_no_title_and_is_called_that() -> None:
    (cause,) = causes_of([result(1, "not_tried"), result(2, "not_tried")])
    assert cause.headline() == "2 promises: not tried (BOOK-001, BOOK-002)"


def test_ids_are_counted_and_names_stand_where_there_is_no_id() -> None:
    assert listed_ids([result(1), result(1), result(2, id="")]) == "BOOK-001 ×2, Promise 2"
