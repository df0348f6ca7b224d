"""Closed days of a period, and a rough count of covers (docs/platform.md, "Reading")."""

from __future__ import annotations

import datetime
from typing import Any

from demo.hours import normalised_type
from demo.platform import Platform
from demo.rate_limit import LOOKUP_LIMIT
from demo.response import ApiResponse, invalid_response, too_many_requests
from demo.restaurants import find_day, find_restaurant
from demo.validation import Invalid, parse_availability, parse_date

LONGEST_PERIOD = datetime.timedelta(days=366)


def calendar_mask(platform: Platform, slug: str, since: str | None, until: str | None) -> ApiResponse:
    """Return the weekdays that are always closed and the single dates that are closed."""
    try:
        first, last = _period(since or "", until or "")
    except Invalid as invalid:
        return invalid_response("Invalid query parameters", invalid)
    with platform.statement() as db:
        restaurant = find_restaurant(db, slug=slug)
        if restaurant is None:
            return ApiResponse(404, {"error": "Restaurant not found"})
        stored = db.execute(
            "SELECT day_of_week, effective_date, is_closed FROM restaurant_operating_hours WHERE restaurant_id = %s",
            (restaurant["id"],),
        ).fetchall()
    dates = [row["effective_date"] for row in stored if row["effective_date"] is not None and row["is_closed"]]
    open_on = {row["day_of_week"] for row in stored if row["effective_date"] is None and not row["is_closed"]}
    body = {
        "timezone": restaurant["timezone"],
        "from": first.isoformat(),
        "to": last.isoformat(),
        "closedDaysOfWeek": [day for day in range(7) if day not in open_on],
        "closedDates": sorted(date.isoformat() for date in dates if first <= date <= last),
    }
    return ApiResponse(200, body, {"Cache-Control": "public, max-age=60, s-maxage=120"})


def _period(since: str, until: str) -> tuple[datetime.date, datetime.date]:
    first, last = parse_date(since, "from"), parse_date(until, "to")
    if not first <= last <= first + LONGEST_PERIOD:
        raise Invalid({"to": [f"Invalid period: expected at most {LONGEST_PERIOD.days} days from the first"]})
    return first, last


def availability(platform: Platform, query: dict[str, str], client: str) -> ApiResponse:
    """Return whether a service has room for more covers; counts people, plans no tables."""
    try:
        wanted = parse_availability(query)
    except Invalid as invalid:
        return invalid_response("Invalid query parameters", invalid)
    with platform.statement() as db:
        day = find_day(platform, db, restaurant_id=wanted.restaurant_id, date=wanted.date)
        if day is None:
            return ApiResponse(404, {"error": "Restaurant not found", "code": "RESTAURANT_NOT_FOUND"})
        key = f"availability:check:{day.restaurant_id}:{client}"
        exceeded = platform.limiter.hit(key, LOOKUP_LIMIT) if platform.flags.rate_limit else None
        if exceeded is not None:
            return too_many_requests(exceeded.retry_after)
        service = normalised_type("dinner", wanted.time)
        row = db.execute(
            "SELECT coalesce(sum(party_size), 0)::int AS covers, count(*)::int AS parties, "
            "(SELECT coalesce(sum(capacity), 0)::int FROM table_inventory WHERE restaurant_id = %(id)s) AS seats "
            "FROM bookings WHERE restaurant_id = %(id)s AND booking_date = %(date)s AND booking_type = %(service)s "
            "AND status IN ('pending', 'pending_allocation', 'confirmed')",
            {"id": day.restaurant_id, "date": wanted.date, "service": service},
        ).fetchone()
    counted: dict[str, Any] = dict(row or {"covers": 0, "parties": 0, "seats": 0})
    left = max(0, counted["seats"] - counted["covers"])
    closed = day.refusal(wanted.time, service) is not None
    used = round(100 * counted["covers"] / counted["seats"]) if counted["seats"] else 100
    available = not closed and left >= wanted.party
    answer: dict[str, Any] = {
        "restaurantId": day.restaurant_id,
        "date": wanted.date.isoformat(),
        "time": wanted.time.strftime("%H:%M"),
        "partySize": wanted.party,
        "available": available,
        "reason": None if available else "closed" if closed else "capacity",
        "metadata": {
            "servicePeriod": service,
            "maxCovers": counted["seats"],
            "bookedCovers": counted["covers"],
            "availableCovers": left,
            "utilizationPercent": used,
            "maxParties": None,
            "bookedParties": counted["parties"],
        },
        "alternatives": [],
    }
    return ApiResponse(200, answer, {"X-Available": str(available).lower(), "X-Utilization": str(used)})
