"""Sentences about making a booking and what becomes of it."""

from __future__ import annotations

from typing import Any

from behave import given, then, when

from bookingflow.slots import parse_time


@given("the demo restaurant")
def use_the_restaurant(context: Any) -> None:
    """The restaurant of the settings; the demo restaurant unless they name another."""
    context.world.stream.note(f"at {context.world.restaurant.name}", restaurant=context.world.restaurant.slug)


@given("a time at which a table for {party:d} is free")
def find_a_slot(context: Any, party: int) -> None:
    """A slot with room, found by looking."""
    context.world.scene.slot = context.world.slots.with_room(party)


@when("I book {party:d} guests tomorrow at {time}")
def book_tomorrow(context: Any, party: int, time: str) -> None:
    """Book by the restaurant's own calendar."""
    world = context.world
    world.book(world.request(party, world.tomorrow_at(parse_time(time))))


@when("I book {party:d} guests for that time")
def book_that_slot(context: Any, party: int) -> None:
    """Book the slot that was found."""
    world = context.world
    world.book(world.request(party, world.scene.slot))


@when("I book what was requested")
def book_as_requested(context: Any) -> None:
    """Book what the settings ask for."""
    context.world.book(context.world.requested())


@then("the answer itself says that it is {status}")
@then("the answer says that it is {status}")
def answer_says(context: Any, status: str) -> None:
    """What the guest reads first."""
    context.world.expect_answer(status)


@then("it is confirmed with a table within {seconds:g}s")
@then("it is confirmed with a table")
def is_confirmed(context: Any, seconds: float | None = None) -> None:  # noqa: ARG001 - read before the booking
    """Confirmed and at least one table, twice seen, before the deadline."""
    context.world.confirmed()


@when("the background job runs twice for it")
def run_job_twice(context: Any) -> None:
    """What a restart or an impatient operator would do."""
    context.world.run_job(times=2)


@then("it holds its tables only once")
def holds_tables_once(context: Any) -> None:
    """No table more than the party needs, each of them once."""
    context.world.expect_tables_once()


@then("the background job confirmed it")
def job_confirmed(context: Any) -> None:
    """Confirmed, and not by the inline attempt."""
    context.world.expect_outcome("confirmed_background")
