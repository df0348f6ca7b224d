"""The matrix of times, parties and crowds: what is counted in a cell, and how the table shows it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bookingflow.booking.tracked_booking import Outcome
from bookingflow.platform.database_models import Snapshot
from bookingflow.report.matrix import Cell, Matrix, cells_of, end_of, matrix_lines
from tests.support.promises import Scene, accepted, exchange, refused
from tests.support.stored import KEPT
from tests.support.summaries import result

WAITS = replace(KEPT, status="pending", tables=(), last_result={"reason": "No suitable tables available"})
CELL = result(150)


def crowd() -> Scene:
    """Five who booked together: given their table at once, seated later, waiting, refused, met by an error."""
    made = Scene()
    made.state.name = CELL.label
    at_once = made.booked()
    at_once.metrics.seat_waste, at_once.metrics.submit_ms = 0, 20.0
    later = made.booked(answer=accepted(said="pending"), outcome=Outcome.CONFIRMED_BACKGROUND)
    later.metrics.seat_waste, later.metrics.submit_ms = 2, 40.0
    later.seen = [(0.1, "pending", 0), (3.0, "confirmed", 1)]
    waiting = made.booked(WAITS, outcome=Outcome.PENDING_SETTLED)
    waiting.study = Snapshot(WAITS)
    made.booked(None, answer=refused(400), outcome=Outcome.REFUSED)
    made.booked(None, answer=exchange(None, {}, problem="connection reset"), outcome=Outcome.ANSWER_LOST)
    return made


def cell() -> Cell:
    (found,) = cells_of([CELL, result(151)], crowd().session.reports)
    return found


def test_a_cell_counts_what_became_of_each_guest() -> None:
    found = cell()
    assert (found.scenario, found.status, found.starts_at, found.party) == (
        CELL.label,
        "passed",
        "2026-11-24T19:00",
        4,
    )
    assert (found.at_once, found.confirmed, found.waiting, found.refused, found.other) == (5, 2, 1, 1, 1)
    assert found.reasons == {"No suitable tables available": 1}


def test_times_are_those_of_answers_and_of_guests_who_have_a_table() -> None:
    found = cell()
    assert found.answer_ms is not None
    assert found.table_ms is not None
    assert found.seat_waste is not None
    assert found.answer_ms.count == 4, "what never came took no time"
    assert (found.table_ms.min, found.table_ms.max) == (20.0, 3000.0)
    assert (found.seat_waste.mean, found.seat_waste.max) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("outcome", "end"),
    [
        (Outcome.CONFIRMED_INLINE_POLL, "confirmed"),
        (Outcome.PENDING_TIMEOUT, "waiting"),
        (Outcome.BACKGROUND_JOB_DISABLED, "waiting"),
        (Outcome.REFUSED, "refused"),
        (Outcome.CONFIRMED_WITHOUT_TABLE, "other"),
        (Outcome.RATE_LIMITED, "other"),
        (None, "other"),
    ],
)
def test_every_end_is_one_of_four(outcome: Outcome | None, end: str) -> None:
    assert end_of(Scene().booked(outcome=outcome)) == end


def test_the_table_has_a_line_a_cell_and_says_why_guests_wait_and_what_was_wrong_before() -> None:
    lines = list(matrix_lines(Matrix(run_id="1", wrong_before=("T05 is given twice",), cells=(cell(),))))
    assert lines[1].split() == [
        *("when", "guests", "at", "once", "confirmed", "waiting", "refused", "other", "seats", "empty"),
        *("answer", "ms", "table", "ms"),
    ]
    assert lines[2].split() == [
        *("✓", "Tue", "24", "Nov", "19:00", "4", "5", "2", "1", "1", "1", "1.0"),
        *("10", "/", "40", "1510", "/", "3000"),
    ]
    assert "1 party waiting: No suitable tables available" in lines
    assert lines[-1] == "Wrong before this run, and not held against it: T05 is given twice"
    assert list(matrix_lines(Matrix(run_id="1", wrong_before=(), cells=()))) == []


def test_what_the_platform_says_can_not_steer_the_terminal() -> None:
    evil = cell().model_copy(update={"reasons": {"\x1b[2Jgone": 1}})
    assert "\x1b" not in "".join(matrix_lines(Matrix(run_id="1", wrong_before=("\x1b[2J",), cells=(evil,))))


def test_the_file_has_the_names_that_are_promised() -> None:
    written = json.loads(Matrix(run_id="1", wrong_before=(), cells=(cell(),)).as_json())
    assert list(written) == ["schemaVersion", "runId", "wrongBefore", "cells"]
    assert list(written["cells"][0]) == [
        *("scenario", "status", "startsAt", "when", "party", "atOnce", "confirmed", "waiting", "refused", "other"),
        *("reasons", "seatWaste", "answerMs", "tableMs"),
    ]
