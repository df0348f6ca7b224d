"""Whether whole runs are called slower when the platform is: healthy ones beside ones at which it takes twice as long.

The runs come one after the other at one demo, whose assignment takes HEALTHY_MS longer than it would, as a platform
behind a network does; for the slowed ones so much is added that an answer takes twice as long. Bound by how quiet the
machine is: while others use it a run is not judged, which is no "slower" (docs/speed.md).
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
from bench.processes import ROOT, running_demo
from demo.client import DemoAdmin

FORMER = 5
"""Runs that the others are compared with."""
RUNS = 5
HEALTHY_MS = 40
BUDGETS = "[[budget]]\nslower_by = 30\n"
ARGUMENTS = ("features/tables.feature", "--tags=not @uses.demo")


def measure() -> Iterator[Figure]:
    """Of each kind of run how many were called slower."""
    with running_demo() as line, tempfile.TemporaryDirectory(prefix="bench-slower-") as name:
        given, folder = line["env"], Path(name)
        (folder / "budgets.toml").write_text(BUDGETS, encoding="utf-8")
        where = {**given, "BOOKING_OUTPUT_DIR": name, "BOOKING_BUDGETS": str(folder / "budgets.toml")}
        admin = DemoAdmin(given["BOOKING_DEMO_ADMIN_URL"], given["BOOKING_DEMO_ADMIN_TOKEN"])
        admin.set_flags(assignment_delay_ms=HEALTHY_MS)
        former = [_run(folder, where) for _ in range(FORMER)]
        healthy = [_run(folder, where) for _ in range(RUNS)]
        usual = median(run["metrics"]["submitMs"]["p50"] for run in (*former, *healthy))
        admin.set_flags(assignment_delay_ms=HEALTHY_MS + round(usual))
        slowed = [_run(folder, where) for _ in range(RUNS)]
        admin.close()
    slow = median(run["metrics"]["submitMs"]["p50"] for run in slowed)
    yield Figure("the answer of the slowed platform, p50", slow, "ms", "the healthy one's", usual)
    for kind, runs, goal in (("healthy", healthy, Goal("≤", 0)), ("slowed", slowed, Goal("≥", RUNS))):
        ended = Counter(run["budgets"][0]["status"] for run in runs)
        unjudged = f", {ended['not_judged']} not judged" if ended["not_judged"] else ""
        yield Figure(f"{kind} runs that were called slower, of {RUNS}{unjudged}", ended["broken"], goal=goal)


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
