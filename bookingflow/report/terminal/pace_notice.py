"""What the console says of the rate budget before the first scenario."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from bookingflow.core.errors import SuiteError
from bookingflow.platform.pace_forecast import Forecast
from bookingflow.report.last_run import DURATIONS
from bookingflow.report.outputs import read_json
from bookingflow.report.scenario_results import label_of
from bookingflow.scenario.capabilities import unmet_need
from bookingflow.scenario.session import Session


def pace_notice(session: Session, scenarios: Sequence[Any], jobs: int = 1) -> str:
    """What the budget will cost these scenarios, run in this many jobs; empty where it costs nothing."""
    if not session.budget.active:
        return ""
    took = read_json(session.settings.output_dir / "reports" / DURATIONS)
    took_s = {name: ms / 1000 for name, ms in took.items() if isinstance(ms, int)} if isinstance(took, dict) else {}
    asked = [label_of(scenario) for scenario in scenarios if _can_be_asked(scenario, session)]
    forecast = str(Forecast.of(asked, session.budget.limit, session.budget.spent(), took_s, jobs))
    return f"Pace: {forecast}" if forecast else ""


def _can_be_asked(scenario: Any, session: Session) -> bool:
    with suppress(SuiteError):  # a need that nobody knows is the scenario's own error
        return unmet_need(scenario.effective_tags, session) is None
    return False
