"""Sentences about tables: which ones, how many, for how long, and whose."""

from __future__ import annotations

import datetime

from behave import given, then, when

from steps.context import Context


@given("every table for {seats:Count} is taken at {time:Clock} on an otherwise empty day")
def occupied(context: Context, seats: int, time: datetime.time) -> None:
    """Parties of just that size, until those tables are taken."""
    context.arrange.occupied(seats, time)


@given("a time at which every table is taken")
def full_house(context: Context) -> None:
    """A slot with an empty house, then booked by made-up guests until nobody more is seated."""
    context.arrange.full_house(leave=0)


@given("a time at which one table is left")
def nearly_full_house(context: Context) -> None:
    """The same, with one table given back."""
    context.arrange.full_house(leave=1)


@given("its books of that day are looked through")
def look_through_books(context: Context) -> None:
    """What is wrong in them already is named, and held against nobody who books now."""
    context.arrange.look_through_books()


@when("guests book for that time until nobody more is seated")
def fill_house(context: Context) -> None:
    """Made-up guests, table by table."""
    context.act.fill_house()


@then("its tables seat everybody")
def seat_everybody(context: Context) -> None:
    """Enough seats, at tables that stand together."""
    context.promises.tables.seat_everybody()


@then("no seat at its table stays empty")
def fit_exactly(context: Context) -> None:
    """One table of just the party's size."""
    context.promises.tables.fit_exactly()


@then("one seat at its table stays empty at most")
def fit_closely(context: Context) -> None:
    """One table of the party's size, or with one seat more."""
    context.promises.tables.fit_closely()


@then("it has a table {area:Area}")
def stand(context: Context, area: str) -> None:
    """Every table of it stands there."""
    context.promises.tables.stand(area)


@then("its table is kept for its whole stay")
def held_for_the_stay(context: Context) -> None:
    """From the arrival for as long as such a party stays, no shorter, no longer."""
    context.promises.tables.held_for_the_stay()


@then("it holds no more tables than it needs")
def needed(context: Context) -> None:
    """No table more than the party needs, each of them once."""
    context.promises.tables.needed()


@then("it holds no table")
def no_table(context: Context) -> None:
    """No table, and nothing on hold for it."""
    context.promises.tables.none()


@then("nothing else is held for it")
def nothing_else_held(context: Context) -> None:
    """No table on hold, no reservation beyond its tables, and none kept from others."""
    context.promises.tables.nothing_else_held()


@then("no table is given twice")
def none_twice(context: Context) -> None:
    """On that day of that restaurant, whichever guest booked."""
    context.promises.tables.none_twice()


@then("its books of that day are in order, but for what was wrong before")
def books_in_order(context: Context) -> None:
    """No table twice, nobody confirmed without one, and each table kept from when to when."""
    context.promises.tables.in_order_but_for_before()


@then("it gets one of the freed tables")
def one_of_those(context: Context) -> None:
    """A table that was taken before."""
    context.promises.tables.one_of_those()


@then("every table is taken")
def all_taken(context: Context) -> None:
    """No table of the inventory without a guest."""
    context.promises.tables.all_taken()
