"""Guests who ask too often: each promise about it kept, and broken with its code and sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bookingflow.booking.tracked_booking import Outcome
from bookingflow.core.errors import NotJudged
from bookingflow.core.failures import BETWEEN
from bookingflow.core.settings import Settings
from bookingflow.platform.api_models import Exchange
from bookingflow.promises.rate_limit import LOOKUPS_A_MINUTE
from tests.support.promises import DEMO, JSON, LIVE, Scene, accepted, broken, exchange, refused
from tests.support.stored import KEPT

HEADERS = {**JSON, "retry-after": "57", "x-ratelimit-limit": "60", "x-ratelimit-remaining": "0"}
DATE = "Mon, 23 Nov 2026 12:00:00 GMT"
BODY = {"error": "Too many requests", "code": "RATE_LIMITED", "retryAfter": 57}


def limited(body: Any = None, **headers: str) -> Exchange:
    """The answer that was agreed, but for this."""
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    return exchange(429, {**BODY, **(body or {})}, headers={**HEADERS, **changed})


def scene(answer: Exchange, *, settings: Settings = DEMO, **counted: Any) -> Scene:
    made = Scene(settings)
    made.booked(None, answer=answer, outcome=Outcome.RATE_LIMITED)
    made.state.let_in = 60
    for name, value in counted.items():
        setattr(made.state, name, value)
    return made


def test_a_limit_that_is_met_and_said_keeps_the_promise() -> None:
    scene(limited()).promises.rate_limit.asked_to_wait()
    scene(limited(date=DATE, x_ratelimit_reset="1795435257000")).promises.rate_limit.asked_to_wait()
    scene(limited(), settings=LIVE, let_in=3).promises.rate_limit.asked_to_wait()
    scene(limited(), let_in=70).promises.rate_limit.asked_to_wait()  # over the turn of a minute


@pytest.mark.parametrize(
    ("answer", "counted", "code", "said"),
    [
        (exchange(500, {}), {}, "limit_missing", "was answered HTTP 500, not asked to wait (429)"),
        (refused(400), {}, "limit_missing", "was answered HTTP 400, not asked to wait (429)"),
        (accepted(), {"let_in": 128}, "limit_missing", "After 128 requests one address was still not asked to wait"),
        (limited(), {"let_in": 12}, "limit_too_low", "asked to wait after 12 requests; 60 a minute are allowed"),
        (limited(), {"let_in": 0, "waited_s": 57.0}, "limit_too_low", "A guest waited 57 s, as the answer said"),
        (limited(), {"let_in": 61, "one_minute": True}, "limit_too_high", "One address made 61 requests in one minute"),
        (limited(retry_after=""), {}, "wait_not_shown", "Retry-After says nothing; 1 to 60 s are agreed"),
        (limited(retry_after="61"), {}, "wait_not_shown", "Retry-After says 61 s"),
        (limited(retry_after="0"), {}, "wait_not_shown", "Retry-After says 0 s"),
        (limited(x_ratelimit_remaining="5"), {}, "limit_not_shown", 'X-RateLimit-Remaining "5"'),
        (limited(x_ratelimit_limit="61"), {}, "limit_not_shown", 'Remaining "0"; 60 are allowed'),
        (limited(x_ratelimit_limit="0"), {}, "limit_not_shown", 'X-RateLimit-Limit is "0"'),
        (limited({"code": "NO"}), {}, "limit_without_words", "no text and code that say why (RATE_LIMITED)"),
        (limited({"error": ""}), {}, "limit_without_words", "no text and code that say why (RATE_LIMITED)"),
        (limited(date=DATE, x_ratelimit_reset="1795435257"), {}, "wait_contradicts", "no time of that minute"),
        (limited({"retryAfter": None}), {}, "wait_not_shown", "does not say how many seconds to wait (retryAfter)"),
        (limited({"retryAfter": 5}), {}, "wait_contradicts", "Retry-After says 57 s, and the answer's text 5 s"),
    ],
)
def test_a_limit_that_is_not_met_or_not_said_is_a_breach(
    answer: Exchange, counted: dict[str, Any], code: str, said: str
) -> None:
    verdict = broken(scene(answer, **counted).promises.rate_limit.asked_to_wait)
    assert verdict.code == code
    assert said in verdict.sentence


def test_a_live_platform_that_says_its_limit_is_higher_breaks_the_promise() -> None:
    verdict = broken(scene(limited(x_ratelimit_limit="80"), settings=LIVE).promises.rate_limit.asked_to_wait)
    assert verdict.code == "limit_too_high"
    assert "states a limit of 80 requests a minute; 60 are agreed (BOOKING_RATE_LIMIT)" in verdict.sentence
    scene(limited(x_ratelimit_limit="30"), settings=LIVE, let_in=30).promises.rate_limit.asked_to_wait()


def test_a_live_platforms_limit_may_be_another_one() -> None:
    scene(limited(x_ratelimit_limit="80"), settings=LIVE, bookings_a_minute=80).promises.rate_limit.asked_to_wait()
    lower = scene(limited(x_ratelimit_limit="80"), settings=LIVE, bookings_a_minute=70).promises.rate_limit
    assert broken(lower.asked_to_wait).code == "limit_too_high"


OWN_LIMITS = [
    exchange(429, "<html><h1>429 Too Many Requests</h1></html>", headers={"server": "nginx/1.25"}),
    exchange(429, {"message": "API rate limit exceeded"}, headers={"server": "kong/3.6"}),
    exchange(429, ""),
]


@pytest.mark.parametrize("answer", OWN_LIMITS)
def test_a_gateways_own_limit_says_nothing_of_a_live_platforms(answer: Exchange) -> None:
    live, demo = (scene(answer, settings=settings, turned_away=answer) for settings in (LIVE, DEMO))
    for promise in (live.promises.rate_limit.asked_to_wait, live.promises.rate_limit.lookups_limited):
        with pytest.raises(NotJudged, match=r"Something that is not the booking API \(HTTP 429") as raised:
            promise()
        assert (raised.value.code, raised.value.who_can_act) == ("wall", BETWEEN)
    broken(demo.promises.rate_limit.asked_to_wait)


def test_a_live_platform_that_lets_in_more_than_it_says_is_not_judged() -> None:
    scene(limited(), settings=LIVE, let_in=80).promises.rate_limit.asked_to_wait()  # over the turn of a minute
    with pytest.raises(NotJudged, match="made 80 requests within one minute of the platform's, and 60") as raised:
        scene(limited(), settings=LIVE, let_in=80, one_minute=True).promises.rate_limit.asked_to_wait()
    assert raised.value.code == "limit_unclear"


def test_what_a_wall_limits_is_no_limit_of_the_platforms() -> None:
    page = exchange(401, "<html>Authentication Required</html>", headers={"server": "Vercel"})
    with pytest.raises(NotJudged) as raised:
        scene(page).promises.rate_limit.asked_to_wait()
    assert raised.value.code == "wall"


def test_lookups_are_limited_and_the_answer_says_for_how_long() -> None:
    made = scene(limited(), let_in=LOOKUPS_A_MINUTE, turned_away=limited())
    made.promises.rate_limit.lookups_limited()
    made.state.let_in = 30  # over the turn of a minute
    made.promises.rate_limit.lookups_limited()


@pytest.mark.parametrize(
    ("counted", "code", "said"),
    [
        ({"let_in": 48}, "lookups_unlimited", "looked up 48 contacts in a minute and was not asked to wait"),
        (
            {"let_in": 19, "turned_away": limited()},
            "limit_too_low",
            "asked to wait after 19 look-ups; 20 a minute are allowed",
        ),
        (
            {"let_in": 21, "turned_away": limited(), "one_minute": True},
            "limit_too_high",
            "looked up 21 contacts in one minute; 20 are allowed",
        ),
        ({"let_in": 20, "turned_away": limited(retry_after="soon")}, "wait_not_shown", 'says "soon", which is no time'),
    ],
)
def test_lookups_without_end_are_a_breach(counted: dict[str, Any], code: str, said: str) -> None:
    verdict = broken(scene(limited(), **counted).promises.rate_limit.lookups_limited)
    assert verdict.code == code
    assert said in verdict.sentence


def test_a_booking_turned_away_too_early_has_its_own_verdict_on_the_demo() -> None:
    made = scene(limited(), let_in=2)
    verdict = broken(made.promises.confirmation.gets_answer)
    assert verdict.code == "limit_too_low"
    assert "request 3 of one address was turned away; 60 a minute are allowed" in verdict.sentence
    made.booked(replace(KEPT))
    made.promises.confirmation.gets_answer()
