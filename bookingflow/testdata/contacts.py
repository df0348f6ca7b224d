"""The contacts that bookings are looked up with: which e-mail, and which phone number, a sentence's words mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bookingflow.core.patterns import pattern

PART, SIMILAR, NONE = "part of my", "a similar", "no"
_ANY_LETTER = "_"
"""In a pattern of SQL (LIKE); a letter of its own in an address."""
_FIRST_DIGIT = pattern(r"\d", adversarial=("1",))

EMAILS: Mapping[str, Callable[[str, str], str | None]] = {
    "my": lambda own, _: own,
    "my capitalised": lambda own, _: own.upper(),
    "another": lambda _, strangers: strangers,
    SIMILAR: lambda own, _: _ANY_LETTER + own[1:],
    PART: lambda own, _: own[1:],
    NONE: lambda *_: None,
}
"""The e-mail, made of its guest's own and a stranger's. A part is its end; in a similar one a letter gives way to what
stands for any letter in a pattern.
"""
PHONES: Mapping[str, Callable[[str, str], str | None]] = {
    "my": lambda own, _: own,
    "my spaced": lambda own, _: f"{own[:-4]} {own[-4:]}",
    "another": lambda _, strangers: strangers,
    SIMILAR: lambda own, _: _FIRST_DIGIT.sub(lambda digit: str((int(digit[0]) + 1) % 10), own, count=1),
    PART: lambda own, _: own[:-1],
    NONE: lambda *_: None,
}
"""The phone number, likewise. A part is its beginning; a similar one differs in its first digit."""
