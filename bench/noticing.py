"""How soon a confirmation is noticed, and for how many looks, beside polling at fixed intervals in the same run.

Watched: all strategies look at the demo's real database, side by side, while its real job confirms bookings. Simulated:
looks that take no time, for many moments of confirmation. Bound by the interval, a tenth of the time waited, and by the
second look, which is not counted here.
"""

from __future__ import annotations

import bisect
import datetime
import random
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.figures import Figure, Goal
from bench.guests import book
from bookingflow.core.timing import Deadline, SystemClock, next_interval
from bookingflow.platform.api import BookingApi
from bookingflow.platform.api_models import CONFIRMED, Accepted
from bookingflow.platform.background_job import HttpJob
from bookingflow.platform.database import BookingDatabase
from bookingflow.report.summary import spread
from demo.client import Demo, start_demo

SAMPLES = 20_000
FIXED_S = (2.0, 0.5)
BOOKINGS = 20
WATCHED_WITHIN_S = 2.0
WATCHED_LIMIT_S = 10.0
SIMULATED_WITHIN_S = (2.0, 20.0)

Interval = Callable[[float], float]
"""Seconds until the next look, after this many seconds of waiting."""


def own_interval(waited: float) -> float:
    """The suite's own interval."""
    return next_interval(waited, elapsed=waited)


def fixed(seconds: float) -> Interval:
    """Always this many seconds."""
    return lambda _: seconds


OURS = "ours"
STRATEGIES: dict[str, Interval] = {
    OURS: own_interval,
    **{f"every {seconds:g} s": fixed(seconds) for seconds in FIXED_S},
}


def measure() -> Iterator[Figure]:
    """Milliseconds between confirmed and noticed, in the mean and at p95, and looks."""
    watched = _in_database()
    ours = watched.pop(OURS)
    for name, its in watched.items():
        for value in ("mean", "p95"):
            what = f"confirmed within {WATCHED_WITHIN_S:g} s, until noticed: {value}"
            yield Figure(what, ours.delays_ms[value], "ms", f"looks {name}", its.delays_ms[value])
        yield Figure("looks for one booking, mean", ours.looks, "", f"looks {name}", its.looks)
    slowest = f"every {FIXED_S[0]:g} s"
    for most in SIMULATED_WITHIN_S:
        mine, theirs = (_simulated(most, STRATEGIES[name])["p95"] for name in (OURS, slowest))
        what = f"confirmed within {most:g} s, simulated, until noticed: p95"
        yield Figure(what, mine, "ms", f"looks {slowest}", theirs)
    yield Figure("looks in 90 s", len(look_times(90.0)) - 1, goal=Goal("≤", 280))


def _simulated(most: float, interval: Interval) -> dict[str, float]:
    """Milliseconds between ready and noticed, for ready times spread evenly over this many seconds."""
    rng = random.Random(1)
    ready = sorted(rng.uniform(0, most) for _ in range(SAMPLES))
    looks = look_times(most + 2, interval)
    return spread((looks[bisect.bisect_left(looks, at)] - at) * 1000 for at in ready) or {}


def look_times(until: float, interval: Interval = own_interval) -> list[float]:
    """When the looks of one phase come."""
    times = [0.0]
    while times[-1] < until:
        times.append(times[-1] + interval(times[-1]))
    return times


@dataclass(frozen=True)
class Watched:
    """What one strategy came to."""

    delays_ms: dict[str, float]
    """How they lie, by `spread`."""
    looks: float
    """For one booking, in the mean."""


def _in_database() -> dict[str, Watched]:
    """What each strategy saw of real confirmations; all side by side.

    A confirmation counts from the booking's `updated_at`, the start of the transaction that confirmed it.
    """
    demo = start_demo()
    try:
        return _watched(demo)
    finally:
        demo.close()


def _watched(demo: Demo) -> dict[str, Watched]:
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
        name: Watched(spread(delay for delay, _ in waits) or {}, statistics.fmean(looks for _, looks in waits))
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
