"""Which tables a party gets: pure planning, no database (docs/platform.md, "Planner" and "Table windows")."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import combinations

MOST_TABLES = 3
"""That are joined for one party."""
DINNER_FROM = datetime.time(17, 0)
DINNER_UNTIL = datetime.time(22, 0)
BUFFER = datetime.timedelta(minutes=5)
_MINUTES = {"lunch": (60, 75, 85, 85), "dinner": (60, 75, 85, 90)}

NO_TABLES = "No tables meet the capacity requirements for this party size."
NO_SUITABLE = "No suitable tables available"
REASON_CODES = {NO_TABLES: "hard.no_tables", NO_SUITABLE: "hard.no_suitable_tables"}


@dataclass(frozen=True)
class Table:
    """A table in service."""

    id: str
    number: str
    capacity: int
    zone_id: str
    area: str
    movable: bool
    min_party: int = 1
    max_party: int | None = None

    def takes(self, party: int) -> bool:
        """Whether it may be given to a party of this size alone; a small one gets it where nothing else is left."""
        return party <= min(self.capacity, self.max_party or self.capacity)


@dataclass(frozen=True)
class Plan:
    """Tables for a party, all in one zone."""

    tables: tuple[Table, ...]

    @property
    def capacity(self) -> int:
        """Seats of all its tables."""
        return sum(table.capacity for table in self.tables)


def table_minutes(start: datetime.time, party: int) -> tuple[datetime.timedelta, bool]:
    """Return how long a party keeps its tables, buffer included, and whether the end of dinner cuts that short."""
    service = "dinner" if DINNER_FROM <= start < DINNER_UNTIL else "lunch"
    step = 0 if party <= 2 else 1 if party <= 4 else 2 if party <= 6 else 3
    return datetime.timedelta(minutes=_MINUTES[service][step]) + BUFFER, service == "dinner"


def plan(party: int, seating: str, tables: Collection[Table], busy: Collection[str], *, merges: bool) -> Plan | str:
    """Return the fewest, best fitting free tables, in the wished area where possible; else the reason for none."""
    free = [table for table in tables if table.id not in busy]
    unwished = None
    for plans in _plans(party, free, merges=merges):
        best = min(plans, key=lambda found: _cost(found, party, seating), default=None)
        if best is not None and _is_wished(best, seating):
            return best
        unwished = unwished or best
    if unwished is not None:
        return unwished
    possible = any(next(plans, None) for plans in _plans(party, tables, merges=merges))
    return NO_SUITABLE if possible else NO_TABLES


def _cost(found: Plan, party: int, seating: str) -> tuple[bool, int, str]:
    """The best of several plans with equally many tables is the one with the lowest cost."""
    return not _is_wished(found, seating), found.capacity - party, "".join(table.number for table in found.tables)


def _is_wished(found: Plan, seating: str) -> bool:
    return seating == "any" or all(table.area == seating for table in found.tables)


def _plans(party: int, tables: Collection[Table], *, merges: bool) -> Iterator[Iterator[Plan]]:
    """Yield all plans that seat the party: first those of one table, then those of one that is for larger parties, then
    those of two joined tables, and so on.
    """
    yield (Plan((table,)) for table in tables if table.takes(party) and party >= table.min_party)
    yield (Plan((table,)) for table in tables if table.takes(party))
    by_zone: dict[str, list[Table]] = {}
    for table in tables:
        if merges and table.movable:
            by_zone.setdefault(table.zone_id, []).append(table)
    for count in range(2, MOST_TABLES + 1):
        joined = (Plan(tables) for zone in by_zone.values() for tables in combinations(zone, count))
        yield (plan for plan in joined if plan.capacity >= party)
