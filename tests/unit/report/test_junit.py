"""JUnit XML tells what the report tells: scenarios, what was skipped and why, and what failed outside of scenarios."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from behave.model_type import Status

from bookingflow.core.errors import BrokenPromise, NotJudged, TargetUnreachable
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.report.junit import write_junit

ROOMS, HOURS = SimpleNamespace(name="Rooms"), SimpleNamespace(name="Hours")


def scenario(status: Status, feature: Any = ROOMS, *, step: Any = None, **given: Any) -> Any:
    """What behave knows of a scenario after its end."""
    told = {"name": "Four get a table", "effective_tags": ["BOOK-001", "smoke"], "duration": 0.25, "skip_reason": None}
    ended = {"exception": None, "error_message": None, "all_steps": [step] if step else []}
    return SimpleNamespace(status=status, feature=feature, **{**told, **ended, **given})


def step(status: Status, error: BaseException | None = None) -> Any:
    """What behave knows of a step that went wrong."""
    return SimpleNamespace(
        keyword="Then", name="it is confirmed", status=status, exception=error, error_message=str(error or "")
    )


def written(folder: Path, *scenarios: Any, of_the_run: tuple[Exception, ...] = ()) -> Element:
    write_junit(folder / "reports" / "junit.xml", scenarios, of_the_run, Sanitizer())
    return ElementTree.parse(folder / "reports" / "junit.xml").getroot()  # noqa: S314 - our own file


def numbers(part: Element) -> tuple[str | None, ...]:
    return tuple(part.get(name) for name in ("tests", "failures", "errors", "skipped"))


def test_every_feature_is_a_suite_with_its_scenarios_counted(tmp_path: Path) -> None:
    root = written(
        tmp_path,
        scenario(Status.passed),
        scenario(Status.passed, name="Six get a table"),
        scenario(Status.skipped, HOURS, skip_reason="needs merges"),
    )
    assert [(suite.get("name"), *numbers(suite)) for suite in root] == [
        ("Rooms", "2", "0", "0", "0"),
        ("Hours", "1", "0", "0", "1"),
        ("The run", "1", "0", "0", "0"),
    ]
    assert numbers(root) == ("4", "0", "0", "1")
    assert (root[0].get("time"), root[0][0].get("time")) == ("0.500", "0.250")
    assert root[0][0].get("name") == "BOOK-001 Four get a table"
    assert root[1][0][0].get("message") == "needs merges"


@pytest.mark.parametrize(
    ("ended", "kind", "code", "words"),
    [
        (
            scenario(Status.failed, step=step(Status.failed, BrokenPromise("It stayed pending.", code="holds"))),
            *(
                "failure",
                "holds",
                "Then it is confirmed: Holds of other bookings block every table. It stayed pending.",
            ),
        ),
        (
            scenario(Status.failed, step=step(Status.failed, NotJudged("Nobody answers.", code="unreachable"))),
            *("error", "unreachable", "Nobody answers."),
        ),
        (scenario(Status.error, step=step(Status.error, ValueError("boom"))), "error", "ValueError", "boom"),
        (scenario(Status.undefined, step=step(Status.undefined)), "error", "undefined", "No step definition fits"),
        (
            scenario(Status.hook_error, exception=OSError("hook down"), error_message="HOOK-ERROR in before_scenario"),
            *("error", "OSError", "HOOK-ERROR in before_scenario"),
        ),
        (
            scenario(Status.hook_error, exception=BrokenPromise("It was withdrawn.", code="confirmation_withdrawn")),
            *("failure", "confirmation_withdrawn", "a hook or clean-up failed"),
        ),
        (scenario(Status.cleanup_error), "error", "undefined", "a hook or clean-up failed"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 25 else None,
)
def test_what_went_wrong_has_its_kind_code_and_sentence(
    tmp_path: Path, ended: Any, kind: str, code: str, words: str
) -> None:
    root = written(tmp_path, ended)
    (told,) = root[0][0]
    assert (told.tag, told.get("type")) == (kind, code)
    assert words in (told.get("message") or "")
    assert words in (told.text or "")
    assert numbers(root[0]) == (("1", "1", "0", "0") if kind == "failure" else ("1", "0", "1", "0"))


def test_what_fails_outside_of_scenarios_is_told_in_a_suite_of_its_own(tmp_path: Path) -> None:
    withdrawn = BrokenPromise("Two of them", code="confirmation_withdrawn", examples=["one", "two"])
    root = written(
        tmp_path, scenario(Status.passed), of_the_run=(withdrawn, TargetUnreachable("The database is gone."))
    )
    first, second = root[1]
    assert root[1].get("name") == "The run"
    assert (first[0].tag, first[0].get("message")) == (
        "failure",
        "A confirmation is withdrawn. Two of them. Who can act: the platform team.",
    )
    assert "  - two" in (first[0].text or "")
    assert (second[0].tag, second[0].get("type")) == ("error", "unreachable")
    assert numbers(root) == ("3", "1", "1", "0")


def test_texts_are_sanitized_and_always_xml(tmp_path: Path) -> None:
    error = BrokenPromise('told guest@private.example \x00\x1b[31m\ud800 <&"]]>', code="wrong_answer")
    root = written(tmp_path, scenario(Status.failed, name="of guest@private.example", step=step(Status.failed, error)))
    content = (tmp_path / "reports" / "junit.xml").read_text(encoding="utf-8")
    assert "guest@" not in content
    assert '\\x00\\x1b[31m\\ud800 <&"]]>. Who can act' in (root[0][0][0].text or "")


def test_a_run_that_selected_nothing_still_leaves_a_file(tmp_path: Path) -> None:
    assert numbers(written(tmp_path)) == ("1", "0", "0", "0")
