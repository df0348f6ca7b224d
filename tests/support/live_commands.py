"""The project's commands against a demo that is used as a live platform, with a role that may cancel."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.support.demo import ROOT, RunningDemo
from tests.support.processes import finished, without_settings


def environment(demo: RunningDemo, folder: Path, **more: str) -> dict[str, str]:
    """The settings, with results under this folder; an empty one counts as not set."""
    return {
        **without_settings(),
        **demo.as_live(),
        "BOOKING_CLEANUP": "cancel",
        "BOOKING_CLEANUP_DATABASE_URL": demo.said["database_url"],
        "BOOKING_OUTPUT_DIR": str(folder),
        "PYTHONPATH": str(ROOT),
        **more,
    }


def called(demo: RunningDemo, folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A command to its end, from another folder, as anybody may call it."""
    return finished("-m", "bookingflow", *arguments, variables=environment(demo, folder, **more), folder=folder)


def statuses(demo: RunningDemo, folder: Path) -> list[str]:
    """Of all bookings that the ledger names, in its order."""
    lines = [json.loads(line) for line in (folder / "reports" / "made.jsonl").read_text().splitlines()]
    ids = dict.fromkeys(line["id"] for line in lines if line["id"])
    found: list[dict[str, Any]] = demo.rows("SELECT id::text, status::text FROM bookings WHERE id = ANY(%s)", list(ids))
    return [row["status"] for row in found]
