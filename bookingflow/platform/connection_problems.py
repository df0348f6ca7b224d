"""Why a database can't be asked, from what libpq says: a code, a sentence and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg

from bookingflow.core.errors import LoginRefused
from bookingflow.core.failures import PLATFORM_OPERATOR
from bookingflow.core.problems import Problem
from bookingflow.core.timing import TimeUpError

NOT_UP = (
    *("starting up", "shutting down", "in recovery mode", "accepting connections"),
    *("terminating connection", "out of memory", "no space left", "could not fork new process"),
    *("server login has been failing", "no server connection available", "cannot connect to server"),
    *("query_wait_timeout", "server conn crashed", "client_login_timeout", "db_termination", "dbhandler exited"),
    *("connection to database not available", "connection to database closed", "unable to check out connection"),
    *("connection failure during authentication", "failed to subscribe to tenant"),
    *("unable to establish connection to upstream", "failed to retrieve database credentials"),
)
"""How a server says that it is about to be up, or down (57P03), or can't take anybody now, and how poolers say that
their server does not (PgBouncer, Supavisor).
"""
NOT_NOW = psycopg.errors.CannotConnectNow
"""How servers say the same in their own language, by its SQLSTATE (57P03)."""
NO_ROUTE = ("Network is unreachable", "No route to host", "Network is down", "Cannot assign requested")
"""How libpq says that this machine's network, or a firewall by ICMP, does not let a connection begin."""
OTHER_KIND = ("session is read-only", "session is not read-only", "in hot standby mode")
"""How libpq says that a server is not what `target_session_attrs` asks for."""
PARAMETERS = ("invalid integer value", ' value: "', "could not parse network address", "weak sslmode")
"""How libpq says that it can't take what a parameter of an address, or a variable in its place, was set to."""
DEMANDS = ("authentication method requirement", "GSSAPI encryption required", "GSSAPI encryption is not supported")
"""How libpq says that a way of logging in was demanded that there is not."""
NO_POSTGRESQL = ("invalid response", "unexpected response", "expected authentication request")
"""How libpq says that what answers is something else."""
CUT = ("closed the connection", "closed unexpectedly", "reset by peer", "Broken pipe", "EOF detected", "unexpected eof")
"""How libpq, and OpenSSL below it, say that a connection broke off."""
STATEMENT_POOLING = "statement pooling"
"""How pgbouncer says that it lets nobody begin a transaction."""
CROWDED = (
    *("too many clients", "too many connections", "connection slots"),
    *("max client", "maxclients", "max pools", "no more connections allowed"),
)
"""How servers (53300) and poolers say that all their connections are taken, which may pass."""


def may_pass(words: str) -> bool:
    """Whether a server, or the pooler before it, says that it can't take anybody just now."""
    return _says(words, (*NOT_UP, *CROWDED))


@dataclass(frozen=True)
class _Rule:
    """What is said of errors whose text holds one of the phrases, or of which it `applies`."""

    code: str
    sentence: str
    mend: str
    phrases: Sequence[str] = ()
    applies: Callable[[Exception], bool] = lambda _: False
    who: str = ""


RULES: Sequence[_Rule] = (
    _Rule(
        "address_unknown",
        "The name of the database's server is not known: {where}.",
        "Check the host in {variable}, and the name service of this machine.",
        ("host's name is not known", "resolve host"),
    ),
    _Rule(
        "connection_refused",
        "Nothing listens at {where}: the connection to the database is refused.",
        "Is the database running, and are host and port in {variable} right?",
        ("Connection refused", "No such file or directory"),
    ),
    _Rule(
        "no_route",
        "This machine has no way to the database at {where} ({words}).",
        "Check its network (a VPN, a firewall) and the host in {variable}; for one with IPv6 alone, as Supabase's "
        "direct address is, take the session pooler's.",
        NO_ROUTE,
    ),
    _Rule(
        "database_refused",
        "What listens at {where} does not speak PostgreSQL.",
        "Are host and port in {variable} those of the database?",
        NO_POSTGRESQL,
    ),
    _Rule(
        "login_refused",
        "The database at {where} asks for a password, and {variable} has none.",
        "Write it into {variable} behind the role (role:PASSWORD@host), or into PGPASSWORD or a file ~/.pgpass.",
        ("no password supplied",),
    ),
    _Rule(
        "database_refused",
        "A parameter of the database at {where} can't be taken ({words}).",
        "Correct it in {variable}, or in libpq's variables (PG…).",
        PARAMETERS,
    ),
    _Rule(
        "database_refused",
        "The database at {where} is not of the kind that target_session_attrs asks for ({words}).",
        "Leave target_session_attrs out of {variable}, or write primary.",
        OTHER_KIND,
    ),
    _Rule(
        "database_refused",
        "The database at {where} does not log in as the settings demand ({words}).",
        "Check require_auth and gssencmode in {variable}, and PGREQUIREAUTH and PGGSSENCMODE.",
        DEMANDS,
    ),
    _Rule(
        "database_refused",
        "The pooler at {where} gives each statement to another session, and takes no transaction.",
        "Point {variable} at the database itself, or at a pooler in transaction or session mode (pool_mode).",
        (STATEMENT_POOLING,),
    ),
    _Rule(
        "unreachable",
        "The database at {where} has no connection left ({said}).",
        "Others have taken them all: try later, raise its limit, or use a pooler in transaction mode.",
        applies=lambda error: isinstance(error, psycopg.errors.TooManyConnections) or _says(str(error), CROWDED),
        who=PLATFORM_OPERATOR,
    ),
    _Rule(
        "unreachable",
        "A table that the suite reads is locked in the database at {where} ({words}).",
        "Who holds the lock, by pg_locks: a migration, a backup, a transaction that nobody ends?",
        applies=lambda error: isinstance(error, psycopg.errors.LockNotAvailable),
    ),
    _Rule(
        "unreachable",
        "The database at {where} ends the suite's questions before they are answered ({words}).",
        "Is it busy or locked, does somebody end them, or is the role's statement_timeout too short?",
        ("canceling statement",),
        applies=lambda error: isinstance(error, psycopg.errors.QueryCanceled),
    ),
    _Rule(
        "unreachable",
        "The database at {where} answers with an error of its own ({words}).",
        "Ask the team that runs it; the message is the database's.",
        applies=lambda error: isinstance(error, psycopg.Error) and error.sqlstate not in {None, NOT_NOW.sqlstate},
    ),
    _Rule(
        "connection_cut",
        "What comes over the connection to the database at {where} is no PostgreSQL.",
        "Is something between (a firewall, a pooler, a tunnel) that changes it?",
        ("lost synchronization",),
    ),
    _Rule(
        "connection_cut",
        "The connection to the database at {where} is cut ({words}).",
        "Is something between (a firewall, a pooler, a tunnel) that ends it?",
        CUT,
    ),
    _Rule(
        "encryption",
        "No encrypted connection to the database at {where} can be made ({words}).",
        "Check sslmode and the certificates in {variable}.",
        ("SSL", "certificate", "private key"),
    ),
    _Rule(
        "unreachable",
        "The database at {where} takes no sessions now ({said}).",
        "Run again when it is up.",
        applies=lambda error: isinstance(error, NOT_NOW) or _says(str(error), NOT_UP),
    ),
    _Rule(
        "connection_silent",
        "The database at {where} does not answer ({words}).",
        "Is it reachable from here, and are host and port in {variable} right?",
        ("timeout", "timed out"),
        applies=lambda error: isinstance(error, TimeUpError),
    ),
)
"""Tried in order. `{words}` are the error's own, `{said}` the same without the severity."""
UNEXPLAINED = _Rule(
    "unreachable",
    "The database at {where} can't be asked ({words}).",
    "Check {variable}: host, port, role and password.",
)


def connection_problem(error: Exception, words: str, *, where: str, variable: str) -> Problem:
    """What kept the suite from asking the database at this place, `words` being the error's own."""
    text = str(error)
    rule = next(
        (rule for rule in RULES if rule.applies(error) or any(phrase in text for phrase in rule.phrases)), UNEXPLAINED
    )
    facts = {"where": where, "variable": variable, "words": words, "said": _without_severity(words)}
    return Problem(rule.code, variable, rule.sentence.format(**facts), rule.mend.format(**facts), rule.who)


def _says(words: str, phrases: Sequence[str]) -> bool:
    """Versions of a pooler write the same sentence with a capital or without."""
    lowered = words.lower()
    return any(phrase in lowered for phrase in phrases)


def _without_severity(words: str) -> str:
    """A message of the server without its severity, which stands before it in the server's own language."""
    return words.partition(":  ")[2] or words


def login_problem(error: LoginRefused, variable: str, sqlstate: str | None = None) -> Problem:
    """A log-in that was refused in words; of a database that is not there it is called that."""
    words = error.sentence.partition("log-in:")[2]
    is_missing = sqlstate == psycopg.errors.InvalidCatalogName.sqlstate or (
        "database" in words and "does not exist" in words
    )
    return Problem("database_missing" if is_missing else error.code, variable, error.sentence, error.hint)
