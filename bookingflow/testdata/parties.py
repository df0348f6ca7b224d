"""Parties as sentences name them: a number, or measured by the house, so that no number fits only one restaurant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bookingflow.core.errors import NotAtThisRestaurant
from bookingflow.core.patterns import pattern
from bookingflow.platform.database_models import Table

Measure = Callable[[Sequence[Table]], int]


def _seated(tables: Sequence[Table]) -> list[int]:
    """The largest party of each table, smallest first."""
    return sorted(table.largest_party for table in tables)


MEASURES: dict[str, Measure] = {
    "as many guests as the smallest table seats": lambda tables: _seated(tables)[0],
    "as many guests as the largest table seats": lambda tables: _seated(tables)[-1],
    "one guest more than the smallest table seats": lambda tables: _seated(tables)[0] + 1,
    "one guest more than the largest table seats": lambda tables: _seated(tables)[-1] + 1,
    "as many guests as the two largest tables seat": lambda tables: sum(_seated(tables)[-2:]),
    "one guest more than the two largest tables seat": lambda tables: sum(_seated(tables)[-2:]) + 1,
    "more guests than the house seats": lambda tables: sum(table.capacity for table in tables) + 1,
}
_NUMBER = pattern(r"\d+")
PATTERN = r"[1-9]\d* guests?|" + "|".join(MEASURES)


@dataclass(frozen=True)
class Party:
    """How many guests; what the house's tables make of a measure."""

    words: str

    def size(self, tables: Sequence[Table]) -> int:
        """The number of guests at a restaurant with these tables; raises NotAtThisRestaurant where there are none."""
        if not tables:
            raise NotAtThisRestaurant("The restaurant has no table in service.")
        number = _NUMBER.match(self.words)
        return int(number.group()) if number else MEASURES[self.words](tables)

    def __str__(self) -> str:
        return self.words
