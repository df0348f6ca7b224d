"""Prints how many cells of the table are right."""

from __future__ import annotations

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Right of all, in one line."""
    ended = {end: len(terminalreporter.stats.get(end, [])) for end in ("passed", "failed", "error")}
    terminalreporter.write_line(f"faults: {ended['passed']} of {sum(ended.values())} right")
