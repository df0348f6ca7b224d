"""Which bookings, holds and reservations take which tables, and from when to when."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from bookingflow.core.timing import Deadline
from bookingflow.platform.api_models import BLOCKING
from bookingflow.platform.database.questions import Questions, as_far_as_readable
from bookingflow.platform.database_models import HeldDay, Occupation
from bookingflow.platform.own_guests import NOBODY, OwnGuests


class OccupationQuestions(Questions):
    """What takes tables."""

    # What takes a table, such as repairs, may do so without a beginning or an end.
    FINITE: LiteralString = """
    SELECT table_id, CASE WHEN isfinite(start_at) THEN start_at ELSE %(since)s END AS start_at,
           CASE WHEN isfinite(end_at) THEN end_at ELSE %(until)s END AS end_at,
           kind, booking_id, status, by_tests, by_this_run"""
    # Rows without a time of their own are found on the platform: it takes such a table for that of its booking.
    ASSIGNED: LiteralString = """
    SELECT a.table_id, coalesce(a.start_at, b.start_at) AS start_at, coalesce(a.end_at, b.end_at) AS end_at,
           'assignment' AS kind, a.booking_id, b.status::text AS status,
           coalesce(b.customer_email LIKE ANY(%(own)s), false) AS by_tests,
           coalesce(b.customer_email LIKE %(this_run)s, false) AS by_this_run
      FROM booking_table_assignments a JOIN bookings b ON b.id = a.booking_id
     WHERE b.restaurant_id = %(restaurant_id)s AND coalesce(a.start_at, b.start_at) < %(until)s
       AND coalesce(a.end_at, b.end_at) > %(since)s"""
    ALLOCATED: LiteralString = """
    SELECT l.resource_id, lower(l."window"), upper(l."window"), 'allocation', l.booking_id, b.status::text,
           coalesce(b.customer_email LIKE ANY(%(own)s), false), coalesce(b.customer_email LIKE %(this_run)s, false)
      FROM allocations l LEFT JOIN bookings b ON b.id = l.booking_id
     WHERE l.restaurant_id = %(restaurant_id)s AND l.resource_type = 'table' AND NOT l.shadow
       AND l."window" && tstzrange(%(since)s, %(until)s)"""
    HELD: LiteralString = """
    SELECT m.table_id, h.start_at, h.end_at, 'hold', h.booking_id, b.status::text,
           coalesce(b.customer_email LIKE ANY(%(own)s), false), coalesce(b.customer_email LIKE %(this_run)s, false)
      FROM table_holds h JOIN table_hold_members m ON m.hold_id = h.id LEFT JOIN bookings b ON b.id = h.booking_id
     WHERE h.restaurant_id = %(restaurant_id)s AND h.start_at < %(until)s AND h.end_at > %(since)s"""

    @as_far_as_readable
    def occupations(
        self,
        restaurant_id: str,
        since: datetime.datetime,
        until: datetime.datetime,
        deadline: Deadline | None = None,
        *,
        own: OwnGuests = NOBODY,
    ) -> list[Occupation]:
        """What takes tables between two instants: assignments, allocations and holds, of bookings in any status.

        What is held by the suite's `own` guests is marked.
        """
        statement: LiteralString = f"{self.FINITE} FROM ({self.ASSIGNED}"
        if "allocations" in self.access.readable:
            statement += f" UNION ALL {self.ALLOCATED}"
        if self.access.holds():
            statement += f" UNION ALL {self.HELD}"
        statement += ") taken"
        params = {
            "restaurant_id": UUID(restaurant_id),
            "since": since,
            "until": until,
            "own": own.any_run,
            "this_run": own.this_run,
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
                by_this_run=row["by_this_run"],
            )
            for row in self._ask(statement, params, deadline)
        ]

    HELD_BY_OWN: LiteralString = """
    SELECT held.date, count(*) AS tables, sum(i.capacity) AS seats
      FROM (SELECT DISTINCT b.booking_date AS date, a.table_id
              FROM bookings b JOIN booking_table_assignments a ON a.booking_id = b.id
             WHERE b.restaurant_id = %(restaurant_id)s AND b.booking_date BETWEEN %(since)s AND %(until)s
               AND b.status::text = ANY(%(blocking)s) AND b.customer_email LIKE ANY(%(own)s)) held
      JOIN table_inventory i ON i.id = held.table_id
     GROUP BY held.date ORDER BY held.date"""

    def held_by_own(
        self, restaurant_id: str, since: datetime.date, until: datetime.date, own: OwnGuests
    ) -> list[HeldDay]:
        """What the suite's own guests hold on each of these days, both ends included; no day without anything."""
        params = {
            "restaurant_id": UUID(restaurant_id),
            "since": since,
            "until": until,
            "blocking": sorted(BLOCKING),
            "own": own.any_run,
        }
        return [HeldDay(row["date"], row["tables"], row["seats"]) for row in self._ask(self.HELD_BY_OWN, params)]

    TIMES_BOOKED: LiteralString = """
    SELECT b.booking_date AS date, b.start_time AS time FROM bookings b
     WHERE b.restaurant_id = %(restaurant_id)s AND b.booking_date = ANY(%(dates)s::date[])
       AND b.status::text = ANY(%(blocking)s) AND b.customer_email LIKE ANY(%(own)s)"""

    def times_booked_by_own(
        self, restaurant_id: str, dates: Sequence[datetime.date], own: OwnGuests
    ) -> dict[datetime.date, list[datetime.time]]:
        """When on these days the suite's own guests have bookings that hold a table, or may yet."""
        params = {
            "restaurant_id": UUID(restaurant_id),
            "dates": list(dates),
            "blocking": sorted(BLOCKING),
            "own": own.any_run,
        }
        booked: dict[datetime.date, list[datetime.time]] = {}
        for row in self._ask(self.TIMES_BOOKED, params):
            booked.setdefault(row["date"], []).append(row["time"])
        return booked
