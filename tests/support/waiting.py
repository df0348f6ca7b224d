"""Waiting for what other processes and threads do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 300.0
"""Nothing that tests wait for takes so long, as slow as the machine may be: it hangs, or never comes."""
LOOK_S = 0.02


def eventually(found: Callable[[], T]) -> T:
    """What this finds, once that is true."""
    until = time.monotonic() + PATIENCE_S
    while not (value := found()):
        assert time.monotonic() < until, f"not seen within {PATIENCE_S:g} s"
        time.sleep(LOOK_S)
    return value
