"""A booking that is changed or moved: the rows the platform leaves, and what becomes free."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.demo import RunningDemo

LARGE: dict[str, Any] = {"restaurantSlug": "demo-large-tables", "party": 10}


def held(demo: RunningDemo, booking_id: str) -> list[dict[str, Any]]:
    """The booking's tables, by number, with their window in the restaurant's time."""
    return [
        dict(row)
        for row in demo.rows(
            "SELECT i.table_number AS table, i.capacity AS seats, "
            "to_char(a.start_at AT TIME ZONE 'Europe/London', 'HH24:MI') AS since "
            "FROM booking_table_assignments a JOIN table_inventory i ON i.id = a.table_id "
            "WHERE a.booking_id = %s ORDER BY 1",
            booking_id,
        )
    ]


def test_a_party_that_grows_is_assigned_anew_and_holds_nothing_else(demo: RunningDemo) -> None:
    booking = demo.book(party=2).json()["booking"]
    assert [table["seats"] for table in held(demo, booking["id"])] == [2]
    demo.admin("POST", f"/bookings/{booking['id']}/edit", {"party": 4}).raise_for_status()
    assert [table["seats"] for table in held(demo, booking["id"])] == [4]
    changes = demo.rows(
        "SELECT from_status::text AS was, to_status::text AS became, reason FROM booking_state_history "
        "WHERE booking_id = %s ORDER BY id",
        booking["id"],
    )
    assert [(change["was"], change["became"]) for change in changes] == [
        ("pending", "confirmed"),
        ("confirmed", "pending"),
        ("pending", "confirmed"),
    ]
    assert changes[1]["reason"] == "modification"
    allocated = demo.rows("SELECT resource_id FROM allocations WHERE booking_id = %s", booking["id"])
    assert len(allocated) == 1


def test_a_party_that_comes_later_is_seated_then_and_stays_as_long(demo: RunningDemo) -> None:
    booking = demo.book(time="18:00").json()["booking"]
    demo.admin("POST", f"/bookings/{booking['id']}/edit", {"time": "19:30"}).raise_for_status()
    (table,) = held(demo, booking["id"])
    assert table["since"] == "19:30"
    (row,) = demo.rows("SELECT start_time::text, end_time::text FROM bookings WHERE id = %s", booking["id"])
    assert dict(row) == {"start_time": "19:30:00", "end_time": "21:30:00"}


def test_the_table_that_guests_were_moved_away_from_is_free(demo: RunningDemo) -> None:
    demo.admin("PUT", "/flags", {"merges": False}).raise_for_status()
    slot = LARGE | {"date": demo.day()}
    first = demo.book(**slot).json()["booking"]
    assert demo.book(**slot).json()["booking"]["status"] == "pending"
    (before,) = held(demo, first["id"])
    smaller = demo.rows(
        "SELECT table_number FROM table_inventory i JOIN restaurants r ON r.id = i.restaurant_id "
        "WHERE r.slug = 'demo-large-tables' AND i.capacity = 8"
    )
    demo.admin("POST", f"/bookings/{first['id']}/move", {"table": smaller[0]["table_number"]}).raise_for_status()
    assert [table["table"] for table in held(demo, first["id"])] == [smaller[0]["table_number"]]
    second = demo.book(**slot).json()["booking"]
    assert second["status"] == "confirmed"
    assert held(demo, second["id"]) == [before]


@pytest.mark.parametrize(("act", "body"), [("edit", {"party": 3}), ("move", {"table": "1"})])
def test_what_is_not_there_can_not_be_changed(demo: RunningDemo, act: str, body: dict[str, Any]) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    assert demo.admin("POST", f"/bookings/{unknown}/{act}", body).status_code == 404
    booking = demo.book().json()["booking"]
    assert demo.admin("POST", f"/bookings/{booking['id']}/move", {"table": "no such"}).status_code == 404
    assert demo.admin("POST", f"/bookings/{booking['id']}/edit", {"party": "many"}).status_code == 400
