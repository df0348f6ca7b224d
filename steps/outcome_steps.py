"""Sentences about what becomes of a booking."""

from __future__ import annotations

from typing import Any

from behave import then


@then("it is confirmed with a table within {seconds:g}s")
@then("it is confirmed with a table")
def is_confirmed(context: Any, seconds: float | None = None) -> None:  # noqa: ARG001 - read before the booking
    """Confirmed and at least one table, twice seen, before the deadline."""
    context.world.promises.outcome.confirmed()


@then("both are confirmed with a table within {seconds:g}s")
def both_confirmed(context: Any, seconds: float) -> None:  # noqa: ARG001 - read before the booking
    """Every booking of the scenario is confirmed."""
    for followed in context.world.scene.bookings:
        context.world.promises.outcome.confirmed(followed)


@then("it is confirmed anew with a table within {seconds:g}s")
def is_confirmed_anew(context: Any, seconds: float) -> None:
    """After a change: stored, seated and held for the new stay."""
    context.world.promises.outcome.confirmed_anew(seconds)


@then("the answer itself says that it is {status}")
@then("the answer says that it is {status}")
def answer_says(context: Any, status: str) -> None:
    """What the guest reads first."""
    context.world.promises.outcome.answered(status)


@then("I get an answer within {seconds:g}s")
def gets_answer(context: Any, seconds: float) -> None:  # noqa: ARG001 - read before the booking
    """Something a guest can read, in time."""
    context.world.promises.outcome.gets_answer()


@then("the answer tells what is stored")
def answer_tells_what_is_stored(context: Any) -> None:
    """No difference between what the guest reads and what the restaurant has."""
    context.world.promises.outcome.answer_matches()


@then("it stays so for {seconds:g}s")
def stays_so(context: Any, seconds: float) -> None:
    """Watched, not slept over."""
    context.world.promises.outcome.stays_confirmed(seconds)


@then("its history tells of one confirmation")
def confirmed_once(context: Any) -> None:
    """One change to confirmed, no more."""
    context.world.promises.outcome.confirmed_once()


@then("it stays pending with a reason within {seconds:g}s")
def stays_pending_with_reason(context: Any, seconds: float) -> None:  # noqa: ARG001 - read before the booking
    """No table, and the platform says why."""
    context.world.promises.outcome.pending_with_reason()


@then("it stays pending within {seconds:g}s")
def stays_pending(context: Any, seconds: float) -> None:  # noqa: ARG001 - read before the booking
    """Neither confirmed nor given up."""
    context.world.promises.outcome.pending()


@then("the background job is reported as disabled")
def job_reported_disabled(context: Any) -> None:
    """Disabled, which is not a time-out."""
    context.world.promises.outcome.ended_as("background_job_disabled")


@then("the background job confirmed it")
def job_confirmed(context: Any) -> None:
    """Confirmed, and not by the inline attempt."""
    context.world.promises.outcome.ended_as("confirmed_background")


@then("the background job changes nothing about it")
def job_changes_nothing(context: Any) -> None:
    """Run for a booking that is confirmed already."""
    world = context.world
    before = world.promises.outcome.row(world.scene.booking)
    world.run_job(world.scene.booking)
    world.promises.outcome.unchanged(world.scene.booking, before)


@then("the platform gave up after one attempt")
def one_attempt(context: Any) -> None:
    """By what the platform noted itself."""
    context.world.promises.outcome.gave_up_after_one_attempt()


@then("it is cancelled and holds no table")
@then("the first booking is cancelled and holds no table")
def cancelled_without_table(context: Any) -> None:
    """Cancelled for good, with everything given back."""
    context.world.promises.outcome.cancelled(context.world.scene.first)
