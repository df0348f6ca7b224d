"""The monitor's state for Prometheus, in its text format (node exporter's textfile collector reads such files)."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping

from bookingflow.commands.watching.memory import Memory
from bookingflow.commands.watching.states import State
from bookingflow.core.text import prometheus_label

FILE = "watch.prom"
_PREFIX = "bookingflow_watch_"
_UP = {State.UP: 1.0, State.DEGRADED: 1.0, State.DOWN: 0.0, State.BLIND: math.nan}
"""A blind monitor knows neither: NaN is neither 0 nor 1, so that no alert on 0 accuses the platform."""

Sample = tuple[Mapping[str, str], float | None]


def metrics(memory: Memory) -> str:
    """All metrics of a target; what is not known is left out."""
    own = {"target": memory.target}
    families: list[tuple[str, str, str, Iterable[Sample]]] = [
        ("up", "gauge", "1 while guests get tables, 0 while down, NaN while blind.", [({}, _UP[memory.state])]),
        (
            "state",
            "gauge",
            "1 for the state that holds, 0 for the others.",
            [({"state": state}, float(state is memory.state)) for state in State],
        ),
        ("state_since_timestamp_seconds", "gauge", "When the state began, in Unix time.", [({}, _unix(memory.since))]),
        (
            "table_seconds",
            "gauge",
            "Seconds the guest of the last round waited for a table; absent without one.",
            [({}, memory.seconds)],
        ),
        (
            "phase_seconds",
            "gauge",
            "Seconds of each phase of the last round's booking.",
            [({"phase": phase}, seconds) for phase, seconds in memory.phases.items()],
        ),
        (
            "last_round_timestamp_seconds",
            "gauge",
            "When the last round ended, in Unix time.",
            [({}, _unix(memory.last_round))],
        ),
        (
            "rounds_total",
            "counter",
            "Rounds by the state they ended in.",
            [({"result": state}, float(memory.rounds.get(state, 0))) for state in State],
        ),
        ("bookings_total", "counter", "Bookings attempted, second attempts included.", [({}, float(memory.attempts))]),
        ("messages_waiting", "gauge", "Messages the webhook has not taken yet.", [({}, float(len(memory.waiting)))]),
    ]
    return "".join(_family(name, kind, tells, samples, own) for name, kind, tells, samples in families)


def _family(name: str, kind: str, tells: str, samples: Iterable[Sample], own: Mapping[str, str]) -> str:
    lines = [
        f"{_PREFIX}{name}{{{_labels({**own, **labels})}}} {_number(value)}\n"
        for labels, value in samples
        if value is not None
    ]
    if not lines:
        return ""
    return f"# HELP {_PREFIX}{name} {tells}\n# TYPE {_PREFIX}{name} {kind}\n{''.join(lines)}"


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{prometheus_label(value)}"' for name, value in labels.items())


def _number(value: float) -> str:
    return "NaN" if math.isnan(value) else repr(value)


def _unix(at: datetime.datetime | None) -> float | None:
    return None if at is None else round(at.timestamp(), 3)
