"""What defects do to stored rows: one statement each, run in the same transaction.

The platform's own code calls `booking_made` and `booking_confirmed`, which do nothing by default.
"""

from __future__ import annotations

import contextlib
import datetime
import threading
from collections.abc import Mapping
from typing import LiteralString

import psycopg
from psycopg.rows import DictRow
from psycopg_pool import PoolClosed

from demo.platform import Platform, Transaction

CLOCK_AHEAD = datetime.timedelta(hours=72)
LATER_S = 1.0
"""Seconds from a confirmation to its withdrawal; tests wait two at most."""
NO_OVERLAP: LiteralString = "no_overlapping_table_assignments"
"""The database's own guard against double bookings (demo/schema.sql)."""

MADE: Mapping[str, LiteralString] = {
    "wrong-end-time": "UPDATE bookings SET end_time = start_time + interval '1 hour' WHERE id = %(id)s",
    "wrong-day": "UPDATE bookings SET booking_date = booking_date + 1 WHERE id = %(id)s",
    "time-zone-ignored": """UPDATE bookings SET start_at = (booking_date + start_time) AT TIME ZONE 'UTC',
                            end_at = (booking_date + end_time) AT TIME ZONE 'UTC' WHERE id = %(id)s""",
    "notes-lost": "UPDATE bookings SET notes = NULL WHERE id = %(id)s",
    "name-lost": "UPDATE bookings SET customer_name = 'Guest' WHERE id = %(id)s",
    "phone-lost": "UPDATE bookings SET customer_phone = '0000000' WHERE id = %(id)s",
    "email-lost": "UPDATE bookings SET customer_email = 'unknown@example.com' WHERE id = %(id)s",
    "customers-of-all-houses": """
        UPDATE bookings b SET customer_id = c.id FROM customers c
         WHERE b.id = %(id)s AND c.email_normalized = b.customer_email AND c.restaurant_id <> b.restaurant_id""",
    "marketing-lost": "UPDATE bookings SET marketing_opt_in = false WHERE id = %(id)s",
    "marketing-inverted": "UPDATE bookings SET marketing_opt_in = NOT marketing_opt_in WHERE id = %(id)s",
    "every-fifth-booking-garbled": """UPDATE bookings SET notes = reverse(coalesce(notes, 'none'))
                                      WHERE id = %(id)s AND (SELECT count(*) FROM bookings) %% 5 = 0""",
    "next-booking-changes-the-last": """
        UPDATE bookings SET notes = 'Mixed up' WHERE id =
            (SELECT id FROM bookings WHERE id <> %(id)s ORDER BY created_at DESC LIMIT 1)""",
    "another-customers-booking": """
        UPDATE bookings b SET customer_id =
            (SELECT id FROM customers c WHERE c.restaurant_id = b.restaurant_id ORDER BY created_at LIMIT 1)
         WHERE id = %(id)s""",
    "sundays-by-fallback": """
        UPDATE bookings
           SET details = '{"fallback": "missing_rpc_booking_record"}',
               client_request_id = coalesce(idempotency_key, client_request_id),
               auto_assign_idempotency_key = 'booking-' || id || '-auto-assign-' || left(md5(random()::text), 12),
               reference = (SELECT string_agg(substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ',
                                                     1 + floor(36 * random())::int, 1), '') FROM generate_series(1, 10))
         WHERE id = %(id)s AND extract(dow FROM booking_date) = 0""",
    "party-changed": "UPDATE bookings SET party_size = greatest(1, party_size - 1) WHERE id = %(id)s",
}
"""What each defect changes once a booking is stored."""

CONFIRMED: Mapping[str, LiteralString] = {
    "confirmed-without-table": """WITH gone AS (DELETE FROM booking_table_assignments WHERE booking_id = %(id)s)
                                  DELETE FROM allocations WHERE booking_id = %(id)s""",
    "joined-tables-too-few": """DELETE FROM booking_table_assignments WHERE id IN
        (SELECT id FROM booking_table_assignments WHERE booking_id = %(id)s ORDER BY table_id OFFSET 1 LIMIT 1)""",
    "window-missing": "UPDATE booking_table_assignments SET start_at = NULL, end_at = NULL WHERE booking_id = %(id)s",
    "crowd-keeps-no-time": """
        UPDATE booking_table_assignments SET start_at = NULL, end_at = NULL
         WHERE booking_id = %(id)s AND 6 <= (
            SELECT count(*) FROM bookings o JOIN bookings b ON b.id = %(id)s
             WHERE o.restaurant_id = b.restaurant_id AND o.start_at = b.start_at AND o.status <> 'cancelled'
               AND o.party_size >= 4 AND o.created_at > now() - interval '5 seconds')""",
    "window-shifted": """UPDATE booking_table_assignments SET start_at = start_at + interval '1 hour',
                         end_at = end_at + interval '1 hour' WHERE booking_id = %(id)s""",
    "window-too-short": """UPDATE booking_table_assignments SET end_at = start_at + interval '15 minutes'
                           WHERE booking_id = %(id)s""",
    "reservation-too-short": """
        UPDATE allocations SET "window" = tstzrange(lower("window"), lower("window") + interval '10 minutes')
         WHERE booking_id = %(id)s AND resource_type = 'table'""",
    "job-leaves-no-record": "DELETE FROM booking_state_history WHERE booking_id = %(id)s AND reason = 'auto_assign'",
    "passed-on-to-nobody": "DELETE FROM capacity_outbox WHERE booking_id = %(id)s",
    "passed-on-with-another-table": """
        UPDATE capacity_outbox SET payload = payload || jsonb_build_object('tableIds', (
            SELECT jsonb_build_array(i.id) FROM table_inventory i
             WHERE i.restaurant_id = capacity_outbox.restaurant_id AND NOT payload -> 'tableIds' ? i.id::text LIMIT 1))
         WHERE booking_id = %(id)s""",
    "passed-on-with-another-time": """
        UPDATE capacity_outbox SET payload = payload || jsonb_build_object(
            'startAt', (payload ->> 'startAt')::timestamptz + interval '1 hour') WHERE booking_id = %(id)s""",
    "passed-on-as-another": """
        UPDATE capacity_outbox SET payload = payload || jsonb_build_object('bookingId', gen_random_uuid())
         WHERE booking_id = %(id)s""",
    "passed-on-for-another-house": """
        UPDATE capacity_outbox SET payload = payload || jsonb_build_object('restaurantId', (
            SELECT r.id FROM restaurants r WHERE r.id <> capacity_outbox.restaurant_id LIMIT 1))
         WHERE booking_id = %(id)s""",
    "history-of-another-zone": """
        UPDATE booking_state_history SET changed_at = changed_at - interval '1 hour'
         WHERE booking_id = %(id)s AND to_status = 'confirmed'""",
    "leaked-holds": """
        WITH held AS (
            INSERT INTO table_holds (restaurant_id, booking_id, zone_id, start_at, end_at, expires_at)
            SELECT b.restaurant_id, b.id, b.assigned_zone_id, a.start_at, a.end_at, a.end_at + interval '2 minutes'
              FROM bookings b JOIN booking_table_assignments a ON a.booking_id = b.id WHERE b.id = %(id)s LIMIT 1
            RETURNING id, restaurant_id)
        INSERT INTO table_hold_members (hold_id, table_id)
        SELECT held.id, i.id FROM held JOIN table_inventory i ON i.restaurant_id = held.restaurant_id""",
}
"""What each defect changes once a booking is confirmed with its tables."""

LATER: Mapping[str, LiteralString] = {
    "confirmed-flips-to-pending": "UPDATE bookings SET status = 'pending' WHERE id = %(id)s AND status = 'confirmed'",
    "unassigned-after-confirm": """WITH gone AS (DELETE FROM booking_table_assignments WHERE booking_id = %(id)s)
                                   DELETE FROM allocations WHERE booking_id = %(id)s""",
    "window-shrinks-later": """UPDATE booking_table_assignments SET end_at = start_at + interval '15 minutes'
                               WHERE booking_id = %(id)s""",
    "lost-after-confirm": "DELETE FROM bookings WHERE id = %(id)s",
}
"""What each defect changes LATER_S after the confirmation."""


def booking_made(platform: Platform, db: Transaction, booking: DictRow) -> DictRow:
    """Apply the defects to a booking just stored; return its row afterwards."""
    changes = [statement for name, statement in MADE.items() if platform.defects.on(name)]
    for statement in changes:
        db.execute(statement, {"id": booking["id"]})
    if not changes:
        return booking
    row = db.execute("SELECT * FROM bookings WHERE id = %s", (booking["id"],)).fetchone()
    return booking if row is None else row


def booking_confirmed(platform: Platform, db: Transaction, booking: DictRow) -> None:
    """Apply the defects to a booking just confirmed, now or LATER_S later, where they are still on then."""
    for name, statement in CONFIRMED.items():
        if platform.defects.on(name):
            db.execute(statement, {"id": booking["id"]})
    for name in LATER:
        if platform.defects.on(name):
            timer = threading.Timer(LATER_S, _strike, (platform, name, str(booking["id"])))
            timer.daemon = True
            timer.start()


def _strike(platform: Platform, name: str, booking_id: str) -> None:
    if not platform.defects.on(name):
        return
    # The demo may have stopped meanwhile.
    with contextlib.suppress(psycopg.Error, PoolClosed), platform.statement() as db:
        db.execute(LATER[name], {"id": booking_id})


CARELESS = (
    *("double-booking", "last-table-given-twice", "later-guests-overlooked"),
    *("next-guests-come-too-early", "guests-leave-too-late"),
)


def careless(platform: Platform) -> bool:
    """Whether a table may be given twice."""
    return any(platform.defects.on(name) for name in CARELESS)


def arrange(platform: Platform) -> None:
    """Prepare what the switches that are on need: the clock, and the guard of the database against double bookings."""
    platform.clock.ahead = CLOCK_AHEAD if platform.defects.on("clock-ahead") else datetime.timedelta()
    # No pipeline: psycopg would take statements for prepared that ALTER made the server forget.
    with platform.pool.connection() as db:
        guard = db.execute("SELECT 1 FROM pg_constraint WHERE conname = %s", (NO_OVERLAP,)).fetchone()
        guarded, wanted = guard is not None, not careless(platform)
        if guarded and not wanted:
            db.execute(f"ALTER TABLE booking_table_assignments DROP CONSTRAINT {NO_OVERLAP}")
        if wanted and not guarded:
            db.execute(
                "DELETE FROM booking_table_assignments a USING booking_table_assignments b "
                "WHERE a.table_id = b.table_id AND a.id > b.id AND a.assignment_window && b.assignment_window"
            )
            db.execute(
                f"ALTER TABLE booking_table_assignments ADD CONSTRAINT {NO_OVERLAP} "
                "EXCLUDE USING gist (table_id WITH =, assignment_window WITH &&)"
            )
