"""Runs against a live platform leave nothing: not when they end, not when they are stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.demo import ROOT, RunningDemo
from tests.support.processes import without_settings
from tests.support.waiting import PATIENCE_S


def live(demo: RunningDemo, folder: Path, cleaner: str) -> dict[str, str]:
    """The environment of a run that takes the demo for a live platform."""
    return (
        without_settings()
        | demo.as_live()
        | {
            "BOOKING_CLEANUP": "cancel",
            "BOOKING_CLEANUP_DATABASE_URL": demo.said[cleaner],
            "BOOKING_RATE_BUDGET": "0",
            "BOOKING_KNOWN_BREACHES": os.devnull,
            "BOOKING_OUTPUT_DIR": str(folder),
        }
    )


def behave(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "behave", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def left(demo: RunningDemo) -> list[str]:
    """The references of bookings that stand, of this suite's guests; other tests leave some in the same demo."""
    statement = (
        "SELECT reference FROM bookings WHERE status <> 'cancelled' AND customer_email LIKE 'acceptance+%%' ORDER BY id"
    )
    return [row["reference"] for row in demo.rows(statement)]


def test_a_run_cancels_what_it_made_also_what_no_answer_named(demo: RunningDemo, tmp_path: Path) -> None:
    made, before = len(demo.rows("SELECT 1 FROM bookings")), left(demo)
    with behave(live(demo, tmp_path, "database_url"), "--tags=@BOOK-001,@BOOK-083") as run:
        output, _ = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 0, output
    assert len(demo.rows("SELECT 1 FROM bookings")) >= made + 2
    assert left(demo) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_stopped_cancels_too_and_is_summed_up(
    demo: RunningDemo, tmp_path: Path, number: signal.Signals
) -> None:
    before = left(demo)
    with behave(live(demo, tmp_path, "database_url"), "features/what_is_stored.feature") as run:
        guard = threading.Timer(PATIENCE_S, run.kill)
        guard.start()
        assert run.stdout is not None
        shown = next((line for line in iter(run.stdout.readline, "") if "BOOK-061" in line), "")
        run.send_signal(number)
        rest = run.stdout.read()
        guard.cancel()
    assert run.returncode == 4, rest
    assert shown
    assert left(demo) == before
    assert (tmp_path / "reports" / "summary.json").exists()
    assert f"Cut off by {number.name}: " in rest
    results = [path.read_text(encoding="utf-8") for path in (tmp_path / "allure-results").glob("*-result.json")]
    assert [result for result in results if "The run was cut off" in result]


def test_a_run_that_keeps_its_bookings_is_not_accused_of_having_cancelled_them(
    demo: RunningDemo, tmp_path: Path
) -> None:
    keeps = {name: value for name, value in live(demo, tmp_path, "database_url").items() if "CLEANUP" not in name}
    made = len(left(demo))
    with behave(keeps, "--tags=@BOOK-001,@BOOK-004,@BOOK-083") as run:
        output, _ = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 0, output
    assert len(left(demo)) >= made + 3


def test_a_role_that_may_not_cancel_is_refused_before_anything_is_booked(demo: RunningDemo, tmp_path: Path) -> None:
    made = len(demo.rows("SELECT 1 FROM bookings"))
    with behave(live(demo, tmp_path, "observer_database_url"), "--tags=@BOOK-001") as run:
        output, _ = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 3
    assert "The role that cancels bookings lacks DELETE on booking_table_assignments, DELETE on table_holds" in output
    assert "Traceback" not in output
    assert len(demo.rows("SELECT 1 FROM bookings")) == made
