"""How soon the suite is there: the first `make smoke` in a fresh clone, one scenario, the demo's stack cold and warm.

Whole processes by the wall clock. The clone is bound by uv's linking of the packages that it keeps on the machine;
where there is no uv, by venv and pip, which fetch it first (the goal is for machines that have it). One scenario is
bound by Python's reading of modules; the stack by PostgreSQL, cold by `initdb` and the seed too.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from bench.figures import Figure, Goal
from bench.processes import ROOT, run, running_demo, seconds

AGAIN = 5
"""Times that the short ones are measured; the median counts."""


def measure() -> Iterator[Figure]:
    """Seconds."""
    with tempfile.TemporaryDirectory(prefix="bench-clone-") as name:
        clone = Path(name)
        run(["git", "clone", "--quiet", str(ROOT), name], ROOT)
        first = seconds(lambda: run(["make", "smoke"], clone))
        has_uv = shutil.which("uv") is not None
        what = f"first `make smoke` in a fresh clone, packages in uv's cache{'' if has_uv else ', uv fetched first'}"
        yield Figure(what, first, "s", goal=Goal("≤", 12) if has_uv else None)
        again = statistics.median(seconds(lambda: run(["make", "smoke"], clone)) for _ in range(AGAIN))
        yield Figure("the next one", again, "s")
        one = _one_scenario(clone)
        yield Figure("`behave --tags=@BOOK-004` there, with a running demo", one, "s", goal=Goal("≤", 0.5))
    cold = _stack_start(cold=True)
    warm = statistics.median(_stack_start(cold=False) for _ in range(AGAIN))
    yield Figure("from nothing to the demo's first answer", warm, "s", "the first time on a machine", cold)


def _one_scenario(clone: Path) -> float:
    """The whole process of one scenario that is confirmed at once, with the packages that users have."""
    argv = [str(clone / ".venv" / "bin" / "python"), "-m", "behave", "--tags=@BOOK-004"]
    with running_demo() as line:
        return statistics.median(seconds(lambda: run(argv, clone, **line["env"])) for _ in range(AGAIN))


def _stack_start(*, cold: bool) -> float:
    """From nothing to the first answered request; cold makes the database's template first."""
    with tempfile.TemporaryDirectory(prefix="bench-cache-") as cache:
        Path(cache).chmod(0o755)
        began = time.perf_counter()
        with running_demo(**({"XDG_CACHE_HOME": cache} if cold else {})) as line:
            httpx.get(f"{line['api_base_url']}/api/events").raise_for_status()
            return round(time.perf_counter() - began, 3)
