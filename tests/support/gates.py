"""What stands before a platform, on loopback: a gate for those who show what it asks for, a passage that rewrites."""

from __future__ import annotations

import contextlib
import http.client
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.support.certificates import Certificates

HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})

Rewrite = Callable[[str, str, int, bytes], tuple[int, bytes]]
"""From method, path, status and body of an answer to the status and body that are passed on."""


class _Gate(ThreadingHTTPServer):
    daemon_threads = True
    upstream: str
    demands: Mapping[str, str]
    refused: int = 0
    rewrite: Rewrite | None = None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that shows no certificate is no news."""


class _Passage(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Gate

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if any(self.headers.get(name) != value for name, value in self.server.demands.items()):
            self.server.refused += 1
            self._answer(
                401, {"WWW-Authenticate": 'Basic realm="staging"', "Content-Type": "text/html"}, b"<h1>401</h1>"
            )
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in {*HOP_BY_HOP, "host"}}
        connection = http.client.HTTPConnection(urlsplit(self.server.upstream).netloc, timeout=30)
        with contextlib.closing(connection):
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            status, content = answer.status, answer.read()
            if self.server.rewrite is not None:
                status, content = self.server.rewrite(self.command, self.path, status, content)
            self._answer(status, dict(answer.getheaders()), content)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _pass  # noqa: N815 - the names that the server calls

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the server calls it by
        """Nothing."""


@contextlib.contextmanager
def gate(
    upstream: str, files: Certificates, *, demands: Mapping[str, str] | None = None, of_clients: bool = False
) -> Iterator[_Gate]:
    """A gate before a platform, on a port of its own: demands these headers, and `of_clients` a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.server)
    if of_clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(files.authority)
    with _standing(upstream) as standing:
        standing.demands = demands or {}
        standing.socket = context.wrap_socket(standing.socket, server_side=True)
        yield standing


@contextlib.contextmanager
def passage(upstream: str, rewrite: Rewrite) -> Iterator[str]:
    """The base URL of a way to a platform on which its answers are rewritten."""
    with _standing(upstream) as standing:
        standing.rewrite = rewrite
        yield f"http://127.0.0.1:{standing.server_port}"


@contextlib.contextmanager
def _standing(upstream: str) -> Iterator[_Gate]:
    with _Gate(("127.0.0.1", 0), _Passage) as standing:
        standing.upstream, standing.demands = upstream, {}
        thread = threading.Thread(target=standing.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield standing
        finally:
            standing.shutdown()
            thread.join(5)
