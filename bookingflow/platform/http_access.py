"""How the suite reaches an address over HTTP: the headers and certificates of the platform's own origin, a proxy.

What is meant for the platform is sent to its origin alone (scheme, host and port), and redirects are never followed.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpcore
import httpx

from bookingflow.core.network.certificates import trusting
from bookingflow.core.network.proxies import Proxy, proxy_for
from bookingflow.core.network.web_addresses import DEFAULT_PORTS, WebAddress
from bookingflow.core.settings import Settings

SHARE_S = 1.0
"""Seconds that each address of a name gets before the next one is tried; a connection takes a few round trips."""


class EachAddress(httpcore.SyncBackend):
    """Connects to the addresses of a name in turn, to those that failed before last.

    One that is silent would get all the time there is. Where none answers soon, they are waited for as ever.
    """

    def __init__(self) -> None:
        self._known: dict[str, list[str]] = {}
        """The addresses of each name, by its last look-up that succeeded."""
        self._failed: set[str] = set()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """See httpcore."""
        addresses = self._addresses(host, port)
        if len(addresses) < 2:
            only = addresses[0] if addresses else host
            return super().connect_tcp(only, port, timeout, local_address, socket_options)
        share_s = SHARE_S if timeout is None else min(SHARE_S, timeout / (2 * len(addresses)))
        for address in addresses:
            try:
                stream = super().connect_tcp(address, port, share_s, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                self._failed.add(address)
                continue
            self._failed.discard(address)
            return stream
        rest_s = None if timeout is None else timeout - share_s * len(addresses)
        return super().connect_tcp(host, port, rest_s, local_address, socket_options)

    def _addresses(self, host: str, port: int) -> list[str]:
        """Each address once, by an earlier look-up where the name service fails; none of a name that is not known."""
        with contextlib.suppress(OSError, UnicodeError):
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            self._known[host] = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        return sorted(self._known.get(host, ()), key=self._failed.__contains__)


class HttpAccess:
    """What the platform's own origin asks its callers for, and what stands between."""

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        ca_file: Path | None = None,
        client_cert: Path | None = None,
        client_key: Path | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._origin = WebAddress.read(base_url).origin
        self._headers = dict(headers or {})
        self._files = (ca_file, client_cert, client_key)
        self._environ = os.environ if environ is None else environ
        self._network = EachAddress()

    @classmethod
    def of(cls, settings: Settings, base_url: str) -> HttpAccess:
        """That of a platform at this address, as the settings say."""
        return cls(
            base_url,
            headers=settings.api_headers,
            ca_file=settings.api_ca_file,
            client_cert=settings.api_client_cert,
            client_key=settings.api_client_key,
        )

    def client(
        self,
        url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        limits: httpx.Limits = httpx.Limits(),  # noqa: B008 - it can't be changed
        **options: Any,
    ) -> httpx.Client:
        """A client for this address that follows no redirect; the variables of proxies are read here, not by httpx."""
        way = transport or self._transport(url, limits)
        return httpx.Client(transport=way, trust_env=False, follow_redirects=False, **options)

    def headers_for(self, url: httpx.URL | str) -> dict[str, str]:
        """What is to be sent there beside the request's own headers: nothing to any other origin."""
        return dict(self._headers) if self._headers and self._is_own(url) else {}

    def proxy_for(self, url: str) -> Proxy | None:
        """The proxy between the suite and this address; None where it is asked directly."""
        return proxy_for(WebAddress.read(url), self._environ)

    def _transport(self, url: str, limits: httpx.Limits) -> httpx.HTTPTransport:
        proxy = self.proxy_for(url)
        way = httpx.HTTPTransport(
            verify=self._verification(url),
            proxy=None if proxy is None else self._as_httpx(proxy),
            trust_env=False,
            limits=limits,
        )
        way._pool._network_backend = self._network  # httpx has no option for it
        return way

    def _is_own(self, url: httpx.URL | str) -> bool:
        asked = httpx.URL(url)
        host = asked.raw_host.decode("ascii").strip("[]").removesuffix(".")
        return (asked.scheme, host, asked.port or DEFAULT_PORTS.get(asked.scheme)) == self._origin

    def _verification(self, url: str) -> ssl.SSLContext | bool:
        """No certificates are read where none are asked for: that takes a tenth of a second."""
        if WebAddress.read(url).scheme == "http":
            return False
        return self._trusted(*self._files) if self._is_own(url) else self._trusted()

    def _trusted(self, *files: Path | None) -> ssl.SSLContext:
        return trusting(
            *files, known_file=self._environ.get("SSL_CERT_FILE"), known_folder=self._environ.get("SSL_CERT_DIR")
        )

    def _as_httpx(self, proxy: Proxy) -> httpx.Proxy:
        address = proxy.address
        auth = None if address.user is None else (address.user, address.password or "")
        return httpx.Proxy(address.url, auth=auth, ssl_context=self._trusted() if address.scheme == "https" else None)
