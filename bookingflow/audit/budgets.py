"""Slower is a verdict: a run's bookings beside the budgets, and beside those of the last runs (docs/speed.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from bookingflow.audit.findings import Finding, Found, grouped
from bookingflow.booking.tracked_booking import TrackedBooking, waited_ms
from bookingflow.checks.speed import LEAST_RUNS, Comparison, compare, p95
from bookingflow.core.budgets import Budget, Measure, Phase
from bookingflow.core.failures import Breach
from bookingflow.core.speed_history import PastRun, PhaseTimes, Times
from bookingflow.core.text import as_time, counted
from bookingflow.scenario.state import ScenarioState

LEAST_VALUES = 20
"""Bookings of this run, and of former ones, without which nothing is said to be slower."""
MOST_CHANCE = 0.001
"""A run is called slower only where fewer than one of a thousand in which nothing changed would rank so high. Together
with the percent of the budget that leaves fewer false alarms than one in two hundred runs (docs/speed.md)."""
MOST_BUSIER = 0.35
"""How much more of the machine's processors others may use than in the quietest of the runs that are kept. What is
slow on a busy machine is no evidence against the platform: without this limit a quarter of the recorded healthy runs
would be called slower (docs/speed.md)."""

TIMES: Mapping[Phase, str] = {
    "submit": "the time to the answer",
    "inline": "the time of the inline confirmation",
    "job": "the time of the background job",
    "post-job": "the time after the background job",
    "total": "the time to a table",
}
"""The phases in words."""


class MeasuredTimes:
    """Collects how long the bookings of a run took, scenario by scenario."""

    def __init__(self) -> None:
        self._times: dict[Phase, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))

    def take(self, state: ScenarioState) -> None:
        """Take what compares with other runs: confirmed bookings of a scenario that switched nothing of the demo.

        Not those that were sent at the same moment as others, which wait for each other, and not those whose answer was
        lost or named an earlier booking.
        """
        if state.switched:
            return
        for booking in state.bookings:
            if booking.confirmed and booking.followed and not booking.uncertain and not booking.crowded:
                for phase, took in {**phases_ms(booking), "total": waited_ms(booking)}.items():
                    if took > 0:
                        self._times[phase][state.promise].append(took)

    @property
    def times(self) -> PhaseTimes:
        """Milliseconds by phase and scenario."""
        return {phase: dict(by_scenario) for phase, by_scenario in self._times.items()}


def phases_ms(booking: TrackedBooking) -> dict[Phase, float]:
    """Milliseconds of each phase on the way to a table; 0 for one that was not entered."""
    metrics = booking.metrics
    return {
        "submit": metrics.submit_ms,
        "inline": metrics.inline_ms,
        "job": metrics.job_ms,
        "post-job": metrics.post_job_ms,
    }


@dataclass(frozen=True)
class BudgetEnd:
    """How the judgement of one budget ended, with its numbers and in a sentence without its full stop."""

    phase: Phase
    measure: Measure | Literal["slower_by"]
    limit: float
    """In seconds; for slower_by in percent."""
    ended: Literal["kept", "broken", "not judged"]
    sentence: str
    measured: float | None
    """In the unit of the limit; None without a value."""
    bookings: int
    """Of this run."""
    runs: int = 0
    """Former runs that this one was compared with."""
    chance: float | None = None
    """How probable such ranks are where nothing became slower."""

    @property
    def breach(self) -> Breach:
        """What is broken."""
        if self.measure == "slower_by":
            return Breach("slower", self.sentence)
        return Breach("over_budget", self.sentence)


def judge(
    budgets: Sequence[Budget], times: PhaseTimes, former: Sequence[PastRun], *, others: float = 0.0
) -> list[BudgetEnd]:
    """How each budget ended, in the order of the file; `former` are runs under the same circumstances, oldest first.

    `others` is the part of the machine's processors that others used: a run beside which they used much more than
    beside the quietest one is neither called slow nor compared with.
    """
    quietest = min([others, *(run.others for run in former)])
    busy = ""
    if others - quietest > MOST_BUSIER:
        busy = f"others used {others * 100:.0f} % of this machine, and {quietest * 100:.0f} % when it was quiet"
    quiet = [run for run in former if run.others - quietest <= MOST_BUSIER]
    ends = []
    for budget in budgets:
        of_phase = times.get(budget.phase, {})
        ends += [_within(budget.phase, measure, limit, of_phase, busy) for measure, limit in budget.limits.items()]
        if budget.slower_by is not None:
            before = [run.milliseconds.get(budget.phase, {}) for run in quiet]
            compared = compare(of_phase, before, budget.last_runs)
            ends.append(_not_slower(budget.phase, budget.slower_by, compared, busy))
    return ends


def findings(ends: Sequence[BudgetEnd]) -> list[Finding]:
    """What is broken, as findings of the run: one a code, however many budgets it breaks."""
    broken = [end.breach for end in ends if end.ended == "broken"]
    by_code: dict[str, list[str]] = {}
    for breach in broken:
        by_code.setdefault(breach.code, []).append(breach.particulars)
    return grouped(Found(Breach(code, "; ".join(particulars))) for code, particulars in by_code.items())


def _within(phase: Phase, measure: Measure, limit: float, times: Times, busy: str) -> BudgetEnd:
    """Whether this run keeps a limit in seconds; `busy` says why nobody is to be accused of more."""
    values = [value for of_scenario in times.values() for value in of_scenario]
    if not values:
        nothing = f"{TIMES[phase]} is not judged: no booking of this run can be measured"
        return BudgetEnd(phase, measure, limit, "not judged", nothing, None, 0)
    measured = median(values) if measure == "p50" else p95(values) if measure == "p95" else max(values)
    broken = measured > limit * 1000
    said = f"; the budget is {limit:g} s" if broken else f", within the budget of {limit:g} s"
    named = "maximum" if measure == "max" else measure
    sentence = f"{TIMES[phase]} has a {named} of {as_time(measured)}{said} ({counted(len(values), 'booking')})"
    return BudgetEnd(
        phase,
        measure,
        limit,
        "kept" if not broken else "not judged" if busy else "broken",
        f"{sentence}; it is not judged, since {busy}" if broken and busy else sentence,
        measured / 1000,
        len(values),
    )


def _not_slower(phase: Phase, limit: float, compared: Comparison, busy: str) -> BudgetEnd:
    """Whether this run keeps a limit in percent of the last ones."""
    percent = (compared.ratio - 1) * 100
    lacks = busy or _lack(compared)
    if lacks:
        unjudged = f"whether {TIMES[phase]} is longer than in the last runs is not judged: {lacks}"
        return BudgetEnd(phase, "slower_by", limit, "not judged", unjudged, None, compared.values, compared.runs)
    over, certain = percent > limit, compared.chance <= MOST_CHANCE
    if over and certain:
        verdict = f"; the budget is {limit:g} %"
    elif over:
        verdict = f"; that may be chance, and the budget of {limit:g} % stands"
    else:
        verdict = f", within the budget of {limit:g} %"
    than = f"{abs(percent):.0f} % {'longer' if percent >= 0 else 'shorter'} than in the last {compared.runs} runs"
    with_ = f"({counted(compared.values, 'booking')} beside {compared.former} of the same scenarios)"
    return BudgetEnd(
        phase,
        "slower_by",
        limit,
        "broken" if over and certain else "kept",
        f"{TIMES[phase]} is {than}{verdict} {with_}",
        percent,
        compared.values,
        compared.runs,
        compared.chance,
    )


def _lack(compared: Comparison) -> str:
    """Why these numbers are too few to judge by; empty where they are not."""
    if compared.runs < LEAST_RUNS:
        return f"{counted(compared.runs, 'green run')} to compare with, {LEAST_RUNS} are needed"
    if compared.values < LEAST_VALUES:
        return f"{counted(compared.values, 'booking')} to compare, {LEAST_VALUES} are needed"
    if compared.former < LEAST_VALUES:
        return f"{counted(compared.former, 'former booking')} to compare with, {LEAST_VALUES} are needed"
    return ""
