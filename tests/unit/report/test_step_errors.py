"""Formatters that are not ours show a step's error clean, and a verdict without its traceback."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bookingflow.core.errors import BrokenPromise, NotJudged
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.report.step_errors import StepErrors


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
