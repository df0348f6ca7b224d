"""How soon the suite is there: the first `make smoke` in a fresh clone, one scenario, the demo's stack cold and warm.

Whole processes by the wall clock. The clone is bound by uv's linking of the packages that it keeps on the machine;
where there is no uv, by venv and pip, which fetch it first (the goal is for machines that have it). One scenario is
bound by Python's reading of modules and behave's of all features, so it stands beside the packages alone: behave with
allure-behave reads the same features, runs the scenario by steps that do nothing, and then as much time passes as until
a second look. The stack is bound by PostgreSQL, cold by `initdb` and the seed too.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx

from bench.figures import Figure, Goal
from bench.processes import ROOT, run, running_demo, seconds
from bookingflow.booking.observation import STABLE_AFTER_S

AGAIN = 5
"""Times that the short ones are measured; the median counts."""
STEPS = """
from behave import step, use_step_matcher

use_step_matcher("re")


@step(".*")
def nothing(context): ...
"""
PACKAGES_ALONE = f"""
import httpx, psycopg, pydantic, time
from behave.__main__ import main

main(["--tags=@BOOK-004", "--format=allure_behave.formatter:AllureFormatter", "--outfile=allure-results"])
time.sleep({STABLE_AFTER_S})
"""
"""The same scenario with nothing of this suite but its features: the packages it is built on, `STEPS`, and the time
until the second look.
"""


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
        one, packages = _one_scenario(clone, clone / "bare")
        what = "`behave --tags=@BOOK-004` there, with a running demo"
        yield Figure(what, one, "s", goal=Goal("≤", 0.5))
        yield Figure(what, one, "s", "the packages alone with these features, and a second look's time", packages)
    cold = _stack_start(cold=True)
    warm = statistics.median(_stack_start(cold=False) for _ in range(AGAIN))
    yield Figure("from nothing to the demo's first answer", warm, "s", "the first time on a machine", cold)


def _one_scenario(clone: Path, bare: Path) -> tuple[float, float]:
    """The whole process of one scenario that is confirmed at once, with the packages that users have; and that of
    these packages alone, in a new folder `bare`.
    """
    python = str(clone / ".venv" / "bin" / "python")
    shutil.copytree(clone / "features", bare / "features")
    (bare / "features" / "steps").mkdir()
    (bare / "features" / "steps" / "nothing.py").write_text(STEPS, encoding="utf-8")
    scenario, packages = [python, "-m", "behave", "--tags=@BOOK-004"], [python, "-c", PACKAGES_ALONE]
    with running_demo() as line:
        taken = [
            [seconds(partial(run, argv, where, **line["env"])) for argv, where in ((scenario, clone), (packages, bare))]
            for _ in range(AGAIN)
        ]
    return statistics.median(one for one, _ in taken), statistics.median(least for _, least in taken)


def _stack_start(*, cold: bool) -> float:
    """From nothing to the first answered request; cold makes the database's template first."""
    with tempfile.TemporaryDirectory(prefix="bench-cache-") as cache:
        Path(cache).chmod(0o755)
        began = time.perf_counter()
        with running_demo(**({"XDG_CACHE_HOME": cache} if cold else {})) as line:
            httpx.get(f"{line['api_base_url']}/api/events").raise_for_status()
            return round(time.perf_counter() - began, 3)
