"""What a scenario costs above plain behave: records of five phases, all kinds of evidence, written as Allure results.

Runs of one scenario and of many are compared, so that behave's own start does not count. Bound by the writing of a
dozen small files a scenario.
"""

from __future__ import annotations

import tempfile
import timeit
import uuid
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, Goal
from bench.small_features import OURS, PLAIN, run_scenarios
from bookingflow.core.trace import trace_id_of, traceparent
from bookingflow.platform.api_models import Exchange, HttpMetrics

SCENARIOS = 200
TRACED = 2000


def measure() -> Iterator[Figure]:
    """Milliseconds a scenario, or a booking."""
    plain, ours = (_ms_a_scenario(flavour) for flavour in (PLAIN, OURS))
    yield Figure("a scenario of three steps in plain behave", plain, "ms")
    yield Figure(
        "records, evidence and Allure results of a scenario, above that", ours - plain, "ms", goal=Goal("≤", 8)
    )
    yield Figure("the trace of a booking", _traced(), "ms", "that scenario", ours)


def _ms_a_scenario(flavour: tuple[str, str, str]) -> float:
    with tempfile.TemporaryDirectory(prefix="bench-behave-") as name:
        one, many = (run_scenarios(Path(name), count, flavour) for count in (1, SCENARIOS + 1))
        return round((many - one) / SCENARIOS * 1000, 2)


def _traced() -> float:
    """A header for each of three requests, its id in the record, and the names of the request taken from the answer."""
    correlation_id, answer = str(uuid.uuid4()), {f"x-header-{number}": "value" for number in range(20)}
    exchange = Exchange(HttpMetrics("POST", "/", 201, 0, 0, 1.0), {}, None, {**answer, "cf-ray": "8f3a-FRA"}, "")

    def booking() -> None:
        for _ in range(3):
            traceparent(correlation_id)
        trace_id_of(correlation_id)
        exchange.request_ids()

    return round(timeit.timeit(booking, number=TRACED) / TRACED * 1000, 4)
