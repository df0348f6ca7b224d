"""Which time zone data the suite goes by, and where they differ from another program's."""

from __future__ import annotations

import datetime
import importlib.util
import os
import zoneinfo
from collections.abc import Mapping, Sequence

PATH = "PYTHONTZPATH"
LOOKED_AHEAD = 400
"""Days: bookings lie within two months, the days on which clocks change within a year."""


def use_pinned_data() -> None:
    """Go by the data of the pinned package `tzdata`, the same on every machine, unless PYTHONTZPATH names others.

    A system's own may be years old, and then a restaurant's clock is an hour off; or the database's are.
    """
    if PATH not in os.environ and importlib.util.find_spec("tzdata") is not None:
        _use(())


def use_systems_data() -> None:
    """Go by the system's own data."""
    _use(None)


def _use(path: Sequence[str] | None) -> None:
    zoneinfo.reset_tzpath(to=path)
    zoneinfo.ZoneInfo.clear_cache()


def days_ahead(now: datetime.datetime) -> list[datetime.datetime]:
    """An instant of each day that bookings may lie on."""
    return [now + datetime.timedelta(days=number) for number in range(LOOKED_AHEAD)]


def difference_that_stays(
    zone: str, offsets: Mapping[datetime.datetime, datetime.timedelta]
) -> tuple[datetime.datetime, datetime.timedelta] | None:
    """The first difference from these offsets, where neither the pinned data nor the system's own agree with them; from
    here on the suite goes by those that do.
    """
    found = first_difference(zone, offsets)
    if found is None or PATH in os.environ:
        return found
    use_systems_data()
    if first_difference(zone, offsets) is None:
        return None
    use_pinned_data()
    return found


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
