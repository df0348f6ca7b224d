"""Sentences about the restaurant, the day and time a scenario plays at, and the hours that guests are shown."""

from __future__ import annotations

from behave import given, then, when

from bookingflow.testdata.parties import Party
from steps.context import Context


@given("the demo restaurant")
@given("the restaurant")
def at_home(context: Context) -> None:
    """The restaurant of the settings; the demo restaurant unless they name another."""
    context.arrange.at_home()


@given("the restaurant {kind:Kind}")
def go_to(context: Context, kind: str) -> None:
    """The demo's restaurant of this kind; on a live platform that of the settings."""
    context.arrange.go_to(kind)


@given("a day with room for {party:Party}")
def day_with_room(context: Context, party: Party) -> None:
    """A day on which the party finds a table at the first time, at the last, and at one between."""
    context.arrange.day_with_room(party)


@given("a time with room for {party:Party}")
def time_with_room(context: Context, party: Party) -> None:
    """A slot at which the party finds a table, with one to spare."""
    context.arrange.time_with_room(party)


@given("a time at which a table for just {party:Party} is free")
def time_with_table_of(context: Context, party: Party) -> None:
    """A slot at which nobody has to waste a seat."""
    context.arrange.time_with_table_of(party)


@given("a time at which a table with one seat more than {party:Party} need is free")
def time_with_table_for_one_more(context: Context, party: Party) -> None:
    """A slot at which nobody has to waste more than that seat."""
    context.arrange.time_with_table_for_one_more(party)


@given("a time with room for {count:Count} parties of {party:Party}, then and half an hour later")
def time_with_room_twice(context: Context, count: int, party: Party) -> None:
    """A slot at which each party finds a table, as it would half an hour later, or at the next time after that."""
    context.arrange.time_with_room_twice(count, party)


@given("a {service:Service} time with room for {party:Party}")
def time_at_service(context: Context, service: str, party: Party) -> None:
    """The same, at lunch or at dinner."""
    context.arrange.time_at_service(service, party)


@given("a time with a free table {area:Area} for {party:Party}")
def time_with_table_in(context: Context, area: str, party: Party) -> None:
    """A table in that area, with one to spare where there are so many."""
    context.arrange.time_with_table_in(area, party)


@given("a time with room for {count:Count} parties of {party:Party}")
def time_with_room_for_several(context: Context, count: int, party: Party) -> None:
    """A table for each party."""
    context.arrange.time_with_room_for_several(count, party)


@given("a {service:Service} time with room for {count:Count} parties of {party:Party}")
def service_with_room_for_several(context: Context, service: str, count: int, party: Party) -> None:
    """A table for each party, at lunch or at dinner."""
    context.arrange.time_with_room_for_several(count, party, service)


@given("the last time before dinner begins, with room for {party:Party}")
def time_before_dinner(context: Context, party: Party) -> None:
    """The last time that is no dinner yet."""
    context.arrange.time_before_dinner(party)


@given("a time at which dinner begins, with room for {party:Party}")
def time_dinner_begins(context: Context, party: Party) -> None:
    """The first time that is no lunch any more."""
    context.arrange.time_dinner_begins(party)


@given("a time between lunch and dinner with room for {party:Party}")
def time_between_services(context: Context, party: Party) -> None:
    """The same, where no service period is."""
    context.arrange.time_between_services(party)


@given("a {weekday:Weekday} with room for {party:Party}")
def weekday_with_room(context: Context, weekday: int, party: Party) -> None:
    """The same, on the next such weekdays."""
    context.arrange.weekday_with_room(weekday, party)


@given("the day its clocks change in {season:Season}, with room for {party:Party}")
def day_of_clock_change(context: Context, season: str, party: Party) -> None:
    """The next such day of the restaurant's own zone."""
    context.arrange.day_of_clock_change(season, party)


@given("a time at which the house is empty")
def empty_house(context: Context) -> None:
    """A slot at which nobody has any table."""
    context.arrange.empty_house()


@given("a day on which it is closed")
def closed_day(context: Context) -> None:
    """The next day on which the restaurant says it is closed; the time is one of an open day."""
    context.arrange.closed_day()


@then("a guest who names no day is shown the restaurant's today")
def todays(context: Context) -> None:
    """By the restaurant's own calendar."""
    context.promises.opening_hours.todays()


@when("I ask for the times of {whose:Nobody}")
def ask_for_times(context: Context, whose: str) -> None:
    """As a guest does whose link is wrong."""
    context.act.unauthenticated.ask_for_times(whose)


@then("no times are shown")
def no_times_shown(context: Context) -> None:
    """Neither another restaurant's nor another day's."""
    context.promises.opening_hours.no_times_shown()


@then("the times offered are those of its opening hours")
def offered_as_open(context: Context) -> None:
    """As guests are shown them, on that day."""
    context.promises.opening_hours.offered()


@then("the times offered a week later are those of its opening hours")
def offered_as_open_later(context: Context) -> None:
    """As guests are shown them, on the same weekday."""
    context.promises.opening_hours.offered(days_later=7)


@then("each is offered for what is served then")
def offered_as_served(context: Context) -> None:
    """Lunch for lunch, dinner for dinner, and drinks in between."""
    context.promises.opening_hours.served()


@then("its calendar shows the days on which it is closed")
def calendar_as_open(context: Context) -> None:
    """Those of the next two weeks."""
    context.promises.opening_hours.calendar()


@then("it is in the list of restaurants, with its time zone")
def listed(context: Context) -> None:
    """As guests and partners find it."""
    context.promises.opening_hours.listed()
