"""How fast former runs were: `reports/speed.jsonl`, one run a line, the newest last.

A run adds itself at its end where budgets ask for it, and it was green (docs/speed.md). Only what was measured under
the same circumstances is compared: the same target and restaurant, the same machine, as many processes side by side.
"""

from __future__ import annotations

import datetime
import os
import platform
import socket
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from bookingflow.core.budgets import MOST_RUNS, Phase

FILE = "speed.jsonl"
"""Under `reports/` of the output folder."""
MOST_IN_ALL = 4 * MOST_RUNS
"""Runs that the file keeps, whatever their circumstances; MOST_RUNS of each."""
LEAST_MS = 0.1
"""What took less is kept as this: a job that is switched off answers at once, and 0 stands for no time at all."""
MOST_OF_A_SCENARIO = 100
"""Values that are kept of one scenario of a run, which may have been repeated thousands of times."""

Times = Mapping[str, Sequence[float]]
"""Milliseconds of each booking, by its scenario's id and title."""
PhaseTimes = Mapping[Phase, Times]


class Circumstances(BaseModel):
    """What must be the same for two runs to be compared."""

    model_config = ConfigDict(defer_build=True, alias_generator=to_camel, populate_by_name=True, frozen=True)

    target: str
    machine: str
    processes: int
    """So many shards ran side by side on the machine."""


class PastRun(BaseModel):
    """What is kept of one run."""

    model_config = ConfigDict(
        defer_build=True, alias_generator=to_camel, populate_by_name=True, frozen=True, allow_inf_nan=False
    )

    run_id: str
    ended_at: AwareDatetime
    circumstances: Circumstances
    others: Annotated[float, Field(ge=0, le=1)]
    """The part of the machine's processors that others used meanwhile."""
    milliseconds: dict[Phase, dict[str, tuple[Annotated[float, Field(gt=0)], ...]]]

    @classmethod
    def of(
        cls,
        run_id: str,
        ended_at: datetime.datetime,
        circumstances: Circumstances,
        times: PhaseTimes,
        *,
        others: float = 0.0,
    ) -> PastRun:
        """As it is kept: of many values of one scenario as many as may stay, spread over the run."""
        kept = {
            phase: {
                scenario: tuple(max(LEAST_MS, round(value, 1)) for value in _thinned(values))
                for scenario, values in by_scenario.items()
            }
            for phase, by_scenario in times.items()
        }
        return cls(
            run_id=run_id,
            ended_at=ended_at,
            circumstances=circumstances,
            others=round(others, 3),
            milliseconds=kept,
        )


def read(path: Path) -> list[PastRun]:
    """All runs in the file, the oldest first; a line that is torn or somebody else's is passed over."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    runs = []
    for line in lines:
        try:
            runs.append(PastRun.model_validate_json(line))
        except ValidationError:
            continue
    return runs


def written(runs: Sequence[PastRun]) -> str:
    """The content of the file: the newest of these runs."""
    kept: list[PastRun] = []
    of_kind = Counter[Circumstances]()
    for run in reversed(runs):
        of_kind[run.circumstances] += 1
        if of_kind[run.circumstances] <= MOST_RUNS and len(kept) < MOST_IN_ALL:
            kept.append(run)
    return "".join(f"{run.model_dump_json(by_alias=True)}\n" for run in reversed(kept))


def this_machine(ci_system: str) -> str:
    """What stands for this machine: its name and processors.

    On a CI system (its name; empty outside of one) each job has a machine with a name of its own: there the class of
    runner stands for it.
    """
    name = f"{ci_system} runner, {platform.system()} {platform.machine()}" if ci_system else socket.gethostname()
    return f"{name}, {os.cpu_count() or 1} CPUs"


def _thinned(values: Sequence[float]) -> Sequence[float]:
    count = len(values)
    if count <= MOST_OF_A_SCENARIO:
        return values
    return [values[number * count // MOST_OF_A_SCENARIO] for number in range(MOST_OF_A_SCENARIO)]
