"""The guard of production: hosts that look like it are not tested unless BOOKING_ALLOW_PRODUCTION names them.

Looked at are the hosts that are really connected to, of the API, of both databases and of the job: every one of a list,
addresses beside names, however they are spelled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bookingflow.core.network.hosts import is_loopback, same_host
from bookingflow.core.patterns import pattern

_SEPARATOR = pattern(r"[,\s]+")
_WORD = pattern(r"[a-z0-9]+")
_PRODUCTION_WORD = pattern(r"\A(?:(?:prod|prd|live|www)\d*|(?!pre|non)\w*production\d*)")
_BUT_NOT = frozenset({"pre", "non", "not", "no"})
"""Words before `prod` that turn it round: pre-prod is a staging."""
_MARKER = pattern(r"PRODUCTION_(?=\w*(?:URL|HOST|DOMAIN|DSN))\w++")
"""Variables in which the platform's own set-up names its production (docs/platform.md, "Settings of the platform")."""
_SUPABASE = pattern(r"\A(?:db\.)?(?P<project>[a-z0-9]{10,})\.supabase\.(?:co|com|in|net)")
_HOST_IN = pattern(r"\A(?:[a-z][a-z0-9+.-]*+://)?(?:[^@/]*+@)?(?P<host>\[[^\]]*\]|[^:/?#]*)", re.IGNORECASE)


@dataclass(frozen=True)
class Reached:
    """A host that a run connects to."""

    variable: str
    """The setting that names it."""
    host: str
    role: str = ""
    """Who logs in there, for a database."""


@dataclass(frozen=True)
class ProductionHost:
    """A host that looks like production."""

    variable: str
    host: str
    """As DNS spells it."""
    allowed: bool
    """Whether BOOKING_ALLOW_PRODUCTION names it."""


def production_hosts(
    reached: Iterable[Reached], *, allowed: Iterable[str], variables: Mapping[str, str]
) -> list[ProductionHost]:
    """Those of these hosts that look like production, or that one of these variables marks as such."""
    marked = set(_marked(variables))
    projects = {match["project"] for host in marked if (match := _SUPABASE.fullmatch(host))}
    by_name = {same_host(host_in(name)) for name in allowed}
    found: dict[tuple[str, str], ProductionHost] = {}
    for one in reached:
        host = same_host(one.host)
        if is_loopback(host):
            continue
        if host in marked or _sounds_like_production(host) or _belongs_to(projects, host, one.role):
            found[one.variable, host] = ProductionHost(one.variable, host, host in by_name)
    return list(found.values())


def _sounds_like_production(host: str) -> bool:
    words = _WORD.findall(host)
    return any(
        _PRODUCTION_WORD.fullmatch(word) and before not in _BUT_NOT
        for before, word in zip(["", *words], words, strict=False)
    )


def _belongs_to(projects: Iterable[str], host: str, role: str) -> bool:
    """Whether a host, or the role at a pooler (role.project), is that of one of these Supabase projects."""
    return any(project in host.split(".") or project in role.lower().split(".") for project in projects)


def _marked(variables: Mapping[str, str]) -> Iterator[str]:
    for name, value in variables.items():
        if _MARKER.fullmatch(name.upper()):
            yield from (same_host(host) for host in map(host_in, _SEPARATOR.split(value)) if host)


def host_in(text: str) -> str:
    """The host in an address, or in what is written like one; empty where there is none."""
    match = _HOST_IN.match(text.strip(" \t\r\n\"'"))
    return match["host"] if match else ""
