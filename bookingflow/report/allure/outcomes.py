"""How a result ends: its status and its message, from what was raised and from what behave says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allure_commons.model2 import Label, Status, StatusDetails
from allure_commons.utils import format_traceback
from behave.model_type import Status as BehaveStatus

CAUSE, WHO_CAN_ACT = "cause", "who can act"
"""Labels of what did not end well."""
NOT_RUN = frozenset({BehaveStatus.untested, BehaveStatus.skipped, BehaveStatus.untested_pending})


def writable(text: str) -> str:
    """The text with lone halves of characters, which UTF-8 can't write, as their escapes: no evidence is lost."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass(frozen=True)
class Trouble:
    """A hook or clean-up that failed."""

    where: str
    error: BaseException

    @property
    def sentence(self) -> str:
        """Name the place, and what it says."""
        return f"{self.where} failed: {said_by(self.error)}"


def said_by(error: BaseException) -> str:
    """The error's own words where a code says that they are a sentence for people; else its type before them."""
    return str(error) if code_of(error) else f"{type(error).__name__}: {error}".removesuffix(": ")


def status_of(error: BaseException) -> str:
    """Failed for assertions, broken for the rest; an exception's own `allure_status` wins."""
    own = getattr(error, "allure_status", None)
    if own in {Status.FAILED, Status.BROKEN, Status.SKIPPED}:
        return str(own)
    return str(Status.FAILED if isinstance(error, AssertionError) else Status.BROKEN)


def outcome_of(error: BaseException) -> tuple[str, StatusDetails]:
    """The status and message of what ended with this error."""
    return status_of(error), StatusDetails(message=said_by(error), trace=trace_of(error))


def trace_of(error: BaseException) -> str | None:
    """Where in the code; None where the error's own code says that its sentence explains it."""
    return None if code_of(error) else str(format_traceback(error.__traceback__) or "")


def code_of(error: BaseException | None) -> str | None:
    """The error's own code, if it has one."""
    code = getattr(error, "code", None)
    return code if isinstance(code, str) and _is_code(code) else None


def cause_labels(error: BaseException | None) -> list[Label]:
    """What failures are grouped by: `cause`, the error's constant title and its code, and `who can act`.

    An error without a code has its type as its cause, an assertion without one has none.
    """
    code, title, actor = code_of(error), getattr(error, "title", ""), getattr(error, "who_can_act", "")
    if code is None:
        return [] if error is None or isinstance(error, AssertionError) else [Label(CAUSE, type(error).__name__)]
    labels = {CAUSE: f"{title} [{code}]" if title else code, WHO_CAN_ACT: str(actor)}
    return [Label(name, value) for name, value in labels.items() if value]


def with_code(message: str, error: BaseException | None) -> str:
    """The message with the error's code at its end, one code at most, where categories look for it."""
    code = code_of(error)
    return message if code is None else f"{message}{chr(10) if chr(10) in message else ' '}[{code}]"


def is_bad(status: BehaveStatus) -> bool:
    """Whether behave fails for it."""
    return status not in NOT_RUN | {BehaveStatus.passed}


def step_outcome(step: Any) -> tuple[str, StatusDetails | None]:
    """The status and message of a step as behave left it; a page shows it once where the result has the very same."""
    known = getattr(step, "known", None)
    if known is not None:  # it broke as known, and its scenario went on
        return Status.SKIPPED, StatusDetails(message=str(known))
    if step.status == BehaveStatus.passed:
        return Status.PASSED, None
    if step.status in NOT_RUN:
        return Status.SKIPPED, None
    if step.exception is not None:
        status, details = outcome_of(step.exception)
        details.message = with_code(details.message, step.exception)
        return status, details
    if step.status == BehaveStatus.undefined:
        return Status.BROKEN, StatusDetails(message=f"No step definition fits: {step.keyword} {step.name}")
    return Status.BROKEN, StatusDetails(message=str(step.error_message or step.status.name))


def family(status: BehaveStatus) -> str:
    """Return "passed", "skipped" or "bad" for behave's status."""
    return "passed" if status == BehaveStatus.passed else "skipped" if status in NOT_RUN else "bad"


def report_family(status: str) -> str:
    """The same, of a result's status."""
    return status if status in {Status.PASSED, Status.SKIPPED} else "bad"


def _is_code(text: str) -> bool:
    """Whether it is a word of small letters, digits and underscores that begins with a letter."""
    return text.isascii() and text == text.lower() and text[:1].isalpha() and text.replace("_", "").isalnum()
