"""What every booking of a run is held to, whatever its scenario asks: stored as asked, seated, and no refusal stored.

Scenarios name one promise each; a defect that strikes now and then, or where no scenario looks, is found here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bookingflow.audit.findings import Found
from bookingflow.booking.tracked_booking import Outcome, TrackedBooking
from bookingflow.checks import api_answers, stored_bookings, tables
from bookingflow.checks.information_leaks import gives_away_nothing
from bookingflow.core.failures import Breach
from bookingflow.core.patterns import EMAIL
from bookingflow.core.text import counted, series
from bookingflow.platform.api_models import (
    CONFIRMED,
    CREATED,
    IN_PROGRESS,
    TIME_UP,
    Accepted,
    AnswerLost,
    BookingRequest,
    RateLimited,
    Refused,
    Walled,
    as_id,
)
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database_models import BookingRow, Holdings, Restaurant
from bookingflow.testdata.guests import GuestBook

SEVERAL = 3
"""Answers that break off in one run: more than a line drops by chance."""
SUNDAY = 7
"""datetime.isoweekday of it."""


@dataclass(frozen=True)
class AuditScope:
    """What bookings are compared with: restaurants by id, minutes by occasion, and who the guests are."""

    places: Mapping[str, Restaurant]
    stays: Mapping[str, int]
    guests: GuestBook

    @property
    def zones(self) -> Mapping[str, str]:
        """The restaurants' time zones, by id."""
        return {place.id: place.timezone for place in self.places.values()}


def audit(
    database: BookingDatabase, rows: Sequence[BookingRow], bookings: Sequence[TrackedBooking], scope: AuditScope
) -> list[Found]:
    """The breaches among these bookings, but for tables given twice; `rows` are what is `stored` of them."""
    held = _held(database, rows, scope)
    found = [*_twins(rows, bookings), *_strangers(database, rows, bookings), *_answered_with_others(rows, bookings)]
    own = {row.id for row in rows} | {booking.booking_id for booking in bookings}
    paired = list(with_rows(bookings, rows))
    for booking, row in paired:
        same = [one for one in bookings if one.request.email == booking.request.email]
        found += [Found(breach, _reference(row)) for breach in _answered(booking, own, same, scope.guests)]
        found += [Found(breach, _reference(row)) for breach in _of_others(booking, paired, scope.guests)]
        if isinstance(booking.submitted, Refused | RateLimited):
            found += _stored_all_the_same(booking, rows, bookings)
        place = scope.places.get(booking.restaurant_id)
        if row is not None and place is not None:
            breaches = _of_row(row, booking, place, scope.stays, held.get(row.id))
            found += [Found(breach, row.reference) for breach in breaches]
    return [*found, *_nobodys(rows, bookings)]


def _reference(row: BookingRow | None) -> str:
    return "" if row is None else row.reference


def _answered(
    booking: TrackedBooking, own: Collection[str | None], same: Iterable[TrackedBooking], guests: GuestBook
) -> list[Breach]:
    """What an answer shows beside the booking: nothing of others, nothing from inside, and marked as what it is.

    `own` are the ids of all bookings of the run, and `same` those of the same guest.
    """
    exchange, answer = booking.exchange, booking.submitted
    if isinstance(answer, Walled):  # not the platform's words
        return []
    found = api_answers.shows_others(exchange, guests.known_of(booking.request), guests.words)
    if exchange.status is not None and exchange.problem is None:
        found += gives_away_nothing(exchange)
    # A connection that broke, and a guest who hung up, are no answers of the platform's.
    if isinstance(answer, AnswerLost) and exchange.problem is None:
        failed = exchange.is_error
        code, what = ("platform_error", "an error") if failed else ("answer_lost", "no answer that can be read")
        if failed and booking.outcome is Outcome.NOT_REFUSED:
            code, what = "refused_with_error", "an error instead of a refusal"
        found.append(Breach(code, f"{booking.label}: the guest got {what} ({answer.reason})"))
    if isinstance(answer, Accepted | Refused):
        found += api_answers.marked_as_json(exchange)
    if isinstance(answer, Accepted):
        found += api_answers.lists_what_stands(exchange.json_object(), {one.booking_id for one in same})
        listed = exchange.json_object().get("bookings")
        ids = {as_id(item.get("id")) for item in listed or () if isinstance(item, Mapping)}
        if ids - {None, *own}:
            found.append(Breach("others_booking_shown", "the answer lists another guest's booking"))
    return found


def _of_others(
    booking: TrackedBooking, paired: Iterable[tuple[TrackedBooking, BookingRow | None]], guests: GuestBook
) -> list[Breach]:
    """What an answer shows of the bookings of other guests: their ids and references."""
    contacts = guests.contacts_of(booking.request)
    others = {
        word
        for other, row in paired
        if row is not None and row.id != booking.booking_id and contacts.isdisjoint(guests.contacts_of(other.request))
        for word in (row.id, row.reference)
    }
    if isinstance(booking.submitted, Walled) or not api_answers.shows_any(booking.exchange, others):
        return []
    return [Breach("others_booking_shown", "the answer names another guest's booking")]


def _strangers(
    database: BookingDatabase, rows: Sequence[BookingRow], bookings: Sequence[TrackedBooking]
) -> list[Found]:
    """Addresses in answers under which somebody else has a booking."""
    # One that is stored in place of the guest's own is a breach of its own, and no stranger's for that alone.
    own = {booking.request.email.strip().lower() for booking in bookings} | {row.customer_email for row in rows}
    shown = {address.lower() for one in bookings for address in EMAIL.findall(one.exchange.response_text)} - own
    others = database.guests_among(sorted(shown)) if shown else set()
    return [Found(Breach("others_email_shown", "the answer shows another guest's e-mail"))] if others else []


def sundays_weaker(rows: Iterable[BookingRow]) -> list[Found]:
    """Sunday bookings stored through the platform's fallback, where those of other days go the regular way.

    The fallback checks no capacity and its references are weaker (docs/platform.md, "Creation"). Where some of both go
    each way, it is not the day that decides.
    """
    by_sunday: dict[bool, list[BookingRow]] = {True: [], False: []}
    for row in rows:
        by_sunday[row.date.isoweekday() == SUNDAY].append(row)
    sundays, others = ([_way(row) for row in by_sunday[day]] for day in (True, False))
    if "channel" in sundays or "fallback" in others or "channel" not in others:
        return []
    breach = Breach("sunday_fallback", "it was stored through the fallback, and bookings of other days are not")
    return [Found(breach, row.reference) for row in by_sunday[True] if _way(row) == "fallback"]


def _way(row: BookingRow) -> str | None:
    """Which way it was stored, as its details say: the regular `channel` or the `fallback`; None where they don't."""
    return next((way for way in ("fallback", "channel") if row.details.get(way)), None)


def _twins(rows: Iterable[BookingRow], bookings: Sequence[TrackedBooking]) -> list[Found]:
    """Requests that are stored more than once at a restaurant, each with the booking that its guest knows of."""
    keys = {one.idempotency_key for one in bookings} - {""}
    followed = {one.row.id for one in bookings if one.row is not None}
    stored_as: dict[tuple[str, str], list[BookingRow]] = {}
    for row in rows:
        if row.idempotency_key in keys:
            stored_as.setdefault((row.restaurant_id, row.idempotency_key), []).append(row)
    found = []
    for twins in stored_as.values():
        if len(twins) > 1:
            known = next((row.reference for row in twins if row.id in followed), "")
            references = series([row.reference for row in twins])
            stored = f"its request is stored as {len(twins)} bookings ({references})"
            found.append(Found(Breach("booked_twice", stored), known))
    return found


def tables_twice(database: BookingDatabase, rows: Sequence[BookingRow], zones: Mapping[str, str]) -> list[Found]:
    """Tables of these bookings that anybody else has at the same time, also guests who are not the suite's."""
    days = sorted({(row.restaurant_id, row.date) for row in rows if row.tables})
    everybody = [row for restaurant_id, date in days for row in database.of_day(restaurant_id, date)]
    return [Found(breach) for breach in tables.no_table_twice(everybody, zones, {row.id for row in rows})]


def changed_since(
    database: BookingDatabase,
    rows: Sequence[BookingRow],
    bookings: Sequence[TrackedBooking],
    scope: AuditScope,
    *,
    may_move: bool,
) -> list[Found]:
    """What later bookings, or time, changed about these bookings; those that are gone are not asked for.

    They `may_move` to other tables where others than this suite have their hands in it.
    """
    found = []
    held = _held(database, rows, scope)
    for booking, row in with_rows(bookings, rows):
        place = scope.places.get(booking.restaurant_id)
        if row is not None and place is not None:
            breaches = [
                *stored_bookings.stored_as_asked(row, booking.request, place, scope.stays),
                *stored_bookings.reference_kept(row, booking.row),
                *_seated(row, booking.request, place, held.get(row.id)),
                *([] if may_move or booking.changed else tables.tables_kept(row, booking.row)),
            ]
            found += [Found(breach, row.reference) for breach in breaches]
    return [*found, *_twins(rows, bookings), *_nobodys(rows, bookings)]


def broken_off(bookings: Sequence[TrackedBooking]) -> list[Found]:
    """Answers of the platform that broke off before they were whole: one may be the line's fault, several are not."""
    cut = [one for one in bookings if one.exchange.status is not None and one.exchange.problem not in (None, TIME_UP)]
    if len(cut) < SEVERAL:
        return []
    off = f"{len(cut)} of {counted(len(bookings), 'answer')} broke off before they were whole"
    return [Found(Breach("answers_broken_off", f"{off} ({cut[0].exchange.problem})"))]


def stored(database: BookingDatabase, bookings: Sequence[TrackedBooking]) -> list[BookingRow]:
    """All that is stored of these bookings and their guests now."""
    if not bookings:
        return []
    return database.of_guests(
        emails=[booking.request.email for booking in bookings],
        keys=[booking.idempotency_key for booking in bookings],
        ids=sorted({booking.booking_id for booking in bookings if booking.booking_id}),
    )


def with_rows(
    bookings: Sequence[TrackedBooking], rows: Iterable[BookingRow]
) -> Iterator[tuple[TrackedBooking, BookingRow | None]]:
    """Each booking with the row that its answer names; a request sent again is answered with the first one's. A row for
    which another guest asked is none of its own, and is not compared with what it asked for.
    """
    of_another = _asked_by_another(bookings)
    for booking, row in _as_named(bookings, rows):
        yield booking, None if row is not None and of_another(booking, row) else row


def _as_named(
    bookings: Sequence[TrackedBooking], rows: Iterable[BookingRow]
) -> Iterator[tuple[TrackedBooking, BookingRow | None]]:
    stored_as, times = {row.id: row for row in rows}, Counter(booking.idempotency_key for booking in bookings)
    for booking in bookings:
        answer, twice = booking.submitted, times[booking.idempotency_key] > 1
        own = isinstance(answer, Accepted) and not (twice and answer.repeats)
        yield booking, stored_as.get(booking.booking_id or "") if own else None


def _asked_by_another(bookings: Iterable[TrackedBooking]) -> Callable[[TrackedBooking, BookingRow], bool]:
    """Whether a row stands for the request of another guest among these bookings than the booking's."""
    asked = {one.idempotency_key: {one.request.email, one.request.phone} for one in bookings if one.idempotency_key}

    def of_another(booking: TrackedBooking, row: BookingRow) -> bool:
        contact = asked.get(row.idempotency_key or "")
        mine = row.idempotency_key == booking.idempotency_key  # maybe another guest's too, at another restaurant
        return not (contact is None or mine or contact & {booking.request.email, booking.request.phone})

    return of_another


def _answered_with_others(rows: Iterable[BookingRow], bookings: Sequence[TrackedBooking]) -> list[Found]:
    """Answers that name the booking of another guest in place of the guest's own."""
    of_another = _asked_by_another(bookings)
    named = Breach("foreign_booking", "the answer to another guest names it as theirs")
    pairs = _as_named(bookings, rows)
    return [Found(named, row.reference) for booking, row in pairs if row is not None and of_another(booking, row)]


def _of_row(
    row: BookingRow, booking: TrackedBooking, place: Restaurant, stays: Mapping[str, int], held: Holdings | None
) -> list[Breach]:
    found = stored_bookings.stored_as_asked(row, booking.request, place, stays)
    found += stored_bookings.reference_kept(row, booking.row)
    # An answer that shows what was asked is right where something else is stored.
    otherwise = {fact for breach in found for fact in stored_bookings.FACTS.get(breach.code, ())}
    status = booking.exchange.status
    if isinstance(booking.submitted, Accepted) and booking.submitted.duplicate:
        found.append(Breach("new_called_repeated", "its first request was answered as if it had been sent before"))
    elif status != CREATED:
        found.append(Breach("answer_not_new", f"the answer is HTTP {status} instead of {CREATED} (created)"))
    key = booking.idempotency_key
    if key and row.idempotency_key != key:
        under = "without its request number" if row.idempotency_key is None else "under another request number"
        found.append(Breach("request_number_not_stored", f"it is stored {under}"))
    if not booking.changed:
        body = booking.exchange.json_object()
        found += api_answers.answered_as_stored(body, row, status=False, key=key, but_for=otherwise)
    if booking.answered_confirmed and row.status in IN_PROGRESS:
        differs = f'the answer says "{CONFIRMED}", and it is {row.status}'
        found.append(Breach("confirmed_while_waiting", differs))
    if row.status == CONFIRMED:
        # Now, not later: a table may be taken out of service meanwhile.
        found += tables.tables_of_the_house(row)
    return found + _seated(row, booking.request, place, held)


def _seated(row: BookingRow, asked: BookingRequest, place: Restaurant, held: Holdings | None) -> list[Breach]:
    """What is wrong with the tables of a booking that is confirmed; not what only its party or time as they are stored
    make of them, where other ones were asked for.
    """
    if row.status != CONFIRMED:
        return []
    if not row.tables:
        return [Breach("confirmed_without_table", "it is confirmed without a table")]
    same_party = row.party_size == asked.party
    same_stay = same_party and (row.date, row.start_time) == (asked.date, asked.time)
    return [
        *(tables.seats_the_party(row) if same_party else ()),
        *(tables.held_for_the_stay(row, place.timezone) if same_stay else ()),
        *tables.joined_in_one_zone(row),
        *(tables.tables_held_once(row) if same_party else ()),
        *tables.nothing_left_held(held or Holdings(), row, place.timezone),
    ]


def _held(database: BookingDatabase, rows: Iterable[BookingRow], scope: AuditScope) -> Mapping[str, Holdings]:
    """What is held for those that are confirmed; not for those that were cancelled or moved since they were read."""
    confirmed = {row.id: row for row in rows if row.status == CONFIRMED}
    held = database.holdings(list(confirmed))
    amiss = [
        row.id
        for row in confirmed.values()
        if row.restaurant_id in scope.zones
        and tables.nothing_left_held(held.get(row.id, Holdings()), row, scope.zones[row.restaurant_id])
    ]
    if not amiss:
        return held
    still = {row.id for row in database.reread(amiss) if _as_held(row) == _as_held(confirmed[row.id])}
    return {of: one for of, one in held.items() if of in still or of not in amiss}


def _as_held(row: BookingRow) -> tuple[object, ...]:
    return row.status, row.tables


def _nobodys(rows: Iterable[BookingRow], bookings: Sequence[TrackedBooking]) -> list[Found]:
    """Bookings under these guests' contacts that none of their requests made."""
    ids, keys = {booking.booking_id for booking in bookings}, {booking.idempotency_key for booking in bookings}
    unasked = Breach("nobody_asked", "it stands under a guest's contact, and the guest never asked for it")
    return [Found(unasked, row.reference) for row in rows if row.id not in ids and row.idempotency_key not in keys]


def _stored_all_the_same(
    refused: TrackedBooking, rows: Iterable[BookingRow], bookings: Sequence[TrackedBooking]
) -> list[Found]:
    """Rows of a refused booking that no other request made."""
    known = {booking.booking_id for booking in bookings}
    return [
        Found(Breach("refused_but_stored", "it was refused and stored all the same"), row.reference)
        for row in rows
        if row.idempotency_key == refused.idempotency_key and row.id not in known
    ]
