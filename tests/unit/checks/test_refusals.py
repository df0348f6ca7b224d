"""Refusals, compared with what was agreed."""

from __future__ import annotations

from typing import Any

import pytest

from bookingflow.checks.refusals import REFUSALS, refused_as_agreed, wrong_field
from bookingflow.core.failures import Breach
from bookingflow.platform.api_models import Accepted, AnswerLost, Exchange, HttpMetrics, Refusal, Refused, SubmitResult


def exchange(status: int | None) -> Exchange:
    return Exchange(HttpMetrics("POST", "/api/bookings", status, 10, 10, 5.0), {}, {}, {}, "")


def refused(status: int = 400, error: str = "The restaurant is closed.", **said: Any) -> Refused:
    return Refused(exchange(status), Refusal(error=error, **said))


@pytest.mark.parametrize(
    ("answer", "agreed", "code", "words"),
    [
        (
            Accepted(exchange(201), "id", "pending", duplicate=False),
            "the restaurant is closed",
            "wrongly_taken",
            "the platform took it (pending)",
        ),
        (
            AnswerLost(exchange(500), "HTTP 500"),
            "something in it is wrong",
            "refused_with_error",
            "the platform answered with an error (HTTP 500) instead of refusing",
        ),
        (
            AnswerLost(exchange(None), "time is up"),
            "something in it is wrong",
            "answer_lost",
            "the guest got no answer that can be read (time is up)",
        ),
        (
            refused(422, code="RESTAURANT_NOT_FOUND"),
            "there is no such restaurant",
            "refusal_status_wrong",
            "the refusal is HTTP 422 instead of 404",
        ),
        (
            refused(404, code="NONE"),
            "there is no such restaurant",
            "refusal_code_wrong",
            "the refusal's code is NONE instead of RESTAURANT_NOT_FOUND",
        ),
        (
            refused(code="OPERATING_HOURS_CLOSED", details={"reason": "CLOSED"}),
            "the time is not offered",
            "refusal_reason_wrong",
            "the refusal's reason is CLOSED instead of AFTER_CLOSE or INVALID_TIME or OUTSIDE_WINDOW",
        ),
    ],
)
def test_an_answer_that_is_not_the_refusal_agreed_is_found(
    answer: SubmitResult, agreed: str, code: str, words: str
) -> None:
    assert refused_as_agreed(answer, REFUSALS[agreed]) == [Breach(code, words)]


def test_a_refusal_names_each_field_with_words() -> None:
    named = {"date": ["Is missing"], "time": [], "party": ["3"]}
    assert refused_as_agreed(refused(details={"fieldErrors": named}), wrong_field("date")) == []
    assert refused_as_agreed(refused(details={"fieldErrors": named}), wrong_field("date", "time", "party")) == [
        Breach("refusal_field_missing", "the refusal does not say what is wrong with the time and the party")
    ]


@pytest.mark.parametrize(
    ("words", "enough"),
    [("Invalid payload", True), ("x", False), ("", False), ("400 !", False)],
)
def test_a_refusal_says_why_in_words(words: str, enough: bool) -> None:
    found = refused_as_agreed(refused(error=words), REFUSALS["something in it is wrong"])
    assert found == ([] if enough else [Breach("refusal_without_words", "the refusal gives no reason in words")])


def unified(code: Any, message: Any = "Selected time is not offered.", status: int = 400) -> Refused:
    body = {"ok": False, "issues": [{"code": code, "message": message, "detail": {}, "severity": "error"}]}
    return Refused(exchange(status), Refusal.model_validate(body))


@pytest.mark.parametrize(
    ("agreed", "code"),
    [
        ("the restaurant is closed", "CLOSED_DATE"),
        ("the time is not offered", "OUTSIDE_HOURS"),
        ("the time is not offered", "SERVICE_PERIOD"),
        ("the time has passed", "PAST_TIME"),
    ],
)
def test_unified_validation_refuses_by_codes_of_its_own(agreed: str, code: str) -> None:
    assert refused_as_agreed(unified(code), REFUSALS[agreed]) == []


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (
            unified("PAST_TIME"),
            Breach("refusal_code_wrong", "the refusal's code is PAST_TIME instead of CLOSED_DATE or OUTSIDE_HOURS"),
        ),
        (
            unified(7),
            Breach("refusal_code_wrong", "the refusal's code is missing instead of CLOSED_DATE or OUTSIDE_HOURS"),
        ),
        (
            unified("CLOSED_DATE", status=409),
            Breach("refusal_status_wrong", "the refusal is HTTP 409 instead of 400"),
        ),
        (unified("CLOSED_DATE", None), Breach("refusal_without_words", "the refusal gives no reason in words")),
    ],
)
def test_what_is_wrong_with_a_refusal_by_unified_validation(answer: Refused, found: Breach) -> None:
    assert refused_as_agreed(answer, REFUSALS["the restaurant is closed"]) == [found]


@pytest.mark.parametrize("issues", [[], ["closed"], "closed", None, [None]])
def test_an_error_beside_issues_that_say_nothing_is_an_ordinary_refusal(issues: Any) -> None:
    refusal = Refusal.model_validate({"error": "Closed that day.", "code": "CLOSED", "issues": issues})
    assert (refusal.error, refusal.code, refusal.unified) == ("Closed that day.", "CLOSED", False)
