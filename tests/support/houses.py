"""Restaurants unlike the demo's, put into a running demo: few tables, odd hours, far zones."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import psycopg

Hours = tuple[str, str]
DINNER = ("Dinner", "17:00", "22:00", "dinner", None)
LUNCH = ("Lunch", "12:00", "15:00", "lunch", None)


@dataclass(frozen=True)
class House:
    """A restaurant: its zone, the minutes between two times and before closing, its weekly hours (Sunday is 0)."""

    zone: str = "Europe/London"
    interval: int = 15
    buffer: int = 120
    hours: Mapping[int, Hours | None] = field(default_factory=lambda: every_day("12:00", "22:00"))
    evening: Hours | None = None
    """A second row of hours on every weekday."""
    closed_ahead: tuple[int, ...] = ()
    """Single days on which it is closed, counted from today."""
    periods: tuple[tuple[str, str, str, str, int | None], ...] = (LUNCH, DINNER)
    tables: tuple[tuple[int, str], ...] = ()
    """Capacity and mobility of each."""
    parties: Mapping[int, tuple[int, int | None]] = field(default_factory=dict)
    """The smallest and the largest party that tables of a capacity are given to, where that is said."""


def every_day(opens: str, closes: str, closed: Iterable[int] = ()) -> dict[int, Hours | None]:
    """The same hours on every weekday but these."""
    return {day: None if day in closed else (opens, closes) for day in range(7)}


def _next_days(zone: str) -> list[int]:
    """Tomorrow there, and the day after: midnight may pass before the house is asked."""
    today = datetime.datetime.now(zoneinfo.ZoneInfo(zone)).date()
    return [(today + datetime.timedelta(days=ahead)).isoweekday() % 7 for ahead in (1, 2)]


def _movable(*capacities: int) -> tuple[tuple[int, str], ...]:
    return tuple((capacity, "movable") for capacity in capacities)


HOUSES: Mapping[str, House] = {
    "closed-tomorrow": House(
        "Asia/Kathmandu",
        interval=30,
        hours=every_day("17:00", "22:00", _next_days("Asia/Kathmandu")),
        periods=(DINNER,),
        tables=_movable(2, 2, 2),
    ),
    "saturdays-only": House(
        "Europe/Paris",
        interval=60,
        hours=every_day("18:00", "23:00", range(6)),
        periods=(("Dinner", "18:00", "23:00", "dinner", 6),),
        tables=((8, "fixed"), (8, "fixed")),
    ),
    "one-table": House("Europe/Berlin", tables=_movable(2)),
    "no-tables": House(),
    "no-hours": House(hours={}, tables=_movable(2, 2, 2, 2)),
    "open-all-night": House(
        "Pacific/Kiritimati",
        interval=10,
        buffer=0,
        hours=every_day("00:00", "23:50"),
        tables=_movable(2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 2, 2),
    ),
    "bar-stools": House(tables=_movable(1, 1, 1, 1, 2, 2, 4, 4, 4, 4)),
    "on-the-hour": House(
        interval=60, hours=every_day("12:00", "22:00", (2, 3)), tables=_movable(2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 2, 2)
    ),
    "one-hour": House(
        buffer=0,
        hours=every_day("19:00", "20:00"),
        periods=(("Dinner", "19:00", "20:00", "dinner", None),),
        tables=_movable(2, 2, 4, 4),
    ),
    "for-parties-of-a-size": House(
        tables=_movable(4, 4, 4, 4, 2, 2, 8, 8, 6, 6), parties={4: (1, 2), 8: (1, 6), 6: (3, None)}
    ),
    "lunch-and-dinner-apart": House(
        hours=every_day("12:00", "15:00"),
        evening=("18:00", "24:00"),
        closed_ahead=(9,),
        tables=_movable(2, 2, 2, 2, 4, 4, 4, 4, 6, 6),
    ),
    "closed-for-good": House("Europe/Vienna", hours=every_day("12:00", "22:00", range(7)), tables=_movable(2, 2, 2)),
}


def build(owner_url: str) -> None:
    """Put all of them into the demo whose tables this role owns."""
    with psycopg.connect(owner_url) as owner:
        for slug, house in HOUSES.items():
            _build(owner, slug, house)


def _build(owner: psycopg.Connection, slug: str, house: House) -> None:
    capacities = {capacity for capacity, _ in house.tables}
    restaurant = owner.execute(
        "INSERT INTO restaurants (name, slug, timezone, capacity, reservation_interval_minutes,"
        " reservation_last_seating_buffer_minutes) VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
        (slug, slug, house.zone, sum(size for size, _ in house.tables) or None, house.interval, house.buffer),
    ).fetchone()
    assert restaurant is not None
    for day, hours in house.hours.items():
        owner.execute(
            "INSERT INTO restaurant_operating_hours (restaurant_id, day_of_week, opens_at, closes_at, is_closed)"
            " VALUES (%s, %s, %s, %s, %s)",
            (restaurant[0], day, *(hours or (None, None)), hours is None),
        )
        if house.evening is not None:
            owner.execute(
                "INSERT INTO restaurant_operating_hours (restaurant_id, day_of_week, opens_at, closes_at)"
                " VALUES (%s, %s, %s, %s)",
                (restaurant[0], day, *house.evening),
            )
    for ahead in house.closed_ahead:
        owner.execute(
            "INSERT INTO restaurant_operating_hours (restaurant_id, effective_date, is_closed)"
            " VALUES (%s, current_date + %s, true)",
            (restaurant[0], ahead),
        )
    for period in house.periods:
        owner.execute(
            "INSERT INTO restaurant_service_periods (restaurant_id, name, start_time, end_time, booking_option,"
            " day_of_week) VALUES (%s, %s, %s, %s, %s, %s)",
            (restaurant[0], *period),
        )
    zone = owner.execute(
        "INSERT INTO zones (restaurant_id, name, area_type) VALUES (%s, 'Room', 'indoor') RETURNING id", restaurant
    ).fetchone()
    assert zone is not None
    for capacity in capacities:
        owner.execute(
            "INSERT INTO allowed_capacities (restaurant_id, capacity) VALUES (%s, %s)", (*restaurant, capacity)
        )
    for number, (capacity, mobility) in enumerate(house.tables):
        owner.execute(
            "INSERT INTO table_inventory (restaurant_id, zone_id, table_number, capacity, mobility, min_party_size,"
            " max_party_size) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (*restaurant, *zone, f"T{number}", capacity, mobility, *house.parties.get(capacity, (1, None))),
        )
