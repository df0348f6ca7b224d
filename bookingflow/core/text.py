"""Small grammar for sentences that people read."""

from __future__ import annotations

from collections.abc import Sequence

MOST_LISTED = 3


def counted(number: int, what: str) -> str:
    """`no table`, `1 table`, `2 tables`."""
    return f"{number or 'no'} {what}{'' if number in {0, 1} else 's'}"


def listed(items: Sequence[str], most: int = MOST_LISTED) -> str:
    """The first few, and how many more there are."""
    shown = "; ".join(items[:most])
    return shown if len(items) <= most else f"{shown}; and {len(items) - most} more"
