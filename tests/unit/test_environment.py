"""What the hooks make of how a step ended."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from behave.model_type import Status

from bookingflow.core.errors import BrokenPromise, NotJudged, TargetUnreachable
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


@pytest.mark.parametrize("hidden", [True, False])
def test_nobody_is_accused_while_evidence_is_hidden(hidden: bool) -> None:
    broken = BrokenPromise("Booking ABC", code="missing")
    step = SimpleNamespace(exception=broken, status=Status.failed, error_message=None)
    judged = NotJudged("The role sees nothing", code="evidence_hidden") if hidden else None
    breaches = SimpleNamespace(excuse=lambda *_: None, remark=lambda *_: "")
    world = SimpleNamespace(**vars(WORLD), hidden=lambda: judged, known_breaches=breaches)
    context = SimpleNamespace(
        world=world, records=SimpleNamespace(step_ends=lambda _: None), scenario=SimpleNamespace(effective_tags=[])
    )
    after_step(cast("Any", context), step)
    assert step.exception is (judged or broken)
    assert step.status == (Status.error if hidden else Status.failed)
