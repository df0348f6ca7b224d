"""Ids of scenarios: tags such as BOOK-024, unique, that outlive another name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bookingflow.core.patterns import pattern

SCENARIO_ID = pattern(r"BOOK-\d{3}")
_ANY_NUMBER = pattern(r"(?i)BOOK-?(\d{1,6})")
_WRITTEN = pattern(rf"@({SCENARIO_ID.pattern})\b", adversarial=("@", "BOOK-", "@BOOK-00"))


def id_among(tags: Iterable[str]) -> str | None:
    """The first of these tags that is an id; None without one."""
    return next((tag for tag in tags if SCENARIO_ID.fullmatch(tag)), None)


def id_of(label: str) -> str:
    """The id that a scenario's label begins with; empty without one."""
    return id_among([label.partition(" ")[0]]) or ""


def id_with_number_of(tag: str) -> str:
    """The id that `BOOK-20` or `book-0020` means: BOOK-020; empty where the tag has no such number."""
    match = _ANY_NUMBER.fullmatch(tag)
    return f"BOOK-{int(match[1]):03}" if match else ""


def written_ids(folder: Path) -> set[str]:
    """The ids of all scenarios in the feature files under this folder."""
    # What is not UTF-8 is behave's to refuse, which names the file.
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in folder.rglob("*.feature"))
    return {name for text in texts for name in _WRITTEN.findall(text)}
