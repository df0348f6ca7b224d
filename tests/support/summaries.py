"""Summaries of runs, as they stand at their end."""

from __future__ import annotations

from typing import Any

from bookingflow.report.scenario_results import counts
from bookingflow.report.summary import Finding, Reason, ScenarioResult, Status, Summary, verdict_of


def result(number: int = 1, status: Status = "passed", code: str | None = None, **given: Any) -> ScenarioResult:
    """A scenario's result; red with this code, or green."""
    failed = status in {"failed", "error"}
    known = {
        "id": f"BOOK-{number:03}",
        "name": f"Promise {number}",
        "feature": "Rooms",
        "rule": "",
        "location": f"features/rooms.feature:{number}",
        "status": status,
        "code": code or ("notes_not_stored" if failed else None),
        "title": "Guests' notes are not stored" if failed else None,
        "sentence": f"Guests' notes are not stored. Booking {number}." if failed else None,
        "who_can_act": "the platform team" if failed else None,
        "duration_ms": 250.0,
        "again": f"behave features/rooms.feature:{number}",
    }
    return ScenarioResult(**{**known, **given})


def summary(
    *results: ScenarioResult,
    findings: tuple[Finding, ...] = (),
    cut_off: bool = False,
    reason: Reason | None = None,
    **given: Any,
) -> Summary:
    """The summary of a run with these results."""
    verdict, status = verdict_of(results, findings, cut_off=cut_off, reason=reason)
    known = {
        "run_id": "0123456789",
        "verdict": verdict,
        "exit_status": int(status),
        "cut_off": cut_off,
        "reason": reason,
        "started_at": "2026-11-26T15:00:00.000Z",
        "ended_at": "2026-11-26T15:00:43.200Z",
        "suite": "0.1.0",
        "scenarios": counts(results),
        "results": results,
        "findings": findings,
    }
    return Summary(**{**known, **given})
