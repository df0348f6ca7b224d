"""Change a confirmed booking, as a signed-in guest or the restaurant does (docs/platform.md, "Changes").

An edited booking is pending again, frees its tables and is assigned anew; a moved one gets another table at once.
"""

from __future__ import annotations

import contextlib
import datetime

import psycopg
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from psycopg.types.range import TimestamptzRange

from demo.assignment import assign, locked_booking
from demo.attempt import INLINE
from demo.job import start_in_background
from demo.platform import Platform, Transaction
from demo.reservation import release_reservations, reserve

REASON = "modification"


def edit(platform: Platform, booking_id: str, *, party: int | None, start: datetime.time | None) -> bool:
    """Change the party or the time on the same day; False when there is no such booking."""
    with platform.transaction() as db:
        booking = locked_booking(db, booking_id)
        if booking is None:
            return False
        _store_change(db, booking, party or booking["party_size"], start or booking["start_time"])
        if party and platform.defects.on("change-strikes-all"):
            db.execute("UPDATE bookings SET party_size = %s WHERE customer_id = %s", (party, booking["customer_id"]))
        if platform.defects.on("edited-keeps-tables"):
            return True
        if not platform.defects.on("edited-keeps-allocations"):
            release_reservations(db, booking_id)
        db.execute("DELETE FROM booking_table_assignments WHERE booking_id = %s", (booking_id,))
        if platform.defects.on("edited-loses-tables"):
            return True
        db.execute("UPDATE bookings SET status = 'pending' WHERE id = %s", (booking_id,))
        db.execute(
            "INSERT INTO booking_state_history (booking_id, from_status, to_status, reason, metadata) "
            "VALUES (%s, %s, 'pending', %s, %s)",
            (booking_id, booking["status"], REASON, Jsonb({})),
        )
    confirmed = False
    with contextlib.suppress(psycopg.Error):  # as after a POST, the job tries again
        confirmed = assign(platform, booking_id, INLINE).success
    if not confirmed:
        start_in_background(platform, booking_id)
    return True


def move(platform: Platform, booking_id: str, table_number: str) -> bool:
    """Move a booking to another table; False when there is no such booking or table."""
    with platform.transaction() as db:
        booking = locked_booking(db, booking_id)
        if booking is None:
            return False
        table = db.execute(
            "SELECT id::text FROM table_inventory WHERE restaurant_id = %s AND table_number = %s",
            (booking["restaurant_id"], table_number),
        ).fetchone()
        held = db.execute(
            "SELECT start_at, end_at FROM booking_table_assignments WHERE booking_id = %s LIMIT 1", (booking_id,)
        ).fetchone()
        if table is None or held is None:
            return False
        db.execute("DELETE FROM booking_table_assignments WHERE booking_id = %s", (booking_id,))
        if not platform.defects.on("moved-keeps-allocations"):
            release_reservations(db, booking_id)
        window = TimestamptzRange(held["start_at"], held["end_at"], "[)")
        reserve(platform, db, booking, [table["id"]], window, f"move-{booking_id}-{table_number}")
    return True


def _store_change(db: Transaction, booking: DictRow, party: int, start: datetime.time) -> None:
    """Store party and start; the stay keeps its length."""
    day = booking["booking_date"]
    stay = datetime.datetime.combine(day, booking["end_time"]) - datetime.datetime.combine(day, booking["start_time"])
    end = (datetime.datetime.combine(day, start) + stay).time()
    db.execute(
        "UPDATE bookings SET party_size = %s, start_time = %s, end_time = %s WHERE id = %s",
        (party, start, end, booking["id"]),
    )
