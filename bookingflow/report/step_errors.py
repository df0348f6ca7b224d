"""What any formatter shows of a step that failed: no secrets, and no traceback for a verdict."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from behave.formatter.base import Formatter, StreamOpener

from bookingflow.core.errors import NotJudged


class StepErrors(Formatter):
    """A formatter that prints nothing and stands before all others: behave notes a step's error after its hooks."""

    name = "step_errors"
    description = "Cleans what other formatters show"

    def __init__(self, config: Any, clean: Callable[[str], str]) -> None:
        super().__init__(StreamOpener(stream=io.StringIO()), config)
        self._clean = clean

    def result(self, step: Any) -> None:
        """Clean the step's error before anybody shows it."""
        if isinstance(step.exception, NotJudged):
            step.error_message = str(step.exception)
        if step.error_message:
            step.error_message = self._clean(str(step.error_message))
