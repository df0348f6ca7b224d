"""The benchmarks. Each part is a module of this package that `PARTS` names, with one function:

    def measure() -> Iterable[Figure]

It measures what it is about and its yardstick in the same run, and returns (or yields, as they come) a `Figure`
(bench/figures.py) for each line of the table. A part starts what it needs itself, takes nothing from other parts, and
raises where it can't measure: the others are measured nonetheless. Its docstring says how it measures and what bounds
the figures. `python -m bench NAME…` measures the parts named, `python -m bench` those of `PARTS` in the order below.
"""

from __future__ import annotations

PARTS = (
    "start",
    "flow",
    "noticing",
    "open_model",
    "overhead",
    "report",
    "growth",
    "whole_run",
    "throughput",
    "slower",
)
"""Names of the parts' modules."""
LONG = ("memory",)
"""Those that take minutes: measured only where they are named, or with `--long`."""
