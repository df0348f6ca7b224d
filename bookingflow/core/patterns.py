"""Regular expressions, all made by `pattern`: over untrusted text none costs more than linear time.

Python's `re` can't be interrupted: a pattern whose cost grows with the square of the text holds the whole run, deadline
included, over one long answer. What keeps a pattern linear:

- One that begins with a run of characters begins where the run does: `(?<![\\w-])[\\w-]+`, not `[\\w-]+`.
- What a run must hold is looked up ahead, once: `(?=[\\w-]*token)[\\w-]++`, not `[\\w-]*token[\\w-]*`.
- Two neighbouring repetitions never take the same characters: `\\s*+`, `[^/]*+/`.
- What lasts until its end sign stops where the next one begins: `<head\\b[^<>]*>`, `(?:(?!\\bSELECT\\b).)+?`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Made:
    """A pattern, and pieces of text that come near to it again and again without fitting."""

    pattern: re.Pattern[str]
    adversarial: tuple[str, ...]


MADE: list[Made] = []
"""Every pattern that was made so far: tests/unit/core/test_patterns.py tries each with long texts of its pieces."""


def pattern(expression: str, flags: int = 0, *, adversarial: Sequence[str] = ()) -> re.Pattern[str]:
    """Return the compiled expression. `adversarial` are pieces of text that, repeated, are the hardest for it."""
    compiled = re.compile(expression, flags)
    MADE.append(Made(compiled, tuple(adversarial)))
    return compiled


EMAIL = pattern(
    r"(?<![\w.%+'-])(?<!\*\*\*)[\w.%+'-]++@[\w-]++(?:\.[\w-]++)+",
    adversarial=("a", "a.", "a@", "a@a", "a@a.", "@a."),
)
"""An e-mail address anywhere in a text, letters of all scripts included; one that is masked already is none."""
