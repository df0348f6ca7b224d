"""`python -m load` as people start it: alone, and with workers."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.support.processes import finished, on_own_demo


def run(folder: Path, *arguments: str, **variables: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """How a load on a demo of its own ended, and its report."""
    ours = {"BOOKING_KNOWN_BREACHES": os.devnull, **variables}
    done = finished("-m", "load", *arguments, variables=on_own_demo(folder, **ours))
    report = folder / "reports" / "load.json"
    assert report.exists(), done.stdout + done.stderr
    return done, json.loads(report.read_text(encoding="utf-8"))


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_two_workers_share_the_guests_and_every_booking_is_looked_at_again(tmp_path: Path) -> None:
    done, report = run(tmp_path, "--arrivals", "0-8:1,8:2", "--workers", "2")
    assert done.returncode == 0, done.stdout
    assert done.stderr == ""
    assert done.stdout.splitlines()[-2] == "Kept. 20 guests."
    assert report["guests"] == {"came": 20, "table": 20, "fullHouse": 0, "failed": 0, "notSent": 0, "notJudged": 0}
    assert report["plan"] == {"arrivals": "0-8:1,8:2", "guests": 20, "workers": 2}
    assert [check["end"] for check in report["checks"]] == ["kept"] * 3
    assert report["phasesS"]["submit"]["count"] == 20
    assert 0 < report["toTableS"]["p50"] <= report["toTableS"]["p95"] < 5
    for worker in (1, 2):
        mine = records(tmp_path / "reports" / f"load-phases-{worker}.jsonl")
        assert {record["runId"] for record in mine} == {report["runId"]}
        assert sum(1 for one in mine if (one["phase"], one["event"]) == ("submit", "phase_completed")) == 10
        assert {record["scenario"] for record in mine} == {"load"}


def test_tables_given_twice_break_a_load_however_fast_it_is(tmp_path: Path) -> None:
    done, report = run(tmp_path, "--arrivals", "8:2", BOOKING_DEMO_DEFECTS="double-booking")
    assert done.returncode == 1, done.stdout
    assert "Found       A table is given to two bookings at the same time." in done.stdout
    assert report["verdict"] == "broken"
    assert report["findings"][0]["code"] == "double_booking"
    assert [check["end"] for check in report["checks"]] == ["kept", "kept", "broken"]
    assert len(records(tmp_path / "reports" / "load-phases.jsonl")) > 100


def test_a_folder_that_takes_no_results_is_refused_before_anything_is_booked(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = finished("-m", "load", "--arrivals", "2:1", variables=on_own_demo(tmp_path / "file"))
    assert (done.returncode, done.stdout) == (2, "")
    said = f"BOOKING_OUTPUT_DIR: {tmp_path / 'file' / 'reports'} can't be written: Not a directory."
    assert done.stderr == f"A setting is wrong: {said}\n"


SIGNAL_WHILE_GEVENT_WAITS = """
import runpy, signal, sys, time, types

def waits(options):
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    time.sleep(30)

sys.modules["load.run"] = types.SimpleNamespace(main=waits)
sys.argv = ["load"]
runpy.run_module("load", run_name="__main__")
"""


def test_a_signal_before_any_guest_came_is_a_line_and_no_trace(tmp_path: Path) -> None:
    done = finished("-c", SIGNAL_WHILE_GEVENT_WAITS, variables=on_own_demo(tmp_path))
    assert (done.returncode, done.stderr) == (4, "Interrupted.\n")
