"""Fixed windows aligned to the clock minute, by restaurant and client address (docs/platform.md, "Rate limits")."""

from __future__ import annotations

import math
import threading
from collections import Counter
from dataclasses import dataclass

from demo.clock import Clock

WINDOW_S = 60
CREATE_LIMIT = 60
LOOKUP_LIMIT = 20


@dataclass(frozen=True)
class Exceeded:
    """A request over the limit; seconds until the next window, and its start in epoch milliseconds."""

    retry_after: int
    reset_ms: int
    limit: int


class RateLimiter:
    """Counts requests in memory, as one process of the platform does."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._window = 0
        self._hits: Counter[str] = Counter()

    def hit(self, key: str, limit: int) -> Exceeded | None:
        """Count one request; return Exceeded when it is over the limit."""
        now = self._clock.now().timestamp()
        window = int(now // WINDOW_S)
        with self._lock:
            if window != self._window:
                self._window, self._hits = window, Counter()
            self._hits[key] += 1
            over = self._hits[key] > limit
        if not over:
            return None
        ends = (window + 1) * WINDOW_S
        return Exceeded(max(1, math.ceil(ends - now)), ends * 1000, limit)

    def clear(self) -> None:
        """Start counting anew."""
        with self._lock:
            self._hits = Counter()
