"""This run beside the one before: what is newly red, what was left over, and how long each scenario takes."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bookingflow.report.summary import NOT_GREEN, ScenarioResult, Summary

DURATIONS = "durations.json"


def new_failures(summary: Summary, last: Summary | None) -> list[ScenarioResult]:
    """What is red, the first time in this run, and was green in the run before, in each repetition of it."""
    if last is None:
        return []
    green = {result.promise for result in last.of_status("passed")} - {
        result.promise for result in last.of_status("failed", "error")
    }
    first: dict[str, ScenarioResult] = {}
    for result in summary.of_status("failed", "error"):
        first.setdefault(result.promise, result)
    return [result for promise, result in first.items() if promise in green]


def left_from(last: Summary | None, results: Sequence[ScenarioResult]) -> list[ScenarioResult]:
    """What was not green in the run before and was not reached by this one, which was to run it again."""
    reached = {(result.id, result.name) for result in results}
    before = [] if last is None else [result for result in last.results if result.status in NOT_GREEN]
    return [
        result.model_copy(update={"status": "not_run", "duration_ms": 0.0, "correlation_ids": ()})
        for result in before
        if (result.id, result.name) not in reached
    ]


def read_summary(path: Path) -> Summary | None:
    """The summary in this file; None where there is none that can be read."""
    try:
        return Summary.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None


def durations(before: Any, results: Sequence[ScenarioResult]) -> str:
    """How long each scenario took when it last ran, in milliseconds by its id and name, of several repetitions in the
    median; `before` as it was read.
    """
    known = {name: took for name, took in before.items() if isinstance(took, int)} if isinstance(before, dict) else {}
    ran: dict[str, list[float]] = {}
    for result in results:
        if result.status in {"passed", "failed", "error"}:
            ran.setdefault(result.promise, []).append(result.duration_ms)
    last = {promise: round(statistics.median(took)) for promise, took in ran.items()}
    return f"{json.dumps(dict(sorted({**known, **last}.items())), indent=0, ensure_ascii=False)}\n"
