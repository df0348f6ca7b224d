"""Sentences about making, changing and cancelling bookings, and running the job for them."""

from __future__ import annotations

import datetime
from typing import Literal

from behave import when

from bookingflow.testdata.moments import Moment
from bookingflow.testdata.parameter_types import RESTAURANT_NAMES
from bookingflow.testdata.parties import Party
from steps.context import Context


@when("I book {party:Party} tomorrow at {time:Clock}")
def book_tomorrow(context: Context, party: Party, time: datetime.time) -> None:
    """Book by the restaurant's own calendar."""
    context.act.book_tomorrow(party, time)


@when("I book {party:Party} today at {time:Clock}")
def book_today(context: Context, party: Party, time: datetime.time) -> None:
    """Book by the restaurant's own calendar."""
    context.act.book_today(party, time)


@when("I book what was requested")
def book_as_requested(context: Context) -> None:
    """Book what the settings ask for, as often as they say."""
    context.act.book_as_requested()


@when("I book {party:Party} for {moment:Moment}")
@when("another guest books {party:Party} for {moment:Moment}")
def book(context: Context, party: Party, moment: Moment) -> None:
    """Book for a time named by what the scenario knows."""
    context.act.book(party, moment)


@when("I book {party:Party} for {moment:Moment}, with these details")
def book_with_details(context: Context, party: Party, moment: Moment) -> None:
    """Book with the details in the table."""
    context.act.book(party, moment, details=context.table)


@when("I book {party:Party} for {moment:Moment}, naming the restaurant by {name:RestaurantName}")
def book_naming_restaurant(context: Context, party: Party, moment: Moment, name: str) -> None:
    """As websites do that know the restaurant in different ways."""
    context.act.book_naming_restaurant(party, moment, RESTAURANT_NAMES[name])


@when("I book {party:Party} for {moment:Moment} with a client that {manner:Manner}")
def book_in_manner(context: Context, party: Party, moment: Moment, manner: str) -> None:
    """The same booking, written in another way."""
    context.act.book_in_manner(party, moment, manner)


@when("I book {party:Party} for {moment:Moment} without a request id")
@when("another guest books {party:Party} for {moment:Moment} without a request id")
def book_without_key(context: Context, party: Party, moment: Moment) -> None:
    """As a simple website does, which could not send the same booking again."""
    context.act.book_without_key(party, moment)


@when("I book {party:Party} for {moment:Moment} with an empty request id")
@when("another guest books {party:Party} for {moment:Moment} with an empty request id")
def book_with_empty_key(context: Context, party: Party, moment: Moment) -> None:
    """As a website does that lost its request's id."""
    context.act.book_with_empty_key(party, moment)


@when("another guest books {party:Party} for {moment:Moment} with the next request id of mine")
def book_with_next_key(context: Context, party: Party, moment: Moment) -> None:
    """As a partner does whose orders are numbered."""
    context.act.book_with_next_key(party, moment)


@when("I book {party:Party} for {moment:Moment} with a request id of my own")
def book_with_own_key(context: Context, party: Party, moment: Moment) -> None:
    """As a partner does that numbers its orders."""
    context.act.book_with_own_key(party, moment)


@when("the same guest books that time once more")
def book_again(context: Context) -> None:
    """The same guest and slot, as a booking of its own."""
    context.act.book_again()


@when("the same guest books half an hour later with another {half:ContactHalf}")
def book_with_new_contact(context: Context, half: str) -> None:
    """A known guest with one half of the contact changed."""
    context.act.book_with_new_contact(half)


@when("the same guest books half an hour later with other wishes")
def book_later(context: Context) -> None:
    """The same contact, another time, name, notes and marketing choice."""
    context.act.book_later()


@when("another guest books {party:Party} at the restaurant {kind:Kind} with the same request id")
def book_there_with_same_key(context: Context, party: Party, kind: str) -> None:
    """As partners do that number their orders from one at each restaurant."""
    context.act.book_there_with_same_key(party, kind)


@when("the same guest books {party:Party} at the restaurant {kind:Kind}")
def book_there_too(context: Context, party: Party, kind: str) -> None:
    """Under the same contact, at a restaurant that does not know it."""
    context.act.book_there_too(party, kind)


@when("another guest books as many guests as the first for {moment:Moment}")
def book_like_the_first(context: Context, moment: Moment) -> None:
    """A party of the same size."""
    context.act.book_like_the_first(moment)


@when("another guest books {party:Party} for the moment those tables are free")
def book_when_free(context: Context, party: Party) -> None:
    """The first bookable time at or after the end of their stay."""
    context.act.book_when_free(party)


@when("I send the same booking again")
def send_again(context: Context) -> None:
    """The same request, with the same key."""
    context.act.send_again()


@when("I send the same booking again with different details")
def send_again_changed(context: Context) -> None:
    """The same key with other content."""
    context.act.send_again_changed()


@when("I book {party:Party} for that time and hang up before the answer")
def book_and_hang_up(context: Context, party: Party) -> None:
    """Send the request and read no answer."""
    context.act.book_and_hang_up(party)


@when("I try to book with {mistake:Mistake}")
def book_with_mistake(context: Context, mistake: str) -> None:
    """A proper request with one thing wrong."""
    context.act.book_with_mistake(mistake)


@when("I try {count:Count} times to book with {mistake:Mistake}")
def book_with_mistake_often(context: Context, count: int, mistake: str) -> None:
    """The same mistake, one request after the other."""
    context.act.book_with_mistake(mistake, times=count)


@when("I cancel my booking")
def cancel_mine(context: Context) -> None:
    """As a guest who has signed in can."""
    context.act.changes.cancel_first("guest")


@when("I cancel the second booking")
def cancel_second(context: Context) -> None:
    """As a guest who has signed in can."""
    context.act.changes.cancel_last("guest")


@when("the {who:Canceller} cancels the first booking")
def cancel_first(context: Context, who: Literal["staff", "guest"]) -> None:
    """As the restaurant's staff, or the guest, does."""
    context.act.changes.cancel_first(who)


@when("I change it to {party:Party}")
def come_with(context: Context, party: Party) -> None:
    """Change the number of guests, as a guest who has signed in can."""
    context.act.changes.come_with(party)


@when("I change it to {moment:Moment}")
def come_at(context: Context, moment: Moment) -> None:
    """Change the time, as a guest who has signed in can."""
    context.act.changes.come_at(moment)


@when("another guest cancels and the restaurant moves the first booking to that table")
def move_first(context: Context) -> None:
    """A table of the same size becomes free, and the first guests are put there."""
    context.act.changes.move_first()


@when("my booking is cancelled")
def undo_first(context: Context) -> None:
    """By the way set up for that (BOOKING_CLEANUP)."""
    context.act.changes.undo_first()


@when("the background job runs for it")
def run_job(context: Context) -> None:
    """As the platform, or an operator, does."""
    context.act.run_job()


@when("the background job runs twice for it")
def run_job_twice(context: Context) -> None:
    """As a restart, or an impatient operator, would have it."""
    context.act.run_job(times=2)
