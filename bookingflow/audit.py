"""What every booking of a run is held to, whatever its scenario asks: stored as asked, seated, and no refusal stored.

Scenarios name one promise each; a defect that strikes now and then, or where no scenario looks, is found here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bookingflow import checks
from bookingflow.api import Accepted, RateLimited, Refused
from bookingflow.contract import CONFIRMED
from bookingflow.database import BookingDatabase, BookingRow
from bookingflow.flow import Followed


@dataclass(frozen=True)
class Findings:
    """The breaches among some bookings, each a part of a sentence."""

    tables_twice: Sequence[str] = ()
    others: Sequence[str] = ()


def audit(
    database: BookingDatabase, bookings: Sequence[Followed], zones: Mapping[str, str], stays: Mapping[str, int]
) -> Findings:
    """The breaches among these bookings; `zones` are time zones by restaurant id, `stays` minutes by occasion."""
    rows = stored(database, bookings)
    found: list[str] = []
    for followed in bookings:
        if isinstance(followed.submitted, Refused | RateLimited):
            found += _stored_all_the_same(followed, rows, bookings)
        elif isinstance(followed.submitted, Accepted) and not followed.submitted.duplicate:
            row = next((row for row in rows if row.id == followed.booking_id), None)
            zone = zones.get(followed.restaurant_id)
            if row is not None and zone is not None:
                found += [f"booking {row.reference}: {breach}" for breach in _of_row(row, followed, zone, stays)]
    return Findings(checks.no_table_twice(rows), found)


def stored(database: BookingDatabase, bookings: Sequence[Followed]) -> list[BookingRow]:
    """All that is stored of these guests now."""
    if not bookings:
        return []
    return database.of_guests(
        emails=[followed.request.email for followed in bookings],
        keys=[followed.idempotency_key for followed in bookings],
    )


def _of_row(row: BookingRow, followed: Followed, zone: str, stays: Mapping[str, int]) -> list[str]:
    found = checks.stored_as_asked(row, followed.request, zone, stays)
    if row.status == CONFIRMED:
        found += [*checks.seats_the_party(row), *checks.held_for_the_stay(row, zone), *checks.joined_in_one_zone(row)]
    return found


def _stored_all_the_same(refused: Followed, rows: Iterable[BookingRow], bookings: Sequence[Followed]) -> list[str]:
    known = {followed.booking_id for followed in bookings}
    stored = [row for row in rows if row.idempotency_key == refused.idempotency_key and row.id not in known]
    return [f"a booking that was refused is stored as {row.reference}" for row in stored]
