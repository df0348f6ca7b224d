"""A time named by what the scenario knows: of the slot's own day, of a service, of a change of the clocks."""

from __future__ import annotations

import datetime
import random

import pytest

from bookingflow.core.errors import NotAtThisRestaurant
from bookingflow.platform.api_models import Schedule, ScheduleSlot
from bookingflow.platform.slots import Slot, SlotFinder
from bookingflow.testdata.moments import (
    MOMENTS,
    Moment,
    at_service,
    begins_dinner,
    between_services,
    clock_change,
    last_before_dinner,
)
from tests.support.fakes import NOW, RESTAURANT_ID
from tests.support.promises import Scene
from tests.support.sessions import HOME

LONDON = "Europe/London"
SLOT = Slot(datetime.date(2026, 11, 24), datetime.time(18), LONDON)
TIMES = ("21:30", "12:00", "18:00", "18:30", "19:00")


DAY = {
    "restaurantId": RESTAURANT_ID,
    "date": "2026-11-24",
    "timezone": LONDON,
    "intervalMinutes": 30,
    "isClosed": False,
    "window": {"opensAt": "12:00", "closesAt": "22:00"},
}


def finder() -> SlotFinder:
    """A restaurant that offers the same times every day, and closes at 22:00."""
    made = Scene()
    made.answers(
        200,
        {**DAY, "slots": [{"value": time, "bookingOption": "dinner"} for time in TIMES]},
    )
    return SlotFinder(
        made.session.api,
        made.session.database,
        HOME,
        list,
        NOW,
        random.Random(1),
        lambda _: datetime.timedelta(minutes=120),
    )


@pytest.mark.parametrize(
    ("words", "time"),
    [
        ("that time", "18:00"),
        ("a quarter of an hour later", "18:30"),
        ("half an hour later", "18:30"),
        ("the first time of that day", "12:00"),
        ("the last time of that day", "19:00"),
        ("a quarter of an hour before the first time", "11:45"),
        ("a quarter of an hour after the last time", "21:45"),
        ("five minutes after the first time", "12:05"),
        ("seven minutes after the first time", "12:07"),
        ("one minute before the last time", "21:29"),
        ("20:15 of that day", "20:15"),
    ],
)
def test_a_moment_is_a_time_of_the_slots_own_day(words: str, time: str) -> None:
    slot = Moment(words).slot(finder(), SLOT)
    assert (slot.date, f"{slot.time:%H:%M}", slot.zone) == (SLOT.date, time, LONDON)


def test_the_last_day_it_was_open_lies_before_today() -> None:
    slot = Moment("the same time on the last day it was open").slot(finder(), SLOT)
    assert (slot.date, slot.time) == (datetime.date(2026, 11, 22), SLOT.time)
    with pytest.raises(NotAtThisRestaurant, match="was not open at 03:00 on any of the last 14 days"):
        Moment("the same time on the last day it was open").slot(finder(), SLOT.at(datetime.time(3)))


def test_a_day_without_a_later_time_is_not_asked_for_one() -> None:
    with pytest.raises(NotAtThisRestaurant, match="offers no later time on Tue 24 Nov"):
        Moment("half an hour later").slot(finder(), SLOT.at(datetime.time(21, 30)))


@pytest.mark.parametrize("words", sorted(MOMENTS))
def test_every_moment_can_be_found_at_a_restaurant_that_is_open(words: str) -> None:
    assert Moment(words).slot(finder(), SLOT).zone == LONDON


def offered(time: datetime.time, occasion: str, period: str | None = "p") -> ScheduleSlot:
    return ScheduleSlot(value=time, booking_option=occasion, period_id=period)


def test_a_time_of_a_service_is_offered_for_it_and_is_one_by_the_platforms_rule() -> None:
    lunch, dinner = at_service("lunch"), at_service("dinner")
    assert lunch(offered(datetime.time(12), "lunch"))
    assert not lunch(offered(datetime.time(12), "drinks"))
    assert not lunch(offered(datetime.time(20), "lunch"))
    assert dinner(offered(datetime.time(20), "dinner"))
    assert not dinner(offered(datetime.time(12), "dinner"))


def test_dinner_begins_at_one_time_alone() -> None:
    assert begins_dinner(offered(datetime.time(17), "dinner"))
    assert not begins_dinner(offered(datetime.time(17, 15), "dinner"))
    assert not begins_dinner(offered(datetime.time(16, 45), "lunch"))


def test_the_last_time_before_dinner_is_one_of_the_day() -> None:
    def day(*times: str) -> Schedule:
        slots = [{"value": time, "bookingOption": "lunch", "disabled": time == "16:45"} for time in times]
        return Schedule.model_validate({**DAY, "slots": slots})

    fits = last_before_dinner(day("12:00", "16:30", "16:45", "17:00"))
    assert fits(offered(datetime.time(16, 30), "drinks"))
    assert not fits(offered(datetime.time(12), "lunch"))
    assert not last_before_dinner(day("17:00"))(offered(datetime.time(17), "dinner"))


def test_a_time_between_services_belongs_to_no_period() -> None:
    assert between_services(offered(datetime.time(16), "drinks", None))
    assert not between_services(offered(datetime.time(16), "drinks"))


@pytest.mark.parametrize(
    ("zone", "season", "day"),
    [
        (LONDON, "spring", datetime.date(2027, 3, 28)),
        (LONDON, "autumn", datetime.date(2027, 10, 31)),
        ("America/New_York", "spring", datetime.date(2027, 3, 14)),
        ("America/New_York", "autumn", datetime.date(2027, 11, 7)),
    ],
)
def test_the_clocks_change_on_the_day_that_is_known(zone: str, season: str, day: datetime.date) -> None:
    assert clock_change(zone, season, datetime.date(2026, 11, 23)) == day


def test_a_zone_whose_clocks_never_change_is_not_asked() -> None:
    with pytest.raises(NotAtThisRestaurant, match="clocks of Asia/Tokyo do not change in spring"):
        clock_change("Asia/Tokyo", "spring", datetime.date(2026, 11, 23))
