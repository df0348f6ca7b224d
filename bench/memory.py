"""How much a run grows that books, follows and reports again and again in one process.

Its resident memory is read from outside while a whole run repeats one scenario: session, audit, records, console and
Allure's results are in it, the demo is a process of its own. The first flows load modules and fill caches; they are not
counted. Bound by what the run's end needs of every booking: its judgement as a whole forgets none.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence

import psutil

from bench.figures import Figure, Goal
from bench.processes import ROOT

WARM_UP, FLOWS = 200, 2_000
PROMISE = "--tags=@BOOK-002"
"""One booking, followed until it is confirmed, judged as a whole and cancelled."""


def measure() -> Iterator[Figure]:
    """Megabytes that the process grew by, and how it grew in the second half of that beside the first."""
    looks = (WARM_UP, WARM_UP + FLOWS // 2, WARM_UP + FLOWS)
    warm, half, full = (size / 1e6 for size in resident_after(looks))
    yield Figure(f"memory of a run after {WARM_UP} flows", round(warm, 1), "MB")
    yield Figure(f"grown by in {FLOWS:,} flows more", round(full - warm, 1), "MB", goal=Goal("≤", 10))
    first = round(half - warm, 1)
    yield Figure("of that in the second half", round(full - half, 1), "MB", "in the first half", first)


def resident_after(numbers: Sequence[int]) -> list[int]:
    """Bytes that the process of a run holds after so many flows, in this order; raises RuntimeError where it fails."""
    with tempfile.TemporaryDirectory(prefix="bench-memory-") as folder:
        where = {**os.environ, "BOOKING_TARGET": "demo", "BOOKING_OUTPUT_DIR": folder}
        argv = [sys.executable, "-m", "bookingflow", "run", PROMISE, "--repeat", str(numbers[-1] + 1)]
        with subprocess.Popen(  # noqa: S603 - our own program
            argv, cwd=ROOT, env=where, stdout=subprocess.PIPE, text=True
        ) as run:
            process, seen = psutil.Process(run.pid), dict[int, int]()
            for line in run.stdout or ():
                number = line.split()[0] if line.strip() else ""
                if number.isdecimal() and int(number) in numbers and int(number) not in seen:
                    seen[int(number)] = process.memory_info().rss
    if run.returncode:
        raise RuntimeError(f"{' '.join(argv)} ended with {run.returncode}")
    return [seen[number] for number in numbers]
