"""What the hooks make of how a step ended."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from behave.model_type import Status

from bookingflow.core.errors import BrokenPromise, NotJudged, ScenarioNotPossible, TargetUnreachable
from bookingflow.core.failures import Breach
from bookingflow.core.known_breaches import KnownBreach, KnownBreaches
from environment import after_step

WORLD = SimpleNamespace(session=SimpleNamespace(settings=SimpleNamespace(on_demo=True)))


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (NotJudged("The platform asked us to wait.", code="rate_limited"), Status.failed),
        (TargetUnreachable("The platform asked us to wait."), Status.error),
    ],
)
def test_what_was_not_judged_is_no_failure(raised: Exception, status: Status) -> None:
    step = SimpleNamespace(exception=raised, status=status, error_message=None)
    shown: list[Any] = []
    records = SimpleNamespace(step_ends=shown.append)
    after_step(cast("Any", SimpleNamespace(world=WORLD, records=records)), step)
    assert step.status == Status.error
    assert isinstance(step.exception, NotJudged)
    assert "The platform asked us to wait. Who can act:" in str(step.exception)
    assert shown == [step]


def known(*codes: str) -> KnownBreaches:
    """These codes are known of BOOK-024."""
    entry = {"scenario": "BOOK-024", "reason": "Known.", "link": "https://t.example/1"}
    expires = datetime.date(2999, 1, 1)
    entries = [KnownBreach.model_validate({**entry, "code": code, "expires": expires}) for code in codes]
    return KnownBreaches(entries, datetime.date(2026, 1, 1))


def context_with(breaches: KnownBreaches, *, hidden: NotJudged | None = None) -> SimpleNamespace:
    """A context in the scenario BOOK-024."""
    scenario = SimpleNamespace(id="BOOK-024", excuses={})
    world = SimpleNamespace(**vars(WORLD), hidden=lambda: hidden, known_breaches=breaches, scenario=scenario)
    return SimpleNamespace(world=world, records=SimpleNamespace(step_ends=lambda _: None))


def failed_with(error: Exception) -> SimpleNamespace:
    status = Status.failed if isinstance(error, AssertionError) else Status.error
    return SimpleNamespace(exception=error, status=status, error_message=str(error), known=None)


IGNORED, WASTED = Breach("wish_ignored", "they sit outdoors"), Breach("seats_wasted", "at ten seats")


def test_a_known_breach_lets_its_scenario_go_on() -> None:
    context, step = context_with(known("wish_ignored")), failed_with(BrokenPromise.of([IGNORED]))
    after_step(cast("Any", context), step)
    assert (step.status, step.exception, step.error_message) == (Status.passed, None, None)
    assert step.known.startswith("Known breach: Known.")
    assert context.world.scenario.excuses == {"wish_ignored": step.known}


def test_a_breach_beside_a_known_one_is_red_and_leads() -> None:
    context, step = context_with(known("seats_wasted")), failed_with(BrokenPromise.of([IGNORED, WASTED]))
    after_step(cast("Any", context), step)
    assert step.status == Status.failed
    assert (step.exception.code, set(step.exception.codes)) == ("wish_ignored", {"wish_ignored", "seats_wasted"})
    assert context.world.scenario.excuses == {}


@pytest.mark.parametrize("excused", [True, False])
def test_what_needs_the_missing_thing_is_not_checked_after_a_known_breach(excused: bool) -> None:
    context, step = context_with(known("wish_ignored")), failed_with(ScenarioNotPossible("No time was chosen yet."))
    if excused:
        context.world.scenario.excuses["wish_ignored"] = "Known breach: …"
    after_step(cast("Any", context), step)
    assert step.status == (Status.passed if excused else Status.error)
    assert (step.known or "").startswith("Not checked, since what it needs is missing") == excused


@pytest.mark.parametrize("hidden", [True, False])
def test_nobody_is_accused_while_evidence_is_hidden(hidden: bool) -> None:
    broken = BrokenPromise("Booking ABC", code="missing")
    step = SimpleNamespace(exception=broken, status=Status.failed, error_message=None)
    judged = NotJudged("The role sees nothing", code="evidence_hidden") if hidden else None
    after_step(cast("Any", context_with(known(), hidden=judged)), step)
    assert step.exception is (judged or broken)
    assert step.status == (Status.error if hidden else Status.failed)
