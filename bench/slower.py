"""Whether whole runs are called slower when the platform is: healthy ones beside ones at which it takes twice as long.

The runs come one after the other at one demo, whose answers take HEALTHY_S longer than they would, as over a network;
for the slowed ones so much is added that they take twice as long. Bound by how quiet the machine is: while others use
it a run is not judged, which is no "slower" (docs/speed.md).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from bench.figures import Figure, Goal
from bench.latency import line_to
from bench.processes import ROOT, running_demo

FORMER = 5
"""Runs that the others are compared with."""
RUNS = 5
"""Of each kind that were judged."""
MOST_RUNS = 20
"""Of each kind that are made for that: others may use the machine."""
HEALTHY_S = 0.04
BUDGETS = "[[budget]]\nslower_by = 30\n"
ARGUMENTS = ("features/tables.feature", "--tags=not @uses.demo")


def measure() -> Iterator[Figure]:
    """Of each kind of run how many were called slower."""
    with (
        running_demo() as demo,
        line_to(demo["api_base_url"]) as line,
        tempfile.TemporaryDirectory(prefix="bench-slower-") as name,
    ):
        folder, line.seconds = Path(name), HEALTHY_S
        (folder / "budgets.toml").write_text(BUDGETS, encoding="utf-8")
        where = {
            **demo["env"],
            "BOOKING_API_BASE_URL": line.url,
            "BOOKING_OUTPUT_DIR": name,
            "BOOKING_BUDGETS": str(folder / "budgets.toml"),
        }
        former = [_run(folder, where) for _ in range(FORMER)]
        healthy = _judged(folder, where)
        usual = median(run["metrics"]["submitMs"]["p50"] for run in (*former, *healthy))
        line.seconds = HEALTHY_S + usual / 1000
        slowed = _judged(folder, where)
    slow = median(run["metrics"]["submitMs"]["p50"] for run in slowed)
    yield Figure("the answer of the slowed platform, p50", slow, "ms", "the healthy one's", usual)
    for kind, runs, goal in (("healthy", healthy, Goal("≤", 0)), ("slowed", slowed, Goal("≥", RUNS))):
        ended = Counter(run["budgets"][0]["status"] for run in runs)
        judged, unjudged = ended["broken"] + ended["kept"], ended["not_judged"]
        beside = f", beside {unjudged} not judged" if unjudged else ""
        yield Figure(f"{kind} runs that were called slower, of {judged}{beside}", ended["broken"], goal=goal)


def _judged(folder: Path, where: Mapping[str, str]) -> list[dict[str, Any]]:
    """Summaries of runs until this many of them were judged, or there were enough."""
    runs: list[dict[str, Any]] = []
    while len(runs) < MOST_RUNS and sum(run["budgets"][0]["status"] != "not_judged" for run in runs) < RUNS:
        runs.append(_run(folder, where))
    return runs


def _run(folder: Path, where: Mapping[str, str]) -> dict[str, Any]:
    """The summary of one run."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "behave", *ARGUMENTS],
        cwd=ROOT,
        env={**os.environ, **where},
        capture_output=True,
        text=True,
        check=False,
    )
    summary: dict[str, Any] = json.loads((folder / "reports" / "summary.json").read_text(encoding="utf-8"))
    if not summary["budgets"]:
        raise RuntimeError(f"a run was not judged:\n{done.stdout}{done.stderr}")
    return summary
