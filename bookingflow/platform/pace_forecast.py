"""What the rate budget will cost a run, by what its scenarios took when they last ran at this platform."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bookingflow.core.text import counted
from bookingflow.platform.rate_budget import WINDOW_S, Spent

ROUGHLY_S = 10
"""Seconds to which a time is rounded."""


@dataclass(frozen=True)
class Forecast:
    """What a run is likely to take. Times in seconds."""

    limit: int
    """Bookings a minute."""
    bookings: int
    """That count for the platform's limit."""
    waiting_s: float
    total_s: float
    unknown: int
    """Scenarios of which nothing is known yet, left out of all this."""

    @classmethod
    def of(
        cls,
        scenarios: Sequence[str],
        limit: int,
        spent: Mapping[str, Spent],
        took_s: Mapping[str, float],
        jobs: int = 1,
    ) -> Forecast:
        """Forecast for these scenarios, by id and name, one after the other or in this many jobs side by side.

        `spent` is what each took of the budget, `took_s` how long it ran, its waiting included, if that is known.
        """
        now, waiting_s, times = 0.0, 0.0, list[float]()
        known = [(spent[name], took_s.get(name, 0.0)) for name in scenarios if name in spent]
        for cost, took in known:
            for _ in range(cost.bookings):
                free_at = times[-limit] + WINDOW_S if len(times) >= limit else now
                waiting_s += max(0.0, free_at - now)
                now = max(now, free_at)
                times.append(now)
            now += max(0.0, took - cost.waited_s) / jobs
        return cls(limit, len(times), waiting_s, now, len(scenarios) - len(known))

    def __str__(self) -> str:
        """Empty where the budget costs nothing."""
        if not self.bookings:
            pace = f"at most {counted(self.limit, 'booking')} a minute are sent (BOOKING_RATE_BUDGET)"
            how_long = "how long a run waits for that is known once it has run here"
            return f"{pace}; {how_long}." if self.unknown else ""
        if self.waiting_s < ROUGHLY_S and not self.unknown:
            return ""
        waiting = f"about {_in_words(self.waiting_s)} of waiting" if self.waiting_s >= ROUGHLY_S else "no waiting"
        sentence = (
            f"about {counted(self.bookings, 'booking')} count for the platform's limit, and at most {self.limit} "
        )
        sentence += f"a minute are sent (BOOKING_RATE_BUDGET): {waiting}, about {_in_words(self.total_s)} in all, "
        sentence += "as these scenarios ran last."
        if self.unknown:
            sentence += f" Left out: {counted(self.unknown, 'scenario')} not run here yet."
        return sentence


def _in_words(seconds: float) -> str:
    """`40 s`, `2 min 10 s`, rounded up."""
    minutes, rest = divmod(max(ROUGHLY_S, math.ceil(seconds / ROUGHLY_S) * ROUGHLY_S), 60)
    return " ".join([f"{minutes} min"] * bool(minutes) + [f"{rest} s"] * bool(rest))
