"""What is kept of a booking: each promise about it kept, and broken with its code and sentence."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from bookingflow.core.errors import NotAtThisRestaurant
from bookingflow.platform.database_models import BookingRow
from tests.support.fakes import BOOKING_ID
from tests.support.promises import Scene, broken
from tests.support.stored import KEPT, REQUEST, START

CUSTOMER = {
    "email": REQUEST.email.lower(),
    "phone": REQUEST.phone,
    "full_name": REQUEST.name,
    "restaurant_id": KEPT.restaurant_id,
    "marketing_opt_in": False,
}


def scene(row: BookingRow = KEPT) -> Scene:
    made = Scene()
    made.booked(row)
    return made


def test_what_is_stored_as_it_was_given_keeps_every_promise() -> None:
    stored = scene().promises.stored_data
    stored.as_asked()
    stored.occasion("dinner", 120)
    stored.at_the_time_asked()


@pytest.mark.parametrize(
    ("row", "code", "said"),
    [
        (replace(KEPT, notes="Nuts"), "notes_not_stored", "Nuts"),
        (replace(KEPT, customer_name="Somebody"), "name_not_stored", "name"),
        (replace(KEPT, party_size=2), "party_not_stored", "2"),
        (replace(KEPT, marketing_opt_in=True), "marketing_not_stored", "marketing"),
    ],
)
def test_what_is_stored_otherwise_is_a_breach(row: BookingRow, code: str, said: str) -> None:
    verdict = broken(scene(row).promises.stored_data.as_asked)
    assert verdict.code == code
    assert said in verdict.sentence


def test_a_customer_who_is_kept_with_other_data_is_a_breach() -> None:
    made = scene()
    made.house.people[BOOKING_ID] = CUSTOMER
    made.promises.stored_data.as_asked()
    made.house.people[BOOKING_ID] = {**CUSTOMER, "full_name": "Somebody Else"}
    verdict = broken(made.promises.stored_data.as_asked)
    assert verdict.code == "customer_name_differs"
    assert "has another name than its guest" in verdict.sentence


def test_a_guest_whom_the_restaurant_knows_may_be_kept_under_the_phone_number_of_before() -> None:
    made = scene()
    made.house.people[BOOKING_ID] = {**CUSTOMER, "phone": "+447700900999"}
    assert broken(made.promises.stored_data.as_asked).code == "customer_phone_differs"
    made.booked()  # the same contact once more
    made.promises.stored_data.as_asked()


def test_another_occasion_or_end_than_the_catalogues_is_a_breach() -> None:
    verdict = broken(scene(replace(KEPT, booking_type="drinks")).promises.stored_data.occasion, "dinner", 120)
    assert verdict.code == "occasion_not_stored"
    assert 'stored as "drinks" instead of "dinner"' in verdict.sentence
    verdict = broken(scene(replace(KEPT, end_time=datetime.time(20))).promises.stored_data.occasion, "dinner", 120)
    assert verdict.code == "end_not_stored"
    assert "60 minutes after the start instead of 120" in verdict.sentence


def test_an_end_past_midnight_is_counted_into_the_next_day() -> None:
    late = replace(KEPT, start_time=datetime.time(23), end_time=datetime.time(1))
    scene(late).promises.stored_data.occasion("dinner", 120)


def test_a_platform_with_a_catalogue_of_its_own_is_not_held_to_another() -> None:
    made = scene()
    made.session.stays = {**made.session.stays, "dinner": 105}
    with pytest.raises(NotAtThisRestaurant, match="dinner lasts 105 minutes"):
        made.promises.stored_data.occasion("dinner", 120)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (replace(KEPT, date=datetime.date(2026, 11, 25)), "25 Nov"),
        (replace(KEPT, start_time=datetime.time(18)), "18:00"),
        (replace(KEPT, start_at=START - datetime.timedelta(hours=1)), "18:00"),
        (replace(KEPT, end_at=None), "at no time"),
    ],
)
def test_another_time_by_the_restaurants_clock_is_a_breach(row: BookingRow, said: str) -> None:
    assert said in broken(scene(row).promises.stored_data.at_the_time_asked).sentence


def test_how_long_an_occasion_lasts_is_not_judged_where_the_catalogue_can_not_be_read() -> None:
    made = scene(replace(KEPT, end_time=datetime.time(20), end_at=START + datetime.timedelta(hours=1)))
    made.session.stays = {}
    made.promises.stored_data.as_asked()
    made.promises.stored_data.at_the_time_asked()
    with pytest.raises(NotAtThisRestaurant, match="How long dinner lasts can't be read"):
        made.promises.stored_data.occasion("dinner", 120)
    assert broken(made.promises.stored_data.occasion, "lunch", 90).code == "occasion_not_stored"
