"""Comparing rows with what was promised: each breach is found, and what is kept is not."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest

from bookingflow.checks import stored_bookings
from bookingflow.core.failures import Breach
from bookingflow.platform.database_models import BookingRow, Holdings, RelatedRecords, StatusChange
from tests.support.fakes import RESTAURANT_ID, table
from tests.support.stored import KEPT, PLACE, REQUEST, START, TABLE

DAY, STAY = datetime.timedelta(days=1), datetime.timedelta(hours=2)
LONDON = {RESTAURANT_ID: "Europe/London"}


def test_a_booking_as_it_was_asked_for_breaks_nothing() -> None:
    assert stored_bookings.stored_as_asked(KEPT, REQUEST, PLACE) == []


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        (
            {"restaurant_id": "another"},
            "restaurant_not_stored",
            "it is booked at another restaurant than Demo Restaurant",
        ),
        ({"party_size": 3}, "party_not_stored", "the number of guests is stored as 3 instead of 4"),
        ({"customer_name": "X"}, "name_not_stored", "another name than the guest's is stored"),
        ({"customer_email": "x@example.com"}, "email_not_stored", "another e-mail address than the guest's is stored"),
        ({"customer_phone": "0000000"}, "phone_not_stored", "another phone number than the guest's is stored"),
        ({"notes": "Mixed\nup"}, "notes_not_stored", 'the notes are stored as "Mixed⏎up" instead of nothing'),
        ({"marketing_opt_in": True}, "marketing_not_stored", "the marketing choice is stored as yes instead of no"),
        (
            {"seating_preference": "indoor"},
            "seating_not_stored",
            'the seating wish is stored as "indoor" instead of "any"',
        ),
        ({"booking_type": "lunch"}, "occasion_not_stored", 'the occasion is stored as "lunch" instead of "dinner"'),
        (
            {"date": datetime.date(2026, 11, 25), "start_at": START + DAY, "end_at": START + DAY + STAY},
            "day_not_stored",
            "the day is stored as Wed 25 Nov instead of Tue 24 Nov",
        ),
        (
            {"start_time": datetime.time(18, 30), "start_at": START - datetime.timedelta(minutes=30)},
            "start_not_stored",
            "the start is stored as 18:30 instead of 19:00",
        ),
        (
            {"end_time": datetime.time(20, 0, 5), "end_at": START + datetime.timedelta(hours=1, seconds=5)},
            "end_not_stored",
            "the end is stored as 20:00:05 instead of 21:00",
        ),
        (
            {"start_at": START + datetime.timedelta(hours=1)},
            "start_in_zone_not_stored",
            "by the restaurant's clock it starts on Tue 24 Nov 20:00 instead of Tue 24 Nov 19:00",
        ),
        (
            {"end_at": None},
            "end_in_zone_not_stored",
            "by the restaurant's clock it ends at no time instead of Tue 24 Nov 21:00",
        ),
        (
            {"reference": "hmnjrnjdgy"},
            "reference_malformed",
            'its reference "hmnjrnjdgy" is not made of ten capital letters and digits',
        ),
    ],
)
def test_what_is_stored_otherwise_is_found(changed: dict[str, Any], code: str, words: str) -> None:
    assert stored_bookings.stored_as_asked(replace(KEPT, **changed), REQUEST, PLACE) == [Breach(code, words)]


def test_a_long_text_is_quoted_where_it_differs() -> None:
    long = "A long wish, told at length. " * 10
    (found,) = stored_bookings.wishes_kept(
        replace(KEPT, notes=long.strip()), REQUEST.model_copy(update={"notes": long})
    )
    assert found.particulars == (
        'the notes are stored as "…told at length." (289 characters) instead of "…told at length. " (290 characters)'
    )


def test_a_reference_and_tables_that_changed_since_are_found() -> None:
    assert stored_bookings.reference_kept(KEPT, None) == stored_bookings.reference_kept(KEPT, KEPT) == []
    assert stored_bookings.reference_kept(replace(KEPT, reference="Z234567890"), KEPT) == [
        Breach("reference_changed", "its reference was HMNJRNJDGY and now is Z234567890")
    ]
    other = replace(KEPT, tables=(replace(TABLE, number="T08"), replace(TABLE, number="T09")))
    assert stored_bookings.tables_kept(KEPT, KEPT) == stored_bookings.tables_kept(KEPT, None) == []
    assert stored_bookings.tables_kept(other, KEPT) == [
        Breach("tables_moved", "it had table T05 and now has tables T08 and T09")
    ]
    assert stored_bookings.tables_kept(replace(KEPT, tables=()), KEPT) == [
        Breach("tables_withdrawn", "it had table T05 and now has no table")
    ]
    assert stored_bookings.tables_kept(replace(other, status="pending"), KEPT) == []


OWN = {"restaurant_id": RESTAURANT_ID, "email": "acceptance@example.com", "phone": "+44 7700 900000"}


@pytest.mark.parametrize(
    ("customer", "code"),
    [
        (OWN, None),
        ({**OWN, "email": "x@example.com"}, None),
        ({**OWN, "phone": "07"}, "customer_phone_differs"),
        ({**OWN, "email": "x@example.com", "phone": "07"}, "customer_is_another"),
        ({**OWN, "restaurant_id": "another"}, "customer_is_another"),
        ({}, "customer_is_another"),
        ({**OWN, "full_name": "Acceptance Guest 1", "marketing_opt_in": True}, "customer_marketing_differs"),
        ({**OWN, "full_name": "Somebody Else"}, "customer_name_differs"),
        ({**OWN, "account": "b70decfe-8ad3-487e-bdbb-43aa7bd016ca"}, "customer_has_account"),
        ({**OWN, "arrived": "2026-11-24T19:05:00+00:00"}, "customer_arrived"),
    ],
)
def test_a_booking_belongs_to_its_own_guest(customer: dict[str, Any], code: str | None) -> None:
    found = stored_bookings.customer_kept(customer, KEPT, REQUEST)
    assert [breach.code for breach in found] == ([code] if code else [])


def test_a_guest_known_by_the_e_mail_may_be_kept_under_the_phone_number_of_before() -> None:
    before = {"restaurant_id": RESTAURANT_ID, "email": "acceptance@example.com", "phone": "07"}
    assert stored_bookings.customer_kept(before, KEPT, REQUEST, known=True) == []


def test_tables_of_another_house_or_out_of_service_are_found() -> None:
    assert stored_bookings.tables_of_the_house(KEPT) == []
    foreign = replace(KEPT, tables=(replace(TABLE, restaurant_id="another"),))
    assert stored_bookings.tables_of_the_house(foreign) == [
        Breach("table_of_another_house", "T05 stands in another restaurant")
    ]
    stored_away = replace(KEPT, tables=(replace(TABLE, in_service=False),))
    assert stored_bookings.tables_of_the_house(stored_away) == [Breach("table_out_of_service", "T05 is out of service")]


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
    assert stored_bookings.seats_the_party(booking) == ([Breach("too_few_seats", words)] if words else [])


def test_no_table_is_held_twice_and_none_without_need() -> None:
    assert stored_bookings.tables_held_once(seated(6, 4, 4)) == []
    assert stored_bookings.tables_held_once(replace(KEPT, tables=(TABLE, TABLE))) == [
        Breach("table_held_twice", "it holds T05 twice")
    ]
    assert stored_bookings.tables_held_once(seated(4, 4, 2)) == [
        Breach("too_many_tables", "4 guests were given T01 and T02, more than they need")
    ]


def test_joined_tables_stand_together() -> None:
    assert stored_bookings.joined_in_one_zone(seated(6, 4, 4, merge_group_id="g")) == []
    assert stored_bookings.joined_in_one_zone(KEPT) == []
    apart = replace(KEPT, tables=(replace(TABLE, merge_group_id="g"), replace(TABLE, number="T09", zone="Terrace")))
    assert stored_bookings.joined_in_one_zone(apart) == [
        Breach("joined_across_zones", "T05 and T09 stand in different zones (Dining room and Terrace)"),
        Breach("joined_without_group", "T05 and T09 are not kept together as one group"),
    ]


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
    assert stored_bookings.held_for_the_stay(KEPT, "Europe/London") == []
    booking = replace(KEPT, tables=(replace(TABLE, **changed),))
    assert stored_bookings.held_for_the_stay(booking, "Europe/London") == [Breach(code, words)]


def test_a_booking_says_when_it_starts() -> None:
    found = stored_bookings.held_for_the_stay(replace(KEPT, start_at=None), "Europe/London")
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
    found = stored_bookings.nothing_left_held(held, booking, "Europe/London")
    assert found == ([Breach(code, words)] if code else [])


def change(was: str | None, became: str) -> StatusChange:
    return StatusChange(was, became, START, None)


CONFIRMATION = change("pending", "confirmed")
GOOD = RelatedRecords((CONFIRMATION,), {"capacity.assignment.sync": 1, "capacity.hold.confirmed": 1}, 1)


@pytest.mark.parametrize("records", [GOOD, RelatedRecords((change(None, "pending"), CONFIRMATION)), RelatedRecords()])
def test_a_confirmation_that_is_recorded_once_breaks_nothing(records: RelatedRecords) -> None:
    assert stored_bookings.confirmed_once(records, KEPT) == []


@pytest.mark.parametrize(
    ("records", "code", "words"),
    [
        (replace(GOOD, history=()), "history_without_confirmation", "its history shows no confirmation"),
        (replace(GOOD, history=(CONFIRMATION,) * 2), "confirmed_twice", "its history shows 2 confirmations"),
        (
            replace(GOOD, history=(change("cancelled", "confirmed"),)),
            "history_before_differs",
            "its history says it was cancelled before it was confirmed",
        ),
        (
            replace(GOOD, history=(CONFIRMATION, change("confirmed", "cancelled"))),
            "history_end_differs",
            "it is confirmed, and its history ends with cancelled",
        ),
        (
            replace(GOOD, passed_on={"capacity.hold.confirmed": 1}),
            "not_passed_on",
            "no other system was sent its confirmation (capacity.assignment.sync)",
        ),
        (
            replace(GOOD, passed_on={"capacity.assignment.sync": 1, "capacity.hold.confirmed": 2}),
            "passed_on_twice",
            "its confirmation was sent to other systems 2 times (capacity.hold.confirmed)",
        ),
        (replace(GOOD, ledger=0), "not_in_ledger", "the platform's own ledger shows no tables given to it"),
        (replace(GOOD, ledger=2), "assigned_twice", "by the platform's own ledger it was given tables 2 times"),
    ],
)
def test_a_confirmation_is_recorded_once(records: RelatedRecords, code: str, words: str) -> None:
    assert stored_bookings.confirmed_once(records, KEPT) == [Breach(code, words)]


def test_a_table_that_two_bookings_have_at_once_is_found_with_the_time() -> None:
    later = replace(TABLE, start_at=START + datetime.timedelta(minutes=30), end_at=START + datetime.timedelta(hours=2))
    other = replace(KEPT, id="other", reference="OTHEROTHER", tables=(later,))
    words = "T05 is given to bookings HMNJRNJDGY and OTHEROTHER"
    assert stored_bookings.no_table_twice([KEPT, other], LONDON) == [
        Breach("double_booking", f"{words} from 19:30 to 20:20")
    ]
    assert stored_bookings.no_table_twice([KEPT, other], {}) == [Breach("double_booking", f"{words} at the same time")]
    after = replace(TABLE, start_at=TABLE.end_at, end_at=START + datetime.timedelta(hours=3))
    assert stored_bookings.no_table_twice([KEPT, replace(other, tables=(after,))], LONDON) == []
    assert stored_bookings.no_table_twice([KEPT, replace(other, status="cancelled")], LONDON) == []
    assert stored_bookings.no_table_twice([KEPT, replace(other, tables=(replace(later, end_at=None),))], LONDON) == []


def test_of_a_day_that_others_book_too_only_ones_own_is_reported() -> None:
    mine, theirs = KEPT, replace(KEPT, id="theirs", reference="THEIRSTHRS")
    nobodys = replace(KEPT, id="nobodys", reference="NOBODYSNBS")
    assert len(stored_bookings.no_table_twice([mine, theirs, nobodys], LONDON)) == 3
    assert len(stored_bookings.no_table_twice([mine, theirs, nobodys], LONDON, {mine.id})) == 2
    assert stored_bookings.no_table_twice([theirs, nobodys], LONDON, {mine.id}) == []
    bare = replace(theirs, tables=())
    assert stored_bookings.house_in_order([mine, bare], "Europe/London") == [
        Breach("confirmed_without_table", "booking THEIRSTHRS is confirmed without a table")
    ]
    assert stored_bookings.house_in_order([mine, bare], "Europe/London", {mine.id}) == []
    endless = replace(theirs, tables=(replace(TABLE, number="T09", table_id="t9", end_at=None),))
    assert stored_bookings.house_in_order([mine, endless], "Europe/London") == [
        Breach("table_time_missing", "booking THEIRSTHRS: T09 is kept without saying from when to when")
    ]
