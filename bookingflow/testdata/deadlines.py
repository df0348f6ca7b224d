"""Deadlines as sentences state them: one pattern, read by the step itself and ahead of the POST."""

from __future__ import annotations

from bookingflow.core.patterns import pattern

SECONDS = r"(?:[1-9]\d*(?:\.\d+)?|0\.0*[1-9]\d*)"
"""More than none: within no time nothing is kept."""
WITHIN = rf"within {SECONDS} ?s(?:econds)?"
_STATED = pattern(rf"\b{WITHIN}\b", adversarial=("within ", "within 1", "within 0.0"))
_NUMBER = pattern(r"\d+(?:\.\d+)?", adversarial=("1.",))


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
