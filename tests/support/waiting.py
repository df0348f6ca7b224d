"""Waiting for what other processes and threads do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 60.0
"""Nothing is expected to take so long: who waits so long waits for what never comes."""
LOOK_S = 0.02


def eventually(found: Callable[[], T]) -> T:
    """What this finds, once that is true."""
    until = time.monotonic() + PATIENCE_S
    while not (value := found()):
        assert time.monotonic() < until, f"not seen within {PATIENCE_S:g} s"
        time.sleep(LOOK_S)
    return value
