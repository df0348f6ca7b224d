"""Moments: a time named by what the scenario knows ("the last time of that day").

So no scenario carries dates or times that fit one restaurant only.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bookingflow.core.errors import NotAtThisRestaurant
from bookingflow.core.text import clock_time
from bookingflow.platform.api_models import Schedule, ScheduleSlot
from bookingflow.platform.business_rules import DINNER_FROM, service_at
from bookingflow.platform.slots import ONE_DAY, Slot, SlotFinder, later

QUARTER = datetime.timedelta(minutes=15)
HALF_AN_HOUR = 2 * QUARTER
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def moved(slot: Slot, by: datetime.timedelta) -> Slot:
    """The same day, earlier or later on the wall clock."""
    return slot.at(later(slot.time, by))


def first_of(day: Schedule, slot: Slot) -> Slot:
    """The first bookable time of the slot's day."""
    return slot.at(day.open_slots()[0].value)


def last_of(day: Schedule, slot: Slot) -> Slot:
    """The last bookable time of the slot's day."""
    return slot.at(day.open_slots()[-1].value)


MOMENTS: Mapping[str, Callable[[SlotFinder, Slot], Slot]] = {
    "that time": lambda _, slot: slot,
    "a quarter of an hour later": lambda finder, slot: finder.offered_after(slot, QUARTER),
    "half an hour later": lambda finder, slot: finder.offered_after(slot, HALF_AN_HOUR),
    "the same time on the last day it was open": lambda finder, slot: Slot(
        finder.last_open_day(slot.time), slot.time, slot.zone
    ),
    "the first time of that day": lambda finder, slot: first_of(finder.schedule(slot.date), slot),
    "the last time of that day": lambda finder, slot: slot.at(finder.bookable(finder.schedule(slot.date))[-1].value),
    "a quarter of an hour before the first time": lambda finder, slot: moved(
        first_of(finder.schedule(slot.date), slot), -QUARTER
    ),
    "a quarter of an hour after the last time": lambda finder, slot: moved(
        last_of(finder.schedule(slot.date), slot), QUARTER
    ),
    "five minutes after the first time": lambda finder, slot: moved(
        first_of(finder.schedule(slot.date), slot), datetime.timedelta(minutes=5)
    ),
    "seven minutes after the first time": lambda finder, slot: moved(
        first_of(finder.schedule(slot.date), slot), datetime.timedelta(minutes=7)
    ),
    "one minute before the last time": lambda finder, slot: moved(
        last_of(finder.schedule(slot.date), slot), -datetime.timedelta(minutes=1)
    ),
}


@dataclass(frozen=True)
class Moment:
    """A time as a sentence names it."""

    words: str

    def slot(self, finder: SlotFinder, slot: Slot) -> Slot:
        """The day and time it stands for, seen from the scenario's slot."""
        if self.words in MOMENTS:
            return MOMENTS[self.words](finder, slot)
        return slot.at(clock_time(self.words.removesuffix(" of that day")))


def at_service(service: str) -> Callable[[ScheduleSlot], bool]:
    """Times of a service: bookable then, and lunch or dinner by the platform's rule."""
    return lambda slot: slot.booking_option == service and service_at(slot.value) == service


def begins_dinner(slot: ScheduleSlot) -> bool:
    """The time from which on a meal is dinner by the platform's rule."""
    return slot.value == DINNER_FROM


def last_before_dinner(day: Schedule) -> Callable[[ScheduleSlot], bool]:
    """The last time of a day that is no dinner by the platform's rule; no time where it has none."""
    last = max((slot.value for slot in day.open_slots() if slot.value < DINNER_FROM), default=None)
    return lambda slot: slot.value == last


def between_services(slot: ScheduleSlot) -> bool:
    """Times that belong to no service period."""
    return slot.period_id is None


def clock_change(zone: str, season: str, after: datetime.date) -> datetime.date:
    """The next day on which the clocks of a zone change, in spring or in autumn."""
    months = range(2, 6) if season == "spring" else range(9, 12)
    for ahead in range(1, 800):
        day = after + ONE_DAY * ahead
        if day.month in months and _offset(day, zone) != _offset(day - ONE_DAY, zone):
            return day
    raise NotAtThisRestaurant(f"The clocks of {zone} do not change in {season}.")


def _offset(day: datetime.date, zone: str) -> datetime.timedelta | None:
    return datetime.datetime.combine(day, datetime.time(23), ZoneInfo(zone)).utcoffset()
