"""The days that guests were shown in a run: the times offered on them, beside the restaurants' opening hours."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence

from bookingflow.audit.findings import Found
from bookingflow.checks.information_leaks import shows_everybody_nothing
from bookingflow.checks.opening_hours import offered_as_open, served_as_offered
from bookingflow.core.failures import Breach
from bookingflow.core.text import counted, quoted
from bookingflow.platform.api_models import Schedule, ShownDay
from bookingflow.platform.database_models import Hours, Restaurant, ServicePeriod
from bookingflow.scenario.session import Session


class ShownDays:
    """Collects the days that scenarios read, and compares them at the run's end."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._days: dict[tuple[str, datetime.date], Schedule] = {}
        """The days as guests were shown them, by restaurant and date."""

    def add(self, shown: Iterable[ShownDay]) -> None:
        """Keep these days; the last time that a day was shown counts."""
        self._days |= {(day.slug, day.date): day.schedule for day in shown}

    def indiscreet(self, shown: Iterable[ShownDay]) -> list[Found]:
        """What days that everybody may see show of guests, or from inside the platform."""
        return [
            Found(Breach(breach.code, f"the times of {quoted(day.date)} at {day.slug}: {breach}"))
            for day in shown
            for breach in shows_everybody_nothing(day.exchange, self._session.guests.words)
        ]

    def wrong(self, places: Iterable[Restaurant]) -> list[Found]:
        """The days of these restaurants on which guests were shown other times than the opening hours leave them, or
        for something else than is served then.
        """
        session, found = self._session, defaultdict[tuple[str, Breach], list[datetime.date]](list)
        for place in places:
            shown = {date: schedule for (slug, date), schedule in self._days.items() if slug == place.slug}
            hours = session.database.hours_of_days(place.id, sorted(shown))
            periods = session.database.service_periods(place.id) if shown else None
            for date in sorted(hours):
                breaches = self._wrong_on(date, shown[date], hours[date], place, periods)
                if breaches and not session.settings.starts_demo:  # its hours may have been changed since
                    now = session.api.schedule(place.slug, date)
                    breaches = self._wrong_on(date, now, hours[date], place, periods)
                for breach in breaches:
                    found[place.name, breach].append(date)
        return [
            Found(Breach(breach.code, f"{place}, {_days(dates)}: {breach}")) for (place, breach), dates in found.items()
        ]

    def _wrong_on(
        self,
        date: datetime.date,
        shown: Schedule,
        hours: Hours,
        place: Restaurant,
        periods: Sequence[ServicePeriod] | None,
    ) -> list[Breach]:
        settings = self._session.settings
        found = offered_as_open(shown, hours, place, date, self._session.stays, may_disable=not settings.on_demo)
        return found if periods is None else [*found, *served_as_offered(shown, periods, date)]


def _days(dates: Sequence[datetime.date]) -> str:
    """The first of these days, and how many more there are."""
    more = f" and {counted(len(dates) - 1, 'more day')}" if len(dates) > 1 else ""
    return f"{quoted(dates[0])}{more}"
