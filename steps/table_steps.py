"""Sentences about tables: which ones, how many, for how long, and whose."""

from __future__ import annotations

from typing import Any

from behave import given, then, when

from bookingflow.testdata.booking_details import AREAS
from bookingflow.testdata.moments import Moment


@then("its tables seat everybody")
def seats_everybody(context: Any) -> None:
    """Enough seats, at tables that stand together."""
    context.world.promises.tables.seat_everybody()


@then("no seat at its table stays empty")
def no_waste(context: Any) -> None:
    """One table of just the party's size."""
    context.world.promises.tables.fit_exactly()


@then("it has a table {area}")
def sits(context: Any, area: str) -> None:
    """Every table of it stands there."""
    context.world.promises.tables.stand(AREAS[area])


@then("its table is kept for its whole stay")
def kept_for_stay(context: Any) -> None:
    """From the arrival for as long as such a party stays, no shorter, no longer."""
    context.world.promises.tables.held_for_the_stay()


@then("it holds no more tables than it needs")
def holds_tables_once(context: Any) -> None:
    """No table more than the party needs, each of them once."""
    context.world.promises.tables.needed()


@then("it holds no table")
def holds_no_table(context: Any) -> None:
    """No table, and nothing on hold for it."""
    context.world.promises.tables.none()


@then("nothing else is held for it")
def nothing_else_held(context: Any) -> None:
    """No table on hold, no reservation beyond its tables, and none kept from others."""
    context.world.promises.tables.nothing_else_held()


@then("no table is given twice")
def no_table_twice(context: Any) -> None:
    """On that day of that restaurant, whoever booked."""
    context.world.promises.tables.none_twice()


@given("guests at every table for {seats:d} at {time:Clock} on a day of its own")
def occupy_tables(context: Any, seats: int, time: Any) -> None:
    """Parties of just that size, until those tables are taken."""
    context.world.crowds.occupy(seats, time)


@when("another guest books {party:d} guests for the moment those tables are free")
def book_when_free(context: Any, party: int) -> None:
    """The first bookable time at or after the end of their stay."""
    world = context.world
    world.book(world.request(party, world.crowds.when_free()))


@then("it has one of those tables")
def has_one_of_those(context: Any) -> None:
    """A table that was taken before."""
    context.world.promises.tables.one_of_those()


@given("a time at which every table is taken")
def full_house(context: Any) -> None:
    """A slot with an empty house, then booked by made-up guests until nobody more is seated."""
    context.world.crowds.fill_house(leave=0)


@given("a time at which one table is left")
def nearly_full_house(context: Any) -> None:
    """The same, with one table given back."""
    context.world.crowds.fill_house(leave=1)


@when("guests book for that time until nobody more is seated")
def fill_that_time(context: Any) -> None:
    """Made-up guests, table by table."""
    context.world.crowds.fill()


@then("every table is taken")
def every_table_taken(context: Any) -> None:
    """No table of the inventory without a guest."""
    context.world.promises.tables.all_taken()


@when("another guest books as many guests as the first for {moment:Moment}")
def book_like_the_first(context: Any, moment: Moment) -> None:
    """A party of the same size."""
    world = context.world
    party = world.scene.first.request.party
    world.book(world.request(party, moment.slot(world.slots, world.scene.the_slot())))
