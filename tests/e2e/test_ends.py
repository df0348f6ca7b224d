"""However a run ends, it leaves exactly its own four files, of one mind, and says so in one line and by its status."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.support.demo import ROOT
from tests.support.junit_schema import objections
from tests.support.processes import finished, main_after, on_own_demo, signalled_at_the_last_moment
from tests.support.waiting import PATIENCE_S

OLD = {
    "reports/summary.json": '{"verdict": "kept", "runId": "old"}',
    "reports/junit.xml": "<testsuites/>",
    "reports/phases.jsonl": '{"runId": "old"}\n',
    "allure-results/old-result.json": '{"uuid": "old", "name": "old", "status": "passed"}',
    "allure-results/environment.properties": "Run=old\n",
}
"""What a run before left."""
LIVE = {
    "BOOKING_TARGET": "live",
    "BOOKING_API_BASE_URL": "http://127.0.0.1:9",
    "BOOKING_DATABASE_URL": "postgresql://reader@127.0.0.1:9/x",
}
PRODUCTION = {**LIVE, "BOOKING_API_BASE_URL": "https://prod.example"}
ONE = "--tags=@BOOK-002"


@dataclass
class Left:
    """What a run left in its folder."""

    status: int
    printed: str
    said: str
    folder: Path

    def summary(self) -> Any:
        return json.loads((self.folder / "reports" / "summary.json").read_text(encoding="utf-8"))

    def records(self) -> list[Any]:
        lines = (self.folder / "reports" / "phases.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def cases(self) -> dict[str, str]:
        """JUnit's cases, and what is wrong with each."""
        root = ElementTree.parse(self.folder / "reports" / "junit.xml").getroot()
        assert objections(root) == []
        bad = ("failure", "error", "skipped")
        return {
            str(case.get("name")): next((part.tag for part in case if part.tag in bad), "")
            for case in root.iter("testcase")
        }

    def results(self) -> dict[str, str]:
        """Allure's results, and their statuses."""
        found = [json.loads(path.read_text("utf-8")) for path in (self.folder / "allure-results").glob("*-result.json")]
        return {item["name"]: item["status"] for item in found}

    def labels(self, name: str) -> dict[str, str]:
        """Those of Allure's result of this name."""
        found = [json.loads(path.read_text("utf-8")) for path in (self.folder / "allure-results").glob("*-result.json")]
        return {label["name"]: label["value"] for item in found if item["name"] == name for label in item["labels"]}

    def environment(self) -> str:
        return (self.folder / "allure-results" / "environment.properties").read_text(encoding="utf-8")


def command(folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    for name, text in OLD.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return on_own_demo(folder, **variables)


def begun(
    folder: Path, arguments: Sequence[str], variables: dict[str, str], stdout: Any = subprocess.PIPE
) -> subprocess.Popen[str]:
    """Python with these arguments, in the folder's own place for results, just started."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=command(folder, variables),
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


def rest_of(running: subprocess.Popen[str]) -> tuple[str, str]:
    """What it still prints until its end, and on standard error; one that hangs is killed."""
    try:
        return running.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        running.kill()
        raise


def end(
    folder: Path,
    *arguments: str,
    stdout: Any = subprocess.PIPE,
    program: Sequence[str] = ("-m", "behave"),
    **variables: str,
) -> Left:
    """A run that ends by itself; `stdout` is where it prints."""
    with begun(folder, [*program, *arguments], variables, stdout) as running:
        out, err = rest_of(running)
    return Left(running.returncode, out or "", err, folder)


def stopped(
    folder: Path,
    act: Callable[[subprocess.Popen[str]], None],
    *arguments: str,
    at: str,
    program: Sequence[str] = ("-m", "behave"),
    **variables: str,
) -> Left:
    """A run to which something is done once it has printed a line with these words."""
    with begun(folder, [*program, *arguments], variables) as running:
        assert running.stdout is not None
        seen = ""
        for line in iter(running.stdout.readline, ""):
            seen += line
            if at in line:
                break
        act(running)
        out, err = rest_of(running)
    assert at in seen, seen + out + err
    return Left(running.returncode, seen + out, err, folder)


def send(*numbers: signal.Signals) -> Callable[[subprocess.Popen[str]], None]:
    def act(running: subprocess.Popen[str]) -> None:
        for number in numbers:
            running.send_signal(number)
            time.sleep(0.02)

    return act


def check_own(left: Left, verdict: str, status: int) -> None:
    """Nothing of the run before is left, and all files tell of the same run and its verdict."""
    summary = left.summary()
    assert (left.status, summary["exitStatus"], summary["verdict"]) == (status, status, verdict), left.said
    assert "old" not in left.results()
    assert "old" not in {record["runId"] for record in left.records()}
    assert {record["runId"] for record in left.records()} <= {summary["runId"]}
    assert f"Run={summary['runId']}" in left.environment()
    assert left.cases(), "JUnit has at least one case"
    bad = [what for what in left.cases().values() if what in {"failure", "error"}]
    red = [what for what in left.results().values() if what in {"failed", "broken"}]
    assert bool(bad) == bool(red) == (status != 0)
    assert "Traceback" not in left.printed + left.said
    assert "USING RUNNER" not in left.printed
    assert "ABORTED" not in left.printed + left.said
    assert "ConfigError" not in left.printed + left.said


@pytest.mark.parametrize(
    ("arguments", "variables", "status", "sentence"),
    [
        ((), {"BOOKING_PARTY_SIZE": "0"}, 2, "A setting is wrong: BOOKING_PARTY_SIZE=0"),
        (("features/nowhere.feature",), {}, 2, "There is no feature file features/nowhere.feature."),
        ((ONE,), PRODUCTION, 2, "looks like production (prod.example)"),
        ((ONE,), {"BOOKING_KNOWN_BREACHES": "README.md"}, 2, "README.md can't be read"),
        ((ONE,), LIVE, 3, "The booking API can't be reached"),
        (("--tags=@nobody",), {}, 3, "No scenario matches the tags, names and places that were given."),
        ((ONE,), {"BOOKING_DEMO_DEFECTS": "nowhere"}, 2, "there is no such defect. python -m demo"),
    ],
    ids=["setting", "feature file", "production", "breaches file", "unreachable", "nothing selected", "defect"],
)
def test_a_run_that_could_not_begin_is_one_red_result_in_all_four(
    tmp_path: Path, arguments: tuple[str, ...], variables: dict[str, str], status: int, sentence: str
) -> None:
    left = end(tmp_path, *arguments, **variables)
    check_own(left, "not_judged", status)
    assert sentence in left.said
    (case,) = left.cases()
    assert case.startswith("The run could not begin: ")
    assert left.cases()[case] == "error"
    assert left.results() == {case: "broken"}
    (record,) = left.records()
    assert (record["message"], record["level"]) == (case, "ERROR")
    assert sentence in left.summary()["reason"]["sentence"]


@pytest.mark.parametrize(
    ("variables", "verdict", "status"),
    [({}, "kept", 0), ({"BOOKING_DEMO_DEFECTS": "confirmed-without-table"}, "broken", 1)],
    ids=["kept", "broken"],
)
def test_a_run_that_comes_to_its_end_leaves_its_results(
    tmp_path: Path, variables: dict[str, str], verdict: str, status: int
) -> None:
    left = end(tmp_path, "--tags=@BOOK-001", BOOKING_DEADLINE_CAP="4", **variables)
    check_own(left, verdict, status)
    assert len([name for name in left.results() if name.startswith("BOOK-001")]) == 1
    assert left.said == ("" if status == 0 else left.said)
    assert left.printed.rstrip().splitlines()[-1].startswith({0: "Kept.", 1: "Broken: "}[status])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_run_that_is_stopped_keeps_its_results_plus_one_that_says_so(tmp_path: Path, number: signal.Signals) -> None:
    left = stopped(tmp_path, send(number), "features/what_is_stored.feature", at="BOOK-060")
    check_own(left, "not_judged", 4)
    assert left.said.startswith(f"Cut off by {number.name}: ")
    assert left.cases()["The run was cut off"] == "error"
    assert left.results()["The run was cut off"] == "broken"
    assert left.labels("The run was cut off")["who can act"] == "the team that runs this suite"
    assert left.records()[-1]["message"].startswith(f"Cut off by {number.name}")
    summary = left.summary()
    assert summary["cutOff"]
    assert summary["scenarios"]["passed"] >= 1
    assert summary["scenarios"]["not_run"] >= 1


STOPPED_BEFORE_ITS_FIRST_SCENARIO = """
import os, signal
from bookingflow.runner import AcceptanceRunner

AcceptanceRunner._run_features = lambda *_: os.kill(os.getpid(), signal.SIGTERM)
"""


def test_a_run_that_is_stopped_before_its_first_scenario_could_not_begin(tmp_path: Path) -> None:
    left = end(tmp_path, ONE, program=main_after(STOPPED_BEFORE_ITS_FIRST_SCENARIO))
    check_own(left, "not_judged", 4)
    assert left.said == "Stopped by SIGTERM before any scenario began.\n"
    assert [name for name in left.results() if name.startswith("The run could not begin: Stopped by SIGTERM")]


def test_three_signals_of_one_press_lose_nothing(tmp_path: Path) -> None:
    left = stopped(tmp_path, send(*[signal.SIGINT] * 3), "features/what_is_stored.feature", at="BOOK-060")
    check_own(left, "not_judged", 4)


SIGNALS_WHILE_NOTHING_INTERRUPTS_IT = """
import contextlib, os, signal, time
from bookingflow.world import World

def hangs(world, *arguments, **named):
    while True:
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.2)

World.leave = hangs
"""


def test_the_second_signal_ends_a_run_that_hangs(tmp_path: Path) -> None:
    left = end(tmp_path, "features/what_is_stored.feature", program=main_after(SIGNALS_WHILE_NOTHING_INTERRUPTS_IT))
    assert left.summary()["exitStatus"] == left.status == 4
    assert left.said == f"Cut off by SIGINT: {left.summary()['scenarios']['not_run']} scenarios did not run.\n"


SIGNALS_AS_A_RESULT_IS_WRITTEN = """
import os, signal, time
from bookingflow.report.allure import AllureFormatter

finish = AllureFormatter._finish

def stopped_as_it_finishes(formatter, scenario, *arguments):
    if "BOOK-060" in scenario.tags:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)
    finish(formatter, scenario, *arguments)

AllureFormatter._finish = stopped_as_it_finishes
"""


def test_a_result_that_the_second_signal_kept_from_being_written_accuses_nobody(tmp_path: Path) -> None:
    left = end(tmp_path, "features/what_is_stored.feature", program=main_after(SIGNALS_AS_A_RESULT_IS_WRITTEN))
    assert (left.status, left.summary()["exitStatus"]) == (4, 4)
    assert left.summary()["findings"] == []
    assert "differs" not in left.printed


SIGNALS_AS_A_SCENARIO_IS_UNDONE = """
import os, signal, time
from bookingflow.world import World

def stopped(world, *arguments, **named):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGINT)

World.leave = stopped
"""


def test_a_hook_that_the_second_signal_ended_is_no_error_of_the_suite(tmp_path: Path) -> None:
    left = end(tmp_path, "features/what_is_stored.feature", program=main_after(SIGNALS_AS_A_SCENARIO_IS_UNDONE))
    assert (left.status, left.summary()["exitStatus"]) == (4, 4)
    (ended,) = [result for result in left.summary()["results"] if result["status"] != "not_run"]
    assert (ended["status"], ended["code"]) == ("error", "cut_off")
    assert ended["sentence"].startswith("The run was cut off. The run was stopped by SIGINT here.")


def test_a_signal_after_the_results_are_written_does_not_change_the_status(tmp_path: Path) -> None:
    at_last = signalled_at_the_last_moment("behave.__main__")
    left = stopped(tmp_path, send(signal.SIGINT), "features/what_is_stored.feature", at="BOOK-060", program=at_last)
    check_own(left, "not_judged", 4)
    assert left.said == f"Cut off by SIGINT: {left.summary()['scenarios']['not_run']} scenarios did not run.\n"


def test_a_run_goes_on_when_nobody_reads_what_it_prints(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        left = end(tmp_path, "--tags=@BOOK-001,@BOOK-002", stdout=writing)
    finally:
        os.close(writing)
    check_own(left, "kept", 0)
    assert left.said == f"Nothing more could be printed (Broken pipe); the results are in {tmp_path / 'reports'}.\n"


def test_a_full_device_for_what_it_prints_costs_no_result(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        left = end(tmp_path, ONE, stdout=full)
    check_own(left, "kept", 0)
    assert left.said.startswith("Nothing more could be printed (No space left on device)")


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("program", ["behave", "bookingflow run --jobs 2"])
def test_a_closed_standard_output_costs_no_result(tmp_path: Path, program: str, closed: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {shlex.quote(sys.executable)} -m {program} {ONE} {closed}"],
        cwd=ROOT,
        env=command(tmp_path, {}),
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    check_own(Left(done.returncode, "", done.stderr, tmp_path), "kept", 0)


def test_an_output_folder_that_is_wrong_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    folder.write_text("somebody's file", encoding="utf-8")
    wrong = on_own_demo(folder, BOOKING_PARTY_SIZE="0")
    done = finished("-m", "behave", ONE, variables=wrong)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"The results can't be written to {folder}")
    assert folder.read_text(encoding="utf-8") == "somebody's file"


def test_a_second_run_in_the_same_folder_writes_beside_the_first(tmp_path: Path) -> None:
    seconds: list[Left] = []

    def second(running: subprocess.Popen[str]) -> None:
        running.send_signal(signal.SIGSTOP)  # it must not be over before the second one looks
        done = finished("-m", "behave", ONE, variables=on_own_demo(tmp_path))
        (own,) = (tmp_path / "reports").glob("run-*")
        seconds.append(Left(done.returncode, done.stdout, done.stderr, own))
        running.send_signal(signal.SIGCONT)

    first = stopped(tmp_path, second, "features/what_is_stored.feature", at="Target: ")
    check_own(first, "kept", 0)
    check_own(seconds[0], "kept", 0)
    assert f"Note: another run writes to {tmp_path}" in seconds[0].printed
    assert [name for name in first.results() if name.startswith("BOOK-002")] == []


def test_a_run_that_is_killed_says_that_it_is_not_finished(tmp_path: Path) -> None:
    left = stopped(tmp_path, send(signal.SIGKILL), "features/what_is_stored.feature", at="BOOK-060")
    assert "Run=not finished" in left.environment()
    assert not (tmp_path / "reports" / "summary.json").exists()
    assert not (tmp_path / "reports" / "junit.xml").exists()
    assert set(left.results().values()) == {"passed"}, "no marker that live readers take for a result"


@pytest.mark.parametrize("program", [("-m", "behave"), (str(Path(sys.executable).with_name("behave")),)])
def test_both_ways_to_call_behave_end_with_the_same_status(tmp_path: Path, program: tuple[str, ...]) -> None:
    done = finished(*program, "--tags=@nobody", variables=on_own_demo(tmp_path))
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1


def test_the_wrong_folder_is_wrong_use_in_one_line(tmp_path: Path) -> None:
    done = finished("-m", "behave", variables=on_own_demo(tmp_path), folder=ROOT / "features")
    assert done.returncode == 2
    assert done.stderr == "behave must be called in the project's folder: its settings, behave.ini, were not read.\n"
    assert "HOOK-ERROR" not in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")
def test_a_full_disk_ends_no_run(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", small], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"a small disk can't be mounted here: {mounted.stderr.decode().strip()}")
    try:
        left = end(small, "features/what_is_stored.feature")
        assert left.status == 0, left.said
        assert "No space left on device" in left.said
        assert str(small / "allure-results") in left.said
        assert "Traceback" not in left.printed + left.said
        assert left.printed.rstrip().splitlines()[-1].startswith("Kept.")
        assert "old" not in left.results()
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_folder_that_vanishes_ends_no_run(tmp_path: Path) -> None:
    def remove(running: subprocess.Popen[str]) -> None:
        shutil.rmtree((tmp_path / "out").rename(tmp_path / "gone"))  # at once: into a folder half gone files still come

    left = stopped(tmp_path / "out", remove, "features/what_is_stored.feature", at="BOOK-060")
    assert left.status == 0, left.printed + left.said
    assert "allure-results could not be written" in left.said
    assert "phases.jsonl could not be written" in left.said
    assert left.summary()["verdict"] == "kept"
    assert "Traceback" not in left.printed + left.said


def test_a_dry_run_names_each_sentence_without_a_step(tmp_path: Path) -> None:
    feature = tmp_path / "own.feature"
    text = "Feature: F\n  @BOOK-900\n  Scenario: S\n    Given the demo restaurant\n    Then it has a view\n"
    feature.write_text(text, encoding="utf-8")
    files = ("features/booking_confirmation.feature", str(feature))
    done = finished("-m", "behave", "--dry-run", "--tags=@BOOK-900", *files, variables=on_own_demo(tmp_path))
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].endswith("own.feature:5: Then it has a view")
    assert done.stderr == "Not every sentence has its step.\n"


def test_a_dry_run_says_that_nothing_was_run(tmp_path: Path) -> None:
    done = finished("-m", "behave", "--dry-run", ONE, variables=on_own_demo(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Dry run: 1 scenario read, each sentence has its step. Nothing was run.\n"
    nothing = finished("-m", "behave", "--dry-run", "--tags=@BOOK-899", variables=on_own_demo(tmp_path))
    assert "No scenario matches" in nothing.stderr


STEPS = """
from behave import given

@given("a guest who leaves")
def leaves(context):
    raise SystemExit(0)

@given("a guest who books by himself")
def books(context):
    context.execute_steps("When I book 4 guests tomorrow at 19:00")
"""
OWN = """
Feature: Ours
  @BOOK-900
  Scenario: Nothing
  @BOOK-901
  Scenario: A word
    When I book 4 guests tomorrow at 25:00
  @BOOK-902
  Scenario: An end
    Given a guest who leaves
  @BOOK-903
  Scenario: Sentences within
    Given a guest who books by himself
  @BOOK-904
  Scenario: All is well
    Given the demo restaurant
"""


def with_own_promises(suite: Path, steps: str) -> Path:
    """A copy of the suite, with a feature of a team's own, and the steps of it in this folder."""
    for part in ("bookingflow", "demo", "features", "steps"):
        shutil.copytree(ROOT / part, suite / part)
    for file in ("behave.ini", "environment.py", "targets.py"):
        shutil.copy(ROOT / file, suite)
    (suite / "features" / "own").mkdir()
    (suite / "features" / "own" / "ours.feature").write_text(OWN, encoding="utf-8")
    (suite / steps).mkdir(exist_ok=True)
    (suite / steps / "own.py").write_text(STEPS, encoding="utf-8")
    return suite


def test_steps_among_the_features_are_refused_since_they_would_hide_all_others(tmp_path: Path) -> None:
    suite = with_own_promises(tmp_path / "suite", "features/own/steps")
    for more in ((), ("--dry-run",)):
        done = finished("-m", "behave", "features/own", *more, variables=on_own_demo(tmp_path / "out"), folder=suite)
        assert (done.returncode, done.stderr) == (
            2,
            "features/own has a steps/ or an environment.py, which hides the suite's own: all steps belong into the "
            "folder steps/ beside features/.\n",
        )


def test_what_is_wrong_in_a_teams_own_promises_accuses_nobody_and_ends_nothing(tmp_path: Path) -> None:
    suite = with_own_promises(tmp_path / "suite", "steps")
    done = finished("-m", "behave", "features/own", variables=on_own_demo(tmp_path / "out"), folder=suite)
    left = Left(done.returncode, done.stdout, done.stderr, tmp_path / "out")
    results = left.summary()["results"]
    assert {one["id"]: (one["status"], one["code"]) for one in results} == {
        "BOOK-900": ("error", "nothing_ran"),
        "BOOK-901": ("error", "undefined_step"),
        "BOOK-902": ("error", "wrong_file"),
        "BOOK-903": ("error", "wrong_file"),
        "BOOK-904": ("passed", None),
    }
    assert {one["whoCanAct"] for one in results} == {"the team that runs this suite", None}
    assert left.status == 3, left.printed + left.said
    assert "Traceback" not in left.printed + left.said
