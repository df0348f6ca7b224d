"""Comparing tables with what was promised: each breach is found, and what is kept is not."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest

from bookingflow.checks import tables
from bookingflow.core.failures import Breach
from bookingflow.platform.database_models import BookingRow, Holdings
from tests.support.fakes import RESTAURANT_ID, table
from tests.support.stored import KEPT, START, TABLE

STAY = datetime.timedelta(hours=2)


LONDON = {RESTAURANT_ID: "Europe/London"}


def test_tables_of_another_house_or_out_of_service_are_found() -> None:
    assert tables.tables_of_the_house(KEPT) == []
    foreign = replace(KEPT, tables=(replace(TABLE, restaurant_id="another"),))
    assert tables.tables_of_the_house(foreign) == [Breach("table_of_another_house", "T05 stands in another restaurant")]
    stored_away = replace(KEPT, tables=(replace(TABLE, in_service=False),))
    assert tables.tables_of_the_house(stored_away) == [Breach("table_out_of_service", "T05 is out of service")]


def seated(party: int, *seats: int, **changes: Any) -> BookingRow:
    """A party at tables T01, T02 … of so many seats."""
    tables = tuple(replace(table(f"T{n:02}", each), **changes) for n, each in enumerate(seats, 1))
    return replace(KEPT, party_size=party, tables=tables)


@pytest.mark.parametrize(
    ("booking", "words"),
    [
        (seated(4, 4), None),
        (seated(3, 2), "3 guests were given T01, which seats 2"),
        (seated(9, 4, 4), "9 guests were given T01 and T02, which seat 8 together"),
        (seated(1), "1 guest was given no table"),
    ],
)
def test_everybody_has_a_seat(booking: BookingRow, words: str | None) -> None:
    assert tables.seats_the_party(booking) == ([Breach("too_few_seats", words)] if words else [])


def test_no_table_is_held_twice_and_none_without_need() -> None:
    assert tables.tables_held_once(seated(6, 4, 4)) == []
    assert tables.tables_held_once(replace(KEPT, tables=(TABLE, TABLE))) == [
        Breach("table_held_twice", "it holds T05 twice")
    ]
    assert tables.tables_held_once(seated(4, 4, 2)) == [
        Breach("too_many_tables", "4 guests were given T01 and T02, more than they need")
    ]
    assert tables.tables_held_once(seated(4, 4, 2, max_party=2)) == []  # each is for two


def test_joined_tables_stand_together() -> None:
    assert tables.joined_in_one_zone(seated(6, 4, 4, merge_group_id="g")) == []
    assert tables.joined_in_one_zone(KEPT) == []
    apart = replace(KEPT, tables=(replace(TABLE, merge_group_id="g"), replace(TABLE, number="T09", zone="Terrace")))
    assert tables.joined_in_one_zone(apart) == [
        Breach("joined_across_zones", "T05 and T09 stand in different zones (Dining room and Terrace)"),
        Breach("joined_without_group", "T05 and T09 are not kept together as one group"),
    ]


def test_tables_that_cant_be_moved_are_joined_with_none() -> None:
    fixed = replace(TABLE, merge_group_id="g", movable=False)
    joined = replace(KEPT, tables=(fixed, replace(TABLE, merge_group_id="g", number="T09")))
    said = "T05 and T09 are joined, and T05 can't be moved"
    assert tables.joined_in_one_zone(joined) == [Breach("fixed_table_joined", said)]
    assert tables.joined_in_one_zone(replace(KEPT, tables=(fixed,))) == []


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"end_at": None}, "table_time_missing", "T05 is kept without saying from when to when"),
        (
            {"end_at": START + datetime.timedelta(minutes=15)},
            "table_time_wrong",
            "T05 is kept from 19:00 to 19:15 instead of from 19:00 to 20:20",
        ),
        (
            {"start_at": START + datetime.timedelta(days=1), "end_at": START + datetime.timedelta(days=1, minutes=80)},
            "table_time_wrong",
            "T05 is kept from Wed 25 Nov 19:00 to 20:20 instead of from Tue 24 Nov 19:00 to 20:20",
        ),
    ],
)
def test_a_table_is_kept_for_the_whole_stay(changed: dict[str, Any], code: str, words: str) -> None:
    assert tables.held_for_the_stay(KEPT, "Europe/London") == []
    booking = replace(KEPT, tables=(replace(TABLE, **changed),))
    assert tables.held_for_the_stay(booking, "Europe/London") == [Breach(code, words)]


@pytest.mark.parametrize(
    ("minutes", "right"), [(59, False), (60, True), (64, False), (65, True), (66, False), (80, False)]
)
def test_at_the_end_of_dinner_the_minutes_before_the_next_guests_are_cut_or_not(minutes: int, right: bool) -> None:
    at_nine = START + datetime.timedelta(hours=2)
    table = replace(TABLE, start_at=at_nine, end_at=at_nine + datetime.timedelta(minutes=minutes))
    found = tables.held_for_the_stay(replace(KEPT, start_at=at_nine, tables=(table,)), "Europe/London")
    assert [one.code for one in found] == ([] if right else ["table_time_wrong"])


def test_a_booking_says_when_it_starts() -> None:
    found = tables.held_for_the_stay(replace(KEPT, start_at=None), "Europe/London")
    assert found == [Breach("start_missing", "the booking does not say when it starts")]


WINDOW = (START, START + datetime.timedelta(minutes=80))


JOINED = replace(KEPT, tables=(replace(TABLE, merge_group_id="group"),))


@pytest.mark.parametrize(
    ("held", "booking", "code", "words"),
    [
        (Holdings(), KEPT, None, ""),
        (Holdings(0, {"id-T05": (WINDOW,)}, frozenset()), KEPT, None, ""),
        (Holdings(0, {"id-T05": (WINDOW,)}, frozenset({"group"})), JOINED, None, ""),
        (Holdings(1), KEPT, "holds_left", "1 table is still on hold for it"),
        (Holdings(0, {}, frozenset()), KEPT, "table_not_reserved", "one of its tables is not reserved"),
        (
            Holdings(0, {"id-T05": (WINDOW,), "t2": (WINDOW,)}, frozenset()),
            KEPT,
            "reservation_left",
            "a table that is not its own is still reserved for it",
        ),
        (
            Holdings(0, {"id-T05": (WINDOW,), "t2": (WINDOW,), "t3": (WINDOW,)}, frozenset()),
            KEPT,
            "reservation_left",
            "2 tables that are not its own are still reserved for it",
        ),
        (
            Holdings(0, {"id-T05": ((START, START),)}, frozenset()),
            KEPT,
            "reservation_time_differs",
            "T05 is kept from 19:00 to 20:20 and reserved from 19:00 to 19:00",
        ),
        (
            Holdings(0, {"id-T05": (WINDOW, WINDOW)}, frozenset()),
            KEPT,
            "reservation_time_differs",
            "T05 is kept from 19:00 to 20:20 and reserved from 19:00 to 20:20 and from 19:00 to 20:20",
        ),
        (
            Holdings(0, {"id-T05": (WINDOW,)}, frozenset({"other"})),
            JOINED,
            "group_of_another",
            "its tables are kept as the group of another booking",
        ),
        (
            Holdings(0, {"id-T05": (WINDOW,)}, frozenset()),
            JOINED,
            "joined_without_group",
            "its tables are not reserved together as one group",
        ),
        (
            Holdings(restaurants=frozenset({"another"})),
            KEPT,
            "reservation_of_another_house",
            "its tables are reserved under another restaurant",
        ),
    ],
)
def test_reservations_are_those_of_its_tables(
    held: Holdings, booking: BookingRow, code: str | None, words: str
) -> None:
    found = tables.nothing_left_held(held, booking, "Europe/London")
    assert found == ([Breach(code, words)] if code else [])


def test_a_table_that_two_bookings_have_at_once_is_found_with_the_time() -> None:
    later = replace(TABLE, start_at=START + datetime.timedelta(minutes=30), end_at=START + datetime.timedelta(hours=2))
    other = replace(KEPT, id="other", reference="OTHEROTHER", tables=(later,))
    words = "T05 is given to bookings HMNJRNJDGY and OTHEROTHER"
    assert tables.no_table_twice([KEPT, other], LONDON) == [Breach("double_booking", f"{words} from 19:30 to 20:20")]
    assert tables.no_table_twice([KEPT, other], {}) == [Breach("double_booking", f"{words} at the same time")]
    after = replace(TABLE, start_at=TABLE.end_at, end_at=START + datetime.timedelta(hours=3))
    assert tables.no_table_twice([KEPT, replace(other, tables=(after,))], LONDON) == []
    assert tables.no_table_twice([KEPT, replace(other, status="cancelled")], LONDON) == []
    assert tables.no_table_twice([KEPT, replace(other, tables=(replace(later, end_at=None),))], LONDON) == []


def test_of_a_day_that_others_book_too_only_ones_own_is_reported() -> None:
    mine, theirs = KEPT, replace(KEPT, id="theirs", reference="THEIRSTHRS")
    nobodys = replace(KEPT, id="nobodys", reference="NOBODYSNBS")
    assert len(tables.no_table_twice([mine, theirs, nobodys], LONDON)) == 3
    assert len(tables.no_table_twice([mine, theirs, nobodys], LONDON, {mine.id})) == 2
    assert tables.no_table_twice([theirs, nobodys], LONDON, {mine.id}) == []
    bare = replace(theirs, tables=())
    assert tables.house_in_order([mine, bare], "Europe/London") == [
        Breach("confirmed_without_table", "booking THEIRSTHRS is confirmed without a table")
    ]
    assert tables.house_in_order([mine, bare], "Europe/London", {mine.id}) == []
    endless = replace(theirs, tables=(replace(TABLE, number="T09", table_id="t9", end_at=None),))
    assert tables.house_in_order([mine, endless], "Europe/London") == [
        Breach("table_time_missing", "booking THEIRSTHRS: T09 is kept without saying from when to when")
    ]


def test_tables_that_changed_since_are_found() -> None:
    other = replace(KEPT, tables=(replace(TABLE, number="T08"), replace(TABLE, number="T09")))
    assert tables.tables_kept(KEPT, KEPT) == tables.tables_kept(KEPT, None) == []
    assert tables.tables_kept(other, KEPT) == [
        Breach("tables_moved", "it had table T05 and now has tables T08 and T09")
    ]
    assert tables.tables_kept(replace(KEPT, tables=()), KEPT) == [
        Breach("tables_withdrawn", "it had table T05 and now has no table")
    ]
    assert tables.tables_kept(replace(other, status="pending"), KEPT) == []
