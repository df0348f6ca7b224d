"""How a booking ends: each promise about it kept, and broken with its code and sentence."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from bookingflow.booking.tracked_booking import Outcome
from bookingflow.core.errors import (
    BrokenPromise,
    EvidenceHidden,
    NotAtThisRestaurant,
    NotJudged,
    ScenarioNotPossible,
    Verdict,
)
from bookingflow.core.failures import Breach
from bookingflow.core.settings import Settings
from bookingflow.platform.api_models import Exchange
from bookingflow.platform.background_job import JobResult
from bookingflow.platform.database_models import BookingRow, Holdings, RelatedRecords, Snapshot, StatusChange, Table
from bookingflow.promises.confirmation import ConfirmationPromises
from tests.support.fakes import BOOKING_ID, NOW, event, table
from tests.support.promises import ALONE, LIVE, Scene, accepted, broken, exchange, refused
from tests.support.stored import KEPT, START, TABLE

PENDING = replace(KEPT, status="pending", tables=())
REASON = replace(PENDING, last_result={"reason": "No suitable tables available"})
MOVED = replace(TABLE, table_id="id-T09", number="T09")


def scene(row: BookingRow | None = KEPT, **given: Any) -> tuple[Scene, ConfirmationPromises]:
    made = Scene()
    made.booked(row, **given)
    return made, made.promises.confirmation


def test_a_confirmed_booking_keeps_both_promises_of_confirmation() -> None:
    made, confirmation = scene()
    confirmation.confirmed()
    confirmation.all_confirmed()
    made.booked(replace(PENDING, id="other"), outcome=Outcome.PENDING_TIMEOUT)
    assert broken(confirmation.all_confirmed).code == broken(confirmation.confirmed).code


def test_one_that_waits_in_a_full_house_is_not_judged_and_its_cause_is_kept_for_the_report() -> None:
    made, confirmation = scene(REASON, outcome=Outcome.PENDING_SETTLED)
    with pytest.raises(NotJudged, match="no combination of free tables seats 4") as raised:
        confirmation.confirmed()
    assert made.state.diagnosis is not None
    assert raised.value.code == made.state.diagnosis.code == "capacity"


def test_where_only_joined_tables_seat_a_party_and_none_are_said_to_be_joined_nothing_is_asked() -> None:
    made, confirmation = scene(REASON, outcome=Outcome.PENDING_SETTLED)
    made.house.tables = [Table(f"id-T{n}", f"T{n}", 2, "zone", "Dining room", "indoor", movable=True) for n in (1, 2)]
    with pytest.raises(NotAtThisRestaurant, match=r"no table for 4 guests, .* not said to join .*EXPECT=merges"):
        confirmation.confirmed()
    made, confirmation = scene(REASON, outcome=Outcome.PENDING_SETTLED)
    made.house.tables = [Table("id-T3", "T3", 4, "zone", "Dining room", "indoor", movable=True)]
    assert broken(confirmation.confirmed).code == "tables_were_free"


def test_after_a_change_it_is_confirmed_anew_as_soon_as_it_shows() -> None:
    made, confirmation = scene()
    made.now_stored(PENDING)
    made.house.then = [{BOOKING_ID: PENDING}, {BOOKING_ID: KEPT}]
    confirmation.confirmed_anew(5)
    assert 0 < made.clock.monotonic() < 1


@pytest.mark.parametrize(
    ("now", "code", "said"),
    [
        (PENDING, "not_confirmed_anew", "after the change it is pending with no table"),
        (replace(KEPT, tables=(replace(TABLE, capacity=2),)), "too_few_seats", "T05, which seats 2"),
        (
            replace(KEPT, tables=(replace(TABLE, end_at=START + datetime.timedelta(minutes=30)),)),
            "table_time_wrong",
            "T05 is kept from 19:00 to 19:30 instead of from 19:00",
        ),
    ],
)
def test_what_is_not_confirmed_anew_in_time_is_a_breach(now: BookingRow, code: str, said: str) -> None:
    made, confirmation = scene()
    made.now_stored(now)
    verdict = broken(confirmation.confirmed_anew, 5)
    assert verdict.code == code
    assert said in verdict.sentence
    assert made.clock.monotonic() == pytest.approx(5)


def test_what_a_change_lost_comes_back_by_no_waiting() -> None:
    made, confirmation = scene()
    made.now_stored(replace(PENDING, seating_preference="outdoor"))
    verdict = broken(confirmation.confirmed_anew, 5)
    assert verdict.code == "not_confirmed_anew"
    assert 'the seating wish is stored as "outdoor" instead of "any"' in verdict.sentence
    assert made.clock.monotonic() == 0


def test_an_answer_that_can_be_read_is_one_also_when_it_says_no() -> None:
    scene(None)[1].gets_answer()
    scene()[1].gets_answer()


def test_an_answer_that_is_lost_is_a_breach_and_says_whether_the_booking_was_made() -> None:
    made, confirmation = scene(KEPT, answer=exchange(500, {}), outcome=None)
    verdict = broken(confirmation.gets_answer)
    assert verdict.code == "answer_lost"
    assert "HTTP 500" in verdict.sentence
    assert "the booking was made all the same" in verdict.sentence
    assert made.state.booking.outcome is Outcome.ANSWER_LOST


def test_a_request_that_never_reached_the_platform_is_not_judged() -> None:
    lost = exchange(None, {}, problem="connection refused", connected=False)
    _, confirmation = scene(None, answer=lost, outcome=Outcome.UNREACHABLE)
    with pytest.raises(NotJudged) as raised:
        confirmation.gets_answer()
    assert raised.value.code == "unreachable"


def test_what_a_wall_answered_is_not_judged() -> None:
    page = exchange(
        401, "<html>Authentication Required</html>", headers={"server": "Vercel", "content-type": "text/html"}
    )
    _, confirmation = scene(None, answer=page, outcome=Outcome.WALL)
    with pytest.raises(NotJudged, match=r"The answer to the booking can't be judged") as raised:
        confirmation.gets_answer()
    assert raised.value.code == "wall"


def test_the_answers_status_is_the_one_that_is_promised() -> None:
    _, confirmation = scene()
    confirmation.answered("confirmed")
    verdict = broken(confirmation.answered, "pending")
    assert verdict.code == "answer_status_wrong"
    assert 'the answer says "confirmed" instead of "pending". Who can act' in verdict.sentence
    _, waiting = scene(answer=accepted(KEPT, said="pending"))
    assert (
        'instead of "confirmed": the guest has to wait to learn whether'
        in broken(waiting.answered, "confirmed").sentence
    )


def test_an_answer_without_a_booking_has_no_status_to_judge() -> None:
    _, confirmation = scene(None, answer=refused(400, "OPERATING_HOURS_CLOSED"), outcome=Outcome.REFUSED)
    assert broken(confirmation.answered, "confirmed").code == "refused"


def test_a_platform_that_ran_out_of_its_own_time_is_not_accused_of_its_answer() -> None:
    late = replace(KEPT, last_result={"reason": "INLINE_TIMEOUT"})
    _, confirmation = scene(late, answer=accepted(KEPT, said="pending"))
    with pytest.raises(NotAtThisRestaurant, match="INLINE_TIMEOUT"):
        confirmation.answered("confirmed")


def test_an_answer_that_shows_what_is_stored_and_new_matches() -> None:
    scene()[1].answer_matches()
    scene(KEPT, answer=accepted(KEPT, said="pending"))[1].answer_matches()


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (accepted(replace(KEPT, party_size=5)), "answer_party_size_differs", "5 instead of 4"),
        (accepted(KEPT, status=202), "answer_not_new", "HTTP 202 instead of 201 (created)"),
        (accepted(KEPT, status=200), "answer_not_new", "and calls it a repetition"),
        (replace(accepted(), response_headers={"content-type": "text/html"}), "answer_could_run", "text/html"),
    ],
)
def test_an_answer_that_differs_from_what_is_stored_is_a_breach(answer: Exchange, code: str, said: str) -> None:
    verdict = broken(scene(KEPT, answer=answer)[1].answer_matches)
    assert verdict.code == code
    assert said in verdict.sentence


def test_an_answer_is_compared_with_the_number_that_was_sent_not_with_what_is_stored_of_it() -> None:
    unnumbered = replace(KEPT, idempotency_key=None)
    scene(unnumbered, answer=accepted(KEPT, idempotencyKey="key"), key="key")[1].answer_matches()
    _, other = scene(unnumbered, answer=accepted(KEPT, idempotencyKey="another"), key="key")
    assert broken(other.answer_matches).code == "answer_of_another_request"


def test_the_path_a_booking_took_is_the_promised_one() -> None:
    made, confirmation = scene()
    confirmation.ended_as(Outcome.CONFIRMED_INLINE_API)
    made.state.booking.job = JobResult("done", "the job ran", 10.0)
    verdict = broken(confirmation.ended_as, Outcome.CONFIRMED_BACKGROUND)
    assert verdict.code == "wrong_path"
    assert "it was confirmed in the answer, instead of confirmed by the background job" in verdict.sentence
    assert "the job ran" in verdict.sentence
    made.state.booking.outcome = None
    assert "it was not followed" in broken(confirmation.ended_as, Outcome.CONFIRMED_BACKGROUND).sentence


def test_a_confirmation_that_stands_is_watched_for_its_whole_time() -> None:
    made, confirmation = scene()
    confirmation.stays_confirmed(3)
    assert made.clock.monotonic() == pytest.approx(3)


@pytest.mark.parametrize(
    ("now", "code", "said"),
    [
        (PENDING, "confirmation_withdrawn", "it was confirmed with T05 from 19:00 to 20:20, and then pending with no"),
        (replace(KEPT, status="cancelled"), "closed_unasked", "and then cancelled with T05"),
        (replace(KEPT, tables=(MOVED,)), "tables_moved", "and then confirmed with T09"),
        (replace(KEPT, tables=()), "tables_withdrawn", "and then confirmed with no table"),
        (replace(KEPT, tables=(replace(TABLE, start_at=None),)), "table_time_changed", "with T05 for no time"),
    ],
)
def test_whatever_changes_about_a_confirmed_booking_is_a_breach(now: BookingRow, code: str, said: str) -> None:
    made, confirmation = scene()
    made.house.then = [{BOOKING_ID: KEPT}, {BOOKING_ID: now}]
    verdict = broken(confirmation.stays_confirmed, 3)
    assert verdict.code == code
    assert said in verdict.sentence
    assert made.clock.monotonic() < 1


def test_what_the_job_must_not_change_is_compared_with_what_was_before() -> None:
    made, confirmation = scene(PENDING, outcome=Outcome.PENDING_TIMEOUT)
    with pytest.raises(ScenarioNotPossible, match="Nothing was done yet"):
        confirmation.unchanged()
    made.state.before = PENDING
    confirmation.unchanged()
    made.now_stored(replace(PENDING, status="cancelled"))
    verdict = broken(confirmation.unchanged)
    assert verdict.code == "job_changes_booking"
    assert "it was pending with no table, and then cancelled with no table" in verdict.sentence
    made.state.before = KEPT
    for now in (replace(KEPT, status="cancelled"), replace(KEPT, tables=(MOVED,))):
        made.now_stored(now)
        assert broken(confirmation.unchanged).code == "job_changes_booking"
    made.now_stored(PENDING)
    assert broken(confirmation.unchanged).code == "confirmation_withdrawn"


def test_one_recorded_confirmation_is_right_and_two_are_a_breach() -> None:
    made, confirmation = scene()
    once = StatusChange("pending", "confirmed", NOW, None)
    confirmation.confirmed_once()
    made.house.records[BOOKING_ID] = RelatedRecords(history=(once,))
    confirmation.confirmed_once()
    made.house.records[BOOKING_ID] = RelatedRecords(history=(once, once))
    verdict = broken(confirmation.confirmed_once)
    assert verdict.code == "confirmed_twice"
    assert "2 confirmations" in verdict.sentence


# -- waiting -----------------------------------------------------------------------------------------------------------


def test_a_booking_that_waits_without_a_table_and_with_a_reason_keeps_its_promises() -> None:
    _, confirmation = scene(REASON, outcome=Outcome.PENDING_SETTLED)
    assert confirmation.pending() is REASON
    confirmation.pending_with_reason()


def test_waiting_without_any_reason_is_a_breach() -> None:
    _, confirmation = scene(PENDING, outcome=Outcome.PENDING_SETTLED)
    confirmation.pending()
    verdict = broken(confirmation.pending_with_reason)
    assert verdict.code == "no_reason"
    assert "it stays pending, and no reason is recorded anywhere" in verdict.sentence


@pytest.mark.parametrize(
    ("row", "answer", "code", "said"),
    [
        (KEPT, accepted(), "wrong_path", "it is confirmed with 1 table instead of waiting"),
        (replace(KEPT, party_size=9), accepted(), "too_few_seats", "9 guests were given T05, which seats 4"),
        (
            replace(KEPT, tables=(replace(TABLE, in_service=False),)),
            accepted(),
            "table_out_of_service",
            "T05 is out of service",
        ),
        (PENDING, exchange(500, {}), "error_in_full_house", "answered with an error (HTTP 500)"),
        (PENDING, accepted(PENDING, said="confirmed"), "confirmed_while_waiting", 'the answer says "confirmed"'),
        (
            replace(PENDING, tables=(TABLE,)),
            accepted(PENDING),
            "waiting_keeps_tables",
            "it holds 1 table while it is pending",
        ),
    ],
)
def test_one_that_waits_otherwise_than_promised_is_a_breach(
    row: BookingRow, answer: Exchange, code: str, said: str
) -> None:
    verdict = broken(scene(row, answer=answer, outcome=Outcome.PENDING_TIMEOUT)[1].pending)
    assert verdict.code == code
    assert said in verdict.sentence


def test_in_a_full_house_one_is_confirmed_beyond_its_capacity() -> None:
    verdict = broken(scene(replace(KEPT, tables=()), answer=accepted())[1].pending_with_reason)
    assert verdict.code == "confirmed_beyond_capacity"
    assert "it is confirmed with no table, though none is left for it" in verdict.sentence


def test_one_that_is_not_stored_or_has_ended_does_not_wait() -> None:
    assert broken(scene(None, outcome=Outcome.REFUSED)[1].pending).code == "refused"
    made, confirmation = scene(replace(PENDING, status="PRIORITY_WAITLIST"), outcome=Outcome.TERMINAL)
    made.state.booking.ended_as = "PRIORITY_WAITLIST"
    assert "PRIORITY_WAITLIST" in broken(confirmation.pending).sentence


@pytest.mark.parametrize(("used", "code"), [(None, "attempts_unknown"), (3, "looked_too_long")])
def test_the_platforms_own_job_gives_up_after_one_attempt(used: int | None, code: str) -> None:
    made, confirmation = scene(PENDING, outcome=Outcome.PENDING_SETTLED)
    made.state.booking.study = Snapshot(PENDING, events=(event("auto_assign.summary", attemptsUsed=1),))
    confirmation.gave_up_after_one_attempt()
    made.state.booking.study = Snapshot(PENDING, events=(event("auto_assign.summary", attemptsUsed=used),))
    verdict = broken(confirmation.gave_up_after_one_attempt)
    assert verdict.code == code
    assert ("3 attempts instead of one" in verdict.sentence) == (used == 3)


@pytest.mark.parametrize("asked", ["attempts", "path", "reason"])
def test_what_only_hidden_events_would_show_accuses_nobody(asked: str) -> None:
    made, confirmation = scene(PENDING, outcome=Outcome.PENDING_TIMEOUT)
    promises: dict[str, Callable[[], None]] = {
        "attempts": confirmation.gave_up_after_one_attempt,
        "path": partial(confirmation.ended_as, Outcome.BACKGROUND_JOB_DISABLED),
        "reason": confirmation.pending_with_reason,
    }
    made.state.booking.study = Snapshot(PENDING, events=())
    broken(promises[asked])
    made.state.booking.study = Snapshot(PENDING, events=None)
    with pytest.raises(EvidenceHidden, match="observability_events"):
        promises[asked]()


def test_a_cancelled_booking_keeps_nothing() -> None:
    made, confirmation = scene()
    made.state.first.was_cancelled()
    made.now_stored(replace(KEPT, status="cancelled", tables=()))
    confirmation.first_cancelled()
    made.house.held[BOOKING_ID] = Holdings(holds=1)
    assert broken(confirmation.first_cancelled).codes == ("cancelled_keeps_reservations",)
    made.now_stored(replace(KEPT, tables=(table(),)))
    verdict = broken(confirmation.first_cancelled)
    assert verdict.codes == ("cancellation_undone",)
    assert "it was cancelled, and now it is confirmed with 1 table" in verdict.sentence
    made.now_stored(replace(KEPT, status="cancelled", tables=(table(),)))
    verdict = broken(confirmation.first_cancelled)
    assert set(verdict.codes) == {"cancelled_keeps_tables", "cancelled_keeps_reservations"}


def test_no_breach_is_no_demand() -> None:
    made, confirmation = scene()
    confirmation.demand(made.state.booking, [])
    verdict = broken(confirmation.demand, made.state.booking, [Breach("no_reason", "it stays pending")])
    assert verdict.particulars.startswith("Booking HMNJRNJDGY for 4 guests")


@pytest.mark.parametrize(
    ("settings", "kind", "code"), [(LIVE, NotJudged, "staff_acted"), (ALONE, BrokenPromise, "terminal")]
)
def test_a_booking_that_somebody_cancels_before_it_is_confirmed_accuses_nobody_where_staff_may_have(
    settings: Settings, kind: type[Verdict], code: str
) -> None:
    made = Scene(settings)
    booking = made.booked(replace(PENDING, status="cancelled"), outcome=Outcome.TERMINAL)
    for status, expected in (("cancelled", (kind, code)), ("PRIORITY_WAITLIST", (BrokenPromise, "terminal"))):
        booking.ended_as = status
        found = made.bookings.verdict(booking)
        assert (type(found), found.code) == expected
