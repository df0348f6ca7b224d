"""Comparing what is stored with what was promised: pure functions from rows to breaches, each a part of a sentence.

An empty list means that the promise is kept. Personal data is never quoted: "another e-mail than the guest's".
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from bookingflow.contract import BLOCKING, CONFIRMED, BookingRequest
from bookingflow.database import AssignedTable, BookingRow, Holdings
from bookingflow.rules import STAY_MINUTES, stored_type, table_taken_until
from bookingflow.wording import counted

QUOTED = 60
"""Characters of a value that a sentence quotes."""
Breaches = list[str]


def stored_as_asked(
    row: BookingRow, request: BookingRequest, zone: str, stay_minutes: Mapping[str, int] = STAY_MINUTES
) -> Breaches:
    """The whole booking is stored as the guest asked for it: who, when, how many, every wish."""
    return [*guest_kept(row, request), *wishes_kept(row, request), *times_kept(row, request, zone, stay_minutes)]


def guest_kept(row: BookingRow, request: BookingRequest) -> Breaches:
    """Who booked: name, e-mail (in lower case) and phone."""
    told = {
        "name": (row.customer_name, request.name),
        "e-mail": (row.customer_email, request.email.strip().lower()),
        "phone number": (row.customer_phone, request.phone.strip()),
    }
    return [f"another {what} than the guest's is stored" for what, (kept, given) in told.items() if kept != given]


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
    row: BookingRow, request: BookingRequest, zone: str, stay_minutes: Mapping[str, int] = STAY_MINUTES
) -> Breaches:
    """Day, start and end by the restaurant's wall clock, and the instants they stand for."""
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
            found.append(f"table {table.number} is held {_span(table, zone)} instead of {promised}")
    return found


def no_table_twice(rows: Iterable[BookingRow]) -> Breaches:
    """No table is held by two bookings at the same time; one may begin when the other ends."""
    held: dict[str, list[tuple[BookingRow, AssignedTable]]] = {}
    for row in rows:
        for table in row.tables if row.status in BLOCKING else ():
            if table.start_at is not None and table.end_at is not None:
                held.setdefault(table.table_id, []).append((row, table))
    return [
        f"table {a.number} is held by bookings {one.reference} and {two.reference} at the same time"
        for holders in held.values()
        for (one, a), (two, b) in combinations(holders, 2)
        if one.id != two.id and a.start_at < b.end_at and b.start_at < a.end_at  # type: ignore[operator]  # not None above
    ]


def house_in_order(rows: Sequence[BookingRow]) -> Breaches:
    """A day's bookings: every confirmed one has tables, every held table says for how long, and none is held twice."""
    found = no_table_twice(rows)
    for row in rows:
        if row.status == CONFIRMED and not row.tables:
            found.append(f"booking {row.reference} is confirmed without a table")
        if row.status in BLOCKING and any(table.start_at is None or table.end_at is None for table in row.tables):
            found.append(f"booking {row.reference} holds a table without saying from when to when")
    return found


def nothing_left_held(holdings: Holdings, row: BookingRow) -> Breaches:
    """A booking holds its own tables and nothing else: no table kept on hold, nothing reserved beyond them."""
    found = []
    if holdings.holds:
        found.append(f"{counted(holdings.holds, 'table')} still on hold for it")
    own = {table.table_id for table in row.tables}
    if holdings.allocated is not None and holdings.allocated != own:
        more, fewer = len(holdings.allocated - own), len(own - holdings.allocated)
        found.append(f"its reservations do not match its tables ({more} too many, {fewer} missing)")
    return found


def answered_as_stored(body: Mapping[str, Any], row: BookingRow) -> Breaches:
    """The answer tells the guest what is stored."""
    told = body.get("booking")
    told = told if isinstance(told, Mapping) else {}
    stored: dict[str, Any] = {
        "id": row.id,
        "restaurant_id": row.restaurant_id,
        "reference": row.reference,
        "booking_date": row.date.isoformat(),
        "start_time": row.start_time.isoformat(),
        "end_time": row.end_time.isoformat(),
        "party_size": row.party_size,
        "booking_type": row.booking_type,
        "seating_preference": row.seating_preference,
        "status": row.status,
        "customer_name": row.customer_name,
        "customer_email": row.customer_email,
        "customer_phone": row.customer_phone,
        "notes": row.notes,
        "marketing_opt_in": row.marketing_opt_in,
    }
    return [
        f"the answer's {name.replace('_', ' ')} is not the one that is stored"
        for name, value in stored.items()
        if told.get(name) != value
    ]


def _instead(what: str, kept: Any, given: Any) -> str:
    return f"the {what} {'are' if what == 'notes' else 'is'} stored as {_quoted(kept)} instead of {_quoted(given)}"


def _quoted(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.datetime):
        return f"{value:%a %d %b %H:%M %Z}"
    if isinstance(value, datetime.time):
        return f"{value:%H:%M}"
    text = str(value)
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}…"


def _at(instant: datetime.datetime | None, zone: str) -> datetime.datetime | None:
    return None if instant is None else instant.astimezone(ZoneInfo(zone))


def _clock(instant: datetime.datetime, zone: str) -> str:
    return f"{instant.astimezone(ZoneInfo(zone)):%H:%M}"


def _span(table: AssignedTable, zone: str) -> str:
    if table.start_at is None or table.end_at is None:
        return "for no time"
    return f"{_clock(table.start_at, zone)}–{_clock(table.end_at, zone)}"
