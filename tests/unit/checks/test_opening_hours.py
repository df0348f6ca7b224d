"""The times that guests are shown, compared with the opening hours: each breach is found, and what is right is not."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest

from bookingflow.checks.opening_hours import (
    calendar_of_those_days,
    is_offered,
    offered_as_open,
    served_as_offered,
    shown_as_closed,
)
from bookingflow.core.failures import Breach
from bookingflow.platform.api_models import Schedule
from bookingflow.platform.database_models import Hours, Restaurant, ServicePeriod
from tests.support.fakes import RESTAURANT_ID

PLACE = Restaurant(RESTAURANT_ID, "demo-restaurant", "Demo Restaurant", "Europe/London")
HOURS = Hours(datetime.time(12), datetime.time(22), 15, 120)
DAY = datetime.date(2026, 11, 24)


def schedule(times: list[str], **changes: Any) -> Schedule:
    base = {
        "restaurantId": RESTAURANT_ID,
        "date": DAY,
        "timezone": "Europe/London",
        "intervalMinutes": 15,
        "isClosed": not times,
        "slots": [{"value": time, "bookingOption": "dinner"} for time in times],
    }
    return Schedule.model_validate(base | changes)


OFFERED = [f"{hour}:{minute:02}" for hour in range(12, 20) for minute in (0, 15, 30, 45)] + ["20:00"]


def test_a_time_that_is_shown_twice_is_found() -> None:
    place = Restaurant(RESTAURANT_ID, "demo", "Demo", "Europe/London")
    twice = schedule([*OFFERED, "12:00"])
    assert offered_as_open(twice, HOURS, place, DAY, {}) == [
        *offered_as_open(schedule(OFFERED), HOURS, place, DAY, {}),
        Breach("time_shown_twice", "12:00 is shown more than once"),
    ]


def test_a_day_that_lasts_until_midnight_can_be_read() -> None:
    window = schedule(OFFERED, window={"opensAt": "12:00", "closesAt": "24:00"}).window
    assert window is not None
    assert window.closes_at == datetime.time(23, 59)


def serves(occasion: str, since: int, until: int, weekday: int | None = None) -> ServicePeriod:
    return ServicePeriod(weekday, datetime.time(since), datetime.time(until), occasion)


TUESDAY = 2
"""DAY's weekday, counted from Sunday."""


@pytest.mark.parametrize(
    ("periods", "found"),
    [
        ([serves("dinner", 12, 22)], []),
        (
            [serves("dinner", 12, 19)],
            ["19:15, 19:30, 19:45 and 1 more are offered for dinner; the restaurant serves drinks then"],
        ),
        ([serves("dinner", 12, 20)], []),
        (
            [serves("lunch", 12, 13), serves("dinner", 12, 22)],
            ["12:00, 12:15, 12:30 and 1 more are offered for dinner; the restaurant serves lunch then"],
        ),
        ([serves("lunch", 12, 22), serves("dinner", 12, 22, TUESDAY)], []),
        ([serves("lunch", 12, 22, TUESDAY + 1), serves("dinner", 12, 22)], []),
        ([serves("drinks", 12, 22), serves("dinner", 12, 22)], []),
        ([serves("lunch", 12, 22), serves("dinner", 12, 22)], []),
    ],
    ids=["all day", "ends", "ends at", "shorter wins", "weekday wins", "other weekday", "no drinks", "two alike"],
)
def test_times_are_offered_for_what_is_served_then(periods: list[ServicePeriod], found: list[str]) -> None:
    assert served_as_offered(schedule(OFFERED), periods, DAY) == [Breach("occasion_wrong", words) for words in found]


STAYS = {"lunch": 90, "dinner": 120, "drinks": 75}


@pytest.mark.parametrize(
    "day",
    [schedule(OFFERED), schedule(OFFERED, window={"opensAt": "12:00", "closesAt": "22:00"})],
)
def test_a_day_that_shows_the_opening_hours_breaks_nothing(day: Schedule) -> None:
    assert offered_as_open(day, HOURS, PLACE, DAY, STAYS) == []
    assert offered_as_open(schedule([]), Hours(None, None, 15, 120), PLACE, DAY, STAYS) == []


def test_the_last_minute_of_a_day_until_midnight_is_the_platforms_own_matter() -> None:
    late = Hours(datetime.time(12), datetime.time(23, 59), 15, 120)
    until_nine_and_three_quarters = [*OFFERED, "20:15", "20:30", "20:45", "21:00", "21:15", "21:30", "21:45"]
    for last, closes in ((["22:00"], "24:00"), ([], "23:59"), ([], "00:00")):
        day = schedule([*until_nine_and_three_quarters, *last], window={"opensAt": "12:00", "closesAt": closes})
        assert offered_as_open(day, late, PLACE, DAY, STAYS) == []
    early = schedule(until_nine_and_three_quarters[:-1], window={"opensAt": "12:00", "closesAt": "23:00"})
    assert [one.code for one in offered_as_open(early, late, PLACE, DAY, STAYS)] == [
        "closing_time_wrong",
        "time_not_offered",
    ]
    ten = datetime.time(22)
    assert (is_offered(late, ten), is_offered(late, ten, certainly=True)) == (True, False)


def test_no_time_is_missed_where_it_is_not_known_how_long_guests_may_stay() -> None:
    early = schedule(OFFERED[:-1])
    assert [breach.code for breach in offered_as_open(early, HOURS, PLACE, DAY, STAYS)] == ["time_not_offered"]
    assert offered_as_open(early, HOURS, PLACE, DAY, {}) == []
    late = schedule([*OFFERED, "21:00"])
    assert [breach.code for breach in offered_as_open(late, HOURS, PLACE, DAY, {})] == ["time_wrongly_offered"]


@pytest.mark.parametrize(
    ("day", "hours", "code", "words"),
    [
        (
            schedule(OFFERED),
            Hours(None, None, 15, 120),
            "closed_day_not_shown",
            "guests are told it is open that day; it is closed",
        ),
        (schedule([]), HOURS, "open_day_shown_closed", "guests are told it is closed that day; it is open"),
        (
            schedule(OFFERED[1:]),
            HOURS,
            "time_not_offered",
            "12:00 is not offered, though the restaurant is open and seats guests then",
        ),
        (
            schedule(OFFERED[::2]),
            HOURS,
            "time_not_offered",
            "12:15, 12:45, 13:15 and 13 more are not offered, though the restaurant is open and seats guests then",
        ),
        (
            schedule([*OFFERED, "20:15"]),
            HOURS,
            "time_wrongly_offered",
            "20:15 is offered, though the restaurant seats nobody then",
        ),
        (
            schedule([*OFFERED, "13:20"]),
            HOURS,
            "time_wrongly_offered",
            "13:20 is offered, though the restaurant seats nobody then",
        ),
        (
            schedule(OFFERED, timezone="Asia/Tokyo"),
            HOURS,
            "schedule_zone_wrong",
            "guests are shown times in Asia/Tokyo; its time zone is Europe/London",
        ),
        (
            schedule(OFFERED, date="2020-01-01"),
            HOURS,
            "schedule_of_another_day",
            "the times shown are those of Wed 01 Jan",
        ),
        (
            schedule(OFFERED, restaurantId="8dcb19c3-d767-4993-9b91-000000000000"),
            HOURS,
            "schedule_of_another_house",
            "the times shown are those of another restaurant",
        ),
        (
            schedule(OFFERED, intervalMinutes=60),
            HOURS,
            "schedule_interval_wrong",
            "guests are shown a time every 60 minutes; its own interval is 15",
        ),
        (
            schedule(OFFERED, window={"opensAt": "12:00", "closesAt": "23:30"}),
            HOURS,
            "closing_time_wrong",
            "guests are told it closes at 23:30; it closes at 22:00",
        ),
        (
            schedule(OFFERED, window={"opensAt": None, "closesAt": "22:00"}),
            HOURS,
            "opening_time_wrong",
            "guests are told it opens at nothing; it opens at 12:00",
        ),
        (
            schedule(OFFERED, lastSeatingBufferMinutes=30),
            HOURS,
            "last_seating_wrong",
            "guests are told nobody is seated in the last 30 minutes; it is 120 minutes",
        ),
    ],
)
def test_what_is_shown_otherwise_than_it_is_open_is_found(day: Schedule, hours: Hours, code: str, words: str) -> None:
    assert offered_as_open(day, hours, PLACE, DAY, STAYS) == [Breach(code, words)]


def fortnight(*closed: int, exceptions: tuple[int, ...] = ()) -> dict[datetime.date, bool]:
    """Two weeks in which these weekdays (0 = Sunday) are closed, and days so many from the first are not as usual."""
    days = [DAY + datetime.timedelta(days=number) for number in range(14)]
    return {day: (day.isoweekday() % 7 in closed) != (number in exceptions) for number, day in enumerate(days)}


@pytest.mark.parametrize(
    ("calendar", "closed", "words"),
    [
        ({"closedDaysOfWeek": [1], "closedDates": []}, fortnight(1), ""),
        ({"closedDaysOfWeek": [], "closedDates": []}, fortnight(), ""),
        ({"closedDaysOfWeek": []}, fortnight(1), "Mon 30 Nov is closed and not shown as closed"),
        ({"closedDaysOfWeek": [1, 3]}, fortnight(1), "Wed 25 Nov is open and shown as closed"),
        ({"closedDates": ["2026-11-25"]}, fortnight(), "Wed 25 Nov is open and shown as closed"),
        ({"closedDates": ["2026-11-25"]}, fortnight(exceptions=(1,)), ""),
        ({}, fortnight(exceptions=(1,)), "Wed 25 Nov is closed and not shown"),
        ({"closedDaysOfWeek": [1]}, fortnight(1, exceptions=(6,)), ""),
    ],
)
def test_a_calendar_shows_the_closed_days(
    calendar: dict[str, Any], closed: dict[datetime.date, bool], words: str
) -> None:
    found = shown_as_closed(calendar, closed)
    codes = {"closed_day_not_shown" if "is closed" in words else "open_day_shown_closed"} if words else set()
    assert {breach.code for breach in found} == codes
    assert words in " ".join(map(str, found))


def test_a_calendar_says_whose_days_it_shows() -> None:
    days = DAY, DAY + datetime.timedelta(days=13)
    right = {"from": days[0].isoformat(), "to": days[1].isoformat(), "timezone": "Europe/London"}
    assert calendar_of_those_days(right, *days, PLACE) == []
    assert calendar_of_those_days({}, *days, PLACE) == []
    (zone,) = calendar_of_those_days({**right, "timezone": "UTC"}, *days, PLACE)
    assert zone == Breach("schedule_zone_wrong", "guests are shown days in UTC; its time zone is Europe/London")
    (other,) = calendar_of_those_days({**right, "to": right["from"]}, *days, PLACE)
    assert other.code == "calendar_of_other_days"
    assert other.particulars.endswith(f"and it says that it is of {DAY} to {DAY}")


def test_where_a_stay_is_longer_than_the_last_seating_the_slot_decides() -> None:
    short = replace(HOURS, last_seating_minutes=60)
    stays = {"lunch": 90, "dinner": 120, "drinks": 75}
    assert offered_as_open(schedule(OFFERED), short, PLACE, DAY, stays) == []
    assert offered_as_open(schedule([*OFFERED, "20:15"]), short, PLACE, DAY, stays) == []
    assert offered_as_open(schedule([*OFFERED, "21:15"]), short, PLACE, DAY, stays) != []


def test_a_time_that_a_catalogue_disables_is_not_offered_and_not_missed() -> None:
    stays = {"lunch": 90, "dinner": 120, "drinks": 75}
    base = schedule(OFFERED)
    slots = [slot.model_copy(update={"disabled": slot.value.hour == 13}) for slot in base.slots]
    day = base.model_copy(update={"slots": slots})
    assert offered_as_open(day, HOURS, PLACE, DAY, stays, may_disable=True) == []
    (missing,) = offered_as_open(day, HOURS, PLACE, DAY, stays)
    assert "13:00, 13:15, 13:30 and 1 more are not offered" in missing.particulars
    late = schedule([*OFFERED, "21:45"])
    late.slots[-1].disabled = True
    assert offered_as_open(late, HOURS, PLACE, DAY, stays) == []


@pytest.mark.parametrize(
    ("time", "hours", "offered"),
    [
        ("19:00", HOURS, True),
        ("20:00", HOURS, True),
        ("20:15", HOURS, False),
        ("19:07", HOURS, False),
        ("19:00", Hours(None, None, 15, 120), False),
        ("19:07", replace(HOURS, interval_minutes=None), True),
    ],
)
def test_whether_a_restaurant_seats_guests_at_a_time(time: str, hours: Hours, offered: bool) -> None:
    assert is_offered(hours, datetime.time.fromisoformat(time)) == offered


def test_a_restaurant_that_closes_before_a_booking_is_over_does_not_seat_it() -> None:
    until_eight = replace(HOURS, closes=datetime.time(20), last_seating_minutes=0)
    seven, dinner = datetime.time(19), datetime.timedelta(minutes=120)
    assert is_offered(until_eight, seven)
    assert not is_offered(until_eight, seven, dinner)
    assert is_offered(replace(until_eight, closes=datetime.time(21)), seven, dinner)


def test_a_weekday_that_is_shown_closed_may_have_days_with_hours_of_their_own() -> None:
    days = [DAY + datetime.timedelta(days=ahead) for ahead in range(14)]
    closed = dict.fromkeys(days, False)
    weekday = {"closedDaysOfWeek": [DAY.isoweekday() % 7], "closedDates": []}
    assert [one.code for one in shown_as_closed(weekday, closed)] == ["open_day_shown_closed"] * 2
    assert shown_as_closed(weekday, closed, [days[0], days[7]]) == []
    dates = {"closedDaysOfWeek": [], "closedDates": [DAY.isoformat()]}
    assert [one.code for one in shown_as_closed(dates, closed, [DAY])] == ["open_day_shown_closed"]
