"""What a guest tells beside party and time: a table of words in a scenario, turned into the fields of a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bookingflow.testdata.guests import Guest

Wish = tuple[str, Any]

SEATING = {"anywhere": "any", "indoors": "indoor", "outdoors": "outdoor"}
AREAS = {"indoors": "indoor", "outdoors": "outdoor"}
LONG: Mapping[str, str] = {
    "500 characters": ("A long wish, told at length. " * 20)[:500],
    "120 characters": ("Maximiliana Featheringham " * 5)[:119] + "a",
    "two lines": "By the window.\nA high chair, please.",
}
"""The longest that the platform takes (docs/platform.md, "Request"), and what a cell of a table can't hold."""


def _notes(words: str, _: Guest) -> Wish:
    return "notes", LONG.get(words, words) or None


def _name(words: str, _: Guest) -> Wish:
    return "name", LONG.get(words, words)


def _seating(words: str, _: Guest) -> Wish:
    return "seating", SEATING[words]


def _marketing(words: str, _: Guest) -> Wish:
    return "marketing_opt_in", {"yes": True, "no": False}[words]


def _occasion(words: str, _: Guest) -> Wish:
    return "booking_type", words


def _email(words: str, guest: Guest) -> Wish:
    return "email", {"in capitals": guest.email.upper()}[words]


def _phone(words: str, guest: Guest) -> Wish:
    spellings = {"20 characters": guest.phone.ljust(20, "7"), "with a space": f"{guest.phone[:7]} {guest.phone[7:19]}"}
    return "phone", spellings[words]


TOLD: Mapping[str, Callable[[str, Guest], Wish]] = {
    "notes": _notes,
    "name": _name,
    "seating": _seating,
    "marketing": _marketing,
    "occasion": _occasion,
    "e-mail": _email,
    "phone": _phone,
}


def wishes(told: Iterable[tuple[str, str]], guest: Guest) -> dict[str, Any]:
    """The request's fields for these words; raises KeyError for words nobody knows."""
    return dict(TOLD[what](words, guest) for what, words in told)
