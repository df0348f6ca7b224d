"""The rate budget: on a live platform all processes of a run together stay below the platform's limit.

A file shared by all processes of a run holds the times of the last minute's bookings; who finds it full waits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from filelock import FileLock

from bookingflow.core.private_files import PRIVATE, opener
from bookingflow.core.timing import Clock

WINDOW_S = 60.0


class RateBudget:
    """At most `limit` bookings in any minute; 0 means no budget."""

    def __init__(self, path: Path, limit: int, clock: Clock) -> None:
        self._path = path
        self._limit = limit
        self._clock = clock

    def take(self, before_waiting: Callable[[float], None] | None = None) -> float:
        """Wait for one's turn; the seconds waited. Call before a booking's deadline begins.

        `before_waiting` gets the seconds that each wait will last.
        """
        waited = 0.0
        while self._limit:
            pause = self._try()
            if pause <= 0:
                break
            if before_waiting is not None:
                before_waiting(pause)
            self._clock.sleep(pause)
            waited += pause
        return waited

    def _try(self) -> float:
        """Take a place and return 0, or return the seconds until one is free."""
        with self._times() as file:
            now = self._clock.now().timestamp()
            recent = [at for at in _read(file) if now - at < WINDOW_S]
            if len(recent) >= self._limit:
                return max(0.001, recent[0] + WINDOW_S - now)
            file.seek(0)
            file.truncate()
            json.dump([*recent, now], file)
            return 0.0

    @contextmanager
    def _times(self) -> Iterator[IO[str]]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._path.with_suffix(".lock"), mode=PRIVATE)
        with lock, open(self._path, "a+", encoding="utf-8", opener=opener) as file:
            yield file


def _read(file: IO[str]) -> list[float]:
    file.seek(0)
    try:
        return [float(at) for at in json.load(file)]
    except ValueError:
        return []
