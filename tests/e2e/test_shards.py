"""A run in shards is one run: it says, writes and books what the single run does."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from bookingflow.core.stop_signals import SAME_PRESS_S
from tests.support.processes import main_after
from tests.support.shards import (
    begun,
    booked_by,
    bookingflow,
    cases_of,
    globals_of,
    results_of,
    scenario_lines,
    shape_of_allure,
    shape_of_summary,
    summary_of,
)
from tests.support.waiting import PATIENCE_S, eventually

FEATURES = [f"features/{name}.feature" for name in ("booking_confirmation", "what_is_stored", "rate_limit")]


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("single")
    done = bookingflow(folder, "run", *FEATURES, BOOKING_SEED="7")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def demand_the_same(folder: Path, single: Path) -> None:
    assert shape_of_summary(folder) == shape_of_summary(single)
    assert shape_of_allure(folder) == shape_of_allure(single)
    assert globals_of(folder) == globals_of(single)
    assert cases_of(folder) == cases_of(single)
    assert booked_by(folder) == booked_by(single)
    phases = [(path / "reports" / "phases.jsonl").read_text(encoding="utf-8") for path in (folder, single)]
    assert phases[0].count('"phase_started"') == phases[1].count('"phase_started"')


def test_two_shards_are_the_same_run_as_a_single_one(tmp_path: Path, single: tuple[Path, str]) -> None:
    done = bookingflow(tmp_path, "run", "--jobs", "2", *FEATURES, BOOKING_SEED="7")
    assert done.returncode == 0, done.stdout + done.stderr
    demand_the_same(tmp_path, single[0])
    assert scenario_lines(done.stdout) == scenario_lines(single[1])
    assert not (tmp_path / "reports" / "shards").exists()
    began = {
        label["value"] for result in results_of(tmp_path) for label in result["labels"] if label["name"] == "thread"
    }
    assert len(began) == 2, "both shards ran scenarios"


def test_what_is_broken_is_reported_as_by_one_run(tmp_path: Path) -> None:
    tags, defects = "--tags=@BOOK-002 or @BOOK-024 or @BOOK-026", "seating-wish-ignored,email-lost"
    budgets = tmp_path / "budgets.toml"
    budgets.write_text("[[budget]]\nmax = 0.0001\n", encoding="utf-8")
    said = []
    for name, jobs in (("one", ()), ("two", ("--jobs", "2"))):
        folder = tmp_path / name
        done = bookingflow(
            folder, "run", *jobs, tags, BOOKING_DEMO_DEFECTS=defects, BOOKING_SEED="7", BOOKING_BUDGETS=str(budgets)
        )
        assert done.returncode == 1, done.stdout + done.stderr
        summary = summary_of(folder)
        said.append(
            (
                summary["verdict"],
                summary["scenarios"],
                [(result["id"], result["name"], result["code"]) for result in summary["results"]],
                [(finding["code"], finding["title"]) for finding in summary["findings"]],
                [budget["bookings"] for budget in summary["budgets"]],
                done.stderr,
            )
        )
    assert said[0] == said[1]
    assert said[0][3], "the run's own judgement found something"
    assert said[0][4][0] > 1, "the budget is judged over all shards"


def test_a_shard_that_dies_is_named_with_its_scenarios_and_the_run_is_not_kept(tmp_path: Path) -> None:
    process = begun(tmp_path, "--jobs", "2", "features/tables.feature", "features/booking_confirmation.feature")
    victim = shard_that_has_begun(tmp_path, process)
    os.kill(victim, signal.SIGKILL)
    printed, errors = process.communicate(timeout=PATIENCE_S)
    summary = summary_of(tmp_path)
    assert process.returncode == 4, printed + errors
    assert (summary["verdict"], summary["cutOff"]) == ("not_judged", True)
    assert "died (SIGKILL) with" in errors
    lost = [result for result in summary["results"] if result["status"] == "not_run"]
    assert lost
    assert all(f"{result['id']} {result['name']}" in errors for result in lost)
    assert summary["scenarios"]["passed"] + len(lost) == len(summary["results"])


def test_shards_whose_parent_is_killed_end_with_their_demos(tmp_path: Path) -> None:
    process = begun(tmp_path, "--jobs", "2", "features/tables.feature", "features/booking_confirmation.feature")
    shard_that_has_begun(tmp_path, process)
    below = psutil.Process(process.pid).children(recursive=True)
    assert len(below) > 4, "two shards, two demos and their databases"
    process.kill()
    process.communicate(timeout=PATIENCE_S)
    _, alive = psutil.wait_procs(below, timeout=PATIENCE_S)
    assert alive == []
    ends = [summary_of(tmp_path / "reports" / "shards" / number) for number in "12"]
    assert [end["cutOff"] for end in ends] == [True, True], "they noticed, and did not go on to their end"


def test_a_demo_that_is_killed_is_named_at_once_and_the_other_shard_goes_on(tmp_path: Path) -> None:
    process = begun(tmp_path, "--jobs", "2", "features/tables.feature", "features/booking_confirmation.feature")
    shard = shard_that_has_begun(tmp_path, process)
    (demo,) = Path(f"/proc/{shard}/task/{shard}/children").read_text(encoding="utf-8").split()
    os.kill(int(demo), signal.SIGKILL)
    printed, errors = process.communicate(timeout=PATIENCE_S)
    summary = summary_of(tmp_path)
    assert (process.returncode, summary["verdict"]) == (3, "not_judged"), printed + errors
    gone = f"The demo platform of this run has ended: its process {demo} was ended by SIGKILL"
    not_tried = [result for result in summary["results"] if result["status"] == "not_tried"]
    assert not_tried
    assert all(gone in result["sentence"] for result in not_tried)
    assert [finding["code"] for finding in summary["findings"]] == ["demo_ended"]
    tried = [result["code"] for result in summary["results"] if result["status"] == "error"]
    assert tried in ([], ["demo_ended"]), "only what was under way has met it"
    assert summary["scenarios"]["passed"] > 10


def test_ctrl_c_ends_all_shards_and_the_results_stay(tmp_path: Path) -> None:
    process = begun(tmp_path, "--jobs", "2", "features/tables.feature", "features/booking_confirmation.feature")
    shard_that_has_begun(tmp_path, process)
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=PATIENCE_S)
    summary = summary_of(tmp_path)
    assert process.returncode == 4, printed + errors
    assert "Cut off by SIGINT" in errors
    assert summary["scenarios"]["not_run"] > 0
    assert not (tmp_path / "reports" / "shards").exists()


HANGS_AND_SAYS_HOW_MANY_SIGNALS_IT_HEARD = """
import contextlib, os, pathlib, time
from bookingflow.core.stop_signals import StopSignals
from bookingflow.world import World

handle = StopSignals.handle

def heard(count):
    pathlib.Path({folder!r}, f"{{os.getpid()}} heard {{count}}").touch()

def hear(signals, *arguments):
    try:
        handle(signals, *arguments)
    finally:
        heard(len(signals.received))

def hang(*_, **__):
    heard(0)
    for _ in range(900):
        with contextlib.suppress(KeyboardInterrupt):
            time.sleep(1)

StopSignals.handle, World.leave = hear, hang
"""


def test_a_ctrl_c_of_the_terminal_is_one_for_each_shard_and_two_end_them_even_if_they_hang(tmp_path: Path) -> None:
    lines = HANGS_AND_SAYS_HOW_MANY_SIGNALS_IT_HEARD.format(folder=str(tmp_path))
    program = main_after(lines, "bookingflow.__main__")
    features = ("features/what_is_stored.feature", "features/booking_confirmation.feature")
    process = begun(tmp_path, "--jobs", "2", *features, program=program)
    eventually(lambda: len(list(tmp_path.glob("* heard 0"))) == 2)
    os.killpg(process.pid, signal.SIGINT)
    eventually(lambda: len(list(tmp_path.glob("* heard 1"))) == 3)
    assert list(tmp_path.glob("* heard 2")) == []
    time.sleep(2 * SAME_PRESS_S)  # else it were the same press
    os.killpg(process.pid, signal.SIGINT)
    printed, errors = process.communicate(timeout=PATIENCE_S)
    summary = summary_of(tmp_path)
    assert process.returncode == 4, printed + errors
    assert errors == f"Cut off by SIGINT: {summary['scenarios']['not_run']} scenarios did not run.\n"
    assert (summary["reason"], summary["findings"]) == (None, [])


@pytest.mark.parametrize("jobs", ["0", "1000", "many"])
def test_a_number_of_jobs_that_makes_no_sense_is_refused_in_a_sentence(tmp_path: Path, jobs: str) -> None:
    done = bookingflow(tmp_path, "run", "--jobs", jobs)
    assert done.returncode == 2
    assert f"{jobs}: must be a number from 1 to 64, or auto" in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_that_are_wrong_are_reported_once_before_any_shard_begins(tmp_path: Path) -> None:
    done = bookingflow(tmp_path, "run", "--jobs", "2", BOOKING_PARTY_SIZE="0")
    assert done.returncode == 2
    assert done.stderr.count("BOOKING_PARTY_SIZE") == 1
    assert summary_of(tmp_path)["reason"]["code"] == "bad_settings"


def test_what_behave_refuses_is_a_sentence_too(tmp_path: Path) -> None:
    done = bookingflow(tmp_path, "run", "--jobs", "2", "-n", "A (")
    assert done.returncode == 2
    assert "behave does not take these arguments" in done.stderr
    assert "Traceback" not in done.stderr


def shard_that_has_begun(folder: Path, process: subprocess.Popen[str]) -> int:
    """The process of the second shard, once it has written a result."""
    results = folder / "reports" / "shards" / "2" / "allure-results"

    def begun() -> bool:
        assert process.poll() is None, process.communicate()
        return any(results.glob("*-result.json"))

    eventually(begun)
    return int((folder / "reports" / "shards" / "2" / "reports" / "shard.pid").read_text())


def test_three_shards_of_other_machines_merge_into_the_single_run(tmp_path: Path, single: tuple[Path, str]) -> None:
    durations = str(single[0] / "reports" / "durations.json")
    shards = [str(tmp_path / name) for name in "abc"]
    for number, shard in enumerate(shards, 1):
        part = (f"--shard={number}/3", "--durations", durations)
        done = bookingflow(Path(shard), "run", *part, *FEATURES, BOOKING_SEED="7")
        assert done.returncode == 0, done.stdout + done.stderr
    merged = tmp_path / "merged"
    done = bookingflow(merged, "merge", *shards)
    assert done.returncode == 0, done.stdout + done.stderr
    demand_the_same(merged, single[0])
    assert scenario_lines(done.stdout)[1:] == scenario_lines(single[1])[1:]

    done = bookingflow(tmp_path / "two", "merge", *shards[:2])
    assert done.returncode == 4, done.stdout + done.stderr
    assert "Shard 3 of 3 is missing, with" in done.stderr
    assert summary_of(tmp_path / "two")["scenarios"]["not_run"] > 0

    died = tmp_path / "died"
    (died / "reports").mkdir(parents=True)
    (died / "reports" / "run.lock").touch()
    (died / "reports" / "phases.jsonl").write_text('{"timestamp": "9"}\n', encoding="utf-8")
    done = bookingflow(tmp_path / "killed", "merge", *shards[:2], str(died))
    assert done.returncode == 4, done.stdout + done.stderr
    assert f"The run in {died} was killed before it left a result. Shard 3 of 3 is missing, with" in done.stderr
    records = (tmp_path / "killed" / "reports" / "phases.jsonl").read_text(encoding="utf-8")
    assert '{"timestamp": "9"}' in records.splitlines(), "what it saw is kept"

    for arguments, folder, sentence in (
        ([*shards, shards[0]], merged, "Shard 1 is given twice"),
        ([*shards, str(died)], merged, "holds no results of a shard"),
        (shards, Path(shards[0]), "is one of the shards, whose results would be lost"),
        ([*shards, str(tmp_path / "none")], merged, "holds no results of a shard"),
    ):
        done = bookingflow(folder, "merge", *arguments)
        assert (done.returncode, sentence in done.stderr) == (2, True), done.stderr
    assert summary_of(Path(shards[0]))["verdict"] == "kept", "what was refused was not touched"


@pytest.mark.parametrize("shard", ["0/3", "4/3", "1", "a/b"])
def test_a_shard_outside_its_range_is_refused_in_a_sentence(tmp_path: Path, shard: str) -> None:
    done = bookingflow(tmp_path, "run", "--shard", shard)
    assert done.returncode == 2
    assert f"{shard}: must be i/n with i from 1 to n" in done.stderr


def test_durations_of_another_suite_are_refused_in_a_sentence(tmp_path: Path) -> None:
    foreign = tmp_path / "durations.json"
    foreign.write_text('{"OTHER-1 title": 12}', encoding="utf-8")
    done = bookingflow(tmp_path, "run", "--shard", "1/2", "--durations", str(foreign))
    assert done.returncode == 2
    assert "is of another suite" in done.stderr


def test_a_stale_shard_of_another_pipeline_is_refused_and_one_that_was_run_again_is_merged(tmp_path: Path) -> None:
    shards = [tmp_path / name for name in ("one", "two", "again")]
    for folder, number, pipeline in zip(shards, (1, 2, 2), ("8", "7", "8"), strict=True):
        ci = {"GITLAB_CI": "true", "CI_PIPELINE_ID": pipeline}
        done = bookingflow(folder, "run", f"--shard={number}/2", "--tags=@BOOK-002 or @BOOK-020", **ci)
        assert done.returncode == 0, done.stdout + done.stderr
    refused = bookingflow(tmp_path / "merged", "merge", str(shards[0]), str(shards[1]))
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert f"These shards are of different runs: shard 1 ({shards[0]}): GitLab CI 8; shard 2" in refused.stderr
    assert not (tmp_path / "merged").exists(), "nothing is touched"
    done = bookingflow(tmp_path / "merged", "merge", str(shards[0]), str(shards[2]))
    assert done.returncode == 0, done.stdout + done.stderr
    assert summary_of(tmp_path / "merged")["verdict"] == "kept"


def test_json_of_several_processes_needs_a_file(tmp_path: Path) -> None:
    done = bookingflow(tmp_path, "run", "--jobs", "2", "-f", "json", "--tags=@BOOK-002")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].startswith("bookingflow run: error: several processes can't print JSON as one")
