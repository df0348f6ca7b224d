"""The rows that reserve tables for a booking and that record its confirmation
(docs/platform.md, "Rows of a confirmed booking").
"""

from __future__ import annotations

import hashlib
from typing import LiteralString

from psycopg.rows import DictRow
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb
from psycopg.types.range import TimestamptzRange

from demo.allocator import Plan
from demo.attempt import Attempt, Source
from demo.defects.rows import careless
from demo.platform import Platform, Transaction

RESERVE: LiteralString = """
    WITH slot AS (
        INSERT INTO booking_slots (restaurant_id, slot_date, slot_time) VALUES (%(restaurant)s, %(date)s, %(time)s)
        ON CONFLICT (restaurant_id, slot_date, slot_time) DO UPDATE SET version = booking_slots.version + 1
        RETURNING id),
    merged AS (
        INSERT INTO allocations (booking_id, restaurant_id, resource_type, resource_id, "window")
        SELECT %(booking)s, %(restaurant)s, 'merge_group', gen_random_uuid(), %(window)s
         WHERE cardinality(%(tables)s::uuid[]) > 1
        RETURNING id),
    reserved AS (
        INSERT INTO allocations (booking_id, restaurant_id, resource_type, resource_id, "window", shadow)
        SELECT %(booking)s, %(restaurant)s, 'table', table_id, %(window)s, %(careless)s
          FROM unnest(%(tables)s::uuid[]) AS table_id
        RETURNING id, resource_id),
    assigned AS (
        INSERT INTO booking_table_assignments (booking_id, table_id, slot_id, start_at, end_at, allocation_id,
                                               merge_group_id, idempotency_key)
        SELECT %(booking)s, resource_id, CASE WHEN NOT %(careless)s THEN (SELECT id FROM slot) END,
               lower(%(window)s), upper(%(window)s), id, (SELECT id FROM merged), %(key)s
          FROM reserved)
    INSERT INTO booking_assignment_idempotency (booking_id, idempotency_key, table_ids, assignment_window,
                                                merge_group_allocation_id, table_set_hash, payload_checksum)
    SELECT %(booking)s, %(key)s, %(tables)s::uuid[], %(window)s, (SELECT id FROM merged), md5(%(joined)s),
           %(checksum)s"""
"""Store slot, allocations, assignments and the ledger's row. `careless`: a table may be given twice, so the rows leave
out what the database would compare."""

CONFIRM: LiteralString = """
    UPDATE bookings SET status = 'confirmed', assigned_zone_id = %(zone)s WHERE id = %(booking)s"""
RECORD: LiteralString = """
    WITH result AS (
        INSERT INTO booking_confirmation_results (booking_id, hold_id, restaurant_id, idempotency_key, table_ids,
                                                  assignment_window)
        VALUES (%(booking)s, %(hold)s, %(restaurant)s, %(key)s, %(tables)s::uuid[], %(window)s)
        ON CONFLICT DO NOTHING),
    passed_on AS (
        INSERT INTO capacity_outbox (event_type, dedupe_key, restaurant_id, booking_id, idempotency_key, payload)
        VALUES ('capacity.assignment.sync', %(sync)s, %(restaurant)s, %(booking)s, %(key)s, %(payload)s),
               ('capacity.hold.confirmed', %(held)s, %(restaurant)s, %(booking)s, %(key)s, %(payload)s)
        ON CONFLICT DO NOTHING)
    INSERT INTO booking_state_history (booking_id, from_status, to_status, reason, metadata)
    VALUES (%(booking)s, %(was)s, 'confirmed', %(reason)s, %(metadata)s)"""
"""Store confirmation result, outbox and state history."""


def confirm(
    platform: Platform,
    db: Transaction,
    booking: DictRow,
    plan: Plan,
    window: TimestamptzRange,
    attempt: Attempt,
    source: Source,
    key: str,
) -> None:
    """Confirm a booking with the plan's tables."""
    ids = [table.id for table in plan.tables]
    if not (platform.defects.on("repeated-contact-returns-first") and tables_of(db, booking)):
        reserve(platform, db, booking, ids, window, key)
    db.execute(CONFIRM, {"zone": plan.tables[0].zone_id, "booking": booking["id"]})
    start, end = str(window.lower.isoformat()), str(window.upper.isoformat())  # type: ignore[union-attr]  # has both ends
    record = {
        "booking": booking["id"],
        "restaurant": booking["restaurant_id"],
        "hold": attempt.hold_id,
        "key": key,
        "tables": ids,
        "window": window,
        "sync": f"{booking['id']}:{start}:{end}:{','.join(ids)}",
        "held": f"{booking['id']}:{attempt.hold_id}:hold.confirmed",
        "payload": Jsonb({"bookingId": str(booking["id"]), "tableIds": ids, "startAt": start, "endAt": end}),
        "was": booking["status"],
        "reason": source.history_reason,
        "metadata": Jsonb({"holdId": attempt.hold_id, "source": source.label}),
    }
    db.execute(RECORD, record)


def reserve(
    platform: Platform, db: Transaction, booking: DictRow, ids: list[str], window: TimestamptzRange, key: str
) -> None:
    """Assign these tables for this window."""
    joined = ",".join(sorted(ids))
    rows = {
        "booking": booking["id"],
        "restaurant": booking["restaurant_id"],
        "date": booking["booking_date"],
        "time": booking["start_time"],
        "tables": ids,
        "window": window,
        "key": key,
        "joined": joined,
        "checksum": hashlib.sha256(f"{key}:{joined}".encode()).hexdigest(),
        "careless": careless(platform),
    }
    db.execute(RESERVE, rows)


def tables_of(db: Transaction, booking: DictRow) -> set[str]:
    """Return the ids of the tables that a booking holds."""
    held = db.execute("SELECT table_id::text FROM booking_table_assignments WHERE booking_id = %s", (booking["id"],))
    return {row["table_id"] for row in held.fetchall()}


def release_reservations(db: Transaction, booking_id: str) -> None:
    """Delete what a booking reserved beside its tables, so that it can be confirmed anew."""
    for table in ("allocations", "booking_assignment_idempotency", "booking_confirmation_results"):
        db.execute(SQL("DELETE FROM {} WHERE booking_id = %s").format(Identifier(table)), (booking_id,))
