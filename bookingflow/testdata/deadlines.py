"""Deadlines as sentences state them: one pattern, read by the step itself and ahead of the POST."""

from __future__ import annotations

import re

WITHIN = r"within \d+(?:\.\d+)? ?s(?:econds)?"
_STATED = re.compile(rf"\b{WITHIN}\b")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def seconds_of(words: str) -> float:
    """The seconds of "within 90s"."""
    number = _NUMBER.search(words)
    if number is None:
        raise ValueError(f"no number of seconds in {words!r}")
    return float(number.group())


def stated_seconds(sentence: str) -> float | None:
    """The seconds of the deadline that a sentence states; None where it states none."""
    stated = _STATED.search(sentence)
    return seconds_of(stated.group()) if stated else None
