"""What guests are shown of opening hours: each promise kept, and broken with its code and sentence."""

from __future__ import annotations

import datetime
from typing import Any

import httpx
import pytest

from bookingflow.core.errors import NotAtThisRestaurant, ScenarioNotPossible, TargetUnreachable
from bookingflow.core.failures import BETWEEN, PLATFORM_OPERATOR
from bookingflow.platform.api_models import TIMES_OF_NOBODY
from bookingflow.platform.database_models import Access, ServicePeriod
from bookingflow.platform.slots import Slot
from bookingflow.promises.opening_hours import CALENDAR_DAYS, OpeningHoursPromises
from bookingflow.scenario.unauthenticated import Unauthenticated
from tests.support.fakes import RESTAURANT_ID
from tests.support.promises import CLOSED, Scene, broken
from tests.support.stage import REQUEST

LISTED = {"id": RESTAURANT_ID, "slug": "demo-restaurant", "name": "Demo Restaurant", "timezone": "Europe/London"}
FIRST = datetime.date(2026, 11, 24)
DAYS = [FIRST + datetime.timedelta(days=number) for number in range(CALENDAR_DAYS)]


def scene(status: int, body: Any) -> Scene:
    made = Scene()
    made.answers(status, body)
    made.state.slot = Slot(REQUEST.date, datetime.time(19), "Europe/London")
    return made


def test_a_restaurant_is_listed_once_and_as_it_is_stored() -> None:
    scene(200, {"data": [{"id": "another"}, LISTED]}).promises.opening_hours.listed()
    scene(200, {"data": [{**LISTED, "id": RESTAURANT_ID.upper()}]}).promises.opening_hours.listed()


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        ([], "not_listed", "it is not in the list of restaurants (HTTP 200)"),
        (None, "not_listed", "it is not in the list of restaurants"),
        ([LISTED, LISTED], "listed_twice", "it is listed 2 times"),
        ([{**LISTED, "name": "Other"}], "list_name_differs", 'its name is listed as "Other" instead of "Demo Restaur'),
        ([{**LISTED, "slug": "x"}], "list_slug_differs", "its slug is listed as"),
        ([{**LISTED, "timezone": "UTC"}], "list_timezone_differs", "its timezone is listed as"),
        ([{**LISTED, "owner": "guest@example.com"}], "others_email_shown", "shows another guest's e-mail"),
    ],
)
def test_a_restaurant_that_is_listed_otherwise_is_a_breach(data: Any, code: str, said: str) -> None:
    made = scene(200, {"data": data})
    made.session.guests.know(name="Guest", email="guest@example.com", phone="+447700900111", notes=None)
    verdict = broken(made.promises.opening_hours.listed)
    assert verdict.code == code
    assert said in verdict.sentence


def unanswered(made: Scene, error: httpx.HTTPError) -> Scene:
    def break_off(_: httpx.Request) -> httpx.Response:
        raise error

    made.answer = break_off
    return made


@pytest.mark.parametrize(
    ("error", "who"), [(httpx.ReadTimeout("slow"), PLATFORM_OPERATOR), (httpx.ReadError("reset by peer"), BETWEEN)]
)
def test_a_list_that_is_not_answered_accuses_nobody(error: httpx.HTTPError, who: str) -> None:
    for ask in (
        unanswered(scene(200, None), error).promises.opening_hours.listed,
        unanswered(calendar(FIRST), error).promises.opening_hours.calendar,
    ):
        with pytest.raises(TargetUnreachable, match="No answer came to GET /api/restaurants") as caught:
            ask()
        assert caught.value.who_can_act == who


def test_what_is_no_list_is_read_as_an_empty_one() -> None:
    assert broken(scene(200, {"data": 5}).promises.opening_hours.listed).code == "not_listed"
    odd = {"closedDates": [[FIRST.isoformat()], None], "closedDaysOfWeek": 5}
    assert broken(calendar(body=odd).promises.opening_hours.calendar).code == "closed_day_not_shown"


def test_a_restaurant_that_was_renamed_is_listed_by_its_name_of_now() -> None:
    made = scene(200, {"data": [{**LISTED, "name": "The New Name"}]})
    assert broken(made.promises.opening_hours.listed).code == "list_name_differs"
    made.house.name = "The New Name"
    made.promises.opening_hours.listed()


def calendar(*closed: datetime.date, body: Any = None, status: int = 200) -> Scene:
    made = scene(status, body if body is not None else {"closedDates": closed, "closedDaysOfWeek": []})
    made.house.closed_on = {FIRST}
    return made


def test_the_days_shown_as_closed_are_those_it_is_closed() -> None:
    made = calendar(FIRST)
    made.promises.opening_hours.calendar()
    assert dict(made.asked[-1].url.params)


def asked_for_times(whose: str, status: int, body: Any) -> OpeningHoursPromises:
    made = scene(status, body)
    Unauthenticated(made.session, made.state, made.bookings).ask_for_times(whose)
    return made.promises.opening_hours


@pytest.mark.parametrize("whose", TIMES_OF_NOBODY)
def test_times_of_a_restaurant_or_a_day_that_there_is_not_are_not_shown(whose: str) -> None:
    asked_for_times(whose, 404, {"error": "Restaurant not found"}).no_times_shown()
    asked_for_times(whose, 400, {"error": "Invalid date"}).no_times_shown()
    verdict = broken(asked_for_times(whose, 200, {"slots": []}).no_times_shown)
    assert verdict.codes == ("times_of_nobody",)
    assert f"the times of {whose} is not refused (HTTP 200)" in verdict.sentence
    assert broken(asked_for_times(whose, 500, {}).no_times_shown).code == "refused_with_error"
    with pytest.raises(ScenarioNotPossible, match="A When sentence comes first"):
        scene(404, {}).promises.opening_hours.no_times_shown()


def test_the_scenarios_day_is_asked_for_alone_too() -> None:
    made = calendar(FIRST)
    made.promises.opening_hours.calendar()
    days = [(asked.url.params["from"], asked.url.params["to"]) for asked in made.asked[-2:]]
    assert days == [(FIRST.isoformat(), DAYS[-1].isoformat()), (FIRST.isoformat(), FIRST.isoformat())]


def test_the_calendar_is_read_from_the_scenarios_day_on() -> None:
    made = calendar()
    closed = DAYS[-1] + datetime.timedelta(days=1)
    made.house.closed_on = {closed}
    made.state.slot = None
    made.promises.opening_hours.calendar()
    made.state.slot = Slot(closed, datetime.time(19), "Europe/London")
    assert broken(made.promises.opening_hours.calendar).code == "closed_day_not_shown"


@pytest.mark.parametrize(
    ("made", "code", "said"),
    [
        (calendar(), "closed_day_not_shown", "Tue 24 Nov is closed and not shown as closed"),
        (calendar(FIRST, DAYS[2]), "open_day_shown_closed", "Thu 26 Nov is open and shown as closed"),
        (calendar(status=500, body={}), "calendar_missing", "it was answered with HTTP 500"),
        (calendar(body={"error": "?"}), "calendar_missing", "it was answered without its closed days"),
        (
            calendar(body={"closedDates": [FIRST], "note": "postgresql://x"}),
            "database_address_shown",
            "the address of a database",
        ),
    ],
)
def test_a_calendar_that_shows_other_days_is_a_breach(made: Scene, code: str, said: str) -> None:
    verdict = broken(made.promises.opening_hours.calendar)
    assert verdict.code == code
    assert said in verdict.sentence
    assert "The calendar of Demo Restaurant" in verdict.sentence


def test_where_there_is_no_calendar_or_nothing_to_compare_nothing_is_asked() -> None:
    with pytest.raises(NotAtThisRestaurant, match="has no calendar of closed days"):
        calendar(status=404, body={}).promises.opening_hours.calendar()
    made = calendar(FIRST)
    made.house.opening = CLOSED
    with pytest.raises(NotAtThisRestaurant, match="closed on all of the next 14 days"):
        made.promises.opening_hours.calendar()
    made.house.opening, made.house.closed_on = None, set()
    with pytest.raises(NotAtThisRestaurant, match="is open can't be read by the suite's database role"):
        made.promises.opening_hours.calendar()
    made.house.access = Access({"restaurant_operating_hours"})
    with pytest.raises(NotAtThisRestaurant, match="is open is not clear from what the platform stores"):
        made.promises.opening_hours.calendar()


def day(*times: str, occasion: str = "dinner", **more: Any) -> dict[str, Any]:
    slots = [{"value": time, "bookingOption": occasion} for time in times]
    return {
        "restaurantId": RESTAURANT_ID,
        "date": REQUEST.date,
        "timezone": "Europe/London",
        "intervalMinutes": 30,
        "isClosed": False,
        "slots": slots,
        **more,
    }


HALF_HOURS = [f"{hour}:{minute}" for hour in range(12, 20) for minute in ("00", "30")] + ["20:00", "20:30"]


def test_a_day_that_offers_its_hours_keeps_the_promise_and_is_marked_as_judged() -> None:
    made = scene(200, day(*HALF_HOURS))
    made.promises.opening_hours.offered()
    assert made.state.asks_for_hours


def test_the_times_of_a_later_day_are_judged_by_that_days_hours() -> None:
    later = FIRST + datetime.timedelta(days=7)
    made = scene(200, day(*HALF_HOURS, date=later))
    made.promises.opening_hours.offered(days_later=7)
    assert made.asked[-1].url.params["date"] == later.isoformat()
    verdict = broken(scene(200, day(isClosed=True, date=later)).promises.opening_hours.offered, days_later=7)
    assert verdict.code == "open_day_shown_closed"
    assert "Demo Restaurant, Tue 01 Dec: guests are told it is closed that day; it is open" in verdict.sentence


def test_who_names_no_day_is_shown_the_restaurants_today() -> None:
    made = scene(200, day("19:00", date=FIRST - datetime.timedelta(days=1)))
    made.promises.opening_hours.todays()
    assert "date" not in made.asked[-1].url.params
    verdict = broken(scene(200, day("19:00")).promises.opening_hours.todays)
    assert verdict.code == "schedule_of_another_day"
    assert "is shown the times of Tue 24 Nov; at the restaurant it is Mon 23 Nov" in verdict.sentence


def test_a_time_missing_or_offered_outside_the_hours_is_a_breach() -> None:
    verdict = broken(scene(200, day(*HALF_HOURS[1:], "23:00")).promises.opening_hours.offered)
    assert set(verdict.codes) == {"time_not_offered", "time_wrongly_offered"}
    assert "12:00 is not offered, though the restaurant is open" in verdict.sentence
    assert "23:00 is offered, though the restaurant seats nobody then" in verdict.sentence
    assert "Demo Restaurant, Tue 24 Nov" in verdict.sentence


def test_each_time_is_offered_for_what_is_served_then() -> None:
    made = scene(200, day("19:00"))
    made.house.periods = [ServicePeriod(None, datetime.time(17), datetime.time(22), "dinner")]
    made.promises.opening_hours.served()
    made.house.periods = [ServicePeriod(None, datetime.time(17), datetime.time(22), "lunch")]
    verdict = broken(made.promises.opening_hours.served)
    assert verdict.code == "occasion_wrong"
    assert "19:00 is offered for dinner; the restaurant serves lunch then" in verdict.sentence
    made.house.periods = None
    with pytest.raises(NotAtThisRestaurant, match="What the restaurant serves when"):
        made.promises.opening_hours.served()
