"""Comparing what is stored with what was promised: pure functions from rows to breaches, each a part of a sentence.

An empty list means that the promise is kept. Personal data is never quoted: "another e-mail than the guest's".
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from bookingflow.core.patterns import pattern
from bookingflow.core.text import counted, plural
from bookingflow.platform.api_models import BLOCKING, CONFIRMED, IN_PROGRESS, BookingRequest
from bookingflow.platform.business_rules import STAY_MINUTES, stored_type, table_taken_until
from bookingflow.platform.database_models import (
    AssignedTable,
    BookingRow,
    Holdings,
    RelatedRecords,
    Restaurant,
    StatusChange,
)

QUOTED = 60
"""Characters of a value that a sentence quotes."""
REFERENCE = pattern(r"[0-9A-Z]{10}")
"""docs/platform.md, "Database"."""
PASSED_ON = {"capacity.assignment.sync": (1, 2), "capacity.hold.confirmed": (1, 1)}
"""How often, at least and at most, a confirmation is passed on to other systems; docs/platform.md, "Rows of a confirmed
booking"."""
Breaches = list[str]


def stored_as_asked(
    row: BookingRow, request: BookingRequest, restaurant: Restaurant, stay_minutes: Mapping[str, int] = STAY_MINUTES
) -> Breaches:
    """The whole booking is stored as the guest asked for it: who, where, when, how many, every wish."""
    return [*guest_kept(row, request), *wishes_kept(row, request), *times_kept(row, request, restaurant, stay_minutes)]


def guest_kept(row: BookingRow, request: BookingRequest) -> Breaches:
    """Who booked: name, e-mail (in lower case) and phone."""
    told = {
        "name": (row.customer_name, request.name),
        "e-mail": (row.customer_email, request.email.strip().lower()),
        "phone number": (row.customer_phone, request.phone.strip()),
    }
    found = [f"another {what} than the guest's is stored" for what, (kept, given) in told.items() if kept != given]
    if not REFERENCE.fullmatch(row.reference):
        found.append(f"its reference {_quoted(row.reference)} is not ten capital letters and digits")
    return found


def reference_kept(row: BookingRow, before: BookingRow | None) -> Breaches:
    """A guest who was told a reference finds the booking by it; nothing is asked where it was not seen before."""
    if before is None or before.id != row.id or before.reference == row.reference:
        return []
    return [f"its reference was {before.reference} and now is {row.reference}"]


def tables_kept(row: BookingRow, before: BookingRow | None) -> Breaches:
    """A booking that is still confirmed has the tables that it was seen with when it was confirmed."""
    if before is None or not (row.status == before.status == CONFIRMED):
        return []
    was, now = ([table.number for table in one.tables] for one in (before, row))
    return [] if was == now else [f"it had {_numbers(was)} and now has {_numbers(now)}, and nobody moved it"]


def _numbers(tables: Sequence[str]) -> str:
    return f"{plural(len(tables), 'table')} {', '.join(tables)}" if tables else "no table"


def customer_kept(
    customer: Mapping[str, Any], row: BookingRow, request: BookingRequest, *, known: bool = False
) -> Breaches:
    """The booking belongs to its own guest among the restaurant's customers, kept as the guest told."""
    found = customer_is_guest(customer, row, request, known=known)
    if found or not all(_same_contact(customer, request)):
        return found
    asked = {
        "name": (customer.get("full_name"), request.name),
        "marketing choice": (customer.get("marketing_opt_in"), request.marketing_opt_in),
    }
    return [
        f"the customer it belongs to has another {what} than the guest told"
        for what, (kept, given) in asked.items()
        if kept not in (None, given)
    ]


def customer_is_guest(
    customer: Mapping[str, Any], row: BookingRow, request: BookingRequest, *, known: bool = False
) -> Breaches:
    """The booking belongs to its own guest among the restaurant's customers.

    A guest whom the restaurant has `known` by one half of the contact may be kept under the other half of before.
    """
    same_email, same_phone = _same_contact(customer, request)
    if customer.get("account"):
        return ["it was handed to somebody's account, and its guest has not signed in"]
    if customer.get("arrived") and row.status in BLOCKING:
        return ["its guest is noted as having come already"]
    if not (same_email or same_phone) or customer.get("restaurant_id") != row.restaurant_id:
        return ["it belongs to another customer than its guest"]
    if not known and same_email and not same_phone:
        return ["the customer it belongs to has another phone number than the guest told"]
    return []


def _same_contact(customer: Mapping[str, Any], request: BookingRequest) -> tuple[bool, bool]:
    """Whether the e-mail is the guest's, and the phone number."""
    same_phone = _digits(customer.get("phone")) == _digits(request.phone)
    return customer.get("email") == request.email.strip().lower(), same_phone


def wishes_kept(row: BookingRow, request: BookingRequest) -> Breaches:
    """What the guest asked for beside the time."""
    asked: dict[str, tuple[Any, Any]] = {
        "party": (row.party_size, request.party),
        "seating wish": (row.seating_preference, request.seating),
        "notes": (row.notes, request.notes),
        "marketing choice": (row.marketing_opt_in, request.marketing_opt_in),
        "occasion": (row.booking_type, stored_type(request.booking_type, request.time)),
    }
    return [_instead(what, kept, given) for what, (kept, given) in asked.items() if kept != given]


def times_kept(
    row: BookingRow, request: BookingRequest, restaurant: Restaurant, stay_minutes: Mapping[str, int] = STAY_MINUTES
) -> Breaches:
    """The restaurant; day, start and end by its wall clock, and the instants they stand for."""
    if row.restaurant_id != restaurant.id:
        return [f"it is booked at another restaurant than {restaurant.name}"]
    zone = restaurant.timezone
    start = datetime.datetime.combine(request.date, request.time, ZoneInfo(zone))
    stay = datetime.timedelta(minutes=stay_minutes[stored_type(request.booking_type, request.time)])
    end = (datetime.datetime.combine(request.date, request.time) + stay).time()
    asked: dict[str, tuple[Any, Any]] = {
        "day": (row.date, request.date),
        "start": (row.start_time, request.time),
        "end": (row.end_time, end),
        "start at the restaurant": (_at(row.start_at, zone), start),
        "end at the restaurant": (_at(row.end_at, zone), datetime.datetime.combine(request.date, end, ZoneInfo(zone))),
    }
    return [_instead(what, kept, given) for what, (kept, given) in asked.items() if kept != given]


def tables_of_the_house(row: BookingRow) -> Breaches:
    """Its tables stand in that restaurant and are in service."""
    found = []
    for table in row.tables:
        if table.restaurant_id and table.restaurant_id != row.restaurant_id:
            found.append(f"table {table.number} stands in another restaurant")
        if not table.in_service:
            found.append(f"table {table.number} is out of service")
    return found


def seats_the_party(row: BookingRow) -> Breaches:
    """Enough seats for everybody."""
    if row.capacity >= row.party_size:
        return []
    numbers = ", ".join(f"{table.number} ({table.capacity} seats)" for table in row.tables) or "no table"
    return [f"{counted(row.party_size, 'guest')} have {numbers}: {row.capacity} seats in all"]


def tables_held_once(row: BookingRow) -> Breaches:
    """No table twice, and none more than the party needs."""
    seats = sorted(table.capacity for table in row.tables)
    numbers = [table.number for table in row.tables]
    if len(set(numbers)) < len(numbers):
        return [f"a table is held twice ({', '.join(numbers)})"]
    if seats and sum(seats) - seats[0] >= row.party_size:
        return [f"{counted(row.party_size, 'guest')} hold the tables {', '.join(numbers)}, more than they need"]
    return []


def joined_in_one_zone(row: BookingRow) -> Breaches:
    """Tables that were joined stand in one zone and belong to one group."""
    zones = {table.zone for table in row.tables}
    groups = {table.merge_group_id for table in row.tables}
    found = []
    if len(zones) > 1:
        found.append(f"the joined tables stand in different zones ({', '.join(sorted(zones))})")
    if len(row.tables) > 1 and (None in groups or len(groups) > 1):
        found.append("the joined tables do not belong to one group")
    return found


def held_for_the_stay(row: BookingRow, zone: str) -> Breaches:
    """Each table is held from the guest's arrival for as long as a party of that size keeps it."""
    start = row.start_at
    if start is None:
        return ["the booking does not say when it starts"]
    until = table_taken_until(start, row.party_size, zone)
    found = []
    for table in row.tables:
        if table.start_at is None or table.end_at is None:
            found.append(f"table {table.number} is held without saying from when to when")
        elif (table.start_at, table.end_at) != (start, until):
            promised = f"{_clock(start, zone)}–{_clock(until, zone)}"
            found.append(f"table {table.number} is held {span(table, zone)} instead of {promised}")
    return found


def no_table_twice(rows: Iterable[BookingRow], own: Collection[str] | None = None) -> Breaches:
    """No table is held by two bookings at the same time; one may begin when the other ends.

    With `own` ids only what concerns one of these bookings is told.
    """
    held: dict[str, list[tuple[BookingRow, AssignedTable]]] = {}
    for row in rows:
        for table in row.tables if row.status in BLOCKING else ():
            held.setdefault(table.table_id, []).append((row, table))
    return [
        f"table {a.number} is held by bookings {one.reference} and {two.reference} at the same time"
        for holders in held.values()
        for (one, a), (two, b) in combinations(holders, 2)
        if one.id != two.id and (own is None or {one.id, two.id} & set(own)) and _overlap(a, b)
    ]


def _overlap(one: AssignedTable, other: AssignedTable) -> bool:
    windows = (one.start_at, one.end_at, other.start_at, other.end_at)
    if None in windows:
        return False
    since, until, other_since, other_until = windows
    return since < other_until and other_since < until  # type: ignore[operator]  # none of them is None


def house_in_order(rows: Sequence[BookingRow], own: Collection[str] | None = None) -> Breaches:
    """A day's bookings: every confirmed one has tables, every held table says for how long, and none is held twice.

    With `own` ids only what concerns one of these bookings is told.
    """
    found = no_table_twice(rows, own)
    for row in rows if own is None else [row for row in rows if row.id in own]:
        if row.status == CONFIRMED and not row.tables:
            found.append(f"booking {row.reference} is confirmed without a table")
        if row.status in BLOCKING and any(table.start_at is None or table.end_at is None for table in row.tables):
            found.append(f"booking {row.reference} holds a table without saying from when to when")
    return found


def nothing_left_held(holdings: Holdings, row: BookingRow, zone: str) -> Breaches:
    """A booking reserves its own tables for its own time and nothing else, and keeps no table on hold."""
    found = []
    if holdings.holds:
        found.append(f"{counted(holdings.holds, 'table')} still on hold for it")
    own = {table.table_id: table for table in row.tables}
    if holdings.allocated is not None and set(holdings.allocated) != set(own):
        more, fewer = len(set(holdings.allocated) - set(own)), len(set(own) - set(holdings.allocated))
        found.append(f"its reservations do not match its tables ({more} too many, {fewer} missing)")
    for table_id, windows in (holdings.allocated or {}).items():
        table = own.get(table_id)
        if table is not None and windows != ((table.start_at, table.end_at),):
            reserved = " and ".join(f"{_clock(since, zone)}–{_clock(until, zone)}" for since, until in windows)
            found.append(f"table {table.number} is held {span(table, zone)} and reserved {reserved}")
    if holdings.restaurants - {row.restaurant_id}:
        found.append("its reservations stand under another restaurant than its own")
    joined = {table.merge_group_id for table in row.tables} - {None}
    if holdings.groups is not None and holdings.groups != joined:
        found.append("the group that its tables are joined to is not its own")
    return found


def confirmed_once(books: RelatedRecords, row: BookingRow) -> Breaches:
    """What the platform noted: one change to confirmed, passed on to other systems once, one set of tables given."""
    return [*noted_at_all(books), *noted_once(books, row)]


def noted_at_all(books: RelatedRecords) -> Breaches:
    """The confirmation stands in every book that is kept."""
    found = [] if books.history is None else history_kept(books.history)
    for news, (least, _) in PASSED_ON.items():
        if books.passed_on is not None and books.passed_on.get(news, 0) < least:
            found.append(f"its confirmation was never passed on to other systems ({news})")
    if books.ledger == 0:
        found.append("tables were given to it 0 times, by the platform's own ledger")
    return found


def history_kept(history: Sequence[StatusChange]) -> Breaches:
    """The history tells of the confirmation."""
    told = any(change.to_status == CONFIRMED for change in history)
    return [] if told else ["its history tells of no confirmation instead of one"]


def noted_once(books: RelatedRecords, row: BookingRow) -> Breaches:
    """No book tells of more than one confirmation, or of another end than the booking's."""
    found, history = [], books.history or ()
    confirmations = [change for change in history if change.to_status == CONFIRMED]
    if len(confirmations) > 1:
        found.append(f"its history tells of {counted(len(confirmations), 'confirmation')} instead of one")
    found += [
        f"its history says that it was {change.from_status} before it was confirmed"
        for change in confirmations
        if change.from_status is not None and change.from_status not in IN_PROGRESS
    ]
    if history and history[-1].to_status != row.status:
        found.append(f"it is {row.status}, and its history ends with {history[-1].to_status}")
    for news, (_, most) in PASSED_ON.items():
        times = (books.passed_on or {}).get(news, 0)
        if times > most:
            found.append(f"its confirmation was {times} times passed on to other systems ({news})")
    if (books.ledger or 0) > 1:
        found.append(f"tables were given to it {books.ledger} times, by the platform's own ledger")
    return found


def _instead(what: str, kept: Any, given: Any) -> str:
    kept, given = _where_they_differ(kept, given)
    return f"the {what} {'are' if what == 'notes' else 'is'} stored as {_quoted(kept)} instead of {_quoted(given)}"


def _where_they_differ(kept: Any, given: Any) -> tuple[Any, Any]:
    """Long texts from shortly before their first difference on, so that a quotation shows it."""
    if not (isinstance(kept, str) and isinstance(given, str)) or max(len(kept), len(given)) <= QUOTED:
        return kept, given
    pairs = enumerate(zip(kept, given, strict=False))
    differ_at = next((at for at, (one, other) in pairs if one != other), min(len(kept), len(given)))
    since = max(0, differ_at - QUOTED // 4)
    return _excerpt(kept, since), _excerpt(given, since)


def _excerpt(text: str, since: int) -> str:
    return f"{'…' if since else ''}{text[since:][: QUOTED // 2]} ({len(text)} characters)"


def _quoted(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.datetime):
        return f"{value:%a %d %b %H:%M %Z}"
    if isinstance(value, datetime.time):
        return f"{value:%H:%M}"
    shown = str(value) if len(str(value)) <= QUOTED else f"{str(value)[:QUOTED]}…"
    return shown if shown == " ".join(shown.split()) else repr(shown)  # else blanks and breaks would not be seen


def _digits(phone: Any) -> str:
    return "".join(character for character in str(phone) if character.isdigit())


def _at(instant: datetime.datetime | None, zone: str) -> datetime.datetime | None:
    return None if instant is None else instant.astimezone(ZoneInfo(zone))


def _clock(instant: datetime.datetime, zone: str) -> str:
    return f"{instant.astimezone(ZoneInfo(zone)):%H:%M}"


def span(table: AssignedTable, zone: str) -> str:
    """From when to when a table is held, by the restaurant's clock."""
    if table.start_at is None or table.end_at is None:
        return "for no time"
    return f"{_clock(table.start_at, zone)}–{_clock(table.end_at, zone)}"
