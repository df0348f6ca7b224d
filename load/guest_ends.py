"""How a guest's way ended, and the figures over many of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from bookingflow.checks.speed import nearest_rank

NEVER = math.inf
"""The time to a table of a guest who got none."""


class End(StrEnum):
    """How a guest's way ended, as far as the load is concerned."""

    TABLE = "table"
    """Confirmed, with a table."""
    FULL = "full"
    """No table was left: a question of capacity, not of the platform."""
    FAILED = "failed"
    """The platform broke its promise."""
    DROPPED = "dropped"
    """Not sent: too many guests were on their way already."""
    NOT_JUDGED = "not_judged"
    """Something else stood between."""


@dataclass(frozen=True)
class GuestEnd:
    """One guest, once it is over. Times in milliseconds."""

    due_s: float
    """When it was to arrive, in seconds from the start."""
    end: End
    late_ms: float = 0.0
    """How much later than that the load itself sent it."""
    to_table_ms: float | None = None
    """From the moment at which it was to arrive until its table was certain."""
    phases_ms: Mapping[str, float] = field(default_factory=dict)
    code: str = ""
    sentence: str = ""
    email: str = ""
    key: str = ""
    booking_id: str | None = None

    def as_message(self) -> dict[str, Any]:
        """In what Locust can send."""
        return asdict(self) | {"end": str(self.end)}

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> GuestEnd:
        """What was sent."""
        return cls(**{**message, "end": End(message["end"])})


def percentile(values: Iterable[float], share: float) -> float | None:
    """The smallest value that at least this share of all does not exceed (nearest rank); None without values."""
    ordered = sorted(values)
    return nearest_rank(ordered, share) if ordered else None


def count(guests: Iterable[GuestEnd], *ends: End) -> int:
    """How many ended so."""
    return sum(1 for guest in guests if guest.end in ends)


def times_to_table(guests: Iterable[GuestEnd], *, without_our_lateness: bool = False) -> list[float]:
    """Seconds until each had a table, NEVER for whom the platform gave none.

    Who met a full house, and of whom nothing can be said, is not counted: that says nothing of the platform's speed.
    """
    times = []
    for guest in guests:
        if guest.to_table_ms is not None:
            times.append((guest.to_table_ms - (guest.late_ms if without_our_lateness else 0.0)) / 1000)
        elif guest.end in {End.FAILED, End.DROPPED}:
            times.append(NEVER)
    return times


def phase_times(guests: Sequence[GuestEnd]) -> dict[str, list[float]]:
    """Seconds that each phase took, of all guests who went through it."""
    found: dict[str, list[float]] = {}
    for guest in guests:
        for phase, milliseconds in guest.phases_ms.items():
            found.setdefault(phase, []).append(milliseconds / 1000)
    return found
