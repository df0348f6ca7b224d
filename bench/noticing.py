"""How soon a confirmation is noticed, and for how many looks, beside polling at fixed intervals in the same run.

`simulated` counts with looks that take no time, for many ready times; `watched` looks at the demo's real database while
its real job confirms bookings.
"""

from __future__ import annotations

import datetime
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.guests import book
from bookingflow.core.timing import Deadline, SystemClock, next_interval
from bookingflow.platform.api import BookingApi
from bookingflow.platform.api_models import CONFIRMED, Accepted
from bookingflow.platform.background_job import HttpJob
from bookingflow.platform.database import BookingDatabase
from bookingflow.report.summary import spread
from demo.client import Demo, start_demo

SAMPLES = 20_000
FIXED_S = (2.0, 1.0, 0.5)
BOOKINGS = 30
WATCHED_WITHIN_S = 2.0
WATCHED_LIMIT_S = 10.0

Interval = Callable[[float], float]
"""Seconds until the next look, after so many seconds of waiting."""


def ours(waited: float) -> float:
    """The suite's own interval."""
    return next_interval(waited, elapsed=waited)


def fixed(seconds: float) -> Interval:
    """Always so many seconds."""
    return lambda _: seconds


STRATEGIES: dict[str, Interval] = {"ours": ours, **{f"fixed {seconds:g} s": fixed(seconds) for seconds in FIXED_S}}


def simulated(most: float) -> dict[str, Any]:
    """Milliseconds between ready and noticed, for ready times spread evenly over so many seconds."""
    rng = random.Random(1)
    ready = [rng.uniform(0, most) for _ in range(SAMPLES)]
    looks = {name: look_times(most + 2, interval) for name, interval in STRATEGIES.items()}
    return {
        name: spread((next(look for look in times if look >= at) - at) * 1000 for at in ready)
        for name, times in looks.items()
    }


def look_times(until: float, interval: Interval = ours) -> list[float]:
    """When the looks of one phase come."""
    times = [0.0]
    while times[-1] < until:
        times.append(times[-1] + interval(times[-1]))
    return times


def watched() -> dict[str, Any]:
    """Milliseconds between a real confirmation and its being noticed, and looks a wait; all strategies side by side.

    A confirmation counts from the booking's `updated_at`, the start of the transaction that confirmed it.
    """
    demo = start_demo()
    try:
        return _watched(demo)
    finally:
        demo.close()


def _watched(demo: Demo) -> dict[str, Any]:
    if demo.controls is not None:
        demo.controls.set_flags(auto_assign=False, rate_limit=False)
    clock, rng = SystemClock(), random.Random(1)
    databases = {name: BookingDatabase(demo.database_url, clock=clock) for name in STRATEGIES}
    job = HttpJob(demo.job_url or "", demo.job_token, clock=clock)
    found: dict[str, list[tuple[float, int]]] = {name: [] for name in STRATEGIES}
    api = BookingApi(demo.api_base_url, clock=clock)
    with ThreadPoolExecutor(len(STRATEGIES) + 1) as pool:
        for number in range(BOOKINGS):
            booking_id = _book(api, number)
            ready = pool.submit(_confirm_later, job, booking_id, rng.uniform(0, WATCHED_WITHIN_S))
            watches = {
                name: pool.submit(_watch, databases[name], booking_id, interval)
                for name, interval in STRATEGIES.items()
            }
            ready.result()
            for name, watch in watches.items():
                found[name].append(watch.result())
    for database in databases.values():
        database.close()
    api.close()
    return {
        name: {"delayMs": spread(delay for delay, _ in waits), "looks": spread(float(looks) for _, looks in waits)}
        for name, waits in found.items()
    }


def _book(api: BookingApi, number: int) -> str:
    answer = book(api, f"notice{number}", f"+4478{number:08d}", days_ahead=3 + number, time=datetime.time(19))
    if not isinstance(answer, Accepted):
        raise TypeError(f"the demo did not take the booking: {answer}")
    return answer.booking_id


def _confirm_later(job: HttpJob, booking_id: str, seconds: float) -> None:
    time.sleep(seconds)
    job.run(booking_id, Deadline(SystemClock(), WATCHED_LIMIT_S))


def _watch(database: BookingDatabase, booking_id: str, interval: Interval) -> tuple[float, int]:
    """Milliseconds from the confirmation until the look that shows it, and how many looks it took."""
    deadline, looks = Deadline(SystemClock(), WATCHED_LIMIT_S), 0
    while not deadline.expired:
        row = database.look(booking_id, deadline)
        looks += 1
        if row is not None and row.status == CONFIRMED and row.tables:
            return (datetime.datetime.now(datetime.UTC) - row.updated_at).total_seconds() * 1000, looks
        deadline.clock.sleep(interval(deadline.elapsed))
    raise TimeoutError(f"booking {booking_id} was not confirmed within {WATCHED_LIMIT_S:g} s")
