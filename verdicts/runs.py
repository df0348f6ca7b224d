"""One run of the suite in a process of its own, with its own demo platform, and what behave said of each scenario."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DEADLINE_CAP_S = 4
"""Seconds after which a booking counts as never confirmed: enough for the platform's job and our own to have ended."""
LONGEST_RUN_S = 420
"""A run that waits in vain everywhere is interrupted then; what it has not judged counts as not caught."""
FEATURES = sorted((ROOT / "features").glob("*.feature"))
ID = re.compile(r"^BOOK-\d+$")
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
class Run:
    """A run of the whole suite."""

    defect: Defect | None
    scenarios: tuple[Scenario, ...]
    exit_status: int
    output: str

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
    return [str(path.relative_to(ROOT)) for path in FEATURES if f"@{promise} " in path.read_text(encoding="utf-8")]


def shards(defect: Defect | None) -> list[list[str]]:
    """What to run in one process each: with a defect that makes bookings wait in vain a feature, else everything."""
    if defect is None or not defect.slow:
        return [[]]
    return [[str(path.relative_to(ROOT))] for path in FEATURES]


def merged(runs: Sequence[Run]) -> Run:
    """The runs of one defect's shards as one."""
    return Run(
        runs[0].defect,
        tuple(scenario for run in runs for scenario in run.scenarios),
        max(run.exit_status for run in runs),
        "".join(run.output for run in runs),
    )


def run(defect: Defect | None, arguments: Sequence[str] = ()) -> Run:
    """Run the suite with this defect on, or with none."""
    with tempfile.TemporaryDirectory(prefix="verdict-") as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BOOKING_")}
        environment |= {
            "BOOKING_TARGET": "demo",
            "BOOKING_OUTPUT_DIR": folder,
            "BOOKING_DEADLINE_CAP": str(DEADLINE_CAP_S),
            "BOOKING_DEMO_DEFECTS": defect.name if defect else "",
            "BOOKING_KNOWN_BREACHES": os.devnull,
        }
        told = Path(folder) / "behave.json"
        status, output = _behave(["-f", "json", "-o", str(told), *arguments], environment)
        text = told.read_text(encoding="utf-8") if told.exists() else ""
        return Run(defect, tuple(_scenarios(json.loads(text or "[]"))), status, output)


def _behave(arguments: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """The exit status of behave and what it printed; one that takes too long is interrupted, as by Ctrl-C."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "behave", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            output, _ = process.communicate(timeout=LONGEST_RUN_S)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate()
        return process.returncode, output


def _scenarios(features: list[dict[str, Any]]) -> Iterator[Scenario]:
    for feature in features:
        for element in feature.get("elements", ()):
            if element["type"] == "background":
                continue
            tags = frozenset([*feature.get("tags", ()), *element.get("tags", ())])
            yield Scenario(
                id=next((tag for tag in tags if ID.match(tag)), ""),
                title=element["name"],
                tags=tags,
                status=element.get("status", "untested"),
                message=_message(element),
            )


def _message(element: dict[str, Any]) -> str:
    """What the first red step says."""
    for step in element.get("steps", ()):
        result = step.get("result", {})
        if result.get("status") in RED:
            told = result.get("error_message", "")
            return "\n".join(told) if isinstance(told, list) else str(told)
    return ""
