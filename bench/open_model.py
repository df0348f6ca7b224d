"""A platform that stands still for 5 s at 20 arrivals a second: what guests by the clock see of it, and a closed loop.

Both are the very same guests (`load.crew`) with the same arrivals, at the demo, whose process is stopped for a while.
By the clock each is begun at its moment, and its time counts from there. In the closed loop a few wait for each other,
as the users of load tools do: while the platform stands still nobody asks, and the stall is met by those few only.
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path

from bench.figures import Figure, Goal
from bench.processes import running_demo
from bookingflow.core.settings.loading import load
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import ScenarioState
from load.arrivals import Arrival, Stage, dispatch, moments, share
from load.crew import SCENARIO, Crew, shared
from load.guest_ends import End, GuestEnd, count, percentile, times_to_table
from load.places import places
from load.thresholds import P95
from targets import open_target

STAGE = Stage(since=20.0, until=20.0, seconds=15.0)
STALL_FROM_S, STALL_S = 5.0, 5.0
IN_THE_LOOP = 5
"""Guests of the closed loop: enough for 20 arrivals a second as long as each takes less than a quarter of one."""

Begin = Callable[[Crew, Sequence[Arrival]], None]


def measure() -> Iterator[Figure]:
    """Seconds until 95 of 100 guests had a table; raises RuntimeError where not every guest got one."""
    by_the_clock = _p95(times_to_table(_guests(_by_the_clock, spawned=True)))
    closed_loop = _p95(times_to_table(_guests(_closed_loop, spawned=False), without_our_lateness=True))
    stalled = f"the platform stalled for {STALL_S:g} s at {STAGE.since:g} arrivals a second"
    yield Figure(f"{stalled}: p95 to a table, guests by the clock", by_the_clock, "s", goal=Goal("≥", 4))
    yield Figure("the same guests in a closed loop", closed_loop, "s", goal=Goal("≤", 1))


def _p95(times: Sequence[float]) -> float:
    return round(percentile(times, P95) or 0.0, 3)


def _guests(begin: Begin, *, spawned: bool) -> list[GuestEnd]:
    """How each guest of one loop ended, at a demo of its own."""
    ended: list[GuestEnd] = []
    with running_demo() as demo, tempfile.TemporaryDirectory(prefix="bench-load-") as folder:
        settings = load({}, {}, {**demo["env"], "BOOKING_OUTPUT_DIR": folder}, Path(folder) / ".env")
        with redirect_stdout(StringIO()):
            target = open_target(settings)
        with closing(Session.open(settings, target)) as opened, shared(opened) as (session, clients):
            arrivals = _arrivals(session)
            spawn, most = (_in_a_thread if spawned else _at_once), len(arrivals)
            crew = Crew(session, clients, spawn=spawn, on_end=ended.append, most_in_flight=most)
            with _stalled(demo["pid"]):
                crew.start()
                begin(crew, arrivals)
                while len(ended) < len(arrivals):
                    time.sleep(0.1)
    if missing := len(ended) - count(ended, End.TABLE):
        raise RuntimeError(f"{missing} of {len(ended)} guests got no table: {_first_reason(ended)}")
    return ended


def _first_reason(ended: Sequence[GuestEnd]) -> str:
    return next(guest.sentence for guest in ended if guest.end is not End.TABLE)


def _arrivals(session: Session) -> list[Arrival]:
    at = moments([STAGE])
    session.enter(SCENARIO)
    found, _ = places(ScenarioState(session, SCENARIO).slots, len(at))
    return [Arrival(moment, slot, party) for moment, (slot, party) in zip(at, found, strict=True)]


def _by_the_clock(crew: Crew, arrivals: Sequence[Arrival]) -> None:
    dispatch(arrivals, crew.session.clock, crew.begin, _never)


def _closed_loop(crew: Crew, arrivals: Sequence[Arrival]) -> None:
    """Each of a few takes its share of the arrivals, the next one when the one before is over."""
    loops = [
        threading.Thread(
            target=dispatch,
            args=(share(arrivals, number, IN_THE_LOOP), crew.session.clock, crew.begin, _never),
        )
        for number in range(IN_THE_LOOP)
    ]
    for loop in loops:
        loop.start()
    for loop in loops:
        loop.join()


def _never() -> bool:
    return False


def _in_a_thread(way: Callable[[], None]) -> None:
    threading.Thread(target=way, daemon=True).start()


def _at_once(way: Callable[[], None]) -> None:
    way()


@contextmanager
def _stalled(pid: int) -> Iterator[None]:
    """Let a process stand still for a while, from a while on."""
    over = threading.Event()

    def stall() -> None:
        if not over.wait(STALL_FROM_S):
            os.kill(pid, signal.SIGSTOP)
            over.wait(STALL_S)
            os.kill(pid, signal.SIGCONT)

    thread = threading.Thread(target=stall)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
