"""behave's steps and scenarios get the end that the suite decided."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from behave.model_type import Status

from bookingflow.audit.step_ends import StepEnd
from bookingflow.core.errors import BrokenPromise, NotJudged
from bookingflow.report.behave_status import end_step, show_known

BROKEN = BrokenPromise("Booking ABC", code="missing")


def failed_step() -> Any:
    return SimpleNamespace(status=Status.failed, exception=BROKEN, error_message=str(BROKEN))


class Scenario:
    """Remembers what became of it."""

    def __init__(self) -> None:
        self.status = Status.passed
        self.skip_reason: str | None = None

    def skip(self, reason: str) -> None:
        self.status, self.skip_reason = Status.skipped, reason

    def set_status(self, status: Status) -> None:
        self.status = status


def test_a_step_that_goes_on_has_passed_and_says_why() -> None:
    step, scenario = failed_step(), Scenario()
    end_step(step, scenario, StepEnd("passed", reason="Known breach: …"))
    assert (step.status, step.exception, step.error_message) == (Status.passed, None, None)
    assert step.known == "Known breach: …"
    assert scenario.status == Status.passed


def test_a_scenario_that_is_left_is_skipped_with_the_reason() -> None:
    step, scenario = failed_step(), Scenario()
    end_step(step, scenario, StepEnd("skipped", reason="It never closes."))
    assert (step.status, step.exception, step.error_message) == (Status.skipped, None, None)
    assert (scenario.status, scenario.skip_reason) == (Status.skipped, "It never closes.")
    assert not hasattr(step, "known")


def test_what_was_not_judged_is_an_error_with_its_sentence() -> None:
    step, hidden = failed_step(), NotJudged("The role sees nothing", code="evidence_hidden")
    end_step(step, Scenario(), StepEnd("error", hidden))
    assert (step.status, step.exception, step.error_message) == (Status.error, hidden, str(hidden))


def test_a_scenario_is_shown_as_known_where_something_is_excused() -> None:
    green, known = Scenario(), Scenario()
    show_known(green, [])
    show_known(known, ["Known breach: one", "Known breach: two"])
    assert (green.status, green.skip_reason) == (Status.passed, None)
    assert (known.status, known.skip_reason) == (Status.skipped, "Known breach: one\nKnown breach: two")
