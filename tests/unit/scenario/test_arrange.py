"""What a scenario begins with: a restaurant, a day and a time with room, a full house."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from bookingflow.core.errors import NotAtThisRestaurant, ScenarioNotPossible
from bookingflow.platform.database_models import AssignedTable, BookingRow, Hours, Occupation, Table
from bookingflow.platform.slots import DAYS_TRIED, Slot
from bookingflow.scenario.act import Act
from bookingflow.scenario.arrange import Arrange
from bookingflow.testdata.parties import Party
from tests.support.fakes import RESTAURANT_ID
from tests.support.promises import Scene
from tests.support.stored import KEPT, TABLE

TABLES = [Table(f"id-T{seats}", f"T{seats}", seats, "hall", "Hall", "indoor", True) for seats in (2, 4)]
TIMES = ("12:00", "12:30", "16:00", "19:00", "19:30")
FOUR = Party("4 guests")


class Stage(Scene):
    """A scenario at a house of two tables that is open every day and, while it has any, gives each guest a table."""

    def __init__(self) -> None:
        super().__init__()
        self.house.tables = list(TABLES)
        self.free = list(TABLES)
        act = Act(self.session, self.state, self.bookings)
        self.arrange = Arrange(self.session, self.state, self.bookings, act)
        self.answer = self.serve

    def serve(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return self.seat(json.loads(request.content), request.headers["idempotency-key"])
        date = request.url.params.get("date") or request.url.path.rsplit("/", 1)[-1]
        slots: list[dict[str, Any]] = [
            {"value": time, "bookingOption": "lunch" if time < "15" else "dinner", "periodId": "p"} for time in TIMES
        ]
        slots[2]["periodId"] = None
        day = {"restaurantId": RESTAURANT_ID, "date": date, "timezone": "Europe/London", "intervalMinutes": 30}
        return httpx.Response(200, json={**day, "isClosed": False, "slots": slots})

    def seat(self, asked: dict[str, Any], key: str) -> httpx.Response:
        number = len(self.house.rows) + 1
        fitting = sorted((one for one in self.free if one.capacity >= asked["party"]), key=lambda one: one.capacity)
        tables: tuple[AssignedTable, ...] = ()
        for table in fitting[:1]:
            self.free.remove(table)
            tables = (replace(TABLE, table_id=table.id, number=table.number, capacity=table.capacity),)
        row: BookingRow = replace(
            KEPT,
            id=f"11111111-1111-4111-8111-{number:012d}",
            status="confirmed" if tables else "pending",
            party_size=asked["party"],
            customer_email=asked["email"],
            idempotency_key=key,
            tables=tables,
        )
        self.house.rows[row.id] = row
        return httpx.Response(201, json={"booking": {"id": row.id, "status": row.status}, "duplicate": False})

    def taken_whole(self) -> None:
        """Somebody has every table, on all days."""
        since = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
        self.house.taken = [
            Occupation(table.id, since, since.replace(year=2028), "assignment", None, "confirmed") for table in TABLES
        ]

    @property
    def time(self) -> str:
        return f"{self.state.the_slot().time:%H:%M}"


def test_a_scenario_stays_at_home_where_the_platform_has_no_other_restaurant() -> None:
    stage = Stage()
    stage.arrange.at_home()
    stage.arrange.go_to("with few tables")
    assert stage.state.restaurant is stage.session.home


def test_a_time_with_room_is_one_that_the_restaurant_offers_within_the_days_that_are_tried() -> None:
    stage = Stage()
    stage.arrange.time_with_room(FOUR)
    assert stage.time in TIMES
    assert 2 <= (stage.state.the_slot().date - datetime.date(2026, 11, 23)).days <= 60


def test_a_time_of_a_service_or_between_them_is_one() -> None:
    stage = Stage()
    stage.arrange.time_at_service("lunch", FOUR)
    assert stage.time in {"12:00", "12:30"}
    stage.arrange.time_at_service("dinner", FOUR)
    assert stage.time in {"19:00", "19:30"}
    stage.arrange.time_between_services(FOUR)
    assert stage.time == "16:00"
    with pytest.raises(ScenarioNotPossible, match="time at which dinner begins"):
        stage.arrange.time_dinner_begins(FOUR)
    stage.arrange.time_before_dinner(FOUR)
    assert stage.time == "16:00"


def test_what_is_wrong_in_the_books_of_the_day_is_known_before_anybody_books() -> None:
    stage = Stage()
    stage.arrange.time_with_room(FOUR)
    stage.arrange.look_through_books()
    assert list(stage.state.wrong_before) == []
    date = stage.state.the_slot().date
    stage.house.rows["old"] = replace(KEPT, id="old", reference="OLDBOOKING", date=date, tables=())
    stage.arrange.look_through_books()
    assert [breach.code for breach in stage.state.wrong_before] == ["confirmed_without_table"]
    (said,) = stage.session.wrong_before
    assert "booking OLDBOOKING is confirmed without a table" in said


def test_a_weekday_and_a_clock_change_are_those_days() -> None:
    stage = Stage()
    stage.arrange.weekday_with_room(6, FOUR)
    assert stage.state.the_slot().date.weekday() == 6
    stage.arrange.day_of_clock_change("spring", FOUR)
    assert stage.state.the_slot().date == datetime.date(2027, 3, 28)


def test_a_closed_day_is_the_next_by_the_restaurants_hours() -> None:
    stage = Stage()
    with pytest.raises(NotAtThisRestaurant, match="not closed on any of the next 14 days"):
        stage.arrange.closed_day()
    stage.house.closed_on = {datetime.date(2026, 11, 30)}
    stage.arrange.closed_day()
    assert stage.state.the_slot().date == datetime.date(2026, 11, 30)
    assert stage.time in TIMES


def test_a_closed_day_is_found_where_every_table_of_open_days_is_taken() -> None:
    stage = Stage()
    stage.house.closed_on = {datetime.date(2026, 11, 30)}
    stage.taken_whole()
    stage.arrange.closed_day()
    assert stage.state.the_slot().date == datetime.date(2026, 11, 30)


def test_where_the_days_drawn_are_full_the_emptiest_others_are_looked_at() -> None:
    stage, free = Stage(), datetime.date(2026, 12, 24)
    noon = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
    for table in TABLES:
        for ahead in range(70):
            since = noon + datetime.timedelta(days=ahead)
            if since.date() != free:
                until = since + datetime.timedelta(hours=11)
                stage.house.taken.append(Occupation(table.id, since, until, "assignment", None, "confirmed"))
    for _ in range(5):
        stage.arrange.time_with_room(FOUR)
        assert stage.state.the_slot().date == free
    with pytest.raises(ScenarioNotPossible, match="even when nobody has booked"):
        stage.arrange.time_with_room(Party("7 guests"))
    assert len({str(one.url) for one in stage.asked}) <= 2 * DAYS_TRIED * 6


def test_which_days_are_open_is_asked_once_a_run_and_a_day_that_closes_since_is_passed_over() -> None:
    stage, asked = Stage(), list[int]()
    of_days = stage.house.hours_of_days
    everyday = [stage.state.slots.today + datetime.timedelta(days=ahead) for ahead in range(70)]

    def counted_hours(restaurant_id: str, dates: Sequence[datetime.date]) -> dict[datetime.date, Hours]:
        asked.append(len(dates))
        return of_days(restaurant_id, dates)

    vars(stage.house).update(hours_of_days=counted_hours)
    stage.house.closed_on = set(everyday)
    with pytest.raises(NotAtThisRestaurant):
        stage.arrange.time_with_room(FOUR)
    stage.house.closed_on = set()
    stage.arrange.time_with_room(FOUR)
    assert asked == [59, 59]
    closed = set(everyday) - {everyday[9]}
    stage.answer = lambda request: (
        httpx.Response(200, json={**stage.serve(request).json(), "isClosed": True})
        if datetime.date.fromisoformat(request.url.params["date"]) in closed
        else stage.serve(request)
    )
    chosen = set()
    for _ in range(40):
        with suppress(NotAtThisRestaurant):
            stage.arrange.time_with_room(FOUR)
            chosen.add(stage.state.the_slot().date)
    assert chosen == {everyday[9]}
    assert asked == [59, 59]


def test_a_party_that_this_house_never_seats_is_not_asked_for() -> None:
    with pytest.raises(NotAtThisRestaurant, match="even when nobody has booked"):
        Stage().arrange.time_with_room(Party("7 guests"))
    with pytest.raises(NotAtThisRestaurant, match="even when nobody has booked"):
        Stage().arrange.time_with_table_of(Party("3 guests"))
    with pytest.raises(NotAtThisRestaurant, match="one seat more than 4 guests need"):
        Stage().arrange.time_with_table_for_one_more(FOUR)
    stage = Stage()
    stage.arrange.time_with_table_for_one_more(Party("3 guests"))
    assert stage.time in TIMES


def test_a_house_that_is_too_full_says_so_unless_this_runs_own_guests_make_room() -> None:
    stage = Stage()
    stage.taken_whole()
    with pytest.raises(ScenarioNotPossible, match="it is too full for that"):
        stage.arrange.empty_house()

    def make_room() -> bool:
        stage.house.taken = []
        return True

    stage.session.make_room = make_room
    stage.arrange.empty_house()
    assert stage.time in TIMES


def test_a_house_with_a_table_under_repair_says_why_it_is_never_empty() -> None:
    stage = Stage()
    stage.taken_whole()
    kept = replace(stage.house.taken[0], kind="allocation", status=None)
    stage.house.taken = [kept]
    with pytest.raises(NotAtThisRestaurant, match=r"nobody has booked \(1 table kept from guests without a booking\)"):
        stage.arrange.empty_house()
    stage.house.taken = [replace(kept, booking_id="anybody's")]
    with pytest.raises(ScenarioNotPossible, match="it is too full for that"):
        stage.arrange.empty_house()
    noon = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)
    stage.house.taken = [
        replace(kept, start_at=noon + day, end_at=noon + day + datetime.timedelta(hours=11))
        for day in (datetime.timedelta(days=ahead) for ahead in range(90))
    ]
    with pytest.raises(ScenarioNotPossible, match=r"too full for that \(1 table kept from guests without a booking\)"):
        stage.arrange.empty_house()


def test_a_full_house_has_a_guest_at_every_table_and_one_who_waits() -> None:
    stage = Stage()
    stage.arrange.full_house(leave=0)
    parties = [(row.party_size, row.status) for row in stage.house.rows.values()]
    assert parties == [(4, "confirmed"), (2, "confirmed"), (1, "pending")]
    assert stage.free == []
    assert stage.state.tables_wanted == {"id-T4"}


def test_guests_of_just_its_size_take_every_table_of_that_size() -> None:
    stage = Stage()
    stage.arrange.occupied(4, datetime.time(12))
    assert [row.party_size for row in stage.house.rows.values()] == [4]
    assert stage.state.tables_wanted == {"id-T4"}
    assert stage.time == "12:00"
    with pytest.raises(NotAtThisRestaurant, match="has no table for 3"):
        stage.arrange.occupied(3, datetime.time(12))


def test_a_day_on_which_nobody_is_seated_after_those_guests_is_not_taken() -> None:
    stage = Stage()
    with pytest.raises(NotAtThisRestaurant, match="at 19:00 that seats guests again when those have left"):
        stage.arrange.occupied(4, datetime.time(19))
    assert stage.house.rows == {}


def test_switches_of_the_demo_are_not_there_on_a_live_platform() -> None:
    with pytest.raises(ScenarioNotPossible, match="needs the demo platform's switches"):
        Stage().arrange.booking_limit(5)


def test_another_restaurant_is_closed_on_the_scenarios_day() -> None:
    stage, closed = Stage(), []
    stage.state.slot = Slot(datetime.date(2026, 12, 1), datetime.time(19), "Europe/London")
    target = SimpleNamespace(restaurant_slug=lambda kind: f"demo {kind}")
    target.controls = SimpleNamespace(set_date=lambda *asked: closed.append(asked))
    stage.session.target = cast("Any", target)
    stage.arrange.closed_elsewhere("across the ocean")
    assert closed == [("demo across the ocean", datetime.date(2026, 12, 1), None, None)]
    assert stage.state.switched
