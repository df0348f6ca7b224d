"""The restaurant itself: its tables, its hours, what it serves when."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString
from uuid import UUID

from bookingflow.core.errors import SuiteError
from bookingflow.core.text import clock_time
from bookingflow.core.timing import Deadline
from bookingflow.platform.business_rules import LAST_MINUTE, STAY_MINUTES
from bookingflow.platform.database.questions import Questions, as_far_as_readable, uuids
from bookingflow.platform.database_models import Hours, Restaurant, ServicePeriod, Table


class RestaurantQuestions(Questions):
    """Questions about restaurants."""

    RESTAURANT: LiteralString = """
    SELECT r.id, r.slug, r.name, r.timezone, coalesce((to_jsonb(r) ->> 'is_active')::boolean, true) AS active
      FROM restaurants r
     WHERE CASE WHEN %(id)s::uuid IS NULL THEN r.slug = %(slug)s ELSE r.id = %(id)s::uuid END"""

    def find_restaurant(self, *, slug: str, restaurant_id: UUID | None = None) -> Restaurant | None:
        """The restaurant with this name or, where one is given, this id; None when there is none."""
        rows = self._ask(self.RESTAURANT, {"id": restaurant_id, "slug": slug})
        return Restaurant(**rows[0]) if rows else None

    def restaurant(self, slug: str) -> Restaurant:
        """The restaurant with this name; raises SuiteError when there is none."""
        found = self.find_restaurant(slug=slug)
        if found is None:
            raise SuiteError(f'There is no restaurant called "{slug}" on this platform.')
        return found

    def as_it_is_now(self, place: Restaurant) -> Restaurant:
        """This restaurant as it is stored now, since it may be renamed at any time; as it was where it is gone."""
        return self.find_restaurant(slug=place.slug, restaurant_id=UUID(place.id)) or place

    SLUGS: LiteralString = "SELECT r.slug FROM restaurants r ORDER BY r.slug LIMIT 200"

    def restaurant_slugs(self) -> list[str]:
        """The names of the platform's restaurants, the first 200 of them."""
        return [row["slug"] for row in self._ask(self.SLUGS, {})]

    AMONG: LiteralString = "SELECT r.id FROM restaurants r WHERE r.id = ANY(%(ids)s)"

    def restaurants_among(self, ids: Sequence[str]) -> set[str]:
        """Those of these ids that are restaurants here."""
        return {row["id"] for row in self._ask(self.AMONG, {"ids": uuids(ids)})} if ids else set()

    INVENTORY: LiteralString = """
    SELECT i.id, i.table_number AS number, i.capacity, i.zone_id, z.name AS zone, z.area_type::text AS area,
           i.mobility::text = 'movable' AS movable,
           coalesce(i.min_party_size, 1) AS min_party, i.max_party_size AS max_party
      FROM table_inventory i JOIN zones z ON z.id = i.zone_id
     WHERE i.restaurant_id = %(restaurant_id)s AND i.active AND i.status::text <> 'out_of_service'
     ORDER BY i.table_number"""

    def inventory(self, restaurant_id: str, deadline: Deadline | None = None) -> list[Table]:
        """The tables in service."""
        rows = self._ask(self.INVENTORY, {"restaurant_id": UUID(restaurant_id)}, deadline)
        return [Table(**row) for row in rows]

    HOURS: LiteralString = """
    SELECT alike.dates, alike.hours, to_jsonb(r) AS restaurant
      FROM restaurants r
     CROSS JOIN LATERAL (
           SELECT array_agg(asked.date) AS dates, to_jsonb(h) AS hours
             FROM unnest(%(dates)s::date[]) AS asked (date)
             LEFT JOIN LATERAL (
                  SELECT o.*, count(*) OVER (PARTITION BY o.effective_date) AS rows_of_the_day
                    FROM restaurant_operating_hours o
                   WHERE o.restaurant_id = r.id AND (o.effective_date = asked.date
                         OR o.effective_date IS NULL AND o.day_of_week = extract(dow FROM asked.date))
                   ORDER BY o.effective_date NULLS LAST LIMIT 1) h ON true
            GROUP BY to_jsonb(h)) alike
     WHERE r.id = %(restaurant_id)s"""

    @as_far_as_readable
    def hours_of_days(self, restaurant_id: str, dates: Sequence[datetime.date]) -> dict[datetime.date, Hours]:
        """The hours of each of these dates; nothing where they can't be read or understood."""
        if "restaurant_operating_hours" not in self.access.readable or not dates:
            return {}
        rows = self._ask(self.HOURS, {"restaurant_id": UUID(restaurant_id), "dates": list(dates)})
        alike = [(row["dates"], hours_of_day(row["hours"] or {}, row["restaurant"])) for row in rows]
        found = {date: hours for days, hours in alike if hours is not None for date in days}
        return {date: found[date] for date in dates if date in found}

    def hours(self, restaurant_id: str, date: datetime.date) -> Hours | None:
        """The hours of a date: its own before its weekday's; None where they can't be read."""
        return self.hours_of_days(restaurant_id, [date]).get(date)

    SERVICE_PERIODS: LiteralString = """
    SELECT to_jsonb(p) AS period FROM restaurant_service_periods p WHERE p.restaurant_id = %(restaurant_id)s"""

    @as_far_as_readable
    def service_periods(self, restaurant_id: str) -> list[ServicePeriod] | None:
        """When the restaurant serves what; None where that can't be read or understood, or is not said."""
        if "restaurant_service_periods" not in self.access.readable:
            return None
        rows = self._ask(self.SERVICE_PERIODS, {"restaurant_id": UUID(restaurant_id)})
        periods = [service_period(row["period"]) for row in rows]
        understood = [period for period in periods if period is not None]
        return understood if understood and len(understood) == len(periods) else None

    STAYS: LiteralString = "SELECT o.key, o.default_duration_minutes AS minutes FROM booking_occasions o"

    @as_far_as_readable
    def stay_minutes(self) -> dict[str, int]:
        """How long a booking of each occasion lasts, by the catalogue or, for what it lacks, by the platform's rule;
        empty where the catalogue can't be read.
        """
        if "booking_occasions" not in self.access.readable:
            return {}
        return {**STAY_MINUTES, **{row["key"]: row["minutes"] for row in self._ask(self.STAYS, {})}}


def hours_of_day(hours: Mapping[str, Any], restaurant: Mapping[str, Any]) -> Hours | None:
    """The hours of a date from the rows that decide them; without hours it is a closed day. None for hours that no
    clock shows: to PostgreSQL 24:00 is a time. None too where several rows say it: nothing tells which one counts.
    """
    if hours.get("rows_of_the_day", 1) > 1:
        return None
    closed = hours.get("is_closed", True) or not hours.get("opens_at") or not hours.get("closes_at")
    opens, closes = (None if closed else _clock_time(hours[name]) for name in ("opens_at", "closes_at"))
    if not closed and (opens is None or closes is None):
        return None
    return Hours(
        opens,
        closes,
        restaurant.get("reservation_interval_minutes"),
        restaurant.get("reservation_last_seating_buffer_minutes"),
        of_its_own=hours.get("effective_date") is not None,
    )


def service_period(period: Mapping[str, Any]) -> ServicePeriod | None:
    """A period from its row; None when it lacks what is needed."""
    since, until = _clock_time(period.get("start_time")), _clock_time(period.get("end_time"))
    occasion = period.get("booking_option")
    if since is None or until is None or not occasion:
        return None
    return ServicePeriod(period.get("day_of_week"), since, until, occasion)


@functools.lru_cache(maxsize=64)  # two months of days open and close at the same few times
def _clock_time(said: str | None) -> datetime.time | None:
    if said == "24:00:00":
        return LAST_MINUTE
    try:
        return clock_time(said or "", seconds=True)
    except ValueError:
        return None
