"""Addresses of PostgreSQL databases as people write them: URLs and `key=value` pairs, taken as libpq takes them.

Where libpq would misread a password that was not percent-encoded, it is taken as it stands if that leaves one meaning
only. What can't be taken is refused in a sentence that names the mend and shows no value.

libpq's own variables (PGHOST, PGOPTIONS, …) and service files fill in what an address leaves open, here as there:
what is looked at by the suite is what is connected to.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote_to_bytes

from bookingflow.core.network.hosts import host_name
from bookingflow.core.network.libpq import CHOICES, PATHS, SECRET_KEYWORDS, VARIABLES, completed, demand_known
from bookingflow.core.network.web_addresses import LARGEST_PORT
from bookingflow.core.patterns import pattern
from bookingflow.core.text import listed

DEFAULT_PORT = 5432
TRANSACTION_POOLER_PORT = 6543
"""Transaction-mode poolers listen here (docs/live-platform.md, "Direct, session pooler, transaction pooler")."""

_SCHEME = pattern(r"postgres(?:ql)?(?:\+\w+)?://", re.IGNORECASE)
"""With SQLAlchemy's name of a driver, too."""
_ANY_SCHEME = pattern(r"\A[a-z][a-z0-9+.:-]*:/", re.IGNORECASE)
_PAIR = pattern(
    r"\A\s*+(?P<key>\w++)\s*+=\s*+(?:'(?P<quoted>(?:[^'\\]|\\.)*)'|(?P<plain>(?:[^\s\\']|\\.)*))(?=\s|$)", re.DOTALL
)
_ESCAPED = pattern(r"\\(.)", re.DOTALL)
_WEB_HOST = pattern(r"(?:\A|@)https?://", re.IGNORECASE)
_USER_OR_PATH = pattern(r"[@/]")
_PATH_OR_QUERY = pattern(r"[/?]")
_MARK = pattern(r"[:?#]")
_PERCENT = pattern(r"%(?P<code>[0-9A-Fa-f]{2})?")
_PLACEHOLDER = pattern(
    r"[\[<{(](?:[a-z]{0,20}[-_ ]?){2}(?:password|pass|pwd|secret)[\])>}]|your[-_ ]?(?:db[-_ ]?)?password|"
    r"\$\{\w+\}|\{\{[^{}]*\}\}|…|\.{3}|\*+",
    re.IGNORECASE,
)


@dataclass(frozen=True, repr=False)
class DatabaseAddress:
    """A database's address, taken apart."""

    parameters: Mapping[str, str]
    """libpq's parameters by keyword, the password among them."""
    guessed: bool = False
    """Whether the password was not percent-encoded as it should be."""
    filled_in_by: tuple[str, ...] = ()
    """libpq's variables that say what the address left open."""

    @classmethod
    def read(cls, text: str, environ: Mapping[str, str] | None = None) -> Self:
        """Take an address apart, and add what libpq would from these variables and the service file.

        Raises ValueError, a sentence that begins with "must", where it can't be one.
        """
        if not text.replace("\t", " ").isprintable():
            raise ValueError("must be one line without control characters")
        if text[:1] in "\"'`":
            raise ValueError("must stand without quotes around it")
        scheme = _SCHEME.match(text)
        guessed = False
        if scheme:
            parameters, guessed = _of_url(text[scheme.end() :])
        elif _SCHEME.search(text):
            raise ValueError("must be a URL that starts with postgresql://, with nothing before it (no name=, no psql)")
        elif "=" in text and not _ANY_SCHEME.match(text):
            parameters = _of_pairs(text)
        else:
            raise ValueError("must be a URL that starts with postgresql://")
        _demand_no_placeholder(parameters)
        environ = os.environ if environ is None else environ
        variables = tuple(name for key, name in VARIABLES.items() if environ.get(name) and key not in parameters)
        return cls(_checked(completed(parameters, environ)), guessed, variables)

    @property
    def secrets(self) -> list[str]:
        """What must never be shown."""
        return [self.parameters[key] for key in SECRET_KEYWORDS if key in self.parameters]

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host, address or socket folder that may be connected to; none stands for libpq's own socket."""
        names = [*_list(self.parameters.get("host")), *_list(self.parameters.get("hostaddr"))]
        return tuple(name for name in names if name)

    @property
    def places(self) -> list[tuple[str, str, str]]:
        """Host, IP address (empty where DNS knows it) and port of each server that may be connected to."""
        addresses = _list(self.parameters.get("hostaddr"))
        hosts = _list(self.parameters.get("host")) or addresses or [""]
        ports = _list(self.parameters.get("port")) or [""]
        ports = ports * len(hosts) if len(ports) == 1 else ports
        return [
            (host, address, port or str(DEFAULT_PORT))
            for host, address, port in itertools.zip_longest(hosts, addresses, ports, fillvalue="")
        ]

    @property
    def shown(self) -> str:
        """What a message may say of it: hosts and ports."""
        return listed([_shown(host or address, port) for host, address, port in self.places])

    @property
    def by_transaction_pooler(self) -> bool:
        """Whether a pooler listens there that gives each transaction another session."""
        return any(port == str(TRANSACTION_POOLER_PORT) for _, _, port in self.places)

    @property
    def doubts(self) -> str:
        """What to look at first in an address that is refused a log-in; empty where nothing is odd."""
        password, user = self.parameters.get("password", ""), self.parameters.get("user", "")
        if password[:1] == "[" and password[-1:] == "]":
            return "Its password stands in brackets: they belong to the placeholder, not to the password."
        if self.guessed:
            return "Its password was read as it stands; percent-encode : / ? # @ % in it (%3A %2F %3F %23 %40 %25)."
        if any(".pooler.supabase." in host for host in self.hosts) and "." not in user:
            return "On Supabase's poolers the role is written role.project-ref."
        return ""

    def __repr__(self) -> str:
        return f"<database at {self.shown}>"


def _list(text: str | None) -> list[str]:
    return [part.strip() for part in text.split(",")] if text else []


def _shown(host: str, port: str) -> str:
    if not host or host.startswith(("/", "@")):
        return f"the socket for port {port} in {host or 'its usual folder'}"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


# -- URLs ------------------------------------------------------------------------------------------------------


def _of_url(rest: str) -> tuple[dict[str, str], bool]:
    """The parameters of a URL without its scheme, and whether its password had to be guessed.

    libpq takes what stands before the first @ for the user, unless a / comes first.
    """
    if _WEB_HOST.search(rest):
        raise ValueError("must name the database's host alone, without http:// or https:// before it")
    as_libpq: ValueError | None = None
    end = _USER_OR_PATH.search(rest)
    user_ends = end.start() if end and end.group() == "@" else None
    try:
        parameters = _parts(rest, user_ends)
        if "@" not in parameters.get("dbname", "") and "/" not in parameters.get("dbname", ""):
            return parameters, _odd(rest[:user_ends] if user_ends else "")
        as_libpq = ValueError("must have @ and / of its password percent-encoded (%40, %2F)")
    except ValueError as error:
        if user_ends is not None and "@" not in rest[user_ends + 1 :]:
            raise
        as_libpq = error
    last = rest.rfind("@")
    if (
        last in {-1, user_ends}
        or ":" not in rest[:last]
        or (user_ends is not None and _server_is_right(rest[user_ends + 1 :]))
    ):
        raise as_libpq
    try:
        return _parts(rest, last), True
    except ValueError:
        raise as_libpq from None


def _server_is_right(server: str) -> bool:
    """Whether libpq would connect to what stands there."""
    try:
        _hosts(_PATH_OR_QUERY.split(server, maxsplit=1)[0])
    except ValueError:
        return False
    return True


def _parts(rest: str, user_ends: int | None) -> dict[str, str]:
    """The parameters, where the user's name and password end there."""
    found: dict[str, str] = {}
    if user_ends is not None:
        user, colon, password = rest[:user_ends].partition(":")
        found["user"] = _decoded(user)
        if colon:
            found["password"] = _decoded(password, may_be_plain=True)
        rest = rest[user_ends + 1 :]
    server, _, query = rest.partition("?")
    server, _, database = server.partition("/")
    found |= _hosts(server)
    found["dbname"] = _decoded(database.removesuffix("/"))
    found = {name: value for name, value in found.items() if value}
    for number, pair in enumerate(query.split("&") if query else (), start=1):
        key, equals, value = pair.partition("=")
        if not equals or ("=" in value and key != "options"):
            raise ValueError(f"must have its parameters written name=value, with & between; number {number} is not")
        key, value = _decoded(key), _decoded(value)
        if (key, value) == ("ssl", "true"):  # libpq takes this one of JDBC's
            key, value = "sslmode", "require"
        demand_known(key, number)
        found[key] = value
    return found


def _hosts(server: str) -> dict[str, str]:
    """host and port of the servers that are listed."""
    hosts, ports = [], []
    for one in server.split(",") if server else ():
        host, colon, port = one.rpartition(":")
        if not colon or one.endswith("]"):
            host, port = one, ""
        if ":" in host and not host.startswith("["):
            raise ValueError("must have an IPv6 address in brackets, and : / ? # @ of its password percent-encoded")
        hosts.append(_host(_decoded(host)))
        ports.append(port)
    return {"host": ",".join(hosts), "port": ",".join(ports) if any(ports) else ""}


def _host(text: str) -> str:
    return text if not text or text.startswith(("/", "@")) else host_name(text)


def _decoded(text: str, *, may_be_plain: bool = False) -> str:
    """Decode percent-encoding; a text without any stays as it is where it `may_be_plain`."""
    codes = [match["code"] for match in _PERCENT.finditer(text)]
    if None in codes:
        if may_be_plain and not any(codes):
            return text
        raise ValueError("must have each % of its password percent-encoded (%25)")
    data = unquote_to_bytes(text)
    try:
        plain = data.decode()
    except UnicodeDecodeError:
        raise ValueError("must be percent-encoded as UTF-8") from None
    if "\0" in plain:
        raise ValueError("must not hold %00")
    return plain


def _odd(userinfo: str) -> bool:
    """Whether a password holds what should be percent-encoded."""
    password = userinfo.partition(":")[2]
    return bool(_MARK.search(password)) or any(match["code"] is None for match in _PERCENT.finditer(password))


# -- key=value pairs -------------------------------------------------------------------------------------------


def _of_pairs(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    number = 0
    while text.strip():
        number += 1
        pair = _PAIR.match(text)
        if pair is None:
            raise ValueError(f"must be a URL, or pairs key=value with quotes in pairs; number {number} is not one")
        demand_known(pair["key"], number)
        value = pair["plain"] if pair["quoted"] is None else pair["quoted"]
        found[pair["key"]] = _ESCAPED.sub(r"\1", value)
        text = text[pair.end() :]
    return found


# -- what both have in common ----------------------------------------------------------------------------------


def _demand_no_placeholder(parameters: Mapping[str, str]) -> None:
    if _PLACEHOLDER.fullmatch(parameters.get("password", "")):
        raise ValueError(
            "must have the database's password where a placeholder stands (such as [YOUR-PASSWORD], brackets included)"
        )


def _checked(parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters with hosts as DNS spells them; raises ValueError for what libpq would refuse."""
    found = {key: value for key, value in parameters.items() if value}
    if "host" in found:
        found["host"] = ",".join(map(_host, _list(found["host"])))
    for port in _list(found.get("port")):
        if port and not (port.isascii() and port.isdecimal() and 0 < int(port) <= LARGEST_PORT):
            raise ValueError(f"must name a port from 1 to {LARGEST_PORT}, or none")
    _demand_one_each(found)
    for key, choices in CHOICES.items():
        if found.get(key, choices[0]) not in choices:
            raise ValueError(f"must have {key} as one of {', '.join(choices)}")
    for key in PATHS:
        if found.get(key, "").startswith("~"):
            found[key] = os.path.expanduser(found[key])
    return found


def _demand_one_each(parameters: Mapping[str, str]) -> None:
    hosts, addresses, ports = (len(_list(parameters.get(key))) for key in ("host", "hostaddr", "port"))
    if (hosts and addresses and hosts != addresses) or (ports > 1 and ports != max(hosts, addresses, 1)):
        raise ValueError("must name as many ports and addresses as hosts (PGPORT and PGHOSTADDR count too)")
