"""behave's hooks: enter and leave scenarios, tell broken promises from what could not be judged."""

from __future__ import annotations

import logging
import sys
from collections.abc import Collection
from typing import Any

from behave.model_type import Status

from bookingflow.audit.giving_up import NOT_ASKED
from bookingflow.core.errors import (
    BrokenPromise,
    LoginRefused,
    NotAtThisRestaurant,
    NotJudged,
    ScenarioNotPossible,
    SuiteError,
    TargetUnreachable,
)
from bookingflow.report.evidence import attach_evidence
from bookingflow.report.run_results import judge_run
from bookingflow.report.scenario_results import label_of
from bookingflow.scenario.capabilities import unmet_need
from targets import open_target

__all__ = ["open_target"]  # the runner takes it from here

if __name__ == "builtins" and "bookingflow.runner" not in sys.modules:  # executed by behave, not imported by a test
    print("behave must be called in the project's folder: its settings, behave.ini, were not read.", file=sys.stderr)
    raise SystemExit(2)


def before_all(context: Any) -> None:
    """Keep other libraries' chatter out of the console; the phase records say what they would."""
    context.config.setup_logging(level=logging.WARNING)
    # The console formatter shows what is skipped, with its reason.
    logging.getLogger("behave").setLevel(logging.ERROR)


def before_scenario(context: Any, scenario: Any) -> None:
    """Skip what this platform can't be asked, with the reason; else enter."""
    world = context.world
    sentences = [step.name for step in scenario.all_steps]
    reason = unmet_need(scenario.effective_tags, world.session) or world.giving_up.reason_to_skip(sentences)
    if reason:
        scenario.skip(reason)
        return
    context.arrange, context.act, context.promises = world.enter(label_of(scenario), sentences)


def before_step(context: Any, step: Any) -> None:
    """Know where in the scenario we are: its deadlines stand in the sentences that follow."""
    context.world.scenario.step = [id(item) for item in context.scenario.all_steps].index(id(step))


def after_step(context: Any, step: Any) -> None:
    """Report suite errors as NotJudged (status error, no traceback), not as broken promises.

    What a live restaurant is not made for is skipped; the demo's restaurants are made for everything. A known breach
    is shown, and ends neither the scenario nor the run's green.
    """
    world, error = context.world, step.exception
    if isinstance(error, NotAtThisRestaurant) and not world.session.settings.on_demo:
        _skip(context.scenario, step, str(error))
    elif isinstance(error, ScenarioNotPossible) and world.scenario.excuses:
        _go_on(step, f"Not checked, since what it needs is missing: {error}")
    elif isinstance(error, SuiteError):
        step.exception = NotJudged(str(error), code=error.code)
    elif isinstance(error, NotJudged):
        step.status = Status.error  # behave takes every AssertionError for a failure
    elif isinstance(error, BrokenPromise) and (hidden := world.hidden()):
        step.exception, step.error_message, step.status = hidden, str(hidden), Status.error
    elif isinstance(error, BrokenPromise):
        excuse = world.known_breaches.excuse(world.scenario.id, error)
        if excuse:
            world.scenario.excuses[error.code] = excuse
            _go_on(step, excuse)
        else:
            step.exception = world.known_breaches.beside(world.scenario.id, error)
    context.records.step_ends(step)


def _go_on(step: Any, why: str) -> None:
    """Let the scenario go on after a step that broke as known; `known` tells the report why.

    behave decides after this hook, by the step's status, whether a scenario goes on.
    """
    step.exception, step.error_message, step.status = None, None, Status.passed
    step.known = why


def _skip(scenario: Any, step: Any, reason: str) -> None:
    """Leave a scenario that has begun, with the reason instead of a failure."""
    step.exception, step.error_message, step.status = None, None, Status.skipped
    scenario.skip(reason)


def after_scenario(context: Any, scenario: Any) -> None:
    """Attach the evidence, then put back what the scenario changed."""
    world = context.world
    if not world.inside:
        return
    state, failed = world.scenario, scenario.status != Status.passed
    _show_known(scenario, () if failed else state.excuses.values())
    try:
        attach_evidence(world, scenario, context.records.take_log(), dict(context.config.userdata_defines or ()))
    finally:
        reports = map(world.session.report_of, state.bookings)
        world.giving_up.scenario_over(reports, not_asked=next(filter(None, map(_not_asked, scenario.all_steps)), ""))
        world.stop_where_nothing_can_be_seen(step.exception for step in scenario.all_steps)
        broken = [step.exception for step in scenario.all_steps if isinstance(step.exception, BrokenPromise)]
        world.leave(failed=failed, codes=[code for error in broken for code in error.codes])
        _show_known(scenario, () if failed else state.excuses.values())


def _show_known(scenario: Any, excuses: Collection[str]) -> None:
    """Show a scenario in which nothing broke but what is known as known, which is not red."""
    if excuses:
        scenario.skip_reason = "\n".join(excuses)
        scenario.set_status(Status.skipped)


def _not_asked(step: Any) -> str:
    """The code of what kept a step from asking the platform; empty where it did."""
    code = step.exception.code if isinstance(step.exception, NotJudged) else ""
    return {LoginRefused.code: TargetUnreachable.code}.get(code, code if code in NOT_ASKED else "")


def after_all(context: Any) -> None:
    """Judge the run as a whole, what all bookings are promised whatever their scenarios ask; then leave nothing."""
    if "world" not in context:
        return
    world = context.world
    try:
        if world.giving_up.unreachable:
            raise TargetUnreachable("The run was given up: nothing answers any more.", hint="Is it still running?")
        judge_run(world)
    finally:
        world.teardown.leave_nothing()
