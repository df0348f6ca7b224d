"""What a load came to: for people in a few lines, for machines as reports/load.json (docs/load.md)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bookingflow.audit.findings import Finding
from bookingflow.core.exit_status import ExitStatus
from bookingflow.core.failures import failure_of
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.text import counted
from bookingflow.report.outputs import OutputFolder
from load.crew import NOTED
from load.guest_ends import End, GuestEnd, count, percentile, phase_times, times_to_table
from load.thresholds import Check, seconds, status_of

FILE = "load.json"
"""Under `reports/` of the output folder."""
SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
MOST_REASONS = 5
VERDICTS = {ExitStatus.KEPT: "kept", ExitStatus.BROKEN: "broken"}


@dataclass(frozen=True)
class Outcome:
    """A load that is over."""

    run_id: str
    started_at: str
    ended_at: str
    target: Mapping[str, str]
    arrivals: str
    planned: int
    lasted_s: float
    workers: int
    guests: Sequence[GuestEnd]
    checks: Sequence[Check]
    findings: Sequence[Finding]
    cut_off: bool = False
    notes: Sequence[str] = field(default_factory=list)
    """What its readers should know: workers lost, bookings left."""

    @property
    def status(self) -> ExitStatus:
        """What the process ends with."""
        return status_of(self.checks, cut_off=self.cut_off)

    @property
    def verdict(self) -> str:
        """In a word, as summary.json has it."""
        return VERDICTS.get(self.status, "not_judged")


def in_words(outcome: Outcome) -> list[str]:
    """The lines for people; the last one is the verdict."""
    guests = outcome.guests
    ends = {
        "at a table": End.TABLE,
        "met a full house": End.FULL,
        "failed": End.FAILED,
        "not sent": End.DROPPED,
        "not judged": End.NOT_JUDGED,
    }
    said = ", ".join(f"{count(guests, end)} {words}" for words, end in ends.items())
    lines = [f"Guests      {len(guests)} of {outcome.planned} came in {outcome.lasted_s:.0f} s: {said}"]
    if times := times_to_table(guests):
        lines.append(f"To a table  {_figures(times)}, from the moment they were to arrive")
    phases = phase_times(guests)
    if found := [f"{name} {seconds(percentile(phases[name], 0.95) or 0.0)}" for name in NOTED if name in phases]:
        lines.append(f"Phases      p95: {', '.join(found)}")
    lines += [f"            {reason}" for reason in _reasons(guests)]
    lines += [f"Found       {line}" for finding in outcome.findings for line in _found(finding)]
    lines += [f"Note        {note}" for note in outcome.notes]
    lines += [f"{check.end.capitalize():<11} {check.name}: {check.found}" for check in outcome.checks]
    return [*lines, _last_line(outcome)]


def _figures(times: Sequence[float]) -> str:
    return ", ".join(f"{name} {seconds(percentile(times, share) or 0.0)}" for name, share in SHARES.items())


def _reasons(guests: Iterable[GuestEnd]) -> list[str]:
    """Why guests got no table, the most frequent first, each with an example."""
    by_code = _by_code(guests)
    lines = [f"{len(some)} × {some[0].sentence}" for some in by_code.values()]
    more = [f"and {len(lines) - MOST_REASONS} more reasons, in {FILE}"] if len(lines) > MOST_REASONS else []
    return [*lines[:MOST_REASONS], *more]


def _by_code(guests: Iterable[GuestEnd]) -> dict[str, list[GuestEnd]]:
    found: dict[str, list[GuestEnd]] = {}
    for guest in guests:
        if guest.end not in {End.TABLE, End.DROPPED}:
            found.setdefault(guest.code, []).append(guest)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def _found(finding: Finding) -> Iterator[str]:
    known = f" (known: {finding.known})" if finding.known else ""
    yield f"{finding.title}. {finding.particulars}{known}."
    if finding.count > 1:
        yield from (f"  - {example}" for example in finding.examples)


def _last_line(outcome: Outcome) -> str:
    words = {
        ExitStatus.KEPT: "Kept.",
        ExitStatus.BROKEN: "Broken.",
        ExitStatus.CUT_OFF: "Cut off.",
        ExitStatus.NOT_JUDGED: "Not judged.",
    }
    cut = " The run was cut off." if outcome.cut_off and outcome.status is not ExitStatus.CUT_OFF else ""
    return f"{words.get(outcome.status, 'Not judged.')} {counted(len(outcome.guests), 'guest').capitalize()}.{cut}"


def as_json(outcome: Outcome) -> dict[str, Any]:
    """What stands in the file; seconds, and null where that share of the guests never got a table."""
    guests, phases = outcome.guests, phase_times(outcome.guests)
    late = [guest.late_ms / 1000 for guest in guests if guest.end is not End.DROPPED]
    return {
        "schemaVersion": 1,
        "runId": outcome.run_id,
        "verdict": outcome.verdict,
        "exitStatus": int(outcome.status),
        "cutOff": outcome.cut_off,
        "startedAt": outcome.started_at,
        "endedAt": outcome.ended_at,
        "target": dict(outcome.target),
        "plan": {"arrivals": outcome.arrivals, "guests": outcome.planned, "workers": outcome.workers},
        "guests": {
            "came": len(guests),
            "table": count(guests, End.TABLE),
            "fullHouse": count(guests, End.FULL),
            "failed": count(guests, End.FAILED),
            "notSent": count(guests, End.DROPPED),
            "notJudged": count(guests, End.NOT_JUDGED),
        },
        "toTableS": _spread(times_to_table(guests)),
        "phasesS": {name: _spread(phases[name]) for name in NOTED if name in phases},
        "sentLateS": _spread(late),
        "checks": [{"name": check.name, "end": check.end, "found": check.found} for check in outcome.checks],
        "findings": [
            {
                "code": finding.code,
                "title": finding.title,
                "count": finding.count,
                "bookings": list(finding.bookings),
                "examples": list(finding.examples),
                "known": finding.known,
            }
            for finding in outcome.findings
        ],
        "reasons": [
            {
                "code": code,
                "end": str(some[0].end),
                "title": failure_of(code).title,
                "count": len(some),
                "sentence": some[0].sentence,
            }
            for code, some in _by_code(guests).items()
        ],
        "notes": list(outcome.notes),
    }


def _spread(values: Sequence[float]) -> dict[str, float | int | None]:
    figures = {name: percentile(values, share) for name, share in SHARES.items()}
    figures["max"] = max(values, default=None)
    return {"count": len(values), **{name: _finite(value) for name, value in figures.items()}}


def _finite(value: float | None) -> float | None:
    return None if value is None or math.isinf(value) else round(value, 3)


def write(outcome: Outcome, output: OutputFolder, sanitizer: Sanitizer) -> None:
    """Write the file into this folder, without anything that must not leave the process; `output.lost` says why where
    that can't be.
    """
    clean = sanitizer.value(as_json(outcome)) | {"runId": outcome.run_id}  # some look like a phone number
    output.write(FILE, json.dumps(clean, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
