"""When a run asks nothing more: a platform that can't be reached costs each later scenario its time-outs."""

from __future__ import annotations

GIVE_UP_AFTER = 2
"""Scenarios in a row without an answer, after which the rest is not asked: each would wait for its own time-outs."""


class GivingUp:
    """Counts scenarios that did not reach the platform."""

    def __init__(self) -> None:
        self._unreached = 0

    def judged(self, *, reached: bool) -> None:
        """A scenario that asked the platform is over: whether the platform could be reached."""
        self._unreached = 0 if reached else self._unreached + 1

    @property
    def reason(self) -> str | None:
        """Why nothing is asked of the platform any more; None while it answers."""
        if self._unreached < GIVE_UP_AFTER:
            return None
        return f"the platform could not be reached in {self._unreached} scenarios, one after the other"
