"""Runs that repeat what is selected: each repetition counts, in every view; one can be run again as it was drawn."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.support.shards import (
    attached_to_the_run,
    begun,
    booked_by,
    bookingflow,
    cases_of,
    globals_of,
    results_of,
    summary_of,
)
from tests.support.waiting import PATIENCE_S, eventually

TAGS, DEFECT = "--tags=@BOOK-024 or @BOOK-002", "seating-wish-ignored"
"""It breaks all four rows of the first promise, and not the second one."""


def test_every_repetition_counts_in_every_view_and_can_be_run_again(tmp_path: Path) -> None:
    done = bookingflow(tmp_path, "run", "--repeat", "3", TAGS, BOOKING_DEMO_DEFECTS=DEFECT, BOOKING_SEED="7")
    assert done.returncode == 1, done.stdout + done.stderr
    summary = summary_of(tmp_path)
    assert summary["scenarios"] == {"passed": 3, "failed": 12}
    said = summary["repetitions"]
    assert (said["judged"], said["failed"], said["failedIn"], said["atMost"]) == (3, 3, [1, 2, 3], 1.0)
    assert [(one["promise"][:8], one["failed"]) for one in said["promises"]] == [
        ("BOOK-002", 0),
        *(4 * [("BOOK-024", 3)]),
    ]
    assert (summary["seed"], summary["metrics"]["totalMs"]["count"]) == (7, 15)

    results = results_of(tmp_path)
    assert len({result["historyId"] for result in results}) == len(results) == 15
    assert len({result["name"] for result in results}) == 15
    shown = [item["value"] for result in results for item in result["parameters"] if item["name"] == "repetition"]
    assert sorted(shown) == list(5 * "1" + 5 * "2" + 5 * "3")
    assert {"Bookings made", "Bookings made (table)"} <= set(globals_of(tmp_path))
    assert "different tables,,,,,," in attached_to_the_run(tmp_path, "Bookings made (table)")
    names = [name for _, name, *_ in cases_of(tmp_path)]
    assert len(set(names)) == len(names) == 15

    assert done.stdout.count("✗ BOOK-024") == 4, "a failure stands in full once"
    assert "so too in 2 more repetitions: 2, 3" in done.stdout
    assert "run --repetition 1 -D seed=7 features/tables.feature:" in done.stdout
    assert "3 of 3 repetitions failed." in done.stdout
    booked = booked_by(tmp_path)
    assert len({str(rows) for name, rows in booked.items() if name.startswith("BOOK-002")}) == 3, "each drew its own"

    done = bookingflow(tmp_path, "run", "--repetition", "2", "--tags=@BOOK-002", "-D", "seed=7")
    assert done.returncode == 0, done.stdout + done.stderr
    again = booked_by(tmp_path)
    assert len(again) == 1
    assert again.items() <= booked.items()


def test_it_ends_at_the_first_failure_where_that_is_asked_for(tmp_path: Path) -> None:
    limits = ("--until-failure", "--for", "1m")
    done = bookingflow(tmp_path, "run", *limits, TAGS, BOOKING_DEMO_DEFECTS=DEFECT)
    assert done.returncode == 1, done.stdout + done.stderr
    said = summary_of(tmp_path)
    assert (said["repetitions"]["planned"], said["repetitions"]["failedIn"], said["cutOff"]) == (1000, [1], False)
    assert "Repeated at most 1000 times, until the first failure, no new one after 1m" in done.stdout


def test_ctrl_c_leaves_the_true_results_of_the_repetitions_before(tmp_path: Path) -> None:
    with begun(tmp_path, "--repeat", "50", "--tags=@BOOK-008") as run:  # it watches for 3 s
        phases = tmp_path / "reports" / "phases.jsonl"

        def repeats() -> bool:
            assert run.poll() is None
            return phases.exists() and "(repetition 2)" in phases.read_text(encoding="utf-8")

        eventually(repeats)
        run.send_signal(signal.SIGINT)
        printed, errors = run.communicate(timeout=PATIENCE_S)
    said = summary_of(tmp_path)
    assert run.returncode == 4, printed + errors
    assert "Cut off by SIGINT in repetition 2 of 50" in errors
    assert (said["repetitions"]["judged"], said["repetitions"]["failed"]) == (1, 0)
    assert said["repetitions"]["notJudgedIn"] == [2]
    assert "0 of 1 repetition failed: at most 95 % at 95 % confidence." in printed
