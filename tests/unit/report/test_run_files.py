"""The files that a run leaves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bookingflow.core.repetitions import Repeating
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.report.outputs import OutputFolder
from bookingflow.report.parts import ShardRecord
from bookingflow.report.repetitions import repetitions
from bookingflow.report.run_files import RunFiles, RunResult
from bookingflow.report.summary import Reason
from tests.support.summaries import result, summary

WHOLE = RunResult(summary(result()), [], "", [], speed=None, shard=None, alone=True)
RECORD = ShardRecord(number=1, count=1, shards=(("a:1",),), ends={}, audited=0, bookings=0, waited_ms={})


@pytest.fixture(autouse=True)
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page of a CI job."""
    page = tmp_path / "job.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    return page


def files_of(folder: Path) -> RunFiles:
    """Those of a run with Allure results and a view of its own, which has just begun."""
    (folder / "allure-results").mkdir()
    return RunFiles(OutputFolder(folder, None), [folder / "allure-results"], {"view.txt": lambda said: said.run_id})


def written(folder: Path) -> set[str]:
    return {path.name for path in (folder / "reports").iterdir()}


def state(folder: Path) -> str:
    """What Allure's environment says of the run."""
    return (folder / "allure-results" / "environment.properties").read_text(encoding="utf-8")


def records(folder: Path) -> list[dict[str, object]]:
    """The records of the run."""
    return [json.loads(line) for line in (folder / "reports" / "phases.jsonl").read_text("utf-8").splitlines()]


def test_a_run_that_has_begun_leaves_nothing_of_the_one_before(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    reports.mkdir()
    ours = {"summary.json", "summary.md", "junit.xml", "phases.jsonl", "shard.json", "view.txt"}
    for name in {*ours, "durations.json"}:
        (reports / name).write_text("{}", encoding="utf-8")
    files_of(tmp_path)
    assert written(tmp_path) == {"durations.json", "phases.jsonl"}
    assert records(tmp_path) == []
    assert "Run=not finished" in state(tmp_path)


def test_a_run_leaves_all_its_files(tmp_path: Path, job: Path) -> None:
    files = files_of(tmp_path)
    files.write(replace(WHOLE, speed="speed\n"), Sanitizer())
    every = {"summary.json", "summary.md", "junit.xml", "phases.jsonl", "durations.json", "view.txt"}
    assert written(tmp_path) == {*every, "speed.jsonl", "history.jsonl"}
    assert (tmp_path / "reports" / "view.txt").read_text(encoding="utf-8") == "0123456789"
    said = (tmp_path / "reports" / "summary.md").read_text(encoding="utf-8")
    assert job.read_text(encoding="utf-8") == f"{said}\n"
    assert "Run=0123456789\n" in state(tmp_path)
    assert files.lost == {}


def test_a_run_that_repeated_says_in_allures_environment_how_often_it_failed(tmp_path: Path) -> None:
    results = [result(1, "failed" if number in (2, 3, 4) else "passed", repetition=number) for number in range(1, 9)]
    rate = repetitions(Repeating(8), results)
    files_of(tmp_path).write(replace(WHOLE, summary=summary(*results, repetitions=rate)), Sanitizer())
    said = "Repetitions=3 of 8 repetitions failed: at most 72 % at 95 % confidence. Failed in 2\\u20134.\n"
    assert said in state(tmp_path)


def test_a_shard_leaves_history_and_job_page_to_its_parent(tmp_path: Path, job: Path) -> None:
    files_of(tmp_path).write(replace(WHOLE, shard=RECORD, alone=False), Sanitizer())
    assert "shard.json" in written(tmp_path)
    assert "history.jsonl" not in written(tmp_path)
    assert not job.exists()


@pytest.mark.parametrize(
    ("ended", "message", "shown"),
    [
        (replace(WHOLE, cut_off="Cut off by SIGTERM."), "Cut off by SIGTERM.", "Run=0123456789, cut off\n"),
        (
            replace(WHOLE, summary=summary(reason=Reason(code="unreachable", sentence="Nobody answers."))),
            "The run could not begin: Nobody answers.",
            "Run=0123456789\n",
        ),
    ],
    ids=["cut off", "not begun"],
)
def test_the_records_and_allure_say_how_a_run_ended_early(
    ended: RunResult, message: str, shown: str, tmp_path: Path
) -> None:
    files_of(tmp_path).write(ended, Sanitizer())
    assert [(record["level"], record["message"]) for record in records(tmp_path)] == [("ERROR", message)]
    assert shown in state(tmp_path)
    results = [json.loads(path.read_text("utf-8")) for path in (tmp_path / "allure-results").glob("*-result.json")]
    assert [one["name"] for one in results] == ([] if ended.cut_off else [message])


def test_what_cannot_be_written_is_known_and_ends_nothing(tmp_path: Path) -> None:
    files = files_of(tmp_path)
    (tmp_path / "reports" / "summary.json").mkdir()
    files.write(WHOLE, Sanitizer())
    assert list(files.lost) == [str(tmp_path / "reports" / "summary.json")]
    assert "junit.xml" in written(tmp_path)
