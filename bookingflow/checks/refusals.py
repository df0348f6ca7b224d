"""How the platform says no: which refusal a sentence means, and whether the one that came is it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bookingflow.core.patterns import pattern
from bookingflow.platform.api_models import Accepted, AnswerLost, Refused, SubmitResult

WORD = pattern(r"[^\W\d_]{2,}", adversarial=("a1", "a"))


@dataclass(frozen=True)
class ExpectedRefusal:
    """The agreed answer; `status` None where the agreement is any 4xx, `code` None where there is none."""

    status: int | None = None
    code: str | None = None
    reasons: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()


REFUSALS: Mapping[str, ExpectedRefusal] = {
    "the restaurant is closed": ExpectedRefusal(400, "OPERATING_HOURS_CLOSED", frozenset({"CLOSED"})),
    "the time is not offered": ExpectedRefusal(
        400, "OPERATING_HOURS_CLOSED", frozenset({"OUTSIDE_WINDOW", "AFTER_CLOSE", "INVALID_TIME"})
    ),
    "the time has passed": ExpectedRefusal(422, "BOOKING_IN_PAST"),
    "there is no such restaurant": ExpectedRefusal(404, "RESTAURANT_NOT_FOUND"),
    "it can't be read": ExpectedRefusal(400),
    "something in it is wrong": ExpectedRefusal(),
}
"""docs/platform.md, "Refusals"."""


def wrong_field(*fields: str) -> ExpectedRefusal:
    """The refusal that names these fields of the request."""
    return ExpectedRefusal(400, fields=frozenset(fields))


def refused_as_agreed(submitted: SubmitResult, agreed: ExpectedRefusal) -> list[str]:
    """What is wrong with an answer that should be this refusal; empty when it is."""
    if isinstance(submitted, Accepted):
        return [f"the platform took the booking (HTTP {submitted.exchange.status}, {submitted.status})"]
    if isinstance(submitted, AnswerLost):
        return [f"instead of saying what is wrong the platform failed ({submitted.reason})"]
    if not isinstance(submitted, Refused):
        return []
    status, said, details = submitted.exchange.status, submitted.refusal, submitted.refusal.details or {}
    found = []
    if agreed.status is not None and status != agreed.status:
        found.append(f"the refusal is HTTP {status} instead of {agreed.status}")
    if agreed.code is not None and said.code != agreed.code:
        found.append(f"the refusal's code is {said.code or 'missing'} instead of {agreed.code}")
    if agreed.reasons and details.get("reason") not in agreed.reasons:
        wanted = " or ".join(sorted(agreed.reasons))
        found.append(f"the refusal's reason is {details.get('reason') or 'missing'} instead of {wanted}")
    if agreed.fields:
        named = details.get("fieldErrors")
        told = {field for field, words in (named if isinstance(named, Mapping) else {}).items() if _in_words(words)}
        missing = sorted(agreed.fields - told)
        if missing:
            found.append(f"the refusal does not say what is wrong with {', '.join(missing)}")
    if len(WORD.findall(said.error)) < 2:
        found.append("the refusal gives no reason in words")
    return found


def _in_words(told: Any) -> bool:
    return any(WORD.search(str(words)) for words in (told if isinstance(told, list) else [told or ""]))
