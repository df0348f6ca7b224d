"""What is done in a scenario: what is sent of it, and what of it is refused before anything is sent."""

from __future__ import annotations

import datetime
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bookingflow.booking.tracked_booking import Outcome
from bookingflow.core.errors import BrokenPromise, NotAtThisRestaurant, ScenarioNotPossible
from bookingflow.platform.background_job import JobResult
from bookingflow.platform.slots import Slot
from bookingflow.scenario.state import ScenarioState
from bookingflow.testdata.moments import Moment
from bookingflow.testdata.parties import Party
from bookingflow.testdata.request_variants import UNNAMED
from tests.support.acting import Stage
from tests.support.fakes import BOOKING_ID, RESTAURANT_ID
from tests.support.stored import KEPT

THAT_TIME = Moment("that time")
TWO = Party("2 guests")


def test_a_booking_is_sent_once_as_the_sentence_says_and_becomes_it() -> None:
    stage = Stage()
    stage.act.book(Party("3 guests"), THAT_TIME, details=[("notes", "Nuts"), ("seating", "outdoors")])
    (body,) = stage.sent
    said = {name: body[name] for name in ("date", "time", "party", "notes", "seating", "restaurantSlug")}
    assert said == {
        "date": "2026-11-24",
        "time": "19:00",
        "party": 3,
        "notes": "Nuts",
        "seating": "outdoor",
        "restaurantSlug": "demo-restaurant",
    }
    assert stage.state.booking.booking_id == BOOKING_ID
    assert stage.state.created == [BOOKING_ID]
    assert [report.booking for report in stage.session.reports] == [stage.state.booking]


def test_a_guests_contact_is_masked_and_known_before_anything_is_sent() -> None:
    stage = Stage()
    request = stage.act.request(2)
    assert request.email in stage.session.guests.emails
    assert request.email not in stage.session.sanitizer.text(f"booked by {request.email}")


def test_today_and_tomorrow_are_those_of_the_restaurants_calendar() -> None:
    stage = Stage()
    stage.act.book_today(TWO, datetime.time(19))
    stage.act.book_tomorrow(TWO, datetime.time(19))
    assert [one["date"] for one in stage.sent] == ["2026-11-23", "2026-11-24"]


def test_a_party_that_no_empty_house_seats_is_not_sent() -> None:
    stage = Stage()
    stage.act.book_tomorrow(Party("6 guests"), datetime.time(19))
    with pytest.raises(NotAtThisRestaurant, match="can't seat 7 guests, even when it is empty"):
        stage.act.book_tomorrow(Party("7 guests"), datetime.time(19))
    assert len(stage.sent) == 1


def test_a_day_on_which_it_is_closed_is_not_booked_for_tomorrow() -> None:
    stage = Stage()
    stage.house.closed_on = {datetime.date(2026, 11, 24)}
    with pytest.raises(NotAtThisRestaurant, match="seats nobody on Tue 24 Nov at 19:00"):
        stage.act.book_tomorrow(TWO, datetime.time(19))
    assert stage.sent == []


def test_where_its_hours_are_not_known_tomorrow_is_booked_at_a_time_that_guests_are_shown() -> None:
    stage = Stage()
    stage.house.opening = None
    day = {"restaurantId": RESTAURANT_ID, "date": "2026-11-24", "timezone": "Europe/London", "intervalMinutes": 30}
    stage.answers(200, {**day, "isClosed": False, "slots": [{"value": "19:00", "bookingOption": "dinner"}]})
    stage.act.book_tomorrow(TWO, datetime.time(19))
    assert len(stage.sent) == 1
    for closed, asked in ((False, datetime.time(18)), (True, datetime.time(19))):
        stage.answers(200, {**day, "isClosed": closed, "slots": [{"value": "19:00", "bookingOption": "dinner"}]})
        with pytest.raises(NotAtThisRestaurant, match="by the times that guests are shown"):
            stage.act.book_tomorrow(TWO, asked)
    last_drinks = {"window": {"opensAt": "12:00", "closesAt": "20:00"}, "isClosed": False}
    stage.answers(200, {**day, **last_drinks, "slots": [{"value": "19:00", "bookingOption": "drinks"}]})
    with pytest.raises(NotAtThisRestaurant, match="at 19:00 for 120 minutes, by the times that guests are shown"):
        stage.act.book_tomorrow(TWO, datetime.time(19))
    assert len(stage.sent) == 1


def test_a_mistake_is_what_is_wrong_with_the_request_and_names_the_booking() -> None:
    stage = Stage()
    stage.act.book_with_mistake("no date")
    (body,) = stage.sent
    assert "date" not in body
    assert body["party"] == 2
    assert stage.state.mistake == "no date"
    stage.act.book(TWO, THAT_TIME)
    assert stage.state.mistake == ""


@pytest.mark.parametrize(("mistake", "counted"), [("no date", 0), ("the time 25:00", 3)])
def test_a_mistake_made_often_counts_for_the_limit_where_the_platform_counts_it(mistake: str, counted: int) -> None:
    stage = Stage()
    stage.act.book_with_mistake(mistake, times=3)
    assert len({body["email"] for body in stage.sent}) == 3
    assert stage.state.asked_in_window == counted


def test_at_another_restaurant_requests_are_counted_anew() -> None:
    stage = Stage()
    stage.act.book(TWO, THAT_TIME)
    assert stage.state.asked_in_window == 1
    stage.session.target = cast("Any", SimpleNamespace(restaurant_slug=lambda kind: f"demo {kind}"))
    stage.state.go_to("across the ocean")
    assert stage.state.asked_in_window == 0


def test_an_empty_key_is_sent_as_such_and_known_as_none() -> None:
    stage = Stage()
    stage.act.book_with_empty_key(TWO, THAT_TIME)
    assert stage.asked[-1].headers["idempotency-key"] == ""
    assert stage.state.booking.idempotency_key == ""
    stage.act.book_without_key(TWO, THAT_TIME)
    assert "idempotency-key" not in stage.asked[-1].headers


def test_another_manner_is_written_otherwise_and_names_the_restaurant_otherwise() -> None:
    stage = Stage()
    stage.act.book_in_manner(TWO, THAT_TIME, "sends the number of guests as text")
    stage.act.book_naming_restaurant(TWO, THAT_TIME, lambda place: {"restaurant_slug": place.slug.upper()})
    assert stage.sent[0]["party"] == "2"
    assert "notes" not in stage.sent[0]
    assert stage.sent[1]["restaurantSlug"] == "DEMO-RESTAURANT"


def test_who_names_no_restaurant_books_at_the_demo_restaurant_only() -> None:
    stage = Stage()
    stage.act.book_in_manner(TWO, THAT_TIME, UNNAMED)
    assert "restaurantSlug" not in stage.sent[0]
    stage.state.elsewhere = replace(stage.state.restaurant, slug="another-house")
    with pytest.raises(NotAtThisRestaurant, match="is booked at another one"):
        stage.act.book_in_manner(TWO, THAT_TIME, UNNAMED)


def test_a_partners_next_request_has_the_next_number() -> None:
    stage = Stage()
    stage.act.book_with_own_key(TWO, THAT_TIME)
    stage.act.book_with_next_key(TWO, THAT_TIME)
    own, following = stage.keys
    assert own is not None
    assert own.endswith("/1")
    assert following == f"{own[:-1]}2"


def test_each_booking_has_the_key_that_its_sentence_gives_it() -> None:
    stage = Stage()
    stage.act.book(TWO, THAT_TIME)
    stage.act.book_without_key(TWO, THAT_TIME)
    stage.act.book_with_own_key(TWO, THAT_TIME)
    stage.act.send_again()
    half_past = {"value": "19:30", "bookingOption": "dinner"}
    frame = {"restaurantId": RESTAURANT_ID, "date": "2026-11-24", "timezone": "Europe/London", "intervalMinutes": 30}
    stage.answers(200, {**frame, "isClosed": False, "slots": [half_past]})
    stage.act.send_again_changed()
    first, none, own, again, changed = stage.keys
    assert first
    assert none is None
    assert own is not None
    assert own.startswith("Order ")
    assert again == changed == first
    assert stage.sent[3] == stage.sent[0]
    changed_to = [stage.sent[4][name] for name in ("party", "notes", "time")]
    assert changed_to == [3, "On second thoughts", "19:30"]


def test_the_same_guest_books_again_under_a_key_of_its_own() -> None:
    stage = Stage()
    stage.act.book(TWO, THAT_TIME)
    stage.act.book_again()
    assert stage.sent[0] == stage.sent[1]
    assert stage.keys[0] != stage.keys[1]


def test_another_guest_books_for_as_many_as_the_first() -> None:
    stage = Stage()
    stage.act.book(Party("3 guests"), THAT_TIME)
    stage.act.book_like_the_first(Moment("20:00 of that day"))
    assert [(one["party"], one["time"]) for one in stage.sent] == [(3, "19:00"), (3, "20:00")]
    assert stage.sent[0]["email"] != stage.sent[1]["email"]


def test_guests_who_book_together_are_counted_together() -> None:
    stage = Stage()
    stage.act.book_together([TWO, Party("4 guests")])
    assert sorted(one["party"] for one in stage.sent) == [2, 4]
    assert len(set(stage.keys)) == 2
    assert stage.state.together == stage.state.bookings
    stage.act.send_together(3)
    assert len(set(stage.keys[2:])) == 1
    assert stage.sent[2] == stage.sent[3] == stage.sent[4]


# -- the job -----------------------------------------------------------------------------------------------------------


def test_somebody_elses_booking_is_not_touched() -> None:
    stage = Stage()
    stage.booked()
    stage.now_stored(replace(KEPT, customer_email="else@example.com", idempotency_key="else"))
    with pytest.raises(BrokenPromise) as raised:
        stage.act.run_job()
    assert raised.value.code == "foreign_booking"


def test_another_guests_booking_of_this_run_is_no_booking_of_this_guest() -> None:
    stage = Stage()
    stage.booked()
    stage.session.submission.keys.append("else")
    stage.now_stored(replace(KEPT, customer_email="else@example.com", idempotency_key="else"))
    with pytest.raises(BrokenPromise, match="which is another guest's of this run") as raised:
        stage.act.run_job()
    assert raised.value.code == "foreign_booking"


class Job:
    """A job that ends so."""

    def __init__(self, state: str) -> None:
        self.result = JobResult(cast("Any", state), "the job said so", 5.0)
        self.runs: list[str] = []

    def run(self, booking_id: str, *_: object, **__: object) -> JobResult:
        self.runs.append(booking_id)
        return self.result


def with_job(state: str) -> tuple[Stage, Job]:
    stage, job = Stage(), Job(state)
    stage.booked(outcome=Outcome.PENDING_TIMEOUT)
    stage.session.observation.job = cast("Any", job)
    return stage, job


def test_the_job_runs_as_often_as_the_sentence_says_and_what_was_before_is_kept() -> None:
    stage, job = with_job("done")
    stage.act.run_job(times=2)
    assert job.runs == [BOOKING_ID, BOOKING_ID]
    assert stage.state.before == KEPT


def test_a_job_that_fails_is_a_breach_and_one_that_is_not_there_is_none() -> None:
    stage, _ = with_job("failed")
    with pytest.raises(BrokenPromise, match="the background job failed") as raised:
        stage.act.run_job()
    assert raised.value.code == "background_job_failed"
    stage, _ = with_job("disabled")
    with pytest.raises(ScenarioNotPossible, match="could not be run: the job said so"):
        stage.act.run_job()


def test_a_guest_books_at_another_restaurant_under_the_same_contact(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    stage.act.book(TWO, THAT_TIME)
    there = Slot(datetime.date(2026, 12, 1), datetime.time(12), "America/New_York")
    monkeypatch.setattr(ScenarioState, "slots", SimpleNamespace(find=lambda *_: there))
    stage.session.target = cast("Any", SimpleNamespace(restaurant_slug=lambda kind: f"demo {kind}"))
    stage.act.book_there_too(Party("1 guest"), "elsewhere")
    first, second = stage.sent
    assert (second["restaurantSlug"], second["date"], second["party"]) == ("demo elsewhere", "2026-12-01", 1)
    assert [second[name] for name in ("name", "email", "phone")] == [first[name] for name in ("name", "email", "phone")]
    assert stage.keys[0] != stage.keys[1]


def test_when_tables_are_free_again_is_not_known_where_they_do_not_say_until_when_they_are_taken() -> None:
    stage = Stage()
    stage.booked()
    stage.now_stored(replace(KEPT, tables=tuple(replace(table, end_at=None) for table in KEPT.tables)))
    with pytest.raises(ScenarioNotPossible, match="without saying until when"):
        stage.act.book_when_free(TWO)


def test_tables_that_are_taken_until_closing_are_free_on_another_day(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    stage.booked()
    no_more = SimpleNamespace(schedule=lambda _: SimpleNamespace(open_slots=list))
    monkeypatch.setattr(ScenarioState, "slots", no_more)
    with pytest.raises(ScenarioNotPossible, match=r"taken until closing on Tue 24 Nov\."):
        stage.act.book_when_free(TWO)
