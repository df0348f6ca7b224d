"""Sentences about who may see and change a booking, and what answers give away."""

from __future__ import annotations

from behave import then

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


@then("I don't find it with {email:LookupEmail} e-mail and {phone:LookupPhone} phone number")
def lookup_finds_nothing(context: Context, email: str, phone: str) -> None:
    """Half a contact is none."""
    context.promises.privacy.lookup(email=email, phone=phone, found=False)


@then("nobody sees {list_name:ClosedList} without signing in")
def closed_list(context: Context, list_name: str) -> None:
    """Refused, and nothing shown."""
    context.promises.privacy.closed_list(list_name)


@then("the link in its confirmation shows it as it is stored")
def link_shows_booking(context: Context) -> None:
    """Opened by the guest who got the answer."""
    context.promises.privacy.link_shows_booking()


@then("opened once more the link shows nothing")
def link_opens_once(context: Context) -> None:
    """A link that lies about is worth nothing."""
    context.promises.privacy.link_opens_once()


@then("a made-up link shows nothing")
def made_up_link(context: Context) -> None:
    """Of the same length."""
    context.promises.privacy.made_up_link()


@then("nobody makes bookings through the entrance for tests")
def back_door_closed(context: Context) -> None:
    """Shut, or in need of a key."""
    context.promises.privacy.back_door_closed()


@then("nobody can {act:ClosedAct} it without signing in")
def closed_to_strangers(context: Context, act: str) -> None:
    """Refused, and nothing shown or changed."""
    context.promises.privacy.closed_to_strangers(act)
