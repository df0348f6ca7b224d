"""What the platform keeps of a booking beside it: reservations, history, messages for other systems, the customer."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

from bookingflow.platform.api_models import BLOCKING
from bookingflow.platform.database.bookings import HISTORY, status_changes
from bookingflow.platform.database.questions import Questions, as_far_as_readable, uuids
from bookingflow.platform.database_models import Holdings, RelatedRecords


class RelatedRecordQuestions(Questions):
    """Questions about what is kept of bookings beside their rows."""

    ALLOCATED_FOR: LiteralString = """
    SELECT l.booking_id, l.id, l.restaurant_id, l.resource_id, l.resource_type, lower(l."window") AS start_at,
           upper(l."window") AS end_at
      FROM allocations l
     WHERE l.booking_id = ANY(%(ids)s) AND l.resource_type IN ('table', 'merge_group') AND NOT l.shadow"""
    HELD_FOR: LiteralString = """
    SELECT h.booking_id, h.id, h.restaurant_id, m.table_id AS resource_id, 'on_hold' AS resource_type, h.start_at,
           h.end_at
      FROM table_holds h JOIN table_hold_members m ON m.hold_id = h.id WHERE h.booking_id = ANY(%(ids)s)"""

    @as_far_as_readable
    def holdings(self, booking_ids: Sequence[str]) -> dict[str, Holdings]:
        """What is reserved for each of these bookings beside its tables, as far as it is readable."""
        allocations = "allocations" in self.access.readable
        parts = [self.ALLOCATED_FOR] if allocations else []
        if self.access.holds():
            parts.append(self.HELD_FOR)
        rows = self._of_each(" UNION ALL ".join(parts), booking_ids) if parts else {}
        return {of: holdings_of(rows.get(of, ()), allocations_readable=allocations) for of in booking_ids}

    HELD_FOR_NOBODY: LiteralString = """
    SELECT i.table_number AS number FROM table_holds h JOIN table_hold_members m ON m.hold_id = h.id
      JOIN table_inventory i ON i.id = m.table_id LEFT JOIN bookings b ON b.id = h.booking_id
     WHERE h.restaurant_id = ANY(%(restaurants)s)
       AND (b.id IS NULL OR b.status::text <> ALL(%(blocking)s))
       AND h.created_at >= (SELECT min(o.created_at) FROM bookings o WHERE o.id = ANY(%(ids)s)) ORDER BY 1"""

    @as_far_as_readable
    def held_for_nobody(self, restaurants: Sequence[str], own: Sequence[str]) -> list[str]:
        """Numbers of tables at these restaurants that are on hold for no booking, since the first `own` one was made;
        nothing where holds can't be read.
        """
        if not self.access.holds():
            return []
        params = {"restaurants": uuids(restaurants), "ids": uuids(own), "blocking": sorted(BLOCKING)}
        return [row["number"] for row in self._ask(self.HELD_FOR_NOBODY, params)]

    HISTORIES: LiteralString = (
        f"SELECT b.id AS booking_id, {HISTORY} AS history FROM bookings b WHERE b.id = ANY(%(ids)s)"
    )
    PASSED_ON: LiteralString = """
    SELECT o.booking_id, o.event_type, count(*) AS times,
           (array_agg(to_jsonb(o) -> 'payload' ORDER BY o.created_at DESC))[1] AS payload
      FROM capacity_outbox o
     WHERE o.booking_id = ANY(%(ids)s) GROUP BY 1, 2"""
    LEDGER: LiteralString = """
    SELECT l.booking_id, count(*) AS sets FROM booking_assignment_idempotency l
     WHERE l.booking_id = ANY(%(ids)s) GROUP BY 1"""

    def related_records(self, booking_ids: Sequence[str]) -> dict[str, RelatedRecords]:
        """The history, messages and ledger entries of each of these bookings, as far as they are readable."""
        histories = self._about("booking_state_history", self.HISTORIES, booking_ids)
        passed_on = self._about("capacity_outbox", self.PASSED_ON, booking_ids)
        ledger = self._about("booking_assignment_idempotency", self.LEDGER, booking_ids)
        return {
            of: RelatedRecords(
                None if histories is None else status_changes(histories[of][0]["history"] if histories[of] else None),
                None if passed_on is None else {row["event_type"]: row["times"] for row in passed_on[of]},
                None if ledger is None else sum(row["sets"] for row in ledger[of]),
                {
                    row["event_type"]: row["payload"]
                    for row in (passed_on or {}).get(of, ())
                    if isinstance(row["payload"], dict)
                },
            )
            for of in booking_ids
        }

    # As JSON: what a column lacks on one platform is not checked there.
    CUSTOMERS: LiteralString = """
    SELECT b.id AS booking_id, to_jsonb(c) || jsonb_build_object('account', to_jsonb(b) -> 'auth_user_id',
                                                               'arrived', to_jsonb(b) -> 'checked_in_at') AS customer
      FROM bookings b JOIN customers c ON c.id = b.customer_id
     WHERE b.id = ANY(%(ids)s)"""

    def customers(self, booking_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """The customer each of these bookings belongs to, as the platform's columns, where that can be read."""
        found = self._about("customers", self.CUSTOMERS, booking_ids) or {}
        return {of: rows[0]["customer"] for of, rows in found.items() if rows}

    KNOWS_GUEST: LiteralString = "SELECT EXISTS (SELECT 1 FROM customers c WHERE c.email = %(email)s) AS known"

    @as_far_as_readable
    def knows_guest(self, email: str) -> bool:
        """Whether somebody with this address is among the customers; False where that can't be read."""
        if "customers" not in self.access.readable:
            return False
        return bool(self._ask(self.KNOWS_GUEST, {"email": email.strip().lower()})[0]["known"])


def holdings_of(rows: Sequence[Mapping[str, Any]], *, allocations_readable: bool) -> Holdings:
    """What is reserved for a booking, from its rows of `ALLOCATED_FOR`, where readable, and `HELD_FOR`."""
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
