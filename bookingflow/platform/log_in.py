"""Opens sessions with PostgreSQL: each server of an address in turn, and in words why one refuses a log-in."""

from __future__ import annotations

import os
import random
import select
import socket
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import pq
from psycopg.conninfo import make_conninfo
from psycopg.pq.abc import PGconn

from bookingflow.core.errors import LoginRefused
from bookingflow.core.network.database_addresses import DatabaseAddress
from bookingflow.core.patterns import pattern
from bookingflow.core.timing import Deadline, SystemClock
from bookingflow.platform.connection_problems import NOT_NOW, login_problem, may_pass

ATTEMPT_S = 5.0
"""Seconds one attempt at a log-in, or at a statement, may take before the connection is given up and made anew."""
TRACED_BYTES = 65_536
"""The most that is read of what libpq says of a log-in."""
LEAST_SHARE_S = 2
"""The least that libpq takes for a time to connect."""
APPLICATION = "booking-acceptance-suite"
PASSES = ("53", "57P")
"""How the SQLSTATE begins by which a server says that it can't take anybody just now."""
_TRACED = pattern(
    r'ErrorResponse\t S "[^"\n]{0,40}"(?: V "[A-Z]{0,20}")? C "(?P<code>[0-9A-Z]{5})"',
    adversarial=("ErrorResponse\t", 'ErrorResponse\t S "', ' V "'),
)
"""The SQLSTATE in libpq's trace of a log-in; its own error holds the words alone."""
_SERVER_SAYS = pattern(r"failed: [^:\n]{1,40}:  (?P<words>[^\n]*)", adversarial=("failed: ", "failed: a"))
"""A message of the server, after its severity in the server's own language; libpq's own have one blank there."""
_HINTS = {
    "password authentication failed": "Check the role and the password in {}.",
    **dict.fromkeys(
        ("Tenant or user not found", "tenant/user"),
        "On Supabase's poolers the role is written role.project-ref, at the host of the project's own region: copy the "
        "address from the project's page.",
    ),
    "tenant allow_list": "The project lets in some networks only: have the address of this machine added to them.",
    "oo many authentication": "Check role, password and database in {}, of all who log in there: after several wrong "
    "log-ins the pooler takes nobody for some minutes.",
    **dict.fromkeys(
        ("no encryption", "SSL off", "SSL required", "SSL connection is required", "TLS connection", "sslmode=require"),
        "The server wants TLS: add sslmode=require to {}.",
    ),
    "not permitted to log in": "That role may not log in: name another in {}, or ALTER ROLE … LOGIN.",
    "permission denied for database": "That role may not connect: GRANT CONNECT ON DATABASE … TO it.",
    **dict.fromkeys(
        ("Peer authentication failed", "Ident authentication failed"),
        "The server goes by the account that runs the suite: name the role that belongs to it, or a host, in {}.",
    ),
    "certificate": "The server asks for the role's certificate: check sslcert and sslkey in {}.",
    "no such database": "Check the database's name in {}.",
    "command-line argument": "Check the `options` in {}, and PGOPTIONS.",
    "pg_hba.conf": "The server lets nobody in from here with that role: ask the team that runs it.",
    "does not exist": "Check the role and the database's name in {}.",
    "configuration parameter": "Check the `options` in {}.",
    "invalid value for parameter": "Check the `options` in {}, and libpq's variables (PGOPTIONS, PGTZ, PGDATESTYLE).",
    "permission denied to set": "Its role may not set that: check the `options` in {}.",
}
_SAME_AS = {
    "28P01": "password authentication failed",
    "3D000": "no such database",
    "22023": "invalid value for parameter",
    "42704": "configuration parameter",
}
"""What a SQLSTATE means, as the English words of `_HINTS`."""


def forget_variables() -> None:
    """Take libpq's variables out of this process: what a tester set for other databases says nothing of a demo."""
    named = {option.envvar.decode() for option in pq.Conninfo.get_defaults() if option.envvar}
    for name in (*named, "PGDATESTYLE", "PGTZ", "PGGEQO", "PGSERVICEFILE", "PGSYSCONFDIR"):
        os.environ.pop(name, None)


def connect(
    address: DatabaseAddress,
    *,
    variable: str,
    prepare_after: int | None = None,
    timeout_s: float = ATTEMPT_S,
    **asked: str,
) -> psycopg.Connection:
    """A session with the first server of the address that takes it; `asked` are further parameters of libpq.

    Of several servers each gets its share of the time, so that one that is silent leaves some to the next.
    Raises LoginRefused, after one attempt, when a server refuses the log-in in words; else psycopg's own errors.
    """
    last: psycopg.Error | None = None
    servers = list(_servers(address))
    share_s = max(LEAST_SHARE_S, int(timeout_s / max(1, len(servers))))
    for server in servers:
        parameters = {"application_name": APPLICATION, **address.parameters, **server, **asked}
        given: Any = {**parameters, "client_encoding": "UTF8", "connect_timeout": str(share_s)}
        try:
            return psycopg.connect(**given, autocommit=True, prepare_threshold=prepare_after)
        except psycopg.Error as error:
            last = error
            words = _refusal(error)
            if words is not None and "startup parameter" not in words:
                code = None if _is_known(words) else _sqlstate(given)
                if code is not None and code.startswith(PASSES):
                    raise psycopg.errors.lookup(code)(str(error)) from error
                said = words.replace('"', "'")  # within our own quotation marks
                refused = LoginRefused(
                    f'The database at {address.shown} refuses the log-in: "{said}".',
                    hint=address.doubts or _hint(_SAME_AS.get(code or "", words), variable),
                )
                refused.problem = login_problem(refused, variable, code)
                raise refused from error
    raise last or psycopg.OperationalError("no server is named")


def _servers(address: DatabaseAddress) -> Iterator[dict[str, str]]:
    """host, hostaddr and port of each server in turn, by each address that its name has.

    psycopg would go on with the next one after a refused log-in.
    """
    places = address.places
    if len(places) > 1 and address.parameters.get("target_session_attrs") == "prefer-standby":
        yield {}  # psycopg knows which one is preferred
        return
    if address.parameters.get("load_balance_hosts") == "random":
        random.shuffle(places)
    unknown: OSError | None = None
    known = 0
    for host, ip, port in places:
        if ip or not host or host.startswith(("/", "@")):
            known += 1
            yield {"host": host, "hostaddr": ip, "port": port}
            continue
        try:
            found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
        except OSError as error:
            unknown = error
            continue
        for entry in found:
            known += 1
            yield {"host": host, "hostaddr": str(entry[4][0]), "port": port}
    if not known and unknown is not None:
        raise psycopg.OperationalError(f"its host's name is not known: {unknown.strerror}") from unknown


def _refusal(error: psycopg.Error) -> str | None:
    """The server's words, where it refuses a log-in for good; None for what may pass."""
    said = _SERVER_SAYS.search(str(error))
    if said is None or may_pass(said["words"]):
        return None
    return said["words"].strip()


def _is_known(words: str) -> bool:
    """Whether the words are among those that servers and poolers say in English."""
    return any(phrase in words for phrase in _HINTS)


def _sqlstate(parameters: dict[str, str]) -> str | None:
    """The SQLSTATE with which a server refuses, whose words may be in any language; 57P03 where it does so no more.

    That takes a second attempt, by a connection that libpq traces. None where that says nothing, as where libpq can't.
    """
    until = Deadline(SystemClock(), ATTEMPT_S)
    try:
        connection = pq.PGconn.connect_start(make_conninfo("", **parameters).encode())
        log = os.memfd_create("log-in")
    except (psycopg.Error, AttributeError, OSError):
        return None
    try:
        connection.trace(log)
        ended = _polled(connection, until)
        connection.untrace()
        if ended == pq.PollingStatus.OK:
            return NOT_NOW.sqlstate
        found = _TRACED.search(os.pread(log, TRACED_BYTES, 0).decode(errors="replace"))
        return found["code"] if found else None
    except psycopg.Error:
        return None
    finally:
        connection.finish()
        os.close(log)


def _polled(connection: PGconn, until: Deadline) -> pq.PollingStatus:
    """How a log-in ended; FAILED where it did not in time."""
    waits = {pq.PollingStatus.READING: select.POLLIN, pq.PollingStatus.WRITING: select.POLLOUT}
    while until.remaining > 0 and connection.status != pq.ConnStatus.BAD:
        status = pq.PollingStatus(connection.connect_poll())
        if status not in waits:
            return status
        watched = select.poll()
        watched.register(connection.socket, waits[status])
        watched.poll(max(0.0, until.remaining) * 1000)
    return pq.PollingStatus.FAILED


def _hint(words: str, variable: str) -> str:
    known = next(
        (hint for phrase, hint in _HINTS.items() if phrase in words), "Check role, password and database in {}."
    )
    return known.format(variable)
