"""Convert a step's data table (notes, name, seating, …) into booking-request fields.

A cell in angle marks, like `<two lines>`, stands for what a cell can't hold; every other cell is taken word for word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bookingflow.core.errors import WrongTable
from bookingflow.testdata.guests import Guest

Field = tuple[str, Any]
Details = Iterable[tuple[str, str]]
"""Pairs of what is meant and its words, as the table's columns hold them."""

SEATING = {"anywhere": "any", "indoors": "indoor", "outdoors": "outdoor"}
AREAS = {"indoors": "indoor", "outdoors": "outdoor"}
MARKETING = {"yes": True, "no": False}
OCCASIONS = ("lunch", "dinner", "drinks")
TEXTS: Mapping[str, str] = {
    "<500 characters>": ("A long wish, told at length. " * 20)[:500],
    "<120 characters>": ("Maximiliana Featheringham " * 5)[:119] + "a",
    "<two lines>": "By the window.\nA high chair, please.",
}
"""The longest texts that the platform takes (docs/platform.md, "Request"), and a text of more than one line."""
PHONES: Mapping[str, Callable[[str], str]] = {
    "<of 20 characters>": lambda phone: phone.ljust(20, "7"),
    "<with a space>": lambda phone: f"{phone[:7]} {phone[7:19]}",
    "<with a hyphen>": lambda phone: f"{phone[:7]}-{phone[7:19]}",
}


def _notes(words: str, _: Guest) -> Field:
    return "notes", _text("notes", words) or None


def _name(words: str, _: Guest) -> Field:
    return "name", _text("name", words)


def _seating(words: str, _: Guest) -> Field:
    return "seating", _one_of("seating", words, SEATING)


def _marketing(words: str, _: Guest) -> Field:
    return "marketing_opt_in", _one_of("marketing", words, MARKETING)


def _occasion(words: str, _: Guest) -> Field:
    return "booking_type", _one_of("occasion", words, {occasion: occasion for occasion in OCCASIONS})


def _email(words: str, guest: Guest) -> Field:
    return "email", _one_of("e-mail", words, {"<in capitals>": guest.email.upper()})


def _phone(words: str, guest: Guest) -> Field:
    return "phone", _one_of("phone", words, PHONES)(guest.phone)


DETAILS: Mapping[str, Callable[[str, Guest], Field]] = {
    "notes": _notes,
    "name": _name,
    "seating": _seating,
    "marketing": _marketing,
    "occasion": _occasion,
    "e-mail": _email,
    "phone": _phone,
}


def request_fields(details: Details | None, guest: Guest) -> dict[str, Any]:
    """The request's fields for these details; raises WrongTable that names a cell nobody knows, or where the sentence
    has no table (None).
    """
    if details is None:
        raise WrongTable("The sentence has no table of details.", hint=f"Its rows may be: {', '.join(DETAILS)}.")
    return dict(_one_of("detail", what, DETAILS)(words, guest) for what, words in details)


def _text(what: str, words: str) -> str:
    """The words themselves, or the text that angle marks stand for."""
    marked = words.startswith("<") and words.endswith(">")
    return str(_one_of(what, words, TEXTS)) if marked else words


def _one_of(what: str, words: str, known: Mapping[str, Any]) -> Any:
    """What these words mean; raises WrongTable that names the cell and what it may say."""
    if words not in known:
        raise WrongTable(f'The cell "{words}" can\'t be read as {what}.', hint=f"It may say: {', '.join(known)}.")
    return known[words]
