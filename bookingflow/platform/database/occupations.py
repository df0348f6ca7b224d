"""Who has the tables when."""

from __future__ import annotations

import datetime
from typing import LiteralString
from uuid import UUID

from bookingflow.core.timing import Deadline
from bookingflow.platform.database.questions import Questions
from bookingflow.platform.database_models import Occupation


class OccupationQuestions(Questions):
    """What takes tables."""

    ASSIGNED: LiteralString = """
    SELECT a.table_id, a.start_at, a.end_at, 'assignment' AS kind, a.booking_id, b.status::text AS status,
           coalesce(b.customer_email LIKE %(test_guests)s, false) AS by_tests
      FROM booking_table_assignments a JOIN bookings b ON b.id = a.booking_id
     WHERE b.restaurant_id = %(restaurant_id)s AND a.start_at < %(until)s AND a.end_at > %(since)s"""
    ALLOCATED: LiteralString = """
    SELECT l.resource_id, lower(l."window"), upper(l."window"), 'allocation', l.booking_id, b.status::text,
           coalesce(b.customer_email LIKE %(test_guests)s, false)
      FROM allocations l LEFT JOIN bookings b ON b.id = l.booking_id
     WHERE l.restaurant_id = %(restaurant_id)s AND l.resource_type = 'table' AND NOT l.shadow
       AND l."window" && tstzrange(%(since)s, %(until)s)"""
    HELD: LiteralString = """
    SELECT m.table_id, h.start_at, h.end_at, 'hold', h.booking_id, b.status::text,
           coalesce(b.customer_email LIKE %(test_guests)s, false)
      FROM table_holds h JOIN table_hold_members m ON m.hold_id = h.id LEFT JOIN bookings b ON b.id = h.booking_id
     WHERE h.restaurant_id = %(restaurant_id)s AND h.start_at < %(until)s AND h.end_at > %(since)s"""

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
        statement: LiteralString = self.ASSIGNED
        if "allocations" in self.access.readable:
            statement += f" UNION ALL {self.ALLOCATED}"
        if self.access.holds():
            statement += f" UNION ALL {self.HELD}"
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
