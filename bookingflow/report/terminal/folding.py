"""Long lines on a terminal: broken between words, where the terminal itself would break within them."""

from __future__ import annotations

import os
import shutil
from typing import Any

from bookingflow.core.patterns import pattern

FEWEST = 40
"""Below so many columns a line is left to the terminal."""
AS_ONE = "Run it again: "
"""How a line begins that is copied as a whole, and so is not broken."""
_COLOUR = pattern(r"\x1b\[[0-9;]{0,8}m", adversarial=("\x1b[", "\x1b[1"))
_UNITS = frozenset({"s", "ms", "%"})


def is_terminal(out: Any) -> bool:
    """Whether somebody sees this stream on a terminal that can move its cursor."""
    return bool(getattr(out, "isatty", lambda: False)()) and os.environ.get("TERM") != "dumb"


def columns_of(out: Any) -> int:
    """How wide the terminal is; 0 where the stream is none."""
    return shutil.get_terminal_size().columns if is_terminal(out) else 0


def folded(text: str, columns: int) -> str:
    """Each line of the text in lines of at most so many columns; what goes on stands two behind the line's margin."""
    if columns < FEWEST or text.lstrip("\n").startswith(AS_ONE):
        return text
    return "\n".join(line if _width(line) <= columns else _folded(line, columns) for line in text.split("\n"))


def folded_for(out: Any, text: str) -> str:
    """The text as this stream is given it: folded where that is a terminal."""
    return folded(text, columns_of(out))


def _folded(line: str, columns: int) -> str:
    words = line.lstrip(" ").split(" ")
    margin = " " * (len(line) - len(line.lstrip(" ")))
    lines, at = [], margin + words[0]
    for word in words[1:]:
        if _width(at) + 1 + _width(word) > columns and _COLOUR.sub("", word) not in _UNITS:
            lines.append(at)
            at = f"{margin}  {word}"
        else:
            at += f" {word}"
    return "\n".join([*lines, at])


def _width(text: str) -> int:
    return len(_COLOUR.sub("", text))
