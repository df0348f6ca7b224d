"""Sentences about many guests at the same moment, and one guest who asks too often."""

from __future__ import annotations

from typing import Any

from behave import then, when

from bookingflow.testdata.parties import Party


@when("{count:d} parties of {party:Party} book that time at the same moment")
def book_together(context: Any, count: int, party: Party) -> None:
    """Each a guest of its own, all sent at once."""
    world = context.world
    world.book_together([world.request(party) for _ in range(count)])


@when("guests of many sizes book that time one after the other, each with other wishes")
def book_in_a_row(context: Any) -> None:
    """Parties as large as the tables are, up to ten."""
    context.world.crowds.book_in_a_row()


@then("each booking is right to the last detail")
def right_to_the_last_detail(context: Any) -> None:
    """What the guest told, was answered, and is kept for the guest."""
    context.world.promises.whole.to_the_last_detail()


@when("I send the same booking {count:d} times at the same moment")
def send_together(context: Any, count: int) -> None:
    """One request with one key, sent at once over so many connections."""
    world = context.world
    world.book_together([world.request(Party("2 guests"))] * count, key=world.new_key())


@then("all of them are confirmed with a table within {seconds:g}s")
def all_confirmed(context: Any, seconds: float) -> None:  # noqa: ARG001 - read before the booking
    """Every one of those sent together."""
    for followed in context.world.scene.together:
        context.world.promises.outcome.confirmed(followed)


@then("exactly one of them is confirmed with a table within {seconds:g}s")
def exactly_one_confirmed(context: Any, seconds: float) -> None:  # noqa: ARG001 - read before the booking
    """One, neither none nor two."""
    context.world.promises.crowd.exactly_confirmed(1)


@then("the others wait with a reason")
def others_wait(context: Any) -> None:
    """Those that are not confirmed."""
    context.world.promises.crowd.others_wait()


@then("everybody is answered")
def everybody_answered(context: Any) -> None:
    """Nobody meets an error."""
    context.world.promises.crowd.answered()


@then("everybody is confirmed with a table, or waits with a reason, within {seconds:g}s")
def confirmed_or_waiting(context: Any, seconds: float) -> None:  # noqa: ARG001 - read before the booking
    """Nobody in between."""
    context.world.promises.crowd.others_wait()


@when("I ask for bookings until I am told to wait")
def ask_too_often(context: Any) -> None:
    """Requests that are refused anyway, so that none is stored, until the limit is met; then a proper one."""
    context.world.crowds.exceed_limit()


@then("I am told how many seconds to wait")
def told_to_wait(context: Any) -> None:
    """A number of seconds, in the place agreed for it."""
    context.world.promises.crowd.told_to_wait()


@when("I look up a stranger's bookings until I am told to wait")
def look_up_too_often(context: Any) -> None:
    """A contact that nobody has."""
    context.world.crowds.look_up_too_often()


@then("nobody can try out contacts without end")
def lookups_limited(context: Any) -> None:
    """Told to wait, and for how long."""
    context.world.promises.crowd.lookups_limited()


@when("I wait as long as I was told")
def wait_as_told(context: Any) -> None:
    """Until the platform's own clock is so much later."""
    context.world.crowds.wait_as_told()


@when("a guest at another address books {party:Party} for that time")
def book_from_elsewhere(context: Any, party: Party) -> None:
    """Somebody else."""
    world = context.world
    world.change_address()
    world.book(world.request(party))
