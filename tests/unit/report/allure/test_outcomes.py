"""How a step ends on the page."""

from __future__ import annotations

from types import SimpleNamespace

from allure_commons.model2 import Status
from behave.model_type import Status as BehaveStatus

from bookingflow.report.allure.outcomes import step_outcome


def test_a_step_that_broke_as_known_is_neither_green_nor_red_and_says_why() -> None:
    status, details = step_outcome(SimpleNamespace(status=BehaveStatus.passed, exception=None, known="Known breach: …"))
    assert status == Status.SKIPPED
    assert details is not None
    assert details.message == "Known breach: …"
    assert step_outcome(SimpleNamespace(status=BehaveStatus.passed, exception=None)) == (Status.PASSED, None)
