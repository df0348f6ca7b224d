"""Sentences about who may see and change a booking, and what answers give away."""

from __future__ import annotations

from typing import Any

from behave import then


@then("the answer shows nobody else's data")
def answer_shows_own_only(context: Any) -> None:
    """No e-mail, phone number or booking but the guest's own."""
    context.world.promises.privacy.answer_shows_own_only()


@then("the answer gives away no secret")
def answer_without_secret(context: Any) -> None:
    """No address of a database, no password, nothing from inside the platform."""
    context.world.promises.privacy.answer_without_secret()


@then("looked up with {email} e-mail and {phone} phone number it is found")
def lookup_finds(context: Any, email: str, phone: str) -> None:
    """The contact's own booking is listed."""
    context.world.promises.privacy.lookup(email=email, phone=phone, found=True)


@then("looked up with {email} e-mail and {phone} phone number nothing is found")
def lookup_finds_nothing(context: Any, email: str, phone: str) -> None:
    """Half a contact is none."""
    context.world.promises.privacy.lookup(email=email, phone=phone, found=False)


@then("nobody sees {list_name} without signing in")
def list_closed_to_strangers(context: Any, list_name: str) -> None:
    """Refused, and nothing told."""
    context.world.promises.privacy.closed_list(list_name)


@then("the link in its confirmation shows it as it is stored")
def link_shows_booking(context: Any) -> None:
    """Opened by whoever got the answer."""
    context.world.promises.privacy.link_shows_booking()


@then("opened once more the link shows nothing")
def link_opens_once(context: Any) -> None:
    """A link that lies about is worth nothing."""
    context.world.promises.privacy.link_opens_once()


@then("a made-up link shows nothing")
def made_up_link(context: Any) -> None:
    """Of the same length."""
    context.world.promises.privacy.made_up_link()


@then("nobody makes bookings through the entrance for tests")
def back_door_closed(context: Any) -> None:
    """Shut, or in need of a key."""
    context.world.promises.privacy.back_door_closed()


@then("nobody can {act} it without signing in")
def closed_to_strangers(context: Any, act: str) -> None:
    """Refused, and nothing told or changed."""
    context.world.promises.privacy.closed_to_strangers(act)
