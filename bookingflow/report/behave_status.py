"""The status of behave's steps and scenarios, set to what the suite decided, so that every formatter shows the same."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from behave.model_type import Status

from bookingflow.audit.step_ends import StepEnd


def end_step(step: Any, scenario: Any, end: StepEnd) -> None:
    """Give the step this end, and leave its scenario where that is skipped.

    behave decides after the step's hook, by its status, whether the scenario goes on. `known` tells the report why a
    step passed that raised something.
    """
    step.status, step.exception = Status.from_name(end.status), end.error
    step.error_message = None if end.error is None else str(end.error)
    if end.status == "passed":
        step.known = end.reason
    if end.status == "skipped":
        scenario.skip(end.reason)


def show_known(scenario: Any, excuses: Collection[str]) -> None:
    """Show a scenario in which nothing broke but what is known, by these excuses, as known, which is not red."""
    if excuses:
        scenario.skip_reason = "\n".join(excuses)
        scenario.set_status(Status.skipped)
