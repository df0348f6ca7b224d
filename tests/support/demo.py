"""One running demo for the tests that need one."""

from __future__ import annotations

import contextlib
import datetime
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from tests.support.waiting import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class RunningDemo:
    """A demo in a process of its own, and short words for what tests do with it."""

    said: dict[str, Any]
    http: httpx.Client
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def as_live(self) -> dict[str, str]:
        """The settings of a run that takes the demo for a live platform, with a role that only reads."""
        return {
            "BOOKING_TARGET": "live",
            "BOOKING_API_BASE_URL": self.said["api_base_url"],
            "BOOKING_DATABASE_URL": self.said["observer_database_url"],
        }

    def day(self) -> str:
        """A future day on which nobody else books; no Sunday, for which there are tests of their own."""
        return _no_sunday(next(self._numbers)).isoformat()

    def body(self, **changes: Any) -> dict[str, Any]:
        """A valid request of a new guest, for a day of its own."""
        number = next(self._numbers)
        return {
            "restaurantSlug": "demo-restaurant",
            "date": _no_sunday(number).isoformat(),
            "time": "19:00",
            "party": 4,
            "bookingType": "dinner",
            "seating": "any",
            "name": "Test Guest",
            "email": f"guest{number}@example.com",
            "phone": f"+4477009{number:06d}",
            **changes,
        }

    def book(self, key: str | None = None, **changes: Any) -> httpx.Response:
        """POST a booking."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.http.post("/api/bookings", json=self.body(**changes), headers=headers)

    def rows(self, statement: str, *values: Any) -> list[DictRow]:
        """Ask the database as the platform's owner."""
        with psycopg.connect(self.said["database_url"], row_factory=dict_row) as connection:
            return connection.execute(statement, values).fetchall()

    def change(self, statement: str, *values: Any) -> None:
        """Change the database as the platform's owner."""
        with psycopg.connect(self.said["database_url"]) as connection:
            connection.execute(statement, values)

    def admin(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """Use the admin interface."""
        env = self.said["env"]
        token = {"Authorization": f"Bearer {env['BOOKING_DEMO_ADMIN_TOKEN']}"}
        return self.http.request(method, env["BOOKING_DEMO_ADMIN_URL"] + path, json=body or {}, headers=token)

    def job(self, booking_id: str, token: str | None = None) -> httpx.Response:
        """Start the job for a booking."""
        bearer = {"Authorization": f"Bearer {token or self.said['env']['BOOKING_JOB_TOKEN']}"}
        return self.http.post(self.said["job_url"], json={"bookingId": booking_id}, headers=bearer)


@contextlib.contextmanager
def started(*options: str) -> Iterator[RunningDemo]:
    """A demo of its own, started with these options; it is gone afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "demo", "--port", "0", "--json", *options],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process:
        said = json.loads(process.stdout.readline())
        with httpx.Client(base_url=said["api_base_url"], timeout=30) as client:
            yield RunningDemo(said, client)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0


def next_year() -> int:
    """The year whose days tests may name; each of them is still to come, whatever day it is."""
    return datetime.date.today().year + 1  # noqa: DTZ011 - any future year will do


def coming(weekday: int) -> str:
    """A day still to come, of this ISO weekday."""
    return datetime.date.fromisocalendar(next_year(), 2, weekday).isoformat()


def _no_sunday(number: int) -> datetime.date:
    """A day after next year, another one for each number."""
    monday = datetime.date.fromisocalendar(next_year() + 1, 2, 1)
    weeks, days = divmod(number, 6)
    return monday + datetime.timedelta(weeks=weeks, days=days)


@pytest.fixture(scope="session")
def demo_process() -> Iterator[RunningDemo]:
    """A demo for the whole session."""
    with started() as running:
        yield running


@pytest.fixture
def demo(demo_process: RunningDemo) -> Iterator[RunningDemo]:
    """The session's demo, put back as it was after each test."""
    yield demo_process
    demo_process.admin("POST", "/reset").raise_for_status()
