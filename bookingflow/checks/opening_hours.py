"""The times a restaurant offers, compared with its opening hours: a pure function from a day to breaches (`checks`)."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from bookingflow.core.failures import Breach
from bookingflow.core.text import quoted
from bookingflow.platform.api_models import Schedule
from bookingflow.platform.business_rules import LAST_MINUTE, STAY_MINUTES
from bookingflow.platform.database_models import Hours, Restaurant, ServicePeriod

SHOWN = 3
"""Times that a sentence names; more are counted."""

CLOSED_DAYS = ("closedDaysOfWeek", "closedDates")
"""What a calendar has: weekdays (0 is Sunday), and days of their own."""


def offered_as_open(
    schedule: Schedule,
    hours: Hours,
    restaurant: Restaurant,
    date: datetime.date,
    stays: Mapping[str, int],
    *,
    may_disable: bool = False,
) -> list[Breach]:
    """A day offers every time at which guests can still stay as long as they like, and no other.

    docs/platform.md, "Hours and slots". Between the last time that is certain and the last that is possible the
    occasion of the slot decides, which is the platform's own matter. So it is where a catalogue of occasions
    `may_disable` times; and no time is certain where it is not known how long guests may stay.
    """
    found = _frame(schedule, hours, restaurant, date)
    closed = hours.opens is None
    if schedule.is_closed != closed:
        code, shown, fact = (
            ("closed_day_not_shown", "open", "closed") if closed else ("open_day_shown_closed", "closed", "open")
        )
        return [*found, Breach(code, f"guests are told it is {shown} that day; it is {fact}")]
    times = Counter(slot.value for slot in schedule.slots)
    twice = {time for time, shown in times.items() if shown > 1}
    found += _named("time_shown_twice", twice, "shown more than once")
    offered = {slot.value for slot in schedule.open_slots()}
    listed = {slot.value for slot in schedule.slots} if may_disable else offered
    longest = max(stays.get(option, 0) for option in {*STAY_MINUTES, *(slot.booking_option for slot in schedule.slots)})
    certain, possible = set(_times(hours, longest)) if stays else set(), set(_times(hours, 0, at_most=True))
    missing, wrong = certain - listed, offered - possible
    found += _named("time_not_offered", missing, "not offered, though the restaurant is open and seats guests then")
    found += _named("time_wrongly_offered", wrong, "offered, though the restaurant seats nobody then")
    return found


def _frame(schedule: Schedule, hours: Hours, restaurant: Restaurant, date: datetime.date) -> list[Breach]:
    """What a day shows beside its times: the restaurant, its zone and hours. Hours that are not known break nothing."""
    found = []
    if str(schedule.restaurant_id) != restaurant.id:
        found.append(Breach("schedule_of_another_house", "the times shown are those of another restaurant"))
    if schedule.date != date:
        found.append(Breach("schedule_of_another_day", f"the times shown are those of {quoted(schedule.date)}"))
    if schedule.timezone != restaurant.timezone:
        zones = f"guests are shown times in {schedule.timezone}; its time zone is {restaurant.timezone}"
        found.append(Breach("schedule_zone_wrong", zones))
    if hours.interval_minutes not in {None, schedule.interval_minutes}:
        intervals = f"guests are shown a time every {schedule.interval_minutes} minutes"
        found.append(Breach("schedule_interval_wrong", f"{intervals}; its own interval is {hours.interval_minutes}"))
    if schedule.window is not None and not schedule.is_closed:
        opens, closes = schedule.window.opens_at, schedule.window.closes_at
        if hours.opens not in {None, opens}:
            shown = f"guests are told it opens at {quoted(opens)}; it opens at {quoted(hours.opens)}"
            found.append(Breach("opening_time_wrong", shown))
        until_midnight = hours.closes == LAST_MINUTE and closes == datetime.time()
        if hours.closes not in {None, closes} and not until_midnight:
            shown = f"guests are told it closes at {quoted(closes)}; it closes at {quoted(hours.closes)}"
            found.append(Breach("closing_time_wrong", shown))
    buffer = schedule.last_seating_buffer_minutes
    if buffer is not None and hours.last_seating_minutes not in {None, buffer}:
        shown = f"guests are told nobody is seated in the last {buffer} minutes; it is {hours.last_seating_minutes}"
        found.append(Breach("last_seating_wrong", f"{shown} minutes"))
    return found


def served_as_offered(schedule: Schedule, periods: Sequence[ServicePeriod], date: datetime.date) -> list[Breach]:
    """Each time that a day offers is offered for the occasion that the restaurant serves then."""
    wrong: dict[tuple[str, str], set[datetime.time]] = defaultdict(set)
    for slot in schedule.open_slots():
        served = _served_at(periods, date, slot.value)
        if slot.booking_option not in served:
            wrong[slot.booking_option, " or ".join(sorted(served))].add(slot.value)
    return [
        breach
        for (offered, served_then), times in wrong.items()
        for breach in _named(
            "occasion_wrong", times, f"offered for {offered}; the restaurant serves {served_then} then"
        )
    ]


def _served_at(periods: Sequence[ServicePeriod], date: datetime.date, time: datetime.time) -> set[str]:
    """The occasions that may be meant: of the periods that hold the time those made for that weekday, of these the
    shortest, of these what is no drinks; where two are left the platform's catalogue decides. Without any, drinks.
    Whether a period holds its own end is nowhere written: either is right.
    """
    of_day = [period for period in periods if period.weekday in (None, date.isoweekday() % 7)]
    ending = {period.occasion for period in of_day if period.until == time}
    holding = [period for period in of_day if period.since <= time < period.until]
    best = min(map(_rank, holding), default=None)
    meant = {period.occasion for period in holding if _rank(period) == best}
    return (meant - {"drinks"} or {"drinks"}) | ending


def _rank(period: ServicePeriod) -> tuple[bool, datetime.timedelta]:
    """The lower, the sooner a period is meant."""
    day = datetime.date.min
    lasts = datetime.datetime.combine(day, period.until) - datetime.datetime.combine(day, period.since)
    return period.weekday is None, lasts


def calendar_of_those_days(
    calendar: Mapping[str, Any], first: datetime.date, last: datetime.date, restaurant: Restaurant
) -> list[Breach]:
    """A calendar says that it is of the days asked for, in the restaurant's time zone; what it does not say breaks
    nothing.
    """
    found = []
    asked_for = first.isoformat(), last.isoformat()
    if (calendar.get("from", asked_for[0]), calendar.get("to", asked_for[1])) != asked_for:
        asked = f"{quoted(first)} to {quoted(last)} was asked for"
        said = f"it says that it is of {calendar.get('from')} to {calendar.get('to')}"
        found.append(Breach("calendar_of_other_days", f"{asked}, and {said}"))
    if calendar.get("timezone", restaurant.timezone) != restaurant.timezone:
        zones = f"guests are shown days in {calendar['timezone']}; its time zone is {restaurant.timezone}"
        found.append(Breach("schedule_zone_wrong", zones))
    return found


def shown_as_closed(
    calendar: Mapping[str, Any], closed: Mapping[datetime.date, bool], exceptions: Collection[datetime.date] = ()
) -> list[Breach]:
    """A calendar shows as closed what is `closed`, by its weekday or as a day of its own, and nothing else.

    docs/platform.md, "Schedule". An open day whose weekday is shown as closed may be an exception, unless every such
    day is open; it is one where it has hours of its own.
    """
    weekdays, dates = (_listed(calendar.get(name)) for name in CLOSED_DAYS)
    found = []
    for day, is_closed in closed.items():
        weekday = day.isoweekday() % 7
        always_open = not any(shut for other, shut in closed.items() if other.weekday() == day.weekday())
        shown = weekday in weekdays or day.isoformat() in dates
        if is_closed and not shown:
            found.append(Breach("closed_day_not_shown", f"{quoted(day)} is closed and not shown as closed"))
        as_its_weekday = weekday in weekdays and always_open and day not in exceptions
        if not is_closed and (day.isoformat() in dates or as_its_weekday):
            found.append(Breach("open_day_shown_closed", f"{quoted(day)} is open and shown as closed"))
    return found


def _listed(shown: Any) -> list[Any]:
    """A list of an answer; empty where it shows something else."""
    return shown if isinstance(shown, list) else []


def is_offered(
    hours: Hours, time: datetime.time, stay: datetime.timedelta = datetime.timedelta(), *, certainly: bool = False
) -> bool:
    """Whether a restaurant with these hours may seat guests at this time for such a stay; yes where it is not known.

    With `certainly` whether it has to, as far as they say.
    """
    if hours.opens is not None and not hours.interval_minutes:
        return True
    return time in _times(hours, int(stay.total_seconds() // 60), at_most=not certainly)


def _times(hours: Hours, stay_minutes: int, *, at_most: bool = False) -> Iterator[datetime.time]:
    """Every interval from opening, as long as the last seating, and a stay of this many minutes, end before closing.

    A day that lasts until 24:00 may, `at_most`, have guests until then.
    """
    if hours.opens is None or hours.closes is None or not hours.interval_minutes:
        return
    day = datetime.date.min
    at, closes = datetime.datetime.combine(day, hours.opens), datetime.datetime.combine(day, hours.closes)
    if at_most and hours.closes == LAST_MINUTE:
        closes += datetime.timedelta(minutes=1)
    needs = datetime.timedelta(minutes=max(hours.last_seating_minutes or 0, stay_minutes))
    while at + needs <= closes and at < closes:
        yield at.time()
        at += datetime.timedelta(minutes=hours.interval_minutes)


def _named(code: str, times: set[datetime.time], wrong: str) -> list[Breach]:
    """The breach that these times, of which the first few are named, are `wrong`; none without any."""
    if not times:
        return []
    named = [quoted(time) for time in sorted(times)]
    more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
    return [Breach(code, f"{', '.join(named[:SHOWN])}{more} {'is' if len(named) == 1 else 'are'} {wrong}")]
