"""What every booking of a run is held to, whatever its scenario asks: stored as asked, seated, and no refusal stored.

Scenarios name one promise each; a defect that strikes now and then, or where no scenario looks, is found here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bookingflow import answers, checks
from bookingflow.api import Accepted, AnswerLost, RateLimited, Refused
from bookingflow.contract import CONFIRMED, CREATED, IN_PROGRESS
from bookingflow.database import BookingDatabase
from bookingflow.flow import Followed
from bookingflow.leaks import gives_away_nothing
from bookingflow.rows import BookingRow, Books, Holdings, Restaurant

LATER = "looked at once more"
"""A breach that was not there when its scenario was over, or that no scenario asks about."""


@dataclass(frozen=True)
class Findings:
    """The breaches among some bookings, each a part of a sentence."""

    tables_twice: Sequence[str] = ()
    others: Sequence[str] = ()


def audit(
    database: BookingDatabase,
    rows: Sequence[BookingRow],
    bookings: Sequence[Followed],
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
    own = {row.id for row in rows} | {followed.booking_id for followed in bookings}
    for followed in bookings:
        found += _told(followed, own, words)
        if isinstance(followed.submitted, Refused | RateLimited):
            found += _stored_all_the_same(followed, rows, bookings)
            continue
        # A connection that broke, or a guest who hung up, is no answer of the platform's.
        if isinstance(followed.submitted, AnswerLost) and followed.exchange.problem is None:
            found.append(f"a guest got no answer that can be read ({followed.submitted.reason})")
        row = _row_of(followed, rows, bookings)
        place = places.get(followed.restaurant_id)
        if row is not None and place is not None:
            told = _of_row(row, followed, place, stays, held.get(row.id))
            found += [f"booking {row.reference}: {breach}" for breach in told]
    return Findings(_tables_twice(database, rows), [*found, *_nobodys(rows, bookings)])


def _told(followed: Followed, own: Collection[str | None], words: Mapping[str, str]) -> list[str]:
    """What an answer tells beside the booking: nothing of others, nothing from inside, and marked as what it is."""
    exchange = followed.exchange
    found = answers.tells_of_others(exchange.response_text, followed.request, words)
    if exchange.status is not None and exchange.problem is None:
        found += gives_away_nothing(exchange)
    if isinstance(followed.submitted, Accepted):
        found += answers.marked_as_json(exchange)
        listed = exchange.json_object().get("bookings")
        ids = {item.get("id") for item in listed or () if isinstance(item, Mapping)}
        if ids - {None, *own}:
            found.append("the answer lists another guest's booking")
    return found


def _strangers(database: BookingDatabase, bookings: Sequence[Followed]) -> list[str]:
    """Addresses in answers under which somebody else has a booking."""
    own = {followed.request.email.strip().lower() for followed in bookings}
    told = {address.lower() for one in bookings for address in answers.EMAIL.findall(one.exchange.response_text)} - own
    others = database.guests_among(sorted(told)) if told else set()
    return ["an answer tells another guest's e-mail"] if others else []


def _twins(rows: Iterable[BookingRow], bookings: Sequence[Followed]) -> list[str]:
    """Requests that are stored more than once."""
    keys = {followed.idempotency_key for followed in bookings} - {""}
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
    return checks.no_table_twice(everybody, {row.id for row in rows})


def words_kept(
    database: BookingDatabase,
    rows: Sequence[BookingRow],
    bookings: Sequence[Followed],
    places: Mapping[str, Restaurant],
    stays: Mapping[str, int],
) -> list[str]:
    """What later bookings, or time, changed about these bookings; those that are gone are not asked for."""
    found = []
    held = _held(database, rows)
    for followed in bookings:
        row, place = _row_of(followed, rows, bookings), places.get(followed.restaurant_id)
        if row is not None and place is not None:
            told = [
                *checks.stored_as_asked(row, followed.request, place, stays),
                *checks.reference_kept(row, followed.row),
                *_seated(row, place, held.get(row.id)),
            ]
            found += [f"booking {row.reference}, {LATER}: {breach}" for breach in told]
    late = [
        *_twins(rows, bookings),
        *_nobodys(rows, bookings),
        *_noted(database, rows, bookings, at_once=False),
        *_one_pass_for_two(bookings),
    ]
    return [*found, *(f"{breach}, {LATER}" for breach in late)]


def noted_right(database: BookingDatabase, rows: Sequence[BookingRow], bookings: Sequence[Followed]) -> list[str]:
    """What the platform's own books and its customers tell otherwise of these bookings, soon after they were made."""
    return _noted(database, rows, bookings, at_once=True)


def _noted(
    database: BookingDatabase, rows: Sequence[BookingRow], bookings: Sequence[Followed], *, at_once: bool
) -> list[str]:
    """Later than `at_once` nothing is asked of what the platform passes on: it may have been done with it."""
    ids, known = [row.id for row in rows], known_guests(bookings)
    books, customers = _as_far_as_kept(database.books(ids), at_once=at_once), database.customers(ids)
    found = []
    for followed in bookings:
        row = _row_of(followed, rows, bookings)
        if row is None:
            continue
        told = []
        if customers is not None and known.isdisjoint((followed.request.email, followed.request.phone)):
            told += checks.customer_is_guest(customers[row.id], row, followed.request)
        if _confirmed_as_it_was_made(followed, row):
            told += checks.confirmed_once(books[row.id], row)
        found += [f"booking {row.reference}: {breach}" for breach in told]
    return found


def _as_far_as_kept(books: Mapping[str, Books], *, at_once: bool) -> Mapping[str, Books]:
    """Without those books in which none of these bookings is: whether they are kept at all, one scenario asks."""
    every = list(books.values())
    history, ledger = any(one.history for one in every), any(one.ledger for one in every)
    passed_on = at_once and any(one.passed_on for one in every)
    return {
        booking_id: Books(
            one.history if history else None, one.passed_on if passed_on else None, one.ledger if ledger else None
        )
        for booking_id, one in books.items()
    }


def known_guests(bookings: Iterable[Followed]) -> set[str]:
    """Contacts under which more than one of these was made: which one the customer tells of is open."""
    told = Counter(contact for one in bookings for contact in (one.request.email, one.request.phone))
    return {contact for contact, times in told.items() if times > 1}


def _confirmed_as_it_was_made(followed: Followed, row: BookingRow) -> bool:
    """Whether the answer told that it is confirmed, and nobody changed it since."""
    unchanged = followed.exchange.request_body == followed.request.payload()
    return followed.told_confirmed and unchanged and row.status == CONFIRMED


def _one_pass_for_two(bookings: Iterable[Followed]) -> list[str]:
    """Passes that open another guest's booking too."""
    told = [one.exchange.json_object().get("confirmationToken") for one in bookings]
    passes = Counter(token for token in told if isinstance(token, str))
    return [f"{times} bookings were given one and the same pass" for times in passes.values() if times > 1]


def stored(database: BookingDatabase, bookings: Sequence[Followed]) -> list[BookingRow]:
    """All that is stored of these bookings and their guests now."""
    if not bookings:
        return []
    return database.of_guests(
        emails=[followed.request.email for followed in bookings],
        keys=[followed.idempotency_key for followed in bookings],
        ids=sorted({followed.booking_id for followed in bookings if followed.booking_id}),
    )


def _row_of(followed: Followed, rows: Iterable[BookingRow], bookings: Sequence[Followed]) -> BookingRow | None:
    """The row of a booking that its guest was told of; a request sent again is told of the first one's."""
    if not isinstance(followed.submitted, Accepted):
        return None
    if followed.submitted.duplicate and not _sent_once(followed, bookings):
        return None
    return next((row for row in rows if row.id == followed.booking_id), None)


def _of_row(
    row: BookingRow, followed: Followed, place: Restaurant, stays: Mapping[str, int], held: Holdings | None
) -> list[str]:
    found = [*checks.stored_as_asked(row, followed.request, place, stays), *checks.reference_kept(row, followed.row)]
    if isinstance(followed.submitted, Accepted) and followed.submitted.duplicate:
        found.append("its first request was answered as if it had been sent before")
    elif followed.exchange.status != CREATED:
        found.append(f"its request was answered with HTTP {followed.exchange.status} instead of {CREATED}")
    if followed.exchange.request_body == followed.request.payload():  # else it was changed since the answer
        found += answers.answered_as_stored(followed.exchange.json_object(), row, status=False)
    if followed.told_confirmed and row.status in IN_PROGRESS:
        found.append(f"the guest was told that it is confirmed, and it is {row.status}")
    return found + _seated(row, place, held)


def _seated(row: BookingRow, place: Restaurant, held: Holdings | None) -> list[str]:
    """What is wrong with the tables of a booking that is confirmed."""
    if row.status != CONFIRMED:
        return []
    return [
        *checks.seats_the_party(row),
        *checks.held_for_the_stay(row, place.timezone),
        *checks.joined_in_one_zone(row),
        *checks.tables_held_once(row),
        *checks.tables_of_the_house(row),
        *checks.nothing_left_held(held or Holdings(), row, place.timezone),
    ]


def _held(database: BookingDatabase, rows: Iterable[BookingRow]) -> Mapping[str, Holdings]:
    return database.holdings([row.id for row in rows if row.status == CONFIRMED])


def _sent_once(followed: Followed, bookings: Sequence[Followed]) -> bool:
    return sum(1 for one in bookings if one.idempotency_key == followed.idempotency_key) == 1


def _nobodys(rows: Iterable[BookingRow], bookings: Sequence[Followed]) -> list[str]:
    """Bookings under these guests' contacts that none of their requests made."""
    ids, keys = {followed.booking_id for followed in bookings}, {followed.idempotency_key for followed in bookings}
    return [
        f"booking {row.reference} stands under a guest's contact, and the guest never asked for it"
        for row in rows
        if row.id not in ids and row.idempotency_key not in keys
    ]


def _stored_all_the_same(refused: Followed, rows: Iterable[BookingRow], bookings: Sequence[Followed]) -> list[str]:
    known = {followed.booking_id for followed in bookings}
    stored = [row for row in rows if row.idempotency_key == refused.idempotency_key and row.id not in known]
    return [f"a booking that was refused is stored as {row.reference}" for row in stored]
