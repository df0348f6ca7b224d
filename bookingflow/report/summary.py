"""The run in one file for machines: `reports/summary.json`, described by `docs/summary.schema.json`.

These models are what every view of a finished run is made from: the console's end, JUnit, the job summary.
"""

from __future__ import annotations

import datetime
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from bookingflow.booking.tracked_booking import CONFIRMED_OUTCOMES
from bookingflow.checks.speed import p95
from bookingflow.core.budgets import Measure, Phase
from bookingflow.core.exit_status import ExitStatus
from bookingflow.core.problems import Problem
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.trace import trace_id_of
from bookingflow.report.allure import numbered
from bookingflow.scenario.session import BookingReport

RunVerdict = Literal["kept", "broken", "not_judged"]
Status = Literal["passed", "failed", "error", "known", "skipped", "not_tried", "not_run"]
"""Of a scenario. `failed`: its promise is broken; `error`: it could not be judged; `known`: broken as
known-breaches.toml says; `skipped`: it can't be asked here; `not_tried`: given up beforehand; `not_run`: the run ended
before its turn."""
NOT_FOLLOWED = "not_followed"
"""The outcome of a booking whose way nobody followed to its end."""
RED = frozenset({"failed", "error"})
NOT_GREEN = RED | {"not_tried", "not_run"}
"""What BOOKING_LAST_FAILED runs again."""
Milliseconds = Annotated[float, Field(ge=0)]


class Model(BaseModel):
    """Named in camel case in the file."""

    model_config = ConfigDict(
        defer_build=True,  # read and written as part of the summary; none needs a validator of its own
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        json_schema_serialization_defaults_required=True,
    )


class Reason(Model):
    """Why a run could not begin, or judged nothing."""

    code: str
    sentence: str
    hint: str = ""


class TargetSummary(Model):
    """The platform that the run booked at; null for what was not known when it ended."""

    kind: Literal["demo", "live"] | None = None
    address: str | None = None
    restaurant: str | None = None
    time_zone: str | None = None


class PreflightItem(Model):
    """A problem or a note that the checks before the first booking found."""

    code: str
    title: str
    setting: str
    sentence: str
    mend: str
    who_can_act: str


class PreflightSummary(Model):
    """What the checks before the first booking found; where there are problems nothing was booked."""

    problems: tuple[PreflightItem, ...] = ()
    notes: tuple[PreflightItem, ...] = ()

    @classmethod
    def of(cls, problems: Iterable[Problem], notes: Iterable[Problem]) -> PreflightSummary:
        """Take these problems and notes as the summary has them."""
        read = PreflightItem.model_validate
        return cls(
            problems=tuple(read(item.as_json()) for item in problems),
            notes=tuple(read(item.as_json()) for item in notes),
        )


class Build(Model):
    """The CI system's build that ran this."""

    name: str
    url: str = ""


class ScenarioResult(Model):
    """How one scenario ended. `title` is the same for all failures with this code; `sentence` is the whole text."""

    id: str
    name: str
    repetition: Annotated[int, Field(ge=1)] | None = None
    """Which one it is, where the run repeated what was selected."""
    feature: str
    rule: str
    location: str
    status: Status
    code: str | None = None
    codes: tuple[str, ...] = ()
    """Those of all its breaches, `code` the first: what an entry of known-breaches.toml names."""
    title: str | None = None
    sentence: str | None = None
    who_can_act: str | None = None
    duration_ms: Milliseconds = 0.0
    again: str = ""
    """The command that runs it once more."""
    correlation_ids: tuple[str, ...] = ()
    known: str | None = None
    """Why the breach is excused, and until when."""

    @property
    def promise(self) -> str:
        """Its id and name, the same in all repetitions."""
        return f"{self.id} {self.name}".strip()

    @property
    def label(self) -> str:
        """Its id and name, with the number of its repetition, as every view shows them."""
        return numbered(self.promise, self.repetition)


class Finding(Model):
    """What the run's own judgement found, over the bookings of all scenarios; one entry for each code."""

    code: str
    title: str
    sentence: str
    who_can_act: str | None = None
    status: Literal["failed", "error"] = "failed"
    count: Annotated[int, Field(ge=1)] = 1
    bookings: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    """The first few, as parts of sentences; empty for what a hook met."""
    known: str | None = None


class DiagnosisSummary(Model):
    """The likely cause of what became of a booking."""

    code: str
    sentence: str


class BookingMetrics(Model):
    """What was measured of one booking."""

    submit_duration_ms: Milliseconds
    inline_duration_ms: Milliseconds
    background_duration_ms: Milliseconds
    post_job_duration_ms: Milliseconds
    total_duration_ms: Milliseconds
    inline_attempts: int
    post_job_attempts: int
    last_look_age_ms: Milliseconds | None
    tables_assigned: int
    table_numbers: tuple[str, ...]
    total_capacity: int
    seat_waste: int | None
    duplicate_request: bool


class BookingSummary(Model):
    """One booking of the run."""

    scenario: str
    booking_id: str | None
    reference: str | None
    correlation_id: str
    trace_id: str
    outcome: str
    diagnosis: DiagnosisSummary | None
    metrics: BookingMetrics


class Spread(Model):
    """How values lie."""

    count: int
    min: float
    mean: float
    p50: float
    p95: float
    max: float


class RunMetrics(Model):
    """Over all bookings of the run."""

    bookings: int = 0
    confirmed: int = 0
    not_confirmed: int = 0
    total_ms: Spread | None = None
    submit_ms: Spread | None = None
    inline_ms: Spread | None = None
    background_ms: Spread | None = None
    post_job_ms: Spread | None = None
    seat_waste: Spread | None = None
    tables_per_booking: Spread | None = None
    distinct_tables: int = 0


class BudgetSummary(Model):
    """How one budget of budgets.toml ended. `limit` and `measured` are seconds; of `slower_by` percent."""

    phase: Phase
    measure: Measure | Literal["slower_by"]
    limit: float
    status: Literal["kept", "broken", "not_judged"]
    measured: float | None
    bookings: int
    """Of this run."""
    runs: int
    """Former runs that it was compared with."""
    chance: float | None
    """How probable such a difference is where nothing became slower."""
    sentence: str


class Rate(Model):
    """How many repetitions failed, of those that were judged."""

    judged: int
    failed: int
    not_judged: int
    known: int
    """Judged ones in which nothing broke but what is known."""
    at_most: Annotated[float, Field(ge=0, le=1)] | None
    """The upper bound of the true share of failures, at 95 % confidence; null where nothing was judged."""


class PromiseRate(Rate):
    """The same of one scenario."""

    promise: str
    """Its id and name."""


class Repetitions(Rate):
    """What came out of a run that repeated what was selected."""

    planned: int
    """At most so many."""
    until_failure: bool
    within_s: float | None
    failed_in: tuple[int, ...]
    """Numbers of repetitions."""
    not_judged_in: tuple[int, ...]
    promises: tuple[PromiseRate, ...]


class Summary(Model):
    """Everything that is known of a run at its end."""

    schema_version: Literal[2] = 2
    run_id: str
    verdict: RunVerdict
    exit_status: Annotated[int, Field(ge=0, le=4)]
    cut_off: bool = False
    reason: Reason | None = None
    started_at: str
    ended_at: str
    target: TargetSummary = TargetSummary()
    suite: str
    build: Build | None = None
    seed: int | None = None
    preflight: PreflightSummary | None = None
    """Null where the run ended before the platform was looked at."""
    scenarios: dict[Status, int] = {}
    results: tuple[ScenarioResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    bookings: tuple[BookingSummary, ...] = ()
    metrics: RunMetrics = RunMetrics()
    budgets: tuple[BudgetSummary, ...] = ()
    """Empty where no file of budgets asks for them, or the run was cut off."""
    repetitions: Repetitions | None = None
    """Null where nothing was repeated."""

    def counted(self, *statuses: Status) -> int:
        """How many scenarios ended so."""
        return sum(self.scenarios.get(status, 0) for status in statuses)

    def of_status(self, *statuses: Status) -> list[ScenarioResult]:
        """The scenarios that ended so."""
        return [result for result in self.results if result.status in statuses]

    @property
    def broken(self) -> int:
        """Promises that are broken."""
        return self.counted("failed")

    @property
    def broken_findings(self) -> list[Finding]:
        """Broken promises that no scenario asks about."""
        return [finding for finding in self.findings if finding.status == "failed" and finding.known is None]

    @property
    def seconds(self) -> float:
        """How long the run lasted."""
        begin, end = map(datetime.datetime.fromisoformat, (self.started_at, self.ended_at))
        return (end - begin).total_seconds()

    def sanitized(self, sanitizer: Sanitizer) -> Summary:
        """The same without anything that must not leave the process."""
        clean = Summary.model_validate(sanitizer.value(self.model_dump(mode="json", by_alias=True)))
        return clean.model_copy(update={"run_id": self.run_id})  # some look like a phone number

    def as_json(self) -> str:
        """Return the text of the file."""
        return f"{self.model_dump_json(by_alias=True, indent=2)}\n"


def verdict_of(
    results: Iterable[ScenarioResult], findings: Iterable[Finding], *, cut_off: bool, reason: Reason | None = None
) -> tuple[RunVerdict, ExitStatus]:
    """Broken as soon as one promise is; else not judged as soon as one thing was not."""
    statuses = Counter[str](result.status for result in results)
    found = [finding for finding in findings if finding.known is None]
    if statuses["failed"] or any(finding.status == "failed" for finding in found):
        return "broken", ExitStatus.BROKEN
    if cut_off:
        return "not_judged", ExitStatus.CUT_OFF
    if reason or found or statuses["error"] or statuses["not_tried"]:
        return "not_judged", ExitStatus.NOT_JUDGED
    return "kept", ExitStatus.KEPT


def booking_summary(report: BookingReport) -> BookingSummary:
    """What is kept of one booking."""
    booking, diagnosis = report.booking, report.diagnosis
    return BookingSummary(
        scenario=report.scenario,
        booking_id=booking.booking_id,
        reference=booking.row.reference if booking.row is not None else None,
        correlation_id=booking.log.correlation_id,
        trace_id=trace_id_of(booking.log.correlation_id),
        outcome=booking.outcome_code or NOT_FOLLOWED,
        diagnosis=None if diagnosis is None else DiagnosisSummary(code=diagnosis.code, sentence=diagnosis.sentence),
        metrics=BookingMetrics.model_validate(booking.metrics.as_json()),
    )


def run_metrics(bookings: Sequence[BookingSummary]) -> RunMetrics:
    """Successes, failures, times of the whole and of each phase, and how the tables were used."""
    followed = [booking for booking in bookings if booking.outcome != NOT_FOLLOWED]
    confirmed = [booking.metrics for booking in followed if booking.outcome in CONFIRMED_OUTCOMES]
    measured = {
        "total_ms": spread(item.total_duration_ms for item in confirmed),
        "submit_ms": spread(item.submit_duration_ms for item in confirmed),
        "inline_ms": spread(item.inline_duration_ms for item in confirmed),
        "background_ms": spread(item.background_duration_ms for item in confirmed if item.background_duration_ms),
        "post_job_ms": spread(item.post_job_duration_ms for item in confirmed if item.post_job_duration_ms),
        "seat_waste": spread(item.seat_waste or 0 for item in confirmed),
        "tables_per_booking": spread(item.tables_assigned for item in confirmed),
    }
    return RunMetrics.model_validate(
        {
            "bookings": len(bookings),
            "confirmed": len(confirmed),
            "not_confirmed": len(followed) - len(confirmed),
            "distinct_tables": len({number for item in confirmed for number in item.table_numbers}),
            **measured,
        }
    )


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
        "p95": round(p95(ordered), 1),
        "max": round(ordered[-1], 1),
    }
