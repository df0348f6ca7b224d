"""What the hooks make of how a step ended."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from behave.model_type import Status

from bookingflow.core.errors import NotJudged, TargetUnreachable
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
