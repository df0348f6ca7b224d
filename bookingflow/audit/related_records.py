"""What the platform keeps of bookings beside their rows, compared with what was promised: history, ledger, customers.

Whether it keeps such records at all, and passes its news on, one scenario asks (BOOK-010); what is done with may be
cleared later. So nothing is reported here only because it is missing.
"""

from __future__ import annotations

import itertools
import operator
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from bookingflow.audit.bookings import with_rows
from bookingflow.audit.findings import Found
from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.checks import related_records, stored_bookings
from bookingflow.core.failures import Breach
from bookingflow.core.text import counted
from bookingflow.platform.api_models import CONFIRMED, BookingRequest
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database_models import BookingRow

FAR_APART = 8
"""Characters in which two passes made by chance differ at least; of 43 such characters some 42 do."""


def recorded_amiss(
    database: BookingDatabase, rows: Sequence[BookingRow], bookings: Sequence[TrackedBooking]
) -> list[Found]:
    """Bookings that belong to somebody else, or whose records show more than happened; and customers who are not kept
    with their own data, though others are.

    `rows` are what is stored of these bookings (`audit.bookings.stored`).
    """
    records = database.related_records([row.id for row in rows])
    found = _customers_amiss(database, rows, bookings)
    for booking, row in with_rows(bookings, rows):
        if row is not None and _confirmed_as_it_was_made(booking, row):
            amiss = related_records.recorded_once(records[row.id], row)
            # Of one that was confirmed twice, or moved since, the last message may be another confirmation's.
            if not amiss and booking.row is not None and booking.row.tables == row.tables:
                amiss = related_records.passed_on_as_it_is(records[row.id], row)
            found += _of(row, amiss)
    return found


def _of(row: BookingRow, breaches: Iterable[Breach]) -> list[Found]:
    return [Found(breach, row.reference) for breach in breaches]


def _customers_amiss(
    database: BookingDatabase, rows: Sequence[BookingRow], bookings: Sequence[TrackedBooking]
) -> list[Found]:
    """Bookings that belong to somebody else; and customers who are not kept with their own data, where others are."""
    customers, shared = database.customers([row.id for row in rows]), contacts_used_twice(bookings)
    belongs: list[Found] = []
    kept: list[list[Found]] = []
    for booking, row in with_rows(bookings, rows):
        customer = None if row is None else customers.get(row.id)
        if row is not None and customer is not None:
            known = is_among(shared, booking.request)
            strange = stored_bookings.customer_is_guest(customer, row, booking.request, known=known)
            belongs += _of(row, strange)
            if not strange and not known:
                kept.append(_of(row, stored_bookings.customer_kept(customer, row, booking.request)))
    return [*belongs, *(itertools.chain(*kept) if not all(kept) else ())]


def left_out(database: BookingDatabase, rows: Sequence[BookingRow], bookings: Sequence[TrackedBooking]) -> list[Found]:
    """Bookings whose confirmation their history does not show, though others' histories show theirs."""
    records = database.related_records([row.id for row in rows])
    if not any(one.history for one in records.values()):
        return []
    found = []
    for booking, row in with_rows(bookings, rows):
        if row is not None and _confirmed_as_it_was_made(booking, row):
            found += _of(row, related_records.history_kept(records[row.id].history or ()))
    return found


def one_pass_for_two(bookings: Iterable[TrackedBooking]) -> list[Found]:
    """Passes that open another guest's booking too."""
    opens: dict[str, set[str]] = {}
    for booking in bookings:
        if booking.pass_given and booking.booking_id:
            opens.setdefault(booking.pass_given, set()).add(booking.booking_id)
    return [
        Found(Breach("pass_shared", f"{len(ids)} bookings were given one and the same pass"))
        for ids in opens.values()
        if len(ids) > 1
    ]


def passes_alike(bookings: Iterable[TrackedBooking]) -> list[Found]:
    """Passes that resemble one another: who has one finds others by trying."""
    given = list(dict.fromkeys(booking.pass_given for booking in bookings if booking.pass_given))
    apart = [sum(map(operator.ne, one, other)) for one, other in pairwise(given) if len(one) == len(other)]
    least = min(apart, default=FAR_APART)
    if least >= FAR_APART:
        return []
    return [Found(Breach("pass_guessable", f"the passes of two bookings differ in {counted(least, 'character')} only"))]


def contacts_used_twice(bookings: Iterable[TrackedBooking]) -> set[str]:
    """E-mails and phone numbers under which more than one of these was made: their guests are known."""
    given = Counter(contact for one in bookings for contact in (one.request.email, one.request.phone))
    return {contact for contact, times in given.items() if times > 1}


def is_among(contacts: set[str], request: BookingRequest) -> bool:
    """Whether the guest of this request is known by one of these contacts."""
    return not contacts.isdisjoint((request.email, request.phone))


def _confirmed_as_it_was_made(booking: TrackedBooking, row: BookingRow) -> bool:
    """Whether the answer says that it is confirmed, and nobody changed it since."""
    return booking.answered_confirmed and not booking.changed and row.status == CONFIRMED
