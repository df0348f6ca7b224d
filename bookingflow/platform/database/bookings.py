"""Bookings as they are stored, each with its tables."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString
from uuid import UUID

from bookingflow.core.timing import Deadline
from bookingflow.platform.database.questions import Questions, as_far_as_readable, uuids
from bookingflow.platform.database_models import (
    AssignedTable,
    BookingRow,
    PlatformEvent,
    Snapshot,
    StatusChange,
)
from bookingflow.platform.own_guests import OwnGuests

TABLES_OF_BOOKING: LiteralString = """
    SELECT coalesce(json_agg(json_build_object(
               'table_id', a.table_id, 'number', i.table_number, 'capacity', i.capacity,
               'zone_id', i.zone_id, 'zone', z.name, 'area', z.area_type,
               'start_at', a.start_at, 'end_at', a.end_at, 'merge_group_id', a.merge_group_id,
               'restaurant_id', i.restaurant_id,
               'in_service', i.active AND i.status::text <> 'out_of_service',
               'movable', i.mobility::text = 'movable', 'max_party', i.max_party_size
           ) ORDER BY i.table_number), '[]'::json)
      FROM booking_table_assignments a
      LEFT JOIN table_inventory i ON i.id = a.table_id
      LEFT JOIN zones z ON z.id = i.zone_id
     WHERE a.booking_id = b.id"""

BOOKING: LiteralString = f"""
    b.id, b.restaurant_id, b.status::text AS status, b.reference, b.booking_date, b.start_time, b.end_time,
    b.start_at, b.end_at, b.party_size, b.booking_type, b.seating_preference::text AS seating_preference,
    b.customer_name, b.customer_email, b.customer_phone, b.notes, b.marketing_opt_in, b.idempotency_key,
    b.details, b.auto_assign_last_result, b.created_at, b.updated_at, ({TABLES_OF_BOOKING}) AS tables"""

HISTORY: LiteralString = """
    (SELECT json_agg(json_build_object('from_status', h.from_status, 'to_status', h.to_status,
                                       'at', h.changed_at, 'reason', h.reason) ORDER BY h.changed_at, h.id)
       FROM booking_state_history h WHERE h.booking_id = b.id)"""


class BookingQuestions(Questions):
    """Questions about bookings."""

    LOOK: LiteralString = f"SELECT {BOOKING} FROM bookings b WHERE b.id = %(id)s"

    def look(self, booking_id: str, deadline: Deadline) -> BookingRow | None:
        """The cheap look: the booking and its tables, by key; None when no such row is seen."""
        rows = self._ask(self.LOOK, {"id": UUID(booking_id)}, deadline)
        return booking_row(rows[0]) if rows else None

    EVENTS: LiteralString = """
    (SELECT json_agg(json_build_object('at', e.created_at, 'source', e.source, 'type', e.event_type,
                                       'context', e.context) ORDER BY e.created_at)
       FROM observability_events e WHERE e.booking_id = b.id)"""

    @as_far_as_readable
    def full_look(self, booking_id: str, deadline: Deadline) -> Snapshot:
        """The full look: also the status history and the platform's events, as far as they are readable."""
        history, events = "booking_state_history" in self.access.readable, self.access.events()
        statement: LiteralString = f"SELECT {BOOKING}"
        if history:
            statement += f", {HISTORY} AS history"
        if events:
            statement += f", {self.EVENTS} AS events"
        statement += " FROM bookings b WHERE b.id = %(id)s"
        rows = self._ask(statement, {"id": UUID(booking_id)}, deadline)
        if not rows:
            return Snapshot(None)
        row = rows[0]
        return Snapshot(
            booking_row(row),
            history=status_changes(row.get("history")),
            events=tuple(_event(item) for item in row["events"] or ()) if events else None,
        )

    FIND_BY_KEY: LiteralString = f"""
    SELECT {BOOKING} FROM bookings b
     WHERE b.restaurant_id = %(restaurant_id)s AND b.idempotency_key = %(key)s
     ORDER BY b.created_at"""

    def find_by_key(self, restaurant_id: str, key: str, deadline: Deadline) -> list[BookingRow]:
        """Every booking made with this idempotency key, oldest first."""
        rows = self._ask(self.FIND_BY_KEY, {"restaurant_id": UUID(restaurant_id), "key": key}, deadline)
        return [booking_row(row) for row in rows]

    REREAD: LiteralString = f"SELECT {BOOKING} FROM bookings b WHERE b.id = ANY(%(ids)s)"

    def reread(self, booking_ids: Sequence[str]) -> list[BookingRow]:
        """These bookings as they are now, in one query."""
        if not booking_ids:
            return []
        return [booking_row(row) for row in self._ask(self.REREAD, {"ids": uuids(booking_ids)})]

    OF_DAY: LiteralString = f"""
    SELECT {BOOKING} FROM bookings b
     WHERE b.restaurant_id = %(restaurant_id)s AND b.booking_date = %(date)s ORDER BY b.created_at"""

    def of_day(self, restaurant_id: str, date: datetime.date) -> list[BookingRow]:
        """All bookings of a restaurant's day, in any status, oldest first."""
        params = {"restaurant_id": UUID(restaurant_id), "date": date}
        return [booking_row(row) for row in self._ask(self.OF_DAY, params)]

    OF_GUESTS: LiteralString = f"""
    SELECT {BOOKING} FROM bookings b
     WHERE b.customer_email = ANY(%(emails)s) OR b.idempotency_key = ANY(%(keys)s) OR b.id = ANY(%(ids)s)
     ORDER BY b.created_at"""

    def of_guests(self, *, emails: Sequence[str], keys: Sequence[str], ids: Sequence[str] = ()) -> list[BookingRow]:
        """Every booking, at any restaurant, of these guests, made with these idempotency keys, or with these ids."""
        params = {
            "emails": [email.strip().lower() for email in emails],
            "keys": list(keys),
            "ids": uuids(ids),
        }
        return [booking_row(row) for row in self._ask(self.OF_GUESTS, params)]

    OF_STRANGERS: LiteralString = f"""
    SELECT {BOOKING} FROM bookings b
     WHERE b.restaurant_id = ANY(%(restaurants)s) AND b.customer_email NOT LIKE ALL(%(own)s)
       AND b.created_at >= (SELECT min(o.created_at) FROM bookings o WHERE o.id = ANY(%(ids)s)) ORDER BY b.created_at"""

    def of_strangers(self, restaurants: Sequence[str], made: Sequence[str], own: OwnGuests) -> list[BookingRow]:
        """Bookings at these restaurants that came after the first of the `made` ones, and whose guest is none of the
        suite's own.
        """
        params = {"restaurants": uuids(restaurants), "ids": uuids(made), "own": own.any_run}
        return [booking_row(row) for row in self._ask(self.OF_STRANGERS, params)]

    GUESTS_AMONG: LiteralString = """
    SELECT DISTINCT b.customer_email AS email FROM bookings b WHERE b.customer_email = ANY(%(emails)s)"""

    def guests_among(self, emails: Sequence[str]) -> set[str]:
        """Those of these addresses under which somebody has a booking."""
        rows = self._ask(self.GUESTS_AMONG, {"emails": list(emails)})
        return {row["email"] for row in rows}


def booking_row(row: Mapping[str, Any]) -> BookingRow:
    """A booking from a row of `BOOKING`, ids in it as text."""
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


def status_changes(history: Sequence[Mapping[str, Any]] | None) -> tuple[StatusChange, ...]:
    """A booking's history from `HISTORY`; what has none is null there."""
    return tuple(
        StatusChange(item["from_status"], item["to_status"], _instant(item["at"]), item["reason"])
        for item in history or ()
    )


def _assigned(item: Mapping[str, Any]) -> AssignedTable:
    return AssignedTable(
        table_id=item["table_id"],
        number=item["number"] or "?",
        capacity=item["capacity"] or 0,
        zone_id=item["zone_id"] or "",
        zone=item["zone"] or "?",
        area=item["area"] or "?",
        start_at=_instant(item["start_at"]) if item["start_at"] else None,
        end_at=_instant(item["end_at"]) if item["end_at"] else None,
        merge_group_id=item["merge_group_id"],
        restaurant_id=item["restaurant_id"] or "",
        in_service=bool(item["in_service"]),
        movable=item["movable"] is not False,
        max_party=item["max_party"],
    )


def _event(item: Mapping[str, Any]) -> PlatformEvent:
    return PlatformEvent(_instant(item["at"]), item["source"], item["type"], item["context"] or {})


def _instant(written: str) -> datetime.datetime:
    """An instant from within JSON."""
    return datetime.datetime.fromisoformat(written)
