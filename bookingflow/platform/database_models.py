"""What the database shows: a booking with its tables, a day's hours, what takes a table, what a role may read."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class AssignedTable:
    """A table that a booking holds, with the time it is held for."""

    table_id: str
    number: str
    capacity: int
    zone_id: str
    zone: str
    area: str
    start_at: datetime.datetime | None
    end_at: datetime.datetime | None
    merge_group_id: str | None
    restaurant_id: str = ""
    in_service: bool = True
    movable: bool = True
    max_party: int | None = None
    """The largest party that the restaurant seats there; None where only the seats count."""


@dataclass(frozen=True)
class BookingRow:
    """A booking and its tables as the database shows them at one moment."""

    id: str
    restaurant_id: str
    status: str
    reference: str
    date: datetime.date
    start_time: datetime.time
    end_time: datetime.time
    start_at: datetime.datetime | None
    end_at: datetime.datetime | None
    party_size: int
    booking_type: str
    seating_preference: str
    customer_name: str
    customer_email: str
    customer_phone: str
    notes: str | None
    marketing_opt_in: bool
    idempotency_key: str | None
    details: Mapping[str, Any]
    last_result: Mapping[str, Any] | None
    created_at: datetime.datetime
    updated_at: datetime.datetime
    tables: tuple[AssignedTable, ...]

    @property
    def capacity(self) -> int:
        """Seats at the tables of this booking."""
        return sum(table.capacity for table in self.tables)

    @property
    def last_reason(self) -> str | None:
        """Why the platform's last recorded attempt found no table."""
        reason = (self.last_result or {}).get("reason")
        return None if reason is None else str(reason)


@dataclass(frozen=True)
class StatusChange:
    """One row of the platform's own status history."""

    from_status: str | None
    to_status: str
    at: datetime.datetime
    reason: str | None


@dataclass(frozen=True)
class PlatformEvent:
    """Something the platform noted about a booking."""

    at: datetime.datetime
    source: str
    type: str
    context: Mapping[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """The full look: the booking, its history, and the platform's events (None where they can't be read)."""

    booking: BookingRow | None
    history: tuple[StatusChange, ...] = ()
    events: tuple[PlatformEvent, ...] | None = None

    def count(self, event_type: str) -> int:
        """How often the platform noted this."""
        return sum(1 for event in self.events or () if event.type == event_type)

    def last(self, event_type: str) -> PlatformEvent | None:
        """The latest event of this type."""
        return next((event for event in reversed(self.events or ()) if event.type == event_type), None)


@dataclass(frozen=True)
class Restaurant:
    """A restaurant and the clock it lives by."""

    id: str
    slug: str
    name: str
    timezone: str
    active: bool = True
    """Whether the platform marks it as active; it takes bookings either way."""


@dataclass(frozen=True)
class Table:
    """A table of the inventory that may be given to guests."""

    id: str
    number: str
    capacity: int
    zone_id: str
    zone: str
    area: str
    movable: bool
    min_party: int = 1
    max_party: int | None = None
    """The smallest and the largest party that the restaurant seats there; None where only the seats count."""

    @property
    def largest_party(self) -> int:
        """The most guests that it is given to alone."""
        return self.capacity if self.max_party is None else min(self.capacity, self.max_party)

    def takes(self, party: int) -> bool:
        """Whether it is certain that a party of this size may be given it alone."""
        return self.min_party <= party <= self.largest_party


@dataclass(frozen=True)
class Occupation:
    """A table taken for a time: by a booking's assignment, an allocation or a hold."""

    table_id: str
    start_at: datetime.datetime
    end_at: datetime.datetime
    kind: str
    booking_id: str | None
    status: str | None
    by_tests: bool = False
    """Whether by a guest of this suite, of whichever run."""
    by_this_run: bool = False


@dataclass(frozen=True)
class HeldDay:
    """How many tables, and seats at them, some guests hold at any time of a day."""

    date: datetime.date
    tables: int
    seats: int


@dataclass(frozen=True)
class Holdings:
    """What is reserved for a booking beside its assignments.

    `allocated` has the times for which each table is reserved, `groups` the ids of joined tables; None where that can't
    be read. `restaurants` are those under whose name all that stands.
    """

    holds: int = 0
    allocated: Mapping[str, tuple[tuple[datetime.datetime, datetime.datetime], ...]] | None = None
    groups: frozenset[str] | None = None
    restaurants: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RelatedRecords:
    """What the platform noted of a booking for itself and for others; None where that can't be read.

    `passed_on` counts the news for other systems by their type, `ledger` the sets of tables that were given; `news` is
    what the last of each type says.
    """

    history: tuple[StatusChange, ...] | None = None
    passed_on: Mapping[str, int] | None = None
    ledger: int | None = None
    news: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Hours:
    """A restaurant's hours of one date, by its own clock; `opens` None on a closed day."""

    opens: datetime.time | None
    closes: datetime.time | None
    interval_minutes: int | None
    last_seating_minutes: int | None
    of_its_own: bool = False
    """Whether they are that date's own, and not its weekday's."""


@dataclass(frozen=True)
class ServicePeriod:
    """The hours between which an occasion is served; on one weekday (0 = Sunday) or, `weekday` None, on all."""

    weekday: int | None
    since: datetime.time
    until: datetime.time
    occasion: str


@dataclass(frozen=True)
class SessionFacts:
    """Who the suite is in the database, and what kind of session it has."""

    role: str
    bypasses_row_security: bool
    owns_everything: bool
    """Whether it is a superuser, from whom nothing can be taken."""
    search_path: str
    replica: bool
    read_only: bool
    now: float
    """The database's clock, in seconds since the epoch."""


@dataclass(frozen=True)
class Relation:
    """A table, or a view in its place, as the suite's role finds it."""

    name: str
    kind: str
    """`r` and `p` for tables, `v` and `m` for views, `f` for foreign tables, empty where there is none."""
    granted: bool
    """Whether the role may read it, or some of its columns."""
    writable: bool
    whole: bool
    """Whether it shows every row that there is, as far as no rule hides some."""
    columns: frozenset[str]
    denied: frozenset[str]
    """Those of the columns that the role may not read."""
    hidden_in: tuple[str, ...]
    """Tables, itself or those behind a view, whose row-level security may hide rows from it."""


@dataclass
class Access:
    """What this role may read of the tables that help but are not needed."""

    readable: set[str] = field(default_factory=set)
    every_booking: bool = False
    """Whether nothing hides a booking: one that is not seen is not there."""
    every_table: bool = True
    """The same of the tables that bookings are given."""

    def holds(self) -> bool:
        """Whether it is seen which tables are on hold."""
        return {"table_holds", "table_hold_members"} <= self.readable

    def events(self) -> bool:
        """Whether the platform's events can be trusted to be seen."""
        return "observability_events" in self.readable
