"""The demo platform from outside: its answers, and the rows it leaves."""

from __future__ import annotations

import datetime
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.demo import RunningDemo, coming, next_year
from tests.support.waiting import eventually


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
    of_booking = "FROM observability_events WHERE booking_id = %s"
    over = f"SELECT 1 {of_booking} AND event_type = 'auto_assign.summary'"
    eventually(lambda: demo.rows(over, booking["id"]))
    kinds = demo.rows(f"SELECT event_type {of_booking} ORDER BY created_at", booking["id"])
    assert [row["event_type"] for row in kinds] == [
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

    def send(_: int) -> Any:
        return demo.http.post("/api/bookings", json=body, headers={"Idempotency-Key": key})

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["booking"]["id"] for answer in answers}) == 1
    assert demo.rows("SELECT count(*) AS n FROM bookings WHERE idempotency_key = %s", key)[0]["n"] == 1


def test_many_guests_at_once_never_share_a_table(demo: RunningDemo) -> None:
    day = demo.day()
    bodies = [demo.body(date=day, party=3) for _ in range(20)]
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


def early_in_a_minute(demo: RunningDemo) -> None:
    """Requests are counted by the minute: those that follow fall into one."""
    demo.admin("PUT", "/clock", {"now": f"{coming(1)}T12:00:05+00:00"}).raise_for_status()


def test_the_61st_booking_of_a_minute_is_refused_by_address_and_stores_nothing(demo: RunningDemo) -> None:
    early_in_a_minute(demo)
    past = demo.body(date="2020-01-01")
    send = {"X-Forwarded-For": "192.0.2.1, 198.51.100.7"}
    statuses = [demo.http.post("/api/bookings", json=past, headers=send).status_code for _ in range(61)]
    assert statuses == [422] * 60 + [429]
    before = demo.rows("SELECT count(*) AS n FROM bookings")
    limited = demo.http.post("/api/bookings", json=demo.body(), headers=send)
    assert limited.json()["code"] == "RATE_LIMITED"
    assert 1 <= int(limited.headers["retry-after"]) <= 60
    assert limited.headers["x-ratelimit-limit"] == "60"
    assert demo.rows("SELECT count(*) AS n FROM bookings") == before
    assert demo.http.post("/api/bookings", json={**past, "party": 0}, headers=send).status_code == 400
    other = {"X-Forwarded-For": "192.0.2.2"}
    assert demo.http.post("/api/bookings", json=past, headers=other).status_code == 422


def test_a_contact_sees_its_own_bookings_only_with_both_halves(demo: RunningDemo) -> None:
    body = demo.body()
    made = demo.http.post("/api/bookings", json=body).json()["booking"]
    early_in_a_minute(demo)
    found = demo.http.get("/api/bookings", params={"email": body["email"].upper(), "phone": body["phone"]})
    assert [booking["id"] for booking in found.json()["bookings"]] == [made["id"]]
    wrong = demo.http.get("/api/bookings", params={"email": body["email"], "phone": "+447700999999"})
    assert wrong.json() == {"bookings": []}
    missing = demo.http.get("/api/bookings", params={"email": body["email"]})
    assert missing.json()["details"]["fieldErrors"] == {"phone": ["Invalid input: expected string, received null"]}
    statuses = [
        demo.http.get("/api/bookings", params={"email": body["email"], "phone": body["phone"]}).status_code
        for _ in range(25)
    ]
    assert 429 in statuses


def test_without_a_session_nothing_of_a_booking_is_shown(demo: RunningDemo) -> None:
    booking = demo.book().json()["booking"]
    path = f"/api/bookings/{booking['id']}"
    answers = {method: demo.http.request(method, path).status_code for method in ("GET", "PUT", "DELETE", "PATCH")}
    assert answers == {"GET": 401, "PUT": 401, "DELETE": 401, "PATCH": 405}
    assert demo.http.get(f"{path}/history").status_code == 401
    assert demo.http.get("/api/bookings", params={"me": "1"}).status_code == 401
    assert demo.rows("SELECT status::text FROM bookings WHERE id = %s", booking["id"]) == [{"status": "confirmed"}]


def test_a_confirmation_link_works_once(demo: RunningDemo) -> None:
    token = demo.book().json()["confirmationToken"]
    answers = [demo.http.get("/api/bookings/confirm", params={"token": token}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 410]
    assert demo.http.get("/api/bookings/confirm", params={"token": "zzz"}).json()["code"] == "INVALID_TOKEN"


@pytest.mark.parametrize(
    ("slug", "weekday", "opens"),
    [
        ("demo-closed-days", 1, None),
        ("demo-closed-days", 3, "12:00"),
        ("demo-restaurant", 7, "12:00"),
    ],
    ids=["a Monday it is closed", "a Wednesday", "an open Sunday"],
)
def test_a_day_is_open_or_closed_for_schedule_and_booking_alike(
    demo: RunningDemo, slug: str, weekday: int, opens: str | None
) -> None:
    date = coming(weekday)
    day = demo.http.get(f"/api/restaurants/{slug}/schedule", params={"date": date}).json()
    assert day["window"]["opensAt"] == opens
    assert day["isClosed"] == (opens is None) == (not day["slots"])
    answer = demo.book(restaurantSlug=slug, date=date)
    assert answer.status_code == (400 if opens is None else 201)
    if opens is None:
        assert answer.json()["details"]["reason"] == "CLOSED"


def test_a_day_may_last_until_midnight(demo: RunningDemo) -> None:
    date = demo.day()
    hours = {"opens_at": "12:00", "closes_at": "22:00"}
    demo.admin("PUT", f"/restaurants/demo-restaurant/dates/{date}", hours).raise_for_status()
    demo.change("UPDATE restaurant_operating_hours SET closes_at = '24:00' WHERE effective_date = %s", date)
    day = demo.http.get("/api/restaurants/demo-restaurant/schedule", params={"date": date})
    assert day.json()["slots"][-1]["value"] == "21:45"
    assert demo.book(date=date, time="21:45").status_code == 201
    assert demo.book(date=date, time="22:15").json()["details"]["reason"] == "OUTSIDE_WINDOW"


def test_a_weekday_without_hours_is_shown_as_closed(demo: RunningDemo) -> None:
    with psycopg.connect(demo.said["database_url"]) as owner:
        owner.execute(
            "INSERT INTO restaurants (name, slug) VALUES ('Two Days', 'two-days');"
            "INSERT INTO restaurant_operating_hours (restaurant_id, day_of_week, opens_at, closes_at)"
            " SELECT id, day, '12:00', '22:00' FROM restaurants, (VALUES (2), (5)) AS d (day) WHERE slug = 'two-days'"
        )
    path, period = "/api/restaurants/two-days/calendar-mask", {"from": "2027-05-01", "to": "2027-05-31"}
    assert demo.http.get(path, params=period).json()["closedDaysOfWeek"] == [0, 1, 3, 4, 6]
    with psycopg.connect(demo.said["database_url"]) as owner:
        owner.execute("DELETE FROM restaurants WHERE slug = 'two-days'")


def test_closed_days_and_covers_are_shown(demo: RunningDemo) -> None:
    thursday, date = coming(4), demo.day()
    demo.admin("PUT", f"/restaurants/demo-closed-days/dates/{thursday}", {"is_closed": True}).raise_for_status()
    path, period = "/api/restaurants/demo-closed-days/calendar-mask", {"from": coming(1), "to": coming(7)}
    mask = demo.http.get(path, params=period).json()
    assert (mask["closedDaysOfWeek"], mask["closedDates"]) == ([1, 2], [thursday])
    assert demo.http.get(path, params={"from": thursday}).status_code == 400
    asked = {"date": date, "time": "19:00", "partySize": "4"}
    before = demo.http.get("/api/availability", params=asked)
    assert (before.json()["available"], before.headers["x-available"]) == (True, "true")
    demo.book(date=date)
    after = demo.http.get("/api/availability", params=asked).json()["metadata"]
    assert after["bookedCovers"] == before.json()["metadata"]["bookedCovers"] + 4
    assert demo.http.get("/api/availability", params={"date": "x"}).status_code == 400


def test_two_hundred_guests_at_once_and_one_gets_the_last_table(demo: RunningDemo) -> None:
    demo.admin("PUT", "/flags", {"merges": False, "rate_limit": False}).raise_for_status()
    slot: dict[str, Any] = {"restaurantSlug": "demo-large-tables", "date": demo.day(), "party": 9}
    bodies = [demo.body(**slot) for _ in range(200)]
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda body: demo.http.post("/api/bookings", json=body, timeout=60), bodies))
    assert {answer.status_code for answer in answers} == {201}
    assert [answer.json()["booking"]["status"] for answer in answers].count("confirmed") == 1


def test_a_date_of_its_own_wins_over_its_weekday_until_reset(demo: RunningDemo) -> None:
    date = demo.day()
    hours = {"opens_at": "18:00", "closes_at": "23:00"}
    demo.admin("PUT", f"/restaurants/demo-restaurant/dates/{date}", hours).raise_for_status()
    assert demo.book(date=date, time="17:00").json()["details"]["firstAvailableSlot"] == "18:00"
    assert demo.book(date=date, time="21:00").status_code == 201
    demo.admin("POST", "/reset").raise_for_status()
    assert demo.book(date=date, time="17:00").status_code == 201


def test_reset_leaves_restaurants_alone_that_somebody_put_into_the_demo(demo: RunningDemo) -> None:
    add = "INSERT INTO restaurants (name, slug) VALUES ('Late', 'late-house') RETURNING id"
    hours = "SELECT opens_at::text, closes_at::text FROM restaurant_operating_hours WHERE restaurant_id = %s"
    (house,) = demo.rows(add)
    try:
        demo.change(
            "INSERT INTO restaurant_operating_hours (restaurant_id, day_of_week, opens_at, closes_at) "
            "VALUES (%s, 2, '18:00', '24:00')",
            house["id"],
        )
        for slug in ("demo-restaurant", "late-house"):
            path = f"/restaurants/{slug}/dates/2027-04-06"
            demo.admin("PUT", path, {"is_closed": True}).raise_for_status()
        demo.admin("POST", "/reset").raise_for_status()
        assert demo.rows(hours, house["id"]) == [{"opens_at": "18:00:00", "closes_at": "24:00:00"}]
    finally:
        demo.change("DELETE FROM restaurants WHERE id = %s", house["id"])


@pytest.mark.parametrize(
    ("slug", "sunday", "days", "behind_utc"),
    [
        ("demo-restaurant", -1, 0, -1),
        ("demo-restaurant", -1, -1, 0),
        ("demo-overseas", 1, 0, 4),
        ("demo-overseas", 1, -1, 5),
    ],
    ids=["London goes forward", "the day before", "New York goes forward", "the day before that"],
)
def test_the_wall_clock_of_the_restaurant_counts(
    demo: RunningDemo, slug: str, sunday: int, days: int, behind_utc: int
) -> None:
    """In March clocks go forward on the last Sunday in London, and on the second one in New York."""
    march = [datetime.datetime(next_year(), 3, number, 19, tzinfo=datetime.UTC) for number in range(1, 32)]
    evening = [day for day in march if day.isoweekday() == 7][sunday] + datetime.timedelta(days=days)
    booking = demo.book(restaurantSlug=slug, date=f"{evening:%Y-%m-%d}", time="19:00", party=2).json()["booking"]
    assert booking["start_at"] == (evening + datetime.timedelta(hours=behind_utc)).isoformat()


@pytest.mark.parametrize("limit_ms", [0, 100])
def test_an_inline_attempt_over_its_limit_is_given_up_and_commits_late(demo: RunningDemo, limit_ms: int) -> None:
    demo.admin("PUT", "/flags", {"inline_timeout_ms": limit_ms, "assignment_delay_ms": 400}).raise_for_status()
    booking = demo.book().json()["booking"]
    assert booking["status"] == "pending"
    assert booking["auto_assign_last_result"]["reason"] == "INLINE_TIMEOUT"
    late = "SELECT auto_assign_last_result ->> 'reason' AS reason FROM bookings WHERE id = %s AND status = 'confirmed'"
    assert eventually(lambda: demo.rows(late, booking["id"])) == [{"reason": "INLINE_TIMEOUT"}]
    assert counts(demo, booking["id"])["booking_table_assignments"] == 1


def test_the_platforms_job_retries_and_confirms_when_a_table_becomes_free(demo: RunningDemo) -> None:
    demo.admin("PUT", "/flags", {"job_max_retries": 3, "job_retry_delays_ms": [300]}).raise_for_status()
    slot: dict[str, Any] = {"restaurantSlug": "demo-large-tables", "date": demo.day(), "party": 10}
    demo.admin("PUT", "/flags", {"merges": False}).raise_for_status()
    first, second = (demo.book(**slot).json()["booking"] for _ in range(2))
    assert (first["status"], second["status"]) == ("confirmed", "pending")
    demo.admin("POST", f"/bookings/{first['id']}/cancel").raise_for_status()
    summary = (
        "SELECT context ->> 'result' AS result FROM observability_events "
        "WHERE booking_id = %s AND event_type = 'auto_assign.summary'"
    )
    assert eventually(lambda: demo.rows(summary, second["id"])) == [{"result": "succeeded"}]


def test_the_job_gives_up_when_the_guest_is_about_to_arrive(demo: RunningDemo) -> None:
    evening = f"{next_year()}-09-02"
    demo.admin("PUT", "/clock", {"now": f"{evening}T17:55:00+00:00"}).raise_for_status()
    demo.admin("PUT", "/flags", {"job_max_retries": 3, "job_retry_delays_ms": [10]}).raise_for_status()
    booking = demo.book(date=evening, time="19:00", party=60).json()["booking"]
    summary = (
        "SELECT context ->> 'result' AS result, context ->> 'attemptsUsed' AS used FROM observability_events "
        "WHERE booking_id = %s AND event_type = 'auto_assign.summary'"
    )
    assert eventually(lambda: demo.rows(summary, booking["id"])) == [{"result": "cutoff", "used": "1"}]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 12), st.sampled_from(["18:00", "18:30", "19:15"])), max_size=14)
)
def test_any_sequence_of_bookings_and_cancellations_keeps_the_house_in_order(
    demo: RunningDemo, steps: list[tuple[bool, int, str]]
) -> None:
    demo.admin("PUT", "/flags", {"rate_limit": False}).raise_for_status()
    day = demo.day()
    made: list[str] = []
    all_made: list[str] = []  # other tests leave bookings that are out of order
    for cancels, party, at in steps:
        if cancels and made:
            demo.admin("POST", f"/bookings/{made.pop(0)}/cancel").raise_for_status()
        else:
            answer = demo.book(restaurantSlug="demo-large-tables", date=day, time=at, party=party)
            assert answer.status_code == 201
            made.append(answer.json()["booking"]["id"])
            all_made.append(made[-1])
    assert (
        demo.rows(
            "SELECT 1 FROM booking_table_assignments a JOIN booking_table_assignments b ON a.table_id = b.table_id "
            "AND a.id <> b.id AND a.assignment_window && b.assignment_window WHERE a.booking_id = ANY(%s::uuid[])",
            all_made,
        )
        == []
    )
    assert (
        demo.rows(
            "SELECT b.id FROM bookings b WHERE b.status = 'confirmed' AND b.id = ANY(%s::uuid[]) AND b.party_size > "
            "(SELECT coalesce(sum(i.capacity), 0) FROM booking_table_assignments a "
            " JOIN table_inventory i ON i.id = a.table_id WHERE a.booking_id = b.id)",
            all_made,
        )
        == []
    )
    assert (
        demo.rows(
            "SELECT 1 FROM bookings b JOIN allocations l ON l.booking_id = b.id "
            "WHERE b.status = 'cancelled' AND b.id = ANY(%s::uuid[])",
            all_made,
        )
        == []
    )


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
