"""Cancelling on a live platform: frees the tables, touches nothing else, and says what it could not do."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import replace
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from bookingflow.core.errors import SuiteError
from bookingflow.platform import cancellation
from bookingflow.platform.cancellation import DatabaseCleaner, DemoCleaner, Ownership
from bookingflow.platform.database_models import BookingRow
from tests.support.demo import RunningDemo
from tests.support.fakes import CONFIRMED
from tests.support.servers import server


def booked(demo: RunningDemo, **wanted: Any) -> dict[str, Any]:
    booking: dict[str, Any] = demo.book(key=wanted.pop("key", "own key"), **wanted).json()["booking"]
    return booking


def owner_of(*bookings: dict[str, Any]) -> Ownership:
    keys = {str(booking["idempotency_key"]) for booking in bookings}
    return Ownership({str(booking["customer_email"]) for booking in bookings}, keys)


def status_of(demo: RunningDemo, booking: dict[str, Any]) -> list[dict[str, Any]]:
    return demo.rows("SELECT status::text FROM bookings WHERE id = %s", booking["id"])


@pytest.mark.parametrize("delete", [False, True])
def test_a_cancelled_booking_leaves_its_table_to_the_next_guest(demo: RunningDemo, delete: bool) -> None:
    demo.admin("PUT", "/flags", {"merges": False}).raise_for_status()
    slot = {"restaurantSlug": "demo-large-tables", "date": demo.day(), "party": 10}
    first, blocked = (booked(demo, key=f"{delete} {number}", **slot) for number in range(2))
    assert (first["status"], blocked["status"]) == ("confirmed", "pending")
    cleaner = DatabaseCleaner(demo.said["database_url"], delete=delete)
    done = cleaner.undo([first["id"], first["id"]], owner_of(first))
    assert (done.left, done.foreign) == ({}, frozenset())
    assert status_of(demo, first) == ([] if delete else [{"status": "cancelled"}])
    assert status_of(demo, blocked) == [{"status": "pending"}]
    third = booked(demo, key=f"{delete} third", **slot)
    assert third["status"] == "confirmed"
    assert cleaner.undo([third["id"]], owner_of(third)).left == {}


def test_what_a_scenario_cancels_is_still_stored_where_bookings_are_deleted(demo: RunningDemo) -> None:
    booking = booked(demo, key="cancelled in mid-scenario")
    cleaner, ours = DatabaseCleaner(demo.said["database_url"], delete=True), owner_of(booking)
    assert cleaner.cancel([booking["id"]], ours).left == {}
    assert status_of(demo, booking) == [{"status": "cancelled"}]
    assert cleaner.undo([booking["id"]], ours).left == {}
    assert status_of(demo, booking) == []


@pytest.mark.parametrize("delete", [False, True])
@pytest.mark.parametrize("half", ["e-mail", "key", "nothing"])
def test_a_booking_of_somebody_else_is_never_touched(demo: RunningDemo, delete: bool, half: str) -> None:
    real = booked(demo, key=f"a real guest's {delete} {half}")
    ours = owner_of(real)
    if half != "e-mail":
        ours.emails = {"somebody@else.example"}
    if half != "key":
        ours.keys = {"another"}
    before = demo.rows("SELECT b, a FROM bookings b JOIN booking_table_assignments a ON a.booking_id = b.id")
    done = DatabaseCleaner(demo.said["database_url"], delete=delete).undo([real["id"]], ours)
    assert (dict(done.left), set(done.foreign)) == ({}, {real["id"]})
    assert demo.rows("SELECT b, a FROM bookings b JOIN booking_table_assignments a ON a.booking_id = b.id") == before


def test_a_booking_that_only_the_judging_database_has_is_left_and_named(demo: RunningDemo) -> None:
    elsewhere, gone = replace(CONFIRMED, id=str(uuid4())), str(uuid4())
    shown = {elsewhere.id: elsewhere}
    cleaner = DatabaseCleaner(
        demo.said["database_url"], delete=False, read=lambda ids: [shown[one] for one in ids if one in shown]
    )
    mine = booked(demo, key="in both")
    done = cleaner.undo([mine["id"], elsewhere.id, gone], owner_of(mine))
    assert (list(done.left), done.foreign) == ([elsewhere.id], frozenset())
    assert "Set both addresses to the same platform" in done.left[elsewhere.id]
    assert status_of(demo, mine) == [{"status": "cancelled"}]


def test_a_booking_without_a_key_is_known_by_its_email(demo: RunningDemo) -> None:
    mine = demo.book().json()["booking"]
    assert mine["idempotency_key"] is None
    cleaner = DatabaseCleaner(demo.said["database_url"], delete=False)
    assert cleaner.undo([mine["id"]], Ownership({"other@example.com"}, set())).foreign == {mine["id"]}
    assert cleaner.undo([mine["id"]], Ownership({mine["customer_email"]}, set())).foreign == frozenset()
    assert status_of(demo, mine) == [{"status": "cancelled"}]


def test_the_demos_own_way_touches_nothing_of_others_either() -> None:
    asked: list[str] = []

    class Controls:
        def cancel_all(self, booking_ids: list[str]) -> None:
            asked.extend(booking_ids)

    def read(_: object) -> list[BookingRow]:
        return [CONFIRMED]

    cleaner = DemoCleaner(Controls(), read)  # type: ignore[arg-type]  # the one call that is made
    assert cleaner.undo([CONFIRMED.id, "unknown"], Ownership()).foreign == {CONFIRMED.id}
    assert asked == ["unknown"]


def test_a_booking_that_somebody_holds_on_to_is_left_and_named(
    demo: RunningDemo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cancellation, "LIMITS", "SET LOCAL lock_timeout = '50ms'")
    held, free = (booked(demo, key=f"lock {number}") for number in range(2))
    with psycopg.connect(demo.said["database_url"]) as platform:
        platform.execute("SELECT 1 FROM bookings WHERE id = %s FOR UPDATE", (held["id"],))
        cleaner = DatabaseCleaner(demo.said["database_url"], delete=False)
        done = cleaner.undo([held["id"], free["id"]], owner_of(held, free))
    assert list(done.left) == [held["id"]]
    assert "lock timeout" in done.left[held["id"]]
    assert status_of(demo, free) == [{"status": "cancelled"}]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("RAISE insufficient_privilege USING MESSAGE = 'permission denied for table tables'", id="denied"),
        pytest.param("PERFORM 1 FROM table_that_is_not_there", id="broken"),
    ],
)
def test_a_function_of_the_platform_that_the_role_can_not_use_keeps_no_booking(demo: RunningDemo, body: str) -> None:
    mine = booked(demo, key=f"unassigned: {body}")
    function = "unassign_tables_atomic(uuid, uuid[])"
    demo.change(f"CREATE FUNCTION {function} RETURNS SETOF uuid LANGUAGE plpgsql AS $$ BEGIN {body}; END $$")
    try:
        done = DatabaseCleaner(demo.said["database_url"], delete=False).undo([mine["id"]], owner_of(mine))
    finally:
        demo.change(f"DROP FUNCTION {function}")
    assert done.left == {}
    assert status_of(demo, mine) == [{"status": "cancelled"}]
    assert demo.rows("SELECT 1 FROM booking_table_assignments WHERE booking_id = %s", mine["id"]) == []


def test_what_can_not_be_cancelled_is_named_with_its_id(demo: RunningDemo) -> None:
    bookings = [booked(demo, key=f"read only {number}") for number in range(2)]
    ids = [booking["id"] for booking in bookings]
    done = DatabaseCleaner(demo.said["observer_database_url"], delete=False).undo(ids, owner_of(*bookings))
    assert list(done.left) == ids
    assert all(booking_id in words for booking_id, words in done.left.items())


def test_a_role_that_row_level_security_filters_is_refused_beforehand(demo: RunningDemo) -> None:
    cleaner = DatabaseCleaner(demo.said["database_url"], delete=False)
    cleaner.check()
    demo.change("ALTER TABLE bookings FORCE ROW LEVEL SECURITY")
    try:
        with pytest.raises(SuiteError, match="BYPASSRLS"):
            cleaner.check()
    finally:
        demo.change("ALTER TABLE bookings NO FORCE ROW LEVEL SECURITY")


def test_a_connection_that_stalls_costs_its_limit_once_and_what_is_left_is_named(demo: RunningDemo) -> None:
    """A relay that passes everything on until the transaction has begun, and nothing from then on."""
    bookings = [booked(demo, key=f"stall {number}") for number in range(3)]
    rest = demo.said["database_url"].rsplit("@", 1)[1]
    port = int(rest.split("/")[0].rsplit(":", 1)[1])

    def relay(connection: socket.socket, over: threading.Event) -> None:
        stalled = threading.Event()
        with connection, socket.create_connection(("127.0.0.1", port)) as database:

            def back() -> None:
                while not stalled.is_set() and (data := database.recv(65536)):
                    if not stalled.is_set():
                        connection.sendall(data)

            threading.Thread(target=back, daemon=True).start()
            while data := connection.recv(65536):
                if b"lock_timeout" in data:
                    stalled.set()
                    over.wait(30)
                    return
                database.sendall(data)

    with server(relay) as relayed:
        url = demo.said["database_url"].replace(f":{port}/", f":{relayed}/")
        began = time.monotonic()
        cleaner = DatabaseCleaner(url, delete=False, limit_s=0.5)
        done = cleaner.undo([booking["id"] for booking in bookings], owner_of(*bookings))
        assert time.monotonic() - began < 2.5
    assert list(done.left) == [booking["id"] for booking in bookings]
    assert "no answer within 0.5 s" in done.left[bookings[0]["id"]]
