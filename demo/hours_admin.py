"""Change opening hours for a test, and put them back."""

from __future__ import annotations

import datetime
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from demo.platform import Platform

DROP_DATE: LiteralString = """
    DELETE FROM restaurant_operating_hours
     WHERE effective_date = %(date)s AND restaurant_id = (SELECT id FROM restaurants WHERE slug = %(slug)s)"""
OF_RESTAURANT: LiteralString = """
    SELECT to_jsonb(h) AS hours FROM restaurant_operating_hours h JOIN restaurants r ON r.id = h.restaurant_id
     WHERE r.slug = %(slug)s"""
DROP_ALL: LiteralString = """
    DELETE FROM restaurant_operating_hours
     WHERE restaurant_id = (SELECT id FROM restaurants WHERE slug = %(slug)s)"""
PUT_BACK: LiteralString = """
    INSERT INTO restaurant_operating_hours
    SELECT * FROM jsonb_populate_recordset(NULL::restaurant_operating_hours, %(hours)s)"""
_COLUMNS = "opens_at = %(opens_at)s, closes_at = %(closes_at)s, is_closed = %(is_closed)s"


def _hours(body: dict[str, Any]) -> dict[str, Any]:
    closed = bool(body.get("is_closed", False))
    times = {name: None if body.get(name) is None else datetime.time.fromisoformat(body[name]) for name in _TIMES}
    if not closed and None in times.values():
        raise ValueError("opens_at and closes_at are needed unless is_closed")
    return {**times, "is_closed": closed}


_TIMES = ("opens_at", "closes_at")


def set_weekday(platform: Platform, slug: str, body: dict[str, Any]) -> None:
    """Set the hours of a weekday, 0 = Sunday."""
    with platform.statement() as db:
        db.execute(
            f"UPDATE restaurant_operating_hours SET {_COLUMNS} WHERE day_of_week = %(day)s "
            "AND restaurant_id = (SELECT id FROM restaurants WHERE slug = %(slug)s)",
            {**_hours(body), "day": int(body["day_of_week"]), "slug": slug},
        )


def set_date(platform: Platform, slug: str, date: datetime.date, body: dict[str, Any]) -> None:
    """Set the hours of one date, which win over its weekday's."""
    hours = {**_hours(body), "date": date, "slug": slug}
    with platform.transaction() as db:
        db.execute(DROP_DATE, hours)
        db.execute(
            "INSERT INTO restaurant_operating_hours (restaurant_id, effective_date, opens_at, closes_at, is_closed) "
            "SELECT id, %(date)s, %(opens_at)s, %(closes_at)s, %(is_closed)s FROM restaurants WHERE slug = %(slug)s",
            hours,
        )


def drop_date(platform: Platform, slug: str, date: datetime.date) -> None:
    """Remove a date's own hours: its weekday's hold again."""
    with platform.statement() as db:
        db.execute(DROP_DATE, {"date": date, "slug": slug})


def hours_of(platform: Platform, slug: str) -> list[dict[str, Any]]:
    """Return all hours of a restaurant, as they are stored."""
    with platform.statement() as db:
        return [row["hours"] for row in db.execute(OF_RESTAURANT, {"slug": slug}).fetchall()]


def restore(platform: Platform, slug: str, hours: list[dict[str, Any]]) -> None:
    """Give a restaurant these hours, and no others."""
    with platform.transaction() as db:
        db.execute(DROP_ALL, {"slug": slug})
        db.execute(PUT_BACK, {"hours": Jsonb(hours)})
