"""A logarithmic axis of times, for pictures in which fast and slow ones stand side by side."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class TimeAxis:
    """Over whole steps of 1, 2 and 5, so that times that differ a hundredfold share it. Milliseconds, and pixels."""

    least: float
    most: float
    left: float
    right: float

    @classmethod
    def over(cls, times: Iterable[float], left: float, right: float) -> TimeAxis:
        """The narrowest axis between these edges that holds all of the times, at least a decade wide."""
        given = [max(time, 0.1) for time in times]
        least = _step_below(min(given))
        most = max(given)
        top = next(step for step in _steps(least) if step >= most and step >= least * 10)
        return cls(least, top, left, right)

    def place(self, time: float) -> float:
        """Pixels from the picture's left edge."""
        part = math.log(max(time, self.least) / self.least) / math.log(self.most / self.least)
        return self.left + min(part, 1.0) * (self.right - self.left)

    def marks(self) -> list[float]:
        """Where the axis has its numbers."""
        return list(itertools.takewhile(lambda step: step <= self.most, _steps(self.least)))


def number(milliseconds: float) -> str:
    """The words at a mark."""
    return f"{milliseconds:g} ms" if milliseconds < 999.5 else f"{milliseconds / 1000:g} s"


def _steps(least: float) -> Iterable[float]:
    """1, 2 and 5 times every power of ten, from this one of them on."""
    power = math.floor(math.log10(least) + 1e-9)
    while True:
        yield from (step for factor in (1, 2, 5) if (step := factor * 10.0**power) > least * 0.999)
        power += 1


def _step_below(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return max(factor * power for factor in (1, 2, 5) if factor * power <= value * 1.0001)
