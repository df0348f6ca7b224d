"""Comparing what is stored with what was promised: pure functions from rows to breaches.

An empty list means that the promise is kept. Personal data is never quoted: "another e-mail address than the guest's".
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from bookingflow.core.failures import Breach
from bookingflow.core.patterns import pattern
from bookingflow.core.text import QUOTED, counted, plural, quoted, series
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

REFERENCE = pattern(r"[0-9A-Z]{10}")
"""docs/platform.md, "Database"."""
PASSED_ON = {"capacity.assignment.sync": (1, 2), "capacity.hold.confirmed": (1, 1)}
"""How often, at least and at most, a confirmation is passed on to other systems; docs/platform.md, "Rows of a confirmed
booking"."""


def stored_as_asked(
    row: BookingRow, request: BookingRequest, restaurant: Restaurant, stay_minutes: Mapping[str, int] = STAY_MINUTES
) -> list[Breach]:
    """The whole booking is stored as the guest asked for it: who, where, when, how many, every wish."""
    return [*guest_kept(row, request), *wishes_kept(row, request), *times_kept(row, request, restaurant, stay_minutes)]


def guest_kept(row: BookingRow, request: BookingRequest) -> list[Breach]:
    """Who booked: name, e-mail (in lower case) and phone."""
    found = []
    if row.customer_name != request.name:
        found.append(Breach("name_not_stored", "another name than the guest's is stored"))
    if row.customer_email != request.email.strip().lower():
        found.append(Breach("email_not_stored", "another e-mail address than the guest's is stored"))
    if row.customer_phone != request.phone.strip():
        found.append(Breach("phone_not_stored", "another phone number than the guest's is stored"))
    if not REFERENCE.fullmatch(row.reference):
        wrong = f"its reference {quoted(row.reference)} is not made of ten capital letters and digits"
        found.append(Breach("reference_malformed", wrong))
    return found


def reference_kept(row: BookingRow, before: BookingRow | None) -> list[Breach]:
    """A guest finds the booking by the reference in the answer; a booking that was not seen before breaks nothing."""
    if before is None or before.id != row.id or before.reference == row.reference:
        return []
    return [Breach("reference_changed", f"its reference was {before.reference} and now is {row.reference}")]


def tables_kept(row: BookingRow, before: BookingRow | None) -> list[Breach]:
    """A booking that is still confirmed has the tables that it was seen with when it was confirmed."""
    if before is None or not (row.status == before.status == CONFIRMED):
        return []
    was, now = ([table.number for table in one.tables] for one in (before, row))
    if was == now:
        return []
    return [
        Breach("tables_moved" if now else "tables_withdrawn", f"it had {_numbers(was)} and now has {_numbers(now)}")
    ]


def _numbers(tables: Sequence[str]) -> str:
    return f"{plural(len(tables), 'table')} {series(tables)}" if tables else "no table"


def customer_kept(
    customer: Mapping[str, Any], row: BookingRow, request: BookingRequest, *, known: bool = False
) -> list[Breach]:
    """The booking belongs to its own guest among the restaurant's customers, kept with the guest's own data."""
    found = customer_is_guest(customer, row, request, known=known)
    if found or not all(_same_contact(customer, request)):
        return found
    if customer.get("full_name") not in {None, request.name}:
        found.append(_customer_differs("customer_name_differs", "name"))
    if customer.get("marketing_opt_in") not in {None, request.marketing_opt_in}:
        found.append(_customer_differs("customer_marketing_differs", "marketing choice"))
    return found


def customer_is_guest(
    customer: Mapping[str, Any], row: BookingRow, request: BookingRequest, *, known: bool = False
) -> list[Breach]:
    """The booking belongs to its own guest among the restaurant's customers.

    A guest whom the restaurant has `known` by one half of the contact may be kept under the other half of before.
    """
    same_email, same_phone = _same_contact(customer, request)
    if customer.get("account"):
        return [Breach("customer_has_account", "it was put into an account, and its guest has not signed in")]
    if customer.get("arrived") and row.status in BLOCKING:
        return [Breach("customer_arrived", "its guest is recorded as arrived")]
    if not (same_email or same_phone) or customer.get("restaurant_id") != row.restaurant_id:
        return [Breach("customer_is_another", "it belongs to another customer than its guest")]
    if not known and same_email and not same_phone:
        return [_customer_differs("customer_phone_differs", "phone number")]
    return []


def _customer_differs(code: str, what: str) -> Breach:
    return Breach(code, f"the customer it belongs to has another {what} than its guest")


def _same_contact(customer: Mapping[str, Any], request: BookingRequest) -> tuple[bool, bool]:
    """Whether the e-mail is the guest's, and the phone number."""
    same_phone = _digits(customer.get("phone")) == _digits(request.phone)
    return customer.get("email") == request.email.strip().lower(), same_phone


def wishes_kept(row: BookingRow, request: BookingRequest) -> list[Breach]:
    """What the guest asked for beside the time."""
    occasion = stored_type(request.booking_type, request.time)
    return [
        *_stored("party_not_stored", "number of guests", row.party_size, request.party),
        *_stored("seating_not_stored", "seating wish", row.seating_preference, request.seating),
        *_stored("notes_not_stored", "notes", row.notes, request.notes),
        *_stored("marketing_not_stored", "marketing choice", row.marketing_opt_in, request.marketing_opt_in),
        *_stored("occasion_not_stored", "occasion", row.booking_type, occasion),
    ]


def times_kept(
    row: BookingRow, request: BookingRequest, restaurant: Restaurant, stay_minutes: Mapping[str, int] = STAY_MINUTES
) -> list[Breach]:
    """The restaurant; day, start and end by its wall clock; and the instants, which are those of what is stored."""
    if row.restaurant_id != restaurant.id:
        return [Breach("restaurant_not_stored", f"it is booked at another restaurant than {restaurant.name}")]
    zone = ZoneInfo(restaurant.timezone)
    start = datetime.datetime.combine(request.date, request.time)
    end = start + datetime.timedelta(minutes=stay_minutes[stored_type(request.booking_type, request.time)])
    return [
        *_stored("day_not_stored", "day", row.date, request.date),
        *_stored("start_not_stored", "start", row.start_time, request.time),
        *_stored("end_not_stored", "end", row.end_time, end.time()),
        *_by_clock("start_in_zone_not_stored", "starts", row.start_at, (row.date, row.start_time, zone)),
        *_by_clock("end_in_zone_not_stored", "ends", row.end_at, (row.date, row.end_time, zone)),
    ]


def _by_clock(
    code: str, happens: str, kept: datetime.datetime | None, local: tuple[datetime.date, datetime.time, ZoneInfo]
) -> list[Breach]:
    """The breach of an instant that is another than the stored day and time stand for at the restaurant."""
    meant = datetime.datetime.combine(*local)
    if kept == meant:
        return []
    shown = "at no time" if kept is None else f"on {quoted(kept.astimezone(meant.tzinfo))}"
    return [Breach(code, f"by the restaurant's clock it {happens} {shown} instead of {quoted(meant)}")]


def tables_of_the_house(row: BookingRow) -> list[Breach]:
    """Its tables stand in that restaurant and are in service."""
    found = []
    for table in row.tables:
        if table.restaurant_id and table.restaurant_id != row.restaurant_id:
            found.append(Breach("table_of_another_house", f"{table.number} stands in another restaurant"))
        if not table.in_service:
            found.append(Breach("table_out_of_service", f"{table.number} is out of service"))
    return found


def seats_the_party(row: BookingRow) -> list[Breach]:
    """Enough seats for everybody."""
    if row.capacity >= row.party_size:
        return []
    given = _given(row)
    if len(row.tables) == 1:
        given += f", which seats {row.capacity}"
    elif row.tables:
        given += f", which seat {row.capacity} together"
    return [Breach("too_few_seats", f"{_guests_were(row)} given {given}")]


def _given(row: BookingRow) -> str:
    return series([table.number for table in row.tables]) or "no table"


def _guests_were(row: BookingRow) -> str:
    return f"{counted(row.party_size, 'guest')} {'was' if row.party_size == 1 else 'were'}"


def tables_held_once(row: BookingRow) -> list[Breach]:
    """No table twice, and none more than the party needs."""
    seats = sorted(table.capacity for table in row.tables)
    numbers = [table.number for table in row.tables]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        return [Breach("table_held_twice", f"it holds {series(twice)} twice")]
    if seats and sum(seats) - seats[0] >= row.party_size:
        return [Breach("too_many_tables", f"{_guests_were(row)} given {_given(row)}, more than they need")]
    return []


def joined_in_one_zone(row: BookingRow) -> list[Breach]:
    """Tables that were joined stand in one zone and belong to one group."""
    zones = {table.zone for table in row.tables}
    groups = {table.merge_group_id for table in row.tables}
    found = []
    if len(zones) > 1:
        apart = f"{_given(row)} stand in different zones ({series(sorted(zones))})"
        found.append(Breach("joined_across_zones", apart))
    if len(row.tables) > 1 and (None in groups or len(groups) > 1):
        found.append(Breach("joined_without_group", f"{_given(row)} are not kept together as one group"))
    return found


def held_for_the_stay(row: BookingRow, zone: str) -> list[Breach]:
    """Each table is kept from the guest's arrival for as long as a party of that size stays."""
    start = row.start_at
    if start is None:
        return [Breach("start_missing", "the booking does not say when it starts")]
    until = table_taken_until(start, row.party_size, zone)
    found = []
    for table in row.tables:
        if table.start_at is None or table.end_at is None:
            found.append(_time_missing(table))
        elif (table.start_at, table.end_at) != (start, until):
            days = start.astimezone(ZoneInfo(zone)).date() != table.start_at.astimezone(ZoneInfo(zone)).date()
            promised = _from_to(start, until, zone, days=days)
            kept = _from_to(table.start_at, table.end_at, zone, days=days)
            found.append(Breach("table_time_wrong", f"{table.number} is kept {kept} instead of {promised}"))
    return found


def _time_missing(table: AssignedTable) -> Breach:
    return Breach("table_time_missing", f"{table.number} is kept without saying from when to when")


def no_table_twice(
    rows: Iterable[BookingRow], zones: Mapping[str, str], own: Collection[str] | None = None
) -> list[Breach]:
    """No table is held by two bookings at the same time; one may begin when the other ends.

    `zones` are the restaurants' time zones, by id. With `own` ids only what concerns one of these bookings is reported.
    """
    held: dict[str, list[tuple[BookingRow, AssignedTable]]] = {}
    for row in rows:
        for table in row.tables if row.status in BLOCKING else ():
            held.setdefault(table.table_id, []).append((row, table))
    return [
        Breach(
            "double_booking",
            f"{a.number} is given to bookings {one.reference} and {two.reference} "
            f"{_from_to(*both, zones[one.restaurant_id]) if one.restaurant_id in zones else 'at the same time'}",
        )
        for holders in held.values()
        for (one, a), (two, b) in combinations(holders, 2)
        if one.id != two.id and (own is None or {one.id, two.id} & set(own))
        for both in _overlap(a, b)
    ]


def _overlap(one: AssignedTable, other: AssignedTable) -> list[tuple[datetime.datetime, datetime.datetime]]:
    """From when to when both are held; empty when they are not, or not for a time."""
    if one.start_at is None or one.end_at is None or other.start_at is None or other.end_at is None:
        return []
    since, until = max(one.start_at, other.start_at), min(one.end_at, other.end_at)
    return [(since, until)] if since < until else []


def house_in_order(rows: Sequence[BookingRow], zone: str, own: Collection[str] | None = None) -> list[Breach]:
    """A day's bookings: every confirmed one has tables, every held table says for how long, and none is held twice.

    All of one restaurant, in its time `zone`. With `own` ids only what concerns one of these bookings is reported.
    """
    found = no_table_twice(rows, {row.restaurant_id: zone for row in rows}, own)
    for row in rows if own is None else [row for row in rows if row.id in own]:
        if row.status == CONFIRMED and not row.tables:
            found.append(Breach("confirmed_without_table", f"booking {row.reference} is confirmed without a table"))
        for table in row.tables if row.status in BLOCKING else ():
            if table.start_at is None or table.end_at is None:
                missing = _time_missing(table)
                found.append(Breach(missing.code, f"booking {row.reference}: {missing}"))
    return found


def nothing_left_held(holdings: Holdings, row: BookingRow, zone: str) -> list[Breach]:
    """A booking reserves its own tables for its own time and nothing else, and keeps no table on hold."""
    found = []
    if holdings.holds:
        on_hold = f"{counted(holdings.holds, 'table')} {_is_or_are(holdings.holds)} still on hold for it"
        found.append(Breach("holds_left", on_hold))
    own = {table.table_id: table for table in row.tables}
    if holdings.allocated is not None:
        left, missing = len(set(holdings.allocated) - set(own)), len(set(own) - set(holdings.allocated))
        if missing:
            tables = "one of its tables is" if missing == 1 else f"{missing} of its tables are"
            found.append(Breach("table_not_reserved", f"{tables} not reserved"))
        if left:
            tables = "a table that is" if left == 1 else f"{left} tables that are"
            found.append(Breach("reservation_left", f"{tables} not its own {_is_or_are(left)} still reserved for it"))
    for table_id, windows in (holdings.allocated or {}).items():
        table = own.get(table_id)
        if table is not None and windows != ((table.start_at, table.end_at),):
            reserved = series([_from_to(since, until, zone) for since, until in windows])
            differs = f"{table.number} is kept {span(table, zone)} and reserved {reserved}"
            found.append(Breach("reservation_time_differs", differs))
    if holdings.restaurants - {row.restaurant_id}:
        found.append(Breach("reservation_of_another_house", "its tables are reserved under another restaurant"))
    joined = {table.merge_group_id for table in row.tables} - {None}
    if holdings.groups is not None and holdings.groups != joined:
        found.append(Breach("group_of_another", "its tables are kept as the group of another booking"))
    return found


def _is_or_are(number: int) -> str:
    return "is" if number == 1 else "are"


def confirmed_once(records: RelatedRecords, row: BookingRow) -> list[Breach]:
    """What the platform recorded: one change to confirmed, passed on to other systems once, one set of tables given."""
    return [*recorded_at_all(records), *recorded_once(records, row)]


def recorded_at_all(records: RelatedRecords) -> list[Breach]:
    """The confirmation stands wherever the platform keeps records of it."""
    found = [] if records.history is None else history_kept(records.history)
    for news, (least, _) in PASSED_ON.items():
        if records.passed_on is not None and records.passed_on.get(news, 0) < least:
            found.append(Breach("not_passed_on", f"no other system was sent its confirmation ({news})"))
    if records.ledger == 0:
        found.append(Breach("not_in_ledger", "the platform's own ledger shows no tables given to it"))
    return found


def history_kept(history: Sequence[StatusChange]) -> list[Breach]:
    """The history shows the confirmation."""
    if any(change.to_status == CONFIRMED for change in history):
        return []
    return [Breach("history_without_confirmation", "its history shows no confirmation")]


def recorded_once(records: RelatedRecords, row: BookingRow) -> list[Breach]:
    """No record shows more than one confirmation, or another end than the booking's."""
    found, history = [], records.history or ()
    confirmations = [change for change in history if change.to_status == CONFIRMED]
    if len(confirmations) > 1:
        found.append(Breach("confirmed_twice", f"its history shows {counted(len(confirmations), 'confirmation')}"))
    found += [
        Breach("history_before_differs", f"its history says it was {change.from_status} before it was confirmed")
        for change in confirmations
        if change.from_status is not None and change.from_status not in IN_PROGRESS
    ]
    if history and history[-1].to_status != row.status:
        ends = f"it is {row.status}, and its history ends with {history[-1].to_status}"
        found.append(Breach("history_end_differs", ends))
    for news, (_, most) in PASSED_ON.items():
        times = (records.passed_on or {}).get(news, 0)
        if times > most:
            sent = f"its confirmation was sent to other systems {times} times ({news})"
            found.append(Breach("passed_on_twice", sent))
    if (records.ledger or 0) > 1:
        given = f"by the platform's own ledger it was given tables {records.ledger} times"
        found.append(Breach("assigned_twice", given))
    return found


def _stored(code: str, what: str, kept: Any, asked: Any) -> list[Breach]:
    """The breach of a fact that is not kept as it was asked for."""
    if kept == asked:
        return []
    are, since = "are" if what == "notes" else "is", _first_difference(kept, asked)
    return [Breach(code, f"the {what} {are} stored as {quoted(kept, since)} instead of {quoted(asked, since)}")]


def _first_difference(kept: Any, asked: Any) -> int:
    """From where on long texts are quoted, so that a quotation shows where they differ; 0 for short ones."""
    if not (isinstance(kept, str) and isinstance(asked, str)) or max(len(kept), len(asked)) <= QUOTED:
        return 0
    pairs = enumerate(zip(kept, asked, strict=False))
    differ_at = next((at for at, (one, other) in pairs if one != other), min(len(kept), len(asked)))
    return max(0, differ_at - QUOTED // 4)


def _digits(phone: Any) -> str:
    return "".join(character for character in str(phone) if character.isdigit())


def _from_to(since: datetime.datetime, until: datetime.datetime, zone: str, *, days: bool = False) -> str:
    """`from 19:00 to 20:20` by the restaurant's clock; with `days` the day stands before the first time."""
    since, until = since.astimezone(ZoneInfo(zone)), until.astimezone(ZoneInfo(zone))
    return f"from {quoted(since) if days else format(since, '%H:%M')} to {until:%H:%M}"


def span(table: AssignedTable, zone: str) -> str:
    """From when to when a table is kept, by the restaurant's clock."""
    if table.start_at is None or table.end_at is None:
        return "for no time"
    return _from_to(table.start_at, table.end_at, zone)
