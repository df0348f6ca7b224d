"""What every booking of a run is held to, whatever its scenario asks: stored as asked, seated, and no refusal stored.

Scenarios name one promise each; a defect that strikes now and then, or where no scenario looks, is found here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.checks import api_answers, stored_bookings
from bookingflow.checks.information_leaks import gives_away_nothing
from bookingflow.core.patterns import EMAIL
from bookingflow.core.text import counted
from bookingflow.platform.api_models import (
    CONFIRMED,
    CREATED,
    IN_PROGRESS,
    TIME_UP,
    Accepted,
    AnswerLost,
    RateLimited,
    Refused,
    Walled,
)
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database_models import BookingRow, Holdings, Restaurant

SEVERAL = 3
"""Answers that break off in one run: more than a line drops by chance."""
LATER = "looked at once more"
"""When a breach was found that was not there at its scenario's end."""


@dataclass(frozen=True)
class Findings:
    """The breaches among some bookings, each a part of a sentence."""

    tables_twice: Sequence[str] = ()
    others: Sequence[str] = ()


def audit(
    database: BookingDatabase,
    rows: Sequence[BookingRow],
    bookings: Sequence[TrackedBooking],
    places: Mapping[str, Restaurant],
    stays: Mapping[str, int],
    words: Mapping[str, str],
) -> Findings:
    """The breaches among these bookings.

    `rows` are what is `stored` of them, `places` restaurants by id, `stays` minutes by occasion, `words` what guests
    are known by, and what each is.
    """
    held = _held(database, rows)
    found = [*_twins(rows, bookings), *_strangers(database, bookings)]
    own = {row.id for row in rows} | {booking.booking_id for booking in bookings}
    for booking in bookings:
        found += _told(booking, own, words)
        if isinstance(booking.submitted, Refused | RateLimited):
            found += _stored_all_the_same(booking, rows, bookings)
            continue
        # A connection that broke, a guest who hung up, a gateway's page: no answers of the platform's.
        answer = booking.submitted
        if isinstance(answer, AnswerLost) and not isinstance(answer, Walled) and answer.exchange.problem is None:
            found.append(f"a guest got no answer that can be read ({answer.reason})")
        row = row_of(booking, rows, bookings)
        place = places.get(booking.restaurant_id)
        if row is not None and place is not None:
            told = _of_row(row, booking, place, stays, held.get(row.id))
            found += [f"booking {row.reference}: {breach}" for breach in told]
    return Findings(_tables_twice(database, rows), [*found, *_nobodys(rows, bookings)])


def _told(booking: TrackedBooking, own: Collection[str | None], words: Mapping[str, str]) -> list[str]:
    """What an answer tells beside the booking: nothing of others, nothing from inside, and marked as what it is."""
    exchange = booking.exchange
    if isinstance(booking.submitted, Walled):  # not the platform's words
        return []
    found = api_answers.tells_of_others(exchange.response_text, booking.request, words)
    if exchange.status is not None and exchange.problem is None:
        found += gives_away_nothing(exchange)
    if isinstance(booking.submitted, Accepted | Refused):
        found += api_answers.marked_as_json(exchange)
    if isinstance(booking.submitted, Accepted):
        found += api_answers.pass_hard_to_guess(exchange)
        listed = exchange.json_object().get("bookings")
        ids = {item.get("id") for item in listed or () if isinstance(item, Mapping)}
        if ids - {None, *own}:
            found.append("the answer lists another guest's booking")
    return found


def _strangers(database: BookingDatabase, bookings: Sequence[TrackedBooking]) -> list[str]:
    """Addresses in answers under which somebody else has a booking."""
    own = {booking.request.email.strip().lower() for booking in bookings}
    told = {address.lower() for one in bookings for address in EMAIL.findall(one.exchange.response_text)} - own
    others = database.guests_among(sorted(told)) if told else set()
    return ["an answer tells another guest's e-mail"] if others else []


def _twins(rows: Iterable[BookingRow], bookings: Sequence[TrackedBooking]) -> list[str]:
    """Requests that are stored more than once."""
    keys = {booking.idempotency_key for booking in bookings} - {""}
    stored_as: dict[str, list[str]] = {}
    for row in rows:
        if row.idempotency_key in keys:
            stored_as.setdefault(row.idempotency_key, []).append(row.reference)
    return [
        f"one request is stored as {len(references)} bookings ({', '.join(references)})"
        for references in stored_as.values()
        if len(references) > 1
    ]


def _tables_twice(database: BookingDatabase, rows: Sequence[BookingRow]) -> list[str]:
    """Tables of these bookings that anybody else has at the same time, also guests who are not the suite's."""
    days = sorted({(row.restaurant_id, row.date) for row in rows if row.tables})
    everybody = [row for restaurant_id, date in days for row in database.of_day(restaurant_id, date)]
    return stored_bookings.no_table_twice(everybody, {row.id for row in rows})


def words_kept(
    database: BookingDatabase,
    rows: Sequence[BookingRow],
    bookings: Sequence[TrackedBooking],
    places: Mapping[str, Restaurant],
    stays: Mapping[str, int],
    *,
    may_move: bool,
) -> list[str]:
    """What later bookings, or time, changed about these bookings; those that are gone are not asked for.

    They `may_move` to other tables where others than this suite have their hands in it.
    """
    found = []
    held = _held(database, rows)
    for booking in bookings:
        row, place = row_of(booking, rows, bookings), places.get(booking.restaurant_id)
        if row is not None and place is not None:
            told = [
                *stored_bookings.stored_as_asked(row, booking.request, place, stays),
                *stored_bookings.reference_kept(row, booking.row),
                *_seated(row, place, held.get(row.id)),
                *([] if may_move or booking.changed else stored_bookings.tables_kept(row, booking.row)),
            ]
            found += [f"booking {row.reference}, {LATER}: {breach}" for breach in told]
    late = [*_twins(rows, bookings), *_nobodys(rows, bookings)]
    return [*found, *(f"{breach}, {LATER}" for breach in late)]


def broken_off(bookings: Sequence[TrackedBooking]) -> list[str]:
    """Answers of the platform that broke off before they were whole: one may be the line's fault, several are told."""
    cut = [one for one in bookings if one.exchange.status is not None and one.exchange.problem not in (None, TIME_UP)]
    if len(cut) < SEVERAL:
        return []
    return [
        f"{len(cut)} of {counted(len(bookings), 'answer')} broke off before they were whole ({cut[0].exchange.problem})"
    ]


def stored(database: BookingDatabase, bookings: Sequence[TrackedBooking]) -> list[BookingRow]:
    """All that is stored of these bookings and their guests now."""
    if not bookings:
        return []
    return database.of_guests(
        emails=[booking.request.email for booking in bookings],
        keys=[booking.idempotency_key for booking in bookings],
        ids=sorted({booking.booking_id for booking in bookings if booking.booking_id}),
    )


def row_of(
    booking: TrackedBooking, rows: Iterable[BookingRow], bookings: Sequence[TrackedBooking]
) -> BookingRow | None:
    """The row of a booking that its guest was told of; a request sent again is told of the first one's."""
    if not isinstance(booking.submitted, Accepted):
        return None
    if booking.submitted.duplicate and not _sent_once(booking, bookings):
        return None
    return next((row for row in rows if row.id == booking.booking_id), None)


def _of_row(
    row: BookingRow, booking: TrackedBooking, place: Restaurant, stays: Mapping[str, int], held: Holdings | None
) -> list[str]:
    found = [
        *stored_bookings.stored_as_asked(row, booking.request, place, stays),
        *stored_bookings.reference_kept(row, booking.row),
    ]
    if isinstance(booking.submitted, Accepted) and booking.submitted.duplicate:
        found.append("its first request was answered as if it had been sent before")
    elif booking.exchange.status != CREATED:
        found.append(f"its request was answered with HTTP {booking.exchange.status} instead of {CREATED}")
    key = booking.idempotency_key
    if key and row.idempotency_key != key:
        found.append("it is stored under another request number than its own")
    if not booking.changed:
        found += api_answers.answered_as_stored(booking.exchange.json_object(), row, status=False, key=key)
    if booking.answered_confirmed and row.status in IN_PROGRESS:
        found.append(f"the guest was told that it is confirmed, and it is {row.status}")
    if row.status == CONFIRMED:
        found += stored_bookings.tables_of_the_house(
            row
        )  # now, not later: a table may be taken out of service meanwhile
    return found + _seated(row, place, held)


def _seated(row: BookingRow, place: Restaurant, held: Holdings | None) -> list[str]:
    """What is wrong with the tables of a booking that is confirmed."""
    if row.status != CONFIRMED:
        return []
    return [
        *stored_bookings.seats_the_party(row),
        *stored_bookings.held_for_the_stay(row, place.timezone),
        *stored_bookings.joined_in_one_zone(row),
        *stored_bookings.tables_held_once(row),
        *stored_bookings.nothing_left_held(held or Holdings(), row, place.timezone),
    ]


def _held(database: BookingDatabase, rows: Iterable[BookingRow]) -> Mapping[str, Holdings]:
    return database.holdings([row.id for row in rows if row.status == CONFIRMED])


def _sent_once(booking: TrackedBooking, bookings: Sequence[TrackedBooking]) -> bool:
    return sum(1 for one in bookings if one.idempotency_key == booking.idempotency_key) == 1


def _nobodys(rows: Iterable[BookingRow], bookings: Sequence[TrackedBooking]) -> list[str]:
    """Bookings under these guests' contacts that none of their requests made."""
    ids, keys = {booking.booking_id for booking in bookings}, {booking.idempotency_key for booking in bookings}
    return [
        f"booking {row.reference} stands under a guest's contact, and the guest never asked for it"
        for row in rows
        if row.id not in ids and row.idempotency_key not in keys
    ]


def _stored_all_the_same(
    refused: TrackedBooking, rows: Iterable[BookingRow], bookings: Sequence[TrackedBooking]
) -> list[str]:
    known = {booking.booking_id for booking in bookings}
    stored = [row for row in rows if row.idempotency_key == refused.idempotency_key and row.id not in known]
    return [f"a booking that was refused is stored as {row.reference}" for row in stored]
