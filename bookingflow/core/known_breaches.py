"""Breaches that are known and being mended: `known-breaches.toml`, so that one of them doesn't hide the next.

    [[breach]]
    scenario = "BOOK-024"
    code = "wish_ignored"
    reason = "The planner ignores wishes for a place."
    link = "https://tracker.example/4711"
    expires = 2027-01-31

    [[breach]]
    finding = "reservation_left"
    reason = "Edited bookings leave reservations behind."
    link = "https://tracker.example/4712"
    expires = 2027-01-31

A breach is known by its scenario and its code, so that another breach of the same scenario stays red; what the run's
own judgement finds, by the code of the finding. A known breach is shown as known and doesn't make the run red; it is
loud when it heals, and red again after the day it expires. Only broken promises are covered: what kept us from judging,
or a hook's failure, stays red.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from bookingflow.core.alike import alike
from bookingflow.core.errors import BrokenPromise, SettingsError
from bookingflow.core.failures import BROKEN_CODES, FAILURES, failure_of
from bookingflow.core.team_files import entries_of, wrong_field
from bookingflow.core.text import capitalised, series

PREFIX = "Known breach"
"""How the reason of a scenario that is not counted as red begins; the report's category looks for it."""


WANTED = {
    "scenario": 'the id of a scenario, like "BOOK-024"',
    "code": 'the code of a broken promise, like "wish_ignored"',
    "finding": 'the code of what the run found beside its scenarios, like "reservation_left"',
    "reason": "a text that says why",
    "link": "a web address, like https://tracker.example/4711",
    "expires": "a day without quotes, like 2027-01-31",
}


class KnownBreach(BaseModel):
    """One fact that is known to be broken: of a scenario, or found by the run's own judgement."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, strict=True)

    scenario: Annotated[str, Field(pattern=r"^BOOK-\d{3}$")] | None = None
    code: str | None = None
    finding: str | None = None
    reason: Annotated[str, Field(min_length=1)]
    link: Annotated[str, Field(pattern=r"^https?://\S+$")]
    expires: datetime.date
    """The last day on which it is not red."""

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if self.finding is None and self.scenario is None:
            raise PydanticCustomError("neither", "it names neither a scenario with its code nor a finding")
        if self.finding is not None and (self.scenario is not None or self.code is not None):
            raise PydanticCustomError("both", "finding stands without scenario and code")
        if self.scenario is not None and self.code is None:
            raise PydanticCustomError("no_code", "code is missing", {"scenario": self.scenario})
        code = self.finding or self.code or ""
        if code not in BROKEN_CODES:
            raise PydanticCustomError("unknown_code", "{sentence}", {"sentence": _no_breach(code)})
        return self

    @property
    def key(self) -> tuple[str, str]:
        """The scenario, empty for a finding, and the code."""
        return (self.scenario or "", self.finding or self.code or "")

    @property
    def name(self) -> str:
        """The breach for people: `BOOK-024 wish_ignored`, `finding reservation_left`."""
        return " ".join([self.scenario or "finding", self.key[1]])

    @property
    def why(self) -> str:
        """The reason with its link and its last day."""
        return f"{self.reason} ({self.link}, until {self.expires:%d %b %Y})"


def _no_breach(code: str) -> str:
    if code in FAILURES:
        return f'"{code}" is no breach: what keeps the suite from judging is not excused'
    meant = alike(code, BROKEN_CODES, most=3)
    like = f" (did you mean {' or '.join(meant)}?)" if meant else ""
    return f'"{code}" is the code of no breach{like}'


class KnownBreaches:
    """What is known to be broken today, and which of it broke in this run."""

    def __init__(self, breaches: Sequence[KnownBreach], today: datetime.date) -> None:
        self._by_key = {breach.key: breach for breach in breaches}
        self._today = today
        self.met: dict[str, str] = {}
        """What was broken as known, by the entry's name."""

    def excuse(self, scenario_id: str, broken: BrokenPromise) -> str | None:
        """Why a broken promise of this scenario is not red; None unless each of its codes is known."""
        entries = [self._valid(scenario_id, code) for code in broken.codes]
        known = [entry for entry in entries if entry is not None]
        if len(known) < len(entries):
            return None
        for entry in known:
            self._meet(entry, str(broken))
        return f"{PREFIX}: {'; '.join(entry.why for entry in known)} — {broken}"

    def excuse_finding(self, code: str, particulars: str) -> str:
        """Why this finding of the run's own judgement is not red; empty when it is."""
        entry = self._valid("", code)
        if entry is None:
            return ""
        self._meet(entry, particulars)
        return entry.why

    def excuse_booking(self, scenario_id: str, code: str, particulars: str) -> str | None:
        """Why a breach that was found in a booking of this scenario is not red; None when it is."""
        entry = self._valid(scenario_id, code)
        if entry is None:
            return None
        self._meet(entry, particulars)
        return f"{PREFIX}: {entry.why} — {failure_of(code).title}. {capitalised(particulars)}"

    def codes_of(self, scenario_id: str) -> set[str]:
        """The codes that are known of a scenario today."""
        return {code for scenario, code in self._by_key if scenario == scenario_id and self._valid(scenario, code)}

    def beside(self, scenario_id: str, broken: BrokenPromise) -> BrokenPromise:
        """A broken promise that is not excused, led by what is not known of it, with what was known as a remark."""
        known = [entry for code in broken.codes if (entry := self._valid(scenario_id, code))]
        unknown = [code for code in broken.codes if self._valid(scenario_id, code) is None]
        over = [entry for code in unknown if (entry := self._by_key.get((scenario_id, code)))]
        remarks = [f"{failure_of(entry.key[1]).title} is a known breach: {entry.why}" for entry in known]
        remarks += [f"It was a known breach until {entry.expires:%d %b %Y}: {entry.reason}" for entry in over]
        return broken.led_by(unknown[0], remarks=remarks) if remarks else broken

    def note_met(self, names: Iterable[str]) -> None:
        """Entries of these names were met in other processes of this run."""
        for name in names:
            self.met.setdefault(name, "")

    def unused(
        self, held: Collection[str], failed: Collection[str] = (), *, whole: bool, unjudged: Collection[str] = ()
    ) -> list[str]:
        """A line for each entry that excused nothing in this run.

        `held` and `failed` are the ids of scenarios that were judged. After a `whole` run findings are looked at too,
        but for the codes that were `unjudged`.
        """
        lines = []
        for entry in self._by_key.values():
            if entry.name in self.met or entry.finding in unjudged:
                continue
            if entry.scenario in failed:
                lines.append(f"Not met: {entry.scenario} failed, and not with {entry.code}.")
            elif entry.scenario in held or (entry.scenario is None and whole):
                lines.append(f"Healed: {entry.name} did not break any more; its entry can go.")
        return lines

    def _valid(self, scenario_id: str, code: str) -> KnownBreach | None:
        """The entry of this scenario and code, or finding, unless it has expired."""
        entry = self._by_key.get((scenario_id, code))
        return entry if entry is not None and entry.expires >= self._today else None

    def _meet(self, entry: KnownBreach, sentence: str) -> None:
        self.met.setdefault(entry.name, sentence)


def load_known_breaches(
    path: Path,
    *,
    required: bool,
    today: datetime.date,
    scenarios: Collection[str] | None = None,
    seen: Mapping[str, Iterable[str]] | None = None,
) -> KnownBreaches:
    """Read the file; none is fine unless `required`. Raises SettingsError with every problem in it.

    `scenarios` are the ids there are: one that is none of them would excuse nothing, unnoticed. `seen` are the codes
    that scenarios failed with in the last run, for an entry that lacks its code.
    """
    if not path.exists() and not required:
        return KnownBreaches([], today)
    breaches, problems = entries_of(
        path, "breach", "BOOKING_KNOWN_BREACHES", KnownBreach, lambda problem: _wrong(problem, seen or {})
    )
    names = [breach.name for breach in breaches]
    problems += [f"{path}: {name} stands there twice." for name in sorted({n for n in names if names.count(n) > 1})]
    if problems:
        raise SettingsError(problems)
    strangers = [
        breach.scenario
        for breach in breaches
        if scenarios is not None and breach.scenario is not None and breach.scenario not in scenarios
    ]
    if strangers:
        raise SettingsError([f"{path}: {name} is the id of no scenario." for name in dict.fromkeys(strangers)])
    return KnownBreaches(breaches, today)


def _wrong(problem: Mapping[str, Any], seen: Mapping[str, Iterable[str]]) -> str:
    """What pydantic found, for people."""
    if problem["type"] == "no_code":
        return _code_to_write(problem["ctx"]["scenario"], seen)
    if problem["type"] in {"neither", "both", "unknown_code"}:
        return str(problem["msg"])
    return wrong_field(problem, "breach", WANTED)


def _code_to_write(scenario: str, seen: Mapping[str, Iterable[str]]) -> str:
    """What to write where the code is missing: what the scenario failed with last, else how to find out."""
    codes = [f'code = "{code}"' for code in seen.get(scenario, ())]
    if codes:
        each = ": an entry for each is needed" if len(codes) > 1 else ""
        return f"code is missing; {scenario} failed last with {series(codes)}{each}"
    run = f"run `behave --tags=@{scenario}` without it and take the code from reports/summary.json"
    return f"code is missing, so that it would hide other breaches of {scenario} too; {run}"
