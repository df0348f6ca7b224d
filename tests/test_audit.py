"""What is told of bookings though no scenario asks: an answer that can't be read, but no broken connection."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bookingflow.api import AnswerLost, Exchange
from bookingflow.audit import audit
from bookingflow.database import BookingDatabase
from bookingflow.flow import Followed
from bookingflow.phases import BookingLog, HttpMetrics
from bookingflow.polling import Deadline
from tests.fakes import RESTAURANT_ID, FakeClock
from tests.test_flow import REQUEST, Stage


class Empty:
    """A database that knows no booking."""

    def holdings(self, _: Any) -> dict[str, Any]:
        return {}


def lost(status: int | None, problem: str | None) -> Followed:
    clock = FakeClock()
    metrics = HttpMetrics("POST", "/api/bookings", status, 10, 10, 5.0)
    answer = AnswerLost(Exchange(metrics, {}, {}, {}, "", problem), problem or f"HTTP {status}")
    log = BookingLog(Stage().log.stream, correlation_id="c")
    return Followed(REQUEST, RESTAURANT_ID, "key", Deadline(clock, 90), log, answer)


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
