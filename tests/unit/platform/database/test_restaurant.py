"""What the rows of a restaurant's hours and service periods are taken for."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from bookingflow.platform.database.restaurant import hours_of_day, service_period
from bookingflow.platform.database_models import Hours


@pytest.mark.parametrize(
    ("row", "understood"),
    [
        ({"start_time": "12:00:00", "end_time": "15:00:00", "booking_option": "lunch", "day_of_week": None}, True),
        ({"start_time": "12:00:00", "end_time": "24:00:00", "booking_option": "lunch", "day_of_week": 1}, True),
        ({"start_time": None, "end_time": "15:00:00", "booking_option": "lunch"}, False),
        ({"starts": "12:00:00", "end_time": "15:00:00"}, False),
    ],
)
def test_a_service_period_that_no_clock_shows_is_not_understood(row: dict[str, Any], understood: bool) -> None:
    assert (service_period(row) is not None) == understood


def test_hours_that_no_clock_shows_are_not_understood() -> None:
    assert hours_of_day({"is_closed": False, "opens_at": "12:00:00", "closes_at": "12:61:00"}, {}) is None
    late = Hours(datetime.time(12), datetime.time(23, 59), None, None)
    assert hours_of_day({"is_closed": False, "opens_at": "12:00:00", "closes_at": "24:00:00"}, {}) == late
    assert hours_of_day({"is_closed": True, "opens_at": None, "closes_at": None}, {}) == Hours(None, None, None, None)


def test_hours_of_a_day_that_several_rows_say_are_not_known() -> None:
    lunch = {"is_closed": False, "opens_at": "12:00:00", "closes_at": "15:00:00"}
    known = Hours(datetime.time(12), datetime.time(15), None, None)
    assert hours_of_day({**lunch, "rows_of_the_day": 1}, {}) == known
    own = hours_of_day({**lunch, "effective_date": "2026-12-24"}, {})
    assert own is not None
    assert (own.of_its_own, known.of_its_own) == (True, False)
    assert hours_of_day({**lunch, "rows_of_the_day": 2}, {}) is None
