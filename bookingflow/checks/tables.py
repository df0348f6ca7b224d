"""Comparing the tables of bookings with what guests are promised: pure functions from rows to breaches.

Seats for everybody, at tables that stand together, for the whole stay, given to nobody else, and nothing else reserved.
An empty list means that the promise is kept.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from zoneinfo import ZoneInfo

from bookingflow.core.failures import Breach
from bookingflow.core.text import counted, plural, quoted, series
from bookingflow.platform.api_models import BLOCKING, CONFIRMED
from bookingflow.platform.business_rules import table_taken_until
from bookingflow.platform.database_models import AssignedTable, BookingRow, Holdings

CLOSED_BY_PEOPLE = frozenset({"cancelled", "checked_in", "no_show", "completed"})
"""Statuses that staff, or a guest, give a confirmed booking (docs/platform.md, "Life cycle")."""


def withdrawal(status: str) -> str:
    """The code of a booking that stands no more as it was confirmed, and has this status now."""
    if status in CLOSED_BY_PEOPLE:
        return "closed_unasked"
    return "tables_withdrawn" if status == CONFIRMED else "confirmation_withdrawn"


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
    seats = sorted(min(table.capacity, table.max_party or table.capacity) for table in row.tables)
    numbers = [table.number for table in row.tables]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        return [Breach("table_held_twice", f"it holds {series(twice)} twice")]
    if seats and sum(seats) - seats[0] >= row.party_size:
        return [Breach("too_many_tables", f"{_guests_were(row)} given {_given(row)}, more than they need")]
    return []


def joined_in_one_zone(row: BookingRow) -> list[Breach]:
    """Tables that were joined can be moved, stand in one zone and belong to one group."""
    zones = {table.zone for table in row.tables}
    groups = {table.merge_group_id for table in row.tables}
    found = []
    if len(zones) > 1:
        apart = f"{_given(row)} stand in different zones ({series(sorted(zones))})"
        found.append(Breach("joined_across_zones", apart))
    fixed = [table.number for table in row.tables if not table.movable]
    if len(row.tables) > 1 and fixed:
        found.append(Breach("fixed_table_joined", f"{_given(row)} are joined, and {series(fixed)} can't be moved"))
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
        elif table.start_at != start or table.end_at not in until:
            days = start.astimezone(ZoneInfo(zone)).date() != table.start_at.astimezone(ZoneInfo(zone)).date()
            promised = _from_to(start, until[0], zone, days=days)
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
    if holdings.groups is not None and joined and not holdings.groups:
        found.append(Breach("joined_without_group", "its tables are not reserved together as one group"))
    elif holdings.groups is not None and holdings.groups != joined:
        found.append(Breach("group_of_another", "its tables are kept as the group of another booking"))
    return found


def _is_or_are(number: int) -> str:
    return "is" if number == 1 else "are"


def _from_to(since: datetime.datetime, until: datetime.datetime, zone: str, *, days: bool = False) -> str:
    """`from 19:00 to 20:20` by the restaurant's clock; with `days` the day stands before the first time."""
    since, until = since.astimezone(ZoneInfo(zone)), until.astimezone(ZoneInfo(zone))
    return f"from {quoted(since) if days else format(since, '%H:%M')} to {until:%H:%M}"


def span(table: AssignedTable, zone: str) -> str:
    """From when to when a table is kept, by the restaurant's clock."""
    if table.start_at is None or table.end_at is None:
        return "for no time"
    return _from_to(table.start_at, table.end_at, zone)
