"""Which proxy stands between the suite and an address, by the variables that all tools read."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bookingflow.core.network.hosts import is_loopback, same_host
from bookingflow.core.network.web_addresses import WebAddress
from bookingflow.core.patterns import pattern

_SEPARATOR = pattern(r"[,;\s]+")
_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")
_ENTRY = pattern(
    r"(?:[a-z][a-z0-9+.-]*://)?(?:\[(?P<six>[^\]]*)\]|(?P<host>[^:/\[\]]*))(?::(?P<port>\d+))?/?",
    re.IGNORECASE,
)

_BRACKETED = pattern(r"\[([^\]]*)\](/\d+)?")


@dataclass(frozen=True)
class Proxy:
    """A proxy, and the variable that names it."""

    variable: str
    address: WebAddress


def proxy_for(address: WebAddress, environ: Mapping[str, str]) -> Proxy | None:
    """The proxy for an address; None where it is asked directly, as this machine always is.

    Raises ValueError, a sentence that begins with the variable and shows no value, where the proxy can't be used.
    """
    if is_loopback(address.host) or _is_excepted(address, environ):
        return None
    for name in (f"{address.scheme}_proxy", f"{address.scheme}_proxy".upper(), "all_proxy", "ALL_PROXY"):
        value = environ.get(name, "").strip()
        if value:
            return Proxy(name, _read(name, value, address.host))
    return None


def proxy_secrets(environ: Mapping[str, str]) -> list[str]:
    """The passwords of all proxies that are named, whatever they are for."""
    found = []
    for name, value in environ.items():
        if name.lower() in _VARIABLES and "@" in value:
            with contextlib.suppress(ValueError):
                address = _read(name, value.strip(), "")
                found += [address.password or "", (address.authorization or "").removeprefix("Basic ")]
    return [secret for secret in found if secret]


def _read(name: str, value: str, host: str) -> WebAddress:
    scheme = value.partition("://")[0].lower() if "://" in value else "http"
    directly = f"set NO_PROXY={host} to ask the platform directly"
    if scheme.startswith("socks"):
        raise ValueError(f"{name} names a SOCKS proxy, which the suite can't use: name an HTTP proxy, or {directly}.")
    try:
        return WebAddress.read(value if "://" in value else f"http://{value}")
    except ValueError as error:
        raise ValueError(f"{name} {error}, such as http://proxy.example:3128; or {directly}.") from None


def _is_excepted(address: WebAddress, environ: Mapping[str, str]) -> bool:
    """Whether NO_PROXY names the host: itself, its domain, its address or network, with its port or without."""
    entries = _SEPARATOR.split(environ.get("no_proxy") or environ.get("NO_PROXY") or "")
    return any(_covers(entry.strip("\"'"), address) for entry in entries)


def _covers(entry: str, address: WebAddress) -> bool:
    if entry == "*":
        return True
    host = same_host(address.host)
    network = _network(entry)
    if network is not None:
        try:
            return ipaddress.ip_address(host) in network
        except ValueError:
            return False
    match = _ENTRY.fullmatch(entry)
    if match is None or (match["port"] and int(match["port"]) != address.port):
        return False
    name = same_host((match["six"] or match["host"] or "").lstrip("*").lstrip("."))
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The network, or the single address, that an entry stands for."""
    bracketed = _BRACKETED.fullmatch(entry)
    try:
        return ipaddress.ip_network("".join(bracketed.groups("")) if bracketed else entry, strict=False)
    except ValueError:
        return None
