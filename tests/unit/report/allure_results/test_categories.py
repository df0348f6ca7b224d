"""Every way to fail has one category: in Allure 2 (all that match the whole message) and 3 (the first found in it)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bookingflow.booking import diagnosis
from bookingflow.core import errors
from bookingflow.core.known_breaches import PREFIX
from bookingflow.report.allure_results.categories import CATEGORIES, categories, write_categories
from tests.support.raised_codes import raised_codes

DIAGNOSES = {rule.code: "failed" if rule.judged else "broken" for rule in (*diagnosis.RULES, diagnosis.UNEXPLAINED)}


def errors_below(kind: type[errors.SuiteError]) -> Iterator[type[errors.SuiteError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from errors_below(child)


SUITE_ERRORS = {kind.code: "broken" for kind in errors_below(errors.SuiteError) if kind.__module__.endswith("errors")}
BREACHES = dict.fromkeys(raised_codes(), "failed")
ENDINGS = sorted({*DIAGNOSES.items(), *SUITE_ERRORS.items(), *BREACHES.items()})


def found_in(status: str, message: str) -> list[str]:
    """The categories of such a result; both ways of matching must agree."""
    given = [item for item in categories() if status in item["matchedStatuses"]]
    searched = [item["name"] for item in given if re.search(item["messageRegex"], message)]
    matched = [item["name"] for item in given if re.fullmatch(item["messageRegex"], message)]
    assert searched == matched
    return matched


def test_the_codes_of_the_library_were_found() -> None:
    assert {"double_booking", "notes_not_stored", "confirmation_withdrawn", "answer_lost"} <= BREACHES.keys()
    assert {"capacity", "unreachable", "unexplained"} <= DIAGNOSES.keys()
    assert {"suite_error", "bad_settings", "not_at_this_restaurant"} <= SUITE_ERRORS.keys()


@pytest.mark.parametrize(("code", "status"), ENDINGS)
def test_every_code_falls_in_exactly_one_category(code: str, status: str) -> None:
    for message in (f"What happened. [{code}]", f"What happened.\nafter_scenario failed: lost\n[{code}]"):
        assert len(found_in(status, message)) == 1


@pytest.mark.parametrize(
    ("status", "message", "category"),
    [
        ("broken", "Booking X stayed pending. [capacity]", "Capacity"),
        ("failed", "Booking X got no table. [terminal]", "Promise broken"),
        ("failed", "an assertion without a code", "Promise broken"),
        ("failed", "It quotes [capacity] in its middle. [table_time_wrong]", "Promise broken"),
        ("failed", "On Fri 05 Dec two sit at one table. [double_booking]", "Double booking"),
        ("failed", "It shows another guest's e-mail. [others_email_shown]", "Privacy"),
        ("failed", "The job failed. [background_job_failed]", "Background job"),
        ("failed", "Nothing came. [answer_lost]", "No proper answer"),
        ("failed", "The time to a table is 98 % longer. [slower]", "Too slow"),
        ("broken", "The API can't be reached. [unreachable]", "Platform unreachable"),
        ("broken", "Too many. [rate_limited]", "Rate limited"),
        ("broken", "Rows are hidden. [evidence_hidden]", "Evidence hidden"),
        ("broken", "Every table is held by earlier guests. [no_room_left_by_tests]", "Not possible now"),
        ("broken", "before_all failed: RuntimeError: down", "Suite defect"),
        ("broken", "A setting is wrong. [bad_settings]", "Suite defect"),
        ("broken", "", "Suite defect"),
        ("skipped", f"{PREFIX}: Wishes are ignored. (https://t.example/1, until 2030-01-01) — They sit in.", PREFIX),
    ],
)
def test_a_cause_has_its_category(status: str, message: str, category: str) -> None:
    assert found_in(status, message) == [category]


@pytest.mark.parametrize(("status", "message"), [("skipped", "needs the demo platform's switches"), ("passed", "")])
def test_what_did_not_fail_has_none(status: str, message: str) -> None:
    assert found_in(status, message) == []


def test_no_category_names_a_code_that_is_never_raised_or_that_another_names() -> None:
    named = [code for category in CATEGORIES for code in category.codes]
    assert len(named) == len(set(named))
    assert set(named) <= {code for code, _ in ENDINGS}


def test_the_file_is_what_allure_reads(tmp_path: Path) -> None:
    write_categories(tmp_path)
    written = json.loads((tmp_path / "categories.json").read_text(encoding="utf-8"))
    assert [item["name"] for item in written] == [category.name for category in CATEGORIES]
    assert all(item["description"] and item["matchedStatuses"] and item["messageRegex"] for item in written)
