"""A restaurant's tables at one moment: which are free, and what parties they seat together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from bookingflow.platform.database_models import Table

MOST_JOINED = 3
"""The platform joins up to three movable tables of one zone (docs/platform.md, "Planner")."""
LARGEST_TRIED = 6
"""Of each zone the largest movable tables are enough to tell whether a party can be seated."""


@dataclass(frozen=True)
class Seating:
    """All tables in service, and those of them that are free."""

    tables: Sequence[Table]
    free: Sequence[Table]

    @property
    def empty(self) -> bool:
        """Whether nobody has any table."""
        return len(self.free) == len(self.tables)

    def single(self, party: int) -> list[Table]:
        """Free tables that seat the party alone, smallest first."""
        return sorted((table for table in self.free if table.capacity >= party), key=lambda table: table.capacity)

    def joined(self, party: int) -> list[Table]:
        """Free tables of one zone that seat the party together; empty when there are none."""
        for movable in self._movable():
            for count in range(2, MOST_JOINED + 1):
                for tables in combinations(movable[:LARGEST_TRIED], count):
                    if sum(table.capacity for table in tables) >= party:
                        return list(tables)
        return []

    def most_seats(self) -> int:
        """The most seats the free tables offer one party."""
        alone = max((table.capacity for table in self.free), default=0)
        together = (sum(table.capacity for table in movable[:MOST_JOINED]) for movable in self._movable())
        return max(alone, *together, 0)

    def _movable(self) -> list[list[Table]]:
        """The free movable tables of each zone, largest first."""
        zones = {table.zone_id: [item for item in self.free if item.zone_id == table.zone_id] for table in self.free}
        return [
            sorted((table for table in tables if table.movable), key=lambda table: -table.capacity)
            for tables in zones.values()
        ]
