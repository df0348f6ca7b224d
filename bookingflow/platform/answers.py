"""Classifies the API's answers to a booking (accepted, refused, rate limited, lost); reads the wait they ask for."""

from __future__ import annotations

import datetime
import email.utils
import math
from dataclasses import dataclass

from bookingflow.core.errors import TargetUnreachable
from bookingflow.core.problems import Problem
from bookingflow.platform.api_models import (
    MOST_DIGITS,
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
from bookingflow.platform.walls import (
    CUT_BETWEEN,
    UNREADABLE,
    another_form,
    find_wall,
    from_cache,
    refuses_in_its_place,
)

LONGEST_WAIT_S = 3600.0
"""Seconds; the platform's limits are by the minute (docs/platform.md, "Rate limits"), so more is no time to wait."""
CUT = "connection_cut"
CODED = frozenset({404})
"""Refusals of a booking that always have a code (docs/platform.md, "Refusals"): without one its page is not there."""


def classify(exchange: Exchange, *, direct: bool = False) -> SubmitResult:
    """Which of the ends of a POST this exchange is; `direct` where nothing stands between that may have changed it."""
    status = exchange.status
    if not exchange.connected:
        return NotSent(exchange, exchange.problem or "no connection")
    wall = find_wall(exchange, open_to_all=not direct) or from_cache(exchange)
    if wall is not None:
        return Walled(exchange, wall.sentence, wall.hint)
    if exchange.problem or status is None:
        return AnswerLost(exchange, exchange.problem or "no answer came")
    if status == 429:
        return RateLimited(exchange, retry_after(exchange))
    if 200 <= status < 300:
        other = None if direct else another_form(exchange, "booking")
        if other is not None:
            return Walled(exchange, other.sentence, other.hint, other.code)
        answered = parsed(Answered, exchange)
        if answered is None:
            return AnswerLost(exchange, f"HTTP {status} with a body that names no booking")
        return Accepted(exchange, str(answered.booking.id), answered.booking.status, answered.duplicate)
    if 400 <= status < 500:
        refused = refuses_in_its_place(exchange, coded=CODED)
        if refused is not None:
            return Walled(exchange, refused.sentence, refused.hint)
        refusal = parsed(Refusal, exchange, ok_only=False)
        return Refused(exchange, refusal or Refusal(error=f"HTTP {status} without a readable reason"))
    return AnswerLost(exchange, f"HTTP {status}")


def lost_on_the_way(answer: SubmitResult) -> str | None:
    """The code of an answer that was cut off, is too long or breaks HTTP's rules, as any way to the platform may do it;
    None for silence, and for what came whole.
    """
    exchange = answer.exchange
    if not isinstance(answer, AnswerLost) or isinstance(answer, Walled) or exchange.problem is None:
        return None
    if exchange.trouble:
        return exchange.trouble if exchange.trouble in {CUT, UNREADABLE} else None
    return UNREADABLE


def demand_answer(exchange: Exchange) -> Exchange:
    """The exchange, which has an answer; raises TargetUnreachable when none came, or half of one."""
    if exchange.status is None or exchange.trouble:
        what = "No answer" if exchange.status is None else "No whole answer"
        sentence = f"{what} came to {exchange.metrics.method} {exchange.metrics.path} ({exchange.problem})."
        code = exchange.trouble or CUT
        hint = CUT_BETWEEN if code in {CUT, UNREADABLE} else "Is the platform still running?"
        raise TargetUnreachable(sentence, hint=hint, problem=Problem(code, "BOOKING_API_BASE_URL", sentence, hint))
    return exchange


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


@dataclass(frozen=True)
class LimitStated:
    """What an answer states of the limit on requests; None where it does not say."""

    limit: int | None
    """Requests in a window."""
    left: int | None
    """How many more of them are taken in this one."""
    ends_in_s: float | None
    """Seconds until the next one."""


def limit_stated(exchange: Exchange) -> LimitStated | None:
    """What an answer's headers `X-RateLimit-Limit`, `-Remaining` and `-Reset` (epoch milliseconds) state, and a 429 by
    being one; None where that is nothing (docs/platform.md, "Rate limits").
    """
    limit, left, reset = (_whole(exchange.header(f"x-ratelimit-{name}")) for name in ("limit", "remaining", "reset"))
    ends_in_s = None if reset is None else max(0.0, reset / 1000 - _answered_at(exchange).timestamp())
    if exchange.status == 429:
        left, ends_in_s = 0, retry_after(exchange) or ends_in_s
    stated = LimitStated(limit or None, left, ends_in_s)
    return None if stated == LimitStated(None, None, None) else stated


def reset_in_s(exchange: Exchange) -> float | None:
    """Seconds from an answer to the instant at which its header `X-RateLimit-Reset` (epoch milliseconds) says that the
    limit counts anew; None where it does not say.
    """
    reset = _whole(exchange.header("x-ratelimit-reset"))
    return None if reset is None else reset / 1000 - _answered_at(exchange).timestamp()


def wait_in_words(exchange: Exchange) -> str:
    """What an answer says of the wait, for people: "57 s", or why that can't be followed."""
    seconds, written = retry_after(exchange), exchange.header("retry-after").strip()
    if seconds is not None:
        return f"{seconds:g} s"
    return f'"{written[:40]}", which is no time to wait' if written else "nothing"


def _until(written: str, exchange: Exchange) -> float:
    """The seconds from an answer's own date, else from now, until the instant that it names; NaN when it is none."""
    instant = _http_date(written)
    return math.nan if instant is None else (instant - _answered_at(exchange)).total_seconds()


def _answered_at(exchange: Exchange) -> datetime.datetime:
    """An answer's own date, else now."""
    return _http_date(exchange.header("date")) or datetime.datetime.now(datetime.UTC)


def _whole(written: str) -> int | None:
    """A number of at most 15 digits; None for anything else."""
    return int(written) if written.isascii() and written.isdigit() and len(written) <= MOST_DIGITS else None


def _http_date(written: str) -> datetime.datetime | None:
    try:
        instant = email.utils.parsedate_to_datetime(written)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=datetime.UTC)
