"""An answer that names somebody else's booking is reported as that, and the booking is never touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.demo import started
from tests.support.whole_runs import run


@pytest.mark.parametrize("cleanup", ["cancel", "delete"])
def test_a_real_guests_booking_is_never_touched(tmp_path: Path, cleanup: str) -> None:
    everything = "SELECT b.*, (SELECT count(*) FROM booking_table_assignments a WHERE a.booking_id = b.id) AS tables"
    regular = f"{everything} FROM bookings b WHERE customer_email LIKE 'regular.guest@%%'"
    with started("--defect", "foreign-booking-in-answer") as demo:
        done, _ = run(
            tmp_path,
            "--tags=@BOOK-002,@BOOK-060,@BOOK-080",
            **demo.as_live(),
            BOOKING_CLEANUP=cleanup,
            BOOKING_CLEANUP_DATABASE_URL=demo.said["database_url"],
        )
        rows = demo.rows(regular)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "7 promises, one cause: an answer names another guest's booking as one's own (" in done.stdout, done.stdout
    assert "one request makes more than one booking" not in done.stdout.lower()
    assert [(row["status"], row["tables"]) for row in rows] == [("confirmed", 1)]
