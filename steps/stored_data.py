"""Sentences about what is stored, about refusals, which store nothing, and about asking twice."""

from __future__ import annotations

from behave import then

from bookingflow.checks.refusals import REFUSALS, wrong_field
from steps.context import Context


@then("everything is stored as I asked")
def as_asked(context: Context) -> None:
    """The whole booking against the whole request."""
    context.promises.stored_data.as_asked()


@then("it is stored as {occasion:Occasion}, ending after {minutes:Count} minutes")
def stored_occasion(context: Context, occasion: str, minutes: int) -> None:
    """The occasion that the time of day decides, and how long it lasts."""
    context.promises.stored_data.occasion(occasion, minutes)


@then("it is booked for the time I asked for")
def at_the_time_asked(context: Context) -> None:
    """Day, start and end on the restaurant's wall clock, and the instants."""
    context.promises.stored_data.at_the_time_asked()


@then("it is refused because of the {fields:Fields}")
def refused_for_fields(context: Context, fields: list[str]) -> None:
    """The refusal names what has to be mended."""
    context.promises.refusals.refused(wrong_field(*fields))


@then("it is refused because {reason:Reason}")
def refused_because(context: Context, reason: str) -> None:
    """The refusal agreed for this."""
    context.promises.refusals.refused(REFUSALS[reason])


@then("the refusal names the first and the last time of that day")
def names_times(context: Context) -> None:
    """What would have been possible."""
    context.promises.refusals.names_times()


@then("nothing is stored")
def nothing_stored(context: Context) -> None:
    """Neither under the guest's e-mail nor under the request's key."""
    context.promises.refusals.nothing_stored()


@then("the answer says that it is the same booking")
def answered_as_the_same(context: Context) -> None:
    """The first booking's id, marked as a duplicate."""
    context.promises.repeats.answered_as_the_same()


@then("there is one booking")
def one_booking(context: Context) -> None:
    """One stored under the key."""
    context.promises.repeats.one()


@then("it is a booking of its own")
def booking_of_its_own(context: Context) -> None:
    """Not the first one."""
    context.promises.repeats.of_its_own()


@then("the answer lists no booking that was cancelled")
def lists_none_cancelled(context: Context) -> None:
    """Only what stands is shown to the guest as theirs."""
    context.promises.repeats.lists_what_stands()


@then("there is still one booking, unchanged")
def one_unchanged_booking(context: Context) -> None:
    """One stored under the key, with everything it had."""
    context.promises.repeats.one_unchanged()


@then("the first booking is unchanged")
def first_unchanged(context: Context) -> None:
    """Status, tables and every word."""
    context.promises.repeats.first_unchanged()
