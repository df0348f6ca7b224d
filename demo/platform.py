"""The platform's state: database pool, flags, clock. What the parts of the demo share, and nothing else."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
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
"""Connections of the platform: enough for the guests that two cores can serve at once."""


def connection_pool(dsn: str) -> Pool:
    """The platform's connections to its database; rows come by column name."""
    how = {"row_factory": dict_row, "prepare_threshold": 0}
    return ConnectionPool(dsn, connection_class=Transaction, kwargs=how, min_size=2, max_size=POOL, open=True)


@dataclass(frozen=True)
class Flags:
    """What can be switched (docs/demo.md, "Flags"); times in the unit their name says."""

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
        """All flags by name."""
        return asdict(self)

    def changed(self, changes: dict[str, Any]) -> Flags:
        """A copy with these changes; raises ValueError for a name that is no flag."""
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

    def pause(self, seconds: float) -> None:
        """Wait so long, as flags ask for it, or until the platform goes down."""
        self.stopping.wait(max(0.0, seconds))

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction, committed at the end. Statements travel together until one's rows are read: a booking is
        some thirty of them, and waiting for each by itself would cost more than the database's own work.
        """
        with self.pool.connection() as connection, connection.pipeline():
            yield connection
            connection.commit()

    @contextlib.contextmanager
    def statement(self) -> Iterator[Transaction]:
        """Statements that each are a transaction of their own."""
        with self.pool.connection() as connection:
            connection.autocommit = True
            try:
                yield connection
            finally:
                connection.autocommit = False


class Stopwatch:
    """Milliseconds since it was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def ms(self) -> int:
        """Whole milliseconds."""
        return round((time.monotonic() - self._began) * 1000)
