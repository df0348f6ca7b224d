"""`allure agent` and `allure run` read results while they appear: a green run has nothing broken there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from bookingflow.report.page.generator import ALLURE
from tests.support.demo import ROOT
from tests.support.node import node_folder
from tests.support.processes import without_settings

LONGEST_S = 600
"""npx fetches Allure at its first use."""
COPIED = ("features", "steps", "environment.py", "behave.ini", "targets.py")
"""What a run needs of the checkout: the readers watch the folder in which they stand."""


def allure(folder: Path, command: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    for name in COPIED:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    path = node_folder(folder)
    return subprocess.run(
        [path / "npx", "--yes", ALLURE, command, *arguments, "--", sys.executable, "-m", "behave", "--tags=@smoke"],
        cwd=folder,
        env={
            **without_settings(),
            "PATH": f"{path}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "BOOKING_TARGET": "demo",
            **variables,
        },
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )


def test_allure_agent_says_that_a_green_run_is_green(tmp_path: Path) -> None:
    done = allure(tmp_path, "agent", "--output", str(tmp_path / "agent"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"4 passed \(4 total\)", done.stdout + done.stderr), done.stdout + done.stderr


def test_allure_agent_says_what_is_red(tmp_path: Path) -> None:
    defect = {"BOOKING_DEMO_DEFECTS": "confirmed-without-table", "BOOKING_DEADLINE_CAP": "4"}
    done = allure(tmp_path, "agent", "--output", str(tmp_path / "agent"), **defect)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert re.search(r"\b[1-4] failed", said), said
    assert not re.search(r"[1-9]\d* broken", said), said


def test_allure_run_says_that_a_green_run_is_green(tmp_path: Path) -> None:
    done = allure(tmp_path, "run", "--output", str(tmp_path / "report"))
    assert done.returncode == 0, done.stdout + done.stderr
    stated = json.loads((tmp_path / "report" / "summary.json").read_text(encoding="utf-8"))
    assert stated["stats"] == {"total": 4, "passed": 4}
