"""The hooks call, and decide nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from behave.model_type import Status

from bookingflow.audit.step_ends import StepEnd
from bookingflow.core.errors import BrokenPromise, NotJudged
from environment import after_scenario, after_step, before_scenario

BROKEN = BrokenPromise("Booking ABC", code="missing")
SENTENCE = SimpleNamespace(name="the demo restaurant")
HIDDEN = NotJudged("The role sees nothing", code="evidence_hidden")


@pytest.mark.parametrize(
    ("raised", "end", "status"),
    [
        (BROKEN, StepEnd("error", HIDDEN), Status.error),
        (BROKEN, None, Status.failed),
        (None, StepEnd("error", HIDDEN), Status.failed),
    ],
)
def test_a_step_that_raised_ends_as_the_world_says_before_it_is_shown(
    raised: Exception | None, end: StepEnd | None, status: Status
) -> None:
    step = SimpleNamespace(exception=raised, status=Status.failed, error_message=None)
    shown: list[Status] = []
    context = SimpleNamespace(
        world=SimpleNamespace(end_of_step=lambda error: end),
        scenario=None,
        records=SimpleNamespace(step_ends=lambda step: shown.append(step.status)),
    )
    after_step(cast("Any", context), step)
    assert shown == [status]


def test_a_scenario_that_is_not_tried_is_skipped_and_not_entered() -> None:
    reasons: list[str] = []
    scenario = SimpleNamespace(all_steps=[SENTENCE], effective_tags=["uses.demo"], skip=reasons.append)
    context = SimpleNamespace(world=SimpleNamespace(reason_to_skip=lambda tags, sentences: f"needs {tags[0]}"))
    before_scenario(cast("Any", context), scenario)
    assert reasons == ["needs uses.demo"]
    assert not hasattr(context, "act")


def test_a_scenario_that_was_not_entered_is_not_left() -> None:
    world = SimpleNamespace(inside=False)
    scenario = SimpleNamespace(status=Status.skipped)
    after_scenario(cast("Any", SimpleNamespace(world=world)), scenario)
    assert vars(scenario) == {"status": Status.skipped}


def test_a_scenario_without_sentences_keeps_nothing() -> None:
    scenario = SimpleNamespace(all_steps=[], effective_tags=[])
    with pytest.raises(NotJudged, match="no sentences") as caught:
        before_scenario(cast("Any", SimpleNamespace(world=SimpleNamespace())), scenario)
    assert caught.value.code == "nothing_ran"
