"""What the real platform does today, and the conditions of tests: each as the table in docs/demo.md says."""

from __future__ import annotations

import datetime
import email.utils
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from demo.defects.unlisted import SWITCHES
from tests.support.demo import RunningDemo, coming
from tests.support.waiting import eventually

SwitchOn = Callable[..., None]


@pytest.fixture
def on(demo: RunningDemo) -> SwitchOn:
    """Switches these on, and all others off."""

    def switch_on(*names: str) -> None:
        demo.admin("PUT", "/defects", {"defects": list(names)}).raise_for_status()

    return switch_on


def next_sunday() -> datetime.date:
    today = datetime.datetime.now(datetime.UTC).date()
    return today + datetime.timedelta(days=14 - today.isoweekday() % 7)


def words_of_database(answer: Any) -> dict[str, Any]:
    """What the database said, which the platform passes on as JSON within its `error`."""
    assert answer.status_code == 500
    assert set(answer.json()) == {"error"}
    said: dict[str, Any] = json.loads(answer.json()["error"])
    return said


def booked(demo: RunningDemo, **changes: Any) -> dict[str, Any]:
    answer = demo.book(**changes)
    assert answer.status_code == 201
    booking: dict[str, Any] = answer.json()["booking"]
    return booking


def counted(demo: RunningDemo, booking_id: str) -> dict[str, Any]:
    (row,) = demo.rows(
        "SELECT status::text, "
        "(SELECT count(*) FROM booking_table_assignments WHERE booking_id = b.id) AS tables, "
        "(SELECT count(*) FROM allocations WHERE booking_id = b.id) AS allocations, "
        "(SELECT count(*) FROM booking_state_history WHERE booking_id = b.id) AS confirmations, "
        "(SELECT count(*) FROM capacity_outbox WHERE booking_id = b.id) AS passed_on, "
        "(SELECT count(*) FROM analytics_events WHERE booking_id = b.id) AS created "
        "FROM bookings b WHERE id = %s",
        booking_id,
    )
    return dict(row)


@pytest.mark.parametrize("name", [switch.name for switch in SWITCHES] + ["today"])
def test_an_ordinary_booking_is_taken_with_each(demo: RunningDemo, on: SwitchOn, name: str) -> None:
    on(name)
    assert demo.book().status_code == 201
    on()
    assert demo.admin("GET", "/flags").status_code == 200


CHANGE = {"startIso": "2030-01-01T12:00:00Z", "partySize": 1, "notes": "changed by a stranger"}


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (json.dumps(CHANGE), 500, "SESSION_RESOLUTION_FAILED"),
        (json.dumps({**CHANGE, "partySize": 13}), 400, "INVALID_PAYLOAD"),
        (json.dumps({**CHANGE, "startIso": "soon"}), 400, "INVALID_PAYLOAD"),
        ("{}", 400, "INVALID_PAYLOAD"),
        ("{", 400, "INVALID_JSON"),
    ],
)
def test_a_session_that_is_not_resolved_is_an_error_and_changes_nothing(
    demo: RunningDemo, on: SwitchOn, sent: str, status: int, code: str
) -> None:
    booking = booked(demo)
    path, before = f"/api/bookings/{booking['id']}", counted(demo, booking["id"])
    assert demo.http.put(path, content=sent).status_code == 401, "the promise"
    on("session-unresolved")
    answer = demo.http.put(path, content=sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert demo.http.put(path, json=demo.body()).status_code == 500, "the form of a whole booking"
    assert counted(demo, booking["id"]) == before
    assert demo.rows("SELECT notes FROM bookings WHERE id = %s", booking["id"]) == [{"notes": booking["notes"]}]


def test_the_restaurants_list_is_an_error_without_a_code(demo: RunningDemo, on: SwitchOn) -> None:
    path = f"/api/ops/bookings?restaurantId={booked(demo)['restaurant_id']}"
    assert demo.http.get(path).status_code == 401, "the promise"
    on("session-unresolved")
    answer = demo.http.get(path)
    assert (answer.status_code, answer.json()) == (500, {"error": "Unable to verify session"})


def test_the_confirmation_link_never_opens(demo: RunningDemo, on: SwitchOn) -> None:
    on("link-never-opens")
    token = demo.book().json()["confirmationToken"]
    answer = demo.http.get("/api/bookings/confirm", params={"token": token})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_TOKEN")
    on()
    assert demo.http.get("/api/bookings/confirm", params={"token": token}).status_code == 200


def test_a_known_phone_with_a_new_e_mail_shows_the_databases_words(demo: RunningDemo, on: SwitchOn) -> None:
    first = booked(demo)
    on("known-phone-is-an-error")
    new = {"email": "somebody.new@example.com", "phone": first["customer_phone"]}
    said = words_of_database(demo.book(**new))
    assert said["code"] == "23505"
    assert "unique constraint" in said["message"]
    digits = first["customer_phone"].removeprefix("+")
    assert (
        said["details"] == f"Key (restaurant_id, phone_normalized)=({first['restaurant_id']}, {digits}) already exists."
    )
    assert demo.rows("SELECT 1 FROM bookings WHERE customer_email = %s", new["email"]) == []
    assert demo.book(email=first["customer_email"], phone=first["customer_phone"]).status_code == 201
    assert demo.book(email=first["customer_email"], phone="+447700911111").status_code == 201


def test_a_guests_earlier_bookings_are_listed_with_the_phone_of_each(demo: RunningDemo, on: SwitchOn) -> None:
    first = booked(demo)
    again = {"email": first["customer_email"], "phone": "+447700922222"}
    assert len(demo.book(**again).json()["bookings"]) == 1, "without the switch only those of this very contact"
    on("earlier-bookings-listed")
    listed = demo.book(**{**again, "phone": "+447700933333"}).json()["bookings"]
    assert {item["customer_email"] for item in listed} == {first["customer_email"]}
    phones = {first["customer_phone"], "+447700922222", "+447700933333"}
    assert {item["customer_phone"] for item in listed} == phones
    kept = demo.rows("SELECT phone FROM customers WHERE id = %s", first["customer_id"])
    assert kept == [{"phone": "+447700933333"}]


def test_a_repeated_contact_gets_the_first_booking_back_without_its_allocations(
    demo: RunningDemo, on: SwitchOn
) -> None:
    guest = demo.body()
    first = booked(demo, **guest)
    on("repeated-contact-returns-first")
    answer = demo.http.post("/api/bookings", json=guest, headers={"Idempotency-Key": "another-key"})
    assert (answer.status_code, answer.json()["duplicate"]) == (201, False)
    assert answer.json()["booking"]["id"] == first["id"]
    assert answer.json()["booking"]["status"] == "confirmed"
    assert {item["status"] for item in answer.json()["bookings"]} == {"pending"}, "as it was in between"
    # As recorded on the platform: the table is the same, the allocation is gone, the rest is noted again.
    assert counted(demo, first["id"]) == {
        "status": "confirmed",
        "tables": 1,
        "allocations": 0,
        "confirmations": 2,
        "passed_on": 3,
        "created": 2,
    }


def test_a_cancelled_booking_comes_back_to_life_when_it_is_repeated(demo: RunningDemo, on: SwitchOn) -> None:
    guest = demo.body()
    first = booked(demo, **guest)
    demo.admin("POST", f"/bookings/{first['id']}/cancel").raise_for_status()
    on("repeated-contact-returns-first")
    assert booked(demo, **guest)["id"] == first["id"]
    assert counted(demo, first["id"])["status"] == "confirmed"


def test_one_key_at_once_makes_a_booking_for_each_request(demo: RunningDemo, on: SwitchOn) -> None:
    on("today")
    guest = demo.body()

    def post(_: int) -> Any:
        return demo.http.post("/api/bookings", json=guest, headers={"Idempotency-Key": "six-at-once"})

    waiting = "SELECT 1 FROM pg_locks WHERE relation = 'bookings'::regclass AND NOT granted"
    with ThreadPoolExecutor(6) as pool:
        with psycopg.connect(demo.said["database_url"]) as owner:  # each has looked for the key before any is stored
            owner.execute("LOCK TABLE bookings IN SHARE MODE")
            posted = pool.map(post, range(6))
            eventually(lambda: len(demo.rows(waiting)) == 6)
        answers = list(posted)
    assert [(answer.status_code, answer.json()["duplicate"]) for answer in answers] == [(201, False)] * 6
    assert demo.rows("SELECT count(*) FROM bookings WHERE idempotency_key = 'six-at-once'") == [{"count": 6}]


@pytest.mark.parametrize(
    ("wrong", "code", "shows"),
    [
        ({"phone": "+44770090" + "1" * 21}, "23514", "Failing row contains ("),
        ({"date": "2027-02-31"}, "22008", "date/time field value out of range"),
    ],
)
def test_errors_show_the_databases_text(
    demo: RunningDemo, on: SwitchOn, wrong: dict[str, str], code: str, shows: str
) -> None:
    assert demo.book(**wrong).status_code == 400, "the promise"
    on("today")
    guest = demo.body(**wrong)
    said = words_of_database(demo.http.post("/api/bookings", json=guest))
    assert said["code"] == code
    assert shows in f"{said['message']} {said['details']}"
    if "phone" in wrong:
        assert f"{guest['name']}, {guest['email']}, {guest['phone']}" in said["details"]
    on("long-phone-is-an-error", "impossible-date-is-an-error")
    plain = demo.book(**wrong)
    assert (plain.status_code, plain.json()) == (500, {"error": "Internal server error"})


def test_several_mistakes_at_once_are_refused_all_the_same(demo: RunningDemo, on: SwitchOn) -> None:
    on("today")
    assert demo.book(date="2027-02-31", phone="1" * 30).status_code == 400


def test_an_unknown_restaurant_id_is_an_error(demo: RunningDemo, on: SwitchOn) -> None:
    on("today")
    guest = demo.body(restaurantId="11111111-1111-4111-8111-111111111111")
    del guest["restaurantSlug"]
    answer = demo.http.post("/api/bookings", json=guest)
    assert (answer.status_code, answer.json()) == (500, {"error": "Restaurant not found"})


def test_sundays_are_stored_by_the_fallback_and_other_days_are_not(demo: RunningDemo, on: SwitchOn) -> None:
    on("sundays-by-fallback")
    sunday = next_sunday()
    stored = []
    for number in range(8):
        answer = demo.book(key=f"5d2a9f0e-0000-4000-8000-00000000000{number}", date=sunday.isoformat())
        stored += demo.rows("SELECT * FROM bookings WHERE id = %s", answer.json()["booking"]["id"])
    for row in stored:
        assert row["details"] == {"fallback": "missing_rpc_booking_record"}
        assert row["client_request_id"] == row["idempotency_key"]
        assert row["auto_assign_idempotency_key"].startswith(f"booking-{row['id']}-auto-assign-")
        assert counted(demo, str(row["id"]))["status"] == "confirmed"
    letters = "".join(row["reference"] for row in stored)
    assert set(letters) & set("01IO"), "80 letters of which a ninth is one of these"
    monday = booked(demo, date=(sunday + datetime.timedelta(days=1)).isoformat())
    assert monday["details"]["channel"] == "api.capacity_safe"
    assert not set(monday["reference"]) & set("01IO")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"time": "03:00"}, "OUTSIDE_HOURS"),
        ({"restaurantSlug": "demo-closed-days", "date": coming(1)}, "CLOSED_DATE"),
        ({"date": "2020-06-08"}, "PAST_TIME"),
    ],
)
def test_unified_refusals_are_issues(demo: RunningDemo, on: SwitchOn, asked: dict[str, str], code: str) -> None:
    plain = demo.book(**asked).json()
    on("unified-refusals")
    answer = demo.book(**asked)
    assert answer.status_code == 400
    assert answer.headers["x-booking-validation"] == "unified"
    (issue,) = answer.json()["issues"]
    assert not answer.json()["ok"]
    assert (issue["code"], issue["message"]) == (code, plain["error"])
    assert demo.book().headers["x-booking-validation"] == "unified"
    assert demo.book(party=0).json()["error"] == "Invalid payload", "what is malformed is refused as ever"


def test_every_seventh_booking_has_to_wait(demo: RunningDemo, on: SwitchOn) -> None:
    on("every-seventh-has-to-wait")
    answers = [demo.book() for _ in range(8)]
    (limited,) = [answer for answer in answers if answer.status_code != 201]
    assert limited.status_code == 429
    assert limited.headers["retry-after"] == "1"
    assert limited.json()["code"] == "RATE_LIMITED"


def test_the_platforms_clock_may_be_ahead_and_each_answer_says_so(demo: RunningDemo, on: SwitchOn) -> None:
    def ahead() -> datetime.timedelta:
        date = email.utils.parsedate_to_datetime(demo.http.get("/api/events").headers["date"])
        return date - datetime.datetime.now(datetime.UTC)

    moment = datetime.timedelta(seconds=5)
    tomorrow = (datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)).isoformat()
    assert abs(ahead()) < moment
    on("clock-ahead")
    assert abs(ahead() - datetime.timedelta(hours=72)) < moment
    assert demo.book(date=tomorrow).json()["code"] == "BOOKING_IN_PAST"
    demo.admin("PUT", "/clock", {"now": "2026-12-01T12:00:00+00:00"}).raise_for_status()
    assert demo.http.get("/api/events").headers["date"].startswith("Tue, 01 Dec 2026"), "a tester's clock is exact"
    demo.admin("POST", "/reset").raise_for_status()
    assert abs(ahead()) < moment


def test_the_answer_may_name_another_guests_booking(demo: RunningDemo, on: SwitchOn) -> None:
    on("foreign-booking-in-answer")
    guests = [demo.body(), demo.body()]
    named = [demo.http.post("/api/bookings", json=guest).json()["booking"] for guest in guests]
    assert named[0]["id"] == named[1]["id"]
    (row,) = demo.rows("SELECT customer_email, status::text FROM bookings WHERE id = %s", named[0]["id"])
    assert row == {"customer_email": "regular.guest@example.org", "status": "confirmed"}
    for guest in guests:
        assert len(demo.rows("SELECT 1 FROM bookings WHERE customer_email = %s", guest["email"])) == 1
