"""Sentences about what becomes of a booking."""

from __future__ import annotations

from behave import then

from bookingflow.booking.tracked_booking import Outcome
from bookingflow.promises.confirmation import A_MOMENT_S
from steps.context import Context


@then("it is confirmed with a table {deadline:Within}")
@then("it is confirmed with a table")
def is_confirmed(context: Context, deadline: float | None = None) -> None:  # noqa: ARG001 - read before the booking
    """Confirmed and at least one table, twice seen, before the deadline."""
    context.promises.confirmation.confirmed()


@then("both are confirmed with a table {deadline:Within}")
def both_confirmed(context: Context, deadline: float) -> None:  # noqa: ARG001 - read before the booking
    """Every booking of the scenario is confirmed."""
    context.promises.confirmation.all_confirmed()


@then("it is confirmed anew with a table {deadline:Within}")
def is_confirmed_anew(context: Context, deadline: float) -> None:
    """After a change: stored, seated and held for the new stay."""
    context.promises.confirmation.confirmed_anew(deadline)


@then("the answer itself says that it is {status:Status}")
@then("the answer says that it is {status:Status}")
def answered_status(context: Context, status: str) -> None:
    """What the guest reads first."""
    context.promises.confirmation.answered(status)


@then("I get an answer {deadline:Within}")
def gets_answer(context: Context, deadline: float) -> None:  # noqa: ARG001 - read before the booking
    """Something a guest can read, in time."""
    context.promises.confirmation.gets_answer()


@then("the answer says what is stored")
def answer_matches(context: Context) -> None:
    """No difference between what the guest reads and what the restaurant has."""
    context.promises.confirmation.answer_matches()


@then("it stays so for {seconds:Seconds}s")
@then("it stays so")
def stays_confirmed(context: Context, seconds: float = A_MOMENT_S) -> None:
    """Watched, not slept over."""
    context.promises.confirmation.stays_confirmed(seconds)


@then("its history shows one confirmation")
def confirmed_once(context: Context) -> None:
    """One change to confirmed, no more."""
    context.promises.confirmation.confirmed_once()


@then("it stays pending with a reason {deadline:Within}")
def pending_with_reason(context: Context, deadline: float) -> None:  # noqa: ARG001 - read before the booking
    """No table, and the platform says why."""
    context.promises.confirmation.pending_with_reason()


@then("it stays pending {deadline:Within}")
def pending(context: Context, deadline: float) -> None:  # noqa: ARG001 - read before the booking
    """Neither confirmed nor given up."""
    context.promises.confirmation.pending()


@then("the background job is reported as disabled")
def job_disabled(context: Context) -> None:
    """Disabled, which is not a time-out."""
    context.promises.confirmation.ended_as(Outcome.BACKGROUND_JOB_DISABLED)


@then("the background job confirmed it")
def job_confirmed(context: Context) -> None:
    """Confirmed, and not by the inline attempt."""
    context.promises.confirmation.ended_as(Outcome.CONFIRMED_BACKGROUND)


@then("it is unchanged")
def unchanged(context: Context) -> None:
    """Status and tables as they were before the job ran."""
    context.promises.confirmation.unchanged()


@then("the platform gave up after one attempt")
def gave_up_after_one_attempt(context: Context) -> None:
    """By what the platform noted itself."""
    context.promises.confirmation.gave_up_after_one_attempt()


@then("it is cancelled and holds no table")
@then("the first booking is cancelled and holds no table")
def first_cancelled(context: Context) -> None:
    """Cancelled for good, with everything given back."""
    context.promises.confirmation.first_cancelled()
