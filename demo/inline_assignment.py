"""The attempt at assigning tables inside a POST, and its time limit.

After the limit the guest is answered without tables; the transaction may still commit later, as the platform's does.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

T = TypeVar("T")
MOMENT_S = 0.01
"""Seconds between two looks for an answer that is just being made."""


class InlineAttempt:
    """When the attempt began, and which of two threads answers: the one that makes it, or the one that gives it up."""

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self._until: float | None = None
        self._lock = threading.Lock()
        self._claimed = False
        self.given_up = False

    def begin(self) -> None:
        """Start the time limit."""
        self._until = time.monotonic() + self.limit_s

    @property
    def left_s(self) -> float:
        """Seconds until the attempt is given up; before it begins, the whole limit."""
        return self.limit_s if self._until is None else self._until - time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether the attempt has begun and its limit has passed."""
        return self._until is not None and self.left_s <= 0

    def claim(self) -> bool:
        """Return True to the first caller, who answers the guest, and False to all others."""
        with self._lock:
            first, self._claimed = not self._claimed, True
        return first

    async def answered(self, take: Callable[[], T], give_up: Callable[[], T]) -> T:
        """Return what `take` returns, which begins the attempt; after the limit what `give_up` returns.

        Both are called in threads.
        """
        taking = asyncio.ensure_future(run_in_threadpool(take))
        while not taking.done():
            await asyncio.wait({taking}, timeout=max(self.left_s, MOMENT_S))
            if not taking.done() and self.is_over and self.claim():
                self.given_up = True
                taking.add_done_callback(_forgotten)
                return await run_in_threadpool(give_up)
        return taking.result()


def _forgotten(late: asyncio.Future[T]) -> None:
    """Read a late result, so that asyncio does not warn of one that was never read."""
    if not late.cancelled():
        late.exception()
