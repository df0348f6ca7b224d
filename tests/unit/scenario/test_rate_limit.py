"""Guests who ask too often: until the limit is met, and no longer."""

from __future__ import annotations

import threading
from collections import Counter

import httpx
import pytest

from bookingflow.booking.tracked_booking import Outcome
from tests.support.acting import Stage
from tests.support.promises import DEMO
from tests.support.stored import REQUEST


def test_lookups_end_with_the_first_that_is_turned_away() -> None:
    stage = Stage()
    turned_away, let_in = httpx.Response(429, json={"error": "Too many"}), httpx.Response(200, json={"bookings": []})
    stage.answer = lambda _: turned_away if len(stage.asked) > 16 else let_in
    stage.act.rate_limit.look_up_too_often()
    assert stage.state.let_in == 16
    assert stage.state.turned_away is not None
    assert len(stage.asked) == 24


def test_lookups_that_are_never_turned_away_end_too() -> None:
    stage = Stage()
    stage.answers(200, {"bookings": []})
    stage.act.rate_limit.look_up_too_often()
    assert stage.state.turned_away is None
    assert stage.state.let_in == len(stage.asked) == 48


def test_the_limit_is_met_by_requests_that_are_refused_and_then_asked_properly() -> None:
    stage = Stage()

    def answer(request: httpx.Request) -> httpx.Response:
        if len(stage.asked) > 8:
            return httpx.Response(429, json={"error": "Too many"}, headers={"retry-after": "50"})
        return httpx.Response(400, json={"error": "We are closed then"})

    stage.answer = answer
    stage.act.rate_limit.exceed_limit()
    assert {one["time"] for one in stage.sent[:-1]} == {"03:07"}
    assert stage.sent[-1]["time"] == "19:00"
    assert stage.state.let_in == 8
    assert stage.state.booking.outcome is Outcome.RATE_LIMITED


@pytest.mark.parametrize(("limit", "asked"), [(60, 128), (200, 408)])
def test_a_higher_limit_takes_more_requests_to_meet(limit: int, asked: int) -> None:
    stage = Stage()
    stage.answers(400, {"error": "We are closed then"})
    stage.state.bookings_a_minute = limit
    stage.act.rate_limit.exceed_limit()
    assert stage.state.let_in == asked


@pytest.mark.parametrize("under_way_s", [0, 4])
def test_requests_under_way_when_the_next_minute_begins_are_not_held_against_the_limit(under_way_s: float) -> None:
    stage, lock, seen = Stage(DEMO), threading.Lock(), Counter[tuple[str, int]]()
    stage.session.client_addresses = iter(["2001:db8::1", "2001:db8::2"])
    stage.session.next_address()
    stage.clock.sleep(57)

    def answer(request: httpx.Request) -> httpx.Response:
        with lock:
            if seen.total() == 12:
                stage.clock.sleep(under_way_s)
            at = stage.clock.monotonic()
            counted = request.headers["x-forwarded-for"].partition(",")[0], int(at // 60)
            seen[counted] += 1
            if seen[counted] > 8:
                return httpx.Response(429, json={"error": "Too many"}, headers={"retry-after": f"{60 - at % 60:.0f}"})
            return httpx.Response(400, json={"error": "We are closed then"})

    stage.answer = answer
    stage.act.rate_limit.exceed_limit()
    assert stage.state.let_in == 8
    assert stage.clock.monotonic() == pytest.approx(60 if under_way_s == 0 else 61)
    assert stage.state.booking.outcome is Outcome.RATE_LIMITED


def test_a_limited_minute_is_waited_out_where_later_scenarios_ask_from_the_same_address() -> None:
    stage = Stage()
    stage.act.rate_limit.leave_minute()
    stage.session.leave_limited_minute()
    assert stage.clock.monotonic() == 0
    stage.limits_first("42")
    stage.act.submit(REQUEST)
    stage.act.rate_limit.leave_minute()
    assert stage.clock.monotonic() == 0, "nobody asks yet"
    stage.clock.sleep(2)
    stage.session.leave_limited_minute()
    assert stage.clock.monotonic() == pytest.approx(42)


@pytest.mark.parametrize(("left", "within"), [("50", True), ("59", False), ("soon", False)])
def test_the_platform_says_when_its_next_minute_begins(left: str, within: bool) -> None:
    stage = Stage()

    def answer(request: httpx.Request) -> httpx.Response:
        stage.clock.sleep(0.25)
        if len(stage.asked) > 8:
            return httpx.Response(429, json={"error": "Too many"}, headers={"retry-after": left})
        return httpx.Response(400, json={"error": "We are closed then"})

    stage.answer = answer
    stage.act.rate_limit.exceed_limit()
    assert stage.state.one_minute is within
