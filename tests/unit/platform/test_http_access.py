"""Reaching a platform: what is meant for it goes to its own origin alone."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import httpx
import pytest

from bookingflow.core.timing import Deadline, SystemClock
from bookingflow.platform.api import BookingApi
from bookingflow.platform.api_models import Exchange
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


class Network:
    """What is below a client: the addresses of every name, of which some are silent or refuse."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.silent = self.refusing = ""
        self.tried: list[tuple[str, float | None]] = []
        self.servers: list[socket.socket] = []

    def names(self, *found: str, silent: str = "", refusing: str = "") -> None:
        self.found, self.silent, self.refusing = list(found), silent, refusing

    def look_up(self, *_: object, **__: object) -> list[object]:
        if not self.found:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return [(2, 1, 6, "", (address, 80)) for address in self.found]

    def connect(self, address: tuple[str, int], seconds: float | None, **_: object) -> socket.socket:
        self.tried.append((address[0], seconds))
        if address[0] == self.refusing:
            raise ConnectionRefusedError
        if address[0] in (self.silent, "booking.example"):
            raise TimeoutError
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        theirs.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"ok":true}')
        self.servers.append(theirs)
        return Connected(fileno=ours.detach())

    def is_open(self) -> bool:
        """Whether the last connection stands, as its server sees it."""
        try:
            while self.servers[-1].recv(65_536):
                """The request."""
        except BlockingIOError:
            return True
        return False


class Connected(socket.socket):
    """One end of a pair of sockets, which takes no options of TCP."""

    def setsockopt(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    network = Network()
    monkeypatch.setattr(socket, "getaddrinfo", network.look_up)
    monkeypatch.setattr(socket, "create_connection", network.connect)
    yield network
    for server in network.servers:
        server.close()


def asked(seconds: float, times: int = 1) -> Exchange:
    api = BookingApi("http://booking.example", clock=FakeClock())
    exchanges = [api.probe("/api/events", seconds) for _ in range(times)]
    api.close()
    return exchanges[-1]


def test_a_silent_first_address_of_a_name_leaves_time_to_the_next(network: Network) -> None:
    network.names("192.0.2.1", "192.0.2.2", silent="192.0.2.1")
    assert asked(4.0).status == 200
    assert network.tried == [("192.0.2.1", 1.0), ("192.0.2.2", 1.0)]


def test_an_address_that_was_silent_is_tried_last_from_then_on(network: Network) -> None:
    network.names("192.0.2.1", "192.0.2.2", silent="192.0.2.1")
    assert asked(60.0, times=2).status == 200
    assert [address for address, _ in network.tried] == ["192.0.2.1", "192.0.2.2", "192.0.2.2"]


def test_a_name_service_that_spreads_requests_over_servers_spreads_these(network: Network) -> None:
    api = BookingApi("http://booking.example", clock=FakeClock())
    for found in (("192.0.2.1", "192.0.2.2"), ("192.0.2.2", "192.0.2.1")):
        network.names(*found)
        assert api.probe("/api/events", 10.0).status == 200
    api.close()
    assert [address for address, _ in network.tried] == ["192.0.2.1", "192.0.2.2"]


def test_an_address_that_refuses_is_passed_over(network: Network) -> None:
    network.names("2001:db8::1", "192.0.2.2", refusing="2001:db8::1")
    assert asked(1.0).status == 200
    assert network.tried == [("2001:db8::1", 0.25), ("192.0.2.2", 0.25)]


def test_addresses_of_which_none_answers_soon_are_waited_for_all_the_same(network: Network) -> None:
    network.names("192.0.2.1", "192.0.2.1", "192.0.2.2", silent="192.0.2.1", refusing="192.0.2.2")
    exchange = asked(10.0)
    assert network.tried == [("192.0.2.1", 1.0), ("192.0.2.2", 1.0), ("booking.example", 8.0)]
    assert (exchange.connected, exchange.trouble) == (False, "connection_silent")


def test_a_single_address_has_all_the_time(network: Network) -> None:
    network.names("192.0.2.2")
    assert asked(10.0).status == 200
    assert network.tried == [("192.0.2.2", 10.0)]


def test_the_addresses_of_a_proxy_are_tried_likewise(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    network.names("192.0.2.1", "192.0.2.2", silent="192.0.2.1")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    assert asked(10.0).status == 200
    assert network.tried == [("192.0.2.1", 1.0), ("192.0.2.2", 1.0)]


def test_a_name_service_that_fails_in_mid_run_is_not_needed(network: Network) -> None:
    network.names("192.0.2.1", "192.0.2.2", refusing="192.0.2.1")
    api = BookingApi("http://booking.example", clock=FakeClock())
    assert api.probe("/api/events", 10.0).status == 200
    network.names(refusing="192.0.2.1")
    assert api.probe("/api/events", 10.0).status == 200
    assert [address for address, _ in network.tried] == ["192.0.2.1", "192.0.2.2", "192.0.2.2"]
    api.close()


@pytest.mark.parametrize("direct", [True, False])
def test_a_connection_is_kept_open_only_where_no_gateway_can_close_it(network: Network, direct: bool) -> None:
    network.names("192.0.2.2")
    api = BookingApi("http://booking.example", clock=FakeClock(), direct=direct)
    assert api.probe("/api/events", 10.0).status == 200
    assert network.is_open() is direct
    api.close()
