"""Sentences about the restaurant and the day and time a scenario plays at; they book nothing."""

from __future__ import annotations

import datetime
from typing import Any

from behave import given, then

from bookingflow.platform.seating import Seating
from bookingflow.platform.slots import Slot, has_room_for, has_room_for_each, has_table_of
from bookingflow.testdata import moments
from bookingflow.testdata.booking_details import AREAS
from bookingflow.testdata.parameter_types import WEEKDAYS
from bookingflow.testdata.parties import Party


@given("the demo restaurant")
def use_the_restaurant(context: Any) -> None:
    """The restaurant of the settings; the demo restaurant unless they name another."""
    context.world.stream.note(f"at {context.world.restaurant.name}", restaurant=context.world.restaurant.slug)


@given("the restaurant {kind:Kind}")
def go_to_the_restaurant(context: Any, kind: str) -> None:
    """The demo's restaurant of this kind; on a live platform that of the settings."""
    context.world.go_to(kind)


@given("a day with room for {party:Party}")
def find_day(context: Any, party: Party) -> None:
    """A day on which the party finds a table at the first time, at the last, and at one between."""
    suits = has_room_for(party.size(context.world.tables))
    choose(context, f"day with room for {party}", suits, first_and_last=True)


@given("a time with room for {party:Party}")
def find_room(context: Any, party: Party) -> None:
    """A slot at which the party finds a table, with one to spare."""
    choose(context, f"time with room for {party}", has_room_for(party.size(context.world.tables)))


@given("a time at which a table for just {party:Party} is free")
def find_exact_table(context: Any, party: Party) -> None:
    """A slot at which nobody has to waste a seat."""
    choose(context, f"time at which a table for just {party} is free", has_table_of(party.size(context.world.tables)))


@given("a time with room for {party:Party}, then and half an hour later")
def find_room_later_too(context: Any, party: Party) -> None:
    """A slot at which the party finds a table, as it would half an hour later."""
    suits = has_room_for(party.size(context.world.tables))
    choose(context, f"time with room for {party}, then and half an hour later", suits, also_later=moments.HALF_AN_HOUR)


@given("a {service:Service} time with room for {party:Party}")
def find_room_at(context: Any, service: str, party: Party) -> None:
    """The same, at lunch or at dinner."""
    suits = has_room_for(party.size(context.world.tables))
    choose(context, f"{service} time with room for {party}", suits, times=moments.at_service(service))


@given("a time with a free table {area} for {party:Party}")
def find_room_there(context: Any, area: str, party: Party) -> None:
    """A table in that area, with one to spare where there are so many."""
    suits = has_room_for(party.size(context.world.tables), area=AREAS[area])
    choose(context, f"time with a free table {area} for {party}", suits)


@given("a time with room for {count:d} parties of {party:Party}")
def find_room_for_several(context: Any, count: int, party: Party) -> None:
    """A table for each party."""
    suits = has_room_for_each(count, party.size(context.world.tables))
    choose(context, f"time with room for {count} parties of {party}", suits)


@given("a {service:Service} time with room for {count:d} parties of {party:Party}")
def find_room_for_each(context: Any, service: str, count: int, party: Party) -> None:
    """A table for each party, at lunch or at dinner."""
    suits = has_room_for_each(count, party.size(context.world.tables))
    choose(
        context, f"{service} time with room for {count} parties of {party}", suits, times=moments.at_service(service)
    )


@given("a time between lunch and dinner with room for {party:Party}")
def find_room_between(context: Any, party: Party) -> None:
    """The same, where no service period is."""
    suits = has_room_for(party.size(context.world.tables))
    choose(context, "time between lunch and dinner", suits, times=moments.between_services)


@given("a {weekday:Weekday} with room for {party:Party}")
def find_room_on(context: Any, weekday: int, party: Party) -> None:
    """The same, on the next such weekdays."""
    days = context.world.slots.days_ahead(lambda day: day.weekday() == weekday)
    suits = has_room_for(party.size(context.world.tables))
    choose(context, f"open {WEEKDAYS[weekday]}", suits, dates=days)


@given("the day its clocks change in {season:Season}, with room for {party:Party}")
def find_clock_change(context: Any, season: str, party: Party) -> None:
    """The next such day of the restaurant's own zone."""
    world = context.world
    day = moments.clock_change(world.restaurant.timezone, season, world.slots.today)
    choose(context, f"day its clocks change in {season}", has_room_for(party.size(world.tables)), dates=[day])


@given("a summer day with room for {party:Party}")
def find_summer(context: Any, party: Party) -> None:
    """A day in the middle of the next summer."""
    today = context.world.slots.today
    days = [datetime.date(today.year + (today.month > 6), 7, day) for day in range(8, 22)]
    choose(context, "summer day", has_room_for(party.size(context.world.tables)), dates=days)


@given("a time at which the house is empty")
def find_empty(context: Any) -> None:
    """A slot at which nobody has any table."""
    choose(context, "time at which the house is empty", is_empty)


@given("a day on which it is closed")
def find_closed_day(context: Any) -> None:
    """The next day on which the restaurant says it is closed; the time is one of an open day."""
    choose(context, "open day", is_empty)
    scene = context.world.scene
    scene.slot = Slot(context.world.slots.closed_day(), scene.the_slot().time, scene.the_slot().zone)


@then("the times offered are those of its opening hours")
def offered_as_open(context: Any) -> None:
    """As guests are shown them, on that day."""
    context.world.promises.hours.offered()


@then("each is offered for what is served then")
def offered_as_served(context: Any) -> None:
    """Lunch for lunch, dinner for dinner, and drinks in between."""
    context.world.promises.hours.served()


@then("its calendar shows the days on which it is closed")
def calendar_as_open(context: Any) -> None:
    """Those of the next two weeks."""
    context.world.promises.hours.calendar()


@then("it is in the list of restaurants, with its time zone")
def listed(context: Any) -> None:
    """As guests and partners find it."""
    context.world.promises.hours.listed()


def is_empty(house: Seating) -> bool:
    """Nobody has any table."""
    return house.empty


def choose(context: Any, wanted: str, suits: Any, **limits: Any) -> None:
    """Find the scenario's slot."""
    context.world.scene.slot = context.world.slots.find(wanted, suits, **limits)
