"""Whole runs of the suite, each in a process and a folder of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.support.processes import finished, on_own_demo

KNOWN = """
[[breach]]
scenario = "BOOK-024"
code = "wish_ignored"
reason = "Wishes for a place are ignored."
link = "https://tracker.example/4711"
expires = {expires}

[[breach]]
scenario = "BOOK-002"
code = "answer_status_wrong"
reason = "Answers come too late."
link = "https://tracker.example/4712"
expires = 2999-12-31
"""


def run(folder: Path, *arguments: str, **variables: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """How behave ended, and the run's summary; an empty one where it left none."""
    never_give_up = {"BOOKING_GIVE_UP": "never", **variables}
    done = finished("-m", "behave", *arguments, variables=on_own_demo(folder, **never_give_up))
    summary = folder / "reports" / "summary.json"
    return done, json.loads(summary.read_text(encoding="utf-8")) if summary.exists() else {}


def breaches(folder: Path, expires: str) -> str:
    path = folder / "known.toml"
    path.write_text(KNOWN.format(expires=expires), encoding="utf-8")
    return str(path)
