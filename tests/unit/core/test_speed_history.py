"""What is kept of a run's speed: enough to compare with, for what is alike, and never without bound."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from bookingflow.core.budgets import MOST_RUNS
from bookingflow.core.speed_history import (
    MOST_IN_ALL,
    MOST_OF_A_SCENARIO,
    Circumstances,
    PastRun,
    read,
    this_machine,
    written,
)

ENDED = datetime.datetime(2030, 5, 10, 19, 0, tzinfo=datetime.UTC)
HERE = Circumstances(target="Demo Restaurant of the demo", machine="host, 2 CPUs", processes=1)


def run(number: int, circumstances: Circumstances = HERE) -> PastRun:
    return PastRun.of(str(number), ENDED, circumstances, {"total": {"BOOK-001 A promise": [8.04, 9.0]}}, others=0.25)


def test_a_run_is_one_line_and_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "speed.jsonl"
    path.write_text(written([run(1), run(2)]), encoding="utf-8")
    first, second = read(path)
    assert (first.run_id, second.run_id, first.ended_at, first.circumstances) == ("1", "2", ENDED, HERE)
    assert first.milliseconds == {"total": {"BOOK-001 A promise": (8.0, 9.0)}}
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[0]) == {
        "runId": "1",
        "endedAt": "2030-05-10T19:00:00Z",
        "circumstances": {"target": "Demo Restaurant of the demo", "machine": "host, 2 CPUs", "processes": 1},
        "others": 0.25,
        "milliseconds": {"total": {"BOOK-001 A promise": [8.0, 9.0]}},
    }


@pytest.mark.parametrize(
    "line",
    [
        written([run(3)])[:60],
        "",
        "null",
        '{"testResults": {}}',
        written([run(3)]).replace("8.0", "-8.0"),
        written([run(3)]).replace("8.0", '"fast"'),
        written([run(3)]).replace("2030-05-10T19:00:00Z", "yesterday"),
        "\udc80\x00",
    ],
)
def test_a_line_that_is_torn_or_somebody_elses_is_passed_over(tmp_path: Path, line: str) -> None:
    path = tmp_path / "speed.jsonl"
    path.write_bytes(f"{written([run(1)])}{line}\n{written([run(2)])}".encode("utf-8", "surrogateescape"))
    assert [one.run_id for one in read(path)] == ["1", "2"]


def test_no_file_and_a_folder_in_its_place_are_no_runs(tmp_path: Path) -> None:
    assert read(tmp_path / "speed.jsonl") == []
    assert read(tmp_path) == []


def test_the_newest_are_kept_of_each_circumstances(tmp_path: Path) -> None:
    elsewhere = HERE.model_copy(update={"machine": "another, 8 CPUs"})
    runs = [run(0, elsewhere), *(run(number) for number in range(1, MOST_RUNS + 3))]
    path = tmp_path / "speed.jsonl"
    path.write_text(written(runs), encoding="utf-8")
    assert [one.run_id for one in read(path)] == ["0", *map(str, range(3, MOST_RUNS + 3))]


def test_however_many_circumstances_there_are_the_file_is_bounded() -> None:
    runs = [run(number, HERE.model_copy(update={"target": str(number)})) for number in range(MOST_IN_ALL + 5)]
    lines = written(runs).splitlines()
    assert len(lines) == MOST_IN_ALL
    assert json.loads(lines[-1])["runId"] == str(MOST_IN_ALL + 4)


def test_what_took_next_to_no_time_is_kept_too() -> None:
    assert PastRun.of("1", ENDED, HERE, {"job": {"a": [0.03]}}).milliseconds == {"job": {"a": (0.1,)}}


def test_of_a_scenario_that_was_repeated_values_of_the_whole_run_are_kept() -> None:
    values = [float(number) for number in range(1, 2001)]
    kept = PastRun.of("1", ENDED, HERE, {"total": {"BOOK-004 A promise": values}}).milliseconds["total"]
    assert len(kept["BOOK-004 A promise"]) == MOST_OF_A_SCENARIO
    assert kept["BOOK-004 A promise"][:2] == (1.0, 21.0)
    assert kept["BOOK-004 A promise"][-1] == 1981.0


def test_on_a_ci_system_the_class_of_the_runner_stands_for_its_passing_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "fv-az1234")
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    assert this_machine("") == "fv-az1234, 4 CPUs"
    assert this_machine("GitHub Actions").startswith("GitHub Actions runner, ")
    assert this_machine("GitHub Actions").endswith(", 4 CPUs")
    assert "fv-az1234" not in this_machine("GitHub Actions")
