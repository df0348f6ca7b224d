"""Reaching a platform: what is meant for it goes to its own origin alone."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from bookingflow.core.timing import Deadline, SystemClock
from bookingflow.platform.api import BookingApi
from bookingflow.platform.background_job import HttpJob
from bookingflow.platform.http_access import HttpAccess
from tests.support.fakes import FakeClock

HEADERS = {"X-Key": "canary", "Authorization": "Basic canary"}


def access(base_url: str = "https://staging.example/v2", **environ: str) -> HttpAccess:
    return HttpAccess(base_url, headers=HEADERS, environ=environ)


class Asked:
    """A platform that keeps what it was asked."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(404)) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer
        self.transport = httpx.MockTransport(self._handle)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer(request)


@pytest.mark.parametrize(
    "url", ["https://staging.example/x", "https://STAGING.example.:443/", "https://u:p@staging.example"]
)
def test_headers_go_to_the_own_origin(url: str) -> None:
    assert access().headers_for(url) == HEADERS


@pytest.mark.parametrize(
    "url",
    [
        *("http://staging.example", "https://staging.example:8443", "https://www.staging.example", "https://staging"),
        *("https://other.example/https://staging.example", "https://staging.example@other.example", "/v2"),
    ],
)
def test_headers_go_to_no_other_origin(url: str) -> None:
    assert access().headers_for(url) == {}


def test_each_request_to_the_platform_has_them_and_its_record_has_not() -> None:
    platform = Asked()
    api = BookingApi("https://staging.example", clock=FakeClock(), access=access(), transport=platform.transport)
    exchange = api.stranger("GET", "/api/events")
    api.stranger("GET", "https://other.example/api/events")
    own, other = platform.requests
    assert own.headers["x-key"] == "canary"
    assert "x-key" not in other.headers
    assert "canary" not in f"{exchange.request_headers}"


def test_a_redirect_is_not_followed() -> None:
    platform = Asked(lambda _: httpx.Response(302, headers={"location": "https://login.example/"}))
    api = BookingApi("https://staging.example", clock=FakeClock(), access=access(), transport=platform.transport)
    assert api.exchange("GET", "/api/events", seconds=5).status == 302
    assert len(platform.requests) == 1


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://staging.example/api/jobs", ("canary", "Bearer t0ken")),
        ("https://jobs.example/run", (None, "Bearer t0ken")),
    ],
)
def test_the_job_has_them_only_where_it_is_the_platforms_own(url: str, sent: tuple[str | None, str]) -> None:
    asked = Asked(lambda _: httpx.Response(200))
    job = HttpJob(url, "t0ken", clock=SystemClock(), access=access(), transport=asked.transport)
    assert job.run("id", Deadline(SystemClock(), 5), correlation_id="a-b").state == "done"
    headers = asked.requests[0].headers
    assert headers["traceparent"].startswith("00-ab-")
    assert (headers.get("x-key"), headers["authorization"]) == sent


def test_a_client_reads_no_variables_itself() -> None:
    environ = {"ALL_PROXY": "http://u:p@proxy.example:3128", "NO_PROXY": "[::1],10.0.0.0/8"}
    with access("http://staging.example", **environ).client("http://staging.example") as client:
        assert not client.trust_env
        assert not client.follow_redirects


def test_a_proxy_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    through = HttpAccess("http://staging.example", environ={"HTTP_PROXY": "http://127.0.0.1:1"})
    api = BookingApi("http://staging.example", clock=FakeClock(), access=through)
    exchange = api.stranger("GET", "/api/events")
    assert not exchange.connected
    assert "no connection through the proxy of HTTP_PROXY" in (exchange.problem or "")
    api.close()
