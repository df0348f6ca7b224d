"""Cancelling on a live platform: frees the tables, touches nothing else, and says what it could not do."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from bookingflow.platform import cancellation
from bookingflow.platform.cancellation import DatabaseCleaner
from tests.support.demo import RunningDemo

SLOT = {"restaurantSlug": "demo-large-tables", "date": "2027-10-06", "party": 10}


@pytest.mark.parametrize("delete", [False, True])
def test_a_cancelled_booking_leaves_its_table_to_the_next_guest(demo: RunningDemo, delete: bool) -> None:
    demo.admin("PUT", "/flags", {"merges": False}).raise_for_status()
    first, blocked = (demo.book(**SLOT).json()["booking"] for _ in range(2))  # type: ignore[arg-type]
    assert (first["status"], blocked["status"]) == ("confirmed", "pending")
    cleaner = DatabaseCleaner(demo.said["database_url"], delete=delete)
    assert cleaner.undo([first["id"], first["id"]]) == {}
    rows = demo.rows("SELECT status::text FROM bookings WHERE id = %s", first["id"])
    assert rows == ([] if delete else [{"status": "cancelled"}])
    assert demo.rows("SELECT status::text FROM bookings WHERE id = %s", blocked["id"]) == [{"status": "pending"}]
    third = demo.book(**SLOT).json()["booking"]  # type: ignore[arg-type]
    assert third["status"] == "confirmed"
    assert cleaner.undo([third["id"]]) == {}


def test_a_booking_that_somebody_holds_on_to_is_left_and_told(
    demo: RunningDemo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cancellation, "LIMITS", "SET LOCAL lock_timeout = '50ms'")
    held, free = (demo.book().json()["booking"]["id"] for _ in range(2))
    with psycopg.connect(demo.said["database_url"]) as platform:
        platform.execute("SELECT 1 FROM bookings WHERE id = %s FOR UPDATE", (held,))
        left = DatabaseCleaner(demo.said["database_url"], delete=False).undo([held, free])
    assert list(left) == [held]
    assert "lock timeout" in left[held]
    assert demo.rows("SELECT status::text FROM bookings WHERE id = %s", free) == [{"status": "cancelled"}]


def test_what_can_not_be_cancelled_is_told_with_its_id(demo: RunningDemo) -> None:
    ids = [str(uuid.uuid4()) for _ in range(2)]
    left = DatabaseCleaner(demo.said["observer_database_url"], delete=False).undo(ids)
    assert list(left) == ids
    assert all(booking_id in told for booking_id, told in left.items())
