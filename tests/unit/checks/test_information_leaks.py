"""What comes from inside a platform is recognised in an answer, and what a guest may see is left alone."""

from __future__ import annotations

import httpx
import pytest

from bookingflow.checks.information_leaks import INSIDE, gives_away_nothing
from bookingflow.platform.api import BookingApi
from tests.support.fakes import FakeClock


def told(body: str, **headers: str) -> list[str]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    transport = httpx.MockTransport(lambda _: httpx.Response(500, headers=sent, text=body))
    api = BookingApi("http://platform.test", clock=FakeClock(), transport=transport)
    try:
        return list(gives_away_nothing(api.exchange("GET", "/", seconds=5)))
    finally:
        api.close()


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ('{"debug": "postgresql://app:x@db:5432/app"}', "the address of a database"),
        ('{"debug": "POSTGRES://app@db"}', "the address of a database"),
        ("connection to host=10.0.0.1 port=5432 failed", "the address of a database"),
        ("bad conninfo: dbname=bookings", "the address of a database"),
        ('{"db_password": "hunter2"}', "a password or a key"),
        ("PASSWD=hunter2", "a password or a key"),
        ("password = hunter2", "a password or a key"),
        ("SELECT b.id FROM bookings b JOIN customers c ON", "the inside of the database"),
        ('{\\"clientSecret\\": \\"abcdef\\"}', "a password or a key"),
        ("apikey: abcdef", "a password or a key"),
        ("SUPABASE_SERVICE_ROLE_KEY=abcdef", "a password or a key"),
        ('{"private_key": "abcdef"}', "a password or a key"),
        ("PEPPER=abcdef", "a password or a key"),
        ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "a password or a key"),
        ("sk_live_abc", "a password or a key"),
        ("Traceback (most recent call last):", "the inside of a program"),
        ("at createBooking (/srv/app/bookings.ts:212:11)", "the inside of a program"),
        ("at com.shop.Booking(Booking.java:17)", "the inside of a program"),
        ('File "/srv/app/main.py", line 3', "the inside of a program"),
        ("java.lang.NullPointerException", "the inside of a program"),
        ("org.postgres.SomeError", "the inside of a program"),
        ("/app/node_modules/next/server.js", "the inside of a program"),
        ("/lib/site-packages/flask", "the inside of a program"),
        ("select * from bookings where", "the inside of the database"),
        ('SELECT \\"id\\" FROM \\"bookings\\" WHERE \\"id\\" = $1', "the inside of the database"),
        ("INSERT INTO bookings (id)", "the inside of the database"),
        ("UPDATE bookings SET status = 'confirmed'", "the inside of the database"),
        ('new row violates check constraint "x"', "the inside of the database"),
        ("SQLSTATE 23505", "the inside of the database"),
        ('relation \\"bookings\\" does not exist', "the inside of the database"),
        ('column "x" is ambiguous', "the inside of the database"),
        ("syntax error at or near WHERE", "the inside of the database"),
    ],
)
def test_what_comes_from_inside_is_told_without_being_quoted(body: str, what: str) -> None:
    assert told(body) == [f"the answer gives away {what}"]
    assert told("{}", x_debug=body.replace("\n", " ")) == [f"the answer gives away {what}"]


@pytest.mark.parametrize(
    "body",
    [
        '{"error": "Selected time is outside operating hours.", "code": "OPERATING_HOURS_CLOSED"}',
        '{"notes": "Please update our table, we are at 12:30:00 and column 3 is fine"}',
        '{"confirmationToken": "qN3l0j7bq0kS", "idempotencyKey": "0c3c5c5e", "customer_email": "a@example.com"}',
        '{"notes": "A secret birthday, with pepper: no"}',
        '{"error": "Please select a time from the list where one is free."}',
        '{"error": "Please update your set menu, and insert into the form who comes (name, age)."}',
        '{"notices": ["Salt & Pepper: steak night", "secret: garden menu", "WiFi password: ask us"]}',
        '{"slots": [{"periodName": "Select wines from Italy"}, {"periodName": "Select cheese"}], "join": "where"}',
    ],
)
def test_what_a_guest_may_see_is_left_alone(body: str) -> None:
    assert told(body) == []


def test_an_answer_that_caches_may_keep_is_told() -> None:
    assert told("{}", cache_control="public, max-age=60") == [
        "the answer may be kept by caches on its way, for others to read"
    ]
    assert told("{}", cache_control="private, no-store") == []


def test_clues_are_in_small_letters() -> None:
    assert [clue for inside in INSIDE.values() for clue in inside.clues if clue != clue.lower()] == []
