"""Comparing rows with what was promised: each breach is found, and what is kept is not."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest

from bookingflow.checks import stored_bookings
from bookingflow.core.failures import Breach
from tests.support.fakes import RESTAURANT_ID
from tests.support.stored import KEPT, PLACE, REQUEST, START

DAY, STAY = datetime.timedelta(days=1), datetime.timedelta(hours=2)


def test_a_booking_as_it_was_asked_for_breaks_nothing() -> None:
    assert stored_bookings.stored_as_asked(KEPT, REQUEST, PLACE) == []
    assert stored_bookings.stored_as_asked(replace(KEPT, notes=""), REQUEST, PLACE) == []  # none, either way


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


def at_the_clock_change(zone: str, day: datetime.date, start: datetime.time, start_at: str, end_at: str) -> list[str]:
    """The breaches of a dinner at such a restaurant, stored with these instants."""
    place = replace(PLACE, timezone=zone)
    request = REQUEST.model_copy(update={"date": day, "time": start})
    end = (datetime.datetime.combine(day, start) + STAY).time()
    starts, ends = datetime.datetime.fromisoformat(start_at), datetime.datetime.fromisoformat(end_at)
    row = replace(KEPT, date=day, start_time=start, end_time=end, start_at=starts, end_at=ends)
    return [breach.code for breach in stored_bookings.stored_as_asked(row, request, place)]


@pytest.mark.parametrize("ends", ["2027-04-04T02:00Z", "2027-04-04T03:00Z"])
def test_where_clocks_are_set_back_at_midnight_either_instant_is_right(ends: str) -> None:
    dinner = ("America/Santiago", datetime.date(2027, 4, 3), datetime.time(21, 0))
    assert at_the_clock_change(*dinner, "2027-04-04T00:00Z", ends) == []
    assert at_the_clock_change(*dinner, "2027-04-04T00:00Z", "2027-04-04T04:00Z") == ["end_in_zone_not_stored"]


@pytest.mark.parametrize(
    ("ends", "found"), [("2027-09-05T04:00Z", []), ("2027-09-05T03:00Z", ["end_in_zone_not_stored"])]
)
def test_where_clocks_are_put_forward_at_midnight_the_later_instant_is_right(ends: str, found: list[str]) -> None:
    dinner = ("America/Santiago", datetime.date(2027, 9, 4), datetime.time(22, 0))
    assert at_the_clock_change(*dinner, "2027-09-05T02:00Z", ends) == found


def test_a_dinner_that_ends_at_midnight_ends_on_the_next_day() -> None:
    dinner = ("Europe/London", datetime.date(2026, 11, 24), datetime.time(22, 0))
    assert at_the_clock_change(*dinner, "2026-11-24T22:00Z", "2026-11-25T00:00Z") == []
    assert at_the_clock_change(*dinner, "2026-11-24T22:00Z", "2026-11-24T00:00Z") == ["end_in_zone_not_stored"]


def test_a_long_text_is_quoted_where_it_differs() -> None:
    long = "A long wish, told at length. " * 10
    (found,) = stored_bookings.wishes_kept(
        replace(KEPT, notes=long.strip()), REQUEST.model_copy(update={"notes": long})
    )
    assert found.particulars == (
        'the notes are stored as "…told at length." (289 characters) instead of "…told at length. " (290 characters)'
    )


def test_a_reference_that_changed_since_is_found() -> None:
    assert stored_bookings.reference_kept(KEPT, None) == stored_bookings.reference_kept(KEPT, KEPT) == []
    assert stored_bookings.reference_kept(replace(KEPT, reference="Z234567890"), KEPT) == [
        Breach("reference_changed", "its reference was HMNJRNJDGY and now is Z234567890")
    ]


OWN = {"restaurant_id": RESTAURANT_ID, "email": "acceptance@example.com", "phone": "+44 7700 900000"}


@pytest.mark.parametrize(
    ("customer", "code"),
    [
        (OWN, None),
        ({**OWN, "email": "x@example.com"}, None),
        ({**OWN, "phone": "07"}, "customer_phone_differs"),
        ({**OWN, "email": "x@example.com", "phone": "07"}, "customer_is_another"),
        ({**OWN, "restaurant_id": "another"}, "customer_of_another_house"),
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
