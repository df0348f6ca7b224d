"""How often single rounds are made, as far as the machine's clock knows."""

from __future__ import annotations

import datetime

from bookingflow.commands.watch import MOST_EVERY_S, of_a_clock_set_back, since_last
from bookingflow.commands.watching.memory import Memory
from tests.support.fakes import NOW

HOUR = datetime.timedelta(hours=1)


def after(last: datetime.datetime | None) -> Memory:
    return Memory(target="white-horse (https://booking.example)", last_round=last, zone="Europe/London")


def test_single_rounds_come_as_often_as_the_last_one_is_ago() -> None:
    assert since_last(after(None), NOW) == MOST_EVERY_S
    assert since_last(after(NOW - HOUR), NOW) == 3600
    assert of_a_clock_set_back(after(None), NOW) == of_a_clock_set_back(after(NOW), NOW) == ""


def test_a_clock_that_was_set_back_is_named_and_no_interval_is_made_up() -> None:
    memory = after(datetime.datetime(2026, 11, 26, 19, 5, tzinfo=datetime.UTC))
    now = datetime.datetime(2026, 11, 25, 8, 0, tzinfo=datetime.UTC)
    assert since_last(memory, now) == MOST_EVERY_S, "no interval that would be refused as too short"
    said = of_a_clock_set_back(memory, now)
    assert "clock was set back: it shows Wed 25 Nov 08:00, and the last round ended at Thu 26 Nov 19:05." in said
