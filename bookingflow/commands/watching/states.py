"""What attempts amount to: up, degraded, down or blind. Pure; knows neither platform nor clock.

A state changes only when attempts in a row agree: one blip wakes nobody, and one lucky booking ends no outage. While
they do not, another attempt is made soon, three in a round at most:

    the attempt says what is known already       nothing changes, and none is made any more
    two in a row say the same                    so it is; of broken promises the cause must be the same too
    three, all broken, each for another cause    down all the same: no guest was served
    three that agree in nothing else             what two of them say unless that is "down"; else blind where one was
                                                 not judged, degraded where bookings succeed only now and then
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bookingflow.core.exit_status import ExitStatus

MOST_ATTEMPTS = 3
"""Attempts of one round."""


class State(StrEnum):
    """How bookings go at the platform, as far as the monitor knows."""

    UP = "up"
    DEGRADED = "degraded"
    """A guest gets a table, and waits long for it."""
    DOWN = "down"
    """The promise is broken."""
    BLIND = "blind"
    """It could not be judged; the platform is accused of nothing."""

    @property
    def judged(self) -> bool:
        """Whether something is known of the platform."""
        return self is not State.BLIND

    @property
    def exit_status(self) -> ExitStatus:
        """What a single round of this end exits with."""
        return {State.DOWN: ExitStatus.BROKEN, State.BLIND: ExitStatus.NOT_JUDGED}.get(self, ExitStatus.KEPT)


@dataclass(frozen=True)
class Attempt:
    """One booking, made and judged; already sanitized. Times in seconds."""

    state: State
    """What this attempt alone says."""
    began: datetime.datetime
    code: str = ""
    title: str = ""
    sentence: str = ""
    """Why it is not up; empty where it is."""
    who_can_act: str = ""
    seconds: float | None = None
    """How long the guest waited for a table; None without one."""
    phases: Mapping[str, float] = field(default_factory=dict)
    booked: str = ""
    """The booking for people: `Booking X7KQ2M4RTA for 4 guests, Fri 27 Nov 19:00`; empty where none was sent."""
    reference: str = ""
    trace_id: str = ""
    restaurant: str = ""
    zone: str = ""
    """Where it was made; empty while that is not known."""

    def agrees_with(self, other: Attempt) -> bool:
        """Whether both say the same."""
        return self.state is other.state and (self.state is not State.DOWN or self.code == other.code)


def settled(attempts: Sequence[Attempt], known: State) -> Attempt | None:
    """The attempt that says how the round ended, seen from the state that is `known`; None while another is needed."""
    last = attempts[-1]
    if last.state is known or (len(attempts) > 1 and last.agrees_with(attempts[-2])):
        return last
    if len(attempts) < MOST_ATTEMPTS:
        return None
    by_state = Counter(attempt.state for attempt in attempts)
    if by_state[State.DOWN] == len(attempts):
        return last
    most, count = by_state.most_common(1)[0]
    if count > 1 and most is not State.DOWN:
        return _last_of(attempts, most)
    if by_state[State.BLIND]:
        return _last_of(attempts, State.BLIND)
    return replace(_last_of(attempts, State.DOWN), state=State.DEGRADED)


def _last_of(attempts: Sequence[Attempt], state: State) -> Attempt:
    return next(attempt for attempt in reversed(attempts) if attempt.state is state)
