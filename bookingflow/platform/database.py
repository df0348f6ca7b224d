"""The suite's eyes: what it asks the platform's PostgreSQL, one method a question, rows as frozen dataclasses.

The statements are in `queries`, how they are asked (read-only, reconnecting, never hanging) in `connection`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import DictRow

from bookingflow.core.errors import EvidenceHidden, SuiteError
from bookingflow.core.timing import Clock, Deadline
from bookingflow.platform import queries
from bookingflow.platform.api_models import BLOCKING
from bookingflow.platform.connection import ReadOnlyConnection
from bookingflow.platform.database_models import (
    Access,
    BookingRow,
    Holdings,
    Hours,
    Occupation,
    PlatformEvent,
    RelatedRecords,
    Restaurant,
    ServicePeriod,
    Snapshot,
    Table,
    booking_row,
    holdings_of,
    hours_of_day,
    instant,
    service_period,
    status_changes,
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
        missing = [row["name"] for row in rows if row["name"] in queries.NEEDED and not row["there"]]
        if missing:
            raise EvidenceHidden(
                f"The database of BOOKING_DATABASE_URL has no table {' and no '.join(missing)}.",
                hint="Is it the platform's own, and are its tables in a schema that the role searches?",
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

    def study(self, booking_id: str, deadline: Deadline) -> Snapshot:
        """The full look: also the status history and the platform's events, as far as they are readable."""
        extra: LiteralString = ""
        if "booking_state_history" in self.access.readable:
            extra += f", {queries.HISTORY} AS history"
        if self.access.events():
            extra += f", {queries.EVENTS} AS events"
        statement: LiteralString = f"SELECT {queries.BOOKING_COLUMNS}{extra} FROM bookings b WHERE b.id = %(id)s"
        rows = self._session.ask(statement, {"id": UUID(booking_id)}, deadline)
        if not rows:
            return Snapshot(None)
        row = rows[0]
        return Snapshot(
            booking=booking_row(row),
            history=status_changes(row.get("history")),
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
        ids = _uuids(booking_ids)
        return [booking_row(row) for row in self._session.ask(queries.REREAD, {"ids": ids})]

    def of_day(self, restaurant_id: str, date: datetime.date) -> list[BookingRow]:
        """All bookings of a restaurant's day, in any status, oldest first."""
        params = {"restaurant_id": UUID(restaurant_id), "date": date}
        return [booking_row(row) for row in self._session.ask(queries.OF_DAY, params)]

    def of_guests(self, *, emails: Sequence[str], keys: Sequence[str], ids: Sequence[str] = ()) -> list[BookingRow]:
        """Every booking, at any restaurant, of these guests, made with these idempotency keys, or with these ids."""
        params = {
            "emails": [email.strip().lower() for email in emails],
            "keys": list(keys),
            "ids": _uuids(ids),
        }
        return [booking_row(row) for row in self._session.ask(queries.OF_GUEST, params)]

    def of_strangers(self, restaurants: Sequence[str], own: Sequence[str], test_guests: str) -> list[BookingRow]:
        """Bookings at these restaurants that came after the first of the `own` ones, and whose e-mail does not fit the
        LIKE pattern of the suite's own guests.
        """
        params = {
            "restaurants": _uuids(restaurants),
            "ids": _uuids(own),
            "test_guests": test_guests,
        }
        return [booking_row(row) for row in self._session.ask(queries.OF_STRANGERS, params)]

    def held_for_nobody(self, restaurants: Sequence[str], own: Sequence[str]) -> list[str]:
        """Numbers of tables at these restaurants that are on hold for no booking, since the first `own` one was made;
        nothing where holds can't be read.
        """
        if not self.access.holds():
            return []
        params = {"restaurants": _uuids(restaurants), "ids": _uuids(own), "blocking": sorted(BLOCKING)}
        return [row["number"] for row in self._session.ask(queries.HELD_FOR_NOBODY, params)]

    def holdings(self, booking_ids: Sequence[str]) -> dict[str, Holdings]:
        """What is reserved for each of these bookings beside its tables, as far as it is readable."""
        allocations = "allocations" in self.access.readable
        parts = [queries.ALLOCATED_FOR] if allocations else []
        if self.access.holds():
            parts.append(queries.HELD_FOR)
        rows = self._of_each(" UNION ALL ".join(parts), booking_ids) if parts else {}
        return {of: holdings_of(rows.get(of, ()), allocations_readable=allocations) for of in booking_ids}

    def books(self, booking_ids: Sequence[str]) -> dict[str, RelatedRecords]:
        """What the platform noted of each of these bookings for itself and for others, as far as it is readable."""
        histories = self._about("booking_state_history", queries.HISTORIES, booking_ids)
        passed_on = self._about("capacity_outbox", queries.PASSED_ON, booking_ids)
        ledger = self._about("booking_assignment_idempotency", queries.LEDGER, booking_ids)
        return {
            of: RelatedRecords(
                None if histories is None else status_changes(histories[of][0]["history"] if histories[of] else None),
                None if passed_on is None else {row["event_type"]: row["times"] for row in passed_on[of]},
                None if ledger is None else sum(row["sets"] for row in ledger[of]),
            )
            for of in booking_ids
        }

    def customers(self, booking_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """The customer each of these bookings belongs to, as the platform's columns, where that can be read."""
        found = self._about("customers", queries.CUSTOMERS, booking_ids) or {}
        return {of: rows[0]["customer"] for of, rows in found.items() if rows}

    def _about(
        self, table: str, statement: LiteralString, booking_ids: Sequence[str]
    ) -> dict[str, list[DictRow]] | None:
        """The rows of a statement for each of these bookings; None where the table it asks can't be read."""
        return self._of_each(statement, booking_ids) if table in self.access.readable else None

    def _of_each(self, statement: LiteralString, booking_ids: Sequence[str]) -> dict[str, list[DictRow]]:
        """The rows of a statement about bookings for each of these, in one query."""
        found: dict[str, list[DictRow]] = {booking_id: [] for booking_id in booking_ids}
        params = {"ids": _uuids(booking_ids)}
        for row in self._session.ask(statement, params) if found else ():
            found[row["booking_id"]].append(row)
        return found

    def knows_guest(self, email: str) -> bool:
        """Whether somebody with this address is among the customers; False where that can't be read."""
        if "customers" not in self.access.readable:
            return False
        return bool(self._session.ask(queries.KNOWS_GUEST, {"email": email.strip().lower()})[0]["known"])

    def hours(self, restaurant_id: str, date: datetime.date) -> Hours | None:
        """The hours of a date: its own before its weekday's; None where they can't be read."""
        return self.hours_of_days(restaurant_id, [date]).get(date)

    def hours_of_days(self, restaurant_id: str, dates: Sequence[datetime.date]) -> dict[datetime.date, Hours]:
        """The hours of each of these dates; nothing where they can't be read or understood."""
        if "restaurant_operating_hours" not in self.access.readable or not dates:
            return {}
        rows = self._session.ask(queries.HOURS, {"restaurant_id": UUID(restaurant_id), "dates": list(dates)})
        found = {row["date"]: hours_of_day(row["hours"] or {}, row["restaurant"]) for row in rows}
        return {date: hours for date, hours in found.items() if hours is not None}

    def service_periods(self, restaurant_id: str) -> list[ServicePeriod] | None:
        """When the restaurant serves what; None where that can't be read or understood, or is not said."""
        if "restaurant_service_periods" not in self.access.readable:
            return None
        rows = self._session.ask(queries.SERVICE_PERIODS, {"restaurant_id": UUID(restaurant_id)})
        periods = [service_period(row["period"]) for row in rows]
        understood = [period for period in periods if period is not None]
        return understood if understood and len(understood) == len(periods) else None

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
        return Restaurant(row["id"], row["slug"], row["name"], row["timezone"])

    def inventory(self, restaurant_id: str, deadline: Deadline | None = None) -> list[Table]:
        """The tables in service."""
        rows = self._session.ask(queries.INVENTORY, {"restaurant_id": UUID(restaurant_id)}, deadline)
        return [
            Table(
                id=row["id"],
                number=row["number"],
                capacity=row["capacity"],
                zone_id=row["zone_id"],
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
        if self.access.holds():
            statement += f" UNION ALL {queries.HELD}"
        params = {
            "restaurant_id": UUID(restaurant_id),
            "since": since,
            "until": until,
            "test_guests": test_guests,
        }
        return [
            Occupation(
                table_id=row["table_id"],
                start_at=row["start_at"],
                end_at=row["end_at"],
                kind=row["kind"],
                booking_id=row["booking_id"],
                status=row["status"],
                by_tests=row["by_tests"],
            )
            for row in self._session.ask(statement, params, deadline)
        ]


def _uuids(ids: Sequence[str]) -> list[UUID]:
    return [UUID(identity) for identity in ids]
