"""Assign tables to a booking: quote and confirm in one transaction, with every row the platform leaves
(docs/platform.md, "Rows of a confirmed booking").
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from psycopg.types.range import TimestamptzRange

from demo.allocator import DINNER_UNTIL, Plan, Table, plan, table_minutes
from demo.attempt import INLINE, NOT_PENDING, STRATEGY, Attempt, Source, Took, note
from demo.defects.rows import booking_confirmed
from demo.inline_assignment import InlineAttempt
from demo.platform import Platform, Stopwatch, Transaction
from demo.reservation import confirm, tables_of

LOCK_DAYS: LiteralString = """
    SELECT pg_advisory_xact_lock(hashtext(restaurant_id::text), hashtext(booking_date::text))
      FROM (SELECT DISTINCT restaurant_id, booking_date FROM bookings WHERE id = ANY(%(ids)s::uuid[])
             ORDER BY restaurant_id, booking_date) AS days"""
BOOKING: LiteralString = """
    SELECT b.*, (b.booking_date + %(dinner_until)s) AT TIME ZONE r.timezone AS dinner_ends
      FROM bookings b JOIN restaurants r ON r.id = b.restaurant_id WHERE b.id = %(id)s FOR UPDATE OF b"""
TABLES: LiteralString = """
    SELECT i.id::text, i.table_number, i.capacity, i.zone_id::text, z.area_type::text AS area,
           i.mobility = 'movable' AS movable, i.min_party_size AS min_party, i.max_party_size AS max_party, i.id IN (
                SELECT a.table_id FROM booking_table_assignments a WHERE a.assignment_window && %(window)s
                UNION SELECT l.resource_id FROM allocations l
                 WHERE l.restaurant_id = %(restaurant)s AND l.resource_type = 'table' AND NOT l.shadow
                   AND l."window" && %(window)s
                UNION SELECT m.table_id FROM table_holds h JOIN table_hold_members m ON m.hold_id = h.id
                 WHERE h.restaurant_id = %(restaurant)s AND tstzrange(h.start_at, h.end_at) && %(window)s) AS busy
      FROM table_inventory i JOIN zones z ON z.id = i.zone_id
     WHERE i.restaurant_id = %(restaurant)s AND i.active AND (i.status <> 'out_of_service' OR %(broken_too)s)
     ORDER BY i.table_number"""
FREE_ALL: LiteralString = "DELETE FROM booking_table_assignments WHERE booking_id = ANY(%(ids)s::uuid[])"
FREE_ONE: LiteralString = """
    DELETE FROM booking_table_assignments WHERE id IN (
        SELECT DISTINCT ON (booking_id) id FROM booking_table_assignments
         WHERE booking_id = ANY(%(ids)s::uuid[]) ORDER BY booking_id, table_id)"""
TAKEN_LATER: LiteralString = """
    SELECT a.table_id::text FROM booking_table_assignments a
     WHERE a.assignment_window && %(window)s AND a.start_at > lower(%(window)s::tstzrange)"""
OF_SAME_GUESTS: LiteralString = """
    SELECT o.id FROM bookings b JOIN bookings o ON o.customer_id = b.customer_id WHERE b.id = ANY(%(ids)s::uuid[])"""
JUST_TAKEN: LiteralString = """
    SELECT a.table_id::text FROM booking_table_assignments a JOIN bookings b ON b.id = a.booking_id
     WHERE a.assignment_window && %(window)s AND b.created_at > now() - %(since)s"""
QUARTER = datetime.timedelta(minutes=15)
"""With two defects, a table is given to two parties for so long."""
RACE = datetime.timedelta(seconds=0.5)
"""With one defect, a request does not see tables that were taken so shortly before."""


def note_timeout(platform: Platform, booking_id: str) -> None:
    """Record that the attempt inside a POST was given up."""
    limit_ms = platform.flags.inline_timeout_ms
    late = Attempt(reason="INLINE_TIMEOUT", duration_ms=limit_ms)
    with platform.transaction() as db:
        booking = db.execute("SELECT id, restaurant_id FROM bookings WHERE id = %s", (booking_id,)).fetchone()
        if booking is not None:
            note(db, booking, late.timed_out(limit_ms))
            _store_last_result(db, booking_id, late, platform.clock.now())


def assign(
    platform: Platform,
    booking_id: str,
    source: Source,
    attempt_index: int = 0,
    *,
    inline: InlineAttempt | None = None,
) -> Attempt:
    """Try once to confirm a pending booking with tables; safe to repeat and to run concurrently."""
    attempt, watch = Attempt(), Stopwatch()
    if platform.pause(platform.flags.assignment_delay_ms / 1000):
        return attempt  # its database stops too, and would break it off
    with platform.transaction() as db:
        booking = locked_booking(db, booking_id)
        if booking is None or booking["status"] not in _assignable(platform, source):
            attempt.reason = NOT_PENDING
            return attempt
        window = _window(booking)
        found = _quote(platform, db, booking, window)
        quote_ms = watch.ms
        if isinstance(found, str):
            attempt.reason = found
            if platform.defects.on("full-house-is-an-error"):
                raise RuntimeError(found)
            if platform.defects.on("full-house-is-confirmed"):
                _pretend(db, booking)
                attempt.success = True
            if platform.defects.on("no-reason-for-pending"):
                attempt.reason = None
                return attempt
        happened = attempt.quoted(source, attempt_index, quote_ms)
        if not isinstance(found, str):
            happened = attempt.held(found, booking["party_size"], window) + happened
            key = booking["auto_assign_idempotency_key"] or f"{source.key_prefix}-{booking_id}"
            if booking["status"] == "confirmed":
                key = f"{key}-{attempt.attempt_id}"
            confirm(platform, db, booking, found, window, attempt, source, key)
            attempt.success = True
            took = Took(quote_ms, watch.ms - quote_ms)
            happened += attempt.confirmed(source, key, booking["status"], len(found.tables), took)
            booking_confirmed(platform, db, booking)
        note(db, booking, happened)
        attempt.duration_ms = watch.ms
        if source.inline and not (inline and inline.given_up):
            _store_last_result(db, booking_id, attempt, platform.clock.now())
    return attempt


def _assignable(platform: Platform, source: Source) -> set[str]:
    """Return the statuses from which tables may be assigned."""
    statuses = {"pending", "pending_allocation"}
    if not source.inline and platform.defects.on("job-repeats"):
        statuses.add("confirmed")
    if not source.inline and platform.defects.on("job-confirms-cancelled"):
        statuses.add("cancelled")
    return statuses


def _pretend(db: Transaction, booking: DictRow) -> None:
    """Confirm a booking without a table: the database checks only at the moment of confirming."""
    db.execute(
        "INSERT INTO booking_table_assignments (booking_id, table_id) "
        "SELECT %(id)s, id FROM table_inventory WHERE restaurant_id = %(restaurant)s LIMIT 1",
        {"id": booking["id"], "restaurant": booking["restaurant_id"]},
    )
    db.execute("UPDATE bookings SET status = 'confirmed' WHERE id = %s", (booking["id"],))
    db.execute("DELETE FROM booking_table_assignments WHERE booking_id = %s", (booking["id"],))


def locked_booking(db: Transaction, booking_id: str) -> DictRow | None:
    """Return the booking, with its restaurant's day locked: plans for one day are made one at a time."""
    db.execute(LOCK_DAYS, {"ids": [booking_id]})
    return db.execute(BOOKING, {"id": booking_id, "dinner_until": DINNER_UNTIL}).fetchone()


def _window(booking: DictRow) -> TimestamptzRange:
    length, dinner = table_minutes(booking["start_time"], booking["party_size"])
    end = booking["start_at"] + length
    if dinner and booking["dinner_ends"] > booking["start_at"]:
        end = min(end, booking["dinner_ends"])
    return TimestamptzRange(booking["start_at"], end, "[)")


def _quote(platform: Platform, db: Transaction, booking: DictRow, window: TimestamptzRange) -> Plan | str:
    kept_free = window
    if platform.defects.on("back-to-back-refused"):
        margin = datetime.timedelta(minutes=30)
        upper: Any = window.upper  # a booking's window has both ends
        kept_free = TimestamptzRange(booking["start_at"] - margin, upper + margin, "[)")
    if platform.defects.on("next-guests-in-the-way"):
        kept_free = TimestamptzRange(window.lower, window.upper, "[]")
    if platform.defects.on("next-guests-come-too-early"):
        kept_free = TimestamptzRange(booking["start_at"] + QUARTER, window.upper, "[)")
    if platform.defects.on("guests-leave-too-late"):
        ends: Any = window.upper
        kept_free = TimestamptzRange(window.lower, ends - QUARTER, "[)")
    asked = {"window": kept_free, "restaurant": booking["restaurant_id"]}
    asked["broken_too"] = platform.defects.on("broken-tables-given")
    found = db.execute(TABLES, asked).fetchall()
    tables = [
        Table(
            id=row["id"],
            number=row["table_number"],
            capacity=row["capacity"],
            zone_id=row["zone_id"],
            area=row["area"],
            movable=row["movable"] or platform.defects.on("fixed-tables-joined"),
            min_party=row["min_party"],
            max_party=row["max_party"],
        )
        for row in found
    ]
    if platform.defects.on("repeated-contact-returns-first"):
        held = tables_of(db, booking)
        if held:
            return Plan(tuple(table for table in tables if table.id in held))
    busy = {row["id"] for row in found if row["busy"]}
    if platform.defects.on("double-booking"):
        busy = set()
    if platform.defects.on("later-guests-overlooked"):
        busy -= {row["table_id"] for row in db.execute(TAKEN_LATER, {"window": window}).fetchall()}
    if platform.defects.on("last-table-given-twice"):
        window_s = {"window": kept_free, "since": RACE}
        busy -= {row["table_id"] for row in db.execute(JUST_TAKEN, window_s).fetchall()}
    return _plan(platform, booking["party_size"], booking["seating_preference"], tables, busy)


def _plan(platform: Platform, party: int, seating: str, tables: list[Table], busy: set[str]) -> Plan | str:
    """Return the planner's choice; a defect may change what the planner is asked."""
    free = [table for table in tables if table.id not in busy]
    if platform.defects.on("table-too-small"):
        party = max(1, party - 2)
    if platform.defects.on("seating-wish-ignored"):
        seating = {"indoor": "outdoor", "outdoor": "indoor"}.get(seating, seating)
    if platform.defects.on("largest-table-first") and free:
        largest = max(table.capacity for table in free)
        if largest >= party:
            tables = [table for table in tables if table.capacity == largest]
    if platform.defects.on("odd-parties-at-large-tables") and party % 2:
        tables = [table for table in tables if table.capacity > party + 1] or tables
    if platform.defects.on("joined-across-zones"):
        by_zone = {table.zone_id: table for table in sorted(free, key=lambda table: table.capacity)}
        if party > max(table.capacity for table in tables) and sum(t.capacity for t in by_zone.values()) >= party:
            return Plan(tuple(by_zone.values()))
    if platform.defects.on("joined-tables-never-full") and party > max(table.capacity for table in tables):
        party += 1
    return plan(party, seating, tables, busy, merges=platform.flags.merges)


def _store_last_result(db: Transaction, booking_id: str, attempt: Attempt, now: datetime.datetime) -> None:
    result = {
        "source": "inline",
        "lastAttemptAt": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "success": attempt.success,
        "reason": attempt.reason,
        "strategy": STRATEGY,
        "trigger": INLINE.trigger,
        "alternates": 0,
        "durationMs": attempt.duration_ms,
        "attemptId": attempt.attempt_id,
        "emailSent": False,
        "emailVariant": "standard",
    }
    db.execute("UPDATE bookings SET auto_assign_last_result = %s WHERE id = %s", (Jsonb(result), booking_id))


def cancel(platform: Platform, booking_ids: Sequence[str], by: str = "staff") -> int:
    """Cancel bookings as staff or guest and free their tables; return how many were found."""
    ids: dict[str, list[str]] = {"ids": list(booking_ids)}
    with platform.transaction() as db:
        if by == "guest" and platform.defects.on("cancel-strikes-all"):
            ids["ids"] = [str(row["id"]) for row in db.execute(OF_SAME_GUESTS, ids).fetchall()]
        db.execute(LOCK_DAYS, ids)
        cancelled = db.execute("UPDATE bookings SET status = 'cancelled' WHERE id = ANY(%(ids)s::uuid[])", ids)
        if by == "staff" or not platform.defects.on("cancelled-keeps-tables"):
            one = platform.defects.on("cancelled-keeps-joined-tables")
            db.execute(FREE_ONE if one else FREE_ALL, ids)
        db.execute("DELETE FROM table_holds WHERE booking_id = ANY(%(ids)s::uuid[])", ids)
        if by == "guest" or not platform.defects.on("cancelled-keeps-allocations"):
            db.execute("DELETE FROM allocations WHERE booking_id = ANY(%(ids)s::uuid[])", ids)
    return cancelled.rowcount
