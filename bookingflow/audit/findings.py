"""What the run's own judgement found beside the scenarios: breaches, grouped by their code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bookingflow.core.errors import BrokenPromise
from bookingflow.core.failures import Breach, failure_of, worst_first
from bookingflow.core.text import capitalised, counted

MOST_EXAMPLES = 5
"""Examples of a finding that are shown; the rest is counted."""
ELSEWHERE = "Also broken, in bookings of other scenarios"
"""The heading over findings, wherever they are shown."""


@dataclass(frozen=True)
class Found:
    """A breach that no scenario asked about, and where it was seen."""

    breach: Breach
    booking: str = ""
    """The reference of the booking, empty where it is of no single one."""
    scenario: str = ""
    """The id, or name, of the scenario that made the booking."""

    @property
    def sentence(self) -> str:
        """The breach with its place: `booking X7KQ2M4RTA (BOOK-060): the notes are stored as …`."""
        made_by = f" ({self.scenario})" if self.scenario else ""
        return f"booking {self.booking}{made_by}: {self.breach}" if self.booking else f"{self.breach}{made_by}"


@dataclass(frozen=True)
class Finding:
    """All breaches of one code. `known` says why they are not held against the run; empty where they are."""

    code: str
    count: int
    bookings: tuple[str, ...]
    """References, each once."""
    examples: tuple[str, ...]
    """The first few, as parts of sentences."""
    known: str = ""

    @property
    def title(self) -> str:
        """The constant title of its code."""
        return failure_of(self.code).title

    @property
    def particulars(self) -> str:
        """How often it was found; what was found where that was once."""
        if self.count == 1:
            return capitalised(self.examples[0])
        seen = counted(len(self.bookings), "booking") if self.bookings else f"{self.count} places"
        return f"Found in {seen} of this run"

    def verdict(self) -> BrokenPromise:
        """The finding as a broken promise."""
        more = [f"and {self.count - len(self.examples)} more"] if self.count > len(self.examples) else []
        examples = [*self.examples, *more] if self.count > 1 else ()
        return BrokenPromise(self.particulars, code=self.code, examples=examples)


def grouped(found: Iterable[Found]) -> list[Finding]:
    """One finding for each code, the worst first, nothing counted twice."""
    once: dict[tuple[str, str, str], Found] = {}
    for one in found:
        once.setdefault((one.breach.code, one.booking, one.breach.particulars), one)
    by_code: dict[str, list[Found]] = {}
    for one in once.values():
        by_code.setdefault(one.breach.code, []).append(one)
    worst = worst_first([members[0].breach for members in by_code.values()])
    return [_finding(by_code[breach.code]) for breach in worst]


def _finding(members: Sequence[Found]) -> Finding:
    return Finding(
        code=members[0].breach.code,
        count=len(members),
        bookings=tuple(dict.fromkeys(one.booking for one in members if one.booking)),
        examples=tuple(one.sentence for one in members[:MOST_EXAMPLES]),
    )
