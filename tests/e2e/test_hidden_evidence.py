"""Runs whose evidence goes away, or was never this platform's: nobody is accused, and nothing more is booked."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support.own_demo import OwnDemo, own_demo
from tests.support.whole_runs import run

MANY = "--tags=@smoke or @BOOK-020 or @BOOK-060 or @BOOK-121"


@pytest.fixture(scope="module")
def platform() -> Iterator[OwnDemo]:
    with own_demo() as running:
        yield running


def booked(platform: OwnDemo) -> int:
    """How many bookings the platform has taken."""
    with psycopg.connect(platform.postgres.dsn()) as connection:
        row = connection.execute("SELECT count(*) FROM bookings").fetchone()
    assert row is not None
    return int(row[0])


def live(platform: OwnDemo, database_url: str) -> dict[str, str]:
    return {
        "BOOKING_TARGET": "live",
        "BOOKING_API_BASE_URL": platform.api_base_url,
        "BOOKING_DATABASE_URL": database_url,
        "BOOKING_RATE_BUDGET": "0",
    }


def test_a_role_that_loses_its_sight_in_mid_run_accuses_nobody(platform: OwnDemo, tmp_path: Path) -> None:
    url, before = platform.role("losing", "BYPASSRLS"), booked(platform)
    over = threading.Event()

    def blind() -> None:
        while booked(platform) < before + 2 and not over.is_set():
            time.sleep(0.01)
        platform.change("ALTER ROLE losing NOBYPASSRLS")

    blinding = threading.Thread(target=blind)
    blinding.start()
    try:
        done, summary = run(tmp_path, MANY, **live(platform, url))
    finally:
        over.set()
        blinding.join()
    assert (done.returncode, summary["verdict"]) == (3, "not_judged"), done.stdout
    assert not [result for result in summary["results"] if result["status"] == "failed"]
    assert not [finding for finding in summary["findings"] if finding["status"] == "failed"]
    hidden = [result for result in summary["results"] if result["code"] == "evidence_hidden"]
    assert hidden, done.stdout
    assert 'the role "losing"' in hidden[0]["sentence"]
    assert "Row-level security may hide rows of bookings" in hidden[0]["sentence"]
    assert [result for result in summary["results"] if result["status"] == "not_tried"]


def test_the_database_of_another_platform_is_found_with_the_first_booking(platform: OwnDemo, tmp_path: Path) -> None:
    before = booked(platform)
    with own_demo() as other:
        cleaner = {"BOOKING_CLEANUP": "cancel", "BOOKING_CLEANUP_DATABASE_URL": platform.postgres.dsn()}
        done, summary = run(tmp_path, MANY, **live(platform, other.observer), **cleaner)
        assert booked(other) == 0
    assert (done.returncode, summary["verdict"]) == (3, "not_judged"), done.stdout
    tried = [result for result in summary["results"] if result["status"] not in {"not_tried", "skipped"}]
    assert [result["code"] for result in tried] == ["other_database"], done.stdout
    assert "it is another platform's" in tried[0]["sentence"]
    assert booked(platform) == before + 1
