"""How the platform says no: which refusal a sentence means, and whether the one that came is it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bookingflow.core.failures import Breach
from bookingflow.core.patterns import pattern
from bookingflow.core.text import series
from bookingflow.platform.api_models import FIELDS, Accepted, AnswerLost, Refused, SubmitResult

WORD = pattern(r"[^\W\d_]{2,}", adversarial=("a1", "a"))


@dataclass(frozen=True)
class ExpectedRefusal:
    """The agreed answer; `status` None where the agreement is any 4xx, `code` None where there is none.

    `unified` are the codes of unified validation, which has no reasons and answers with UNIFIED_STATUS.
    """

    status: int | None = None
    code: str | None = None
    reasons: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    unified: frozenset[str] = frozenset()
    clock: bool = False
    """Whether it says what time it is at the restaurant."""

    def by_issues(self) -> ExpectedRefusal:
        """What unified validation answers instead."""
        return ExpectedRefusal(UNIFIED_STATUS, fields=self.fields, unified=self.unified) if self.unified else self


UNIFIED_STATUS = 400
"""Of a refused time (docs/platform.md, "Refusals")."""
REFUSALS: Mapping[str, ExpectedRefusal] = {
    "the restaurant is closed": ExpectedRefusal(
        400, "OPERATING_HOURS_CLOSED", frozenset({"CLOSED"}), unified=frozenset({"CLOSED_DATE", "OUTSIDE_HOURS"})
    ),
    "the time is not offered": ExpectedRefusal(
        400,
        "OPERATING_HOURS_CLOSED",
        frozenset({"OUTSIDE_WINDOW", "AFTER_CLOSE", "INVALID_TIME"}),
        unified=frozenset({"OUTSIDE_HOURS", "SERVICE_PERIOD"}),
    ),
    "the time has passed": ExpectedRefusal(422, "BOOKING_IN_PAST", unified=frozenset({"PAST_TIME"}), clock=True),
    "there is no such restaurant": ExpectedRefusal(404, "RESTAURANT_NOT_FOUND"),
    "it can't be read": ExpectedRefusal(400),
    "something in it is wrong": ExpectedRefusal(),
}
"""docs/platform.md, "Refusals"."""


def wrong_field(*fields: str) -> ExpectedRefusal:
    """The refusal that names these fields of the request."""
    return ExpectedRefusal(400, fields=frozenset(fields))


def not_taken(submitted: SubmitResult) -> list[Breach]:
    """What is wrong with an answer to a request that must not be taken, whatever else it says."""
    if isinstance(submitted, Accepted):
        return [Breach("wrongly_taken", f"the platform took it ({submitted.status})")]
    return []


def refused_as_agreed(submitted: SubmitResult, agreed: ExpectedRefusal) -> list[Breach]:
    """What is wrong with an answer that should be this refusal; empty when it is."""
    if taken := not_taken(submitted):
        return taken
    if isinstance(submitted, AnswerLost):
        if not submitted.exchange.is_error:
            return [Breach("answer_lost", f"the guest got no answer that can be read ({submitted.reason})")]
        error = f"the platform answered with an error ({submitted.reason}) instead of refusing"
        return [Breach("refused_with_error", error)]
    if not isinstance(submitted, Refused):
        return []
    status, said, details = submitted.exchange.status, submitted.refusal, submitted.refusal.details or {}
    agreed = agreed.by_issues() if said.unified else agreed
    found = []
    if agreed.status is not None and status != agreed.status:
        found.append(Breach("refusal_status_wrong", f"the refusal is HTTP {status} instead of {agreed.status}"))
    if agreed.code is not None and said.code != agreed.code:
        codes = f"the refusal's code is {said.code or 'missing'} instead of {agreed.code}"
        found.append(Breach("refusal_code_wrong", codes))
    if agreed.unified and said.unified and said.code not in agreed.unified:
        codes = f"the refusal's code is {said.code or 'missing'} instead of {' or '.join(sorted(agreed.unified))}"
        found.append(Breach("refusal_code_wrong", codes))
    if agreed.reasons and details.get("reason") not in agreed.reasons:
        reasons = f"{details.get('reason') or 'missing'} instead of {' or '.join(sorted(agreed.reasons))}"
        found.append(Breach("refusal_reason_wrong", f"the refusal's reason is {reasons}"))
    if agreed.fields:
        named = details.get("fieldErrors")
        fields = named.items() if isinstance(named, Mapping) else ()
        explained = {field for field, words in fields if _in_words(words)}
        missing = [f"the {word}" for word, field in FIELDS.items() if field in agreed.fields - explained]
        if missing:
            unexplained = f"the refusal does not say what is wrong with {series(missing)}"
            found.append(Breach("refusal_field_missing", unexplained))
    if agreed.clock and not found and not details.get("serverTime"):
        clock = "the refusal does not say what time it is at the restaurant (serverTime)"
        found.append(Breach("refusal_clock_missing", clock))
    if len(WORD.findall(said.error)) < 2:
        found.append(Breach("refusal_without_words", "the refusal gives no reason in words"))
    return found


def _in_words(said: Any) -> bool:
    return any(WORD.search(str(words)) for words in (said if isinstance(said, list) else [said or ""]))
