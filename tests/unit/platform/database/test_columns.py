"""Tables and columns are found in the statements themselves."""

from __future__ import annotations

from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database.access import NEEDED
from bookingflow.platform.database.columns import columns_read
from tests.support.fakes import FakeClock


def test_columns_are_found_by_their_aliases() -> None:
    statement = """
    SELECT a.id, upper(a."window"), 'x.y' AS text, to_jsonb(c) FROM allocations a
      JOIN customers c ON c.id = a.customer_id WHERE a.note = %(note)s AND z.unknown IS NULL"""
    assert columns_read([statement]) == {
        "allocations": {"id", "window", "customer_id", "note"},
        "customers": {"id", "*"},
    }


def test_what_several_statements_read_is_joined() -> None:
    found = columns_read(["SELECT b.id FROM bookings b", "SELECT o.* FROM bookings o WHERE o.status = 'x'"])
    assert found == {"bookings": {"id", "*", "status"}}


def test_the_suites_own_statements_read_what_is_needed_and_nothing_of_the_catalogue() -> None:
    read = BookingDatabase("postgresql://x@y/z", clock=FakeClock()).columns_read()
    assert set(NEEDED) < set(read)
    assert {"status", "idempotency_key", "auto_assign_last_result"} < read["bookings"]
    assert not [table for table in read if table.startswith("pg_")]
