"""What a scenario begins with: the restaurant, a day and time with room, a full house, the demo's switches."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.checks.tables import house_in_order
from bookingflow.core.errors import NotAtThisRestaurant, ScenarioNotPossible
from bookingflow.core.text import quoted
from bookingflow.platform.api_models import Schedule
from bookingflow.platform.business_rules import table_stay
from bookingflow.platform.seating import Seating
from bookingflow.platform.slots import (
    FARTHEST_DAY,
    ONE_DAY,
    Slot,
    Suits,
    TimeWanted,
    has_room_for,
    has_room_for_each,
    has_table_of,
    later,
)
from bookingflow.scenario.act import Act
from bookingflow.scenario.bookings import Bookings
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import ScenarioState
from bookingflow.testdata.moments import (
    HALF_AN_HOUR,
    QUARTER,
    WEEKDAYS,
    at_service,
    begins_dinner,
    between_services,
    clock_change,
    last_before_dinner,
)
from bookingflow.testdata.parties import Party


class Arrange:
    """Arranges the scenario at hand."""

    def __init__(self, session: Session, state: ScenarioState, bookings: Bookings, act: Act) -> None:
        self._session = session
        self._state = state
        self._bookings = bookings
        self._act = act

    # -- the restaurant ------------------------------------------------------------------------------------------

    def at_home(self) -> None:
        """Play at the restaurant of the settings; the demo restaurant unless they name another."""
        place = self._state.restaurant
        self._session.stream.note(f"at {place.name}", restaurant=place.slug)

    def go_to(self, kind: str) -> None:
        """Go to the demo's restaurant of this kind; a live platform's restaurant is the one of the settings."""
        self._state.go_to(kind)

    # -- a day and a time ----------------------------------------------------------------------------------------

    def day_with_room(self, party: Party) -> None:
        """Find a day on which the party finds a table at the first time, at the last, and at one between."""
        self._choose(f"day with room for {party}", self._room_for(party), first_and_last=True)

    def time_with_room(self, party: Party) -> None:
        """Find a slot at which the party finds a table, with one to spare."""
        self._choose(f"time with room for {party}", self._room_for(party))

    def time_with_table_of(self, party: Party) -> None:
        """Find a slot at which a table of just that size is free."""
        suits = has_table_of(party.size(self._state.tables))
        self._choose(f"time at which a table for just {party} is free", suits)

    def time_with_table_for_one_more(self, party: Party) -> None:
        """Find a slot at which a table is free at which the party leaves one seat empty."""
        suits = has_table_of(party.size(self._state.tables), spare_seats=1)
        self._choose(f"time at which a table with one seat more than {party} need is free", suits)

    def time_with_room_twice(self, count: int, party: Party) -> None:
        """Find a slot at which each of this many parties finds a table, as it would half an hour later."""
        suits = has_room_for_each(count, party.size(self._state.tables))
        wanted = f"time with room for {count} parties of {party}, then and half an hour later"
        self._choose(wanted, suits, also_later=HALF_AN_HOUR)

    def time_at_service(self, service: str, party: Party) -> None:
        """Find a slot at lunch or at dinner, not the day's last, at which the party finds a table."""
        wanted, suits = f"{service} time with room for {party}", self._room_for(party)
        self._choose(wanted, suits, times=at_service(service), also_later=QUARTER)

    def time_with_table_in(self, area: str, party: Party) -> None:
        """Find a slot at which a table in that area is free for the party, with one to spare where possible."""
        suits = has_room_for(party.size(self._state.tables), area=area)
        self._choose(f"time with a free table {area}s for {party}", suits)

    def time_with_room_for_several(self, count: int, party: Party, service: str | None = None) -> None:
        """Find a slot at which each of this many parties finds a table; at lunch or at dinner where that is said."""
        suits = has_room_for_each(count, party.size(self._state.tables))
        wanted = f"time with room for {count} parties of {party}"
        if service is None:
            self._choose(wanted, suits)
        else:
            self._choose(f"{service} {wanted}", suits, times=at_service(service))

    def time_between_services(self, party: Party) -> None:
        """Find a slot that belongs to no service period, at which the party finds a table."""
        self._choose("time between lunch and dinner", self._room_for(party), times=between_services)

    def time_dinner_begins(self, party: Party) -> None:
        """Find a slot at the very time at which dinner begins, at which the party finds a table."""
        self._choose("time at which dinner begins", self._room_for(party), times=begins_dinner)

    def time_before_dinner(self, party: Party) -> None:
        """Find a slot at the last time before dinner begins, at which the party finds a table."""
        self._choose("time before dinner begins", self._room_for(party), times_of=last_before_dinner)

    def weekday_with_room(self, weekday: int, party: Party) -> None:
        """Find a slot on the next such weekdays at which the party finds a table."""
        days = self._state.slots.days_ahead(lambda day: day.weekday() == weekday)
        self._choose(f"open {WEEKDAYS[weekday]}", self._room_for(party), dates=days)

    def day_of_clock_change(self, season: str, party: Party) -> None:
        """Find a slot on the day on which the restaurant's clocks change, at which the party finds a table."""
        state = self._state
        day = clock_change(state.restaurant.timezone, season, state.slots.today)
        self._choose(f"day its clocks change in {season}", self._room_for(party), dates=[day])

    def empty_house(self) -> None:
        """Find a slot at which nobody has any table."""
        self._choose("time at which the house is empty", _is_empty)

    def closed_day(self) -> None:
        """Find the next day on which the restaurant says it is closed, at a time of an open day."""
        self._choose("open day", _as_it_may_be)
        slot = self._state.the_slot()
        self._state.slot = Slot(self._state.slots.closed_day(), slot.time, slot.zone)

    def _room_for(self, party: Party) -> Suits:
        return has_room_for(party.size(self._state.tables))

    def _choose(self, wanted: str, suits: Suits, **limits: Any) -> None:
        """Find the scenario's slot; where this run's own resting guests may be in the way, they go first."""
        finder = self._state.slots
        try:
            self._state.slot = finder.find(wanted, suits, **limits)
        except NotAtThisRestaurant:
            raise
        except ScenarioNotPossible:
            if not self._session.make_room():
                raise
            self._state.slot = finder.find(wanted, suits, **limits)

    def look_through_books(self) -> None:
        """Learn what is wrong among the bookings of the scenario's day before anybody books; the run reports it."""
        session, state = self._session, self._state
        place, date = state.restaurant, state.the_slot().date
        state.wrong_before = house_in_order(session.database.of_day(place.id, date), place.timezone)
        for breach in state.wrong_before:
            sentence = f"{place.name}, {quoted(date)}: {breach}"
            session.wrong_before[session.sanitizer.text(sentence)] = None
            session.stream.note(f"wrong before anybody booked: {sentence}", code=breach.code)

    # -- tables taken ----------------------------------------------------------------------------------------------

    def full_house(self, *, leave: int) -> None:
        """Find an empty house and let guests take all its tables but `leave`."""
        state, bookings = self._state, self._bookings
        self.empty_house()
        self._act.fill_house()
        seated = [booking for booking in state.bookings if bookings.seated(booking)]
        if self._session.cleaner.cancels:
            # The last one got no table; it goes, so that only the tables stand between the next guest and a seat.
            for booking in state.bookings[len(seated) :]:
                self._act.changes.undo(booking)
        for booking in self._for_two(seated)[:leave]:
            self._act.changes.undo(booking)
        state.tables_wanted = frozenset(
            table.table_id for booking in seated[:1] for table in bookings.row(booking).tables
        )

    def _for_two(self, seated: Sequence[TrackedBooking]) -> list[TrackedBooking]:
        """Those at one table for two or more, the smallest first; raises NotAtThisRestaurant where none is."""
        rows = {id(booking): self._bookings.row(booking) for booking in seated}
        fitting = [booking for booking in seated if len(rows[id(booking)].tables) == 1 and booking.request.party >= 2]
        if not fitting:
            raise NotAtThisRestaurant(f"{self._state.restaurant.name} has no table for two guests or more.")
        return sorted(fitting, key=lambda booking: rows[id(booking)].capacity)

    def occupied(self, seats: int, time: datetime.time) -> None:
        """Let parties of just this size take every table of that size, on a day with an empty house that seats guests
        again when they have left.
        """
        state = self._state
        wanted = [table for table in state.tables if table.capacity == seats and table.takes(seats)]
        if not wanted:
            raise NotAtThisRestaurant(f"{state.restaurant.name} has no table for {seats}.")
        free_at = later(time, table_stay(time, seats))

        def in_time(day: Schedule) -> TimeWanted:
            again = any(slot.value >= free_at for slot in day.open_slots())
            return lambda slot: again and slot.value == time

        wish = f"day with an empty house at {time:%H:%M} that seats guests again when those have left"
        self._choose(wish, _is_empty, times_of=in_time)
        for _ in wanted:
            self._bookings.confirmed(self._act.submit_at_pace(self._act.request(seats)))
        state.tables_wanted = frozenset(table.id for table in wanted)

    # -- the demo's switches ---------------------------------------------------------------------------------------

    def switch(self, **flags: Any) -> None:
        """Switch features of the demo for this scenario; they are put back at its end."""
        self._state.switched = True
        self._session.demo().set_flags(**flags)

    def hours(self, opens: datetime.time | None, closes: datetime.time | None) -> None:
        """Give the scenario's day hours of its own on the demo, put back at the scenario's end; None closes it."""
        self._state.switched = True
        date = self._state.the_slot().date
        self._session.demo().set_date(self._state.restaurant.slug, date, opens, closes)

    def closed_elsewhere(self, kind: str) -> None:
        """Close the demo's restaurant of this kind on the scenario's day, until the scenario's end."""
        self._state.switched = True
        session = self._session
        slug = session.target.restaurant_slug(kind) or self._state.restaurant.slug
        session.demo().set_date(slug, self._state.the_slot().date, None, None)

    def local_time(self, time: datetime.time) -> None:
        """Set the clock to this time at the restaurant, on a day so late that no other scenario books near it."""
        day = self._state.slots.today + (FARTHEST_DAY + 1) * ONE_DAY
        self._state.set_clock(datetime.datetime.combine(day, time, ZoneInfo(self._state.restaurant.timezone)))

    def time_before_slot(self, before: datetime.timedelta) -> None:
        """Set the clock to shortly before a slot at which the house is empty."""
        self.empty_house()
        self._state.set_clock(self._state.the_slot().start_at - before)

    def booking_limit(self, a_minute: int) -> None:
        """Let one address ask this many times a minute."""
        self.switch(bookings_a_minute=a_minute)
        self._state.bookings_a_minute = a_minute


def _as_it_may_be(_: Seating) -> bool:
    """Full or empty."""
    return True


def _is_empty(house: Seating) -> bool:
    """Whether nobody has any table."""
    return house.empty
