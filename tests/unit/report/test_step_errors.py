"""Formatters that are not ours show a step's error clean, and a verdict without its traceback."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from behave.matchers import StepParseError
from behave.parser import Parser
from behave.runner import Context, ModelRunner
from behave.step_registry import StepRegistry

from bookingflow.core.errors import BrokenPromise, NotJudged
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.report.step_errors import StepErrors, name_error, name_hook_error


@pytest.mark.parametrize(
    ("error", "noted", "shown"),
    [
        (ValueError("x"), "Traceback: sesame-4711 \x1b[31m", "Traceback: *** \\x1b[31m"),
        (BrokenPromise("sesame-4711", code="wrong_answer"), "ASSERT FAILED: sesame-4711", "ASSERT FAILED: ***"),
        (None, None, None),
    ],
)
def test_what_behave_noted_is_cleaned(error: Exception | None, noted: str | None, shown: str | None) -> None:
    step: Any = SimpleNamespace(exception=error, error_message=noted)
    sanitizer = Sanitizer()
    sanitizer.register_secret("sesame-4711")
    StepErrors(SimpleNamespace(), sanitizer.text).result(step)
    assert step.error_message == shown


def test_what_could_not_be_judged_is_a_sentence() -> None:
    step: Any = SimpleNamespace(exception=NotJudged("No slot", code="not_possible"), error_message="Traceback …")
    StepErrors(SimpleNamespace(), str).result(step)
    assert "No slot" in step.error_message
    assert "Traceback" not in step.error_message


def ended_with(error: BaseException) -> Any:
    step: Any = SimpleNamespace(exception=error, keyword="When", name="I book 4 guests tomorrow at 25:00")
    name_error(step, "SIGTERM")
    return step.exception


def test_a_step_that_a_signal_ended_says_so() -> None:
    assert "stopped by SIGTERM here" in str(ended_with(KeyboardInterrupt()))


def test_a_scenario_whose_hook_a_signal_ended_says_so_too() -> None:
    stopped, whole = (SimpleNamespace(hook_failed=failed, exception=None) for failed in (True, False))
    for ended in (stopped, whole):
        name_hook_error(ended, "SIGINT")
    assert str(stopped.exception).startswith("The run was cut off. The run was stopped by SIGINT here.")
    assert whole.exception is None


def test_a_word_that_is_none_of_its_kind_is_the_sentences_fault() -> None:
    named = ended_with(StepParseError(exc_cause=ValueError("must be a time written HH:MM")))
    assert (type(named), named.code) == (NotJudged, "undefined_step")
    assert "When I book 4 guests tomorrow at 25:00: must be a time written HH:MM." in str(named)


def test_sentences_within_a_step_accuse_nobody() -> None:
    parser = Parser(variant="steps")
    runner = ModelRunner(SimpleNamespace(dry_run=False, verbose=False), step_registry=StepRegistry())
    context = Context(runner)
    with context._use_with_behave_mode():
        context.feature = SimpleNamespace(parser=parser)
    with pytest.raises(AssertionError) as caught:
        context.execute_steps("When I dance")
    named = ended_with(caught.value)
    assert (type(named), named.code) == (NotJudged, "wrong_file")
    assert "Write the sentences into the scenario" in str(named)


def test_other_errors_are_left_as_they_are() -> None:
    for error in (AssertionError("no table"), BrokenPromise("Four wait", code="refused"), ValueError("x")):
        assert ended_with(error) is error


@pytest.mark.parametrize("error", [SystemExit("give up"), GeneratorExit()])
def test_a_step_that_would_end_the_process_ends_itself(error: BaseException) -> None:
    def leave(context: object) -> None:
        raise error

    match: Any = SimpleNamespace(func=leave)
    StepErrors(SimpleNamespace(), str).match(match)
    with pytest.raises(NotJudged, match=type(error).__name__) as caught:
        match.func(None)
    assert caught.value.code == "wrong_file"
