"""All features on the demo: one process, two and four shards; and what the one process itself works, without its demo.

The single run waits more than it works: for the background job, for the second look, for 3 s before a booking is
judged. So more shards than cores pay, until the cores are busy with the demos' and shards' own work. Shards are split
by the durations of the single run. Each run has a folder of its own, and none is removed before the last one is over:
ext4 makes files slowly for minutes where many were removed. The work of the report is the CPU time spent in its code
(bench/measured.py).
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.figures import Figure, Goal
from bench.measured import OF_REPORT, measured_behave
from bench.processes import ROOT, run, seconds
from bookingflow.report.last_run import DURATIONS

WAITING = tuple(f"features/{name}.feature" for name in ("background_job", "asking_twice", "booking_confirmation"))
"""Those that wait most for each second of work."""


def measure() -> Iterator[Figure]:
    """Seconds, and how many times faster shards are."""
    with tempfile.TemporaryDirectory(prefix="bench-whole-") as name:
        runs = Path(name)
        single = runs / "single"
        used = measured_behave(ROOT, [], BOOKING_OUTPUT_DIR=str(single))
        yield Figure("all features in one process", used.wall_s, "s")
        yield Figure("of that its own CPU time, without the demo's", used.cpu_s, "s", goal=Goal("≤", 4.5))
        counted = measured_behave(ROOT, [OF_REPORT], BOOKING_OUTPUT_DIR=str(runs / "counted"))
        yield Figure("the report's, in a run that counts it", counted.report_cpu_s, "s", "all of it", counted.cpu_s)
        two, four = (_sharded(runs / f"{jobs} shards", jobs, single) for jobs in (2, 4))
        alone = "one process"
        yield Figure("in 2 shards", two, "s", alone, used.wall_s, speedup=True, goal=Goal("≥", 1.7))
        yield Figure("in 4 shards", four, "s", alone, used.wall_s, speedup=True, goal=Goal("≥", 2.5))
        yield Figure("in 4 shards, in seconds", four, "s", goal=Goal("≤", 18))
        one, two = (_sharded(runs / f"{jobs} that wait", jobs, single, WAITING) for jobs in (1, 2))
        what = "features that mostly wait, in 2 shards"
        yield Figure(what, two, "s", alone, one, speedup=True, goal=Goal("≥", 1.9))


def _sharded(folder: Path, jobs: int, before: Path, features: Sequence[str] = ()) -> float:
    """Seconds of a run in so many shards, into a new folder; split by the durations of the run `before`."""
    (folder / "reports").mkdir(parents=True)
    shutil.copy(before / "reports" / DURATIONS, folder / "reports")
    argv = [sys.executable, "-m", "bookingflow", "run", "--jobs", str(jobs), *features]
    return seconds(lambda: run(argv, ROOT, BOOKING_OUTPUT_DIR=str(folder)))
