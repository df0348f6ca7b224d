"""A proxy on loopback between the suite and a platform, which changes answers as it is asked to, also in mid-run."""

from __future__ import annotations

import contextlib
import datetime
import email.utils
import gzip
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

import httpx

DROPPED = frozenset({"connection", "content-length", "transfer-encoding", "date", "server", "content-encoding"})
PASS_ON_S = 60.0
DRIP_S = 0.1
"""Seconds between two bytes of an answer that drips."""
GIANT = 3_000_000
"""Bytes by which an answer is made too long."""

BOOKING = ("POST", "/api/bookings")
Delivery = Literal["whole", "half", "dripping", "reset", "never"]


@dataclass(frozen=True)
class Answer:
    """What is sent back, and how."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    delivery: Delivery = "whole"

    def with_header(self, name: str, value: str) -> Answer:
        """The same with one more header."""
        return replace(self, headers={**self.headers, name: value})


def page(status: int, title: str, **headers: str) -> Answer:
    """A page of HTML."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = f"<!doctype html><html><title>{title}</title><h1>{title}</h1></html>"
    return Answer(status, {"content-type": "text/html; charset=utf-8", **named}, body.encode())


def as_json(status: int, body: bytes, **headers: str) -> Answer:
    """An answer of JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"content-type": "application/json", **named}, body)


def http_date(**ahead: float) -> str:
    """The date of an answer, so much from now."""
    return email.utils.format_datetime(datetime.datetime.now(datetime.UTC) + datetime.timedelta(**ahead), usegmt=True)


INSTEAD: Mapping[str, Answer] = {
    "challenge": page(403, "Just a moment...", server="cloudflare", cf_mitigated="challenge"),
    "basic_auth": page(401, "401 Authorization Required", www_authenticate='Basic realm="staging"'),
    "vercel": page(401, "Authentication Required", server="Vercel", set_cookie="_vercel_sso_nonce=abc; Secure"),
    "access": Answer(302, {"location": "https://team.cloudflareaccess.com/cdn-cgi/access/login/app"}, b""),
    "log_in": Answer(307, {"location": "/sign-in?next=/"}, b""),
    "proxy_log_in": page(407, "Proxy Authentication Required", proxy_authenticate='Basic realm="proxy"'),
    "maintenance": page(503, "Down for maintenance", retry_after="120"),
    "bad_gateway": page(502, "502 Bad Gateway", server="nginx/1.25"),
    "another_site": page(200, "Welcome to the shop"),
    "no_such_page": page(404, "Not Found"),
    "ingress": Answer(404, {"content-type": "text/plain"}, b"default backend - 404"),
    "api_gateway": as_json(400, b'{"message": "Bad Request"}'),
    "too_large": as_json(413, b'{"error": "Request Entity Too Large"}'),
    "another_program": as_json(200, b'{"ok": true}'),
    "not_changed": Answer(304, {}, b""),
    "misled": Answer(302, {"location": "http://[half"}, b""),
    "paused": as_json(540, b'{"message": "Project paused"}'),
    "pace": page(429, "429 Too Many Requests", retry_after="30"),
    "pace_unsaid": page(429, "429 Too Many Requests"),
    "errors": as_json(500, b'{"error": "connection to the database failed"}'),
    "unauthorized": as_json(401, b'{"error": "Unauthorized"}'),
    "done": as_json(200, b'{"ok": true}'),
    "other_server": Answer(500, {"server": "envoy"}, b""),
    "no_such_route": as_json(404, b'{"statusCode": 404, "error": "Not Found", "message": "Route not found"}'),
    "accepted": as_json(202, b'{"ok": true}'),
    "off": as_json(404, b'{"error": "Not found"}'),
    "swallowed": Answer(200, {}, b"", "never"),
}
"""What a wall says to every request, in the platform's place."""


def _packed(answer: Answer) -> Answer:
    return replace(answer, body=gzip.compress(answer.body)).with_header("content-encoding", "gzip")


CHANGED: Mapping[str, Callable[[Answer], Answer]] = {
    "as_it_is": lambda answer: answer,
    "bom": lambda answer: replace(answer, body=b"\xef\xbb\xbf" + answer.body),
    "utf16": lambda answer: replace(answer, body=answer.body.decode().encode("utf-16")).with_header(
        "content-type", "application/json; charset=utf-16"
    ),
    "gzip": _packed,
    "brotli": lambda answer: replace(answer, body=b"\x0b\x02\x80" + answer.body).with_header("content-encoding", "br"),
    "not_gzip": lambda answer: answer.with_header("content-encoding", "gzip"),
    "kept": lambda answer: answer.with_header("age", "3600"),
    "illegal": lambda answer: answer.with_header("no header", "of HTTP"),
    "ahead": lambda answer: answer.with_header("date", http_date(days=3)),
    "a_little_ahead": lambda answer: answer.with_header("date", http_date(seconds=20)),
    "gateway_timeout": lambda _: page(504, "504 Gateway Time-out", server="nginx/1.25"),
    "pace_passed_on": lambda _: page(429, "429 Too Many Requests", retry_after="30"),
    "empty": lambda answer: replace(answer, body=b""),
    "cut_json": lambda answer: replace(answer, body=answer.body[: len(answer.body) // 2]),
    "giant": lambda answer: replace(answer, body=answer.body[:-1] + b" " * GIANT + answer.body[-1:]),
    "half": lambda answer: replace(answer, delivery="half"),
    "dripping": lambda answer: replace(answer, delivery="dripping"),
    "reset": lambda answer: replace(answer, delivery="reset"),
    "silent": lambda answer: replace(answer, delivery="never"),
}
"""What becomes of the platform's own answers."""


@dataclass
class FaultProxy:
    """The proxy; `mode` is the name of one of the faults, or "replayed" or "sent_twice"."""

    upstream: httpx.Client
    url: str = ""
    mode: str = "as_it_is"
    seen: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of every request."""
    at_booking: Callable[[int], None] = lambda _: None
    """Called with the number of a booking's request, before anything is done about it."""
    over: threading.Event = field(default_factory=threading.Event)
    go_down: Callable[[], None] = lambda: None
    """Refuses every connection from now on, and breaks off those that are open."""
    _first: dict[tuple[str, str], Answer] = field(default_factory=dict)

    @property
    def booked(self) -> int:
        """How many bookings were asked for."""
        return self.seen.count(BOOKING)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """What a request is answered."""
        place = (method, path.partition("?")[0])
        self.seen.append(place)
        if place == BOOKING:
            self.at_booking(self.booked)
        if self.mode in INSTEAD:
            return INSTEAD[self.mode].with_header("date", http_date())
        if self.mode == "replayed" and place in self._first:
            return self._first[place]
        if self.mode == "sent_twice":
            self.upstream.request(method, path, headers=headers, content=body)
        passed = self.upstream.request(method, path, headers=headers, content=body)
        kept = {name: value for name, value in passed.headers.items() if name.lower() not in DROPPED}
        own = Answer(passed.status_code, {"date": http_date(), **kept}, passed.content)
        self._first.setdefault(place, own)
        return CHANGED.get(self.mode, CHANGED["as_it_is"])(own)

    def send(self, answer: Answer, to: BaseHTTPRequestHandler) -> None:
        """Deliver an answer, or what of it gets through."""
        if answer.delivery == "never":
            self.over.wait(PASS_ON_S)
        if answer.delivery in {"never", "reset"}:
            to.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            to.connection.close()
            to.close_connection = True
            return
        to.send_response_only(answer.status)
        for name, value in answer.headers.items():
            to.send_header(name, value)
        to.send_header("content-length", str(len(answer.body)))
        to.end_headers()
        if answer.delivery == "half":
            to.wfile.write(answer.body[: len(answer.body) // 2])
            to.close_connection = True
        elif answer.delivery == "dripping":
            for byte in answer.body:
                to.wfile.write(bytes([byte]))
                if self.over.wait(DRIP_S):
                    break
        else:
            to.wfile.write(answer.body)


@contextlib.contextmanager
def fault_proxy(upstream: str) -> Iterator[FaultProxy]:
    """A proxy before this address."""
    with httpx.Client(base_url=upstream, timeout=PASS_ON_S, trust_env=False) as client:
        proxy = FaultProxy(client)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {
                    name: value
                    for name, value in self.headers.items()
                    if name.lower() not in {"host", "connection", "accept-encoding"}
                }
                with contextlib.suppress(OSError):  # the client may have given up meanwhile
                    proxy.send(proxy.answer(self.command, self.path, headers, body), self)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_one  # noqa: N815 - http.server's names

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A connection that was broken off is no news."""

            def get_request(self) -> tuple[Any, Any]:
                connection, address = super().get_request()
                taken.append(connection)
                return connection, address

        taken: list[socket.socket] = []
        with Server(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            thread.start()
            proxy.url = f"http://127.0.0.1:{server.server_address[1]}"

            def go_down() -> None:
                server.shutdown()
                server.server_close()
                for connection in taken:
                    with contextlib.suppress(OSError):
                        connection.shutdown(socket.SHUT_RDWR)

            proxy.go_down = go_down
            try:
                yield proxy
            finally:
                proxy.over.set()
                server.shutdown()
                thread.join(5)
