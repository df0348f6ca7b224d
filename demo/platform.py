"""The platform's state, which the parts of the demo share: database pool, flags, clock, switches."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from demo.clock import Clock
from demo.defects import Switchboard
from demo.rate_limit import CREATE_LIMIT, RateLimiter

Transaction = Connection[DictRow]
Pool = ConnectionPool[Transaction]


POOL = 12
"""Connections of the platform: enough for the guests that two cores serve at once."""


def connection_pool(dsn: str) -> Pool:
    """Return the platform's connections to its database; rows are dicts by column name."""
    how = {"row_factory": dict_row, "prepare_threshold": 0}
    return ConnectionPool(dsn, connection_class=Transaction, kwargs=how, min_size=2, max_size=POOL, open=True)


@dataclass(frozen=True)
class Flags:
    """The platform's flags (docs/demo.md, "Flags"); times in the unit of their name."""

    auto_assign: bool = True
    inline_timeout_ms: int = 12000
    assignment_delay_ms: int = 0
    job_max_retries: int = 0
    job_retry_delays_ms: tuple[int, ...] = (5000, 15000, 45000)
    start_cutoff_minutes: int = 10
    past_time_blocking: bool = True
    past_time_grace_minutes: int = 5
    rate_limit: bool = True
    bookings_a_minute: int = CREATE_LIMIT
    merges: bool = True
    job_endpoint: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return all flags by name."""
        return asdict(self)

    def changed(self, changes: dict[str, Any]) -> Flags:
        """Return a copy with these changes; raises ValueError for an unknown name."""
        unknown = sorted(set(changes) - {item.name for item in fields(self)})
        if unknown:
            raise ValueError(f"unknown flags: {', '.join(unknown)}")
        changes = {name: tuple(value) if isinstance(value, list) else value for name, value in changes.items()}
        return replace(self, **changes)


@dataclass
class Platform:
    """One running platform."""

    pool: Pool
    job_token: str
    admin_token: str | None
    clock: Clock
    limiter: RateLimiter
    defects: Switchboard
    flags: Flags = field(default_factory=Flags)
    stopping: threading.Event = field(default_factory=threading.Event)
    _aside: set[threading.Thread] = field(default_factory=set, init=False)

    def aside(self, work: Callable[[], object]) -> None:
        """Do this work beside the requests, and return at once."""

        def working() -> None:
            try:
                work()
            finally:
                self._aside.discard(threading.current_thread())

        thread = threading.Thread(target=working, daemon=True)
        self._aside.add(thread)
        thread.start()

    def finish(self, seconds: float) -> None:
        """Wait for what is done aside, which pauses no more once the platform stops; at most this many seconds."""
        until = time.monotonic() + seconds
        for thread in list(self._aside):
            thread.join(max(0.0, until - time.monotonic()))

    def pause(self, seconds: float) -> bool:
        """Wait for this many seconds; True where the platform stops before they are over."""
        return seconds > 0 and self.stopping.wait(seconds)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Yield a transaction, committed at the end.

        Statements travel together until the rows of one are read: a booking takes some thirty, and a round trip for
        each would cost more than the database's own work.
        """
        with self.pool.connection() as connection, connection.pipeline():
            yield connection
            connection.commit()

    @contextlib.contextmanager
    def statement(self) -> Iterator[Transaction]:
        """Yield a connection on which each statement is its own transaction."""
        with self.pool.connection() as connection:
            connection.autocommit = True
            try:
                yield connection
            finally:
                connection.autocommit = False


class Stopwatch:
    """The time since it was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def ms(self) -> int:
        """Whole milliseconds."""
        return round((time.monotonic() - self._began) * 1000)
