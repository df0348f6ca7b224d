"""The rate budget: on a live platform all processes of a run together stay below the platform's limit.

A file that they share, and that the next run reads, holds what is known of this platform's pace: the times of the last
bookings, the limit that its answers state, and what each scenario cost. Who finds no room waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from filelock import FileLock
from pydantic import BaseModel, Field

from bookingflow.core.private_files import PRIVATE, opener_making
from bookingflow.core.timing import Clock
from bookingflow.platform.answers import limit_stated
from bookingflow.platform.api_models import Exchange

WINDOW_S = 60.0
DEFAULT_BUDGET = 50
"""Of the 60 a minute that the platform takes (docs/platform.md, "Rate limits")."""
KEPT_FREE = 6
"""Of a limit that answers state one part in so many is kept free, as of 60: for requests that are late, and others'."""


class Spent(BaseModel):
    """What a scenario took of the budget when it last ran."""

    bookings: int = 0
    waited_s: float = 0.0


class Pace(BaseModel):
    """What is known of one platform's pace. Times in seconds since 1970, by our clock."""

    platform: str
    times: list[float] = []
    """Of the last minute's bookings."""
    limit: int | None = Field(default=None, ge=1)
    """Bookings a minute, as an answer stated it."""
    left: int | None = None
    """How many more are taken until `ends_at`, as far as an answer said so."""
    ends_at: float = 0.0
    """When the platform begins to count anew."""
    scenarios: dict[str, Spent] = {}
    """By id and name."""


class RateBudget:
    """At most this many bookings in any minute; 0 means no budget, None the limit that answers state, else 50."""

    def __init__(self, path: Path, budget: int | None, clock: Clock, platform: str = "") -> None:
        self._path = path
        self._budget = budget
        self._clock = clock
        self._platform = platform
        self._scenario: str | None = None
        self._spent = Spent()
        """By that scenario so far."""

    @property
    def active(self) -> bool:
        """Whether there is one."""
        return self._budget != 0

    @property
    def limit(self) -> int:
        """Bookings a minute; 0 without a budget."""
        if not self.active:
            return 0
        with self._pace() as pace:
            return self._limit(pace)

    def spent(self) -> Mapping[str, Spent]:
        """What each scenario took when it last ran at this platform, by its id and name."""
        if not self.active:
            return {}
        with self._pace() as pace:
            return pace.scenarios

    def enter(self, scenario: str) -> None:
        """What is taken from here on is this scenario's."""
        self._scenario, self._spent = scenario, Spent()

    def leave(self) -> None:
        """Keep what the scenario took, for the next run's forecast; what can't be written is not known then."""
        scenario, self._scenario = self._scenario, None
        if self.active and scenario is not None:
            with suppress(OSError), self._pace(write=True) as pace:
                pace.scenarios[scenario] = self._spent

    def take(self, before_waiting: Callable[[float], None] | None = None) -> float:
        """Wait for one's turn; the seconds waited. Call before a booking's deadline begins.

        `before_waiting` gets the seconds that each wait will last.
        """
        waited = 0.0
        while self.active:
            pause = self._try(waited)
            if pause <= 0:
                break
            if before_waiting is not None:
                before_waiting(pause)
            self._clock.sleep(pause)
            waited += pause
        return waited

    def heed(self, exchange: Exchange) -> None:
        """Learn from an answer to a booking what it states of the limit, where no budget was set."""
        stated = limit_stated(exchange) if self._budget is None else None
        if stated is None:
            return
        with self._pace(write=True) as pace:
            pace.limit = stated.limit or pace.limit
            if stated.left is None or stated.ends_in_s is None:
                return
            ends_at = self._now() + min(stated.ends_in_s, WINDOW_S)
            same = pace.left is not None and abs(ends_at - pace.ends_at) < WINDOW_S / 2
            # Of answers that come side by side the least one holds: the others had not been counted yet.
            pace.left = min(stated.left, pace.left) if same and pace.left is not None else stated.left
            pace.ends_at = max(ends_at, pace.ends_at) if same else ends_at

    def _try(self, waited: float) -> float:
        """Take a place and return 0, or return the seconds until one is free."""
        with self._pace(write=True) as pace:
            now = self._now()
            pause = self._pause(pace, now)
            if pause > 0:
                return max(0.001, pause)
            pace.times.append(now)
            if pace.left is not None:
                pace.left -= 1
            self._spent.bookings += 1
            self._spent.waited_s = round(self._spent.waited_s + waited, 3)
            return 0.0

    def _pause(self, pace: Pace, now: float) -> float:
        """The seconds until the platform takes one more; forgets what it does not count any more."""
        if pace.ends_at - now > WINDOW_S:  # the clock was set back meanwhile
            pace.ends_at, pace.left = 0.0, None
        if pace.left is not None and now < pace.ends_at:
            return pace.ends_at - now if pace.left <= 0 else 0.0
        pace.left = None
        pace.times = [at for at in pace.times if abs(now - at) < WINDOW_S and at >= pace.ends_at]
        beyond = len(pace.times) - self._limit(pace)
        return 0.0 if beyond < 0 else pace.times[beyond] + WINDOW_S - now

    def _limit(self, pace: Pace) -> int:
        if self._budget is not None:
            return self._budget
        return DEFAULT_BUDGET if pace.limit is None else max(1, pace.limit - -(-pace.limit // KEPT_FREE))

    def _now(self) -> float:
        return self._clock.now().timestamp()

    @contextmanager
    def _pace(self, *, write: bool = False) -> Iterator[Pace]:
        """What the file says, held while it is looked at; another platform's, or what can't be read, is begun anew."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._path.with_suffix(".lock"), mode=PRIVATE)
        with lock, open(self._path, "r+", encoding="utf-8", opener=opener_making) as file:
            pace = _read(file)
            if pace is None or pace.platform != self._platform:
                pace = Pace(platform=self._platform)
            yield pace
            if write:
                file.seek(0)
                file.write(pace.model_dump_json(exclude_defaults=True))
                file.truncate()  # not emptied first: ext4 writes an emptied file to the disk as it is closed


def _read(file: IO[str]) -> Pace | None:
    file.seek(0)
    try:
        return Pace.model_validate_json(file.read())
    except ValueError:
        return None
