"""What asking twice does: each promise about it kept, and broken with its code and sentence."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from bookingflow.booking.tracked_booking import Outcome
from bookingflow.platform.api_models import Exchange
from bookingflow.platform.database_models import BookingRow
from bookingflow.promises.repeats import RepeatPromises
from tests.support.fakes import NOW
from tests.support.promises import Scene, accepted, broken, refused
from tests.support.stored import KEPT, REQUEST, TABLE

OTHER_ID = "11111111-1111-4111-8111-111111111111"
PASSED_ON = replace(accepted(KEPT, status=200), response_headers={"set-cookie": "sr_confirm=t; Secure"})


def scene(answer: Exchange, *, key: str = "key", outcome: Outcome = Outcome.CONFIRMED_INLINE_API) -> Scene:
    """A booking, and the answer to the request that followed it."""
    made = Scene()
    made.booked()
    made.booked(None, answer=answer, key=key, outcome=outcome)
    return made


def repeats(answer: Exchange) -> RepeatPromises:
    return scene(answer).promises.repeats


def test_a_repetition_that_is_answered_with_the_first_booking_keeps_every_promise() -> None:
    made = repeats(accepted(KEPT, status=200))
    made.answered_as_the_same()
    made.one_unchanged()


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (PASSED_ON, "pass_given_again", "gives out the pass to the booking"),
        (accepted(replace(KEPT, id=OTHER_ID), status=200), "booked_twice", "sent again made another booking"),
        (accepted(KEPT), "repeat_not_recognised", "does not say that it is the same booking (HTTP 201)"),
        (accepted(replace(KEPT, party_size=5), status=200), "answer_party_size_differs", "5 instead of 4"),
        (accepted(KEPT, status=200, confirmationToken="t"), "pass_given_again", "gives out the pass to the booking"),
    ],
)
def test_another_answer_to_a_repetition_is_a_breach(answer: Exchange, code: str, said: str) -> None:
    verdict = broken(repeats(answer).answered_as_the_same)
    assert verdict.code == code
    assert said in verdict.sentence


def test_a_repetition_that_is_refused_has_the_verdict_of_a_refusal() -> None:
    made = scene(refused(409, "CONFLICT"), outcome=Outcome.REFUSED)
    assert broken(made.promises.repeats.answered_as_the_same).code == "refused"


def test_a_request_id_counts_at_its_own_restaurant_only() -> None:
    repeats(accepted(replace(KEPT, id=OTHER_ID))).of_its_own()
    verdict = broken(repeats(accepted(KEPT, status=200)).of_its_own)
    assert verdict.code == "foreign_booking"
    assert "another guest's, made with the same request id at another restaurant" in verdict.sentence


def test_a_new_request_of_the_same_guest_is_a_booking_of_its_own() -> None:
    scene(accepted(replace(KEPT, id=OTHER_ID)), key="another key").promises.repeats.of_its_own()
    verdict = broken(scene(accepted(KEPT), key="another key").promises.repeats.of_its_own)
    assert verdict.code == "second_is_the_first"
    assert "asked for a second booking and was given the first again" in verdict.sentence


def test_the_next_request_id_of_a_partner_is_another_guests() -> None:
    made = scene(accepted(KEPT), key="another key")
    made.state.booking.request = REQUEST.model_copy(update={"email": "another@example.com"})
    verdict = broken(made.promises.repeats.of_its_own)
    assert verdict.code == "foreign_booking"
    assert "another guest's, made with another request id that resembles it" in verdict.sentence


def test_what_a_guest_is_shown_as_theirs_stands() -> None:
    def listing(*statuses: str, listed: str = KEPT.id) -> RepeatPromises:
        items = [{"id": listed, "status": status} for status in statuses]
        return scene(accepted(KEPT, bookings=[*items, {"id": "no status"}, None])).promises.repeats

    listing("pending", "pending_allocation", "confirmed").lists_what_stands()
    scene(accepted(KEPT, bookings="none")).promises.repeats.lists_what_stands()
    verdict = broken(listing("confirmed", "cancelled").lists_what_stands)
    assert verdict.codes == ("list_shows_ended",)
    assert "the answer lists a booking of its guest that is cancelled" in verdict.sentence
    listing("cancelled", listed=OTHER_ID).lists_what_stands()  # another guest's: that is told of elsewhere
    odd = scene(accepted(KEPT, bookings=[{"id": KEPT.id, "status": ["cancelled"]}])).promises.repeats
    assert "that is ['cancelled']" in broken(odd.lists_what_stands).sentence


def test_one_request_makes_one_booking() -> None:
    made = scene(accepted(KEPT, status=200))
    made.house.rows[OTHER_ID] = replace(KEPT, id=OTHER_ID, reference="SECOND")
    verdict = broken(made.promises.repeats.one)
    assert verdict.code == "booked_twice"
    assert "made 2 bookings (HMNJRNJDGY and SECOND)" in verdict.sentence
    made.house.rows.clear()
    verdict = broken(made.promises.repeats.one)
    assert verdict.code == "missing"
    assert "one request sent more than once made no booking" in verdict.sentence


def test_a_second_booking_of_its_own_key_that_is_the_first_is_a_breach() -> None:
    made = scene(accepted(KEPT, status=200), key="another key")
    verdict = broken(made.promises.repeats.first_unchanged)
    assert verdict.code == "second_is_the_first"
    assert "asked for a second booking and was given the first again" in verdict.sentence


@pytest.mark.parametrize(
    ("now", "code", "said"),
    [
        (replace(KEPT, party_size=5), "party_not_stored", "5"),
        (replace(KEPT, reference="ABCDEFGHJK"), "reference_changed", "ABCDEFGHJK"),
        (replace(KEPT, tables=(replace(TABLE, table_id="x", number="T09"),)), "tables_moved", "T09"),
        (
            replace(KEPT, status="pending"),
            "confirmation_withdrawn",
            "it was confirmed with 1 table, and now it is pending",
        ),
        (
            replace(KEPT, tables=(replace(TABLE, end_at=NOW + datetime.timedelta(hours=9)),)),
            "table_time_changed",
            "its tables are not kept for the time they were kept for",
        ),
    ],
)
def test_a_first_booking_that_a_repetition_changes_is_a_breach(now: BookingRow, code: str, said: str) -> None:
    made = scene(accepted(KEPT, status=200))
    made.now_stored(now)
    verdict = broken(made.promises.repeats.first_unchanged)
    assert verdict.code == code
    assert said in verdict.sentence
