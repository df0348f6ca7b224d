"""The way of one booking from its POST to its verdict, beside a bare loop of httpx and psycopg that sees the same.

The loop knows nothing of phases, records, deadlines or evidence: it posts, looks each 20 ms for the status and a table,
and looks once more 100 ms later, as the suite does. The poller looks each 2 s, once. All book in turn at one demo;
where the job confirms, all wait side by side for the same moment after their answer. Bound by the demo's answer, by the
second look, and, while waiting, by the interval of a tenth of the time waited.
"""

from __future__ import annotations

import datetime
import io
import itertools
import random
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, redirect_stdout
from pathlib import Path

import httpx
import psycopg

from bench.figures import Figure, Goal
from bench.guests import LONGEST_S, request
from bench.processes import running_demo
from bookingflow.core.settings.loading import load
from bookingflow.core.timing import Deadline, SystemClock
from bookingflow.platform.api_models import BookingRequest
from bookingflow.platform.background_job import HttpJob
from bookingflow.scenario.session import Session
from demo.client import DemoAdmin
from targets import open_target

AT_ONCE, LATER = 40, 12
"""Bookings of each that are confirmed in the answer, and by the job."""
LATER_WITHIN_S = 2.0
LOOP_S, POLLER_S, AGAIN_S = 0.02, 2.0, 0.1
LOOK = """
    SELECT b.status::text = 'confirmed' AND EXISTS (
           SELECT FROM booking_table_assignments a WHERE a.booking_id = b.id)
      FROM bookings b WHERE b.id = %s"""

Taken = Callable[[str], None]
"""Called with the booking's id once its answer came."""
Way = Callable[[BookingRequest, Taken], None]
"""Books, and returns once it is known to be confirmed; raises where it is not."""
OURS, LOOP, QUICK_LOOP, POLLER = "ours", "a bare loop", "a bare loop without a second look", "a look every 2 s"


def measure() -> Iterator[Figure]:
    """Milliseconds from the POST until the verdict."""
    with ExitStack() as opened:
        line = opened.enter_context(running_demo())
        admin = opened.enter_context(
            closing(DemoAdmin(*(line["env"][f"BOOKING_DEMO_ADMIN_{it}"] for it in ("URL", "TOKEN"))))
        )
        admin.set_flags(rate_limit=False)
        ways = {
            OURS: _ours(opened, line["env"]),
            LOOP: _bare(opened, line, every_s=LOOP_S, again=True),
            QUICK_LOOP: _bare(opened, line, every_s=LOOP_S, again=False),
            POLLER: _bare(opened, line, every_s=POLLER_S, again=False),
        }
        requests = _requests()
        took = {name: statistics.median(times) for name, times in _at_once(ways, requests).items()}
        yield from _figures("confirmed in the answer, until the verdict: median", took)
        admin.set_flags(auto_assign=False)
        job = HttpJob(line["job_url"], line["env"]["BOOKING_JOB_TOKEN"], clock=SystemClock())
        took = {name: statistics.fmean(times) for name, times in _later(ways, requests, job).items()}
        yield from _figures(f"confirmed within {LATER_WITHIN_S:g} s, until the verdict: mean", took)


def _figures(what: str, took: Mapping[str, float]) -> Iterator[Figure]:
    for name in (LOOP, QUICK_LOOP, POLLER):
        goal = Goal("≤", 1.3) if name == LOOP else None
        yield Figure(what, round(took[OURS], 1), "ms", name, round(took[name], 1), goal=goal)


def _requests() -> Iterator[BookingRequest]:
    """Guests who are not in each other's way: four of them a time."""
    for number in itertools.count():
        day, at = divmod(number // 4, 4)
        yield request(
            f"flow{number}", f"+4479{number:08d}", days_ahead=3 + day, time=datetime.time((12, 14, 17, 19)[at])
        )


def _ours(opened: ExitStack, env: Mapping[str, str]) -> Way:
    """The suite's own submit and observation, with its records."""
    folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="bench-flow-")))
    given = {name: value for name, value in env.items() if "ADMIN" not in name}
    settings = load({}, {}, {**given, "BOOKING_OUTPUT_DIR": str(folder)}, folder / ".env")
    with redirect_stdout(io.StringIO()):
        session = Session.open(settings, open_target(settings))
    opened.callback(session.close)

    def book(wanted: BookingRequest, taken: Taken) -> None:
        booking = session.submission.submit(wanted, restaurant_id=session.home.id, seconds=LONGEST_S)
        taken(booking.booking_id or "")
        session.observation.follow(booking, inline_window=LONGEST_S)
        if not booking.confirmed:
            raise RuntimeError(f"the booking {booking.outcome_words}")

    return book


def _bare(opened: ExitStack, line: Mapping[str, str], *, every_s: float, again: bool) -> Way:
    """Nothing but a client and a session."""
    client = opened.enter_context(httpx.Client(base_url=line["api_base_url"], trust_env=False, timeout=LONGEST_S))
    database = opened.enter_context(psycopg.connect(line["observer_database_url"], autocommit=True))

    def confirmed(booking_id: str) -> bool:
        row = database.execute(LOOK, [booking_id]).fetchone()
        return row is not None and bool(row[0])

    def book(wanted: BookingRequest, taken: Taken) -> None:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        answer = client.post("/api/bookings", json=wanted.payload(), headers=headers).raise_for_status()
        booking_id = answer.json()["booking"]["id"]
        taken(booking_id)
        until = time.monotonic() + LONGEST_S
        while not confirmed(booking_id):
            if time.monotonic() > until:
                raise RuntimeError("the booking was not confirmed")
            time.sleep(every_s)
        if again:
            time.sleep(AGAIN_S)
            if not confirmed(booking_id):
                raise RuntimeError("the confirmation did not stand")

    return book


def _timed(way: Way, wanted: BookingRequest, taken: Taken = lambda _: None) -> float:
    began = time.perf_counter()
    way(wanted, taken)
    return (time.perf_counter() - began) * 1000


def _at_once(ways: Mapping[str, Way], requests: Iterator[BookingRequest]) -> dict[str, list[float]]:
    """Milliseconds of bookings that the answer confirms; the ways take turns."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(AT_ONCE):
        for name, way in ways.items():
            took[name].append(_timed(way, next(requests)))
    return took


def _later(ways: Mapping[str, Way], requests: Iterator[BookingRequest], job: HttpJob) -> dict[str, list[float]]:
    """Milliseconds of bookings that the job confirms some time after their answer, the same for each way."""
    rng = random.Random(1)
    took: dict[str, list[float]] = {name: [] for name in ways}

    def confirm_after(seconds: float) -> Taken:
        def confirm(booking_id: str) -> None:
            threading.Timer(seconds, job.run, (booking_id, Deadline(SystemClock(), LONGEST_S))).start()

        return confirm

    with ThreadPoolExecutor(len(ways)) as pool:
        for _ in range(LATER):
            taken = confirm_after(rng.uniform(0, LATER_WITHIN_S))
            waits = {name: pool.submit(_timed, way, next(requests), taken) for name, way in ways.items()}
            for name, wait in waits.items():
                took[name].append(wait.result())
    return took
