"""The run in a few lines: on the job's page, in a chat."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bookingflow.core.repetitions import Repeating
from bookingflow.report.job_summary import (
    MOST_ANNOTATIONS,
    MOST_LINES,
    append_to_job,
    error_commands,
    job_summary,
    on_github,
)
from bookingflow.report.repetitions import repetitions
from bookingflow.report.summary import Build, Finding, Reason
from tests.support.summaries import result, summary

TWICE = Finding(code="double_booking", title="A table is given twice", sentence="T01.", who_can_act="the team", count=3)
ODD = "Told:\n::error::x <script> [a](https://evil.example) @all | 100%"


def test_a_green_run_is_its_verdict() -> None:
    assert job_summary(summary(result(1), result(2))) == "## Kept\n\n2 promises: 2 kept, in 43.2 s\n"


def test_a_red_run_says_what_is_broken_by_cause_who_can_act_and_how_to_run_it_again() -> None:
    said = job_summary(
        summary(result(60, "failed"), result(61, "failed"), result(3), findings=(TWICE,)), new=[result(61, "failed")]
    )
    assert said.startswith("## Broken: 2 promises, 1 finding\n")
    cause = "- **2 promises: Guests' notes are not stored** (BOOK-060, BOOK-061). Who can act: the platform team."
    assert cause in said.splitlines()
    assert "- **A table is given twice** (3 times). Who can act: the team." in said.splitlines()
    assert "New since the last run: BOOK-061" in said
    assert "behave features/rooms.feature:60 features/rooms.feature:61`" in said
    assert "`make report`" in said


def test_a_slow_run_is_reported_with_its_numbers() -> None:
    slow = Finding(code="slower", title="Guests wait longer", sentence="Guests wait longer. The time is 98 % longer.")
    said = job_summary(summary(result(1), findings=(slow,))).splitlines()
    assert said[said.index("The run as a whole:") + 2] == "- Guests wait longer. The time is 98 % longer."
    assert "Also, in bookings of other scenarios:" not in said


def test_what_was_given_up_is_said_with_its_reason() -> None:
    left = [result(number, "not_tried", sentence="Not tried: the last 5 bookings waited") for number in (20, 21)]
    cause = "- **2 promises: not tried** (BOOK-020, BOOK-021). The last 5 bookings waited."
    assert cause in job_summary(summary(result(1, "failed"), *left)).splitlines()


def test_it_never_has_more_than_thirty_lines() -> None:
    failures = [result(number, "failed", f"code_{number}") for number in range(1, 60)]
    findings = tuple(TWICE.model_copy(update={"code": f"code_{number}"}) for number in range(20))
    said = job_summary(
        summary(*failures, findings=findings, cut_off=True, build=Build(name="GitHub", url="https://ci.example/1")),
        cut_off="Cut off by SIGTERM: 3 scenarios did not run.",
        new=failures,
    )
    assert len(said.splitlines()) <= MOST_LINES
    assert "- and 51 more causes" in said
    assert "https://ci.example/1" in said
    assert "Run it again: " in said


def test_a_run_that_could_not_begin_says_why() -> None:
    said = job_summary(summary(reason=Reason(code="bad_settings", sentence="A setting is wrong.", hint="Mend it.")))
    assert said.startswith("## Not judged\n")
    assert "A setting is wrong. Mend it." in said


def test_texts_from_outside_are_no_markup() -> None:
    said = job_summary(summary(result(1, "failed", title=ODD), reason=Reason(code="x", sentence=ODD)))
    assert "<script>" not in said
    assert not re.search(r"(?<!\\)\[", said)
    assert "@all" not in said
    assert not [line for line in said.splitlines() if line.lstrip().startswith("::")]


def test_failures_are_annotated_at_their_lines_broken_promises_first() -> None:
    said = error_commands(summary(result(2, "error"), result(1, "failed", sentence=ODD), findings=(TWICE,)))
    assert said[0].startswith("::error file=features/rooms.feature,line=1,title=BOOK-001 Promise 1::Told:%0A%3A"[:70])
    assert "100%25" in said[0]
    assert all("\n" not in command for command in said)
    assert said[1].startswith("::error file=features/rooms.feature,line=2,title=BOOK-002 Promise 2::")
    assert said[2].startswith("::error title=A table is given twice::T01.")


def test_no_more_are_annotated_than_github_shows() -> None:
    assert len(error_commands(summary(*(result(number, "failed") for number in range(30))))) == MOST_ANNOTATIONS


def test_what_could_not_begin_is_annotated() -> None:
    (said,) = error_commands(summary(reason=Reason(code="x", sentence="A setting is wrong.")))
    assert said == "::error title=Nothing was judged::A setting is wrong."


@pytest.mark.parametrize(
    ("environ", "on"), [({"GITHUB_ACTIONS": "true"}, True), ({"GITHUB_ACTIONS": ""}, False), ({}, False)]
)
def test_commands_are_for_github_alone(environ: dict[str, str], on: bool) -> None:
    assert on_github(environ) == on


def test_the_jobs_page_keeps_what_others_wrote(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    path.write_text("others\n", encoding="utf-8")
    append_to_job({"GITHUB_STEP_SUMMARY": str(path)}, "## Kept\n")
    append_to_job({}, "nowhere")
    assert path.read_text(encoding="utf-8") == "others\n## Kept\n\n"


def test_of_many_repetitions_the_rate_is_said_and_a_failure_annotated_once() -> None:
    results = [result(60, repetition=1), *(result(60, "failed", repetition=number) for number in (2, 3))]
    said = summary(*results, repetitions=repetitions(Repeating(len(results)), results))
    assert "2 of 3 repetitions failed: at most 99 % at 95 % confidence. Failed in 2, 3." in job_summary(said)
    assert len(error_commands(said)) == 1
