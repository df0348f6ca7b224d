"""Merges what the shards of a run left, each in a folder of its own, into the result of one run."""

from __future__ import annotations

import contextlib
import datetime
import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from bookingflow.audit import findings as audit
from bookingflow.audit.run import Judged
from bookingflow.core.budgets import Phase
from bookingflow.core.errors import NotOneRun
from bookingflow.core.speed_history import PhaseTimes
from bookingflow.core.text import plural, series
from bookingflow.report import allure
from bookingflow.report.allure.files import THE_RUN
from bookingflow.report.origin import Origin
from bookingflow.report.outputs import LOCK, PHASES, SHARD, SUMMARY, open_private, read_json
from bookingflow.report.summary import Finding, Model, Summary, TargetSummary

ALLURE = "allure-results"
WRITTEN_ONCE = ("-attachment", "-result.json", "-container.json")
"""In the names of Allure's files that nobody changes once they are there."""
OWN_OF_A_SHARD = ("*-globals.json",)
"""Allure's files that the run has once, not each of its shards."""
WHOLE_FOLDER = "Give the folder that `bookingflow run --shard` wrote to, with reports/ in it."
WORST = ("broken", "not judged", "kept")


class ShardRecord(Model):
    """`reports/shard.json`: which part of a run this is, and what its judgement as a whole came to."""

    number: int
    count: int
    shards: tuple[tuple[str, ...], ...]
    """The places of all shards' scenarios."""
    ends: dict[str, str]
    audited: int
    bookings: int
    waited_ms: dict[str, tuple[float, ...]]
    milliseconds: dict[Phase, dict[str, tuple[float, ...]]] = Field(default_factory=dict)
    """What is compared with budgets, by phase and scenario."""
    machine: str = ""
    processes: int = 1
    """So many ran side by side on the machine."""
    others: float = 0.0
    """The part of its processors that others used meanwhile."""
    known_met: tuple[str, ...] = ()
    """The entries of known breaches that were met, by name."""
    origin: Origin = Origin()
    """Which run it is of; nothing is known of that where a parent puts it together with the others."""

    @property
    def judged(self) -> Judged:
        """The judgement of this part."""
        return Judged(self.ends, self.audited, self.bookings, self.waited_ms)


@dataclass(frozen=True)
class Part:
    """What one shard left."""

    folder: Path
    summary: Summary
    record: ShardRecord

    @property
    def began(self) -> datetime.datetime:
        """When it began; raises ValueError for what is no time."""
        return datetime.datetime.fromisoformat(self.summary.started_at).astimezone(datetime.UTC)

    @property
    def ended(self) -> datetime.datetime:
        """When it was over; raises ValueError for what is no time."""
        return datetime.datetime.fromisoformat(self.summary.ended_at).astimezone(datetime.UTC)

    @classmethod
    def read(cls, folder: Path) -> Part:
        """Read the folder that a shard wrote to; raises NotOneRun where there is no whole result of a shard."""
        reports = folder / "reports"
        files = {name: read_json(reports / name) for name in (SUMMARY, SHARD)}
        missing = [name for name, value in files.items() if value is None]
        if missing:
            raise NotOneRun(
                f"{folder} holds no results of a shard: reports/{missing[0]} is missing or no JSON.", hint=WHOLE_FOLDER
            )
        try:
            part = cls(folder, Summary.model_validate(files[SUMMARY]), ShardRecord.model_validate(files[SHARD]))
            part._demand_sense()
        except ValueError as error:  # pydantic's too
            raise NotOneRun(
                f"{folder} holds results of another suite, or of another version of it.", hint=WHOLE_FOLDER
            ) from error
        return part

    def _demand_sense(self) -> None:
        """Raise ValueError where this can't be a shard."""
        if not 1 <= self.record.number <= len(self.record.shards):
            raise ValueError(self.record.number)
        if not (set(self.record.ends.values()) <= set(WORST) and all(self.record.waited_ms.values())):
            raise ValueError(self.record.ends)
        _ = self.began, self.ended


def has_died(folder: Path) -> bool:
    """Whether a run began in this folder and left no result there, as one that was killed."""
    reports = folder / "reports"
    return (reports / LOCK).exists() and not any((reports / name).exists() for name in (SUMMARY, SHARD))


def name_of_target(target: TargetSummary) -> str | None:
    """What must be the same for runs to be of one target; a demo of one's own has another address each time.

    None where it is not known.
    """
    if target.kind is None or target.restaurant is None:
        return None
    return f"{target.restaurant} of {'the demo' if target.kind == 'demo' else target.address}"


def cut_off_among(parts: Iterable[Part]) -> str:
    """Which shards did not come to their own ends, as what cut the whole run off; empty where all did."""
    numbers = [str(part.record.number) for part in parts if part.summary.cut_off]
    return f"the early end of {plural(len(numbers), 'shard')} {series(numbers)}" if numbers else ""


def merged_findings(found: Iterable[Finding]) -> list[Finding]:
    """One for each code, nothing said twice, with the number of all shards and the first few examples of them."""
    by_code = defaultdict[str, list[Finding]](list)
    for finding in found:
        if finding not in by_code[finding.code]:
            by_code[finding.code].append(finding)
    return [_as_one(same) if len(same) > 1 else same[0] for same in by_code.values()]


def _as_one(same: Sequence[Finding]) -> Finding:
    """Findings of one code as a single one."""
    of_all = audit.Finding(
        code=same[0].code,
        count=sum(finding.count for finding in same),
        bookings=tuple(dict.fromkeys(reference for finding in same for reference in finding.bookings)),
        examples=tuple(example for finding in same for example in finding.examples)[: audit.MOST_EXAMPLES],
    )
    each_tells = all(finding.examples for finding in same)
    sentences = dict.fromkeys(finding.sentence for finding in same)
    return same[0].model_copy(
        update={
            "sentence": str(of_all.verdict()) if each_tells else "\n".join(sentences),
            "count": of_all.count,
            "bookings": of_all.bookings,
            "examples": of_all.examples,
        }
    )


def merged_judgement(parts: Iterable[Part]) -> Judged:
    """The judgements of the parts as one: a promise ended as in the part where it ended worst."""
    judged = [part.record.judged for part in parts if part.record.bookings]
    ends: dict[str, str] = {}
    waited = defaultdict[str, list[float]](list)
    for one in judged:
        for promise, end in one.ends.items():
            ends[promise] = min(end, ends.get(promise, end), key=WORST.index)
        for path, times in one.waited_ms.items():
            waited[path] += times
    return Judged(ends, sum(one.audited for one in judged), sum(one.bookings for one in judged), waited)


def merged_times(parts: Iterable[Part]) -> PhaseTimes:
    """What the parts measured, as of one run."""
    merged: dict[Phase, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for part in parts:
        for phase, by_scenario in part.record.milliseconds.items():
            for scenario, values in by_scenario.items():
                merged[phase][scenario] += values
    return merged


def merged_records(folders: Iterable[Path]) -> str:
    """The phase records of these folders, in the order of their time."""
    lines: list[str] = []
    for folder in folders:
        path = folder / "reports" / PHASES
        if path.exists():
            lines += path.read_text(encoding="utf-8", errors="replace").splitlines()
    return "".join(f"{line}\n" for line in sorted(lines, key=_instant_of))


def _instant_of(line: str) -> str:
    """The time of a record; for a last line that was cut off, or none of ours, what sorts behind all times."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    return str(record.get("timestamp", "")) if isinstance(record, dict) else "~"


def share_file(path: Path, target: Path) -> None:
    """Put a file to a second place without writing it again, which is ten times faster; a copy where that can't be, and
    of files that are changed later.
    """
    if any(part in path.name for part in WRITTEN_ONCE):
        with contextlib.suppress(OSError):  # a file system without a second name for a file
            target.hardlink_to(path)
            return
    shutil.copyfile(path, target)


def gather_allure(
    folders: Sequence[Path],
    into: Path,
    own: str,
    findings: Iterable[Finding] = (),
    reported: Collection[str | None] = (),
    take: Callable[[Path, Path], object] = shutil.copyfile,
) -> None:
    """Copy the Allure results of these folders, or `take` each; what several tell of the run itself becomes one result.

    `findings` are the merged ones, whose words such a result takes. The results of this full name are left out: the run
    writes its own. So are findings of codes that a scenario of any shard `reported`. Raises OSError.
    """
    merged = {f"{found.title} [{found.code}]": f"{found.sentence}\n[{found.code}]" for found in findings}
    into.mkdir(parents=True, exist_ok=True)
    of_run = defaultdict[str, list[tuple[str, dict[str, Any]]]](list)
    seen: set[str] = set()  # what describes the run, such as its environment, is the first shard's
    for folder in folders:
        results = folder / ALLURE
        left_out = {path for pattern in OWN_OF_A_SHARD for path in results.glob(pattern)}
        for path in sorted(path for path in results.glob("*") if path.is_file()):
            result = read_json(path) if path.name.endswith("-result.json") else None
            if path in left_out or (isinstance(result, dict) and result.get("fullName") == own):
                continue
            if isinstance(result, dict) and result.get("titlePath") == [THE_RUN]:
                of_run[str(result.get("historyId"))].append((path.name, result))
            elif path.name not in seen:
                seen.add(path.name)
                take(path, into / path.name)
    for same in of_run.values():
        name, result = same[0]
        causes = [label["value"] for label in result.get("labels", ()) if label["name"] == allure.CAUSE]
        if any(cause.endswith(f"[{code}]") for cause in causes for code in reported):
            continue
        messages = [str((one.get("statusDetails") or {}).get("message") or "") for _, one in same]
        if any(messages):
            of_all = merged.get("".join(causes)) if len(same) > 1 else None
            result["statusDetails"] = {
                **(result.get("statusDetails") or {}),
                "message": of_all or "\n".join(dict.fromkeys(messages)),
            }
        with open_private(into / name, "w") as file:
            json.dump(result, file, ensure_ascii=False)
