"""Web addresses as people write them: what they mean, or what is wrong with them, never showing them."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from bookingflow.core.network.hosts import host_name
from bookingflow.core.patterns import pattern

_ADDRESS = pattern(r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.IGNORECASE)
_PORT = pattern(r"[0-9]{1,5}")
LARGEST_PORT = 65535
DEFAULT_PORTS = {"http": 80, "https": 443}
_STAYS = "/%:@!$&'()*+,;=~-._?#[]"
"""What an address may hold beside letters and digits."""


@dataclass(frozen=True)
class WebAddress:
    """An address taken apart; `url` holds neither user nor password."""

    scheme: str
    host: str
    port: int
    url: str
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what two addresses share that are answered by one server."""
        return self.scheme, self.host.removesuffix("."), self.port

    @property
    def authorization(self) -> str | None:
        """The value of the header that logs in with the address's user and password; None where it has none."""
        if self.user is None:
            return None
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()

    @classmethod
    def read(cls, text: str) -> WebAddress:
        """Take an address apart; raises ValueError, a sentence that begins with "must", where it can't be one."""
        if any(map(str.isspace, text)) or not text.isprintable():
            raise ValueError("must be a URL without blanks and control characters")
        if text[:1] in "\"'`":  # as docker's --env-file leaves them
            raise ValueError("must stand without quotes around it")
        found = _ADDRESS.fullmatch(text)
        if found is None:
            raise ValueError("must be a URL that starts with http:// or https:// and names a host")
        scheme, rest = found["scheme"].lower(), found["rest"]
        userinfo, _, server = found["authority"].rpartition("@")
        if "@" in rest.partition("?")[0]:  # the first half of a password would be taken for the host
            raise ValueError("must have / ? # @ of its user name, password and path percent-encoded (%2F %3F %23 %40)")
        host, port = _server(server)
        shown = f"[{host}]" if ":" in host else host
        url = f"{scheme}://{shown}{'' if port is None else f':{port}'}{quote(rest, safe=_STAYS)}"
        user, password = _credentials(userinfo)
        return cls(scheme, host, port or DEFAULT_PORTS[scheme], url, user, password)


def _server(text: str) -> tuple[str, int | None]:
    """Host and port."""
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, ""
    if port and not (_PORT.fullmatch(port) and 0 < int(port) <= LARGEST_PORT):
        raise ValueError("must name a port from 1 to 65535, or none")
    if ":" in host and not host.startswith("["):
        raise ValueError("must have an IPv6 address in brackets")
    return host_name(host), int(port) if port else None


def _credentials(userinfo: str) -> tuple[str | None, str | None]:
    if not userinfo:
        return None, None
    user, _, password = userinfo.partition(":")
    try:
        return unquote(user, errors="strict"), unquote(password, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("must have its user name and password percent-encoded as UTF-8") from None
