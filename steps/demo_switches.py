"""Sentences that switch the demo platform; their scenarios declare `@uses.demo`."""

from __future__ import annotations

import datetime

from behave import given

from steps.context import Context


@given("the restaurant does not assign tables at once")
def switch_inline_off(context: Context) -> None:
    """No assignment inside the answer, and no job of the platform's own."""
    context.arrange.switch(auto_assign=False)


@given("there is no background job")
def switch_job_off(context: Context) -> None:
    """The job's endpoint says that it is switched off."""
    context.arrange.switch(job_endpoint=False)


@given("the restaurant does not join tables")
def switch_merges_off(context: Context) -> None:
    """One table a party."""
    context.arrange.switch(merges=False)


@given("finding a table takes longer than the answer may")
def slow_assignment(context: Context) -> None:
    """The inline attempt is given up; its transaction commits later."""
    context.arrange.switch(inline_timeout_ms=200, assignment_delay_ms=600)


@given("the restaurant goes on looking for tables")
def retrying_job(context: Context) -> None:
    """The platform's own job tries again every half second, for a while."""
    context.arrange.switch(job_max_retries=4, job_retry_delays_ms=[500])


@given("nobody else asks it to look")
def leave_it_to_the_platform(context: Context) -> None:
    """The job's endpoint is switched off: what the platform's own job does is not done by this suite."""
    context.arrange.switch(job_endpoint=False)


@given("one address may ask {requests:Count} times a minute")
def booking_limit(context: Context, requests: int) -> None:
    """Fewer than always: the limit is met sooner."""
    context.arrange.booking_limit(requests)


@given("it is {time:Clock} at the restaurant")
def local_time(context: Context, time: datetime.time) -> None:
    """On a day so late that no other scenario books it."""
    context.arrange.local_time(time)


@given("it is 9 minutes before a bookable time")
def about_to_arrive(context: Context) -> None:
    """The clock stands right before a slot at which the house is empty; the platform looks once from 10 minutes on."""
    context.arrange.time_before_slot(datetime.timedelta(minutes=9))


@given("the restaurant is closed on that day")
def close_day(context: Context) -> None:
    """A date of its own, closed."""
    context.arrange.hours(None, None)


@given("the restaurant {kind:Kind} is closed on that day")
def close_day_elsewhere(context: Context, kind: str) -> None:
    """A date of its own, closed, at another restaurant than the scenario's."""
    context.arrange.closed_elsewhere(kind)


@given("the restaurant is open from {opens:Clock} to {closes:Clock} on that day")
def open_from_to(context: Context, opens: datetime.time, closes: datetime.time) -> None:
    """A date of its own, whatever its weekday's hours are."""
    context.arrange.hours(opens, closes)
