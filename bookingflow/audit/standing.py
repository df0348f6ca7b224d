"""Whether what a run confirmed still stands: bookings as they were last seen, beside their rows of now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bookingflow.audit.findings import Found
from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.checks.tables import CLOSED_BY_PEOPLE, withdrawal
from bookingflow.core.failures import Breach
from bookingflow.core.text import counted
from bookingflow.platform.api_models import CONFIRMED, IN_PROGRESS
from bookingflow.platform.database_models import BookingRow


def withdrawn(bookings: Sequence[TrackedBooking], rows: Iterable[BookingRow], *, every_booking: bool) -> list[Found]:
    """Those of these bookings that were confirmed, or waiting, and by these rows of now are not so any more.

    A row that is missing accuses the platform only where `every_booking` is seen.
    """
    expected = {one.booking_id: one for one in bookings if one.confirmed and one.booking_id and not one.cancelled}
    now = {row.id: row for row in rows}
    found = _given_up(bookings, now, every_booking=every_booking)
    for booking_id, booking in expected.items():
        row, was = now.get(booking_id or ""), booking.row
        reference = was.reference if was else booking_id or ""
        if row is None and every_booking:
            lost = "it was confirmed with a table, and there is no such booking any more"
            found.append(Found(Breach("booking_lost", lost), reference))
        elif row is not None and (row.status != CONFIRMED or not row.tables):
            gone = f"it was confirmed with a table, and now it is {now_is(row)}"
            found.append(Found(Breach(withdrawal(row.status), gone), reference))
    return found


def _given_up(bookings: Sequence[TrackedBooking], now: Mapping[str, BookingRow], *, every_booking: bool) -> list[Found]:
    """Those that were waiting when last seen, and that nobody cancelled."""
    found = []
    for was in (one.row for one in bookings if one.row is not None and not one.cancelled):
        row = now.get(was.id)
        if was.status not in IN_PROGRESS or (row is None and not every_booking):
            continue
        if row is None or row.status not in IN_PROGRESS | {CONFIRMED}:
            is_now = "there is no such booking any more" if row is None else f"now it is {row.status}"
            given_up = f"it was waiting for a table, and {is_now}"
            closed = row is not None and row.status in CLOSED_BY_PEOPLE
            found.append(Found(Breach("closed_unasked" if closed else "waiting_given_up", given_up), was.reference))
    return found


def now_is(row: BookingRow) -> str:
    """`confirmed with 2 tables`"""
    return f"{row.status} with {counted(len(row.tables), 'table')}"
