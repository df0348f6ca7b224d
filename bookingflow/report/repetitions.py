"""What a run of many repetitions came to: which failed, how often at most that happens, what was measured.

A repetition fails when one of its scenarios does, or when the run finds a broken promise in one of its bookings. Where
nothing failed, and something kept one of its scenarios from being judged, it is not judged: it says nothing about the
platform, and is counted apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from bookingflow.core.repetitions import CONFIDENCE, Repeating, at_most, percent, spans
from bookingflow.core.text import as_time, counted
from bookingflow.report.causes import causes_of
from bookingflow.report.summary import (
    RED,
    BookingSummary,
    Finding,
    PromiseRate,
    Repetitions,
    RunMetrics,
    ScenarioResult,
    Spread,
    Summary,
)

End = Literal["held", "known", "failed", "not judged"]
PHASES: Mapping[str, str] = {
    "total_ms": "in all",
    "submit_ms": "submit",
    "inline_ms": "inline",
    "background_ms": "job",
    "post_job_ms": "post-job",
}
"""What is measured of each booking, by the name of its spread, in words."""
COLUMNS = ("bookings", "min", "mean", "p50", "p95", "max")


def end_of(statuses: Iterable[str]) -> End:
    """How a repetition ended, by its scenarios' statuses; nothing is judged where all were skipped."""
    seen = set(statuses)
    if "failed" in seen:
        return "failed"
    if seen & {"error", "not_tried", "not_run"} or not seen & {"passed", "known"}:
        return "not judged"
    return "known" if "known" in seen else "held"


def repetitions(
    repeating: Repeating,
    results: Sequence[ScenarioResult],
    findings: Iterable[Finding] = (),
    bookings: Iterable[BookingSummary] = (),
) -> Repetitions:
    """The repetitions that began, with how they ended; one that was cut off after a failure failed."""
    numbers = {result.label: result.repetition for result in results}
    made_in = {booking.reference: numbers.get(booking.scenario) for booking in bookings if booking.reference}
    broken = [one for one in findings if one.status == "failed" and one.known is None]
    found_in = {made_in.get(reference) for one in broken for reference in one.bookings}
    statuses: dict[int, list[str]] = {}
    promises: dict[str, list[End]] = {}
    for result in results:
        if result.repetition is not None:
            statuses.setdefault(result.repetition, []).append(result.status)
            promises.setdefault(result.promise, []).append(end_of([result.status]))
    ends = {number: "failed" if number in found_in else end_of(seen) for number, seen in statuses.items()}
    return Repetitions(
        **_rate(list(ends.values())),
        planned=repeating.most,
        until_failure=repeating.until_failure,
        within_s=repeating.within_s,
        failed_in=tuple(number for number, end in ends.items() if end == "failed"),
        not_judged_in=tuple(number for number, end in ends.items() if end == "not judged"),
        promises=tuple(PromiseRate(promise=promise, **_rate(seen)) for promise, seen in promises.items()),
    )


def _rate(ends: Sequence[str]) -> dict[str, Any]:
    failed, unjudged = ends.count("failed"), ends.count("not judged")
    judged = len(ends) - unjudged
    bound = at_most(failed, judged) if judged else None
    return {
        "judged": judged,
        "failed": failed,
        "not_judged": unjudged,
        "known": ends.count("known"),
        "at_most": None if bound is None else round(bound, 6),
    }


# -- for people ------------------------------------------------------------------------------------------------


def rate_lines(summary: Summary) -> Iterator[str]:
    """How often it failed, with the bound, in plain sentences."""
    said = summary.repetitions
    if said is None:
        return
    yield rate_sentence(said.failed, said.judged, "repetition")
    if 0 < said.failed < said.judged:
        yield f"Failed in {spans(said.failed_in)}."
    if said.known:
        yield f"In {said.known} of those that did not fail a known breach was met."
    if said.not_judged:
        were, are = ("was", "is") if said.not_judged == 1 else ("were", "are")
        left_out = f"{counted(said.not_judged, 'repetition')} {were} not judged, and {are} not in this rate"
        yield f"{left_out}: {spans(said.not_judged_in)}."
    if len(said.promises) > 1:
        for one in said.promises:
            if one.failed:
                yield f"  {one.promise}: {rate_sentence(one.failed, one.judged)}"
    placed = {booking.reference for booking in summary.bookings}
    unplaced = [one for one in summary.broken_findings if placed.isdisjoint(one.bookings)]
    if unplaced:
        yield f"{counted(len(unplaced), 'finding')} of no single booking: not in this rate."


def rate_words(summary: Summary) -> str:
    """The same in one line, without the rates of single promises; empty where nothing was repeated."""
    if summary.repetitions is None or summary.repetitions.planned == 1:
        return ""
    return " ".join(line for line in rate_lines(summary) if not line.startswith(" "))


def rate_sentence(failed: int, judged: int, what: str = "") -> str:
    """`0 of 200 repetitions failed: at most 1.5 % at 95 % confidence.`"""
    if not judged:
        return f"No {what or 'one'} was judged: nothing is known of how often it fails."
    of = f"{failed} of {counted(judged, what)}" if what else f"{failed} of {judged}"
    if failed == judged:
        return f"{of} failed."
    return f"{of} failed: at most {percent(at_most(failed, judged))} at {CONFIDENCE * 100:g} % confidence."


def repetition_words(results: Sequence[ScenarioResult]) -> str:
    """What a line says of a repetition: what is wrong by scenario, else how many promises were kept of several."""
    causes = causes_of(result for result in results if result.status in RED)
    if causes:
        return "; ".join(cause.words() for cause in causes)
    kept = sum(result.status == "passed" for result in results)
    return f"{kept} kept" if len(results) > 1 else ""


def measured_rows(metrics: RunMetrics) -> list[dict[str, str]]:
    """The table of the bookings that were confirmed: times of the whole and of each phase, seats left empty, tables."""
    rows = []
    for name, words in PHASES.items():
        if (spread := getattr(metrics, name)) is not None:
            rows.append(_row(words, spread, as_time))
    for name, words in (("seat_waste", "seats left empty"), ("tables_per_booking", "tables")):
        if (spread := getattr(metrics, name)) is not None:
            rows.append(_row(words, spread, lambda value: f"{value:g}"))
    return rows


def _row(words: str, spread: Spread, shown: Callable[[float], str]) -> dict[str, str]:
    values = {name: shown(getattr(spread, name)) for name in COLUMNS[1:]}
    return {"measured": words, "bookings": str(spread.count), **values}


def measured_headline(metrics: RunMetrics) -> str:
    """`40 bookings, 38 confirmed, at 3 different tables`."""
    tables = counted(metrics.distinct_tables, "table" if metrics.distinct_tables == 1 else "different table")
    at = f", at {tables}" if metrics.distinct_tables else ""
    return f"{counted(metrics.bookings, 'booking')}, {metrics.confirmed} confirmed{at}"


def measured_lines(metrics: RunMetrics) -> Iterator[str]:
    """The same for a terminal; nothing where nothing was booked."""
    if not metrics.bookings:
        return
    yield measured_headline(metrics)
    rows = measured_rows(metrics)
    if not rows:
        return
    names = ["measured", *COLUMNS]
    cells = [["", *COLUMNS], *([row[name] for name in names] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(names))]
    for first, *rest in cells:
        aligned = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        yield "  ".join([f"  {first.ljust(widths[0])}", *aligned])
