"""behave's hooks. They only call: the world decides, the report shows."""

from __future__ import annotations

import logging
import sys
from typing import Any

from behave.model_type import Status

from bookingflow.core.errors import NotJudged
from bookingflow.report.allure_results.evidence import attach_evidence
from bookingflow.report.allure_results.run import report_judgement
from bookingflow.report.behave_status import end_step, show_known
from bookingflow.report.scenario_results import label_of, promise_of
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
    """Skip what this platform can't be asked, with the reason; else enter. Without a sentence nothing is kept."""
    world, sentences = context.world, [step.name for step in scenario.all_steps]
    if not sentences:
        raise NotJudged("The scenario has no sentences", code="nothing_ran")
    if reason := world.reason_to_skip(scenario.effective_tags, sentences):
        scenario.skip(reason)
        return
    context.arrange, context.act, context.promises = world.enter(label_of(scenario), sentences, promise_of(scenario))


def before_step(context: Any, step: Any) -> None:
    """Know where in the scenario we are: its deadlines stand in the sentences that follow."""
    context.world.scenario.step = [id(item) for item in context.scenario.all_steps].index(id(step))


def after_step(context: Any, step: Any) -> None:
    """End a step that raised as the world decides, then show its phases."""
    if step.exception is not None and (end := context.world.end_of_step(step.exception)) is not None:
        end_step(step, context.scenario, end)
    context.records.step_ends(step)


def after_scenario(context: Any, scenario: Any) -> None:
    """Attach the evidence, then put back what the scenario changed."""
    world = context.world
    if not world.inside:
        return
    state, failed = world.scenario, scenario.status != Status.passed
    show_known(scenario, () if failed else state.excuses.values())
    try:
        attach_evidence(world, scenario, context.records.take_log(), dict(context.config.userdata_defines or ()))
    finally:
        world.leave([step.exception for step in scenario.all_steps], failed=failed)
        show_known(scenario, () if failed else state.excuses.values())


def after_all(context: Any) -> None:
    """Judge the run as a whole, what all bookings are promised whatever their scenarios ask; then leave nothing."""
    if "world" not in context:
        return
    try:
        report_judgement(context.world)
    finally:
        context.world.teardown.leave_nothing()
