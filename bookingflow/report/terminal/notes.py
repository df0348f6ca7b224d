"""What people should know beside the verdict: before the first scenario the pace, at the end what else was noticed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from typing import Any

from bookingflow.core.errors import SuiteError
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.settings import Settings
from bookingflow.core.text import counted
from bookingflow.platform.pace_forecast import Forecast
from bookingflow.report.last_run import DURATIONS
from bookingflow.report.outputs import read_json
from bookingflow.report.repetitions import measured_lines
from bookingflow.report.scenario_results import label_of
from bookingflow.report.summary import ScenarioResult, Summary
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


def end_notes(summary: Summary, settings: Settings, session: Session | None, unused: Sequence[str]) -> Iterator[str]:
    """Budgets that are not broken, known breaches that were `unused`, a timeout that no sentence used, repetitions.

    `session` is None where the platform was not joined.
    """
    yield from (f"Budget: {budget.sentence}" for budget in summary.budgets if budget.status != "broken")
    yield from unused
    if session is not None and session.unused_timeout():
        yield f"Note: timeout={settings.timeout:g} was not used; every sentence that ran states its own."
    if settings.repeat > 1:
        made = counted(summary.metrics.bookings, "booking")
        yield f"Repeated: {made} of {settings.repeat}, {summary.metrics.confirmed} confirmed."
        yield from measured_lines(summary.metrics)


def unused_breaches(
    known: KnownBreaches, results: Sequence[ScenarioResult], every_run: Collection[str], unjudged: Collection[str]
) -> list[str]:
    """What to say of entries that excused nothing, though all that their scenarios ask was judged. A scenario that
    broke as known ended there, and does not tell whether what else is known of it would have broken after that.

    `every_run` are the ids of the scenarios without which a run is not whole, `unjudged` the codes of findings that it
    could not have had.
    """
    judged: dict[str, set[str]] = {}
    for result in results:
        judged.setdefault(result.id, set()).add(result.status)
    whole = {name for name, statuses in judged.items() if statuses <= {"passed", "known", "skipped", "failed"}}
    failed = {name for name in whole if "failed" in judged[name]}
    held = {name for name in whole if judged[name] <= {"passed", "skipped"} and judged[name] != {"skipped"}}
    return known.unused(held, failed, whole=whole.issuperset(every_run), unjudged=unjudged)
