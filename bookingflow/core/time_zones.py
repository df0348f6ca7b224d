"""Which time zone data the suite goes by, and where they differ from another program's."""

from __future__ import annotations

import datetime
import importlib.util
import os
import zoneinfo
from collections.abc import Mapping

LOOKED_AHEAD = 400
"""Days: bookings lie within two months, the days on which clocks change within a year."""


def use_pinned_data() -> None:
    """Go by the data of the pinned package `tzdata`, the same on every machine, unless PYTHONTZPATH names others.

    A system's own may be years old, and then a restaurant's clock is an hour off.
    """
    if "PYTHONTZPATH" not in os.environ and importlib.util.find_spec("tzdata") is not None:
        zoneinfo.reset_tzpath(to=())


def days_ahead(now: datetime.datetime) -> list[datetime.datetime]:
    """An instant of each day that bookings may lie on."""
    return [now + datetime.timedelta(days=number) for number in range(LOOKED_AHEAD)]


def first_difference(
    zone: str, offsets: Mapping[datetime.datetime, datetime.timedelta]
) -> tuple[datetime.datetime, datetime.timedelta] | None:
    """The first of these instants, and its offset from UTC here, at which the zone has another offset here."""
    here = zoneinfo.ZoneInfo(zone)
    for at, offset in sorted(offsets.items()):
        own = at.astimezone(here).utcoffset()
        if own is not None and own != offset:
            return at, own
    return None
