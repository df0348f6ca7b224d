"""The results in the folder beside what behave says: each disagreement is named, and agreement is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from behave.model_type import Status

from bookingflow.report.allure.reconciling import ScenarioEnd, differing, results_in


def ended(status: Status, *results: str) -> ScenarioEnd:
    return ScenarioEnd("features/a.feature:3", "Four get a table", status, results)


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (ended(Status.passed, "green"), None),
        (ended(Status.failed, "red"), None),
        (ended(Status.error, "broken"), None),
        (ended(Status.passed, "red"), "behave says passed, the report failed"),
        (ended(Status.failed, "green"), "behave says failed, the report passed"),
        (ended(Status.passed, "green", "red"), "the report has 2 results"),
        (ended(Status.passed), "the report has no result"),
        (ended(Status.passed, "gone"), "the report lost its result"),
    ],
)
def test_a_result_that_does_not_say_what_behave_says_is_named(end: ScenarioEnd, said: str | None) -> None:
    statuses = {"green": "passed", "red": "failed", "broken": "broken"}
    found = list(differing([end], statuses, cut_off=False))
    assert len(found) == (0 if said is None else 1)
    assert all(f"features/a.feature:3 Four get a table: behave says {end.status.name}" in one for one in found)
    assert said is None or said in found[0]


def test_the_scenario_in_which_a_run_was_cut_off_may_say_more_than_behave() -> None:
    stopped = ended(Status.untested, "broken")
    assert list(differing([stopped], {"broken": "broken"}, cut_off=True)) == []
    assert len(list(differing([stopped], {"broken": "broken"}, cut_off=False))) == 1


def test_results_that_can_not_be_read_are_none(tmp_path: Path) -> None:
    (tmp_path / "1-result.json").write_text(json.dumps({"uuid": "1", "status": "passed"}), encoding="utf-8")
    (tmp_path / "2-result.json").write_text('{"uuid": "2", "sta', encoding="utf-8")
    (tmp_path / "3-container.json").write_text(json.dumps({"uuid": "3", "status": "passed"}), encoding="utf-8")
    assert results_in(tmp_path) == {"1": "passed"}
