"""make: help lists the targets by itself, and the suite's own checks see nobody's settings."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bench import PARTS

ROOT = Path(__file__).resolve().parents[2]
TARGETS = re.compile(r"^\.PHONY: ((?:.*\\\n)*.*)$", re.MULTILINE)
EXPORTED = {
    "BOOKING_TARGET": "live",
    "BOOKING_CLEANUP": "delete",
    "TEST_CUSTOMER_EMAIL": "somebody@example.org",
    "SUPABASE_DB_URL": "postgresql://db.example/x",
    "PGHOST": "db.example",
    "PGOPTIONS": "-c search_path=other",
    "ALL_PROXY": "socks5://proxy.example",
}
"""What would steer a run."""
NOT_FOR_PEOPLE = {"anew", "features+shuffled", "integration+e2e"}


def make(folder: Path, *words: str, **variables: str) -> str:
    """What make prints."""
    command = ["make", "--no-print-directory", *words]
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


def test_help_lists_every_target() -> None:
    written = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {name for found in TARGETS.findall(written) for name in found.replace("\\", " ").split()}
    listed = set(re.findall(r"^make (\S+) +\S", make(ROOT, "help"), re.MULTILINE))
    assert listed == targets - NOT_FOR_PEOPLE


@pytest.fixture
def seen(tmp_path: Path) -> dict[str, str]:
    """The environment of a check, where much is exported and written that would steer a run."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / ".env").write_text(
        "BOOKING_TIMEOUT=5\n  export BOOKING_API_BASE_URL = https://live.example\n#BOOKING_SEED=1\n"
    )
    printed = make(
        tmp_path,
        "--eval",
        "probe: ; @$(ON_DEMO) env",
        "probe",
        **EXPORTED,
        NO_PROXY="[::1],10.0.0.0/8",
        HOME=str(tmp_path),
    )
    return dict(line.split("=", 1) for line in printed.splitlines() if "=" in line)


def test_the_checks_run_on_a_demo_of_their_own_whatever_is_exported_or_written(seen: dict[str, str]) -> None:
    own = {"BOOKING_TARGET": "demo", "BOOKING_KNOWN_BREACHES": "/dev/null"}
    assert {name: seen[name] for name in own} == own
    assert [name for name in EXPORTED if name not in own and seen.get(name)] == []
    assert seen["BOOKING_TIMEOUT"] == ""  # takes back what .env says
    assert "BOOKING_SEED" not in seen


def test_the_rest_of_the_environment_stays(seen: dict[str, str], tmp_path: Path) -> None:
    assert (seen["HOME"], seen["NO_PROXY"], seen["no_proxy"]) == (str(tmp_path), *["127.0.0.1,localhost"] * 2)


def test_the_parts_of_the_benchmarks_that_help_and_docs_name_are_there() -> None:
    written = [make(ROOT, "help"), (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")]
    named = [name for text in written for parts in re.findall(r'PARTS="([^"]+)"', text) for name in parts.split()]
    assert named
    assert [name for name in named if name not in PARTS] == []


def test_an_environment_is_made_anew_where_its_python_or_its_folder_is_gone(tmp_path: Path) -> None:
    here = tmp_path / "here"
    (here / ".ci").mkdir(parents=True)
    (here / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", here)
    (here / ".ci" / "setup").write_text("echo set up\n")
    for name in ("requirements.txt", "requirements.lock", "pyproject.toml"):
        (here / name).touch()
    python = here / ".venv" / "bin" / "python"
    python.symlink_to("/bin/sh")
    assert make(here, "setup") == "set up\n"
    assert make(here, "-s", "setup") == ""
    python.unlink()
    python.symlink_to(tmp_path / "upgraded")
    assert make(here, "setup") == "set up\n"
    python.unlink()
    python.symlink_to("/bin/sh")
    there = here.rename(tmp_path / "there")
    assert make(there, "setup") == "set up\n"
    assert make(there, "-s", "setup") == ""
