"""One run of the suite in a process of its own, with its own demo platform, and what behave said of each scenario."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bookingflow.core.exit_status import ExitStatus
from bookingflow.core.scenario_ids import id_among
from bookingflow.core.selection import SLOW
from verdicts.processes import behave

ROOT = Path(__file__).resolve().parent.parent
DEADLINE_CAP_S = 4
"""Seconds after which a booking counts as never confirmed: enough for the platform's job and our own to have ended."""
LONGEST_RUN_S = 420
"""A run that waits in vain everywhere is interrupted then; what it has not judged counts as not caught."""
SHARDS = 4
"""Processes for a defect that makes bookings wait in vain."""
CONFIGURATION = """[behave]
runner = bookingflow.runner:AcceptanceRunner
format = json
outfiles = behave.json
default_format = null
capture_hooks = no
summary = no
[behave.formatters]
json = behave.formatter.json:JSONFormatter
"""
"""That of a plain run, but for the report: what behave says of each scenario is all that is judged here."""
FEATURES = sorted((ROOT / "features").glob("*.feature"))
RED = frozenset({"failed", "error", "hook_error", "cleanup_error", "undefined"})


@dataclass(frozen=True)
class Defect:
    """A promise the demo can be told to break (docs/demo.md, "Defects")."""

    name: str
    breaks: str
    promise: str
    may_break: frozenset[str]
    tells: str
    slow: bool


@dataclass(frozen=True)
class Scenario:
    """How one scenario ended."""

    id: str
    title: str
    tags: frozenset[str]
    status: str
    message: str

    @property
    def is_red(self) -> bool:
        """Whether it failed, for whatever reason."""
        return self.status in RED


@dataclass(frozen=True)
class Summarized:
    """A broken promise in summary.json."""

    id: str
    sentence: str
    code: str = ""
    who_can_act: str = ""


@dataclass(frozen=True)
class Run:
    """A run of the whole suite."""

    defect: Defect | None
    scenarios: tuple[Scenario, ...]
    exit_status: int
    output: str
    seconds: float = 0.0
    summarized: tuple[Summarized, ...] | None = None
    """What its summary.json says of broken promises; None when it left none, because it was killed."""

    @property
    def red(self) -> list[Scenario]:
        """The scenarios that failed."""
        return [scenario for scenario in self.scenarios if scenario.is_red]

    @property
    def passed(self) -> int:
        """How many scenarios held."""
        return sum(scenario.status == "passed" for scenario in self.scenarios)


def defects() -> list[Defect]:
    """What the demo can be told to break."""
    listed = subprocess.run(
        [sys.executable, "-m", "demo", "--list-defects"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [
        Defect(
            name=item["name"],
            breaks=item["breaks"],
            promise=item["promise"],
            may_break=frozenset(item["may_break"]),
            tells=item["tells"],
            slow=item["slow"],
        )
        for item in json.loads(listed.stdout)
    ]


def features_of(promise: str) -> list[str]:
    """The feature files in which a scenario has this id, relative to the project's folder."""
    tag = re.compile(rf"@{promise}\b")
    return [str(path.relative_to(ROOT)) for path in FEATURES if tag.search(path.read_text(encoding="utf-8"))]


def is_slow(promise: str) -> bool:
    """Whether the scenario of this id stands in a feature that runs only where it is asked for."""
    texts = [(ROOT / feature).read_text(encoding="utf-8") for feature in features_of(promise)]
    return any(re.search(rf"@{SLOW}\b", text) for text in texts)


def shards(defect: Defect | None, *, halved: bool = False) -> list[list[str]]:
    """What to run in one process each: with a defect that makes bookings wait in vain a few features, else all, or
    `halved` for the last runs of a matrix, when cores would wait for long ones.
    """
    everything = [str(path.relative_to(ROOT)) for path in FEATURES]
    parts = SHARDS if defect is not None and defect.slow else 2 if halved else 1
    return [everything[number::parts] for number in range(parts)]


def merged(runs: Sequence[Run]) -> Run:
    """The runs of one defect's shards as one."""
    return Run(
        runs[0].defect,
        tuple(scenario for run in runs for scenario in run.scenarios),
        _exit_status([run.exit_status for run in runs]),
        "".join(run.output for run in runs),
        sum(run.seconds for run in runs),
        None
        if any(run.summarized is None for run in runs)
        else tuple(one for run in runs for one in run.summarized or ()),
    )


def _exit_status(statuses: Sequence[int]) -> int:
    """That of all shards together: a broken promise of one is the run's; a shard that was killed has a negative one."""
    return int(ExitStatus.BROKEN) if ExitStatus.BROKEN in statuses else max(statuses, key=abs)


def run(defect: Defect | None, features: Sequence[str]) -> Run:
    """Run these feature files with this defect on, or with none."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="verdict-") as folder:
        (Path(folder) / "behave.ini").write_text(CONFIGURATION, encoding="utf-8")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BOOKING_")}
        environment |= {
            "BOOKING_TARGET": "demo",
            "BOOKING_OUTPUT_DIR": folder,
            "BOOKING_DEADLINE_CAP": str(DEADLINE_CAP_S),
            "BOOKING_DEMO_DEFECTS": defect.name if defect else "",
            "BOOKING_KNOWN_BREACHES": os.devnull,
            "BOOKING_BUDGETS": os.devnull,
            "BOOKING_GIVE_UP": "never",
            # The run stands in a folder of its own; its code is that of this checkout, wherever it was installed from.
            "PYTHONPATH": str(ROOT),
        }
        # A feature that is named would be run with its slow scenarios.
        also = f" or @{defect.promise}" if defect is not None and is_slow(defect.promise) else ""
        arguments = [*(str(ROOT / feature) for feature in features), f"--tags=not @{SLOW}{also}"]
        status, output = behave(arguments, Path(folder), environment, LONGEST_RUN_S)
        written = Path(folder) / "behave.json"
        text = written.read_text(encoding="utf-8") if written.exists() else ""
        scenarios = tuple(scenarios_in(features_in(text)))
        summarized = _summarized(Path(folder) / "reports" / "summary.json")
        return Run(defect, scenarios, status, output, time.monotonic() - began, summarized)


def _summarized(path: Path) -> tuple[Summarized, ...] | None:
    if not path.exists():
        return None
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    kept = ("id", "sentence", "code", "whoCanAct")
    return tuple(Summarized(*(item[name] for name in kept)) for item in results if item["status"] == "failed")


def features_in(text: str) -> list[dict[str, Any]]:
    """What behave's JSON tells of each feature. They are written whole, one by one: what a run that was killed had
    written by then lacks nothing but the end.
    """
    if not text:
        return []
    try:
        features: list[dict[str, Any]] = json.loads(text)
    except ValueError:
        features = json.loads(f"{text.rstrip().removesuffix(',')}]")
    return features


def scenarios_in(features: list[dict[str, Any]]) -> Iterator[Scenario]:
    """How each scenario ended.

    Where a rule follows, behave names the feature's background once more before it writes how the scenario before the
    rule ended, and writes it there.
    """
    for feature in features:
        elements: list[dict[str, Any]] = feature.get("elements", [])
        for element, following in zip(elements, [*elements[1:], {}], strict=True):
            if element["type"] == "background":
                continue
            tags = frozenset([*feature.get("tags", ()), *element.get("tags", ())])
            yield Scenario(
                id=id_among(tags) or "",
                title=element["name"],
                tags=tags,
                status=element["status"] or following.get("status") or "untested",
                message=_message(element),
            )


def _message(element: dict[str, Any]) -> str:
    """What the first red step says."""
    for step in element.get("steps", ()):
        result = step.get("result", {})
        if result.get("status") in RED:
            message = result.get("error_message", "")
            return "\n".join(message) if isinstance(message, list) else str(message)
    return ""
