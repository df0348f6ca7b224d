"""Waiting: one clock, one deadline, intervals that grow, and a hard limit on calls that may hang.

This is the only module of the suite that sleeps or starts a thread to wait.
"""

from __future__ import annotations

import functools
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")

SHORTEST_INTERVAL_S = 0.02
LONGEST_INTERVAL_S = 0.25
LONGEST_INTERVAL_LATE_S = 0.5
LATE_AFTER_S = 30.0
GROWTH = 0.1
"""docs/observing.md, "Looking": about 260 looks in 90 s, and a delay of about a tenth of the time waited."""


class Clock(Protocol):
    """What the library knows of time; tests give it a fake one."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""

    def now(self) -> datetime:
        """The wall clock in UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait; negative values don't."""


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)


class Ticker:
    """Calls an action at an interval, in a thread of its own, until it is stopped."""

    def __init__(self, action: Callable[[], None], every_s: float) -> None:
        self._action, self._every_s = action, every_s
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._tick, name="ticker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """No call of the action begins after this; safe to call twice."""
        self._stopped.set()
        self._thread.join()

    def _tick(self) -> None:
        while not self._stopped.wait(self._every_s):
            self._action()


class Deadline:
    """A point in time that nothing passes; made once, handed down, never restarted."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.clock = clock
        self.seconds = seconds
        self._start = clock.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the deadline was set."""
        return self.clock.monotonic() - self._start

    @property
    def remaining(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.seconds - self.elapsed)

    @property
    def expired(self) -> bool:
        """Whether no time is left."""
        return self.elapsed >= self.seconds

    def part(self, seconds: float) -> Deadline:
        """A deadline of its own that never outlives this one."""
        return Deadline(self.clock, min(seconds, self.remaining))


def next_interval(waited: float, *, elapsed: float, cap: float | None = None) -> float:
    """Seconds to wait before the next look, after `waited` seconds in this phase and `elapsed` seconds in all.

    `cap` shortens, never lengthens.
    """
    longest = LONGEST_INTERVAL_S if elapsed < LATE_AFTER_S else LONGEST_INTERVAL_LATE_S
    interval = min(max(waited * GROWTH, SHORTEST_INTERVAL_S), longest)
    return interval if cap is None else min(interval, cap)


class TimeUpError(Exception):
    """A call did not return within the time it was given; it has been abandoned."""


@dataclass
class _Box(Generic[T]):
    value: T | None = None
    error: BaseException | None = None


class Running(Generic[T]):
    """A call that runs in a thread beside the caller's, so that a hang in it can be left behind.

    The thread is a daemon: it never keeps the process alive. What abandons it must also cut off what it hangs
    on (close the socket), so that it ends.
    """

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._box: _Box[T] = _Box()
        self._done = threading.Event()
        _Worker.idle_or_new().jobs.put(self)

    def run(self) -> None:
        """Call, and keep what comes of it; for the thread that runs it."""
        try:
            self._box.value = self._call()
        except BaseException as error:  # noqa: BLE001 - handed over to the waiting thread, which raises it
            self._box.error = error

    def finish(self) -> None:
        """Wake the waiting thread; for the thread that runs it."""
        self._done.set()

    def wait(self, seconds: float) -> bool:
        """Whether the call has returned within this many seconds."""
        return self._done.wait(max(0.0, seconds))

    def result(self) -> T:
        """What the call returned; raises what it raised. Only after `wait` was true."""
        if self._box.error is not None:
            raise self._box.error
        return self._box.value  # type: ignore[return-value]  # set whenever no error is


class _Worker(threading.Thread):
    """Runs one call after the other: a thread for each call would cost more than most calls. One that hangs is not
    idle, so nothing waits behind it.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.jobs: queue.SimpleQueue[Running[Any]] = queue.SimpleQueue()
        self.start()

    @classmethod
    def idle_or_new(cls) -> _Worker:
        """A worker with nothing to do; nobody else gets it meanwhile."""
        try:
            return _idle_workers.pop()
        except IndexError:
            return cls()

    def run(self) -> None:
        """Work until the process ends."""
        while True:
            job = self.jobs.get()
            job.run()
            _idle_workers.append(self)
            job.finish()
            del job


_idle_workers: list[_Worker] = []


def within(seconds: float, call: Callable[[], T], *, abandon: Callable[[], None] | None = None) -> T:
    """Run a call that may hang for ever; raises TimeUpError after this many seconds, having called `abandon`."""
    running = Running(call)
    if running.wait(seconds):
        return running.result()
    if abandon is not None:
        abandon()
    raise TimeUpError(_no_answer(seconds))


@dataclass(eq=False)
class _Watched:
    """A call under way: when it is to be cut off, and whether it was."""

    until: float
    cut: Callable[[], None]
    was_cut: bool = False


class _Watchdog(threading.Thread):
    """Cuts off what takes too long. One for all calls: handing each to a thread of its own would cost more than most
    calls.
    """

    TICK_S = 0.05

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.watched: set[_Watched] = set()
        self.start()

    def run(self) -> None:
        """Watch until the process ends."""
        while True:
            time.sleep(self.TICK_S)
            now = time.monotonic()
            for call in tuple(self.watched):
                if now >= call.until and not call.was_cut:
                    call.was_cut = True
                    call.cut()


@functools.cache
def _watchdog() -> _Watchdog:
    return _Watchdog()


def cut_off_after(seconds: float, call: Callable[[], T], cut: Callable[[], None]) -> T:
    """Make a call that ends, with an error, once it is `cut`; raises TimeUpError when that was done, after so many
    seconds. `cut` is called in another thread.
    """
    watched = _Watched(time.monotonic() + seconds, cut)
    watchdog = _watchdog()
    watchdog.watched.add(watched)
    try:
        return call()
    except Exception as error:
        if watched.was_cut:
            raise TimeUpError(_no_answer(seconds)) from error
        raise
    finally:
        watchdog.watched.discard(watched)


def _no_answer(seconds: float) -> str:
    return f"no answer within {seconds:.1f} s"
