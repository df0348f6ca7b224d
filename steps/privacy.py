"""Sentences about who may see and change a booking, and what answers give away."""

from __future__ import annotations

from behave import then, when

from steps.context import Context


@then("the answer shows nobody else's data")
def answer_shows_own_only(context: Context) -> None:
    """No e-mail, phone number or booking but the guest's own."""
    context.promises.privacy.answer_shows_own_only()


@then("the answer gives away no secret")
def answer_without_secret(context: Context) -> None:
    """No address of a database, no password, nothing from inside the platform."""
    context.promises.privacy.answer_without_secret()


@then("I find it with {email:LookupEmail} e-mail and {phone:LookupPhone} phone number")
def lookup_finds(context: Context, email: str, phone: str) -> None:
    """The contact's own booking is listed."""
    context.promises.privacy.lookup(email=email, phone=phone, found=True)


@then("I find both with my e-mail and my phone number")
def lookup_finds_both(context: Context) -> None:
    """Every booking of the contact is listed."""
    context.promises.privacy.finds_all()


@then("I don't find it with {email:LookupEmail} e-mail and {phone:LookupPhone} phone number")
def lookup_finds_nothing(context: Context, email: str, phone: str) -> None:
    """Half a contact is none."""
    context.promises.privacy.lookup(email=email, phone=phone, found=False)


@when("a stranger tries to {act:ClosedAct} it")
def stranger_tries(context: Context, act: str) -> None:
    """Somebody who has not signed in."""
    context.act.unauthenticated.try_to(act)


@when("a stranger tries to {act:StaffsAct} it in the restaurant's name")
def stranger_tries_as_staff(context: Context, act: str) -> None:
    """By the entrance of its staff, without their session."""
    context.act.unauthenticated.try_as_staff(act)


@then("the request is refused and nothing is shown or changed")
def booking_closed(context: Context) -> None:
    """Neither the guest's contact nor the booking's reference is shown, and the booking is as it was."""
    context.promises.privacy.booking_closed()


@when("a stranger asks for {list_name:ClosedList}")
def stranger_asks(context: Context, list_name: str) -> None:
    """Somebody who has not signed in."""
    context.act.unauthenticated.ask_for(list_name)


@then("the request is refused and nothing is shown")
def list_not_shown(context: Context) -> None:
    """No list, and no guest's e-mail."""
    context.promises.privacy.list_not_shown()


@when("a stranger books through the test-only entrance")
def stranger_books(context: Context) -> None:
    """Without the key of that entrance."""
    context.act.unauthenticated.book_through_test_entrance()


@then("the entrance is closed")
def entrance_closed(context: Context) -> None:
    """Shut, or in need of a key."""
    context.promises.privacy.entrance_closed()


@when("I open the link in my confirmation")
def open_link(context: Context) -> None:
    """The guest who got the answer."""
    context.act.unauthenticated.open_link()


@when("I open that link once more")
def open_link_again(context: Context) -> None:
    """A link that somebody else may find later."""
    context.act.unauthenticated.open_link_again()


@when("I open the link in my confirmation half an hour later")
def open_link_later(context: Context) -> None:
    """Well within its time, by the demo's clock."""
    context.act.unauthenticated.open_link_later()


@when("I open the link in my confirmation a day later")
def open_link_late(context: Context) -> None:
    """After its time is over, by the demo's clock."""
    context.act.unauthenticated.open_link_late()


@when("I open a made-up link")
def open_made_up_link(context: Context) -> None:
    """Of the same length."""
    context.act.unauthenticated.open_made_up_link()


@then("the link shows my booking as it is stored")
def link_shows_booking(context: Context) -> None:
    """Every fact that the link shows."""
    context.promises.privacy.link_shows_booking()


@then("the link shows nothing")
def link_shows_nothing(context: Context) -> None:
    """Nothing of the booking, and no page that opens."""
    context.promises.privacy.link_shows_nothing()
