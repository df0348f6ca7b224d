"""What is sent to the platform, whatever it answered before."""

from __future__ import annotations

import httpx

from bookingflow.platform.api import BookingApi
from tests.support.fakes import FakeClock


def test_no_guest_has_the_cookies_of_another() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, headers={"Set-Cookie": "session=first; Path=/"}, json={})

    api = BookingApi("http://platform.test", clock=FakeClock(), transport=httpx.MockTransport(answer))
    assert api.restaurants().header("set-cookie") == "session=first; Path=/"
    api.stranger("GET", "/api/bookings/1")
    assert [request.headers.get("cookie") for request in sent] == [None, None]
