"""The times a restaurant offers, compared with its opening hours: a pure function from a day to breaches (`checks`)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping

from bookingflow.checks import Breaches
from bookingflow.contract import Schedule
from bookingflow.rows import Hours, Restaurant
from bookingflow.rules import STAY_MINUTES

SHOWN = 3
"""Times that a sentence names; more are counted."""


def offered_as_open(
    schedule: Schedule,
    hours: Hours,
    restaurant: Restaurant,
    date: datetime.date,
    stays: Mapping[str, int],
    *,
    may_disable: bool = False,
) -> Breaches:
    """A day offers every time at which guests can still stay as long as they like, and no other.

    docs/platform.md, "Hours and slots". Between the last time that is certain and the last that is possible the
    occasion of the slot decides, which is the platform's own matter. So it is where a catalogue of occasions
    `may_disable` times.
    """
    found = []
    facts = {
        "restaurant": (str(schedule.restaurant_id), restaurant.id),
        "day": (schedule.date, date),
        "time zone": (schedule.timezone, restaurant.timezone),
        "minutes between two times": (schedule.interval_minutes, hours.interval_minutes),
    }
    for what, (told, fact) in facts.items():
        if fact is not None and told != fact:
            found.append(f"the times offered are told with {told} as their {what} instead of {fact}")
    if schedule.is_closed != (hours.opens is None):
        said = {True: "closed", False: "open"}
        found.append(
            f"it is {said[hours.opens is None]} that day, and guests are shown that it is {said[schedule.is_closed]}"
        )
        return found
    offered = {slot.value for slot in schedule.open_slots()}
    listed = {slot.value for slot in schedule.slots} if may_disable else offered
    longest = max(stays.get(option, 0) for option in {*STAY_MINUTES, *(slot.booking_option for slot in schedule.slots)})
    certain, possible = set(_times(hours, longest)), set(_times(hours, 0))
    found += _named(certain - listed, "not offered, though the restaurant is open and seats guests then")
    found += _named(offered - possible, "offered, though it is no time at which the restaurant seats guests")
    return found


def is_offered(hours: Hours, time: datetime.time) -> bool:
    """Whether a restaurant with these hours may seat guests at this time; yes where that is not known."""
    if hours.opens is not None and not hours.interval_minutes:
        return True
    return time in _times(hours, 0)


def _times(hours: Hours, stay_minutes: int) -> Iterator[datetime.time]:
    """Every interval from opening, as long as the last seating, and a stay of so many minutes, end before closing."""
    if hours.opens is None or hours.closes is None or not hours.interval_minutes:
        return
    day = datetime.date.min
    at, closes = datetime.datetime.combine(day, hours.opens), datetime.datetime.combine(day, hours.closes)
    needs = datetime.timedelta(minutes=max(hours.last_seating_minutes or 0, stay_minutes))
    while at + needs <= closes and at < closes:
        yield at.time()
        at += datetime.timedelta(minutes=hours.interval_minutes)


def _named(times: set[datetime.time], told: str) -> Breaches:
    if not times:
        return []
    named = [f"{time:%H:%M}" for time in sorted(times)]
    more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
    return [f"{', '.join(named[:SHOWN])}{more} {'is' if len(named) == 1 else 'are'} {told}"]
