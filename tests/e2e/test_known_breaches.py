"""The breaches of today are known exactly: with them a run is green, and with another beside them red by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.demo import ROOT
from tests.support.shards import bookingflow, summary_of
from tests.support.whole_runs import run

TODAY = str(ROOT / "docs" / "known-breaches-today.toml")

PAIRS = [
    ("BOOK-024", "notes-lost", "Guests' notes are not stored"),
    ("BOOK-072", "refusal-in-riddles", "A refusal gives no reason in words"),
    ("BOOK-082", "wrong-end-time", "Bookings are stored with another end"),
    ("BOOK-083", "phone-lost", "Guests' phone numbers are not stored"),
    ("BOOK-084", "window-too-short", "A table is kept for the wrong time"),
    ("BOOK-085", "another-customers-booking", "Bookings are kept under another customer"),
    ("BOOK-122", "booking-readable-by-anyone", "A stranger can read a booking"),
    ("BOOK-123", "secret-in-error", "An answer shows the address of a database"),
    ("BOOK-124", "own-list-open", "A stranger can list a guest's bookings"),
    ("BOOK-127", "reservation-too-short", "A table is reserved for another time than it is kept"),
]
"""A scenario that is known to break today, another defect of the same scenario, and the title of what that breaks."""


def test_what_is_known_today_is_not_red(tmp_path: Path) -> None:
    known = {"BOOK-098", *(scenario for scenario, _, _ in PAIRS)}
    tags = ",".join(f"@{scenario}" for scenario in sorted({"BOOK-095", *known}))
    done, summary = run(tmp_path, f"--tags={tags}", BOOKING_DEMO_DEFECTS="today", BOOKING_KNOWN_BREACHES=TODAY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert summary["verdict"] == "kept"
    assert {result["id"] for result in summary["results"] if result["status"] == "known"} == known


def test_what_shards_met_has_not_healed(tmp_path: Path) -> None:
    variables = {"BOOKING_DEMO_DEFECTS": "today", "BOOKING_KNOWN_BREACHES": TODAY}
    done = bookingflow(tmp_path, "run", "--jobs", "2", "--tags=@BOOK-082,@BOOK-122", **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert summary_of(tmp_path)["scenarios"]["known"] > 1
    assert "Healed" not in done.stdout


def test_of_an_outline_that_ran_in_part_nothing_has_healed(tmp_path: Path) -> None:
    row = ("-n", "Nobody can read a booking without signing in")
    done, summary = run(tmp_path, *row, BOOKING_DEMO_DEFECTS="today", BOOKING_KNOWN_BREACHES=TODAY)
    assert summary["scenarios"] == {"passed": 1}, done.stdout + done.stderr
    assert "Healed" not in done.stdout


@pytest.mark.parametrize(("scenario", "defect", "title"), PAIRS)
def test_another_defect_of_the_same_scenario_is_red_by_its_name(
    tmp_path: Path, scenario: str, defect: str, title: str
) -> None:
    done, summary = run(
        tmp_path, f"--tags=@{scenario}", BOOKING_DEMO_DEFECTS=f"today,{defect}", BOOKING_KNOWN_BREACHES=TODAY
    )
    assert (done.returncode, summary["verdict"]) == (1, "broken"), done.stdout
    said = [item["sentence"] for item in (*summary["results"], *summary["findings"]) if item.get("status") == "failed"]
    assert [sentence for sentence in said if title in sentence], done.stdout
