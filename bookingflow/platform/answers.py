"""What an answer of the API amounts to: which end a booking's POST came to, and how long guests are asked to wait."""

from __future__ import annotations

import datetime
import email.utils
import math

from bookingflow.platform.api_models import (
    Accepted,
    Answered,
    AnswerLost,
    Exchange,
    NotSent,
    RateLimited,
    Refusal,
    Refused,
    SubmitResult,
    Walled,
    parsed,
)
from bookingflow.platform.walls import find_wall

LONGEST_WAIT_S = 3600.0
"""Seconds; the platform's limits are by the minute (docs/platform.md, "Rate limits"), so more is no time to wait."""


def classify(exchange: Exchange) -> SubmitResult:
    """Which of the ends of a POST this exchange is."""
    status = exchange.status
    if not exchange.connected:
        return NotSent(exchange, exchange.problem or "no connection")
    wall = find_wall(exchange)
    if wall is not None:
        return Walled(exchange, wall.sentence, wall.hint)
    if exchange.problem or status is None:
        return AnswerLost(exchange, exchange.problem or "no answer came")
    if status == 429:
        return RateLimited(exchange, retry_after(exchange))
    if 200 <= status < 300:
        answered = parsed(Answered, exchange)
        if answered is None:
            return AnswerLost(exchange, f"HTTP {status} with a body that names no booking")
        return Accepted(exchange, str(answered.booking.id), answered.booking.status, answered.duplicate)
    if 400 <= status < 500:
        refusal = parsed(Refusal, exchange, ok_only=False)
        return Refused(exchange, refusal or Refusal(error=f"HTTP {status} without a readable reason"))
    return AnswerLost(exchange, f"HTTP {status}")


def retry_after(exchange: Exchange) -> float | None:
    """The seconds an answer asks to wait, 0 to an hour, also where it names the instant; None when it does not say, or
    says what is no time to wait.
    """
    written = exchange.header("retry-after").strip()
    try:
        seconds = float(written)
    except ValueError:
        seconds = _until(written, exchange)
    return seconds if 0 <= seconds <= LONGEST_WAIT_S else None


def wait_in_words(exchange: Exchange) -> str:
    """What an answer says of the wait, for people: "57 s", or why that can't be followed."""
    seconds, written = retry_after(exchange), exchange.header("retry-after").strip()
    if seconds is not None:
        return f"{seconds:g} s"
    return f'"{written[:40]}", which is no time to wait' if written else "nothing"


def _until(written: str, exchange: Exchange) -> float:
    """The seconds from an answer's own date, else from now, until the instant that it names; NaN when it is none."""
    instant, answered = _http_date(written), _http_date(exchange.header("date"))
    if instant is None:
        return math.nan
    return (instant - (answered or datetime.datetime.now(datetime.UTC))).total_seconds()


def _http_date(written: str) -> datetime.datetime | None:
    try:
        instant = email.utils.parsedate_to_datetime(written)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=datetime.UTC)
