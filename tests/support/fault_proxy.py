"""A proxy on loopback between the suite and a platform, which changes answers as it is told to, also in mid-run."""

from __future__ import annotations

import contextlib
import datetime
import email.utils
import gzip
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

DROPPED = frozenset({"connection", "content-length", "transfer-encoding", "date", "server", "content-encoding"})
PASS_ON_S = 60.0


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def with_header(self, name: str, value: str) -> Answer:
        """The same with one more header."""
        return replace(self, headers={**self.headers, name: value})


def page(status: int, title: str, **headers: str) -> Answer:
    """A page of HTML."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = f"<!doctype html><html><title>{title}</title><h1>{title}</h1></html>"
    return Answer(status, {"content-type": "text/html; charset=utf-8", **named}, body.encode())


def http_date(**ahead: float) -> str:
    """The date of an answer, so much from now."""
    return email.utils.format_datetime(datetime.datetime.now(datetime.UTC) + datetime.timedelta(**ahead), usegmt=True)


INSTEAD: Mapping[str, Answer] = {
    "challenge": page(403, "Just a moment...", server="cloudflare", cf_mitigated="challenge"),
    "basic_auth": page(401, "401 Authorization Required", www_authenticate='Basic realm="staging"'),
    "vercel": page(401, "Authentication Required", server="Vercel", set_cookie="_vercel_sso_nonce=abc; Secure"),
    "access": Answer(302, {"location": "https://team.cloudflareaccess.com/cdn-cgi/access/login/app"}, b""),
    "log_in": Answer(307, {"location": "/sign-in?next=/"}, b""),
    "maintenance": page(503, "Down for maintenance", retry_after="120"),
    "bad_gateway": page(502, "502 Bad Gateway", server="nginx/1.25"),
    "another_site": page(200, "Welcome to the shop"),
    "no_such_page": page(404, "Not Found"),
    "errors": Answer(500, {"content-type": "application/json"}, b'{"error": "connection to the database failed"}'),
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
    "ahead": lambda answer: answer.with_header("date", http_date(days=3)),
    "a_little_ahead": lambda answer: answer.with_header("date", http_date(seconds=20)),
}
"""What becomes of the platform's own answers."""


@dataclass
class FaultProxy:
    """The proxy; `mode` is the name of one of the faults."""

    upstream: httpx.Client
    url: str = ""
    mode: str = "as_it_is"
    seen: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of every request."""

    @property
    def booked(self) -> int:
        """How many bookings were asked for."""
        return self.seen.count(("POST", "/api/bookings"))

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """What a request is answered."""
        self.seen.append((method, path.partition("?")[0]))
        if self.mode in INSTEAD:
            return INSTEAD[self.mode].with_header("date", http_date())
        passed = self.upstream.request(method, path, headers=headers, content=body)
        kept = {name: value for name, value in passed.headers.items() if name.lower() not in DROPPED}
        return CHANGED[self.mode](Answer(passed.status_code, {"date": http_date(), **kept}, passed.content))


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
                answer = proxy.answer(self.command, self.path, headers, body)
                self.send_response_only(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_one  # noqa: N815 - http.server's names

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            server.daemon_threads = True
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
            thread.start()
            proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
            try:
                yield proxy
            finally:
                server.shutdown()
                thread.join(5)
