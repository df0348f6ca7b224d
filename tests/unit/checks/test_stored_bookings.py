"""Comparing rows and answers with what was promised: each breach is told, and what is kept is not."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bookingflow.checks import api_answers, stored_bookings
from bookingflow.checks.opening_hours import is_offered, offered_as_open, served_as_told, shown_as_closed
from bookingflow.checks.refusals import REFUSALS, refused_as_agreed
from bookingflow.platform.api import BookingApi
from bookingflow.platform.api_models import Exchange, HttpMetrics, Refusal, Refused, Schedule
from bookingflow.platform.database_models import (
    Holdings,
    Hours,
    RelatedRecords,
    Restaurant,
    ServicePeriod,
    StatusChange,
)
from tests.support.fakes import RESTAURANT_ID, FakeClock, row, table
from tests.support.stage import REQUEST as STAGE_REQUEST

PLACE = Restaurant(RESTAURANT_ID, "demo-restaurant", "Demo Restaurant", "Europe/London")
START = datetime.datetime(2026, 11, 24, 19, tzinfo=datetime.UTC)
TABLE = replace(table(), start_at=START, end_at=START + datetime.timedelta(minutes=80), restaurant_id=RESTAURANT_ID)
KEPT = row("confirmed", TABLE, start_at=START, end_at=START + datetime.timedelta(hours=2))
REQUEST = STAGE_REQUEST.model_copy(update={"email": "Acceptance@example.com"})


def test_a_booking_as_it_was_asked_for_breaks_nothing() -> None:
    assert stored_bookings.stored_as_asked(KEPT, REQUEST, PLACE) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"restaurant_id": "another"}, "booked at another restaurant than Demo Restaurant"),
        ({"party_size": 3}, "party is stored as 3 instead of 4"),
        ({"customer_email": "else@example.com"}, "another e-mail"),
        ({"customer_phone": "0000000"}, "another phone number"),
        ({"notes": "Mixed up"}, "notes are stored as Mixed up instead of nothing"),
        ({"marketing_opt_in": True}, "marketing choice is stored as yes instead of no"),
        ({"booking_type": "lunch"}, "occasion is stored as lunch"),
        ({"date": datetime.date(2026, 11, 25)}, "day is stored as"),
        ({"end_time": datetime.time(20)}, "end is stored as 20:00 instead of 21:00"),
        ({"start_at": START + datetime.timedelta(hours=1)}, "start at the restaurant is stored as"),
        ({"reference": "hmnjrnjdgy"}, "is not ten capital letters and digits"),
    ],
)
def test_what_is_stored_otherwise_is_told(changed: dict[str, Any], told: str) -> None:
    found = stored_bookings.stored_as_asked(replace(KEPT, **changed), REQUEST, PLACE)
    assert [breach for breach in found if told in breach], found


def test_a_long_text_is_quoted_where_it_differs() -> None:
    long = "A long wish, told at length. " * 10
    (told,) = stored_bookings.wishes_kept(replace(KEPT, notes=long.strip()), REQUEST.model_copy(update={"notes": long}))
    kept, given = told.removeprefix("the notes are stored as ").split(" instead of ")
    assert kept != given


@pytest.mark.parametrize(
    ("customer", "told"),
    [
        ({"restaurant_id": RESTAURANT_ID, "email": "acceptance@example.com", "phone": "07"}, "another phone number"),
        ({"restaurant_id": RESTAURANT_ID, "email": "x@example.com", "phone": "+44 7700 900000"}, ""),
        ({"restaurant_id": RESTAURANT_ID, "email": "x@example.com", "phone": "07"}, "another customer"),
        ({"restaurant_id": "another", "email": "acceptance@example.com", "phone": "07"}, "another customer"),
        ({}, "another customer"),
        (
            {
                "restaurant_id": RESTAURANT_ID,
                "email": "acceptance@example.com",
                "phone": "+447700900000",
                "full_name": "Acceptance Guest 1",
                "marketing_opt_in": True,
            },
            "another marketing choice",
        ),
    ],
)
def test_a_booking_belongs_to_its_own_guest(customer: dict[str, Any], told: str) -> None:
    found = stored_bookings.customer_kept(customer, KEPT, REQUEST)
    assert told in " ".join(found)
    assert bool(found) == bool(told)


def test_a_guest_known_by_the_e_mail_may_be_kept_under_the_phone_number_of_before() -> None:
    before = {"restaurant_id": RESTAURANT_ID, "email": "acceptance@example.com", "phone": "07"}
    assert stored_bookings.customer_kept(before, KEPT, REQUEST, known=True) == []


WORDS = {
    **dict.fromkeys(["Acceptance Guest 1", "Acceptance Guest 2", 'Zoë "Z" B'], "name"),
    "two@example.com": "e-mail",
    "+447700900002": "phone number",
}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (json.dumps({"booking": {"customer_name": REQUEST.name, "notes": None}, "bookings": []}), []),
        ('{"near": {"guests": ["Acceptance Guest 2"]}}', ["the answer tells another guest's name"]),
        ('{"Acceptance Guest 2": true}', ["the answer tells another guest's name"]),
        ('{"guest": "Zo\\u00eb \\"Z\\" B", "n": 1}', ["the answer tells another guest's name"]),
        ('{"phone": "+447700900002"}', ["the answer tells another guest's phone number"]),
        ('{"error": "known: Two@Example.com, \\ud800"}', ["the answer tells another guest's e-mail"]),
        ('<p title="Acceptance Guest 2">two@example.com</p>', ["the answer tells another guest's e-mail", "... name"]),
        ("no object", []),
    ],
)
def test_what_another_guest_told_is_recognised_wherever_it_stands(text: str, told: list[str]) -> None:
    whole = [part.replace("...", "the answer tells another guest's") for part in told]
    assert api_answers.tells_of_others(text, REQUEST, WORDS) == whole


def test_a_booking_in_an_account_is_told_and_reservations_of_another_restaurant() -> None:
    own = {"restaurant_id": RESTAURANT_ID, "email": REQUEST.email, "phone": REQUEST.phone, "account": None}
    assert stored_bookings.customer_kept(own, KEPT, REQUEST) == []
    (told,) = stored_bookings.customer_kept({**own, "account": "b70decfe-8ad3-487e-bdbb-43aa7bd016ca"}, KEPT, REQUEST)
    assert "handed to somebody's account" in told
    assert stored_bookings.customer_kept({**own, "arrived": "2026-11-24T19:05:00+00:00"}, KEPT, REQUEST) == [
        "its guest is noted as having come already"
    ]
    (told,) = stored_bookings.nothing_left_held(Holdings(restaurants=frozenset({"another"})), KEPT, "Europe/London")
    assert "another restaurant than its own" in told


@pytest.mark.parametrize(("token", "told"), [("x" * 43, 0), (None, 0), ("short", 1)])
def test_a_pass_that_can_be_guessed_is_told(token: str | None, told: int) -> None:
    assert len(api_answers.pass_hard_to_guess(answer(body={"confirmationToken": token}))) == told


def test_tables_of_another_house_or_out_of_service_are_told() -> None:
    assert stored_bookings.tables_of_the_house(KEPT) == []
    foreign = replace(KEPT, tables=(replace(TABLE, restaurant_id="another"),))
    assert stored_bookings.tables_of_the_house(foreign) == ["table T05 stands in another restaurant"]
    stored_away = replace(KEPT, tables=(replace(TABLE, in_service=False),))
    assert stored_bookings.tables_of_the_house(stored_away) == ["table T05 is out of service"]


WINDOW = (START, START + datetime.timedelta(minutes=80))
JOINED = replace(KEPT, tables=(replace(TABLE, merge_group_id="group"),))


@pytest.mark.parametrize(
    ("held", "booking", "told"),
    [
        (Holdings(), KEPT, ""),
        (Holdings(0, {"id-T05": (WINDOW,)}, frozenset()), KEPT, ""),
        (Holdings(0, {"id-T05": (WINDOW,)}, frozenset({"group"})), JOINED, ""),
        (Holdings(2), KEPT, "2 tables still on hold"),
        (Holdings(0, {}, frozenset()), KEPT, "0 too many, 1 missing"),
        (Holdings(0, {"id-T05": (WINDOW,), "t2": (WINDOW,)}, frozenset()), KEPT, "1 too many, 0 missing"),
        (Holdings(0, {"id-T05": ((START, START),)}, frozenset()), KEPT, "held 19:00–20:20 and reserved 19:00–19:00"),
        (Holdings(0, {"id-T05": (WINDOW, WINDOW)}, frozenset()), KEPT, "reserved 19:00–20:20 and 19:00–20:20"),
        (Holdings(0, {"id-T05": (WINDOW,)}, frozenset({"other"})), JOINED, "group that its tables are joined to"),
    ],
)
def test_reservations_are_those_of_its_tables(held: Holdings, booking: Any, told: str) -> None:
    found = stored_bookings.nothing_left_held(held, booking, "Europe/London")
    assert told in " ".join(found)
    assert bool(found) == bool(told)


def change(was: str | None, became: str) -> StatusChange:
    return StatusChange(was, became, START, None)


CONFIRMATION = change("pending", "confirmed")
GOOD = RelatedRecords((CONFIRMATION,), {"capacity.assignment.sync": 1, "capacity.hold.confirmed": 1}, 1)


@pytest.mark.parametrize(
    ("books", "told"),
    [
        (GOOD, ""),
        (RelatedRecords((change(None, "pending"), CONFIRMATION)), ""),
        (RelatedRecords(), ""),
        (replace(GOOD, history=()), "tells of no confirmation instead of one"),
        (replace(GOOD, history=(change("cancelled", "confirmed"),)), "says that it was cancelled before"),
        (replace(GOOD, history=(CONFIRMATION, change("confirmed", "cancelled"))), "its history ends with cancelled"),
        (replace(GOOD, passed_on={}), "was never passed on to other systems"),
        (replace(GOOD, ledger=2), "given to it 2 times"),
    ],
)
def test_a_confirmation_is_noted_once(books: RelatedRecords, told: str) -> None:
    found = stored_bookings.confirmed_once(books, KEPT)
    assert told in " ".join(found)
    assert bool(found) == bool(told)


def shown(**changes: Any) -> dict[str, Any]:
    """The row as an answer shows it, with these differences."""
    facts = {
        name: value.isoformat() if isinstance(value, datetime.datetime) else value
        for name, value in api_answers.stored_facts(KEPT).items()
    }
    return facts | changes


def test_an_answer_that_tells_what_is_stored_breaks_nothing() -> None:
    elsewhere = KEPT.start_at.astimezone(datetime.timezone(datetime.timedelta(hours=2)))  # type: ignore[union-attr]
    body = {"booking": shown(start_at=elsewhere.isoformat()), "bookings": [shown(status="pending")], "new": 1}
    assert api_answers.answered_as_stored(body, KEPT) == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "another party size"),
        ({"booking": shown(notes="else")}, "the answer tells another notes"),
        ({"booking": shown(start_at="2026-11-24T19:00:00+02:00")}, "another start at"),
        ({"booking": shown(), "idempotencyKey": "other"}, "names another request"),
        ({"booking": shown(), "bookings": [shown(party_size=99)]}, "the answer's list tells another party size"),
        ({"booking": shown(status="pending")}, "another status"),
    ],
)
def test_an_answer_that_tells_something_else_is_told(body: dict[str, Any], told: str) -> None:
    assert told in " ".join(api_answers.answered_as_stored(body, KEPT))


def answer(*cookies: str, body: Mapping[str, Any] | None = None, **headers: str) -> Exchange:
    sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
    sent += [("set-cookie", cookie) for cookie in cookies]
    transport = httpx.MockTransport(lambda _: httpx.Response(201, headers=sent, json=body or {}))
    api = BookingApi("http://platform.test", clock=FakeClock(), transport=transport)
    try:
        return api.exchange("GET", "/", seconds=5)
    finally:
        api.close()


@pytest.mark.parametrize(
    ("cookies", "missing"),
    [
        (["sr_confirm=x; Expires=Sun, 22 Nov 2026 09:16:31 GMT; Secure; HttpOnly; SameSite=lax"], []),
        (["a=1; Path=/", "sr_confirm=x; Secure; HttpOnly; SameSite=lax", "b=2; Path=/"], []),
        (["sr_confirm=x; Secure; SameSite=lax", "b=2; HttpOnly"], ["HttpOnly"]),
        (["sr_confirm=x"], ["HttpOnly", "Secure", "SameSite"]),
        (["theme=dark"], []),
    ],
)
def test_the_pass_in_the_browser_is_kept_safe(cookies: list[str], missing: list[str]) -> None:
    found = api_answers.pass_kept_safe(answer(*cookies))
    assert [breach.rsplit(" ", 1)[1] for breach in found] == missing


def test_an_answer_says_that_it_is_json() -> None:
    assert api_answers.marked_as_json(answer()) == []
    assert api_answers.marked_as_json(answer(content_type="text/html"))


HOURS = Hours(datetime.time(12), datetime.time(22), 15, 120)
DAY = datetime.date(2026, 11, 24)


def schedule(times: list[str], **changes: Any) -> Schedule:
    base = {
        "restaurantId": RESTAURANT_ID,
        "date": DAY,
        "timezone": "Europe/London",
        "intervalMinutes": 15,
        "isClosed": not times,
        "slots": [{"value": time, "bookingOption": "dinner"} for time in times],
    }
    return Schedule.model_validate(base | changes)


OFFERED = [f"{hour}:{minute:02}" for hour in range(12, 20) for minute in (0, 15, 30, 45)] + ["20:00"]


def test_a_time_that_is_shown_twice_is_told() -> None:
    place = Restaurant(RESTAURANT_ID, "demo", "Demo", "Europe/London")
    twice = schedule([*OFFERED, "12:00"])
    assert offered_as_open(twice, HOURS, place, DAY, {}) == [
        *offered_as_open(schedule(OFFERED), HOURS, place, DAY, {}),
        "12:00 is shown more than once",
    ]


def serves(occasion: str, since: int, until: int, weekday: int | None = None) -> ServicePeriod:
    return ServicePeriod(weekday, datetime.time(since), datetime.time(until), occasion)


TUESDAY = 2
"""DAY's weekday, counted from Sunday."""


@pytest.mark.parametrize(
    ("periods", "told"),
    [
        ([serves("dinner", 12, 22)], []),
        (
            [serves("dinner", 12, 19)],
            ["19:15, 19:30, 19:45 and 1 more are offered for dinner, and the restaurant serves drinks then"],
        ),
        ([serves("dinner", 12, 20)], []),
        (
            [serves("lunch", 12, 13), serves("dinner", 12, 22)],
            ["12:00, 12:15, 12:30 and 1 more are offered for dinner, and the restaurant serves lunch then"],
        ),
        ([serves("lunch", 12, 22), serves("dinner", 12, 22, TUESDAY)], []),
        ([serves("lunch", 12, 22, TUESDAY + 1), serves("dinner", 12, 22)], []),
        ([serves("drinks", 12, 22), serves("dinner", 12, 22)], []),
        ([serves("lunch", 12, 22), serves("dinner", 12, 22)], []),
    ],
    ids=["all day", "ends", "ends at", "shorter wins", "weekday wins", "other weekday", "no drinks", "two alike"],
)
def test_times_are_offered_for_what_is_served_then(periods: list[ServicePeriod], told: list[str]) -> None:
    assert served_as_told(schedule(OFFERED), periods, DAY) == told


@pytest.mark.parametrize(
    ("day", "hours", "told"),
    [
        (schedule(OFFERED), HOURS, ""),
        (schedule([]), Hours(None, None, 15, 120), ""),
        (schedule(OFFERED), Hours(None, None, 15, 120), "it is closed that day, and guests are shown that it is open"),
        (schedule([]), HOURS, "it is open that day, and guests are shown that it is closed"),
        (schedule(OFFERED[1:]), HOURS, "12:00 is not offered"),
        (schedule(OFFERED[::2]), HOURS, "and 13 more are not offered"),
        (schedule([*OFFERED, "20:15"]), HOURS, "20:15 is offered, though"),
        (schedule([*OFFERED, "13:20"]), HOURS, "13:20 is offered, though"),
        (schedule(OFFERED, timezone="Asia/Tokyo"), HOURS, "Asia/Tokyo as their time zone instead of Europe/London"),
        (schedule(OFFERED, date="2020-01-01"), HOURS, "as their day"),
        (schedule(OFFERED, intervalMinutes=60), HOURS, "60 as their minutes between"),
        (schedule(OFFERED, window={"opensAt": "12:00", "closesAt": "22:00"}), HOURS, ""),
        (schedule(OFFERED, window={"opensAt": "12:00", "closesAt": "23:30"}), HOURS, "23:30:00 as their closing time"),
        (schedule(OFFERED, lastSeatingBufferMinutes=30), HOURS, "in which nobody is seated"),
    ],
)
def test_what_is_offered_are_the_opening_hours(day: Schedule, hours: Hours, told: str) -> None:
    found = offered_as_open(day, hours, PLACE, DAY, {"lunch": 90, "dinner": 120, "drinks": 75})
    assert told in " ".join(found)
    assert bool(found) == bool(told)


def fortnight(*closed: int, exceptions: tuple[int, ...] = ()) -> dict[datetime.date, bool]:
    """Two weeks in which these weekdays (0 = Sunday) are closed, and days so many from the first are not as usual."""
    days = [DAY + datetime.timedelta(days=number) for number in range(14)]
    return {day: (day.isoweekday() % 7 in closed) != (number in exceptions) for number, day in enumerate(days)}


@pytest.mark.parametrize(
    ("calendar", "closed", "told"),
    [
        ({"closedDaysOfWeek": [1], "closedDates": []}, fortnight(1), ""),
        ({"closedDaysOfWeek": [], "closedDates": []}, fortnight(), ""),
        ({"closedDaysOfWeek": []}, fortnight(1), "Mon 30 Nov is closed and not shown as closed"),
        ({"closedDaysOfWeek": [1, 3]}, fortnight(1), "Wed 25 Nov is open and shown as closed"),
        ({"closedDates": ["2026-11-25"]}, fortnight(), "Wed 25 Nov is open and shown as closed"),
        ({"closedDates": ["2026-11-25"]}, fortnight(exceptions=(1,)), ""),
        ({}, fortnight(exceptions=(1,)), "Wed 25 Nov is closed and not shown"),
        ({"closedDaysOfWeek": [1]}, fortnight(1, exceptions=(6,)), ""),
    ],
)
def test_a_calendar_shows_the_closed_days(
    calendar: dict[str, Any], closed: dict[datetime.date, bool], told: str
) -> None:
    found = shown_as_closed(calendar, closed)
    assert told in " ".join(found)
    assert bool(found) == bool(told)


@pytest.mark.parametrize(
    ("words", "told"),
    [("Invalid payload", []), ("x", ["no reason in words"]), ("", ["no reason in words"]), ("400 !", ["no reason"])],
)
def test_a_refusal_says_why_in_words(words: str, told: list[str]) -> None:
    metrics = HttpMetrics("POST", "/api/bookings", 400, 10, 10, 5.0)
    refused = Refused(Exchange(metrics, {}, {}, {}, ""), Refusal(error=words))
    found = refused_as_agreed(refused, REFUSALS["something in it is wrong"])
    assert [part for part in told if part in " ".join(found)] == told
    assert bool(found) == bool(told)


def test_where_a_stay_is_longer_than_the_last_seating_the_slot_decides() -> None:
    short = replace(HOURS, last_seating_minutes=60)
    stays = {"lunch": 90, "dinner": 120, "drinks": 75}
    assert offered_as_open(schedule(OFFERED), short, PLACE, DAY, stays) == []
    assert offered_as_open(schedule([*OFFERED, "20:15"]), short, PLACE, DAY, stays) == []
    assert offered_as_open(schedule([*OFFERED, "21:15"]), short, PLACE, DAY, stays) != []


def test_a_time_that_a_catalogue_disables_is_not_offered_and_not_missed() -> None:
    stays = {"lunch": 90, "dinner": 120, "drinks": 75}
    base = schedule(OFFERED)
    slots = [slot.model_copy(update={"disabled": slot.value.hour == 13}) for slot in base.slots]
    day = base.model_copy(update={"slots": slots})
    assert offered_as_open(day, HOURS, PLACE, DAY, stays, may_disable=True) == []
    assert "13:00, 13:15, 13:30 and 1 more are not offered" in offered_as_open(day, HOURS, PLACE, DAY, stays)[0]
    late = schedule([*OFFERED, "21:45"])
    late.slots[-1].disabled = True
    assert offered_as_open(late, HOURS, PLACE, DAY, stays) == []


@pytest.mark.parametrize(
    ("time", "hours", "offered"),
    [
        ("19:00", HOURS, True),
        ("20:00", HOURS, True),
        ("20:15", HOURS, False),
        ("19:07", HOURS, False),
        ("19:00", Hours(None, None, 15, 120), False),
        ("19:07", replace(HOURS, interval_minutes=None), True),
    ],
)
def test_whether_a_restaurant_seats_guests_at_a_time(time: str, hours: Hours, offered: bool) -> None:
    assert is_offered(hours, datetime.time.fromisoformat(time)) == offered


def test_of_a_day_that_others_book_too_only_ones_own_is_told() -> None:
    mine, theirs = KEPT, replace(KEPT, id="theirs", reference="THEIRSTHRS")
    nobodys = replace(KEPT, id="nobodys", reference="NOBODYSNBS")
    assert len(stored_bookings.no_table_twice([mine, theirs, nobodys])) == 3
    assert len(stored_bookings.no_table_twice([mine, theirs, nobodys], {mine.id})) == 2
    assert stored_bookings.no_table_twice([theirs, nobodys], {mine.id}) == []
    bare = replace(theirs, tables=())
    assert stored_bookings.house_in_order([mine, bare]) == ["booking THEIRSTHRS is confirmed without a table"]
    assert stored_bookings.house_in_order([mine, bare], {mine.id}) == []
