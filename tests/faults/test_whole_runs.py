"""The worst cells as whole processes: exit status, sentence and who can act, in time, with nothing left behind."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from bookingflow.booking.diagnosis import SENDS_FEWER
from bookingflow.core.failures import PLATFORM_TEAM
from bookingflow.core.ledger import FILE, read
from tests.faults.cells import (
    BROKEN,
    CUT_AT_END,
    FAULTS,
    FINE,
    HIDDEN,
    JOB_UNUSABLE,
    NO_LOG_IN,
    NOT_JUDGED,
    UNREACHABLE,
    WALL,
    Expected,
)
from tests.faults.rig import Parts, Place
from tests.support.demo import ROOT
from tests.support.own_demo import JOB_TOKEN
from tests.support.processes import without_settings

REQUESTED, WITH_REPEAT = "--tags=@BOOK-004", "--tags=@BOOK-002"
"""The scenario that books what the settings say, with the deadline that they say; and one whose booking is sent once
more at the run's end.
"""
DEADLINE_S = 10.0
"""Seconds; the shortest that the settings let a booking have."""
SLACK_S = 1.0
END_S = 25.0
"""Seconds that a run may take after its last booking: questions at its end have ten each, and undoing has its own."""
LONGEST_S = 60.0
AT_ONCE = 6
EXITS = {"kept": 0, BROKEN: 1, NOT_JUDGED: 3}
FIRST_DAY = 4
"""Days from today on which the first run books; each has a day of its own."""


@dataclass(frozen=True)
class Run:
    """A fault, the booking's request from which on it is set (0: from the beginning on), and what must come of it."""

    fault: str
    since: int
    expected: Expected
    auto_assign: bool = True
    stands: bool = False
    """Whether a booking may be left, and then stands in the ledger: what undoes it can't be reached either."""
    booked: int = 1
    """Requests for bookings; of the second one on they are those of the run's end."""


RUNS: Mapping[str, Run] = {
    "nothing": Run("nothing", 1, FINE, booked=2),
    "log-in wall from the beginning on": Run("basic_auth", 0, WALL, booked=0),
    "another site from the booking on": Run("captive", 1, WALL),
    "gateway that gives up on a booking": Run("gateway_timeout", 1, FINE),
    "limit that passes the booking on": Run("pace_passed_on", 1, Expected(NOT_JUDGED, "rate_limited", SENDS_FEWER)),
    "errors of the platform's own": Run("errors", 1, Expected(BROKEN, "platform_error", PLATFORM_TEAM)),
    "API gone at the run's end": Run("api_down", 2, CUT_AT_END, booked=2),
    "API silent at the run's end": Run("silent_api", 2, UNREACHABLE, booked=2),
    "database silent, for undoing too": Run("database_silent", 1, UNREACHABLE, stands=True),
    "database that hides its rows": Run("database_hidden", 1, HIDDEN),
    "outdated replica": Run("database_replica", 1, HIDDEN, stands=True),
    "another password": Run("database_password", 1, NO_LOG_IN),
    "gateway before the job": Run("job_gateway", 1, JOB_UNUSABLE, auto_assign=False),
    "job down from the beginning on": Run(
        "job_down", 0, Expected(NOT_JUDGED, "job_unreachable", JOB_UNUSABLE.who_can_act), booked=0
    ),
}


@dataclass(frozen=True)
class Left:
    """What a run left: its exit status, what it said, and what is true of its bookings."""

    status: int
    printed: str
    seconds: float
    summary: dict[str, Any]
    requests: int
    alive: list[str]
    """Processes of the run that outlived it."""
    standing: set[str | None]
    """Keys under which a booking stands."""
    ledger: set[str | None]
    """Keys of what the ledger calls open."""


@pytest.fixture(scope="module")
def ends(
    place: Place, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Future[Left]]:
    """How each run that is asked for ended, several side by side."""
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    asked, days = [item["name"] for item in params if "name" in item], count(FIRST_DAY)
    found: dict[str, Future[Left]] = {}
    for auto_assign in (True, False):
        place.auto_assign(auto_assign)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for name in asked:
                if RUNS[name].auto_assign is auto_assign:
                    found[name] = pool.submit(end, place, RUNS[name], next(days), tmp_path_factory.mktemp("run"))
    return found


def end(place: Place, run: Run, days_ahead: int, folder: Path) -> Left:
    """One run, with its fault from the given request on."""
    fault = FAULTS[run.fault]
    with place.around(fault) as around:
        if run.since == 0:
            around.set(fault)
        around.api.at_booking = lambda number: around.set(fault) if number == run.since else None
        day = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=days_ahead)
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "behave", WITH_REPEAT if run.booked > 1 else REQUESTED],
            cwd=ROOT,
            env=without_settings()
            | _settings(around)
            | {"BOOKING_OUTPUT_DIR": str(folder), "BOOKING_DATE": day.isoformat()},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        printed, _ = process.communicate(timeout=LONGEST_S)
        seconds = time.monotonic() - began
        summary = folder / "reports" / "summary.json"
        entries = read(folder / "reports" / FILE)
        return Left(
            process.returncode,
            printed,
            seconds,
            json.loads(summary.read_text(encoding="utf-8")),
            around.api.booked,
            _alive(process.pid),
            _standing(place, {entry.key for entry in entries}),
            {entry.key for entry in entries if entry.open},
        )


def _settings(around: Parts) -> dict[str, str]:
    return {
        "BOOKING_TARGET": "live",
        "BOOKING_API_BASE_URL": around.api.url,
        "BOOKING_DATABASE_URL": around.database_url,
        "BOOKING_CLEANUP": "cancel",
        "BOOKING_CLEANUP_DATABASE_URL": around.through(around.place.demo.postgres.dsn("booking_platform")),
        "BOOKING_JOB_URL": around.job_url,
        "BOOKING_JOB_TOKEN": JOB_TOKEN,
        "BOOKING_EXPECT": "background_job",
        "BOOKING_TIMEOUT": f"{DEADLINE_S:g}",
        "BOOKING_INLINE_WINDOW": "0.3",
        "BOOKING_RATE_BUDGET": "0",
        "BOOKING_KNOWN_BREACHES": os.devnull,
    }


def _alive(session: int) -> list[str]:
    """The processes of a session that are still there."""
    found = []
    for process in psutil.process_iter(["pid", "name"]):
        try:
            if os.getsid(process.pid) == session:
                found.append(process.name())
        except (ProcessLookupError, psutil.Error):
            continue
    return found


def _standing(place: Place, keys: set[str | None]) -> set[str | None]:
    """Those of these keys under which a booking stands."""
    statement = "SELECT idempotency_key FROM bookings WHERE status <> 'cancelled' AND idempotency_key = ANY(%s)"
    with psycopg.connect(place.demo.postgres.dsn()) as connection:
        return {row[0] for row in connection.execute(statement, [[key for key in keys if key]])}


def _verdict_in(summary: dict[str, Any]) -> tuple[str, str, str]:
    """The verdict, and code and who can act of what led to it: a problem, a scenario's end, or the run's."""
    problems = (summary["preflight"] or {}).get("problems", [])
    ends = [item for item in (*summary["results"], *summary["findings"]) if item["code"]]
    first = next(iter((*problems, *ends)), {"code": "", "whoCanAct": ""})
    return summary["verdict"], first["code"], first["whoCanAct"]


@pytest.mark.parametrize("name", RUNS)
def test_a_whole_run_ends_in_the_right_sentence_in_time_and_leaves_nothing(
    ends: Mapping[str, Future[Left]], name: str
) -> None:
    run, left = RUNS[name], ends[name].result()
    expected = run.expected
    assert left.status == EXITS[expected.verdict], left.printed
    assert _verdict_in(left.summary) == (expected.verdict, expected.code, expected.who_can_act), left.printed
    assert left.requests == run.booked
    assert left.alive == []
    assert left.standing == left.ledger, "the ledger tells of other bookings than stand"
    assert bool(left.standing) == run.stands
    assert "Traceback" not in left.printed
    for booking in left.summary["bookings"]:
        assert booking["metrics"]["totalDurationMs"] <= (DEADLINE_S + SLACK_S) * 1000
    assert left.seconds <= DEADLINE_S + END_S, left.printed
