"""Defects: each is listed, can be switched, and leaves the platform answering."""

from __future__ import annotations

import json
from typing import Any

import pytest

from demo.defects import DEFECTS, Switchboard
from demo.defects.unlisted import SWITCHES
from tests.support.demo import RunningDemo
from tests.support.processes import finished

ANSWERS_BADLY = {"html-error-page": 500, "request-number-wanted": 500}
NOT_ANSWERED_HERE = {"slow-answer", "answer-lost"}


def test_they_are_listed_for_machines_without_starting_anything() -> None:
    done = finished("-m", "demo", "--list-defects")
    assert done.returncode == 0, done.stderr
    listed = json.loads(done.stdout)
    assert len(listed) >= 40
    assert all(item["name"] and item["breaks"] and item["origin"] and "promise" in item for item in listed)
    assert len({item["name"] for item in listed}) == len(listed)


def test_today_and_what_it_stands_for_can_be_switched_on_and_are_not_listed() -> None:
    words = [word for switch in SWITCHES for word in ("--defect", switch.name)]
    done = finished("-m", "demo", "--defect", "today", *words, "--list-defects")
    assert done.returncode == 0, done.stderr
    listed = {item["name"] for item in json.loads(done.stdout)}
    assert not listed & {"today", *(switch.name for switch in SWITCHES)}


def test_an_unknown_one_is_refused_in_a_sentence() -> None:
    done = finished("-m", "demo", "--defect", "no-such")
    assert done.returncode == 2
    assert "no such defect: no-such" in done.stderr
    misspelt = finished("-m", "demo", "--defect", "windw-too-short")
    assert "no such defect: windw-too-short (did you mean window-too-short?)" in misspelt.stderr
    with pytest.raises(ValueError, match="no-such"):
        Switchboard(["no-such"])


@pytest.mark.parametrize("name", [item.name for item in DEFECTS if item.name not in NOT_ANSWERED_HERE])
def test_the_platform_answers_with_each(demo: RunningDemo, name: str) -> None:
    demo.admin("PUT", "/defects", {"defects": [name]}).raise_for_status()
    assert demo.book(party=6).status_code == ANSWERS_BADLY.get(name, 201)


def rows_of(demo: RunningDemo, booking_id: str) -> dict[str, Any]:
    (row,) = demo.rows(
        "SELECT b.status::text, b.notes, b.party_size, b.booking_type, b.customer_phone, b.marketing_opt_in, "
        "(SELECT count(*) FROM booking_table_assignments a WHERE a.booking_id = b.id) AS tables, "
        "(SELECT sum(i.capacity) FROM booking_table_assignments a JOIN table_inventory i ON i.id = a.table_id "
        "  WHERE a.booking_id = b.id) AS seats FROM bookings b WHERE b.id = %s",
        booking_id,
    )
    return dict(row)


@pytest.mark.parametrize(
    ("name", "asked", "shows"),
    [
        ("confirmed-without-table", {}, {"status": "confirmed", "tables": 0}),
        ("table-too-small", {"party": 4}, {"seats": 2}),
        ("joined-tables-too-few", {"party": 8}, {"tables": 1}),
        ("notes-lost", {"notes": "by the window"}, {"notes": None}),
        ("party-changed", {}, {"party_size": 3}),
        ("marketing-inverted", {"marketingOptIn": True}, {"marketing_opt_in": False}),
        ("type-not-normalised", {"time": "12:00"}, {"booking_type": "dinner"}),
        ("largest-table-first", {"party": 2}, {"seats": 4}),
        ("pending-for-ever", {}, {"status": "pending", "tables": 0}),
    ],
)
def test_what_it_breaks_shows_in_the_rows(
    demo: RunningDemo, name: str, asked: dict[str, Any], shows: dict[str, Any]
) -> None:
    demo.admin("PUT", "/defects", {"defects": [name]}).raise_for_status()
    found = rows_of(demo, demo.book(**asked).json()["booking"]["id"])
    assert {key: found[key] for key in shows} == shows


def test_double_booking_takes_the_guard_away_and_reset_puts_it_back(demo: RunningDemo) -> None:
    demo.admin("PUT", "/defects", {"defects": ["double-booking"]}).raise_for_status()
    day = demo.day()
    ids = [demo.book(date=day).json()["booking"]["id"] for _ in range(2)]
    overlaps = (
        "SELECT 1 FROM booking_table_assignments a JOIN booking_table_assignments b "
        "ON a.table_id = b.table_id AND a.id < b.id AND a.assignment_window && b.assignment_window"
    )
    assert demo.rows(overlaps), ids
    demo.admin("POST", "/reset").raise_for_status()
    assert demo.rows(overlaps) == []
    assert demo.rows("SELECT 1 FROM pg_constraint WHERE conname = 'no_overlapping_table_assignments'")
