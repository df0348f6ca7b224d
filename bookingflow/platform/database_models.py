"""What the database shows: a booking with its tables, a day's hours, what takes a table, what a role may read."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
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

    `passed_on` has the news for other systems by their type, `ledger` counts the sets of tables that were given.
    """

    history: tuple[StatusChange, ...] | None = None
    passed_on: Mapping[str, int] | None = None
    ledger: int | None = None


@dataclass(frozen=True)
class Hours:
    """A restaurant's hours of one date, by its own clock; `opens` None on a closed day."""

    opens: datetime.time | None
    closes: datetime.time | None
    interval_minutes: int | None
    last_seating_minutes: int | None


@dataclass(frozen=True)
class ServicePeriod:
    """From when to when an occasion is served; on one weekday (0 = Sunday) or, `weekday` None, on all."""

    weekday: int | None
    since: datetime.time
    until: datetime.time
    occasion: str


@dataclass
class Access:
    """What this role may read of the tables that help but are not needed."""

    readable: set[str] = field(default_factory=set)
    every_booking: bool = False
    """Whether no rule hides a booking: one that is not seen is not there."""

    def holds(self) -> bool:
        """Whether it is seen which tables are on hold."""
        return {"table_holds", "table_hold_members"} <= self.readable

    def events(self) -> bool:
        """Whether the platform's events can be trusted to be seen."""
        return "observability_events" in self.readable


def instant(value: str | datetime.datetime) -> datetime.datetime:
    """An instant, also from within JSON."""
    return value if isinstance(value, datetime.datetime) else datetime.datetime.fromisoformat(value)


def status_changes(history: Sequence[Mapping[str, Any]] | None) -> tuple[StatusChange, ...]:
    """A booking's history from `queries.HISTORY`; what has none is null there."""
    return tuple(
        StatusChange(item["from_status"], item["to_status"], instant(item["at"]), item["reason"])
        for item in history or ()
    )


def booking_row(row: Mapping[str, Any]) -> BookingRow:
    """A booking from a row of `queries.BOOKING_COLUMNS`, ids in it as text (`connection`)."""
    return BookingRow(
        id=row["id"],
        restaurant_id=row["restaurant_id"],
        status=row["status"],
        reference=row["reference"],
        date=row["booking_date"],
        start_time=row["start_time"],
        end_time=row["end_time"],
        start_at=row["start_at"],
        end_at=row["end_at"],
        party_size=row["party_size"],
        booking_type=row["booking_type"],
        seating_preference=row["seating_preference"],
        customer_name=row["customer_name"],
        customer_email=row["customer_email"],
        customer_phone=row["customer_phone"],
        notes=row["notes"],
        marketing_opt_in=row["marketing_opt_in"],
        idempotency_key=row["idempotency_key"],
        details=row["details"] or {},
        last_result=row["auto_assign_last_result"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        tables=tuple(_assigned(item) for item in row["tables"]),
    )


def holdings_of(rows: Sequence[Mapping[str, Any]], *, allocations_readable: bool) -> Holdings:
    """What is reserved for a booking, from its rows of `queries.ALLOCATED_FOR`, where readable, and `HELD_FOR`."""
    on_hold = sum(row["resource_type"] == "on_hold" for row in rows)
    restaurants = frozenset(row["restaurant_id"] for row in rows)
    if not allocations_readable:
        return Holdings(on_hold, restaurants=restaurants)
    allocated: dict[str, tuple[tuple[datetime.datetime, datetime.datetime], ...]] = {}
    for row in rows:
        if row["resource_type"] == "table":
            table_id = row["resource_id"]
            allocated[table_id] = (*allocated.get(table_id, ()), (row["start_at"], row["end_at"]))
    groups = frozenset(row["id"] for row in rows if row["resource_type"] == "merge_group")
    return Holdings(on_hold, allocated, groups, restaurants)


def hours_of_day(hours: Mapping[str, Any], restaurant: Mapping[str, Any]) -> Hours | None:
    """The hours of a date from the rows that decide them; without hours it is a closed day. None for hours that no
    clock shows: to PostgreSQL 24:00 is a time.
    """
    closed = hours.get("is_closed", True) or not hours.get("opens_at") or not hours.get("closes_at")
    opens, closes = (None if closed else _clock_time(hours[name]) for name in ("opens_at", "closes_at"))
    if not closed and (opens is None or closes is None):
        return None
    return Hours(
        opens,
        closes,
        restaurant.get("reservation_interval_minutes"),
        restaurant.get("reservation_last_seating_buffer_minutes"),
    )


def service_period(period: Mapping[str, Any]) -> ServicePeriod | None:
    """A period from its row; None when it lacks what is needed."""
    since, until = _clock_time(period.get("start_time")), _clock_time(period.get("end_time"))
    occasion = period.get("booking_option")
    if since is None or until is None or not occasion:
        return None
    return ServicePeriod(period.get("day_of_week"), since, until, occasion)


def _clock_time(told: str | None) -> datetime.time | None:
    try:
        return datetime.time.fromisoformat(told or "")
    except ValueError:
        return None


def _assigned(item: Mapping[str, Any]) -> AssignedTable:
    return AssignedTable(
        table_id=item["table_id"],
        number=item["number"] or "?",
        capacity=item["capacity"] or 0,
        zone_id=item["zone_id"] or "",
        zone=item["zone"] or "?",
        area=item["area"] or "?",
        start_at=instant(item["start_at"]) if item["start_at"] else None,
        end_at=instant(item["end_at"]) if item["end_at"] else None,
        merge_group_id=item["merge_group_id"],
        restaurant_id=item["restaurant_id"] or "",
        in_service=bool(item["in_service"]),
    )
