"""What many repetitions came to: each in its place, the rate true, what was measured in one table."""

from __future__ import annotations

import pytest

from bookingflow.core.repetitions import Repeating
from bookingflow.report.repetitions import end_of, measured_lines, rate_lines, repetitions
from bookingflow.report.summary import (
    BookingMetrics,
    BookingSummary,
    Finding,
    Status,
    run_metrics,
)
from tests.support.summaries import result, summary

TWICE = Finding(code="double_booking", title="A table is given twice", sentence="T01 is given twice.")


def booking(reference: str, scenario: str, *, total_ms: float = 900.0, job_ms: float = 0.0) -> BookingSummary:
    """A booking that was confirmed at table T01."""
    return BookingSummary(
        scenario=scenario,
        booking_id=reference,
        reference=reference,
        correlation_id=reference,
        trace_id=reference,
        outcome="confirmed_inline_api",
        diagnosis=None,
        metrics=BookingMetrics(
            submit_duration_ms=20.0,
            inline_duration_ms=100.0,
            background_duration_ms=job_ms,
            post_job_duration_ms=0.0,
            total_duration_ms=total_ms,
            inline_attempts=2,
            post_job_attempts=0,
            last_look_age_ms=0.0,
            tables_assigned=1,
            table_numbers=("T01",),
            total_capacity=4,
            seat_waste=1,
            duplicate_request=False,
        ),
    )


@pytest.mark.parametrize(
    ("statuses", "end"),
    [
        (["passed", "skipped"], "held"),
        (["passed", "known"], "known"),
        (["passed", "error", "failed"], "failed"),
        (["passed", "error"], "not judged"),
        (["passed", "not_run"], "not judged"),
        (["not_tried"], "not judged"),
        (["skipped"], "not judged"),
    ],
)
def test_a_repetition_is_as_bad_as_its_worst_scenario(statuses: list[Status], end: str) -> None:
    assert end_of(statuses) == end


def test_each_repetition_is_counted_once_and_each_promise_by_itself() -> None:
    results = [
        *(result(1, repetition=1), result(2, "failed", repetition=1)),
        *(result(1, repetition=2), result(2, "error", repetition=2)),
        *(result(1, repetition=3), result(2, repetition=3)),
    ]
    said = repetitions(Repeating(3), results)
    assert (said.judged, said.failed, said.not_judged) == (2, 1, 1)
    assert (said.failed_in, said.not_judged_in) == ((1,), (2,))
    assert said.at_most == pytest.approx(0.974679, abs=1e-5)
    assert [(one.promise, one.failed, one.judged) for one in said.promises] == [
        ("BOOK-001 Promise 1", 0, 3),
        ("BOOK-002 Promise 2", 1, 2),
    ]


def test_what_the_run_finds_in_a_booking_fails_the_repetition_that_made_it() -> None:
    results = [result(1, repetition=number) for number in (1, 2, 3)]
    bookings = [booking(f"R{number}", one.label) for number, one in enumerate(results, 1)]
    found = TWICE.model_copy(update={"bookings": ("R2",)})
    known = TWICE.model_copy(update={"bookings": ("R3",), "known": "Being mended."})
    assert repetitions(Repeating(3), results, [found, known], bookings).failed_in == (2,)


def test_what_is_found_in_no_booking_is_said_beside_the_rate() -> None:
    results = (result(1, repetition=1), result(1, repetition=2))
    said = summary(*results, findings=(TWICE,), repetitions=repetitions(Repeating(2), results, [TWICE]))
    assert "1 finding of no single booking: not in this rate." in list(rate_lines(said))


def test_nothing_judged_says_nothing_of_the_rate() -> None:
    results = (result(1, "error", repetition=1), result(1, "error", repetition=2))
    said = summary(*results, repetitions=repetitions(Repeating(2), results))
    assert said.repetitions is not None
    assert said.repetitions.at_most is None
    assert next(rate_lines(said)) == "No repetition was judged: nothing is known of how often it fails."


def test_what_was_measured_is_one_table() -> None:
    metrics = run_metrics([booking("A", "x", total_ms=100.0), booking("B", "x", total_ms=300.0, job_ms=50.0)])
    lines = list(measured_lines(metrics))
    assert lines[0] == "2 bookings, 2 confirmed, at 1 table"
    assert lines[1].split() == ["bookings", "min", "mean", "p50", "p95", "max"]
    assert [line.split("  ")[1] for line in lines[2:]] == [
        *("in all", "submit", "inline", "job", "seats left empty", "tables"),
    ]
    assert lines[2].split()[2:] == ["2", *["100", "ms", "200", "ms", "200", "ms", "300", "ms", "300", "ms"]]
    assert lines[5].split()[1] == "1", "only one booking needed the job"
    assert len({len(line) for line in lines[1:]}) == 1, "columns are aligned"


def test_where_nothing_was_booked_nothing_was_measured() -> None:
    assert list(measured_lines(run_metrics([]))) == []


def test_bookings_without_a_table_name_none() -> None:
    waiting = booking("A", "x").model_copy(update={"outcome": "timeout_pending"})
    assert next(measured_lines(run_metrics([waiting]))) == "1 booking, 0 confirmed"
