"""The run in one file for machines: reports/summary.json."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from bookingflow.core.sanitizer import Sanitizer
from bookingflow.scenario.session import BookingReport

SCHEMA_VERSION = 1
RunVerdict = Literal["kept", "broken", "not_judged"]


def write_summary(
    path: Path,
    *,
    run_id: str,
    target: str,
    verdict: RunVerdict,
    scenarios: Mapping[str, int],
    bookings: Sequence[BookingReport],
    known_breaches: Mapping[str, str],
    healed: Sequence[str],
    sanitizer: Sanitizer,
) -> None:
    """Write the summary, sanitized."""
    summary = {
        "schemaVersion": SCHEMA_VERSION,
        "runId": run_id,
        "target": target,
        "verdict": verdict,
        "scenarios": dict(scenarios),
        "knownBreaches": dict(known_breaches),
        "healedBreaches": list(healed),
        "bookings": [_booking(report) for report in bookings],
        "metrics": run_metrics(bookings),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(sanitizer.value(summary), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _booking(report: BookingReport) -> dict[str, Any]:
    diagnosis = report.diagnosis
    return {
        "scenario": report.scenario,
        "bookingId": report.booking.booking_id,
        "outcome": report.booking.outcome_code or "not_followed",
        "diagnosis": None if diagnosis is None else {"code": diagnosis.code, "sentence": diagnosis.sentence},
        "metrics": report.booking.metrics.as_json(),
    }


def run_metrics(bookings: Sequence[BookingReport]) -> dict[str, Any]:
    """Successes, failures, times of the whole and of each phase, and how the tables were used."""
    booking = [report.booking for report in bookings if report.booking.outcome is not None]
    confirmed = [item for item in booking if item.confirmed]
    return {
        "bookings": len(bookings),
        "confirmed": len(confirmed),
        "notConfirmed": len(booking) - len(confirmed),
        "totalMs": spread(item.metrics.total_ms for item in confirmed),
        "submitMs": spread(item.metrics.submit_ms for item in confirmed),
        "inlineMs": spread(item.metrics.inline_ms for item in confirmed),
        "backgroundMs": spread(item.metrics.job_ms for item in confirmed if item.metrics.job_ms),
        "seatWaste": spread(item.metrics.seat_waste or 0 for item in confirmed),
        "tablesPerBooking": spread(item.metrics.tables for item in confirmed),
        "distinctTables": len({number for item in confirmed for number in item.metrics.table_numbers}),
    }


def spread(values: Iterable[float]) -> dict[str, float] | None:
    """Count, min, mean, p50, p95 and max; None without values."""
    ordered = sorted(values)
    if not ordered:
        return None
    return {
        "count": len(ordered),
        "min": round(ordered[0], 1),
        "mean": round(statistics.fmean(ordered), 1),
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))], 1),
        "max": round(ordered[-1], 1),
    }
