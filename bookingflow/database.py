"""The suite's eyes: what it asks the platform's PostgreSQL, one method a question, rows as frozen dataclasses.

The statements are in `queries`, how they are asked (read-only, reconnecting, never hanging) in `connection`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from bookingflow import queries
from bookingflow.connection import ReadOnlyConnection
from bookingflow.errors import EvidenceHidden, SuiteError
from bookingflow.polling import Clock, Deadline
from bookingflow.rows import (
    Access,
    BookingRow,
    Books,
    Holdings,
    Hours,
    Occupation,
    PlatformEvent,
    Restaurant,
    StatusChange,
    Study,
    Table,
    booking_row,
    hours_of_day,
    instant,
)


class BookingDatabase:
    """Every method raises TargetUnreachable when the database can't be asked in time.

    `prepare` statements only where no pooler can stand between, which would lose them.
    """

    def __init__(self, url: str, *, clock: Clock, prepare: bool = False) -> None:
        self.url = url
        self.access = Access()
        self._session = ReadOnlyConnection(url, clock=clock, prepare=prepare)

    def close(self) -> None:
        """Give the connection back."""
        self._session.close()

    def check_evidence(self) -> None:
        """Raise EvidenceHidden unless the rows a verdict hangs on can be seen; learn what else is readable."""
        rows = self._session.ask(queries.ACCESS, {"names": [*queries.NEEDED, *queries.HELPFUL]})
        hidden = [row["name"] for row in rows if row["name"] in queries.NEEDED and not self._can_see(row)]
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
        return str(self._session.ask("SHOW server_version", {})[0]["server_version"])

    def _can_see(self, row: Mapping[str, Any]) -> bool:
        if not (row["there"] and row["granted"]):
            return False
        if not row["filtered"] or row["opened"]:
            return True
        name: str = row["name"]
        statement = psycopg.sql.SQL("SELECT EXISTS (SELECT 1 FROM {}) AS seen").format(psycopg.sql.Identifier(name))
        return bool(self._session.ask(statement, {})[0]["seen"])

    def look(self, booking_id: str, deadline: Deadline) -> BookingRow | None:
        """The cheap look: the booking and its tables, by key; None when no such row is seen."""
        rows = self._session.ask(queries.LOOK, {"id": UUID(booking_id)}, deadline)
        return booking_row(rows[0]) if rows else None

    def study(self, booking_id: str, deadline: Deadline) -> Study:
        """The full look: also the status history and the platform's events, as far as they are readable."""
        extra: LiteralString = ""
        if "booking_state_history" in self.access.readable:
            extra += f", {queries.HISTORY} AS history"
        if self.access.events():
            extra += f", {queries.EVENTS} AS events"
        statement: LiteralString = f"SELECT {queries.BOOKING_COLUMNS}{extra} FROM bookings b WHERE b.id = %(id)s"
        rows = self._session.ask(statement, {"id": UUID(booking_id)}, deadline)
        if not rows:
            return Study(None)
        row = rows[0]
        return Study(
            booking=booking_row(row),
            history=tuple(
                StatusChange(item["from_status"], item["to_status"], instant(item["at"]), item["reason"])
                for item in row.get("history") or ()
            ),
            events=tuple(
                PlatformEvent(instant(item["at"]), item["source"], item["type"], item["context"] or {})
                for item in row.get("events") or ()
            )
            if self.access.events()
            else None,
        )

    def find_by_key(self, restaurant_id: str, key: str, deadline: Deadline) -> list[BookingRow]:
        """Every booking made with this idempotency key, oldest first."""
        rows = self._session.ask(queries.FIND_BY_KEY, {"restaurant_id": UUID(restaurant_id), "key": key}, deadline)
        return [booking_row(row) for row in rows]

    def reread(self, booking_ids: Sequence[str]) -> list[BookingRow]:
        """These bookings as they are now, in one query."""
        if not booking_ids:
            return []
        ids = [UUID(booking_id) for booking_id in booking_ids]
        return [booking_row(row) for row in self._session.ask(queries.REREAD, {"ids": ids})]

    def of_day(self, restaurant_id: str, date: datetime.date) -> list[BookingRow]:
        """All bookings of a restaurant's day, in any status, oldest first."""
        params = {"restaurant_id": UUID(restaurant_id), "date": date}
        return [booking_row(row) for row in self._session.ask(queries.OF_DAY, params)]

    def of_guests(self, *, emails: Sequence[str], keys: Sequence[str]) -> list[BookingRow]:
        """Every booking, at any restaurant, of these guests or made with these idempotency keys."""
        params = {"emails": [email.strip().lower() for email in emails], "keys": list(keys)}
        return [booking_row(row) for row in self._session.ask(queries.OF_GUEST, params)]

    def of_strangers(self, restaurants: Sequence[str], own: Sequence[str], test_guests: str) -> list[BookingRow]:
        """Bookings at these restaurants that came after the first of the `own` ones, and whose e-mail does not fit the
        LIKE pattern of the suite's own guests.
        """
        params = {
            "restaurants": [UUID(restaurant_id) for restaurant_id in restaurants],
            "ids": [UUID(booking_id) for booking_id in own],
            "test_guests": test_guests,
        }
        return [booking_row(row) for row in self._session.ask(queries.OF_STRANGERS, params)]

    def holdings(self, booking_ids: Sequence[str]) -> dict[str, Holdings]:
        """What is reserved for each of these bookings beside its tables, as far as it is readable."""
        which = {"ids": [UUID(booking_id) for booking_id in booking_ids]}
        holds: dict[str, int] = {}
        if {"table_holds", "table_hold_members"} <= self.access.readable:
            rows = self._session.ask(queries.HELD_FOR, which)
            holds = {str(row["booking_id"]): row["holds"] for row in rows}
        if "allocations" not in self.access.readable:
            return {booking_id: Holdings(holds.get(booking_id, 0)) for booking_id in booking_ids}
        allocated: dict[str, dict[str, tuple[tuple[datetime.datetime, datetime.datetime], ...]]] = {}
        groups: dict[str, set[str]] = {}
        for row in self._session.ask(queries.ALLOCATED_FOR, which):
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
            rows = self._session.ask(queries.PASSED_ON, which)
            passed_on = {row["event_type"]: row["times"] for row in rows}
        if "booking_assignment_idempotency" in self.access.readable:
            ledger = self._session.ask(queries.LEDGER, which)[0]["sets"]
        return Books(passed_on, ledger)

    def customer(self, booking_id: str) -> Mapping[str, Any] | None:
        """The customer a booking belongs to, as the platform's columns; None where that can't be read."""
        if "customers" not in self.access.readable:
            return None
        rows = self._session.ask(queries.CUSTOMER, {"id": UUID(booking_id)})
        return rows[0]["customer"] if rows else {}

    def knows_guest(self, email: str) -> bool:
        """Whether somebody with this address is among the customers; False where that can't be read."""
        if "customers" not in self.access.readable:
            return False
        return bool(self._session.ask(queries.KNOWS_GUEST, {"email": email.strip().lower()})[0]["known"])

    def hours(self, restaurant_id: str, date: datetime.date) -> Hours | None:
        """The hours of a date: its own before its weekday's; None where they can't be read."""
        if "restaurant_operating_hours" not in self.access.readable:
            return None
        params = {"restaurant_id": UUID(restaurant_id), "date": date, "weekday": date.isoweekday() % 7}
        rows = self._session.ask(queries.HOURS, params)
        return hours_of_day(rows[0]["hours"] or {}, rows[0]["restaurant"]) if rows else None

    def guests_among(self, emails: Sequence[str]) -> set[str]:
        """Those of these addresses under which somebody has a booking."""
        rows = self._session.ask(queries.GUESTS_AMONG, {"emails": list(emails)})
        return {row["email"] for row in rows}

    def stay_minutes(self) -> dict[str, int]:
        """How long a booking of each occasion lasts; empty where the catalogue can't be read."""
        if "booking_occasions" not in self.access.readable:
            return {}
        return {row["key"]: row["minutes"] for row in self._session.ask(queries.STAYS, {})}

    def restaurant(self, *, slug: str, restaurant_id: UUID | None) -> Restaurant:
        """The restaurant the run books at; the id wins. Raises SuiteError when there is none."""
        rows = self._session.ask(queries.RESTAURANT, {"id": restaurant_id, "slug": slug})
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
        rows = self._session.ask(queries.INVENTORY, {"restaurant_id": UUID(restaurant_id)}, deadline)
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
        statement: LiteralString = queries.ASSIGNED
        if "allocations" in self.access.readable:
            statement += f" UNION ALL {queries.ALLOCATED}"
        if {"table_holds", "table_hold_members"} <= self.access.readable:
            statement += f" UNION ALL {queries.HELD}"
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
            for row in self._session.ask(statement, params, deadline)
        ]
