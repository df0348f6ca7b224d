"""Sessions with the platform's database: asked for in the form that the suite reads, cut off when they hang.

A session is asked for UTF-8, ISO dates and UTC, whatever it would be found with; what the address asks for (`options`,
`sslmode`, several servers) is kept. The one that the suite watches by can't write, and reconnects by itself.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, LiteralString

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_loads
from psycopg.types.string import TextLoader
from pydantic_core import from_json

from bookingflow.core.errors import EvidenceHidden, LoginRefused, SuiteError, TargetEnded, TargetUnreachable
from bookingflow.core.network.database_addresses import DatabaseAddress
from bookingflow.core.patterns import pattern
from bookingflow.core.timing import Clock, Deadline, TimeUpError, cut_off_after, within
from bookingflow.platform.connection_problems import STATEMENT_POOLING, connection_problem
from bookingflow.platform.log_in import ATTEMPT_S, connect

LEAST_S = 0.05
"""Seconds an attempt gets in any case."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 1.0
"""Between two attempts; each pause is twice the one before. A longer one would notice a confirmation late."""
OUTAGE_S = 30.0
"""Seconds for which a database that can't be asked is asked again: a restart or a fail-over is over by then."""
FIRST_REFUSED_S, LONGEST_REFUSED_S = 10.0, 60.0
"""Seconds after a refused log-in in which none is tried: poolers block those who are refused a few times."""
LOCKED_S = 0.25
"""Seconds after which the server itself says that what is asked for is locked: less than any look has, so that a server
that answers is never called silent.
"""
PREPARE_AFTER = 2
"""Times a statement is sent before it is prepared."""
READ_S = 10.0
"""Seconds for a question outside a booking's budget."""
SILENT_S = 0.5
"""The same while the last question got no answer: a verdict stands a second after its deadline, whatever is asked."""

OF_PREPARING = (
    psycopg.errors.InvalidSqlStatementName,
    psycopg.errors.DuplicatePreparedStatement,
    psycopg.errors.FeatureNotSupported,  # "cached plan must not change result type"
)
"""What comes of statements that are prepared where another session answers, or whose table changes."""
ENDED = (psycopg.errors.IdleInTransactionSessionTimeout, psycopg.errors.TransactionTimeout)
"""How a server says that a session's time is over."""
NOT_THERE = (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn, psycopg.errors.InvalidSchemaName)
"""What comes of a question about what is there no more, or was given another name."""
OF_THE_SESSION = (*OF_PREPARING, *ENDED, psycopg.errors.InternalError_, psycopg.errors.DataCorrupted)
"""Errors that say nothing about the question: another session may answer it."""

REPLICA = (
    "The database of BOOKING_DATABASE_URL is a read replica (it is in recovery): what it shows may be older than what "
    "the platform has just answered."
)
TO_THE_PRIMARY = "Point BOOKING_DATABASE_URL at the primary, to which the platform itself writes."
_READS_STATUS = 140_000
"""The version from which on a server says whether a session's transactions are read-only (PostgreSQL 14's notes)."""
_READABLE: LiteralString = "SET LOCAL DateStyle TO ISO; SET LOCAL TimeZone TO UTC"
_LIBPQ_SAYS = pattern(
    r"(?:^|failed: )(?P<words>(?:(?!failed: )[^\n])*)(?:\n|\Z)", adversarial=("failed: ", "failed: a")
)
_STAYS = (
    *("does not support SSL", "certificate", "private key file", "SSL was required", "invalid response"),
    *("no password supplied", STATEMENT_POOLING),
)
"""What trying again does not change."""


def runs() -> str:
    """What became of a platform of which only its answers say whether it runs."""
    return ""


class ReadOnlyConnection:
    """Asks one statement at a time; raises TargetUnreachable without an answer, EvidenceHidden where it may not ask.

    `prepare` statements only where no pooler can stand between, which would lose them. Nothing is asked any more, nor
    waited for, once the platform has `ended`: TargetEnded says so at once.
    """

    VARIABLE = "BOOKING_DATABASE_URL"

    def __init__(self, url: str, *, clock: Clock, prepare: bool = False, ended: Callable[[], str] = runs) -> None:
        self.url = url
        self._ended = ended
        self.clock = clock
        self._address = _of_primary(DatabaseAddress.read(url))
        self._connection: psycopg.Connection[DictRow] | None = None
        self._by_transaction = self._address.by_transaction_pooler
        """Whether each transaction may be another session's: nothing can be set or prepared for more than one."""
        self._beforehand: LiteralString | None = None
        """What each such transaction begins with."""
        self._prepare_after = PREPARE_AFTER if prepare else None
        self._silent = False
        """Whether the last question got no answer."""
        self._until: Deadline | None = None
        """When all questions must have ended, as before the first booking; None where each has its own time."""
        self._met_primary = False
        """Whether a session was with the server that takes writes, so that none may be with a copy of it."""
        self._refused: LoginRefused | None = None
        self._refused_s = 0.0
        self._refused_until = 0.0

    @property
    def by_transaction(self) -> bool:
        """Whether each question is a transaction of its own, as poolers in transaction mode need it."""
        return self._by_transaction

    def close(self) -> None:
        """Give the connection back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def ask(
        self,
        statement: LiteralString | psycopg.sql.Composed,
        params: Mapping[str, Any],
        deadline: Deadline | None = None,
        *,
        repeat_s: float | None = None,
    ) -> list[DictRow]:
        """The rows of one statement; a lost or hanging connection is made anew and the question repeated until time is
        up: the deadline's, or for a question outside a booking's budget its own. A refused log-in is not repeated, and
        nothing is begun later than `repeat_s` seconds after the first attempt, or than a restart lasts.
        """
        deadline = deadline or self._patience(SILENT_S if self._silent else READ_S)
        repeats = deadline.part(OUTAGE_S if repeat_s is None else repeat_s)
        last: Exception | None = None
        pause = FIRST_PAUSE_S
        while True:
            if over := self._ended():
                raise TargetEnded(over)
            budget = min(ATTEMPT_S, deadline.remaining)
            if budget <= 0 and last is not None:
                raise self._unreachable(last) from last
            try:
                rows = self._attempt(statement, params, max(budget, LEAST_S))
            except psycopg.errors.InsufficientPrivilege as error:
                raise EvidenceHidden(
                    f"The database role of BOOKING_DATABASE_URL may not read what is needed: {first_line(error)}.",
                    hint="docs/live-platform.md has the SQL for a role that may.",
                ) from error
            except NOT_THERE as error:
                raise EvidenceHidden(
                    f"The database could not answer: {first_line(error)}.",
                    hint="Is this the platform's database? docs/platform.md lists the tables and columns needed.",
                ) from error
            except (psycopg.OperationalError, psycopg.InterfaceError, TimeUpError, *OF_THE_SESSION) as error:
                self.close()
                if isinstance(error, OF_PREPARING):  # a pooler stands between all the same
                    self._prepare_after = None
                if any(phrase in str(error) for phrase in _STAYS):
                    raise self._unreachable(error) from error
                last = _more_telling(error, last)
            except psycopg.Error as error:
                if type(error) is not psycopg.DatabaseError:
                    raise SuiteError(
                        f"The database could not answer: {first_line(error)}.",
                        hint="Is this the platform's database? docs/platform.md lists the tables and columns needed.",
                    ) from error
                self.close()  # libpq's own: what came was no PostgreSQL
                last = error
            except UnicodeDecodeError as error:
                raise SuiteError(
                    "The database holds text that is not in the encoding it says it is in.",
                    hint="Can its encoding be SQL_ASCII? The suite reads UTF-8.",
                ) from error
            else:
                self._silent = False
                return rows
            if min(deadline.remaining, repeats.remaining) <= pause:
                raise self._unreachable(last) from last
            self.clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    @contextlib.contextmanager
    def ends_by(self, until: Deadline) -> Iterator[None]:
        """No question takes longer than until then, also one that names no deadline of its own."""
        self._until = until
        try:
            yield
        finally:
            self._until = None

    def _patience(self, seconds: float) -> Deadline:
        return Deadline(self.clock, seconds) if self._until is None else self._until.part(seconds)

    def _attempt(
        self, statement: LiteralString | psycopg.sql.Composed, params: Mapping[str, Any], seconds: float
    ) -> list[DictRow]:
        """The rows, within this many seconds."""
        patience = Deadline(self.clock, seconds)
        connection = self._connected(seconds)
        left = max(patience.remaining, LEAST_S)
        return cut_off_after(left, lambda: self._execute(connection, statement, params), lambda: shut(connection))

    def _execute(
        self,
        connection: psycopg.Connection[DictRow],
        statement: LiteralString | psycopg.sql.Composed,
        params: Mapping[str, Any],
    ) -> list[DictRow]:
        if not self._by_transaction:
            return connection.execute(statement, params).fetchall()
        with connection.transaction():  # read-only, as the connection is
            if self._beforehand is not None:
                connection.execute(self._beforehand)
            return connection.execute(statement, params).fetchall()

    def _connected(self, seconds: float) -> psycopg.Connection[DictRow]:
        if self._connection is None or self._connection.closed:
            if self._refused is not None and self.clock.monotonic() < self._refused_until:
                raise self._refused
            wanted = threading.Event()
            wanted.set()
            try:
                self._connection = within(seconds, lambda: self._connect_if(wanted), abandon=wanted.clear)
            except LoginRefused as refused:
                self._refused = refused
                self._refused_s = min(max(self._refused_s * 2, FIRST_REFUSED_S), LONGEST_REFUSED_S)
                self._refused_until = self.clock.monotonic() + self._refused_s
                raise
            self._refused, self._refused_s = None, 0.0
            if self._connection.info.parameter_status("in_hot_standby") == "on":
                if self._met_primary:  # by a list of servers, or a name, that leads elsewhere since
                    self.close()
                    raise EvidenceHidden(REPLICA, hint=TO_THE_PRIMARY)
            else:
                self._met_primary = True
        return self._connection

    def _connect_if(self, wanted: threading.Event) -> psycopg.Connection[DictRow]:
        """A session, unless its caller has given up meanwhile."""
        connection = self._connect()
        if not wanted.is_set():
            connection.close()
        return connection

    def _connect(self) -> psycopg.Connection[DictRow]:
        """A session that can't write: by its settings, or behind transaction-mode poolers by each transaction."""
        connection = self._connect_directly() if not self._by_transaction else None
        if connection is None:
            self._by_transaction = True
            try:
                connection = connect(self._address, variable=self.VARIABLE)
            except psycopg.OperationalError as error:
                if "startup parameter" not in str(error):
                    raise
                raise LoginRefused(
                    f"The pooler at {self._address.shown} takes none of the `options` of BOOKING_DATABASE_URL.",
                    hint="Leave them out and give the role what they set (ALTER ROLE … SET search_path = …), "
                    "or use the direct address.",
                ) from error
            connection.read_only = True
            if not _is_readable(connection):
                self._beforehand = _READABLE
        return _with_our_types(connection)

    def _connect_directly(self) -> psycopg.Connection | None:
        """A session that keeps its settings; None where a pooler does not let it have any."""
        ours = f"-c default_transaction_read_only=on -c statement_timeout={int(ATTEMPT_S * 1000)}"
        ours += f" -c lock_timeout={int(LOCKED_S * 1000)}"
        ours += " -c DateStyle=ISO -c TimeZone=UTC"
        theirs = self._address.parameters.get("options", "")
        try:
            connection = connect(
                self._address,
                variable=self.VARIABLE,
                prepare_after=self._prepare_after,
                options=f"{theirs} {ours}".strip(),
            )
        except psycopg.OperationalError as error:
            if "startup parameter" in str(error):
                return None
            raise
        if not _is_read_only(connection):  # a pooler passed over what was asked for
            connection.close()
            return None
        if not _is_readable(connection):  # PGDATESTYLE and PGTZ come after `options`
            connection.execute(_READABLE.replace("LOCAL", "SESSION"))
        return connection

    def _too(self) -> str:
        """libpq's variables that have a say, as a sentence to add."""
        names = self._address.filled_in_by
        return f" {' and '.join(names)} {'has' if len(names) == 1 else 'have'} a say too." if names else ""

    def _unreachable(self, error: Exception) -> TargetUnreachable:
        self._silent = True
        problem = connection_problem(error, first_line(error), where=self._address.shown, variable=self.VARIABLE)
        hint = f"{problem.mend}{self._too()}"
        return TargetUnreachable(problem.sentence, hint=hint, problem=replace(problem, mend=hint))


def _more_telling(error: Exception, last: Exception | None) -> Exception:
    """Which of two errors says more about why there is no answer: the server's own words before a time that is up."""
    return last if isinstance(error, TimeUpError) and isinstance(last, psycopg.Error) and last.sqlstate else error


def _of_primary(address: DatabaseAddress) -> DatabaseAddress:
    """The same address, where it asks for a session that can write: what it means is the server that takes writes."""
    if address.parameters.get("target_session_attrs") != "read-write":
        return address
    return replace(address, parameters={**address.parameters, "target_session_attrs": "primary"})


def _is_read_only(connection: psycopg.Connection) -> bool:
    """Whether the session's transactions are read-only, as far as the server says."""
    info = connection.info
    return info.server_version < _READS_STATUS or info.parameter_status("default_transaction_read_only") == "on"


def _is_readable(connection: psycopg.Connection) -> bool:
    """Whether dates and times come as they were asked for."""
    status = connection.info.parameter_status
    return (status("DateStyle") or "ISO").startswith("ISO") and (status("TimeZone") or "UTC") in {"UTC", "Etc/UTC"}


def _with_our_types(connection: psycopg.Connection[Any]) -> psycopg.Connection[DictRow]:
    """Ids come as text: they are compared, never computed with. JSON, half of what is read, is parsed fast."""
    connection.row_factory = dict_row
    connection.adapters.register_loader("uuid", TextLoader)
    set_json_loads(from_json, connection)
    return connection


def shut(connection: psycopg.Connection[Any]) -> None:
    """Shut a connection's socket, so that the thread that waits for an answer on it wakes up."""
    with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)


def first_line(error: Exception) -> str:
    """What went wrong, without the server that the sentence names already."""
    said = _LIBPQ_SAYS.search(str(error).strip())
    return (said["words"].strip() if said else "") or type(error).__name__
