"""What guests are shown of a restaurant's opening hours."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence

import httpx

from bookingflow.checks.api_answers import shows_others
from bookingflow.checks.information_leaks import shows_everybody_nothing
from bookingflow.checks.opening_hours import (
    CLOSED_DAYS,
    calendar_of_those_days,
    offered_as_open,
    served_as_offered,
    shown_as_closed,
)
from bookingflow.core.errors import NotAtThisRestaurant, ScenarioNotPossible
from bookingflow.core.failures import Breach
from bookingflow.core.text import quoted
from bookingflow.platform.answers import demand_answer
from bookingflow.platform.api_models import TIMES_OF_NOBODY, as_id
from bookingflow.platform.database_models import Hours
from bookingflow.platform.slots import ONE_DAY
from bookingflow.promises.base import Promise

CALENDAR_DAYS = 14
"""Every weekday twice."""
NOT_THERE = frozenset({httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED, httpx.codes.NOT_IMPLEMENTED})


class OpeningHoursPromises(Promise):
    """Open is open, closed is closed, and guests are shown so."""

    def listed(self) -> None:
        """The restaurant is in the list of all, as it is stored."""
        place = self.scenario.restaurant
        exchange = demand_answer(self.session.api.restaurants())
        data = exchange.json_object().get("data")
        listed_all = data if isinstance(data, list) else []
        items = [one for one in listed_all if isinstance(one, dict) and as_id(one.get("id")) == place.id]
        if not items:
            self.demand_platforms_form(exchange)
            missing = f"it is not in the list of restaurants (HTTP {exchange.status})"
            raise self.bookings.breach(Breach("not_listed", missing), about=place.name)
        place = self.session.database.as_it_is_now(place)
        facts = {"slug": place.slug, "name": place.name, "timezone": place.timezone}
        found = [
            Breach(f"list_{name}_differs", f"its {name} is listed as {quoted(listed)} instead of {quoted(fact)}")
            for name, fact in facts.items()
            if (listed := items[0].get(name)) != fact
        ]
        if len(items) > 1:
            found.append(Breach("listed_twice", f"it is listed {len(items)} times"))
        # Names of restaurants are anybody's: what looks like the inside of a platform may be one.
        self._demand_kept(place.name, [*found, *shows_others(exchange, (), self._words)])

    def calendar(self) -> None:
        """The days shown as closed are those on which it is closed, over two weeks from the scenario's day on; where it
        has none, from tomorrow.
        """
        place, slot = self.scenario.restaurant, self.scenario.slot
        first = self.scenario.slots.today + ONE_DAY if slot is None else slot.date
        days = [first + number * ONE_DAY for number in range(CALENDAR_DAYS)]
        hours = {day: self._hours(day) for day in days}
        closed = {day: its.opens is None for day, its in hours.items()}
        exceptions = [day for day, its in hours.items() if its.of_its_own]
        if all(closed.values()):
            raise NotAtThisRestaurant(f"{place.name} is closed on all of the next {CALENDAR_DAYS} days.")
        self._demand_calendar(days, closed, exceptions)
        if slot is not None:  # at both ends of what is asked for
            self._demand_calendar([slot.date], {slot.date: closed[slot.date]}, exceptions)

    def _demand_calendar(
        self,
        days: Sequence[datetime.date],
        closed: Mapping[datetime.date, bool],
        exceptions: Collection[datetime.date],
    ) -> None:
        """Raise unless the calendar of these days in a row shows what is `closed` of them, and says whose it is."""
        place = self.scenario.restaurant
        exchange = demand_answer(self.session.api.calendar(place.slug, days[0], days[-1]))
        if exchange.status in NOT_THERE:
            raise NotAtThisRestaurant(f"This platform has no calendar of closed days (HTTP {exchange.status}).")
        if exchange.status != httpx.codes.OK:
            self.demand_platforms_form(exchange)
            failed = f"it was answered with HTTP {exchange.status}"
            raise self.bookings.breach(Breach("calendar_missing", failed), about=f"The calendar of {place.name}")
        shown = exchange.json_object()
        if not any(isinstance(shown.get(name), list) for name in CLOSED_DAYS):
            nothing = Breach("calendar_missing", "it was answered without its closed days")
            raise self.bookings.breach(nothing, about=f"The calendar of {place.name}")
        found = [
            *calendar_of_those_days(shown, days[0], days[-1], place),
            *shown_as_closed(shown, closed, exceptions),
            *shows_everybody_nothing(exchange, self._words),
        ]
        self._demand_kept(f"The calendar of {place.name}", found)

    @property
    def _words(self) -> dict[str, str]:
        return self.session.guests.words

    def _demand_kept(self, about: str, found: Sequence[Breach]) -> None:
        if found:
            raise self.bookings.breach(*found, about=about)

    def todays(self) -> None:
        """A guest who names no day is shown the day that it is at the restaurant."""
        place, today = self.scenario.restaurant, self.scenario.slots.today
        shown = self.scenario.slots.todays_schedule().date
        if shown != today:
            other = f"a guest who names no day is shown the times of {quoted(shown)}"
            there = f"at the restaurant it is {quoted(today)}"
            self._demand_kept(place.name, [Breach("schedule_of_another_day", f"{other}; {there}")])

    def no_times_shown(self) -> None:
        """Who asked for the times of a restaurant or a day that does not exist is told so."""
        asked = self.scenario.strangers_request
        if asked is None or asked.what not in TIMES_OF_NOBODY:
            raise ScenarioNotPossible("Nobody asked for such times yet.", hint="A When sentence comes first.")
        exchange = asked.exchange
        if exchange.is_error:
            failed = f"who asks for the times of {asked.what} is answered with an error ({exchange.said})"
            raise self.bookings.breach(Breach("refused_with_error", failed))
        if (exchange.status or 0) < httpx.codes.BAD_REQUEST:
            self.demand_platforms_form(exchange)
            shown = f"who asks for the times of {asked.what} is not refused ({exchange.said})"
            raise self.bookings.breach(Breach("times_of_nobody", shown))

    def offered(self, *, days_later: int = 0) -> None:
        """The times offered on the scenario's day, or so many days later, are those of the opening hours."""
        session, date = self.session, self.scenario.the_slot().date + days_later * ONE_DAY
        self.scenario.asks_for_hours = True
        hours = self._hours(date)
        may_disable = not session.settings.on_demo
        self._demand_shown(
            date,
            offered_as_open(
                self.scenario.slots.schedule(date),
                hours,
                self.scenario.restaurant,
                date,
                session.stays,
                may_disable=may_disable,
            ),
        )

    def served(self) -> None:
        """Each time offered on the scenario's day is offered for what the restaurant serves then."""
        session, date = self.session, self.scenario.the_slot().date
        self.scenario.asks_for_hours = True
        periods = session.database.service_periods(self.scenario.restaurant.id)
        if periods is None:
            raise self._unknown("What the restaurant serves when", "restaurant_service_periods")
        self._demand_shown(date, served_as_offered(self.scenario.slots.schedule(date), periods, date))

    def _demand_shown(self, date: datetime.date, found: Sequence[Breach]) -> None:
        self._demand_kept(f"{self.scenario.restaurant.name}, {quoted(date)}", found)

    def _hours(self, date: datetime.date) -> Hours:
        """The restaurant's hours of a date; raises NotAtThisRestaurant where they are not known."""
        hours = self.session.database.hours(self.scenario.restaurant.id, date)
        if hours is None:
            raise self._unknown("When the restaurant is open", "restaurant_operating_hours")
        return hours

    def _unknown(self, what: str, table: str) -> NotAtThisRestaurant:
        """Why that is not known: the role may not read it, or what is stored leaves it open."""
        if table not in self.session.database.access.readable:
            return NotAtThisRestaurant(f"{what} can't be read by the suite's database role ({table}).")
        return NotAtThisRestaurant(f"{what} is not clear from what the platform stores ({table}).")
