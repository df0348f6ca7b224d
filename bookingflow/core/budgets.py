"""How long guests may wait: `budgets.toml`, which makes a slow run red. Without the file nothing is judged.

    [[budget]]
    phase = "total"        # submit, inline, job, post-job; total, from the request to a table, where it is left out
    p95 = 5.0              # seconds; p50 and max as well
    slower_by = 30         # percent, than the last runs
    last_runs = 10

A file that can't be understood is refused before anything is booked.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from bookingflow.core.errors import SettingsError
from bookingflow.core.team_files import entries_of, wrong_field
from bookingflow.core.text import series

Phase = Literal["submit", "inline", "job", "post-job", "total"]
Measure = Literal["p50", "p95", "max"]
PHASES: tuple[Phase, ...] = get_args(Phase)
MEASURES: tuple[Measure, ...] = get_args(Measure)

LONGEST_S = 600.0
"""No deadline is longer (BOOKING_TIMEOUT)."""
LEAST_PERCENT, MOST_PERCENT = 20.0, 1000.0
"""Runs of one healthy platform differ by some percent in any case. With 20 % no more than one in two hundred of the
recorded ones was called slower, with 10 % one in ten of those on a quiet machine (docs/speed.md)."""
LEAST_RUNS, MOST_RUNS = 3, 50
"""Former runs that are compared with. The history keeps no more (bookingflow/core/speed_history.py)."""
USUAL_RUNS = 10

_SECONDS = f"a number of seconds above 0, {LONGEST_S:g} at most"
WANTED = {
    "phase": f"one of {series(PHASES)}, in quotes",
    "p50": _SECONDS,
    "p95": _SECONDS,
    "max": _SECONDS,
    "slower_by": f"a number of percent from {LEAST_PERCENT:g} to {MOST_PERCENT:g}",
    "last_runs": f"a whole number from {LEAST_RUNS} to {MOST_RUNS}",
}

Seconds = Annotated[float, Field(gt=0, le=LONGEST_S)]


class Budget(BaseModel):
    """What one phase of bookings may take: in seconds, and compared with the last runs."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    phase: Phase = "total"
    p50: Seconds | None = None
    p95: Seconds | None = None
    max: Seconds | None = None
    slower_by: Annotated[float, Field(ge=LEAST_PERCENT, le=MOST_PERCENT)] | None = None
    """Percent by which bookings may take longer than in the last runs."""
    last_runs: Annotated[int, Field(ge=LEAST_RUNS, le=MOST_RUNS)] = USUAL_RUNS

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if not self.limits and self.slower_by is None:
            raise PydanticCustomError("no_limit", "it sets no limit; it needs p50, p95, max or slower_by")
        if self.slower_by is None and "last_runs" in self.model_fields_set:
            raise PydanticCustomError("no_percent", "last_runs stands without slower_by")
        return self

    @property
    def limits(self) -> dict[Measure, float]:
        """The limits in seconds, by what is measured."""
        given = {measure: getattr(self, measure) for measure in MEASURES}
        return {measure: limit for measure, limit in given.items() if limit is not None}


def load_budgets(path: Path, *, required: bool) -> tuple[Budget, ...]:
    """Read the file; none is fine unless `required`. Raises SettingsError with every problem in it."""
    if not path.exists() and not required:
        return ()
    budgets, problems = entries_of(path, "budget", "BOOKING_BUDGETS", Budget, _wrong)
    phases = [budget.phase for budget in budgets]
    problems += [
        f"{path}: phase {phase} stands there twice; one budget holds all limits of a phase."
        for phase in PHASES
        if phases.count(phase) > 1
    ]
    if problems:
        raise SettingsError(problems)
    return tuple(budgets)


def _wrong(problem: Mapping[str, Any]) -> str:
    """What pydantic found, for people."""
    if problem["type"] in {"no_limit", "no_percent"}:
        return str(problem["msg"])
    return wrong_field(problem, "budget", WANTED)
