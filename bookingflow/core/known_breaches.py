"""Breaches that are known and being mended: `known-breaches.toml`, so that one of them doesn't hide the next.

    [[breach]]
    scenario = "BOOK-024"
    reason = "The planner ignores wishes for a place."
    link = "https://tracker.example/4711"
    expires = 2027-01-31

A broken promise that is known is shown as known and doesn't make the run red; it is loud when it heals, and red again
after the day it expires. Only broken promises are covered: what kept us from judging, or a hook's failure, stays red.
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bookingflow.core.errors import SettingsError
from bookingflow.core.scenario_ids import SCENARIO_ID
from bookingflow.core.text import decoded

PREFIX = "Known breach"
"""How the reason of a scenario that is not counted as red begins; the report's category looks for it."""


WANTED = {
    "scenario": 'the id of a scenario, like "BOOK-024"',
    "reason": "a text that says why",
    "link": "a web address, like https://tracker.example/4711",
    "expires": "a day without quotes, like 2027-01-31",
}


class KnownBreach(BaseModel):
    """One promise that is known to be broken."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    scenario: Annotated[str, Field(pattern=f"^{SCENARIO_ID.pattern}$")]
    reason: Annotated[str, Field(min_length=1)]
    link: Annotated[str, Field(pattern=r"^https?://\S+$")]
    expires: datetime.date
    """The last day on which it is not red."""


class KnownBreaches:
    """What is known to be broken today, and which of it broke in this run."""

    def __init__(self, breaches: Sequence[KnownBreach], today: datetime.date) -> None:
        self._by_scenario = {breach.scenario: breach for breach in breaches}
        self._today = today
        self.met: dict[str, str] = {}
        """What was broken as known, by scenario id."""

    def excuse(self, tags: Iterable[str], sentence: str) -> str | None:
        """Why this broken promise is not red; None when it is not known, or no more."""
        breach = self._of(tags)
        if breach is None or self._expired(breach):
            return None
        self.met[breach.scenario] = sentence
        return f"{PREFIX}: {breach.reason} ({breach.link}, until {breach.expires}) — {sentence}"

    def remark(self, tags: Iterable[str]) -> str:
        """What to add to a broken promise that was known until a day that is over; empty for others."""
        breach = self._of(tags)
        if breach is None or not self._expired(breach):
            return ""
        return f" It was a known breach until {breach.expires}: {breach.reason} ({breach.link})"

    def healed(self, passed: Iterable[str]) -> list[KnownBreach]:
        """Those whose scenarios held in this run; `passed` are the ids of scenarios that were green."""
        return [
            self._by_scenario[name] for name in sorted(set(passed) & set(self._by_scenario)) if name not in self.met
        ]

    def _of(self, tags: Iterable[str]) -> KnownBreach | None:
        return next((self._by_scenario[tag] for tag in tags if tag in self._by_scenario), None)

    def _expired(self, breach: KnownBreach) -> bool:
        return breach.expires < self._today


def load_known_breaches(
    path: Path, *, required: bool, today: datetime.date, scenarios: Collection[str] | None = None
) -> KnownBreaches:
    """Read the file; none is fine unless `required`. Raises SettingsError with every problem in it.

    `scenarios` are the ids there are: one that is none of them would excuse nothing, unnoticed.
    """
    if not path.exists() and not required:
        return KnownBreaches([], today)
    try:
        content = tomllib.loads(decoded(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise SettingsError([f"{path} can't be read: {error}."]) from error
    entries = content.pop("breach", [])
    if content or not isinstance(entries, list):
        raise SettingsError([f"{path}: every entry begins with [[breach]]; nothing else stands there."])
    breaches = _checked(entries, path)
    strangers = [breach.scenario for breach in breaches if scenarios is not None and breach.scenario not in scenarios]
    if strangers:
        raise SettingsError([f"{path}: {name} is the id of no scenario." for name in strangers])
    return KnownBreaches(breaches, today)


def _wrong(problem: Mapping[str, Any]) -> str:
    """What pydantic found, for people."""
    field = str(next(iter(problem["loc"]), ""))
    if not field:
        return f"it is no table with {', '.join(WANTED)}"
    if field not in WANTED:
        return f"{field} is nothing that a breach has; it has {', '.join(WANTED)}"
    return f"{field} is {'missing' if problem['type'] == 'missing' else 'wrong'}; it is {WANTED[field]}"


def _checked(entries: Sequence[Any], path: Path) -> list[KnownBreach]:
    """The entries of the file; raises SettingsError with every problem."""
    problems: list[str] = []
    breaches: list[KnownBreach] = []
    for number, entry in enumerate(entries, start=1):
        try:
            breaches.append(KnownBreach.model_validate(entry))
        except ValidationError as error:
            problems += [f"{path}, breach {number}: {_wrong(item)}." for item in error.errors()]
    names = [breach.scenario for breach in breaches]
    problems += [f"{path}: {name} stands there twice." for name in sorted({n for n in names if names.count(n) > 1})]
    if problems:
        raise SettingsError(problems)
    return breaches
