"""The attempt at assigning tables inside a POST: the guest does not wait for it longer than its limit.

One that takes longer is given up for the answer; its transaction may still commit later, as the platform's does.
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
"""Seconds until it is looked again whether an answer that is just being made is there."""


class InlineAttempt:
    """When the attempt began, and who answers the guest: whoever makes it, or whoever gives it up, one of them only."""

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self._until: float | None = None
        self._lock = threading.Lock()
        self._claimed = False
        self.given_up = False

    def begin(self) -> None:
        """The limit runs from now on."""
        self._until = time.monotonic() + self.limit_s

    @property
    def left_s(self) -> float:
        """Seconds until it is given up; before it begins all that it will have."""
        return self.limit_s if self._until is None else self._until - time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether it began, and has had its time."""
        return self._until is not None and self.left_s <= 0

    def claim(self) -> bool:
        """Whether whoever asks is to answer: who asks first is."""
        with self._lock:
            first, self._claimed = not self._claimed, True
        return first

    async def answered(self, take: Callable[[], T], give_up: Callable[[], T]) -> T:
        """What `take` returns, which begins the attempt; when that takes too long, what `give_up` returns. Both are
        called in threads.
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
    """Nobody waits for it any more, and asyncio need not complain that nobody looked how it ended."""
    if not late.cancelled():
        late.exception()
