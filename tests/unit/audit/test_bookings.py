"""What is found in bookings though no scenario asks: an answer that can't be read, but no broken connection."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bookingflow.audit.bookings import AuditScope, audit, broken_off
from bookingflow.audit.findings import Found
from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.core.events import BookingLog
from bookingflow.core.failures import Breach
from bookingflow.core.timing import Deadline
from bookingflow.platform.api_models import AnswerLost, Exchange, HttpMetrics
from bookingflow.platform.database import BookingDatabase
from tests.support.fakes import RESTAURANT_ID, FakeClock
from tests.support.sessions import session
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
    ("status", "problem", "code", "words"),
    [
        (500, None, "platform_error", "the guest got an error (HTTP 500)"),
        (201, None, "answer_lost", "the guest got no answer that can be read (HTTP 201)"),
        (201, "time is up", None, ""),
        (None, "the connection broke", None, ""),
    ],
)
def test_an_answer_that_can_not_be_read_is_found(
    status: int | None, problem: str | None, code: str | None, words: str
) -> None:
    booking = lost(status, problem)
    scope = AuditScope({}, {}, session().guests)
    found = audit(cast("BookingDatabase", Empty()), [], [booking], scope)
    assert found == ([Found(Breach(code, f"{booking.label}: {words}"))] if code else [])


@pytest.mark.parametrize(
    ("problems", "found"),
    [
        (["the connection broke"] * 2, []),
        (["time is up"] * 9, []),
        (
            ["the connection broke"] * 3 + [None],
            ["3 of 4 answers broke off before they were whole (the connection broke)"],
        ),
    ],
)
def test_answers_that_break_off_are_found_when_they_are_several(problems: list[str | None], found: list[str]) -> None:
    breaches = [Found(Breach("answers_broken_off", words)) for words in found]
    assert broken_off([lost(201, problem) for problem in problems]) == breaches
    assert broken_off([lost(None, problem) for problem in problems]) == []
