"""The demo that faults are set around; prints how many cells are right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.faults.rig import Place
from tests.support.own_demo import own_demo
from tests.support.replica import replica_of


@pytest.fixture(scope="session")
def place() -> Iterator[Place]:
    """A demo without a limit to its requests, and a replica of it that shows nothing of what comes."""
    with own_demo() as demo:
        reader = demo.role("reader", "BYPASSRLS")
        with replica_of(demo.postgres) as replica:
            with psycopg.connect(demo.postgres.dsn().replace(f":{demo.postgres.port}/", f":{replica}/")) as connection:
                connection.execute("SELECT pg_wal_replay_pause()")
            yield Place(demo, reader, replica)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Right of all, in one line."""
    ended = {end: len(terminalreporter.stats.get(end, [])) for end in ("passed", "failed", "error")}
    terminalreporter.write_line(f"faults: {ended['passed']} of {sum(ended.values())} right")
