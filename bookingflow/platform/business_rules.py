"""The platform's rules that a stored booking is held to: what is kept of a request, and for how long a table is taken.

Restated from docs/platform.md ("Hours and slots", "Durations", "Table windows"); the demo has its own.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from zoneinfo import ZoneInfo

DINNER_FROM = datetime.time(17, 0)
DINNER_UNTIL = datetime.time(22, 0)
LAST_MINUTE = datetime.time(23, 59)
"""When a day closes that lasts until 24:00, which PostgreSQL takes for a time and no clock shows."""
STAY_MINUTES: Mapping[str, int] = {"lunch": 90, "dinner": 120, "drinks": 75}
"""For occasions that the platform's own catalogue does not have; a catalogue that can't be read may have others."""
TABLE_MINUTES: Mapping[str, tuple[int, int, int, int]] = {"lunch": (60, 75, 85, 85), "dinner": (60, 75, 85, 90)}
"""For parties to 2, 4, 6 and above."""
TABLE_TAIL_MINUTES = 5
"""Added to each of these before the next guests."""


def stored_type(asked: str, time: datetime.time) -> str:
    """Drinks stay drinks; for everything else the time decides."""
    return asked if asked == "drinks" else service_at(time)


def service_at(time: datetime.time) -> str:
    """Dinner from 17:00, lunch before."""
    return "dinner" if time >= DINNER_FROM else "lunch"


def table_taken_until(
    start_at: datetime.datetime, party: int, zone: str
) -> tuple[datetime.datetime, datetime.datetime]:
    """When a table is free again that a party takes at this instant, at the earliest and at the latest."""
    early, late = _stays(start_at.astimezone(ZoneInfo(zone)).time(), party)
    return start_at + early, start_at + late


def table_stay(start: datetime.time, party: int) -> datetime.timedelta:
    """How long at most a table is kept from others for a party that takes it at this time of the restaurant's wall
    clock.
    """
    return _stays(start, party)[1]


def _stays(start: datetime.time, party: int) -> tuple[datetime.timedelta, datetime.timedelta]:
    """How long a table is kept, at least and at most. The end of dinner cuts the stay short; whether the tail is cut
    too is not known.
    """
    step = 0 if party <= 2 else 1 if party <= 4 else 2 if party <= 6 else 3
    dinner = DINNER_FROM <= start < DINNER_UNTIL
    stay = datetime.timedelta(minutes=TABLE_MINUTES["dinner" if dinner else "lunch"][step])
    tail = datetime.timedelta(minutes=TABLE_TAIL_MINUTES)
    if not dinner:
        return stay + tail, stay + tail
    left = _since_midnight(DINNER_UNTIL) - _since_midnight(start)
    return min(stay + tail, left), min(stay, left) + tail


def _since_midnight(time: datetime.time) -> datetime.timedelta:
    return datetime.timedelta(hours=time.hour, minutes=time.minute, seconds=time.second)
