"""Small grammar for sentences that people read, and the text of files that people write."""

from __future__ import annotations

import codecs
import datetime
import re
from collections.abc import Sequence

from bookingflow.core.patterns import pattern

MOST_LISTED = 3
_CLOCK = pattern(r"\d\d:\d\d", re.ASCII)
_CLOCK_WITH_SECONDS = pattern(r"\d\d:\d\d:\d\d(?:\.\d+)?", re.ASCII)


def plural(number: int, what: str, many: str = "") -> str:
    """`table` for no table and for one, else `tables`; `many` is the plural where it is not made with an s."""
    return what if number in {0, 1} else many or f"{what}s"


def counted(number: int, what: str, many: str = "") -> str:
    """`no table`, `1 table`, `2 tables`; `many` is the plural where it is not made with an s."""
    return f"{number or 'no'} {plural(number, what, many)}"


def listed(items: Sequence[str], most: int = MOST_LISTED) -> str:
    """The first few, and how many more there are."""
    shown = "; ".join(items[:most])
    return shown if len(items) <= most else f"{shown}; and {len(items) - most} more"


def clock_time(text: str, *, seconds: bool = False) -> datetime.time:
    """A time of day written HH:MM, or with `seconds` HH:MM:SS; raises ValueError for anything else."""
    if not (_CLOCK_WITH_SECONDS if seconds else _CLOCK).fullmatch(text):
        raise ValueError(f"must be a time written HH:MM{':SS' if seconds else ''}")
    return datetime.time.fromisoformat(text)


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8, or in UTF-16 with a byte order mark, which is left out.

    Raises UnicodeDecodeError for any other encoding.
    """
    utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = data.decode("utf-16" if utf_16 else "utf-8-sig")
    if "\0" in text:  # UTF-16 without its mark
        raise UnicodeDecodeError("utf-8", data, data.index(0), data.index(0) + 1, "a NUL")
    return text
