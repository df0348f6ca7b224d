"""The demo platform from outside: its process, its answers, and the rows it leaves."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.demo.conftest import ROOT, RunningDemo


def counts(demo: RunningDemo, booking_id: str) -> dict[str, int]:
    tables = (
        "booking_table_assignments",
        "allocations",
        "booking_state_history",
        "booking_assignment_idempotency",
        "booking_confirmation_results",
        "capacity_outbox",
        "observability_events",
        "table_holds",
        "analytics_events",
    )
    return {
        name: demo.rows(f"SELECT count(*) AS n FROM {name} WHERE booking_id = %s", booking_id)[0]["n"]
        for name in tables
    }


def test_a_confirmed_booking_leaves_the_rows_the_platform_leaves(demo: RunningDemo) -> None:
    answer = demo.book(key=str(uuid.uuid4()))
    assert answer.status_code == 201
    booking = answer.json()["booking"]
    assert booking["status"] == "confirmed"
    assert answer.json()["bookings"][0]["status"] == "pending"
    assert counts(demo, booking["id"]) == {
        "booking_table_assignments": 1,
        "allocations": 1,
        "booking_state_history": 1,
        "booking_assignment_idempotency": 1,
        "booking_confirmation_results": 1,
        "capacity_outbox": 2,
        "observability_events": 8,
        "table_holds": 0,
        "analytics_events": 1,
    }
    (window,) = demo.rows(
        "SELECT b.start_at = a.start_at AS same_start, a.end_at - a.start_at AS held, b.end_at - b.start_at AS stay "
        "FROM bookings b JOIN booking_table_assignments a ON a.booking_id = b.id WHERE b.id = %s",
        booking["id"],
    )
    assert window["same_start"]
    assert (window["held"].seconds, window["stay"].seconds) == (80 * 60, 120 * 60)
    assert "Max-Age=3600" in answer.headers["set-cookie"]


def test_a_party_no_table_seats_stays_pending_with_a_reason_and_a_summary(demo: RunningDemo) -> None:
    booking = demo.book(party=60).json()["booking"]
    assert booking["status"] == "pending"
    assert booking["auto_assign_last_result"]["reason"].startswith("No tables meet")
    for _ in range(200):
        kinds = [
            row["event_type"]
            for row in demo.rows(
                "SELECT event_type FROM observability_events WHERE booking_id = %s ORDER BY created_at", booking["id"]
            )
        ]
        if "auto_assign.summary" in kinds:
            break
    assert kinds == [
        "auto_assign.quote",
        "inline_auto_assign.quote_result",
        "inline_auto_assign.no_hold",
        "auto_assign.started",
        "auto_assign.quote",
        "auto_assign.attempt",
        "auto_assign.failed",
        "auto_assign.summary",
    ]


def test_tables_are_joined_within_a_zone_under_one_group(demo: RunningDemo) -> None:
    booking = demo.book(party=11).json()["booking"]
    rows = demo.rows(
        "SELECT a.merge_group_id, i.zone_id, i.capacity FROM booking_table_assignments a "
        "JOIN table_inventory i ON i.id = a.table_id WHERE a.booking_id = %s",
        booking["id"],
    )
    assert booking["status"] == "confirmed"
    assert len(rows) == 3
    assert sum(row["capacity"] for row in rows) >= 11
    assert len({row["zone_id"] for row in rows}) == len({row["merge_group_id"] for row in rows}) == 1


def test_one_key_never_books_twice_one_after_the_other_or_at_once(demo: RunningDemo) -> None:
    body, key = demo.body(), str(uuid.uuid4())
    send: Any = lambda _: demo.http.post("/api/bookings", json=body, headers={"Idempotency-Key": key})  # noqa: E731
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["booking"]["id"] for answer in answers}) == 1
    assert demo.rows("SELECT count(*) AS n FROM bookings WHERE idempotency_key = %s", key)[0]["n"] == 1


def test_many_guests_at_once_never_share_a_table(demo: RunningDemo) -> None:
    bodies = [demo.body(date="2027-06-01", party=3) for _ in range(20)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: demo.http.post("/api/bookings", json=body), bodies))
    assert {answer.status_code for answer in answers} == {201}
    statuses = [answer.json()["booking"]["status"] for answer in answers]
    assert statuses.count("confirmed") == 13, "eleven tables seat three, and so do two pairs of the small ones"
    overlaps = demo.rows(
        "SELECT 1 FROM booking_table_assignments a JOIN booking_table_assignments b "
        "ON a.table_id = b.table_id AND a.id < b.id AND a.assignment_window && b.assignment_window"
    )
    assert overlaps == []


def test_a_cancellation_frees_the_tables(demo: RunningDemo) -> None:
    booking = demo.book().json()["booking"]
    assert demo.admin("POST", f"/bookings/{booking['id']}/cancel", {"by": "guest"}).status_code == 200
    left = counts(demo, booking["id"])
    assert (left["booking_table_assignments"], left["allocations"]) == (0, 0)
    assert demo.rows("SELECT status::text FROM bookings WHERE id = %s", booking["id"]) == [{"status": "cancelled"}]


def test_inline_assignment_can_be_switched_off_and_the_job_assigns_safely_twice(demo: RunningDemo) -> None:
    demo.admin("PUT", "/flags", {"auto_assign": False}).raise_for_status()
    booking = demo.book().json()["booking"]
    assert booking["status"] == "pending"
    assert booking["auto_assign_last_result"] is None
    assert counts(demo, booking["id"])["observability_events"] == 0
    assert demo.job(booking["id"], token="wrong").status_code == 401
    assert demo.job(booking["id"]).json()["result"] == "succeeded"
    assert demo.job(booking["id"]).json()["result"] == "already_confirmed"
    assert counts(demo, booking["id"])["booking_table_assignments"] == 1
    demo.admin("PUT", "/flags", {"job_endpoint": False}).raise_for_status()
    assert demo.job(booking["id"]).status_code == 501


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"time": "03:00"}, 400, "OPERATING_HOURS_CLOSED"),
        ({"time": "19:07"}, 400, "OPERATING_HOURS_CLOSED"),
        ({"time": "20:15"}, 400, "OPERATING_HOURS_CLOSED"),
        ({"time": "25:00"}, 400, "OPERATING_HOURS_CLOSED"),
        ({"date": "2020-01-01"}, 422, "BOOKING_IN_PAST"),
        ({"restaurantSlug": "no-such"}, 404, "RESTAURANT_NOT_FOUND"),
        ({"party": 0}, 400, None),
        ({"party": 2.5}, 400, None),
        ({"date": "2027-02-30"}, 400, None),
        ({"phone": "+44770090012345678901234"}, 400, None),
        ({"email": "nobody"}, 400, None),
        ({"name": "x"}, 400, None),
        ({"bookingType": "breakfast"}, 400, None),
        ({"seating": "window"}, 400, None),
        ({"notes": "n" * 501}, 400, None),
    ],
)
def test_a_refusal_says_why_and_stores_nothing(
    demo: RunningDemo, changes: dict[str, Any], status: int, code: str | None
) -> None:
    before = demo.rows("SELECT count(*) AS n FROM bookings")
    answer = demo.book(**changes)
    assert answer.status_code == status, answer.text
    assert answer.json().get("code") == code
    if code is None:
        assert list(answer.json()["details"]["fieldErrors"]) == list(changes)
    assert demo.rows("SELECT count(*) AS n FROM bookings") == before


def test_what_is_stored_is_normalised(demo: RunningDemo) -> None:
    booking = demo.book(time="12:00", bookingType="dinner", email="Some.Guest@Example.com").json()["booking"]
    assert (booking["booking_type"], booking["end_time"]) == ("lunch", "13:30:00")
    assert booking["customer_email"] == "some.guest@example.com"


def test_the_observer_reads_and_can_not_write(demo: RunningDemo) -> None:
    demo.book()
    with psycopg.connect(demo.said["observer_database_url"]) as connection:
        row = connection.execute("SELECT count(*) FROM bookings").fetchone()
        assert row is not None
        assert row[0] > 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE bookings SET status = 'cancelled'")


def test_the_admin_interface_wants_its_token(demo: RunningDemo) -> None:
    url = demo.said["env"]["BOOKING_DEMO_ADMIN_URL"]
    assert demo.http.put(f"{url}/flags", json={}).status_code == 401
    assert demo.admin("PUT", "/flags", {"no_such_flag": True}).status_code == 400
    assert not any("admin" in path for path in demo.http.get("/openapi.json").json()["paths"])


def start(*arguments: str, **streams: Any) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "demo", *arguments], cwd=ROOT, text=True, **streams)


def test_a_taken_port_is_one_clear_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with start("--port", port, stderr=subprocess.PIPE) as process:
            _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert said == f"Port {port} can't be used (Address already in use). Choose another with --port.\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_demo_and_its_database(number: signal.Signals) -> None:
    with start("--port", "0", "--json", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        process.send_signal(number)
        process.send_signal(number)
        assert process.wait(20) == 0
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(said["database_url"])
