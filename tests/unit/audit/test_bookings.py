"""What is told of bookings though no scenario asks: an answer that can't be read, but no broken connection."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bookingflow.audit.bookings import audit, broken_off
from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.core.events import BookingLog
from bookingflow.core.timing import Deadline
from bookingflow.platform.api_models import AnswerLost, Exchange, HttpMetrics
from bookingflow.platform.database import BookingDatabase
from tests.support.fakes import RESTAURANT_ID, FakeClock
from tests.support.stage import REQUEST, Stage


class Empty:
    """A database that knows no booking."""

    def holdings(self, _: Any) -> dict[str, Any]:
        return {}


def lost(status: int | None, problem: str | None) -> TrackedBooking:
    clock = FakeClock()
    metrics = HttpMetrics("POST", "/api/bookings", status, 10, 10, 5.0)
    answer = AnswerLost(Exchange(metrics, {}, {}, {}, "", problem), problem or f"HTTP {status}")
    log = BookingLog(Stage().log.stream, correlation_id="c")
    return TrackedBooking(REQUEST, RESTAURANT_ID, "key", Deadline(clock, 90), log, answer)


@pytest.mark.parametrize(
    ("status", "problem", "told"),
    [
        (500, None, "a guest got no answer that can be read (HTTP 500)"),
        (201, None, "a guest got no answer that can be read (HTTP 201)"),
        (201, "time is up", ""),
        (None, "the connection broke", ""),
    ],
)
def test_an_answer_that_can_not_be_read_is_told(status: int | None, problem: str | None, told: str) -> None:
    found = audit(cast("BookingDatabase", Empty()), [], [lost(status, problem)], {}, {}, {})
    assert list(found.others) == ([told] if told else [])


@pytest.mark.parametrize(
    ("problems", "told"),
    [
        (["the connection broke"] * 2, []),
        (["time is up"] * 9, []),
        (
            ["the connection broke"] * 3 + [None],
            ["3 of 4 answers broke off before they were whole (the connection broke)"],
        ),
    ],
)
def test_answers_that_break_off_are_told_when_they_are_several(problems: list[str | None], told: list[str]) -> None:
    assert broken_off([lost(201, problem) for problem in problems]) == told
    assert broken_off([lost(None, problem) for problem in problems]) == []
