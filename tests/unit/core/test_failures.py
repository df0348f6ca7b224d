"""The catalogue of failures: one title for a code, wherever it is raised."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bookingflow.booking.diagnosis import RULES, UNEXPLAINED
from bookingflow.core import errors
from bookingflow.core.errors import BrokenPromise, TargetUnreachable
from bookingflow.core.failures import FAILURES, failure_of

SOURCES = sorted((Path(__file__).resolve().parents[3] / "bookingflow").rglob("*.py"))
RAISERS = {"broken", "breach", "demand", "_broken"}


def raised_codes() -> set[str]:
    """The codes that the library's code raises, as they are spelled in it."""
    found = {rule.code for rule in (*RULES, UNEXPLAINED)}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found |= {
                    str(keyword.value.value)
                    for keyword in node.keywords
                    if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
                }
                if getattr(node.func, "attr", "") in RAISERS:
                    last = node.args[-1] if node.args else None
                    found |= {str(last.value)} if isinstance(last, ast.Constant) else set()
    return found


@pytest.mark.parametrize("code", sorted(raised_codes()))
def test_every_code_has_its_title(code: str) -> None:
    assert code in FAILURES


def test_titles_are_constant_and_tell_codes_apart() -> None:
    titles = [failure.title for failure in FAILURES.values()]
    assert len(set(titles)) == len(titles)
    assert not [title for title in titles if title.endswith(".") or "{" in title]


def test_a_code_that_nobody_knows_is_a_defect_of_the_suite() -> None:
    assert failure_of("never_heard_of").code == "suite_defect"


def test_a_broken_promise_says_title_particulars_and_who_can_act() -> None:
    error = BrokenPromise("Booking X, checked for 4 s.", code="confirmed_without_table", examples=["one", "two"])
    assert str(error) == (
        'No table is reserved for a guest who was told "confirmed". Booking X, checked for 4 s. '
        "Who can act: the platform team.\n  - one\n  - two"
    )
    assert (error.title, error.code) == (FAILURES[error.code].title, "confirmed_without_table")


def test_an_error_of_the_suite_has_its_title_too() -> None:
    assert TargetUnreachable("Nobody answers.").title == "The platform does not answer"
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.SuiteError)]
    assert {kind.code for kind in kinds} <= FAILURES.keys()
