"""Sentences about what is stored, and about refusals, which store nothing."""

from __future__ import annotations

from typing import Any

from behave import then, when

from bookingflow.checks.refusals import REFUSALS, wrong_field
from bookingflow.testdata.parties import Party
from bookingflow.testdata.request_variants import MISTAKES


@then("everything is stored as I told it")
def stored_as_told(context: Any) -> None:
    """The whole booking against the whole request."""
    context.world.promises.stored.as_asked()


@then("it is booked for the time I asked for")
def booked_for_the_time(context: Any) -> None:
    """Day, start and end on the restaurant's wall clock, and the instants."""
    context.world.promises.stored.at_the_time_asked()


@when("I try to book with {mistake:Mistake}")
def book_with_mistake(context: Any, mistake: str) -> None:
    """A proper request with one thing wrong."""
    world = context.world
    request = world.request(Party("2 guests"))
    world.scene.mistake = mistake
    world.book(request, payload=MISTAKES[mistake](request.payload()))


@then("it is refused because of the {fields:Fields}")
def refused_for_fields(context: Any, fields: list[str]) -> None:
    """The refusal names what has to be mended."""
    context.world.promises.stored.refused(wrong_field(*fields))


@then("it is refused because {reason:Reason}")
def refused_because(context: Any, reason: str) -> None:
    """The refusal agreed for this."""
    context.world.promises.stored.refused(REFUSALS[reason])


@then("the refusal names the first and the last time of that day")
def refusal_names_times(context: Any) -> None:
    """What would have been possible."""
    context.world.promises.stored.refusal_names_times()


@then("nothing is stored")
def nothing_stored(context: Any) -> None:
    """Neither under the guest's e-mail nor under the request's key."""
    context.world.promises.stored.nothing()


@then("I am told that it is the same booking")
def told_the_same(context: Any) -> None:
    """The first booking's id, marked as a duplicate."""
    context.world.promises.stored.told_the_same()


@then("there is one booking")
def one_booking(context: Any) -> None:
    """One stored under the key."""
    context.world.promises.stored.one()


@then("there is one booking, and it is as it was")
def one_unchanged_booking(context: Any) -> None:
    """One stored under the key, with everything it had."""
    context.world.promises.stored.one()
    context.world.promises.stored.first_unchanged()


@then("the first booking is as it was")
def first_unchanged(context: Any) -> None:
    """Status, tables and every word."""
    context.world.promises.stored.first_unchanged()
