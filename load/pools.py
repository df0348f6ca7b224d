"""What many guests share: sessions with the database, of which each asks one question at a time, and HTTP clients."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg.rows import DictRow

from bookingflow.core.errors import TargetUnreachable
from bookingflow.core.timing import Clock, Deadline
from bookingflow.platform.api import BookingApi
from bookingflow.platform.connection import READ_S, ReadOnlyConnection
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database.questions import Questions
from bookingflow.platform.database_models import Access

SESSIONS = 8
"""Sessions with the database of one process, however many guests it has: the watching must not be what is slow there,
and a reading role has few."""


class SharedConnection(ReadOnlyConnection):
    """Asks by whichever of a few sessions is idle; who finds none waits, within the question's own time."""

    def __init__(self, url: str, *, clock: Clock, prepare: bool, sessions: int = SESSIONS) -> None:
        super().__init__(url, clock=clock, prepare=prepare)
        self._all = [ReadOnlyConnection(url, clock=clock, prepare=prepare) for _ in range(sessions)]
        self._idle: queue.LifoQueue[ReadOnlyConnection] = queue.LifoQueue()
        for session in self._all:
            self._idle.put(session)

    def close(self) -> None:
        """Give the sessions back."""
        for session in self._all:
            session.close()

    def ask(
        self,
        statement: LiteralString | psycopg.sql.Composed,
        params: Mapping[str, Any],
        deadline: Deadline | None = None,
        *,
        repeat_s: float | None = None,
    ) -> list[DictRow]:
        """The rows of one statement, as a session of its own would find them."""
        try:
            session = self._idle.get(timeout=READ_S if deadline is None else deadline.remaining)
        except queue.Empty as error:
            raise TargetUnreachable(
                f"All {len(self._all)} sessions with the database wait for their answers.",
                hint="Is the database busier than usual? More workers have more sessions.",
            ) from error
        try:
            return session.ask(statement, params, deadline, repeat_s=repeat_s)
        finally:
            self._idle.put(session)


class SharedDatabase(BookingDatabase):
    """The database of a process with many guests."""

    def __init__(self, url: str, *, clock: Clock, prepare: bool, access: Access) -> None:
        Questions.__init__(self, SharedConnection(url, clock=clock, prepare=prepare))
        self.access = access


class Clients:
    """HTTP clients, each of one guest at a time: a time-out of one cuts off nobody else's connection. They are used
    again because reading certificates for each would cost more than its guest.
    """

    def __init__(self, make: Callable[[], BookingApi]) -> None:
        self._make = make
        self._idle: deque[BookingApi] = deque()

    @contextmanager
    def borrowed(self, address: str | None) -> Iterator[BookingApi]:
        """One for a while, which asks from this address where one is given."""
        try:
            client = self._idle.pop()
        except IndexError:
            client = self._make()
        client.client_address = address
        try:
            yield client
        finally:
            self._idle.append(client)

    def close(self) -> None:
        """Give the connections back."""
        while self._idle:
            self._idle.pop().close()
