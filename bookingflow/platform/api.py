"""The platform's API over httpx: one call a question, every answer a typed result, complete metrics.

What a POST can end in:

    Accepted        201 or 200 with a readable booking
    Refused         4xx: the platform's code and text
    RateLimited     429: with Retry-After, when given
    AnswerLost      sent, but no usable answer: time-out, reset, 5xx, broken body; the booking may exist
    Walled          the same, where what stands before the platform answered in its place (`walls`)
    NotSent         the connection was never made: nothing can have been booked
"""

from __future__ import annotations

import codecs
import contextlib
import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode

import httpx

from bookingflow.core.errors import AskedToWait, BehindWall, BrokenPromise, TargetUnreachable
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.timing import Clock, Deadline, TimeUpError, within
from bookingflow.core.trace import HEADER, traceparent
from bookingflow.platform.answers import classify, wait_in_words
from bookingflow.platform.api_models import (
    TIME_UP,
    Exchange,
    HttpMetrics,
    Schedule,
    ShownDay,
    SubmitResult,
    parsed,
)
from bookingflow.platform.http_access import HttpAccess
from bookingflow.platform.http_problems import http_problem, in_words, trouble_of
from bookingflow.platform.walls import (
    TOO_MANY,
    UNREADABLE,
    another_form,
    find_wall,
    from_cache,
    is_own,
    is_pace,
    refuses_in_its_place,
    server_of,
)

USER_AGENT = "booking-acceptance-suite"
PROXY_ADDRESS = "2001:db8:ffff::1"
"""Of the proxy that a guest's request to the demo is said to have come by: every guest's, and no guest itself."""
READ_TIMEOUT_S = 10.0
"""For reads outside a booking's budget (schedule, liveness): generous, they decide nothing."""
LARGEST_BODY = 1_000_000
"""Bytes of an answer that are read; the platform's largest recorded answer is under 0.1 MB."""
SLOW_CODECS = frozenset({"idna", "punycode"})
"""Their cost grows with the square of the text; no answer is written in them."""
TOO_LONG = f"the answer is longer than {LARGEST_BODY // 1_000_000} MB and was cut"

BOOKINGS = "/api/bookings"


ONE_EACH = httpx.Limits(max_keepalive_connections=0)
"""Each request opens a connection, as the browsers of different guests do: gateways close those that are kept open, and
a request that meets one just being closed is lost. And what spreads connections over servers shows them all.
"""
KEPT_OPEN = httpx.Limits(keepalive_expiry=2.0)
"""A demo, with nothing between, keeps its own open for longer."""
NOT_CONNECTED = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol),
    httpx.ProxyError,  # a proxy that refuses to connect us
)
NO_SUCH_PAGE = frozenset({404, 405, 501})


class _Forgetful(CookieJar):
    """Keeps no cookie: each request is another guest's, with a browser of its own."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Leave them in the answer, where promises look at them."""


class BookingApi:
    """The platform as a guest's browser reaches it. `client_address` is sent only when given (on the demo).

    Where it is reached `direct` (`Settings.reached_directly`), whatever answers is the platform.
    """

    def __init__(
        self,
        base_url: str,
        *,
        clock: Clock,
        access: HttpAccess | None = None,
        direct: bool = False,
        own_servers: set[str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Several clients of one platform share what they know of its `own_servers`."""
        self.base_url = base_url
        self._direct = direct
        self._access = access or HttpAccess(base_url)
        proxy = self._access.proxy_for(base_url)
        self.proxy = "" if proxy is None else proxy.variable
        """The variable that names the proxy between, if there is one."""
        self._by = f" through the proxy of {self.proxy}" if self.proxy else ""
        self.shown_url = Sanitizer().text(base_url)
        self.clock = clock
        self.client_address: str | None = None
        self._transport = transport
        self._shown: list[ShownDay] = []
        self.own_servers = set[str]() if own_servers is None else own_servers
        """What the platform's own answers so far name as their server; nothing where it is reached directly."""
        self._client = self._new_client()

    def _new_client(self) -> httpx.Client:
        return self._access.client(
            self.base_url,
            base_url=self.base_url,
            headers={"User-Agent": USER_AGENT},
            cookies=_Forgetful(),
            transport=self._transport,
            limits=KEPT_OPEN if self._direct else ONE_EACH,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def submit(
        self, payload: Any, *, idempotency_key: str | None, correlation_id: str, deadline: Deadline
    ) -> SubmitResult:
        """POST a body as a booking, once; it never outlives the deadline, and it is never sent twice."""
        headers = {"X-Correlation-Id": correlation_id, HEADER: traceparent(correlation_id)}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        exchange = self.exchange("POST", BOOKINGS, body=payload, headers=headers, seconds=deadline.remaining)
        return classify(exchange, direct=self._direct)

    def schedule(self, slug: str, date: datetime.date, *, named: bool = True) -> Schedule:
        """The day of a restaurant; where it is not `named`, the platform is left to show its today.

        Raises BrokenPromise when the platform can't tell it, TargetUnreachable when it was not reached, BehindWall when
        something else answered, AskedToWait when too much was asked.
        """
        exchange = self._ask_schedule(slug, {"date": date.isoformat()} if named else {})
        schedule = parsed(Schedule, exchange)
        if schedule is None:
            raise self._no_schedule(exchange, slug, date)
        self._shown.append(ShownDay(slug, date, schedule, exchange))
        return schedule

    def _no_schedule(self, exchange: Exchange, slug: str, date: datetime.date) -> Exception:
        """Why a restaurant's day can't be told from this answer: whose fault it is (`schedule`)."""
        whole = exchange.status is not None and not exchange.trouble
        refused = 400 <= (exchange.status or 0) < 500
        wall = refuses_in_its_place(exchange) if refused else another_form(exchange, "restaurantId")
        if wall is not None and whole and not self._direct:
            return BehindWall(f"At {self.shown_url} {wall.sentence}.", hint=wall.hint)
        if whole and not 300 <= (exchange.status or 0) < 500:
            return BrokenPromise(
                f"{date:%a %d %b} at {slug}: the platform's answer can't be used ({exchange.said})",
                code="schedule_unreadable",
            )
        unread = f"The opening times of {slug} on {date:%a %d %b} could not be read"
        if whole:
            return TargetUnreachable(
                f"{unread} from {self.shown_url} ({exchange.said}).",
                hint="Is BOOKING_RESTAURANT_SLUG a restaurant of this platform?",
            )
        problem = http_problem(
            exchange.trouble or "connection_cut",
            what="The booking API",
            url=self.base_url,
            setting="BOOKING_API_BASE_URL",
            proxy=self.proxy,
            said=exchange.problem or "",
        )
        return TargetUnreachable(f"{unread}. {problem.sentence}", hint=problem.mend, problem=problem)

    def times_as_asked(self, slug: str, day: str) -> Exchange:
        """What is answered to who asks for the times of a day, whatever restaurant and day that are."""
        return self._ask_schedule(slug, {"date": day}, may_be_missing=True)

    def _ask_schedule(self, slug: str, asked_for: Mapping[str, str], *, may_be_missing: bool = False) -> Exchange:
        # The platform lets caches keep a schedule; a changing parameter gets past them.
        query = urlencode({**asked_for, "fresh": f"{self.clock.now().timestamp():.6f}"})
        path = f"/api/restaurants/{slug}/schedule?{query}"
        return self._ask("GET", path, may_be_missing=may_be_missing, open_to_all=True)

    def take_days(self) -> list[ShownDay]:
        """The days that were read since the last call."""
        shown, self._shown = self._shown, []
        return shown

    def lookup(
        self,
        email: str | None,
        phone: str | None,
        restaurant_id: str,
        *,
        correlation_id: str = "",
        may_be_limited: bool = False,
    ) -> Exchange:
        """A contact's bookings, as anybody may ask for them, also with a half of the contact left out.

        Asked in the trace of the booking with this correlation id, if one is meant. That too much was asked is an
        answer only where it may be.
        """
        asked = {"email": email, "phone": phone, "restaurantId": restaurant_id}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        path = f"{BOOKINGS}?{query}"
        return self._ask("GET", path, correlation_id=correlation_id, may_be_limited=may_be_limited, holds="bookings")

    def confirmation(self, token: str, *, correlation_id: str = "") -> Exchange:
        """What the link in a confirmation opens, asked in the trace of the booking with this correlation id."""
        query = urlencode({"token": token}, errors="replace")
        path = f"{BOOKINGS}/confirm?{query}"
        return self._ask("GET", path, correlation_id=correlation_id, holds="booking")

    def restaurants(self) -> Exchange:
        """The list of all restaurants, as anybody may ask for it."""
        return self._ask("GET", "/api/restaurants", open_to_all=True, holds="data")

    def calendar(self, slug: str, since: datetime.date, until: datetime.date) -> Exchange:
        """The closed days of a period, as anybody may ask for them."""
        query = urlencode({"from": since.isoformat(), "to": until.isoformat(), "fresh": self.clock.now().timestamp()})
        path = f"/api/restaurants/{slug}/calendar-mask?{query}"
        return self._ask("GET", path, may_be_missing=True, open_to_all=True, holds="closedDates")

    def stranger(self, method: str, path: str, body: Any = None) -> Exchange:
        """Ask for something without a session; a page that is not there is an answer too."""
        return self._ask(method, path, body=body, may_be_missing=True)

    def probe(self, path: str, seconds: float) -> Exchange:
        """What is answered at a path, by the platform or by a wall, within this many seconds."""
        return self.exchange("GET", path, seconds=seconds)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        may_be_missing: bool = False,
        may_be_limited: bool = False,
        open_to_all: bool = False,
        correlation_id: str = "",
        holds: str = "",
    ) -> Exchange:
        """One exchange outside a booking's budget; raises BehindWall when something else than the platform answered,
        and AskedToWait when too much was asked. `holds` is what the platform's own success has at least.
        """
        headers = {HEADER: traceparent(correlation_id)} if correlation_id else None
        exchange = self.exchange(method, path, body=body, headers=headers, seconds=READ_TIMEOUT_S)
        if is_pace(exchange) and not may_be_limited:
            raise AskedToWait(
                f"{method} {exchange.metrics.path}: too many requests came from this address (HTTP {TOO_MANY}); "
                f"Retry-After says {wait_in_words(exchange)}.",
                hint="Run it again after that; do other runs ask from the same address?",
            )
        wall = find_wall(exchange, open_to_all=open_to_all and not self._direct) or from_cache(exchange)
        if holds and wall is None and not exchange.trouble and not self._direct:
            wall = another_form(exchange, holds)
        if wall is not None and not (may_be_missing and exchange.status in NO_SUCH_PAGE):
            raise BehindWall(f"At {self.shown_url} {wall.sentence}.", hint=wall.hint)
        return exchange

    def exchange(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        seconds: float,
    ) -> Exchange:
        """Send one request and read the whole answer within this many seconds; never raises for what comes back."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} if content else {}
        if self.client_address is not None:
            sent["X-Forwarded-For"] = f"{self.client_address}, {PROXY_ADDRESS}"
        sent.update(headers or {})
        request = self._client.build_request(
            method, path, content=content or None, headers=sent, timeout=httpx.Timeout(max(seconds, 0.001))
        )
        request.headers.update(self._access.headers_for(request.url))
        began = self.clock.monotonic()
        answer = self._hard_limited(request, seconds)
        metrics = HttpMetrics(
            method=method,
            path=path.split("?")[0],
            status=answer.status,
            request_bytes=len(content),
            response_bytes=len(answer.body),
            duration_ms=(self.clock.monotonic() - began) * 1000,
        )
        exchange = Exchange(
            metrics=metrics,
            request_headers=sent,
            request_body=body.decode("utf-8", "replace") if isinstance(body, bytes) else body,
            response_headers=answer.headers,
            response_text=_decoded(bytes(answer.body), answer.headers.get("content-type", "")),
            problem=answer.problem,
            connected=answer.connected,
            trouble=answer.trouble,
            unreadable=answer.unreadable,
            own_servers=frozenset(self.own_servers),
        )
        if not self._direct and is_own(exchange):
            self.own_servers.add(server_of(exchange))
        return exchange

    def _hard_limited(self, request: httpx.Request, seconds: float) -> _Answer:
        """httpx limits each read, not the whole: a server that drips bytes is cut off here."""
        answer = _Answer()
        try:
            within(seconds, lambda: self._read(request, answer), abandon=self._drop_connections)
        except TimeUpError:
            return _Answer(
                status=answer.status,
                headers=answer.headers,
                body=bytearray(answer.body),
                problem=TIME_UP,
                trouble="connection_silent",
            )
        return answer

    def _drop_connections(self) -> None:
        stuck, self._client = self._client, self._new_client()
        stuck.close()

    def _read(self, request: httpx.Request, answer: _Answer) -> None:
        try:
            response = self._client.send(request, stream=True)
            try:
                answer.headers = _each_once(response.headers)
                if cookies := response.headers.get_list("set-cookie"):
                    answer.headers["set-cookie"] = "\n".join(cookies)  # a comma, as elsewhere, may stand in a cookie
                answer.status = response.status_code
                for chunk in response.iter_bytes():
                    answer.body += chunk
                    if len(answer.body) > LARGEST_BODY:
                        del answer.body[LARGEST_BODY:]
                        answer.problem = TOO_LONG
                        break
            finally:
                response.close()
        except NOT_CONNECTED as error:
            answer.trouble = trouble_of(error)
            answer.problem, answer.connected = f"no connection{self._by}: {in_words(error)}", False
        except httpx.TimeoutException:
            answer.problem, answer.trouble = TIME_UP, "connection_silent"
        except httpx.DecodingError:
            answer.problem, answer.unreadable = "and can't be unpacked as that", True
        except httpx.HTTPError as error:
            answer.trouble = trouble_of(error)
            broke = "the answer breaks HTTP's rules" if answer.trouble == UNREADABLE else "the connection broke"
            answer.problem = f"{broke}: {in_words(error)}"


@dataclass
class _Answer:
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    problem: str | None = None
    connected: bool = True
    trouble: str = ""
    unreadable: bool = False


def _each_once(headers: httpx.Headers) -> dict[str, str]:
    """The headers by their names; one that a gateway repeats with the same value counts once."""
    found: dict[str, list[str]] = {}
    for name, value in headers.multi_items():
        values = found.setdefault(name, [])
        if value not in values:
            values.append(value)
    return {name: ", ".join(values) for name, values in found.items()}


def _decoded(body: bytes, content_type: str) -> str:
    """The text of an answer: by the mark that it begins with, else its charset, else as JSON is written (UTF-8)."""
    charset = content_type.lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
    marked = json.detect_encoding(body)  # UTF-8 where nothing says otherwise
    if marked == "utf-8" and charset and charset != "utf-8":
        with contextlib.suppress(LookupError, UnicodeError):
            if codecs.lookup(charset).name not in SLOW_CODECS:
                return body.decode(charset, "replace")
    return body.decode(marked, "replace")
