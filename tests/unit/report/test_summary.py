"""The verdict of a run, and how it is written."""

from __future__ import annotations

import json

import pytest

from bookingflow.core.sanitizer import Sanitizer
from bookingflow.report.summary import Finding, Reason, ScenarioResult, Summary, verdict_of
from tests.support.summaries import result, summary

BROKEN = Finding(code="double_booking", title="A table is given twice", sentence="T01 is given twice.")
UNJUDGED = Finding(code="unreachable", title="Unreachable", sentence="It is gone.", status="error")
KNOWN = BROKEN.model_copy(update={"known": "It is being mended."})
REASON = Reason(code="bad_settings", sentence="A setting is wrong.")


@pytest.mark.parametrize(
    ("results", "findings", "cut_off", "reason", "verdict", "status"),
    [
        ([result()], [], False, None, "kept", 0),
        ([result(), result(2, "known"), result(3, "skipped")], [], False, None, "kept", 0),
        ([result()], [KNOWN], False, None, "kept", 0),
        ([result(), result(2, "failed"), result(3, "error")], [], True, REASON, "broken", 1),
        ([result()], [BROKEN], True, None, "broken", 1),
        ([result()], [UNJUDGED], False, None, "not_judged", 3),
        ([result(), result(2, "error")], [], False, None, "not_judged", 3),
        ([result(), result(2, "error"), result(3, "not_run")], [], True, None, "not_judged", 4),
        ([result(), result(2, "not_tried")], [], False, None, "not_judged", 3),
        ([result()], [], True, None, "not_judged", 4),
        ([], [], False, REASON, "not_judged", 3),
    ],
)
def test_the_verdict_and_the_exit_status(
    results: list[ScenarioResult],
    findings: list[Finding],
    cut_off: bool,
    reason: Reason | None,
    verdict: str,
    status: int,
) -> None:
    assert verdict_of(results, findings, cut_off=cut_off, reason=reason) == (verdict, status)


def test_it_is_written_with_the_names_of_the_schema() -> None:
    written = json.loads(summary(result(2, "failed"), findings=(BROKEN,)).as_json())
    assert list(written) == [
        *("schemaVersion", "runId", "verdict", "exitStatus", "cutOff", "reason", "startedAt", "endedAt", "target"),
        *("suite", "build", "seed", "preflight", "scenarios", "results", "findings", "bookings", "metrics"),
        *("budgets", "repetitions"),
    ]
    assert (written["schemaVersion"], written["verdict"], written["scenarios"]) == (2, "broken", {"failed": 1})
    assert set(written["results"][0]) == {
        *(
            "id",
            "name",
            "repetition",
            "feature",
            "rule",
            "location",
            "status",
            "code",
            "codes",
            "title",
            "sentence",
            "whoCanAct",
        ),
        *("durationMs", "again", "correlationIds", "known"),
    }
    assert {"code", "sentence", "count", "bookings", "known"} <= set(written["findings"][0])


def test_it_is_sanitized_whole_and_stays_itself() -> None:
    sanitizer = Sanitizer()
    sanitizer.register_secret("letmein-4711")
    said = summary(result(2, "failed", sentence="The token letmein-4711 of anna@private.example is shown."))
    clean = said.sanitized(sanitizer)
    assert "letmein" not in clean.as_json()
    assert "anna@" not in clean.as_json()
    assert clean.model_copy(update={"results": ()}) == said.model_copy(update={"results": ()})
    assert Summary.model_validate_json(clean.as_json()) == clean
