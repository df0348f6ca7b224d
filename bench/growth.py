"""Whole runs of 10, 100 and 1,000 scenarios: what each one more costs in time and in memory, and whether that grows.

Each scenario sends a booking with a mistake, which is refused: the platform keeps nothing, and no scenario waits. What
grows is the suite's own: behave's model, the records, the results, the summary. One demo serves all runs.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, Goal
from bench.measured import Used, measured_behave
from bench.processes import ROOT, running_demo

SIZES = (10, 100, 1000)
SCENARIO = """
  @BOOK-{number:03}
  Scenario: A booking without a name is refused, number {number}
    Given the demo restaurant
    And a time with room for 2 guests
    When I try to book with no name
    Then it is refused because of the name
    And nothing is stored
"""


def measure() -> Iterator[Figure]:
    """Milliseconds and kilobytes of each scenario more."""
    with running_demo() as line, tempfile.TemporaryDirectory(prefix="bench-growth-") as name:
        folder = Path(name)
        _project(folder)
        few, some, many = (_run(folder, size, line["env"]) for size in SIZES)
    first, then = (f"{low:,} to {high:,}" for low, high in itertools.pairwise(SIZES))
    yield Figure(f"a run of {SIZES[-1]:,} scenarios", many.wall_s, "s")
    yield Figure("its memory, at the most", many.peak_mb, "MB")
    early, late = ((b.wall_s - a.wall_s) * 1000 for a, b in ((few, some), (some, many)))
    early, late = early / (SIZES[1] - SIZES[0]), late / (SIZES[2] - SIZES[1])
    yield Figure(f"each scenario more, {then}", late, "ms", first, early, goal=Goal("≤", 1.2))
    early, late = ((b.peak_mb - a.peak_mb) * 1000 for a, b in ((few, some), (some, many)))
    early, late = early / (SIZES[1] - SIZES[0]), late / (SIZES[2] - SIZES[1])
    yield Figure(f"its memory, {then}", late, "KB", first, early, goal=Goal("≤", 1.2))


def _project(folder: Path) -> None:
    """The suite's own steps and settings, with a feature of any length."""
    for name in ("steps", "environment.py", "behave.ini"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "features").mkdir()


def _run(folder: Path, scenarios: int, where: dict[str, str]) -> Used:
    written = "".join(SCENARIO.format(number=number) for number in range(scenarios))
    (folder / "features" / "many.feature").write_text(f"@owner.bench\nFeature: Many\n{written}", encoding="utf-8")
    return measured_behave(folder, [], **where, BOOKING_OUTPUT_DIR=str(folder), PYTHONPATH=str(ROOT))
