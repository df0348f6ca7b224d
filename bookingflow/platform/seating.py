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
        return sorted((table for table in self.free if table.takes(party)), key=lambda table: table.capacity)

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
        alone = max((table.largest_party for table in self.free), default=0)
        together = (sum(table.capacity for table in movable[:MOST_JOINED]) for movable in self._movable())
        return max(alone, *together, 0)

    def _movable(self) -> list[list[Table]]:
        """The free movable tables of each zone, largest first; not those for parties of a certain size, which may be
        kept from being joined.
        """
        joinable = [table for table in self.free if table.movable and table.max_party is None]
        largest_first = sorted(joinable, key=lambda table: -table.capacity)
        zones = dict.fromkeys(table.zone_id for table in self.free)
        return [[table for table in largest_first if table.zone_id == zone] for zone in zones]
