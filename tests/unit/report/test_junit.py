"""JUnit XML tells what the summary tells, in the terms that CI systems read."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from behave.model_type import Status

from bookingflow.core.errors import BrokenPromise, NotJudged
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.report.junit import junit_xml
from bookingflow.report.scenario_results import result_of
from bookingflow.report.summary import Finding, Reason, Summary
from tests.support.junit_schema import objections
from tests.support.scenarios import FEATURE, HOURS, scenario, step
from tests.support.summaries import summary

LATE = BrokenPromise("It stayed pending.\n  seen: twice", code="capacity")


def said(*scenarios: Any, **given: Any) -> Summary:
    results = (result_of(scenario, correlation_ids=("c-1",)) for scenario in scenarios)
    return summary(*results, **given).sanitized(Sanitizer())


def written(*scenarios: Any, cut_off: str = "", **given: Any) -> Element:
    root = ElementTree.fromstring(junit_xml(said(*scenarios, **given), scenarios, cut_off))
    assert objections(root) == []
    return root


def numbers(part: Element) -> tuple[str | None, ...]:
    return tuple(part.get(name) for name in ("tests", "failures", "errors", "skipped"))


@pytest.mark.parametrize(
    ("document", "objection"),
    [
        ("<testsuites/>", "name is missing"),
        ('<skipped message="x" reason="y"/>', "reason is unknown"),
        ('<skipped message="x "/>', "has blanks around it"),
        ('<failure type="Value Error" message="x"/>', "type='Value Error'"),
        ("<properties><failure/></properties>", "holds ['failure']"),
        ("<system-out/>", "no reader knows"),
    ],
)
def test_the_schema_objects_to_what_readers_do_not_take(document: str, objection: str) -> None:
    assert any(objection in said for said in objections(ElementTree.fromstring(document)))


def test_every_feature_is_a_suite_with_its_scenarios_counted() -> None:
    root = written(
        scenario(Status.passed),
        scenario(Status.passed, name="Six get a table"),
        scenario(Status.skipped, HOURS, skip_reason="needs merges"),
    )
    assert [(suite.get("name"), *numbers(suite)) for suite in root] == [
        ("Rooms", "2", "0", "0", "0"),
        ("Hours", "1", "0", "0", "1"),
    ]
    assert numbers(root) == ("3", "0", "0", "1")
    assert (root[0].get("time"), root[0][0].get("time")) == ("0.500", "0.250")
    assert root[0].get("timestamp") == "2026-11-26T15:00:00"
    assert root[0].get("hostname")
    assert root[0][0].get("name") == "BOOK-001 Four get a table"
    assert [skipped.get("message") for skipped in root.iter("skipped")] == ["needs merges"]


def test_a_case_has_its_place_and_its_properties() -> None:
    (case,) = written(scenario(Status.failed, failed=step(Status.failed, LATE)))[0]
    assert (case.get("file"), case.get("line")) == ("features/rooms.feature", "7")
    properties = {item.get("name"): item.get("value") for item in case.iter("property")}
    assert properties == {
        "id": "BOOK-001",
        "severity": "critical",
        "owner": "bookings",
        "code": "capacity",
        "trace": "c1",
    }
    assert [part.tag for part in case] == ["properties", "failure"]


@pytest.mark.parametrize(
    ("error", "kind"), [(LATE, "failure"), (NotJudged("Nobody answers.", code="unreachable"), "error")]
)
def test_what_went_wrong_has_its_kind_code_and_sentence(error: Any, kind: str) -> None:
    root = written(scenario(Status.failed, failed=step(Status.failed, error)))
    problem = root.find(f".//{kind}")
    assert problem is not None
    assert problem.get("type") == error.code
    assert problem.get("message") == str(error).splitlines()[0]
    assert problem.text == str(error)


def test_every_finding_is_a_case_with_a_name_of_its_own() -> None:
    findings = (
        Finding(code="double_booking", title="A table is given twice", sentence="T01 is given twice."),
        Finding(code="suite_error", title="Bookings are left", sentence="Two are left.", status="error"),
        Finding(code="notes_not_stored", title="Notes are lost", sentence="…", known="It is being mended."),
    )
    root = written(scenario(Status.passed), findings=findings)
    cases = {case.get("name"): next((part.tag for part in case), None) for case in root[1]}
    assert root[1].get("name") == "The run"
    assert cases == {"A table is given twice": "failure", "Bookings are left": "error", "Notes are lost": "skipped"}
    assert numbers(root) == ("4", "1", "1", "1")


def test_a_run_that_could_not_begin_is_one_error() -> None:
    root = written(reason=Reason(code="bad_settings", sentence="A setting is wrong.", hint="Mend it."))
    (case,) = root[0]
    assert case.get("name") == "The run could not begin: A setting is wrong."
    assert (case[0].tag, case[0].text) == ("error", "A setting is wrong. Mend it.")
    assert numbers(root) == ("1", "0", "1", "0")


def test_a_run_that_was_cut_off_has_one_case_more() -> None:
    root = written(scenario(Status.passed), scenario(Status.untested, name="Left"), cut_off="Cut off by SIGTERM.")
    assert (root[1][0].get("name"), root[1][0][0].get("type")) == ("The run was cut off", "cut_off")
    assert numbers(root) == ("3", "0", "1", "1")


def test_texts_are_always_xml_and_have_no_trailing_blanks() -> None:
    odd = BrokenPromise('told \x00\x1b[31m\ud800 <&"]]>  \nsecond', code="wrong_answer", examples=["one \t"])
    one = scenario(Status.failed, FEATURE, failed=step(Status.failed, odd), name="Row of a table ")
    document = junit_xml(said(one), [one])
    document.encode("utf-8")
    root = ElementTree.fromstring(document)
    text = root[0][0][1].text or ""
    assert 'told \\x00\\x1b[31m\\ud800 <&"]]>\nsecond. Who can act' in text
    assert text.endswith("\n  - one")
    assert not re.search(r'[ \t]"', document.replace('" ', '"'))
    assert root[0][0].get("name") == "BOOK-001 Row of a table"


def test_repetitions_are_cases_of_their_own_in_one_suite() -> None:
    rooms, hours = scenario(Status.passed, repetition=1), scenario(Status.passed, HOURS, repetition=1)
    again = scenario(Status.passed, repetition=2), scenario(Status.passed, HOURS, repetition=2)
    root = written(rooms, hours, *again)
    assert [(suite.get("name"), suite.get("tests")) for suite in root] == [("Rooms", "2"), ("Hours", "2")]
    names = [case.get("name") for case in root.iter("testcase")]
    assert len(set(names)) == 2
    assert names[1] == "BOOK-001 Four get a table (repetition 2)"
    said = [item.get("value") for item in root.iter("property") if item.get("name") == "repetition"]
    assert said == ["1", "2", "1", "2"]
