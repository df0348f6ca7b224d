"""behave's hooks: join the platform, enter and leave scenarios, attach the evidence.

The only place where the suite and the demo platform meet.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from behave.exception import ConfigError
from behave.model_type import Status

from bookingflow.core.errors import (
    BrokenPromise,
    NotAtThisRestaurant,
    NotJudged,
    SettingsError,
    SuiteError,
    TargetUnreachable,
)
from bookingflow.core.known_breaches import PREFIX as KNOWN
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.settings import DEFAULT_API_BASE_URL, Settings
from bookingflow.core.settings_sources import did_you_mean
from bookingflow.platform.live_target import LiveTarget
from bookingflow.platform.target import Target
from bookingflow.report.evidence import attach_evidence
from bookingflow.report.run_results import judge_run
from bookingflow.scenario.capabilities import unmet_need
from demo.client import DemoError, attach_demo, start_demo
from demo.defects import NAMES as DEFECTS


def open_target(settings: Settings) -> Target:
    """The platform of this run: a live one, a demo that runs already, or a demo of our own."""
    if not settings.on_demo:
        url = settings.api_base_url or DEFAULT_API_BASE_URL
        print(f"Target: the live platform at {Sanitizer().text(url)}")
        return LiveTarget(url, settings.database_url or "")
    if settings.starts_demo:
        _demand_known(settings.demo_defects)
        try:
            demo = start_demo(defects=settings.demo_defects)
        except DemoError as error:
            raise TargetUnreachable(str(error)) from error
        print(f"Target: the demo platform, started for this run at {demo.api_base_url}")
        return demo
    print(f"Target: a running demo platform at {Sanitizer().text(settings.api_base_url or '')}")
    try:
        return attach_demo(
            api_base_url=settings.api_base_url or "",
            database_url=settings.database_url or "",
            job_url=settings.job_url,
            job_token=settings.job_token,
            admin_url=settings.demo_admin_url,
            admin_token=settings.demo_admin_token,
        )
    except DemoError as error:
        raise TargetUnreachable(str(error)) from error


def _demand_known(defects: Sequence[str]) -> None:
    unknown = [name for name in defects if name not in DEFECTS]
    if unknown:
        known = sorted(DEFECTS)
        raise SettingsError(
            [f"BOOKING_DEMO_DEFECTS={name}: there is no such defect.{did_you_mean(name, known)}" for name in unknown]
        )


def before_all(context: Any) -> None:
    """Keep other libraries' chatter out of the console; the phase records tell what they would."""
    if "world" not in context:
        raise ConfigError("behave must be called in the project's folder: its settings, behave.ini, were not read.")
    context.config.setup_logging(level=logging.WARNING)
    # The console formatter shows what is skipped, with its reason.
    logging.getLogger("behave").setLevel(logging.ERROR)


def before_scenario(context: Any, scenario: Any) -> None:
    """Skip what this platform can't be asked, with the reason; else enter."""
    reason = unmet_need(scenario.effective_tags, context.world) or context.world.gone
    if reason:
        scenario.skip(reason)
        return
    context.world.enter(scenario.name, [step.name for step in scenario.all_steps])


def before_step(context: Any, step: Any) -> None:
    """Know where in the scenario we are: its deadlines stand in the sentences that follow."""
    context.world.scene.step = [id(item) for item in context.scenario.all_steps].index(id(step))


def after_step(context: Any, step: Any) -> None:
    """What kept us from judging is no broken promise: say so in a sentence, without a traceback.

    What a live restaurant is not made for is skipped; the demo's restaurants are made for everything.
    A breach that is known is told, and not red.
    """
    world, error = context.world, step.exception
    if isinstance(error, NotAtThisRestaurant) and not world.settings.on_demo:
        _skip(context.scenario, step, str(error))
    elif isinstance(error, SuiteError | DemoError):
        step.exception = NotJudged(str(error), code=getattr(error, "code", SuiteError.code))
        step.error_message = str(error)
    elif isinstance(error, NotJudged):
        step.status = Status.error  # behave takes every AssertionError for a failure
    elif isinstance(error, BrokenPromise):
        excuse = world.known_breaches.excuse(context.scenario.effective_tags, str(error))
        if excuse:
            _skip(context.scenario, step, excuse)
        else:
            error.args = (f"{error}{world.known_breaches.remark(context.scenario.effective_tags)}",)


def _skip(scenario: Any, step: Any, reason: str) -> None:
    """Leave a scenario that has begun, with the reason instead of a failure."""
    step.exception, step.error_message, step.status = None, None, Status.skipped
    scenario.skip(reason)


def after_scenario(context: Any, scenario: Any) -> None:
    """Attach the evidence, then put back what the scenario changed."""
    if not context.world.inside:
        return
    try:
        attach_evidence(context.world, scenario, context.records.take_log())
    finally:
        context.world.judged(reached=not any(map(_unreached, scenario.all_steps)))
        excused = str(scenario.skip_reason or "").startswith(KNOWN)
        context.world.leave(failed=scenario.status.name != "passed", excused=excused)


def _unreached(step: Any) -> bool:
    return isinstance(step.exception, NotJudged) and step.exception.code == TargetUnreachable.code


def after_all(context: Any) -> None:
    """Promise the run as a whole, what all bookings are promised whatever their scenarios ask; then leave nothing."""
    if "world" not in context:
        return
    try:
        if context.world.gone:
            raise TargetUnreachable(f"The run was given up: {context.world.gone}.", hint="Is it still running?")
        judge_run(context.world)
    finally:
        context.world.leftovers.leave_nothing()
