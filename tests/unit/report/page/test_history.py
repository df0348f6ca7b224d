"""The history has every run once, in the form of Allure's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bookingflow.report.page.history import HISTORY_RUNS, with_this_run

EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e"


def result(folder: Path, name: str, start: int, **more: Any) -> None:
    """A result of a run, as the formatter writes it."""
    folder.mkdir(exist_ok=True)
    said = {"uuid": name, "name": name, "testCaseId": "case", "status": "passed", "start": start, "stop": start + 9}
    (folder / f"{name}-result.json").write_text(json.dumps({**said, **more}))


def test_a_run_is_added_with_what_allure_keeps_of_it(tmp_path: Path) -> None:
    labels = [{"name": "tag", "value": "smoke"}]
    result(tmp_path, "kept", 5, testCaseId="case", labels=labels)
    result(tmp_path, "broken", 7, testCaseId="other", status="failed", statusDetails={"message": "No table."})
    run = json.loads(with_this_run(tmp_path / "history.jsonl", tmp_path))
    kept = run["testResults"][f"cd14c323902024e72c850aa828d634a7.{EMPTY_MD5}"]
    assert (kept["name"], kept["duration"], kept["labels"]) == ("kept", 9, labels)
    assert "message" not in kept
    (broken,) = (item for item in run["testResults"].values() if item["name"] == "broken")
    assert (broken["status"], broken["message"]) == ("failed", "No table.")
    assert len(run["knownTestCaseIds"]) == 2


def test_rows_of_an_outline_differ_by_the_parameters_that_count(tmp_path: Path) -> None:
    for number, excluded in enumerate((False, False, True, True)):
        parameters = [{"name": "guests", "value": str(number), "excluded": excluded}]
        result(tmp_path, f"row {number}", number, parameters=parameters)
    result(tmp_path, "row 4", 4, parameters=[{"name": "guests"}])
    run = json.loads(with_this_run(tmp_path / "history.jsonl", tmp_path))
    assert {item["name"] for item in run["testResults"].values()} == {"row 0", "row 1", "row 3", "row 4"}


def test_the_same_run_is_not_added_twice_and_old_ones_go(tmp_path: Path) -> None:
    history = tmp_path / "history.jsonl"
    for start in range(HISTORY_RUNS + 3):
        result(tmp_path / "results", "kept", start)
        for _ in range(2):
            history.write_text(with_this_run(history, tmp_path / "results"))
    starts = [
        next(iter(json.loads(line)["testResults"].values()))["start"] for line in history.read_text().splitlines()
    ]
    assert starts == list(range(3, HISTORY_RUNS + 3))


def test_a_run_without_results_leaves_the_history_as_it_is(tmp_path: Path) -> None:
    history = tmp_path / "history.jsonl"
    line = json.dumps({"testResults": {"a": {"start": 1}}})
    history.write_text(f"{line}\ndamaged\n")
    (tmp_path / "1-result.json").write_text("{")
    assert with_this_run(history, tmp_path) == f"{line}\n"
