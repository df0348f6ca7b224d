"""What is sent to the platform, whatever it answered before."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable

import httpx
import pytest

from bookingflow.core.errors import BehindWall, TargetUnreachable
from bookingflow.core.timing import Deadline
from bookingflow.core.trace import trace_id_of
from bookingflow.platform.answers import classify
from bookingflow.platform.api import PROXY_ADDRESS, BookingApi
from bookingflow.platform.api_models import Walled
from tests.support.fakes import FakeClock

DAY = datetime.date(2026, 11, 27)


def test_no_guest_has_the_cookies_of_another() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, headers={"Set-Cookie": "session=first; Path=/"}, json={"data": []})

    api = BookingApi("http://platform.test", clock=FakeClock(), transport=httpx.MockTransport(answer))
    assert api.restaurants().header("set-cookie") == "session=first; Path=/"
    api.stranger("GET", "/api/bookings/1")
    assert [request.headers.get("cookie") for request in sent] == [None, None]


def test_a_guest_of_the_demo_is_said_to_come_by_a_proxy() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"data": []})

    api = BookingApi("http://platform.test", clock=FakeClock(), transport=httpx.MockTransport(answer))
    api.restaurants()
    assert "x-forwarded-for" not in sent[0].headers
    api.client_address = "192.0.2.1"
    api.restaurants()
    assert sent[1].headers["x-forwarded-for"] == f"192.0.2.1, {PROXY_ADDRESS}"


def test_every_request_of_a_booking_is_in_its_trace_and_no_other_is() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"bookings": [], "booking": {}, "data": []})

    clock, own = FakeClock(), str(uuid.uuid4())
    api = BookingApi("http://platform.test", clock=clock, transport=httpx.MockTransport(answer))
    api.submit({}, idempotency_key="key", correlation_id=own, deadline=Deadline(clock, 5))
    api.lookup("a@b.example", None, "id", correlation_id=own)
    api.confirmation("token", correlation_id=own)
    api.lookup("a@b.example", None, "id")
    api.restaurants()
    traced = [request.headers.get("traceparent") for request in sent]
    assert [header and header.split("-")[1] for header in traced] == [trace_id_of(own)] * 3 + [None, None]
    assert sent[0].headers["x-correlation-id"] == own


@pytest.mark.parametrize(
    ("headers", "ids"),
    [
        ({"X-Request-Id": "req-1", "x-vercel-id": "arn1::iad1::x-1718000000000-0a", "CF-Ray": "8f3a-FRA"}, 3),
        ({"cf-ray": "8f3a-FRA"}, 1),
        ({}, 0),
    ],
)
def test_the_platforms_own_names_of_a_request_are_kept(headers: dict[str, str], ids: int) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, headers=headers, json={"data": []}))
    exchange = BookingApi("http://platform.test", clock=FakeClock(), transport=transport).restaurants()
    assert exchange.request_ids() == {name.lower(): value for name, value in headers.items()}
    assert len(exchange.request_ids()) == ids
    assert set(headers.values()) <= set(exchange.evidence()["response"]["headers"].values())


def test_a_header_that_is_repeated_with_the_same_value_counts_once() -> None:
    date = "Mon, 23 Nov 2026 12:00:00 GMT"
    headers = [("Retry-After", "57"), ("Date", date), ("retry-after", "57"), ("Date", date), ("Via", "a"), ("Via", "b")]
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, json={"data": []}))
    exchange = BookingApi("http://platform.test", clock=FakeClock(), transport=transport).restaurants()
    assert (exchange.header("retry-after"), exchange.header("date")) == ("57", date)
    assert exchange.header("via") == "a, b"


def test_whose_crash_it_is_shows_beside_the_answers_that_only_the_platform_gives() -> None:
    answers = iter(
        [
            httpx.Response(500, headers={"Server": "envoy"}),
            httpx.Response(502, text="bad gateway", headers={"Server": "envoy"}),
            httpx.Response(200, json={"data": []}, headers={"Server": "gunicorn/21.2"}),
            httpx.Response(500, headers={"Server": "envoy"}),
            httpx.Response(500, headers={"Server": "gunicorn/22.0"}),
        ]
    )
    transport = httpx.MockTransport(lambda _: next(answers))
    api = BookingApi("http://platform.test", clock=FakeClock(), transport=transport)
    found = [api.exchange("POST", "/api/bookings", seconds=5) for _ in range(5)]
    assert [isinstance(classify(exchange), Walled) for exchange in found] == [False, True, True, True, False]
    other = BookingApi(
        "http://platform.test",
        clock=FakeClock(),
        own_servers=api.own_servers,
        transport=httpx.MockTransport(lambda _: httpx.Response(500, headers={"Server": "envoy"})),
    )
    assert isinstance(classify(other.exchange("POST", "/api/bookings", seconds=5)), Walled)
    listing = httpx.MockTransport(lambda _: httpx.Response(200, json={"data": []}))
    direct = BookingApi("http://platform.test", clock=FakeClock(), direct=True, transport=listing)
    direct.restaurants()
    assert direct.exchange("GET", "/", seconds=5).own_servers == frozenset()


ASKED: list[tuple[Callable[[BookingApi], object], str]] = [
    (lambda api: api.lookup("a@b.example", "1", "id"), "bookings"),
    (lambda api: api.confirmation("token"), "booking"),
    (lambda api: api.restaurants(), "data"),
    (lambda api: api.calendar("demo", DAY, DAY), "closedDates"),
    (lambda api: api.schedule("demo", DAY), "restaurantId"),
]


@pytest.mark.parametrize(("ask", "holds"), ASKED, ids=[holds for _, holds in ASKED])
def test_a_challenge_to_browsers_is_no_pace(ask: Callable[[BookingApi], object], holds: str) -> None:
    api = answering(httpx.Response(429, html=f"<h1>{holds}</h1>", headers={"x-vercel-mitigated": "challenge"}))
    with pytest.raises(BehindWall, match=r"Vercel's firewall \(HTTP 429"):
        ask(api)


@pytest.mark.parametrize(("ask", "holds"), ASKED, ids=[holds for _, holds in ASKED])
@pytest.mark.parametrize("body", ["", "OK", "[]", "[" * 10_000, '{"ok": true}', "NaN"])
def test_a_success_in_another_form_than_the_platforms_is_anothers(
    ask: Callable[[BookingApi], object], holds: str, body: str
) -> None:
    api = answering(httpx.Response(200, text=body))
    with pytest.raises(BehindWall, match=r"instead of the platform's \(HTTP 200.* if the platform itself answered so"):
        ask(api)
    if holds != "restaurantId":
        ask(answering(httpx.Response(200, json={holds: []})))
        ask(answering(httpx.Response(200, json={"error": "Unable to fetch bookings"})))
        ask(answering(httpx.Response(200, text=body), direct=True))


def test_a_day_that_can_not_be_read_is_named_as_a_restaurant_says_it() -> None:
    with pytest.raises(TargetUnreachable, match="The opening times of demo on Fri 27 Nov could not be read from"):
        answering(httpx.Response(404, json={"error": "No such restaurant"})).schedule("demo", DAY)


def answering(response: httpx.Response, *, direct: bool = False) -> BookingApi:
    transport = httpx.MockTransport(lambda _: response)
    return BookingApi("http://platform.test", clock=FakeClock(), direct=direct, transport=transport)
