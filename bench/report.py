"""How large the results are, and how long the page of many takes; Allure's own generator, under Node.js, bounds it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, Goal
from bench.processes import seconds
from bench.small_features import OURS, run_scenarios
from bookingflow.report.site import make_page

SCENARIOS = 500


def measure() -> Iterator[Figure]:
    """Bytes and seconds; raises PageNotMade without Node.js."""
    with tempfile.TemporaryDirectory(prefix="bench-report-") as name:
        folder = Path(name)
        run_scenarios(folder, SCENARIOS, OURS)
        held = sum(path.stat().st_size for path in (folder / "results").iterdir())
        yield Figure("results of a passing scenario", round(held / SCENARIOS / 1000, 1), "KB", goal=Goal("≤", 60))
        page = folder / "allure.html"
        took = seconds(lambda: make_page(folder / "results", page, folder / "history.jsonl"))
        yield Figure(f"the page of {SCENARIOS} scenarios", took, "s", goal=Goal("≤", 10))
        yield Figure("its size", round(page.stat().st_size / 1e6, 1), "MB", goal=Goal("≤", 8))
