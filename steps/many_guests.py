"""Sentences about many guests at the same moment, or in a row."""

from __future__ import annotations

from behave import then, when

from bookingflow.checks.refusals import REFUSALS
from bookingflow.testdata.parties import Party
from steps.context import Context


@when("{count:Count} parties of {party:Party} book that time at the same moment")
def book_together(context: Context, count: int, party: Party) -> None:
    """Each a guest of its own, all sent at once."""
    context.act.book_together([party] * count)


@when("guests book that time at the same moment, {crowd:Crowd} of {party:Party}")
def crowd_books(context: Context, crowd: int, party: Party) -> None:
    """The same, for one party too."""
    context.act.book_together([party] * crowd)


@when("parties of many sizes book that time one after the other, each with other wishes")
def book_in_a_row(context: Context) -> None:
    """Parties as large as the tables are, up to ten."""
    context.act.book_in_a_row()


@then("each booking is right to the last detail")
def right_to_the_last_detail(context: Context) -> None:
    """What the guest asked for, was answered, and is kept for the guest."""
    context.promises.completeness.to_the_last_detail()


@when("I send the same booking {count:Count} times at the same moment")
def send_together(context: Context, count: int) -> None:
    """One request with one key, sent at once over so many connections."""
    context.act.send_together(count)


@then("all of them are confirmed with a table {deadline:Within}")
def all_confirmed(context: Context, deadline: float) -> None:  # noqa: ARG001 - read before the booking
    """Every booking of those sent together."""
    context.promises.many_guests.all_confirmed()


@then("exactly one of them is confirmed with a table {deadline:Within}")
def exactly_one_confirmed(context: Context, deadline: float) -> None:  # noqa: ARG001 - read before the booking
    """One, neither none nor two."""
    context.promises.many_guests.exactly_confirmed(1)


@then("the other waits with a reason")
def other_waits(context: Context) -> None:
    """The one that is not confirmed."""
    context.promises.many_guests.others_wait()


@then("everybody is answered")
def everybody_answered(context: Context) -> None:
    """Nobody meets an error."""
    context.promises.many_guests.answered()


@then("everybody is confirmed with a table, or waits with a reason, {deadline:Within}")
def confirmed_or_waiting(context: Context, deadline: float) -> None:  # noqa: ARG001 - read before the booking
    """Nobody in between."""
    context.promises.many_guests.others_wait()


@then("everybody is refused because {reason:Reason}")
def everybody_refused(context: Context, reason: str) -> None:
    """Each of those who booked together, the way it was agreed."""
    context.promises.refusals.everybody_refused(REFUSALS[reason])


@then("none of them is taken")
def none_taken(context: Context) -> None:
    """Whatever else the platform says to them."""
    context.promises.refusals.none_taken()
