"""Sentences about making bookings."""

from __future__ import annotations

import datetime
from typing import Any

from behave import when

from bookingflow.platform.slots import Slot, parse_time
from bookingflow.testdata.moments import Moment
from bookingflow.testdata.parameter_types import RESTAURANT_NAMES
from bookingflow.testdata.parties import Party
from bookingflow.testdata.request_variants import MANNERS


@when("I book {party:d} guests tomorrow at {time}")
def book_tomorrow(context: Any, party: int, time: str) -> None:
    """Book by the restaurant's own calendar."""
    world = context.world
    world.book(world.request(party, world.tomorrow_at(parse_time(time))))


@when("I book {party:d} guests today at {time:Clock}")
def book_today(context: Any, party: int, time: datetime.time) -> None:
    """Book by the restaurant's own calendar."""
    world = context.world
    world.book(world.request(party, Slot(world.slots.today, time, world.restaurant.timezone)))


@when("I book what was requested")
def book_as_requested(context: Any) -> None:
    """Book what the settings ask for, as often as they say."""
    context.world.book_as_requested()


@when("I book {party:Party} for {moment:Moment}")
@when("another guest books {party:Party} for {moment:Moment}")
def book_moment(context: Any, party: Party, moment: Moment) -> None:
    """Book for a time named by what the scenario knows."""
    world = context.world
    world.book(world.request(party, moment.slot(world.slots, world.scene.the_slot())))


@when("I book {party:Party} for {moment:Moment}, telling")
def book_telling(context: Any, party: Party, moment: Moment) -> None:
    """Book, and tell what stands in the table."""
    world = context.world
    told = [(row["what"], row["words"]) for row in context.table]
    world.book(world.request(party, moment.slot(world.slots, world.scene.the_slot()), told=told))


@when("I book {party:Party} for {moment:Moment}, naming the restaurant by {name:RestaurantName}")
def book_by_name(context: Any, party: Party, moment: Moment, name: str) -> None:
    """As websites do that know the restaurant in different ways."""
    world = context.world
    request = world.request(party, moment.slot(world.slots, world.scene.the_slot()))
    world.book(request.model_copy(update=RESTAURANT_NAMES[name](world.restaurant)))


@when("I book {party:Party} for {moment:Moment} on a website that {manner:Manner}")
def book_in_a_manner(context: Any, party: Party, moment: Moment, manner: str) -> None:
    """The same booking, written in another way; its guest has nothing to note, and no wish for news."""
    world, slot = context.world, moment.slot(context.world.slots, context.world.scene.the_slot())
    request = world.request(party, slot, notes=None, marketing_opt_in=False)
    world.book(request, payload=MANNERS[manner](request.payload()))


@when("I book {party:Party} for {moment:Moment} without a request number")
@when("another guest books {party:Party} for {moment:Moment} without a request number")
def book_without_key(context: Any, party: Party, moment: Moment) -> None:
    """As a simple website does, which could not send the same booking again."""
    world = context.world
    world.book(world.request(party, moment.slot(world.slots, world.scene.the_slot())), key="")


@when("I book {party:Party} for {moment:Moment} under a request number of my own")
def book_with_own_key(context: Any, party: Party, moment: Moment) -> None:
    """As a partner does that numbers its orders."""
    world = context.world
    request = world.request(party, moment.slot(world.slots, world.scene.the_slot()))
    world.book(request, key=f"order {world.new_key()[:8]}/1")


@when("the same guest books that time once more")
def book_once_more(context: Any) -> None:
    """The same guest and slot, as a booking of its own."""
    context.world.book(context.world.scene.booking.request)


@when("the same guest books half an hour later with another {contact}")
def book_with_news(context: Any, contact: str) -> None:
    """A known guest with one half of the contact changed."""
    world = context.world
    world.book(world.changed_contact(world.scene.booking.request, contact))


@when("I send the same booking again")
def send_again(context: Any) -> None:
    """The same request, with the same key."""
    first = context.world.scene.first
    context.world.book(first.request, key=first.idempotency_key)


@when("I send the same booking again with other words")
def send_again_changed(context: Any) -> None:
    """The same key with other content."""
    first = context.world.scene.first
    changed = first.request.model_copy(update={"notes": "On second thoughts", "party": first.request.party + 1})
    context.world.book(changed, key=first.idempotency_key)


@when("I book {party:Party} for that time and hang up before the answer")
def book_and_hang_up(context: Any, party: Party) -> None:
    """Send the request and read no answer."""
    context.world.book_and_hang_up(context.world.request(party))


@when("the {who:Canceller} cancels the first booking")
def cancel_first(context: Any, who: str) -> None:
    """As the restaurant's staff, or the guest, does."""
    context.world.cancel(context.world.scene.first, who)


@when("the guest comes with {party:Party} instead")
def come_with(context: Any, party: Party) -> None:
    """Change the number of guests, as one who has signed in can."""
    context.world.edit(context.world.scene.booking, party)


@when("the guest comes {moment:Moment} instead")
def come_at(context: Any, moment: Moment) -> None:
    """Change the time, as one who has signed in can."""
    world = context.world
    world.postpone(world.scene.booking, moment.slot(world.slots, world.scene.the_slot()))


@when("the restaurant moves the first booking to the table of another, who cancels")
def move_first(context: Any) -> None:
    """A table of the same size becomes free, and the first guests are put there."""
    context.world.crowds.move_first()


@when("this suite cancels what it made")
def cancel_own(context: Any) -> None:
    """By the way set up for that (BOOKING_CLEANUP)."""
    context.world.undo(context.world.scene.first)


@when("the background job runs for it")
def run_job(context: Any) -> None:
    """As the platform, or an operator, does."""
    context.world.run_job(context.world.scene.booking)


@when("the background job runs twice for it")
def run_job_twice(context: Any) -> None:
    """What a restart or an impatient operator would do."""
    context.world.run_job(context.world.scene.booking, times=2)
