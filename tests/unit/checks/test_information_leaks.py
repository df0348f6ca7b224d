"""What comes from inside a platform is recognised in an answer, and what a guest may see is left alone."""

from __future__ import annotations

import httpx
import pytest

from bookingflow.checks.information_leaks import INSIDE, gives_away_nothing
from bookingflow.core.failures import Breach
from bookingflow.platform.api import BookingApi
from tests.support.fakes import FakeClock


def found_in(body: str, **headers: str) -> list[Breach]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    transport = httpx.MockTransport(lambda _: httpx.Response(500, headers=sent, text=body))
    api = BookingApi("http://platform.test", clock=FakeClock(), transport=transport)
    try:
        return gives_away_nothing(api.exchange("GET", "/", seconds=5))
    finally:
        api.close()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"debug": "postgresql://app:x@db:5432/app"}', "database_address_shown"),
        ('{"debug": "POSTGRES://app@db"}', "database_address_shown"),
        ("connection to host=10.0.0.1 port=5432 failed", "database_address_shown"),
        ("bad conninfo: dbname=bookings", "database_address_shown"),
        ('{"db_password": "hunter2"}', "password_shown"),
        ("PASSWD=hunter2", "password_shown"),
        ('{"password": nullable}', "password_shown"),
        ('{"password": "true"}', "password_shown"),
        ("password = hunter2", "password_shown"),
        ("SELECT b.id FROM bookings b JOIN customers c ON", "database_shown"),
        ('{\\"clientSecret\\": \\"abcdef\\"}', "password_shown"),
        ("apikey: abcdef", "password_shown"),
        ("SUPABASE_SERVICE_ROLE_KEY=abcdef", "password_shown"),
        ('{"private_key": "abcdef"}', "password_shown"),
        ("PEPPER=abcdef", "password_shown"),
        ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "password_shown"),
        ("sk_live_abc", "password_shown"),
        ("Traceback (most recent call last):", "program_shown"),
        ("at createBooking (/srv/app/bookings.ts:212:11)", "program_shown"),
        ("at com.shop.Booking(Booking.java:17)", "program_shown"),
        ('File "/srv/app/main.py", line 3', "program_shown"),
        ("java.lang.NullPointerException", "program_shown"),
        ("org.postgres.SomeError", "program_shown"),
        ("/app/node_modules/next/server.js", "program_shown"),
        ("/lib/site-packages/flask", "program_shown"),
        ("select * from bookings where", "database_shown"),
        ('SELECT \\"id\\" FROM \\"bookings\\" WHERE \\"id\\" = $1', "database_shown"),
        ("INSERT INTO bookings (id)", "database_shown"),
        ("UPDATE bookings SET status = 'confirmed'", "database_shown"),
        ('new row violates check constraint "x"', "database_shown"),
        ("SQLSTATE 23505", "database_shown"),
        ('relation \\"bookings\\" does not exist', "database_shown"),
        ('column "x" is ambiguous', "database_shown"),
        ("syntax error at or near WHERE", "database_shown"),
    ],
)
def test_what_comes_from_inside_is_found_and_not_quoted(body: str, code: str) -> None:
    found = [Breach(code, f"the answer shows {INSIDE[code].what}")]
    assert found_in(body) == found
    assert found_in("{}", x_debug=body.replace("\n", " ")) == found


@pytest.mark.parametrize(
    "body",
    [
        '{"error": "Selected time is outside operating hours.", "code": "OPERATING_HOURS_CLOSED"}',
        '{"notes": "Please update our table, we are at 12:30:00 and column 3 is fine"}',
        '{"confirmationToken": "qN3l0j7bq0kS4vYw2xR8tZ1mH5cD9fG6", "customer_email": "a@example.com"}',
        '{"notes": "A secret birthday, with pepper: no"}',
        '{"error": "Please select a time from the list where one is free."}',
        '{"error": "Please update your set menu, and insert into the form who comes (name, age)."}',
        '{"passwordRequired": false, "wifi_password":null,"secrets":[{"isSecret":true}]}',
        '{"notices": ["Salt & Pepper: steak night", "secret: garden menu", "WiFi password: ask us"]}',
        '{"slots": [{"periodName": "Select wines from Italy"}, {"periodName": "Select cheese"}], "join": "where"}',
    ],
)
def test_what_a_guest_may_see_is_left_alone(body: str) -> None:
    assert found_in(body) == []


TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOlsiYWJjIl19.c2lnbmF0dXJl"


def test_the_session_that_a_wall_gives_this_browser_is_left_alone() -> None:
    assert found_in("{}", set_cookie=f"CF_Authorization={TOKEN}; Path=/; Secure; HttpOnly") == []


@pytest.mark.parametrize(
    "cookie",
    [f"seen=key:{TOKEN}; Path=/", "service_role=abcdef; Path=/", f"a=b; Comment={TOKEN}", "db=postgres://a:b@c"],
)
def test_what_else_comes_from_inside_is_found_in_cookies_too(cookie: str) -> None:
    assert [breach.code for breach in found_in("{}", set_cookie=cookie)] != []


def test_an_answer_that_caches_may_keep_is_found() -> None:
    assert found_in("{}", cache_control="public, max-age=60") == [
        Breach("answer_cached", "the answer allows caches on its way to keep it (Cache-Control: public)")
    ]
    assert found_in("{}", cache_control="S-MaxAge=300, stale-while-revalidate=60") == [
        Breach("answer_cached", "the answer allows caches on its way to keep it (Cache-Control: S-MaxAge=300)")
    ]
    assert found_in("{}", cache_control="private, no-store, s-maxage=0") == []


def test_clues_are_in_small_letters() -> None:
    assert [clue for inside in INSIDE.values() for clue in inside.clues if clue != clue.lower()] == []
