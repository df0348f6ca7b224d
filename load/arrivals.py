"""When guests arrive: stages of this many a second, steady or ramped, as moments on the clock, and how they begin.

Guests don't wait for each other: a platform that is slow meets as many as one that is fast (an open model).
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bookingflow.core.timing import Clock
from bookingflow.platform.slots import Slot

T = TypeVar("T")

MOST_A_SECOND = 500.0
MOST_GUESTS = 20_000
"""What each guest leaves behind is kept until the end, to be judged."""
LONGEST_S = 12 * 3600.0
TICK_S = 0.2
"""Seconds after which a wait for the next guest notices that no more are to come."""


class WrongPlan(ValueError):
    """Arrivals that can't be; the message is a sentence for people."""


@dataclass(frozen=True)
class Stage:
    """This many seconds in which guests arrive at a rate (a second) that goes evenly from `since` to `until`."""

    since: float
    until: float
    seconds: float

    @property
    def guests(self) -> float:
        """How many arrive in it, a part of one included."""
        return (self.since + self.until) / 2 * self.seconds

    def due(self, guests: float) -> float:
        """Seconds until this many of them, at most all, have arrived."""
        growth = (self.until - self.since) / self.seconds
        if growth == 0:
            return guests / self.since
        return (math.sqrt(max(0.0, self.since**2 + 2 * growth * guests)) - self.since) / growth


def stages_of(written: str) -> list[Stage]:
    """Read `RATE:SECONDS` and `FROM-TO:SECONDS`, separated by commas; raises WrongPlan."""
    stages = [_stage(part.strip()) for part in written.split(",")]
    guests, seconds = sum(stage.guests for stage in stages), sum(stage.seconds for stage in stages)
    if round(guests) < 1:
        raise WrongPlan(f"With {written!r} nobody would arrive.")
    if guests > MOST_GUESTS:
        raise WrongPlan(f"{written!r} makes {guests:,.0f} guests; at most {MOST_GUESTS:,} come in one run.")
    if seconds > LONGEST_S:
        raise WrongPlan(f"{written!r} lasts {seconds:,.0f} s; a run lasts at most {LONGEST_S:,.0f} s.")
    return stages


def _stage(part: str) -> Stage:
    rates, _, seconds = part.partition(":")
    since, ramp, until = rates.partition("-")
    try:
        stage = Stage(float(since), float(until if ramp else since), float(seconds))
    except ValueError as error:
        raise WrongPlan(
            f"{part!r} is no stage of arrivals: write RATE:SECONDS, or FROM-TO:SECONDS for a ramp, like 0-4:5,4:20."
        ) from error
    if not math.isfinite(stage.seconds) or stage.seconds <= 0:
        raise WrongPlan(f"{part!r}: a stage lasts some seconds.")
    if not all(0 <= rate <= MOST_A_SECOND for rate in (stage.since, stage.until)):
        raise WrongPlan(f"{part!r}: from 0 to {MOST_A_SECOND:g} guests arrive a second.")
    return stage


def moments(stages: Sequence[Stage]) -> list[float]:
    """Seconds from the start at which each guest arrives, in order: evenly, in the middle of its share of the rate."""
    found: list[float] = []
    began = before = 0.0
    for stage in stages:
        while len(found) + 0.5 <= before + stage.guests:
            found.append(began + min(stage.seconds, stage.due(len(found) + 0.5 - before)))
        began, before = began + stage.seconds, before + stage.guests
    return found


def busiest(at: Sequence[float], seconds: float) -> int:
    """The most arrivals that fall into any window of that many seconds."""
    most = first = 0
    for last, moment in enumerate(at):
        while moment - at[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def share(items: Sequence[T], index: int, of: int) -> list[T]:
    """One worker's part: each item is in exactly one of them, and they are of one size, or nearly."""
    return list(items[index::of])


@dataclass(frozen=True)
class Arrival:
    """A guest to come: this many seconds after the start, for a table at this slot."""

    at: float
    slot: Slot
    party: int

    def as_message(self) -> list[Any]:
        """In what Locust can send."""
        return [self.at, self.slot.date.isoformat(), self.slot.time.isoformat(), self.slot.zone, self.party]

    @classmethod
    def from_message(cls, message: Sequence[Any]) -> Arrival:
        """What was sent."""
        at, date, time, zone, party = message
        return cls(at, Slot(datetime.date.fromisoformat(date), datetime.time.fromisoformat(time), zone), party)


def dispatch(
    arrivals: Sequence[Arrival], clock: Clock, begin: Callable[[Arrival, float], None], stopped: Callable[[], bool]
) -> int:
    """Begin each guest at its moment, given as the clock's reading; how many were begun when it was over, or `stopped`.

    Who is overdue is begun at once, whatever became of those before; nobody is left out for being late.
    """
    for number, (arrival, due) in enumerate(_due(arrivals, clock.monotonic())):
        while (wait := due - clock.monotonic()) > 0 and not stopped():
            clock.sleep(min(wait, TICK_S))
        if stopped():
            return number
        begin(arrival, due)
    return len(arrivals)


def _due(arrivals: Sequence[Arrival], start: float) -> Iterator[tuple[Arrival, float]]:
    return ((arrival, start + arrival.at) for arrival in arrivals)
