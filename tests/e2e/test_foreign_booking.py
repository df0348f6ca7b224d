"""An answer that names somebody else's booking: told as that, and the booking is never touched."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.support.demo import ROOT


@contextlib.contextmanager
def demo_with(defect: str) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "demo", "--port", "0", "--json", "--defect", defect]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield json.loads(process.stdout.readline())
        process.stdin.close()
        process.wait(20)


@pytest.mark.parametrize("cleanup", ["cancel", "delete"])
def test_a_real_guests_booking_is_never_touched(tmp_path: Path, cleanup: str) -> None:
    everything = "SELECT b.*, (SELECT count(*) FROM booking_table_assignments a WHERE a.booking_id = b.id) AS tables"
    regular = f"{everything} FROM bookings b WHERE customer_email LIKE 'regular.guest@%'"
    with demo_with("foreign-booking-in-answer") as said:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BOOKING_")}
        done = subprocess.run(
            [sys.executable, "-m", "behave", "--tags=@BOOK-002,@BOOK-060,@BOOK-080"],
            cwd=ROOT,
            env={
                **clean,
                "BOOKING_TARGET": "live",
                "BOOKING_API_BASE_URL": said["api_base_url"],
                "BOOKING_DATABASE_URL": said["observer_database_url"],
                "BOOKING_CLEANUP": cleanup,
                "BOOKING_CLEANUP_DATABASE_URL": said["database_url"],
                "BOOKING_OUTPUT_DIR": str(tmp_path),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        with psycopg.connect(said["database_url"], row_factory=dict_row) as connection:
            rows = connection.execute(regular).fetchall()
    assert done.returncode == 1, done.stdout + done.stderr
    assert "An answer names another guest's booking as one's own." in done.stdout, done.stdout
    assert "One request makes more than one booking" not in done.stdout
    assert [(row["status"], row["tables"]) for row in rows] == [("confirmed", 1)]
