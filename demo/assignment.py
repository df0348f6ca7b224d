"""Giving a booking its tables: quote and confirm in one transaction, with every row the platform leaves
(docs/platform.md, "Rows of a confirmed booking").
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import threading
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, LiteralString

from psycopg.rows import DictRow, dict_row
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb
from psycopg.types.range import TimestamptzRange

from demo.allocator import DINNER_UNTIL, REASON_CODES, Plan, Table, plan, table_minutes
from demo.platform import Cur, Platform, Stopwatch
from demo.spoil import booking_confirmed, careless

LOCK_DAY: LiteralString = "SELECT pg_advisory_xact_lock(hashtext(%s), hashtext(%s))"
TABLES: LiteralString = """
    SELECT i.id::text, i.table_number, i.capacity, i.zone_id::text, z.area_type::text AS area,
           i.mobility = 'movable' AS movable
      FROM table_inventory i JOIN zones z ON z.id = i.zone_id
     WHERE i.restaurant_id = %s AND i.active AND i.status <> 'out_of_service' ORDER BY i.table_number"""
BUSY: LiteralString = """
    SELECT a.table_id::text FROM booking_table_assignments a WHERE a.assignment_window && %(window)s
    UNION SELECT l.resource_id::text FROM allocations l
     WHERE l.restaurant_id = %(restaurant)s AND l.resource_type = 'table' AND NOT l.shadow AND l."window" && %(window)s
    UNION SELECT m.table_id::text FROM table_holds h JOIN table_hold_members m ON m.hold_id = h.id
     WHERE h.restaurant_id = %(restaurant)s AND tstzrange(h.start_at, h.end_at) && %(window)s"""

JUST_TAKEN: LiteralString = """
    SELECT a.table_id::text FROM booking_table_assignments a JOIN bookings b ON b.id = a.booking_id
     WHERE a.assignment_window && %(window)s AND b.created_at > now() - %(since)s"""
RACE = datetime.timedelta(seconds=0.5)
"""Who comes so soon after another does not see what the other took; with one defect only."""


@dataclass
class Attempt:
    """How one attempt at assigning tables ended."""

    success: bool = False
    reason: str | None = None
    hold_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    attempt_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    duration_ms: int = 0

    @property
    def reason_code(self) -> str:
        """The planner's code for the reason."""
        return REASON_CODES.get(self.reason or "", "unknown")


@dataclass(frozen=True)
class Source:
    """Who assigns: the inline attempt or the job; decides keys, reasons and names in the rows."""

    trigger: str
    history_reason: str
    label: str
    key_prefix: str
    inline: bool


INLINE = Source("inline_creation", "api_inline_auto_assign", "api-inline", "api", inline=True)
JOB = Source("creation", "auto_assign", "auto-assign", "auto", inline=False)


def event(
    cursor: Cur, booking: DictRow, source: str, kind: str, context: Mapping[str, Any], severity: str = "info"
) -> None:
    """Note something about a booking."""
    cursor.execute(
        "INSERT INTO observability_events (source, event_type, severity, context, restaurant_id, booking_id) "
        "VALUES (%s, %s, %s, %s, %s, %s)",
        (source, kind, severity, Jsonb(dict(context)), booking["restaurant_id"], booking["id"]),
    )


def assign_inline(platform: Platform, booking_id: str) -> bool:
    """The attempt inside the POST: whether it confirmed the booking within the inline limit.

    One that takes longer is given up for this answer; its transaction may still commit later, as the platform's does.
    """
    given_up, found = threading.Event(), Future[Attempt]()

    def attempt() -> None:
        try:
            found.set_result(assign(platform, booking_id, INLINE, given_up=given_up))
        except Exception as error:  # noqa: BLE001 - handed over to the POST, which raises it
            found.set_exception(error)

    threading.Thread(target=attempt, daemon=True).start()
    limit_ms = platform.flags.inline_timeout_ms
    with contextlib.suppress(TimeoutError):
        return found.result(limit_ms / 1000).success
    given_up.set()
    _note_timeout(platform, booking_id, limit_ms)
    return False


def _note_timeout(platform: Platform, booking_id: str, limit_ms: int) -> None:
    late = Attempt(reason="INLINE_TIMEOUT", duration_ms=limit_ms)
    with platform.pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        booking = cursor.execute("SELECT id, restaurant_id FROM bookings WHERE id = %s", (booking_id,)).fetchone()
        if booking is not None:
            about = {"attemptId": late.attempt_id, "timeoutMs": limit_ms, "elapsedMs": limit_ms}
            event(cursor, booking, _INLINE_SOURCE, "inline_auto_assign.timeout", about)
            event(cursor, booking, _INLINE_SOURCE, "inline_auto_assign.operation_aborted", about)
            _store_last_result(cursor, booking_id, late, platform.clock.now())


def assign(
    platform: Platform,
    booking_id: str,
    source: Source,
    attempt_index: int = 0,
    *,
    given_up: threading.Event | None = None,
) -> Attempt:
    """Try once to confirm a pending booking with tables; safe to repeat and to run at the same time."""
    attempt, watch = Attempt(), Stopwatch()
    time.sleep(platform.flags.assignment_delay_ms / 1000)
    with platform.pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        booking = locked_booking(cursor, booking_id)
        if booking is None or booking["status"] not in _assignable(platform, source):
            attempt.reason = NOT_PENDING
            return attempt
        window = _window(cursor, booking)
        found = _quote(platform, cursor, booking, window)
        quote_ms = watch.ms
        if isinstance(found, str):
            attempt.reason = found
            if platform.defects.on("full-house-is-an-error"):
                raise RuntimeError(found)
            if platform.defects.on("full-house-is-confirmed"):
                _pretend(cursor, booking)
                attempt.success = True
            if platform.defects.on("no-reason-for-pending"):
                attempt.reason = None
                return attempt
        _note_quote(cursor, booking, source, attempt, found, window, quote_ms, attempt_index)
        if not isinstance(found, str):
            key = booking["auto_assign_idempotency_key"] or f"{source.key_prefix}-{booking_id}"
            if booking["status"] == "confirmed":
                key = f"{key}-{attempt.attempt_id}"
            _confirm(platform, cursor, booking, found, window, attempt, source, key)
            attempt.success = True
            _note_confirm(cursor, booking, source, attempt, key, quote_ms, watch.ms - quote_ms, len(found.tables))
            booking_confirmed(platform, cursor, booking)
        attempt.duration_ms = watch.ms
        if source.inline and not (given_up and given_up.is_set()):
            _store_last_result(cursor, booking_id, attempt, platform.clock.now())
    return attempt


def _assignable(platform: Platform, source: Source) -> set[str]:
    """The statuses from which tables may be assigned."""
    statuses = {"pending", "pending_allocation"}
    if not source.inline and platform.defects.on("job-repeats"):
        statuses.add("confirmed")
    if not source.inline and platform.defects.on("job-confirms-cancelled"):
        statuses.add("cancelled")
    return statuses


def _pretend(cursor: Cur, booking: DictRow) -> None:
    """Confirm a booking that has no table: the guard of the database looks only at the moment of confirming."""
    cursor.execute(
        "INSERT INTO booking_table_assignments (booking_id, table_id) "
        "SELECT %(id)s, id FROM table_inventory WHERE restaurant_id = %(restaurant)s LIMIT 1",
        {"id": booking["id"], "restaurant": booking["restaurant_id"]},
    )
    cursor.execute("UPDATE bookings SET status = 'confirmed' WHERE id = %s", (booking["id"],))
    cursor.execute("DELETE FROM booking_table_assignments WHERE booking_id = %s", (booking["id"],))


def locked_booking(cursor: Cur, booking_id: str) -> DictRow | None:
    """The booking, with its restaurant's day locked: planning one day is done one after the other."""
    cursor.execute("SELECT * FROM bookings WHERE id = %s", (booking_id,))
    booking = cursor.fetchone()
    if booking is None:
        return None
    cursor.execute(LOCK_DAY, (str(booking["restaurant_id"]), booking["booking_date"].isoformat()))
    cursor.execute("SELECT * FROM bookings WHERE id = %s FOR UPDATE", (booking_id,))
    return cursor.fetchone()


def _window(cursor: Cur, booking: DictRow) -> TimestamptzRange:
    length, dinner = table_minutes(booking["start_time"], booking["party_size"])
    end = booking["start_at"] + length
    if dinner:
        cursor.execute(
            "SELECT (%s::date + %s::time) AT TIME ZONE timezone AS closing FROM restaurants WHERE id = %s",
            (booking["booking_date"], DINNER_UNTIL, booking["restaurant_id"]),
        )
        row = cursor.fetchone()
        if row is not None and row["closing"] > booking["start_at"]:
            end = min(end, row["closing"])
    return TimestamptzRange(booking["start_at"], end, "[)")


def _quote(platform: Platform, cursor: Cur, booking: DictRow, window: TimestamptzRange) -> Plan | str:
    tables = [
        Table(row["id"], row["table_number"], row["capacity"], row["zone_id"], row["area"], row["movable"])
        for row in cursor.execute(TABLES, (booking["restaurant_id"],)).fetchall()
    ]
    kept_free = window
    if platform.defects.on("back-to-back-refused"):
        margin = datetime.timedelta(minutes=30)
        kept_free = TimestamptzRange(booking["start_at"] - margin, window.upper + margin, "[)")  # type: ignore[arg-type,operator]
    busy_rows = cursor.execute(BUSY, {"window": kept_free, "restaurant": booking["restaurant_id"]}).fetchall()
    busy = {row["table_id"] for row in busy_rows}
    if platform.defects.on("double-booking"):
        busy = set()
    if platform.defects.on("last-table-given-twice"):
        window_s = {"window": kept_free, "since": RACE}
        busy -= {row["table_id"] for row in cursor.execute(JUST_TAKEN, window_s).fetchall()}
    return _plan(platform, booking["party_size"], booking["seating_preference"], tables, busy)


def _plan(platform: Platform, party: int, seating: str, tables: list[Table], busy: set[str]) -> Plan | str:
    """The planner's choice, as far as no defect spoils what it is asked."""
    free = [table for table in tables if table.id not in busy]
    if platform.defects.on("table-too-small"):
        party = max(1, party - 2)
    if platform.defects.on("seating-wish-ignored"):
        seating = {"indoor": "outdoor", "outdoor": "indoor"}.get(seating, seating)
    if platform.defects.on("largest-table-first") and free:
        largest = max(table.capacity for table in free)
        if largest >= party:
            tables = [table for table in tables if table.capacity == largest]
    if platform.defects.on("joined-across-zones"):
        by_zone = {table.zone_id: table for table in sorted(free, key=lambda table: table.capacity)}
        if party > max(table.capacity for table in tables) and sum(t.capacity for t in by_zone.values()) >= party:
            return Plan(tuple(by_zone.values()))
    return plan(party, seating, tables, busy, merges=platform.flags.merges)


NOT_PENDING = "not pending"


def _note_quote(
    cursor: Cur,
    booking: DictRow,
    source: Source,
    attempt: Attempt,
    found: Plan | str,
    window: TimestamptzRange,
    quote_ms: int,
    attempt_index: int,
) -> None:
    if isinstance(found, Plan):
        chosen = {
            "holdId": attempt.hold_id,
            "tableIds": [table.id for table in found.tables],
            "tableNumbers": [table.number for table in found.tables],
            "totalCapacity": found.capacity,
            "partySize": booking["party_size"],
            "window": {"start": window.lower.isoformat(), "end": window.upper.isoformat()},  # type: ignore[union-attr]
        }
        event(cursor, booking, "capacity.hold", "capacity.hold.created", chosen)
        event(cursor, booking, "capacity.selector", "capacity.selector.quote", chosen)
    quote = {
        "trigger": source.trigger,
        "attempt_index": attempt_index,
        "attemptId": attempt.attempt_id,
        "planner_reason": attempt.reason,
        "planner_success": attempt.reason is None,
        "planner_strategy": {"maxTables": None, "requireAdjacency": None},
        "planner_duration_ms": quote_ms,
        "planner_reason_code": attempt.reason_code,
        "planner_reason_category": attempt.reason_code.split(".")[0],
    }
    event(cursor, booking, "auto_assign", "auto_assign.quote", quote)
    if source.inline:
        result = {
            "reason": attempt.reason,
            "attemptId": attempt.attempt_id,
            "alternates": 0,
            "durationMs": quote_ms,
        }
        has_hold = attempt.reason is None
        event(cursor, booking, _INLINE_SOURCE, "inline_auto_assign.quote_result", {**result, "hasHold": has_hold})
        if not has_hold:
            event(cursor, booking, _INLINE_SOURCE, "inline_auto_assign.no_hold", result)


_INLINE_SOURCE = "bookings.inline_auto_assign"


def _confirm(
    platform: Platform,
    cursor: Cur,
    booking: DictRow,
    found: Plan,
    window: TimestamptzRange,
    attempt: Attempt,
    source: Source,
    key: str,
) -> None:
    ids = [table.id for table in found.tables]
    confirm_tables(platform, cursor, booking, ids, window, key)
    cursor.execute(
        "INSERT INTO booking_confirmation_results (booking_id, hold_id, restaurant_id, idempotency_key, table_ids, "
        "assignment_window) VALUES (%s, %s, %s, %s, %s::uuid[], %s)",
        (booking["id"], attempt.hold_id, booking["restaurant_id"], key, ids, window),
    )
    _fill_outbox(cursor, booking, ids, window, attempt, key)
    cursor.execute(
        "UPDATE bookings SET status = 'confirmed', assigned_zone_id = %s WHERE id = %s",
        (found.tables[0].zone_id, booking["id"]),
    )
    cursor.execute(
        "INSERT INTO booking_state_history (booking_id, from_status, to_status, reason, metadata) "
        "VALUES (%s, %s, 'confirmed', %s, %s)",
        (
            booking["id"],
            booking["status"],
            source.history_reason,
            Jsonb({"holdId": attempt.hold_id, "source": source.label}),
        ),
    )


def confirm_tables(
    platform: Platform, cursor: Cur, booking: DictRow, ids: list[str], window: TimestamptzRange, key: str
) -> None:
    """Assign these tables for this window: slot, allocations, assignments and the ledger's row."""
    slot = _one(
        cursor,
        "INSERT INTO booking_slots (restaurant_id, slot_date, slot_time) VALUES (%s, %s, %s) "
        "ON CONFLICT (restaurant_id, slot_date, slot_time) DO UPDATE SET version = booking_slots.version + 1 "
        "RETURNING id",
        (booking["restaurant_id"], booking["booking_date"], booking["start_time"]),
    )
    twice = careless(platform)
    slot_id = None if twice else slot["id"]
    group = _allocate(cursor, booking, "merge_group", str(uuid.uuid4()), window) if len(ids) > 1 else None
    for table_id in ids:
        allocation = _allocate(cursor, booking, "table", table_id, window, shadow=twice)
        cursor.execute(
            "INSERT INTO booking_table_assignments (booking_id, table_id, slot_id, start_at, end_at, allocation_id, "
            "merge_group_id, idempotency_key) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            (booking["id"], table_id, slot_id, window.lower, window.upper, allocation, group, key),
        )
    joined = ",".join(sorted(ids))
    cursor.execute(
        "INSERT INTO booking_assignment_idempotency (booking_id, idempotency_key, table_ids, assignment_window, "
        "merge_group_allocation_id, table_set_hash, payload_checksum) VALUES (%s, %s, %s::uuid[], %s, %s, md5(%s), %s)",
        (booking["id"], key, ids, window, group, joined, hashlib.sha256(f"{key}:{joined}".encode()).hexdigest()),
    )


def release_tables(cursor: Cur, booking_id: str) -> None:
    """Give back what a booking reserved, so that it may be confirmed anew: allocations, ledger, results."""
    for table in ("allocations", "booking_assignment_idempotency", "booking_confirmation_results"):
        cursor.execute(SQL("DELETE FROM {} WHERE booking_id = %s").format(Identifier(table)), (booking_id,))


def _allocate(
    cursor: Cur, booking: DictRow, kind: str, resource: str, window: TimestamptzRange, *, shadow: bool = False
) -> Any:
    row = _one(
        cursor,
        'INSERT INTO allocations (booking_id, restaurant_id, resource_type, resource_id, "window", shadow) '
        "VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
        (booking["id"], booking["restaurant_id"], kind, resource, window, shadow),
    )
    return row["id"]


def _fill_outbox(
    cursor: Cur, booking: DictRow, ids: list[str], window: TimestamptzRange, attempt: Attempt, key: str
) -> None:
    start, end = str(window.lower.isoformat()), str(window.upper.isoformat())  # type: ignore[union-attr]
    payload = {"bookingId": str(booking["id"]), "tableIds": ids, "startAt": start, "endAt": end}
    for kind, dedupe in (
        ("capacity.assignment.sync", f"{booking['id']}:{start}:{end}:{','.join(ids)}"),
        ("capacity.hold.confirmed", f"{booking['id']}:{attempt.hold_id}:hold.confirmed"),
    ):
        cursor.execute(
            "INSERT INTO capacity_outbox (event_type, dedupe_key, restaurant_id, booking_id, idempotency_key, payload) "
            "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (kind, dedupe, booking["restaurant_id"], booking["id"], key, Jsonb(payload)),
        )


def _note_confirm(
    cursor: Cur,
    booking: DictRow,
    source: Source,
    attempt: Attempt,
    key: str,
    quote_ms: int,
    confirm_ms: int,
    assignments: int,
) -> None:
    about = {"holdId": attempt.hold_id, "idempotencyKey": key}
    started = {**about, "preStatus": booking["status"], "preAssignments": 0}
    event(cursor, booking, "capacity.atomic_confirm", "transaction.started", started)
    event(cursor, booking, "capacity.atomic_confirm", "transaction.succeeded", {**about, "assignments": assignments})
    if source.inline:
        done = {"attemptId": attempt.attempt_id, "holdId": attempt.hold_id}
        event(
            cursor, booking, _INLINE_SOURCE, "inline_auto_assign.confirm_succeeded", {**done, "durationMs": confirm_ms}
        )
        timings = {"quoteDurationMs": quote_ms, "confirmDurationMs": confirm_ms, "idempotencyKey": key}
        event(cursor, booking, _INLINE_SOURCE, "inline_auto_assign.succeeded", {**done, **timings})


def _store_last_result(cursor: Cur, booking_id: str, attempt: Attempt, now: datetime.datetime) -> None:
    result = {
        "source": "inline",
        "lastAttemptAt": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "success": attempt.success,
        "reason": attempt.reason,
        "strategy": {"requireAdjacency": None, "maxTables": None},
        "trigger": INLINE.trigger,
        "alternates": 0,
        "durationMs": attempt.duration_ms,
        "attemptId": attempt.attempt_id,
        "emailSent": False,
        "emailVariant": "standard",
    }
    cursor.execute("UPDATE bookings SET auto_assign_last_result = %s WHERE id = %s", (Jsonb(result), booking_id))


def release(platform: Platform, booking_id: str) -> bool:
    """Cancel a booking and free its tables; False when there is no such booking."""
    with platform.pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        if locked_booking(cursor, booking_id) is None:
            return False
        if not platform.defects.on("cancelled-keeps-tables"):
            cursor.execute("DELETE FROM booking_table_assignments WHERE booking_id = %s", (booking_id,))
        cursor.execute("DELETE FROM table_holds WHERE booking_id = %s", (booking_id,))
        if not platform.defects.on("cancelled-keeps-allocations"):
            cursor.execute("DELETE FROM allocations WHERE booking_id = %s", (booking_id,))
        cursor.execute("UPDATE bookings SET status = 'cancelled' WHERE id = %s", (booking_id,))
    return True


def _one(cursor: Cur, statement: LiteralString, params: tuple[Any, ...]) -> DictRow:
    row = cursor.execute(statement, params).fetchone()
    if row is None:
        raise RuntimeError("a statement that returns a row returned none")
    return row
