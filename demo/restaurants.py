"""Restaurants and their days, read from the database (docs/platform.md, "Hours and slots")."""

from __future__ import annotations

import datetime
import uuid
from typing import Any, LiteralString

from psycopg.rows import DictRow

from demo.hours import Day, Period
from demo.platform import Platform, Transaction
from demo.seed import DEMO_RESTAURANT_ID

LAST = datetime.time(23, 59)
"""What 24:00 is here, since Python has no such time."""
_BY_SLUG: LiteralString = "r.slug = %(slug)s"
_BY_ID: LiteralString = "r.id = %(id)s"
DAY: LiteralString = """
    SELECT r.id::text, r.timezone, r.reservation_interval_minutes, r.reservation_default_duration_minutes,
           r.reservation_last_seating_buffer_minutes, asked.date,
           own.opens_at, least(own.closes_at, '23:59') AS closes_at,
           (SELECT jsonb_agg(p ORDER BY p.day_of_week NULLS LAST, p.end_time - p.start_time)
              FROM restaurant_service_periods p WHERE p.restaurant_id = r.id
               AND (p.day_of_week = extract(dow FROM asked.date) OR p.day_of_week IS NULL)) AS periods,
           (SELECT jsonb_object_agg(key, default_duration_minutes) FROM booking_occasions) AS durations
      FROM restaurants r
     CROSS JOIN LATERAL (
           SELECT coalesce(%(date)s::date, (%(now)s::timestamptz AT TIME ZONE r.timezone)::date) AS date) asked
      LEFT JOIN LATERAL (
           SELECT * FROM restaurant_operating_hours h WHERE h.restaurant_id = r.id
              AND (%(dates)s AND (h.effective_date = asked.date
                                  OR %(onward)s AND h.effective_date < asked.date)
                   OR h.effective_date IS NULL AND h.day_of_week = extract(dow FROM asked.date))
            ORDER BY %(shut)s AND h.is_closed AND h.effective_date IS NULL DESC, h.effective_date NULLS LAST
            LIMIT 1) own ON NOT own.is_closed
     WHERE """
"""A date's own hours win over the weekday's, Sunday being day 0; the shorter of two service periods wins. `shut`: a
weekday that is closed stays so."""


def find_restaurant(db: Transaction, *, slug: str | None = None, restaurant_id: Any = None) -> DictRow | None:
    """Return a restaurant's id and time zone, None for an unknown one; the slug wins, without either the default."""
    which = _BY_SLUG if slug else _BY_ID
    return db.execute(f"SELECT id, timezone FROM restaurants r WHERE {which}", _named(slug, restaurant_id)).fetchone()


def find_day(
    platform: Platform,
    db: Transaction,
    *,
    slug: str | None = None,
    restaurant_id: uuid.UUID | None = None,
    date: datetime.date | None = None,
    dates: bool = True,
) -> Day | None:
    """Return a restaurant's day, today without a date; without `dates` its own hours of single dates are ignored.

    Returns None for an unknown restaurant; named as for `find_restaurant`.
    """
    asked = {**_named(slug, restaurant_id), "date": date, "dates": dates, "now": platform.clock.now()}
    asked["onward"] = platform.defects.on("closed-date-stays-closed")
    asked["shut"] = platform.defects.on("open-date-stays-closed")
    if date is None and platform.defects.on("today-by-another-clock"):
        asked["date"] = platform.clock.now().date()
    row = db.execute(DAY + (_BY_SLUG if slug else _BY_ID), asked).fetchone()
    if row is None:
        return None
    return Day(
        restaurant_id=row["id"],
        date=row["date"],
        timezone=row["timezone"],
        interval=row["reservation_interval_minutes"],
        default_duration=row["reservation_default_duration_minutes"],
        buffer=row["reservation_last_seating_buffer_minutes"],
        opens_at=row["opens_at"],
        closes_at=row["closes_at"],
        periods=tuple(_period(period) for period in row["periods"] or ()),
        durations=row["durations"],
    )


def _named(slug: str | None, restaurant_id: uuid.UUID | None) -> dict[str, Any]:
    return {"slug": slug, "id": restaurant_id or uuid.UUID(DEMO_RESTAURANT_ID)}


def _clock_time(stored: str) -> datetime.time:
    return LAST if stored.startswith("24") else datetime.time.fromisoformat(stored)


def _period(row: dict[str, Any]) -> Period:
    since, until = (_clock_time(row[name]) for name in ("start_time", "end_time"))
    return Period(row["id"], row["name"], since, until, row["booking_option"])
