"""Runs that end early, and runs of only what failed."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from tests.support.junit_schema import objections
from tests.support.whole_runs import run

RED = {"BOOKING_DEMO_DEFECTS": "notes-lost"}
"""Breaks four of the five rows of BOOK-060."""
TAGS = "--tags=@BOOK-060,@BOOK-002"


def test_only_what_failed_runs_again_until_all_is_green(tmp_path: Path) -> None:
    done, first = run(tmp_path, TAGS, **RED)
    assert (done.returncode, first["scenarios"]) == (1, {"passed": 2, "failed": 4})
    done, second = run(tmp_path, BOOKING_LAST_FAILED="true", **RED)
    assert (done.returncode, second["scenarios"]) == (1, {"failed": 4}), done.stdout
    done, third = run(tmp_path, "-D", "last_failed=true")
    assert (done.returncode, third["scenarios"]) == (0, {"passed": 4}), done.stdout
    done, fourth = run(tmp_path, BOOKING_LAST_FAILED="true")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Nothing to run again: the last run was green.\n", "")
    assert (fourth["verdict"], fourth["results"]) == ("kept", [])


def test_what_a_rerun_does_not_reach_stays_on_the_list(tmp_path: Path) -> None:
    run(tmp_path, "--tags=@BOOK-060,@BOOK-061,@BOOK-002", BOOKING_DEMO_DEFECTS="notes-lost")
    done, second = run(tmp_path, "--tags=@BOOK-061", BOOKING_LAST_FAILED="true")
    assert second["scenarios"].get("not_run") == 4, done.stdout
    root = ElementTree.parse(tmp_path / "reports" / "junit.xml").getroot()
    assert objections(root) == []
    done, third = run(tmp_path, BOOKING_LAST_FAILED="true")
    assert (done.returncode, third["scenarios"]) == (0, {"passed": 4})


def test_after_a_run_that_could_not_begin_everything_runs(tmp_path: Path) -> None:
    run(tmp_path, "--tags=@BOOK-002", BOOKING_PARTY_SIZE="0")
    done, second = run(tmp_path, "--tags=@BOOK-002", BOOKING_LAST_FAILED="true")
    assert (done.returncode, second["scenarios"]) == (0, {"passed": 1}), done.stdout


def test_a_run_ends_after_so_many_broken_promises(tmp_path: Path) -> None:
    done, summary = run(tmp_path, TAGS, BOOKING_MAX_FAILURES="2", **RED)
    assert done.returncode == 1
    assert summary["scenarios"]["failed"] == 2
    assert summary["scenarios"]["not_run"] >= 2
    assert summary["cutOff"]
    assert "Cut off by BOOKING_MAX_FAILURES=2: " in done.stderr


def test_stop_after_something_that_was_not_judged_is_cut_off(tmp_path: Path) -> None:
    # No table seats a hundred: a question of capacity, which is not judged.
    variables = {"BOOKING_PARTY_SIZE": "100", "BOOKING_DEADLINE_CAP": "4"}
    done, summary = run(tmp_path, "--stop", "--tags=@BOOK-004,@BOOK-002", **variables)
    assert (done.returncode, summary["scenarios"]) == (4, {"error": 1, "not_run": 1}), done.stdout
    assert done.stderr == "Cut off by --stop: 1 scenario did not run.\n"


def test_what_is_new_since_the_last_run_is_named(tmp_path: Path) -> None:
    run(tmp_path, TAGS)
    done, _ = run(tmp_path, TAGS, **RED)
    assert "New since the last run: BOOK-060 ×4" in done.stdout
    done, _ = run(tmp_path, TAGS, **RED)
    assert "New since the last run" not in done.stdout
