"""What is refused, with the agreed reason and nothing stored: kept, and broken with its code and sentence."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest

from bookingflow.booking.tracked_booking import Outcome
from bookingflow.checks.refusals import REFUSALS, wrong_field
from bookingflow.core.errors import NotAtThisRestaurant, ScenarioNotPossible
from bookingflow.platform.api_models import Exchange
from bookingflow.promises.refusals import RefusalPromises
from tests.support.fakes import RESTAURANT_ID
from tests.support.promises import CLOSED, OPEN, Scene, accepted, broken, exchange, refused
from tests.support.stage import REQUEST
from tests.support.stored import KEPT

NOT_OFFERED = REFUSALS["the time is not offered"]
TIMES: dict[str, Any] = {
    "reason": "AFTER_CLOSE",
    "firstAvailableSlot": "12:00",
    "lastAvailableSlot": "20:30",
    "requestedTime": "19:00",
    "timezone": "Europe/London",
    "opensAt": "12:00",
    "closesAt": "22:00",
}

DAY: dict[str, Any] = {
    "restaurantId": RESTAURANT_ID,
    "date": REQUEST.date,
    "timezone": "Europe/London",
    "intervalMinutes": 30,
    "isClosed": False,
    "slots": [
        {"value": "20:30", "bookingOption": "dinner"},
        {"value": "12:00", "bookingOption": "lunch"},
        {"value": "21:00", "bookingOption": "dinner", "disabled": True},
    ],
}


def scene(answer: Exchange) -> tuple[Scene, RefusalPromises]:
    made = Scene()
    made.booked(None, answer=answer, outcome=Outcome.REFUSED)
    made.answers(200, DAY)
    return made, made.promises.refusals


def test_a_refusal_as_agreed_that_names_the_times_keeps_every_promise() -> None:
    _, refusals = scene(refused(400, "OPERATING_HOURS_CLOSED", **TIMES))
    refusals.refused(NOT_OFFERED)
    refusals.names_times()
    refusals.nothing_stored()


def test_each_of_those_who_booked_together_is_to_be_refused() -> None:
    made, refusals = scene(refused(400, "OPERATING_HOURS_CLOSED", **TIMES))
    made.state.together = list(made.state.bookings)
    refusals.everybody_refused(NOT_OFFERED)
    made.state.together.insert(0, made.booked(None, answer=refused(422, "OPERATING_HOURS_CLOSED", **TIMES)))
    assert broken(refusals.everybody_refused, NOT_OFFERED).code == "refusal_status_wrong"


def test_of_requests_that_must_not_be_taken_any_other_answer_will_do() -> None:
    made, refusals = scene(refused(400, "NO"))
    made.booked(None, answer=exchange(500, {}))
    refusals.none_taken()
    made.booked(None, answer=accepted(KEPT))
    verdict = broken(refusals.none_taken)
    assert verdict.code == "wrongly_taken"
    assert "the platform took it (confirmed)" in verdict.sentence
    made.state.bookings.clear()
    with pytest.raises(ScenarioNotPossible, match="Nobody asked for a booking"):
        refusals.none_taken()


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (refused(422, "OPERATING_HOURS_CLOSED", **TIMES), "refusal_status_wrong", "HTTP 422 instead of 400"),
        (refused(400, "NO", **TIMES), "refusal_code_wrong", "code is NO instead of OPERATING_HOURS_CLOSED"),
        (refused(400, "OPERATING_HOURS_CLOSED", reason="?"), "refusal_reason_wrong", "reason is ? instead of"),
        (refused(400, "OPERATING_HOURS_CLOSED", "no", **TIMES), "refusal_without_words", "no reason in words"),
        (exchange(500, {}), "refused_with_error", "answered with an error (HTTP 500) instead of refusing"),
        (exchange(201, {"booking": None}), "answer_lost", "the guest got no answer that can be read (HTTP 201"),
    ],
)
def test_another_refusal_than_agreed_is_a_breach(answer: Exchange, code: str, said: str) -> None:
    verdict = broken(scene(answer)[1].refused, NOT_OFFERED)
    assert verdict.code == code
    assert said in verdict.sentence


def test_the_field_that_is_wrong_is_named() -> None:
    _, refusals = scene(refused(400, "INVALID", fieldErrors={"email": ["is not an e-mail"]}))
    refusals.refused(wrong_field("email"))
    verdict = broken(refusals.refused, wrong_field("email", "phone"))
    assert verdict.code == "refusal_field_missing"
    assert "what is wrong with the phone" in verdict.sentence


def test_what_should_be_refused_and_was_taken_is_a_breach() -> None:
    made = Scene()
    made.booked(KEPT, outcome=None)
    verdict = broken(made.promises.refusals.refused, REFUSALS["the restaurant is closed"])
    assert verdict.code == "wrongly_taken"
    assert "the platform took it (confirmed)" in verdict.sentence
    assert made.state.booking.outcome is Outcome.NOT_REFUSED


@pytest.mark.parametrize(
    ("hours", "shown", "offered_by"),
    [
        (OPEN, "12:00", "its own hours"),
        (CLOSED, "19:00", None),
        (None, "12:00", None),
        (None, "19:00", "the times that guests are shown"),
    ],
)
def test_a_time_that_the_restaurant_offers_accuses_nobody(hours: Any, shown: str, offered_by: str | None) -> None:
    made = Scene()
    made.house.opening = hours
    made.booked(KEPT, answer=accepted(), outcome=None)
    made.answers(200, {**DAY, "slots": [{"value": shown, "bookingOption": "dinner"}]})
    if offered_by is None:
        assert broken(made.promises.refusals.refused, NOT_OFFERED).code == "wrongly_taken"
    else:
        with pytest.raises(NotAtThisRestaurant, match=f"seats guests at 19:00, by {offered_by}"):
            made.promises.refusals.refused(NOT_OFFERED)


def test_a_time_that_a_house_does_not_have_is_refused_for_its_hours_before_its_past() -> None:
    made, refusals = scene(refused(400, "OPERATING_HOURS_CLOSED", **TIMES))
    past = REFUSALS["the time has passed"]
    assert broken(refusals.refused, past).code == "refusal_status_wrong"
    made.house.opening = replace(OPEN, closes=datetime.time(16))
    with pytest.raises(NotAtThisRestaurant, match=r"seats nobody on .* at 19:00, by its own hours"):
        refusals.refused(past)


def test_a_day_that_offers_no_time_has_no_first_and_no_last() -> None:
    made, refusals = scene(refused(400, "OPERATING_HOURS_CLOSED", **TIMES))
    made.answers(200, {**DAY, "slots": []})
    with pytest.raises(NotAtThisRestaurant, match="offers no time at all on that day"):
        refusals.names_times()


@pytest.mark.parametrize(
    ("name", "shown", "code", "said"),
    [
        ("firstAvailableSlot", "12:30", "refusal_first_time_wrong", "12:30 as the first time to book"),
        ("firstAvailableSlot", None, "refusal_first_time_wrong", "no time as the first time to book"),
        ("lastAvailableSlot", "21:00", "refusal_last_time_wrong", "21:00 as the last time to book"),
    ],
)
def test_a_wrong_time_to_book_in_a_refusal_is_a_breach(name: str, shown: str | None, code: str, said: str) -> None:
    verdict = broken(scene(refused(400, "OPERATING_HOURS_CLOSED", **{**TIMES, name: shown}))[1].names_times)
    assert verdict.codes == (code,)
    assert said in verdict.sentence


@pytest.mark.parametrize(
    ("name", "shown", "code", "said"),
    [
        ("requestedTime", "18:00", "refusal_asked_time_wrong", "18:00 as the time asked for (requestedTime)"),
        ("timezone", "UTC", "refusal_zone_wrong", "UTC as its time zone (timezone) instead of Europe/London"),
        ("opensAt", "11:00", "refusal_opening_wrong", "11:00 as its opening time (opensAt) instead of 12:00"),
        ("closesAt", "23:00", "refusal_closing_wrong", "23:00 as its closing time (closesAt) instead of 22:00"),
    ],
)
def test_a_refusal_that_names_another_time_zone_or_hours_is_a_breach(
    name: str, shown: str, code: str, said: str
) -> None:
    verdict = broken(scene(refused(400, "OPERATING_HOURS_CLOSED", **{**TIMES, name: shown}))[1].refused, NOT_OFFERED)
    assert verdict.codes == (code,)
    assert said in verdict.sentence


def test_only_the_refusal_of_a_time_is_compared_with_the_restaurants_hours() -> None:
    _, refusals = scene(refused(400, "INVALID", **{**TIMES, "requestedTime": "25:00"}))
    refusals.refused(REFUSALS["something in it is wrong"])


def test_a_time_that_has_passed_is_refused_by_the_restaurants_clock() -> None:
    past = REFUSALS["the time has passed"]
    clock = {"timezone": "Europe/London", "serverTime": "2026-11-24T20:00:00 GMT"}
    scene(refused(422, "BOOKING_IN_PAST", **clock))[1].refused(past)
    verdict = broken(scene(refused(422, "BOOKING_IN_PAST", **{**clock, "timezone": "UTC"}))[1].refused, past)
    assert verdict.codes == ("refusal_zone_wrong",)
    verdict = broken(scene(refused(422, "BOOKING_IN_PAST"))[1].refused, past)
    assert verdict.codes == ("refusal_clock_missing",)
    assert "does not say what time it is at the restaurant (serverTime)" in verdict.sentence
    detail = {"timezone": "UTC", "requestedTime": "2026-11-24T19:00:00Z"}
    issue = {"code": "PAST_TIME", "message": "Selected time has passed", "detail": detail}
    scene(exchange(400, {"ok": False, "issues": [issue]}))[1].refused(past)


def test_a_refusal_may_write_seconds_and_hours_that_nobody_may_read_are_not_compared() -> None:
    made, refusals = scene(refused(400, "OPERATING_HOURS_CLOSED", **{**TIMES, "opensAt": "12:00:00"}))
    refusals.refused(NOT_OFFERED)
    made, refusals = scene(refused(400, "OPERATING_HOURS_CLOSED", **{**TIMES, "opensAt": "08:00"}))
    made.house.opening = None
    refusals.refused(NOT_OFFERED)
    made.house.opening = replace(OPEN, opens=datetime.time(8))
    refusals.refused(NOT_OFFERED)


def test_a_refused_booking_that_is_stored_all_the_same_is_a_breach() -> None:
    made, refusals = scene(refused())
    made.house.rows[KEPT.id] = KEPT
    made.house.known = {REQUEST.email.lower()}
    verdict = broken(refusals.nothing_stored)
    assert set(verdict.codes) == {"refused_but_stored", "refused_guest_kept"}
    assert "it was refused and stored all the same, as HMNJRNJDGY" in verdict.sentence
    assert "its guest is kept as a customer" in verdict.sentence
