"""What any formatter shows of a step that failed: no secrets, no traceback for a verdict, a sentence for what behave
has none for.
"""

from __future__ import annotations

import functools
import io
import traceback
from collections.abc import Callable
from typing import Any

from behave.formatter.base import Formatter, StreamOpener
from behave.matchers import StepParseError

from bookingflow.core.errors import NotJudged

SENTENCES_WITHIN = (
    "The deadlines of sentences within a step (execute_steps) are not known before the booking. Write the sentences "
    "into the scenario, or call context.arrange, context.act and context.promises"
)


class StepErrors(Formatter):
    """A formatter that prints nothing and stands before all others: behave notes a step's error after its hooks."""

    name = "step_errors"
    description = "Cleans what other formatters show"

    def __init__(self, config: Any, clean: Callable[[str], str]) -> None:
        super().__init__(StreamOpener(stream=io.StringIO()), config)
        self._clean = clean

    def match(self, match: Any) -> None:
        """Let a step that ends the process end no more than itself: behave would go without results or a word."""
        if match.func is not None:
            match.func = _ending_itself(match.func)

    def result(self, step: Any) -> None:
        """Clean the step's error before anybody shows it."""
        if isinstance(step.exception, NotJudged):
            step.error_message = str(step.exception)
        if step.error_message:
            step.error_message = self._clean(str(step.error_message))


def name_error(step: Any, signal_name: str) -> None:
    """Give a step that behave ended a sentence: for a signal (it takes each for Ctrl-C), for a word that no type knows,
    or for sentences within it.
    """
    error = step.exception
    if isinstance(error, KeyboardInterrupt):
        step.exception = _stopped_by(signal_name)
    elif isinstance(error, StepParseError):
        step.exception = NotJudged(f"{step.keyword} {step.name}: {error}", code="undefined_step")
    elif isinstance(error, AssertionError) and _raised_in(error) == "execute_steps":
        step.exception = NotJudged(SENTENCES_WITHIN, code="wrong_file")


def name_hook_error(scenario: Any, signal_name: str) -> None:
    """Give a scenario whose hook a signal ended a sentence: behave keeps nothing of it but that a hook failed."""
    if scenario.hook_failed and scenario.exception is None:
        scenario.exception = _stopped_by(signal_name)


def _stopped_by(signal_name: str) -> NotJudged:
    return NotJudged(f"The run was stopped by {signal_name or 'a signal'} here", code="cut_off")


def _ending_itself(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def run(*arguments: Any, **named: Any) -> None:
        try:
            function(*arguments, **named)
        except (SystemExit, GeneratorExit) as error:
            said = f"{type(error).__name__}: {error}".removesuffix(": ")
            raise NotJudged(f"Its step would have ended the run ({said})", code="wrong_file") from error

    return run


def _raised_in(error: BaseException) -> str:
    """The name of the function that raised it."""
    return "".join(frame.name for frame in traceback.extract_tb(error.__traceback__)[-1:])
