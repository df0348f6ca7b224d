"""Sentences about guests who ask too often."""

from __future__ import annotations

from behave import then, when

from bookingflow.testdata.parties import Party
from steps.context import Context


@when("I ask for bookings until I am told to wait")
def exceed_limit(context: Context) -> None:
    """Requests that are refused anyway, so that none is stored, until the limit is met; then a proper one."""
    context.act.rate_limit.exceed_limit()


@then("I am told how many seconds to wait")
def asked_to_wait(context: Context) -> None:
    """A number of seconds, in the place agreed for it."""
    context.promises.rate_limit.asked_to_wait()


@when("I look up strangers' bookings again and again")
def look_up_too_often(context: Context) -> None:
    """A contact that nobody has."""
    context.act.rate_limit.look_up_too_often()


@then("I am told to wait before I can look up more")
def lookups_limited(context: Context) -> None:
    """Asked to wait, and for how long."""
    context.promises.rate_limit.lookups_limited()


@when("I wait as long as I was told")
def wait_as_asked(context: Context) -> None:
    """Until the platform's own clock is that much later."""
    context.act.rate_limit.wait_as_asked()


@when("a guest at another address books {party:Party} for that time")
def book_from_elsewhere(context: Context, party: Party) -> None:
    """Somebody else."""
    context.act.book_from_elsewhere(party)
