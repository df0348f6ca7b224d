"""The platform's PostgreSQL, watched: read-only, one statement a question, reconnecting, never hanging.

Rows come back as frozen dataclasses. What each query relies on is restated in docs/platform.md, "Database".
"""

from __future__ import annotations

import contextlib
import datetime
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from psycopg.rows import DictRow, dict_row

from bookingflow.errors import EvidenceHidden, SuiteError, TargetUnreachable
from bookingflow.polling import Clock, Deadline, TimeUpError, within

POOLER_PORT = 6543
"""Transaction-mode poolers listen here: no session settings, no prepared statements (docs/live-platform.md)."""
ATTEMPT_S = 5.0
"""Seconds one attempt at a statement may take before the connection is given up and made anew."""
RETRY_PAUSE_S = 0.1
PREPARE_AFTER = 2
"""Times a statement is sent before it is prepared."""
READ_S = 10.0
"""Seconds for a question outside a booking's budget."""

NEEDED = ("bookings", "booking_table_assignments", "table_inventory", "zones", "restaurants")
HELPFUL = (
    "observability_events",
    "booking_state_history",
    "allocations",
    "table_holds",
    "table_hold_members",
    "booking_occasions",
    "restaurant_operating_hours",
    "customers",
    "capacity_outbox",
    "booking_assignment_idempotency",
)


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
class Study:
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
    be read.
    """

    holds: int = 0
    allocated: Mapping[str, tuple[tuple[datetime.datetime, datetime.datetime], ...]] | None = None
    groups: frozenset[str] | None = None


@dataclass(frozen=True)
class Books:
    """What the platform noted for others when it confirmed a booking; None where that can't be read.

    `passed_on` has the news for other systems by their type, `ledger` counts the sets of tables that were given.
    """

    passed_on: Mapping[str, int] | None = None
    ledger: int | None = None


@dataclass(frozen=True)
class Hours:
    """A restaurant's hours of one date, by its own clock; `opens` None on a closed day."""

    opens: datetime.time | None
    closes: datetime.time | None
    interval_minutes: int | None
    last_seating_minutes: int | None


@dataclass
class Access:
    """What this role may read of the tables that help but are not needed."""

    readable: set[str] = field(default_factory=set)
    every_booking: bool = False
    """Whether no rule hides a booking: one that is not seen is not there."""

    def events(self) -> bool:
        """Whether the platform's events can be trusted to be seen."""
        return "observability_events" in self.readable


_TABLES_OF_BOOKING: LiteralString = """
    SELECT coalesce(json_agg(json_build_object(
               'table_id', a.table_id, 'number', i.table_number, 'capacity', i.capacity,
               'zone_id', i.zone_id, 'zone', z.name, 'area', z.area_type,
               'start_at', a.start_at, 'end_at', a.end_at, 'merge_group_id', a.merge_group_id,
               'restaurant_id', i.restaurant_id,
               'in_service', i.active AND i.status::text <> 'out_of_service'
           ) ORDER BY i.table_number), '[]'::json)
      FROM booking_table_assignments a
      LEFT JOIN table_inventory i ON i.id = a.table_id
      LEFT JOIN zones z ON z.id = i.zone_id
     WHERE a.booking_id = b.id"""

_BOOKING_COLUMNS: LiteralString = f"""
    b.id, b.restaurant_id, b.status::text AS status, b.reference, b.booking_date, b.start_time, b.end_time,
    b.start_at, b.end_at, b.party_size, b.booking_type, b.seating_preference::text AS seating_preference,
    b.customer_name, b.customer_email, b.customer_phone, b.notes, b.marketing_opt_in, b.idempotency_key,
    b.details, b.auto_assign_last_result, b.created_at, b.updated_at, ({_TABLES_OF_BOOKING}) AS tables"""

LOOK: LiteralString = f"SELECT {_BOOKING_COLUMNS} FROM bookings b WHERE b.id = %(id)s"

_HISTORY: LiteralString = """
    (SELECT json_agg(json_build_object('from_status', h.from_status, 'to_status', h.to_status,
                                       'at', h.changed_at, 'reason', h.reason) ORDER BY h.changed_at, h.id)
       FROM booking_state_history h WHERE h.booking_id = b.id)"""
_EVENTS: LiteralString = """
    (SELECT json_agg(json_build_object('at', e.created_at, 'source', e.source, 'type', e.event_type,
                                       'context', e.context) ORDER BY e.created_at)
       FROM observability_events e WHERE e.booking_id = b.id)"""

FIND_BY_KEY: LiteralString = f"""
    SELECT {_BOOKING_COLUMNS} FROM bookings b
     WHERE b.restaurant_id = %(restaurant_id)s AND b.idempotency_key = %(key)s
     ORDER BY b.created_at"""

REREAD: LiteralString = f"SELECT {_BOOKING_COLUMNS} FROM bookings b WHERE b.id = ANY(%(ids)s)"

OF_DAY: LiteralString = f"""
    SELECT {_BOOKING_COLUMNS} FROM bookings b
     WHERE b.restaurant_id = %(restaurant_id)s AND b.booking_date = %(date)s ORDER BY b.created_at"""

OF_GUEST: LiteralString = f"""
    SELECT {_BOOKING_COLUMNS} FROM bookings b
     WHERE b.customer_email = ANY(%(emails)s) OR b.idempotency_key = ANY(%(keys)s) ORDER BY b.created_at"""

HELD_FOR: LiteralString = """
    SELECT h.booking_id, count(*) AS holds FROM table_holds h JOIN table_hold_members m ON m.hold_id = h.id
     WHERE h.booking_id = ANY(%(ids)s) GROUP BY 1"""
ALLOCATED_FOR: LiteralString = """
    SELECT booking_id, id, resource_id, resource_type, lower("window") AS start_at, upper("window") AS end_at
      FROM allocations
     WHERE booking_id = ANY(%(ids)s) AND resource_type IN ('table', 'merge_group') AND NOT shadow"""

PASSED_ON: LiteralString = """
    SELECT event_type, count(*) AS times FROM capacity_outbox WHERE booking_id = %(id)s GROUP BY 1"""
LEDGER: LiteralString = "SELECT count(*) AS sets FROM booking_assignment_idempotency WHERE booking_id = %(id)s"

# As JSON: what a column lacks on one platform is not checked there.
CUSTOMER: LiteralString = """
    SELECT to_jsonb(c) AS customer FROM bookings b JOIN customers c ON c.id = b.customer_id WHERE b.id = %(id)s"""
HOURS: LiteralString = """
    SELECT to_jsonb(h) AS hours, to_jsonb(r) AS restaurant
      FROM restaurants r LEFT JOIN restaurant_operating_hours h
        ON h.restaurant_id = r.id AND (h.effective_date = %(date)s
                                       OR h.effective_date IS NULL AND h.day_of_week = %(weekday)s)
     WHERE r.id = %(restaurant_id)s
     ORDER BY h.effective_date NULLS LAST LIMIT 1"""
GUESTS_AMONG: LiteralString = """
    SELECT DISTINCT customer_email AS email FROM bookings WHERE customer_email = ANY(%(emails)s)"""

STAYS: LiteralString = "SELECT key, default_duration_minutes AS minutes FROM booking_occasions"

RESTAURANT: LiteralString = """
    SELECT id, slug, name, timezone FROM restaurants
     WHERE CASE WHEN %(id)s::uuid IS NULL THEN slug = %(slug)s ELSE id = %(id)s::uuid END"""

INVENTORY: LiteralString = """
    SELECT i.id, i.table_number AS number, i.capacity, i.zone_id, z.name AS zone, z.area_type::text AS area,
           i.mobility::text = 'movable' AS movable
      FROM table_inventory i JOIN zones z ON z.id = i.zone_id
     WHERE i.restaurant_id = %(restaurant_id)s AND i.active AND i.status::text <> 'out_of_service'
     ORDER BY i.table_number"""

_ASSIGNED: LiteralString = """
    SELECT a.table_id, a.start_at, a.end_at, 'assignment' AS kind, a.booking_id, b.status::text AS status,
           coalesce(b.customer_email LIKE %(test_guests)s, false) AS by_tests
      FROM booking_table_assignments a JOIN bookings b ON b.id = a.booking_id
     WHERE b.restaurant_id = %(restaurant_id)s AND a.start_at < %(until)s AND a.end_at > %(since)s"""
_ALLOCATED: LiteralString = """
    SELECT l.resource_id, lower(l."window"), upper(l."window"), 'allocation', l.booking_id, b.status::text,
           coalesce(b.customer_email LIKE %(test_guests)s, false)
      FROM allocations l LEFT JOIN bookings b ON b.id = l.booking_id
     WHERE l.restaurant_id = %(restaurant_id)s AND l.resource_type = 'table' AND NOT l.shadow
       AND l."window" && tstzrange(%(since)s, %(until)s)"""
_HELD: LiteralString = """
    SELECT m.table_id, h.start_at, h.end_at, 'hold', h.booking_id, b.status::text,
           coalesce(b.customer_email LIKE %(test_guests)s, false)
      FROM table_holds h JOIN table_hold_members m ON m.hold_id = h.id LEFT JOIN bookings b ON b.id = h.booking_id
     WHERE h.restaurant_id = %(restaurant_id)s AND h.start_at < %(until)s AND h.end_at > %(since)s"""

ACCESS: LiteralString = """
    SELECT name, to_regclass(name) IS NOT NULL AS there,
           coalesce(has_table_privilege(to_regclass(name), 'SELECT'), false) AS granted,
           coalesce(row_security_active(to_regclass(name)), false) AS filtered,
           EXISTS (SELECT 1 FROM pg_policies p
                    WHERE to_regclass(quote_ident(p.schemaname) || '.' || quote_ident(p.tablename)) = to_regclass(name)
                      AND p.permissive = 'PERMISSIVE' AND p.cmd IN ('ALL', 'SELECT') AND p.qual = 'true'
                      AND (p.roles && ARRAY['public', current_user]::name[])) AS opened
      FROM unnest(%(names)s::text[]) AS name"""


class BookingDatabase:
    """The suite's eyes. Every method raises TargetUnreachable when the database can't be asked in time.

    `prepare` statements only where no pooler can stand between, which would lose them.
    """

    def __init__(self, url: str, *, clock: Clock, prepare: bool = False) -> None:
        self.url = url
        self.clock = clock
        self.access = Access()
        self.statements = 0
        self._connection: psycopg.Connection[DictRow] | None = None
        self._pooled = urlsplit(url).port == POOLER_PORT
        self._prepare_after = PREPARE_AFTER if prepare else None

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # -- questions ---------------------------------------------------------------------------------------------

    def check_evidence(self) -> None:
        """Raise EvidenceHidden unless the rows a verdict hangs on can be seen; learn what else is readable."""
        rows = self._ask(ACCESS, {"names": [*NEEDED, *HELPFUL]}, self._own_deadline())
        hidden = [row["name"] for row in rows if row["name"] in NEEDED and not self._can_see(row)]
        self.access = Access(
            {row["name"] for row in rows if row["name"] not in hidden and self._can_see(row)},
            every_booking=any(row["name"] == "bookings" and (not row["filtered"] or row["opened"]) for row in rows),
        )
        if hidden:
            raise EvidenceHidden(
                f"The database role of BOOKING_DATABASE_URL sees no rows of {', '.join(hidden)}: "
                "row-level security or missing grants hide them, so no verdict could be trusted.",
                hint="Use a role with BYPASSRLS and SELECT only; docs/live-platform.md has the SQL.",
            )

    def server_version(self) -> str:
        """The version of PostgreSQL, as it names itself."""
        return str(self._ask("SHOW server_version", {}, self._own_deadline())[0]["server_version"])

    def _can_see(self, row: Mapping[str, Any]) -> bool:
        if not (row["there"] and row["granted"]):
            return False
        if not row["filtered"] or row["opened"]:
            return True
        name: str = row["name"]
        statement = psycopg.sql.SQL("SELECT EXISTS (SELECT 1 FROM {}) AS seen").format(psycopg.sql.Identifier(name))
        return bool(self._ask(statement, {}, self._own_deadline())[0]["seen"])

    def look(self, booking_id: str, deadline: Deadline) -> BookingRow | None:
        """The cheap look: the booking and its tables, by key; None when no such row is seen."""
        rows = self._ask(LOOK, {"id": UUID(booking_id)}, deadline)
        return _booking(rows[0]) if rows else None

    def study(self, booking_id: str, deadline: Deadline) -> Study:
        """The full look: also the status history and the platform's events, as far as they are readable."""
        extra: LiteralString = ""
        if "booking_state_history" in self.access.readable:
            extra += f", {_HISTORY} AS history"
        if self.access.events():
            extra += f", {_EVENTS} AS events"
        statement: LiteralString = f"SELECT {_BOOKING_COLUMNS}{extra} FROM bookings b WHERE b.id = %(id)s"
        rows = self._ask(statement, {"id": UUID(booking_id)}, deadline)
        if not rows:
            return Study(None)
        row = rows[0]
        return Study(
            booking=_booking(row),
            history=tuple(
                StatusChange(item["from_status"], item["to_status"], _instant(item["at"]), item["reason"])
                for item in row.get("history") or ()
            ),
            events=tuple(
                PlatformEvent(_instant(item["at"]), item["source"], item["type"], item["context"] or {})
                for item in row.get("events") or ()
            )
            if self.access.events()
            else None,
        )

    def find_by_key(self, restaurant_id: str, key: str, deadline: Deadline) -> list[BookingRow]:
        """Every booking made with this idempotency key, oldest first."""
        rows = self._ask(FIND_BY_KEY, {"restaurant_id": UUID(restaurant_id), "key": key}, deadline)
        return [_booking(row) for row in rows]

    def reread(self, booking_ids: Sequence[str]) -> list[BookingRow]:
        """These bookings as they are now, in one query."""
        if not booking_ids:
            return []
        ids = [UUID(booking_id) for booking_id in booking_ids]
        return [_booking(row) for row in self._ask(REREAD, {"ids": ids}, self._own_deadline())]

    def of_day(self, restaurant_id: str, date: datetime.date) -> list[BookingRow]:
        """All bookings of a restaurant's day, in any status, oldest first."""
        params = {"restaurant_id": UUID(restaurant_id), "date": date}
        return [_booking(row) for row in self._ask(OF_DAY, params, self._own_deadline())]

    def of_guests(self, *, emails: Sequence[str], keys: Sequence[str]) -> list[BookingRow]:
        """Every booking, at any restaurant, of these guests or made with these idempotency keys."""
        params = {"emails": [email.strip().lower() for email in emails], "keys": list(keys)}
        return [_booking(row) for row in self._ask(OF_GUEST, params, self._own_deadline())]

    def holdings(self, booking_ids: Sequence[str]) -> dict[str, Holdings]:
        """What is reserved for each of these bookings beside its tables, as far as it is readable."""
        which = {"ids": [UUID(booking_id) for booking_id in booking_ids]}
        holds: dict[str, int] = {}
        if {"table_holds", "table_hold_members"} <= self.access.readable:
            rows = self._ask(HELD_FOR, which, self._own_deadline())
            holds = {str(row["booking_id"]): row["holds"] for row in rows}
        if "allocations" not in self.access.readable:
            return {booking_id: Holdings(holds.get(booking_id, 0)) for booking_id in booking_ids}
        allocated: dict[str, dict[str, tuple[tuple[datetime.datetime, datetime.datetime], ...]]] = {}
        groups: dict[str, set[str]] = {}
        for row in self._ask(ALLOCATED_FOR, which, self._own_deadline()):
            booking_id = str(row["booking_id"])
            if row["resource_type"] == "table":
                of_tables = allocated.setdefault(booking_id, {})
                table_id = str(row["resource_id"])
                of_tables[table_id] = (*of_tables.get(table_id, ()), (row["start_at"], row["end_at"]))
            else:
                groups.setdefault(booking_id, set()).add(str(row["id"]))
        return {
            booking_id: Holdings(
                holds.get(booking_id, 0), allocated.get(booking_id, {}), frozenset(groups.get(booking_id, ()))
            )
            for booking_id in booking_ids
        }

    def books(self, booking_id: str) -> Books:
        """What the platform noted for others when it confirmed this booking, as far as it is readable."""
        which, passed_on, ledger = {"id": UUID(booking_id)}, None, None
        if "capacity_outbox" in self.access.readable:
            rows = self._ask(PASSED_ON, which, self._own_deadline())
            passed_on = {row["event_type"]: row["times"] for row in rows}
        if "booking_assignment_idempotency" in self.access.readable:
            ledger = self._ask(LEDGER, which, self._own_deadline())[0]["sets"]
        return Books(passed_on, ledger)

    def customer(self, booking_id: str) -> Mapping[str, Any] | None:
        """The customer a booking belongs to, as the platform's columns; None where that can't be read."""
        if "customers" not in self.access.readable:
            return None
        rows = self._ask(CUSTOMER, {"id": UUID(booking_id)}, self._own_deadline())
        return rows[0]["customer"] if rows else {}

    def hours(self, restaurant_id: str, date: datetime.date) -> Hours | None:
        """The hours of a date: its own before its weekday's; None where they can't be read."""
        if "restaurant_operating_hours" not in self.access.readable:
            return None
        params = {"restaurant_id": UUID(restaurant_id), "date": date, "weekday": date.isoweekday() % 7}
        rows = self._ask(HOURS, params, self._own_deadline())
        return _hours(rows[0]["hours"] or {}, rows[0]["restaurant"]) if rows else None

    def guests_among(self, emails: Sequence[str]) -> set[str]:
        """Those of these addresses under which somebody has a booking."""
        rows = self._ask(GUESTS_AMONG, {"emails": list(emails)}, self._own_deadline())
        return {row["email"] for row in rows}

    def stay_minutes(self) -> dict[str, int]:
        """How long a booking of each occasion lasts; empty where the catalogue can't be read."""
        if "booking_occasions" not in self.access.readable:
            return {}
        return {row["key"]: row["minutes"] for row in self._ask(STAYS, {}, self._own_deadline())}

    def restaurant(self, *, slug: str, restaurant_id: UUID | None) -> Restaurant:
        """The restaurant the run books at; the id wins. Raises SuiteError when there is none."""
        rows = self._ask(RESTAURANT, {"id": restaurant_id, "slug": slug}, self._own_deadline())
        if not rows:
            named = f"with id {restaurant_id}" if restaurant_id else f'called "{slug}"'
            raise SuiteError(
                f"There is no restaurant {named} on this platform.",
                hint="Set BOOKING_RESTAURANT_SLUG or BOOKING_RESTAURANT_ID to one that exists.",
            )
        row = rows[0]
        return Restaurant(str(row["id"]), row["slug"], row["name"], row["timezone"])

    def inventory(self, restaurant_id: str, deadline: Deadline | None = None) -> list[Table]:
        """The tables in service."""
        rows = self._ask(INVENTORY, {"restaurant_id": UUID(restaurant_id)}, deadline or self._own_deadline())
        return [
            Table(
                id=str(row["id"]),
                number=row["number"],
                capacity=row["capacity"],
                zone_id=str(row["zone_id"]),
                zone=row["zone"],
                area=row["area"],
                movable=row["movable"],
            )
            for row in rows
        ]

    def occupations(
        self,
        restaurant_id: str,
        since: datetime.datetime,
        until: datetime.datetime,
        deadline: Deadline | None = None,
        *,
        test_guests: str = "",
    ) -> list[Occupation]:
        """What takes tables between two instants: assignments, allocations and holds, of bookings in any status.

        `test_guests` is a LIKE pattern: whose e-mail fits it is marked as the suite's own.
        """
        statement: LiteralString = _ASSIGNED
        if "allocations" in self.access.readable:
            statement += f" UNION ALL {_ALLOCATED}"
        if {"table_holds", "table_hold_members"} <= self.access.readable:
            statement += f" UNION ALL {_HELD}"
        params = {
            "restaurant_id": UUID(restaurant_id),
            "since": since,
            "until": until,
            "test_guests": test_guests,
        }
        return [
            Occupation(
                table_id=str(row["table_id"]),
                start_at=row["start_at"],
                end_at=row["end_at"],
                kind=row["kind"],
                booking_id=None if row["booking_id"] is None else str(row["booking_id"]),
                status=row["status"],
                by_tests=row["by_tests"],
            )
            for row in self._ask(statement, params, deadline or self._own_deadline())
        ]

    # -- asking ------------------------------------------------------------------------------------------------

    def _own_deadline(self) -> Deadline:
        return Deadline(self.clock, READ_S)

    def _ask(
        self, statement: LiteralString | psycopg.sql.Composed, params: Mapping[str, Any], deadline: Deadline
    ) -> list[DictRow]:
        """One statement; a lost or hanging connection is made anew and the question repeated until time is up."""
        last: Exception | None = None
        while True:
            budget = min(ATTEMPT_S, deadline.remaining)
            if budget <= 0 and last is not None:
                raise self._unreachable(last) from last
            try:
                return within(max(budget, 0.05), lambda: self._execute(statement, params), abandon=self._cut)
            except psycopg.errors.InsufficientPrivilege as error:
                raise EvidenceHidden(
                    f"The database role of BOOKING_DATABASE_URL may not read what is needed: {_first_line(error)}.",
                    hint="docs/live-platform.md has the SQL for a role that may.",
                ) from error
            except (psycopg.OperationalError, psycopg.InterfaceError, TimeUpError) as error:
                self._cut()
                if _refuses_for_good(error):
                    raise self._unreachable(error) from error
                last = error
            except psycopg.Error as error:
                raise SuiteError(
                    f"The database could not answer: {_first_line(error)}.",
                    hint="Is this the platform's database? docs/platform.md lists the tables and columns needed.",
                ) from error
            if deadline.remaining <= RETRY_PAUSE_S:
                raise self._unreachable(last) from last
            self.clock.sleep(RETRY_PAUSE_S)

    def _execute(self, statement: LiteralString | psycopg.sql.Composed, params: Mapping[str, Any]) -> list[DictRow]:
        connection = self._connected()
        self.statements += 1
        rows = connection.execute(statement, params).fetchall()
        if self._pooled:
            connection.commit()
        return rows

    def _connected(self) -> psycopg.Connection[DictRow]:
        if self._connection is None or self._connection.closed:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> psycopg.Connection[DictRow]:
        """A session that can't write: by its settings, or in transaction-mode poolers by each transaction."""
        if not self._pooled:
            try:
                return psycopg.connect(
                    self.url,
                    autocommit=True,
                    row_factory=dict_row,
                    prepare_threshold=self._prepare_after,
                    application_name="booking-acceptance-suite",
                    options=f"-c default_transaction_read_only=on -c statement_timeout={int(ATTEMPT_S * 1000)}",
                )
            except psycopg.OperationalError as error:
                if "startup parameter" not in str(error):
                    raise
                self._pooled = True
        connection = psycopg.connect(self.url, row_factory=dict_row, prepare_threshold=None)
        connection.read_only = True
        return connection

    def _cut(self) -> None:
        """Leave a connection that may hang: cut its socket, so that whoever waits on it wakes up."""
        connection, self._connection = self._connection, None
        if connection is None or connection.closed:
            return
        with contextlib.suppress(OSError, psycopg.Error):
            with socket.socket(fileno=os.dup(connection.fileno())) as wire:
                wire.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _unreachable(self, error: Exception) -> TargetUnreachable:
        host = urlsplit(self.url)
        return TargetUnreachable(
            f"The database at {host.hostname}:{host.port or 5432} can't be asked ({_first_line(error)}).",
            hint="Check BOOKING_DATABASE_URL: host, port, role and password.",
        )


def _refuses_for_good(error: Exception) -> bool:
    """Wrong password, unknown role or database: asking again changes nothing."""
    text = str(error)
    return any(phrase in text for phrase in ("authentication failed", "does not exist", "no pg_hba.conf entry"))


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _instant(value: str | datetime.datetime) -> datetime.datetime:
    return value if isinstance(value, datetime.datetime) else datetime.datetime.fromisoformat(value)


def _booking(row: Mapping[str, Any]) -> BookingRow:
    return BookingRow(
        id=str(row["id"]),
        restaurant_id=str(row["restaurant_id"]),
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


def _hours(hours: Mapping[str, Any], restaurant: Mapping[str, Any]) -> Hours:
    closed = hours.get("is_closed", True) or not hours.get("opens_at") or not hours.get("closes_at")
    opens, closes = (None if closed else datetime.time.fromisoformat(hours[name]) for name in ("opens_at", "closes_at"))
    return Hours(
        opens,
        closes,
        restaurant.get("reservation_interval_minutes"),
        restaurant.get("reservation_last_seating_buffer_minutes"),
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
    )
