"""A session with the platform's database that can't write, reconnects by itself, and never hangs."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Mapping
from typing import Any, LiteralString
from urllib.parse import urlsplit

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_loads
from psycopg.types.string import TextLoader
from pydantic_core import from_json

from bookingflow.core.errors import EvidenceHidden, SuiteError, TargetUnreachable
from bookingflow.core.timing import Clock, Deadline, TimeUpError, cut_off_after, within

POOLER_PORT = 6543
"""Transaction-mode poolers listen here: no session settings, no prepared statements (docs/live-platform.md)."""
ATTEMPT_S = 5.0
"""Seconds one attempt at a statement may take before the connection is given up and made anew."""
LEAST_S = 0.05
"""Seconds an attempt gets in any case."""
RETRY_PAUSE_S = 0.1
PREPARE_AFTER = 2
"""Times a statement is sent before it is prepared."""
READ_S = 10.0
"""Seconds for a question outside a booking's budget."""


class ReadOnlyConnection:
    """Asks one statement at a time; raises TargetUnreachable without an answer, EvidenceHidden where it may not ask.

    `prepare` statements only where no pooler can stand between, which would lose them.
    """

    def __init__(self, url: str, *, clock: Clock, prepare: bool = False) -> None:
        self.url = url
        self.clock = clock
        self._connection: psycopg.Connection[DictRow] | None = None
        self._pooled = urlsplit(url).port == POOLER_PORT
        self._prepare_after = PREPARE_AFTER if prepare else None

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
    ) -> list[DictRow]:
        """The rows of one statement; a lost or hanging connection is made anew and the question repeated until time is
        up: the deadline's, or for a question outside a booking's budget its own.
        """
        deadline = deadline or Deadline(self.clock, READ_S)
        last: Exception | None = None
        while True:
            budget = min(ATTEMPT_S, deadline.remaining)
            if budget <= 0 and last is not None:
                raise self._unreachable(last) from last
            try:
                return self._attempt(statement, params, max(budget, LEAST_S))
            except psycopg.errors.InsufficientPrivilege as error:
                raise EvidenceHidden(
                    f"The database role of BOOKING_DATABASE_URL may not read what is needed: {_first_line(error)}.",
                    hint="docs/live-platform.md has the SQL for a role that may.",
                ) from error
            except (psycopg.OperationalError, psycopg.InterfaceError, TimeUpError) as error:
                self.close()
                if _refuses_for_good(error):
                    raise self._unreachable(error) from error
                last = error
            except psycopg.Error as error:
                raise SuiteError(
                    f"The database could not answer: {_first_line(error)}.",
                    hint="Is this the platform's database? docs/platform.md lists the tables and columns needed.",
                ) from error
            if deadline.remaining <= RETRY_PAUSE_S:
                raise self._unreachable(last) from last
            self.clock.sleep(RETRY_PAUSE_S)

    def _attempt(
        self, statement: LiteralString | psycopg.sql.Composed, params: Mapping[str, Any], seconds: float
    ) -> list[DictRow]:
        """The rows, within so many seconds."""
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
        if not self._pooled:
            return connection.execute(statement, params).fetchall()
        with connection.transaction():  # read-only, as the connection is
            return connection.execute(statement, params).fetchall()

    def _connected(self, seconds: float) -> psycopg.Connection[DictRow]:
        if self._connection is None or self._connection.closed:
            wanted = threading.Event()
            wanted.set()
            self._connection = within(seconds, lambda: self._connect_if(wanted), abandon=wanted.clear)
        return self._connection

    def _connect_if(self, wanted: threading.Event) -> psycopg.Connection[DictRow]:
        """A session, unless whoever wanted it has given up meanwhile."""
        connection = self._connect()
        if not wanted.is_set():
            connection.close()
        return connection

    def _connect(self) -> psycopg.Connection[DictRow]:
        """A session that can't write: by its settings, or in transaction-mode poolers by each transaction."""
        if not self._pooled:
            try:
                return _with_our_types(
                    psycopg.connect(
                        self.url,
                        autocommit=True,
                        row_factory=dict_row,
                        prepare_threshold=self._prepare_after,
                        connect_timeout=int(ATTEMPT_S),
                        application_name="booking-acceptance-suite",
                        options=f"-c default_transaction_read_only=on -c statement_timeout={int(ATTEMPT_S * 1000)}",
                    )
                )
            except psycopg.OperationalError as error:
                if "startup parameter" not in str(error):
                    raise
                self._pooled = True
        connection = psycopg.connect(
            self.url,
            autocommit=True,
            row_factory=dict_row,
            prepare_threshold=None,
            connect_timeout=int(ATTEMPT_S),
        )
        connection.read_only = True
        return _with_our_types(connection)

    def _unreachable(self, error: Exception) -> TargetUnreachable:
        host = urlsplit(self.url)
        return TargetUnreachable(
            f"The database at {host.hostname}:{host.port or 5432} can't be asked ({_first_line(error)}).",
            hint="Check BOOKING_DATABASE_URL: host, port, role and password.",
        )


def _with_our_types(connection: psycopg.Connection[DictRow]) -> psycopg.Connection[DictRow]:
    """Ids come as text: they are compared and told, never computed with. JSON, half of what is read, is parsed fast."""
    connection.adapters.register_loader("uuid", TextLoader)
    set_json_loads(from_json, connection)
    return connection


def shut(connection: psycopg.Connection[Any]) -> None:
    """Shut a connection's socket, so that whoever waits for an answer on it wakes up."""
    with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)


def _refuses_for_good(error: Exception) -> bool:
    """Wrong password, unknown role or database: asking again changes nothing."""
    text = str(error)
    return any(phrase in text for phrase in ("authentication failed", "does not exist", "no pg_hba.conf entry"))


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
