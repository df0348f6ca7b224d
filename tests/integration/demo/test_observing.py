"""The suite's eyes on a real database: what it reads of bookings in one question for all of them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest

from bookingflow.core.timing import SystemClock
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database_models import Holdings, RelatedRecords
from tests.support.demo import RunningDemo

CLOSED_MONDAYS = "8dcb19c3-d767-4993-9b91-4655a4d95923"


@pytest.fixture
def database(demo: RunningDemo) -> Iterator[BookingDatabase]:
    database = BookingDatabase(demo.said["observer_database_url"], clock=SystemClock())
    database.check_evidence()
    yield database
    database.close()


def test_what_is_noted_of_several_bookings_is_read_for_each(demo: RunningDemo, database: BookingDatabase) -> None:
    one, two = (demo.book(party=party).json()["booking"] for party in (2, 7))
    ids = [one["id"], two["id"]]
    for books in database.related_records(ids).values():
        assert [change.to_status for change in books.history or ()] == ["confirmed"]
        assert (books.passed_on, books.ledger) == ({"capacity.assignment.sync": 1, "capacity.hold.confirmed": 1}, 1)
    customers = database.customers(ids)
    assert [customers[of]["email"] for of in ids] == [one["customer_email"], two["customer_email"]]
    held = database.holdings(ids)
    for row in database.reread(ids):
        assert set(held[row.id].allocated or {}) == {table.table_id for table in row.tables}
        assert set(held[row.id].groups or ()) == {table.merge_group_id for table in row.tables} - {None}
        assert held[row.id].holds == 0
    assert len(held[two["id"]].groups or ()) == 1


def test_a_hold_that_was_left_is_counted_by_its_tables(demo: RunningDemo, database: BookingDatabase) -> None:
    booking = demo.book().json()["booking"]
    demo.change(
        "WITH hold AS (INSERT INTO table_holds (restaurant_id, booking_id, zone_id, start_at, end_at, expires_at) "
        "SELECT b.restaurant_id, b.id, i.zone_id, b.end_at, b.end_at + interval '1 hour', b.end_at + interval '1 hour' "
        "FROM bookings b JOIN booking_table_assignments a ON a.booking_id = b.id JOIN table_inventory i "
        "ON i.id = a.table_id WHERE b.id = %s RETURNING id) INSERT INTO table_hold_members (hold_id, table_id) "
        "SELECT hold.id, a.table_id FROM hold, booking_table_assignments a WHERE a.booking_id = %s",
        booking["id"],
        booking["id"],
    )
    held = database.holdings([booking["id"]])[booking["id"]]
    assert (held.holds, held.restaurants) == (1, frozenset({booking["restaurant_id"]}))
    assert database.held_for_nobody([booking["restaurant_id"]], [booking["id"]]) == []
    demo.change("UPDATE table_holds SET booking_id = NULL WHERE booking_id = %s", booking["id"])
    assert len(database.held_for_nobody([booking["restaurant_id"]], [booking["id"]])) == 1
    demo.change("DELETE FROM table_holds")


def test_a_table_without_a_time_of_its_own_is_taken_as_long_as_its_booking(
    demo: RunningDemo, database: BookingDatabase
) -> None:
    booking = demo.book().json()["booking"]
    start, end = (datetime.datetime.fromisoformat(booking[name]) for name in ("start_at", "end_at"))
    demo.change("DELETE FROM allocations WHERE booking_id = %s", booking["id"])
    demo.change(
        "UPDATE booking_table_assignments SET start_at = NULL, end_at = NULL WHERE booking_id = %s", booking["id"]
    )
    taken = database.occupations(booking["restaurant_id"], start, end)
    assert [(item.start_at, item.end_at) for item in taken if item.booking_id == booking["id"]] == [(start, end)]
    assert database.occupations(booking["restaurant_id"], end, end + datetime.timedelta(hours=1)) == []


def test_a_table_that_is_out_of_use_for_ever_is_taken(demo: RunningDemo, database: BookingDatabase) -> None:
    (table,) = demo.rows("SELECT id FROM table_inventory WHERE restaurant_id = %s LIMIT 1", CLOSED_MONDAYS)
    since = datetime.datetime(2031, 3, 4, tzinfo=datetime.UTC)
    until = since + datetime.timedelta(days=1)
    for window in ("[2030-01-01,)", "(,)", "[-infinity,infinity]"):
        demo.change(
            'INSERT INTO allocations (restaurant_id, resource_type, resource_id, "window", is_maintenance)'
            " VALUES (%s, 'table', %s, %s, true)",
            *(CLOSED_MONDAYS, table["id"], window),
        )
        (taken,) = database.occupations(CLOSED_MONDAYS, since, until)
        assert (taken.table_id, taken.end_at) == (str(table["id"]), until)
        demo.change("DELETE FROM allocations WHERE is_maintenance")
    booking = demo.book().json()["booking"]
    demo.change("UPDATE bookings SET status = 'cancelled' WHERE id = %s", booking["id"])
    demo.change("DELETE FROM booking_table_assignments WHERE booking_id <> %s", booking["id"])
    times = "start_at = '-infinity', end_at = 'infinity' WHERE booking_id = %s"
    demo.change(f"UPDATE booking_table_assignments SET {times}", booking["id"])
    held = [item for item in database.occupations(booking["restaurant_id"], since, until) if item.kind == "assignment"]
    assert [(item.booking_id, item.start_at, item.end_at) for item in held] == [(booking["id"], since, until)]
    demo.change("DELETE FROM booking_table_assignments WHERE booking_id = %s", booking["id"])


def test_what_can_not_be_read_is_not_there(demo: RunningDemo, database: BookingDatabase) -> None:
    booking = demo.book().json()["booking"]
    database.access.readable -= {"allocations", "capacity_outbox", "customers", "booking_state_history"}
    assert database.holdings([booking["id"]]) == {booking["id"]: Holdings(0)}
    assert database.related_records([booking["id"]]) == {booking["id"]: RelatedRecords(None, None, 1)}
    assert database.customers([booking["id"]]) == {}
    assert database.related_records([]) == {}
    assert database.holdings([]) == {}


def test_a_date_of_its_own_comes_before_its_weekday(demo: RunningDemo, database: BookingDatabase) -> None:
    monday = datetime.date(2031, 3, 3)
    days = [monday + datetime.timedelta(days=number) for number in range(14)]
    own = {"is_closed": False, "opens_at": "13:00", "closes_at": "20:00"}
    demo.admin("PUT", f"/restaurants/demo-closed-days/dates/{days[7].isoformat()}", own).raise_for_status()
    opens = {day: hours.opens for day, hours in database.hours_of_days(CLOSED_MONDAYS, days).items()}
    assert list(opens) == days
    assert (opens[days[0]], opens[days[7]]) == (None, datetime.time(13))
    assert opens[days[3]] == opens[days[6]] == datetime.time(12)
    demo.change(
        "INSERT INTO restaurant_operating_hours (restaurant_id, day_of_week, opens_at, closes_at)"
        " VALUES (%s, 4, '18:00', '23:00')",
        CLOSED_MONDAYS,
    )
    thursdays = {date for date in days if date.weekday() == 3}
    assert set(database.hours_of_days(CLOSED_MONDAYS, days)) == {*days} - thursdays
    demo.change("DELETE FROM restaurant_operating_hours WHERE opens_at = '18:00'")
    assert database.hours(CLOSED_MONDAYS, days[0]) == database.hours_of_days(CLOSED_MONDAYS, days[:1])[days[0]]
