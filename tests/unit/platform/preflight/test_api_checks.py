"""What is found of an API before anything is booked, from what it answers to what anybody may ask."""

from __future__ import annotations

import datetime
import errno
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from bookingflow.core.timing import Deadline
from bookingflow.platform.api import BookingApi
from bookingflow.platform.database_models import Restaurant
from bookingflow.platform.preflight.api_checks import ApiFacts, check_api, find_restaurant_at_api
from bookingflow.platform.preflight.database_checks import DatabaseFacts
from tests.support.fakes import NOW, RESTAURANT_ID, FakeClock

OTHER_ID = "8dcb19c3-d767-4993-9b91-4655a4d95999"
ALIVE = httpx.Response(200, json={"ok": True})
LISTED = httpx.Response(200, json={"data": [{"id": RESTAURANT_ID, "slug": "demo-restaurant"}]})
HOME = Restaurant(RESTAURANT_ID, "demo-restaurant", "Demo Restaurant", "Europe/London")
PAGE = httpx.Response(404, html="<h1>Not Found</h1>")
Answer = httpx.Response | Exception | Callable[[], "Answer"]


def api_with(answers: Mapping[str, Answer], rest: Answer = PAGE) -> BookingApi:
    """An API that answers so at these paths."""

    def handle(request: httpx.Request) -> httpx.Response:
        answer = answers.get(request.url.path, rest)
        while callable(answer):
            answer = answer()
        if isinstance(answer, Exception):
            raise answer
        return answer

    return BookingApi("http://platform.test", clock=FakeClock(), transport=httpx.MockTransport(handle))


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def checked(answers: Mapping[str, Answer], rest: Answer = PAGE, *, thorough: bool = True) -> ApiFacts:
    clock = FakeClock()
    return check_api(api_with(answers, rest), clock, Deadline(clock, 9), thorough=thorough)


def codes(facts: ApiFacts) -> list[str]:
    return [problem.code for problem in facts.problems]


@pytest.mark.parametrize("body", [b")]}',\n{}", b"\x1f\x8b\x08", b'{"ok": tr'])
def test_answers_that_something_damaged_are_no_wrong_address(body: bytes) -> None:
    damaged = httpx.Response(200, content=body, headers={"content-type": "application/json; charset=utf-8"})
    (problem,) = checked({"/api/events": damaged, "/api/restaurants": damaged}).problems
    assert problem.code == "encoding"
    assert "can't be read as that" in problem.sentence
    assert "cut or change answers" in problem.mend


def test_the_booking_api_is_known_by_its_list_or_its_liveness() -> None:
    both = checked({"/api/events": ALIVE, "/api/restaurants": LISTED})
    assert (codes(both), both.answers, list(both.listed)) == ([], True, [RESTAURANT_ID])
    assert checked({"/api/restaurants": LISTED}).answers
    assert checked({"/api/events": ALIVE}).answers
    assert checked({"/api/events": ALIVE}, httpx.ConnectError("never asked"), thorough=False).answers


REFUSED = caused(httpx.ConnectError("refused"), ConnectionRefusedError())


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (caused(httpx.ConnectError("no"), socket.gaierror(-2, "x")), "address_unknown", "platform.test is not known"),
        (REFUSED, "connection_refused", "nothing listens at platform.test:80"),
        (httpx.ConnectTimeout("slow"), "connection_silent", "does not answer"),
        (httpx.ReadTimeout("slow"), "connection_silent", "does not answer"),
        (caused(httpx.ConnectError("tls"), ssl.SSLCertVerificationError("x")), "encryption", "no encrypted connection"),
        (caused(httpx.ConnectError("no"), OSError(errno.EHOSTUNREACH, "x")), "no_route", "no way to platform.test:80"),
        (caused(httpx.ReadError("gone"), OSError(errno.EHOSTUNREACH, "x")), "connection_cut", "cuts the connection"),
        (httpx.ReadError("reset"), "connection_cut", "cuts the connection"),
        (httpx.Response(403, headers={"cf-mitigated": "challenge"}), "wall", "Cloudflare's challenge"),
        (httpx.Response(401, headers={"www-authenticate": "Basic"}), "wall", "basic auth"),
        (httpx.Response(302, headers={"location": "/login"}), "wall", "a log-in page"),
        (httpx.Response(503, html="<h1>Down for maintenance</h1>"), "gateway", "a maintenance page"),
        (httpx.Response(500, json={"error": "no database"}), "answers_errors", "HTTP 500 to /api/events and to"),
        (PAGE, "not_this_api", "HTTP 404 to /api/events, HTTP 404 to /api/restaurants"),
        (httpx.Response(200, json=["else"]), "not_this_api", "HTTP 200 with application/json"),
        (httpx.Response(200, text="hello"), "not_this_api", "HTTP 200 with text/plain that is not JSON"),
        (httpx.Response(401, json={"error": "invalid_token"}), "wall", "a log-in wall (HTTP 401)"),
        (
            httpx.Response(429, headers={"retry-after": "30"}),
            "rate_limited",
            "slow down (HTTP 429); Retry-After says 30 s",
        ),
    ],
)
def test_each_obstacle_is_one_problem(answer: Answer, code: str, words: str) -> None:
    facts = checked({}, answer)
    assert codes(facts) == [code]
    assert not facts.answers
    assert words in facts.problems[0].sentence
    assert facts.problems[0].setting == "BOOKING_API_BASE_URL"


def test_an_encoding_that_nobody_asked_for_is_named() -> None:
    def stream() -> Any:
        yield b"{}"

    facts = checked({}, httpx.Response(200, content=stream(), headers={"content-encoding": "br"}))
    assert codes(facts) == ["encoding"]


def test_an_answer_that_is_cut_off_is_not_taken_for_another_programs() -> None:
    def half() -> Any:
        yield b'{"ok": '
        raise httpx.ReadError("reset by peer")

    facts = checked({}, lambda: httpx.Response(200, content=half()))
    assert codes(facts) == ["connection_cut"]


@pytest.mark.parametrize(("times", "found"), [(4, []), (6, ["connection_refused"])])
def test_a_platform_that_is_just_being_restarted_is_asked_again_for_a_moment(times: int, found: list[str]) -> None:
    refused = caused(httpx.ConnectError("refused"), ConnectionRefusedError())
    before: list[Answer] = [refused] * times
    asked: list[Answer] = []

    def alive() -> Answer:
        asked.append(before.pop() if before else ALIVE)
        return asked[-1]

    assert codes(checked({"/api/events": alive, "/api/restaurants": LISTED})) == found
    assert len(asked) == 5


def test_what_does_not_pass_is_asked_once() -> None:
    asked: list[str] = []

    def unknown() -> Answer:
        asked.append("once")
        return caused(httpx.ConnectError("unknown"), socket.gaierror())

    assert codes(checked({}, unknown)) == ["address_unknown"]
    assert len(asked) == 1


@pytest.mark.parametrize("age", ["1e999", "nan", "-5", "soon", "9" * 400])
def test_an_age_that_is_no_number_of_seconds_moves_no_clock(age: str) -> None:
    answer = httpx.Response(200, json={}, headers={"date": format_datetime(NOW, usegmt=True), "age": age})
    assert checked({"/api/events": answer}).ahead_s == pytest.approx(0, abs=1)


def test_the_clock_of_the_answers_is_compared() -> None:
    date = format_datetime(NOW + datetime.timedelta(days=3), usegmt=True)
    ahead = checked({"/api/events": httpx.Response(200, json={}, headers={"date": date})}).ahead_s
    assert ahead == pytest.approx(3 * 86400, abs=1)
    cached = httpx.Response(200, json={}, headers={"date": date, "age": "60"})
    assert checked({"/api/events": cached}).ahead_s == pytest.approx(3 * 86400 + 60, abs=1)
    assert checked({"/api/events": ALIVE}).ahead_s is None


def found(
    schedule: Answer,
    listed: Sequence[str],
    known: Callable[[Sequence[str]], set[str]] | None = None,
    *,
    lists_none: bool = False,
) -> list[str]:
    """The codes of what is found of a restaurant that the database holds."""
    facts = DatabaseFacts(home=HOME, date=NOW.date(), known=known or set)
    path = "/api/restaurants/demo-restaurant/schedule"
    slugs = {identity: {"slug": f"s-{identity[-1]}"} for identity in listed}
    of_api = ApiFacts(answers=True, listed=slugs, lists_none=lists_none)
    problems = find_restaurant_at_api(api_with({path: schedule}), of_api, facts, Deadline(FakeClock(), 9))
    return [problem.code for problem in problems]


def day(restaurant_id: str) -> httpx.Response:
    schedule = {"restaurantId": restaurant_id, "date": "2026-11-23", "timezone": "Europe/London"}
    return httpx.Response(200, json={**schedule, "intervalMinutes": 15, "isClosed": True})


def test_one_platform_is_seen_from_both_sides() -> None:
    assert found(day(RESTAURANT_ID), [RESTAURANT_ID]) == []
    assert found(day(RESTAURANT_ID), []) == []
    assert found(httpx.Response(500, json={"error": "x"}), [RESTAURANT_ID]) == []


def test_what_answers_everything_alike_is_not_the_booking_api() -> None:
    assert checked({"/api/events": ALIVE}, ALIVE).lists_none
    assert not checked({"/api/events": ALIVE, "/api/restaurants": LISTED}).lists_none
    assert found(ALIVE, [], lists_none=True) == ["not_this_api"]
    assert found(ALIVE, []) == [], "its scenarios say that the day can't be read"
    assert found(day(RESTAURANT_ID), [], lists_none=True) == []


def test_two_platforms_are_distinguished() -> None:
    assert found(day(OTHER_ID), [RESTAURANT_ID]) == ["other_database"]
    assert found(day(RESTAURANT_ID), [OTHER_ID], lambda _: set()) == ["other_database"]


def test_a_restaurant_that_the_api_does_not_show() -> None:
    missing = httpx.Response(404, json={"error": "Restaurant not found"})
    assert found(missing, [OTHER_ID]) == ["restaurant_missing"]
    assert found(day(RESTAURANT_ID), [OTHER_ID]) == ["not_in_list"]
