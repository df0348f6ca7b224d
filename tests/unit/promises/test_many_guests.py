"""Many guests at the same moment: each promise kept, and broken with its code and sentence."""

from __future__ import annotations

import contextlib
import datetime
from dataclasses import replace

import pytest

from bookingflow.booking.tracked_booking import Outcome, TrackedBooking
from bookingflow.core.errors import BrokenPromise, NotAtThisRestaurant, NotJudged
from bookingflow.core.settings import Settings
from bookingflow.platform.api_models import CAPACITY_EXCEEDED
from bookingflow.platform.business_rules import table_stay
from bookingflow.platform.database_models import Occupation, Snapshot, Table
from bookingflow.scenario.bookings import Bookings
from tests.support.fakes import event
from tests.support.promises import ALONE, DEMO, LIVE, Scene, accepted, broken, exchange, refused
from tests.support.stored import KEPT, START, TABLE

WAITS = replace(
    KEPT,
    id="11111111-1111-4111-8111-111111111111",
    reference="SECONDONES",
    status="pending",
    tables=(),
    last_result={"reason": "No suitable tables available"},
)


def scene(*others: Outcome, settings: Settings = LIVE) -> Scene:
    """One who is confirmed, and others who ended so."""
    made = Scene(settings)
    made.booked()
    for outcome in others:
        made.booked(WAITS, outcome=outcome)
    made.state.together = list(made.state.bookings)
    return made


def test_the_last_table_is_given_to_one_and_the_other_waits_with_a_reason() -> None:
    guests = scene(Outcome.PENDING_SETTLED).promises.many_guests
    guests.exactly_confirmed(1)
    guests.others_wait()
    guests.answered()


@pytest.mark.parametrize(
    ("count", "code", "said"),
    [
        (2, "last_table_not_given", "1 of 2 are confirmed instead of 2 (1 confirmed in the answer, 1 still waiting, "),
        (0, "last_table_given_twice", "1 of 2 are confirmed instead of 0"),
    ],
)
def test_more_or_fewer_confirmed_than_tables_are_a_breach(count: int, code: str, said: str) -> None:
    verdict = broken(scene(Outcome.PENDING_SETTLED).promises.many_guests.exactly_confirmed, count)
    assert verdict.code == code
    assert said in verdict.sentence


@pytest.mark.parametrize(("needed", "in_vain"), [(1, True), (2, False)])
def test_the_others_are_not_waited_for_once_the_tables_are_given(
    monkeypatch: pytest.MonkeyPatch, needed: int, in_vain: bool
) -> None:
    made, follow = scene(Outcome.PENDING_SETTLED), Bookings.follow
    made.state.together.reverse()
    asked: list[tuple[bool, bool]] = []

    def noted(bookings: Bookings, booking: TrackedBooking, *, may_wait: bool = False) -> TrackedBooking:
        asked.append((booking.answered_confirmed, may_wait))
        return follow(bookings, booking, may_wait=may_wait)

    monkeypatch.setattr(Bookings, "follow", noted)
    with contextlib.suppress(BrokenPromise):
        made.promises.many_guests.exactly_confirmed(needed)
    assert asked == [(True, False), (False, in_vain)]


def test_one_too_many_at_a_broken_table_is_named_by_the_table() -> None:
    made = Scene(LIVE)
    made.booked()
    made.booked(replace(WAITS, status="confirmed", tables=(replace(TABLE, number="T08", in_service=False),)))
    made.state.together = list(made.state.bookings)
    verdict = broken(made.promises.many_guests.exactly_confirmed, 1)
    assert verdict.code == "table_out_of_service"
    assert "SECONDONES" in verdict.sentence
    assert "T08 is out of service" in verdict.sentence


def test_everybody_is_confirmed_or_the_one_who_is_not_has_its_verdict() -> None:
    scene().promises.many_guests.all_confirmed()
    with pytest.raises(NotJudged, match="Booking SECONDONES"):
        scene(Outcome.PENDING_SETTLED).promises.many_guests.all_confirmed()


def test_one_who_waits_without_a_reason_is_a_breach() -> None:
    made = scene()
    made.state.together.append(made.booked(replace(WAITS, last_result=None), outcome=Outcome.PENDING_SETTLED))
    assert broken(made.promises.many_guests.others_wait).code == "no_reason"


@pytest.mark.parametrize(
    ("result", "settings", "accused"),
    [("exhausted", ALONE, True), ("succeeded", ALONE, False), ("exhausted", LIVE, False)],
)
def test_one_who_waits_in_vain_though_a_table_is_free_is_a_breach_where_nobody_else_books(
    result: str, settings: Settings, accused: bool
) -> None:
    made = scene(Outcome.PENDING_SETTLED, settings=settings)
    made.house.tables = [Table("id-T06", "T06", 4, "zone", "Dining room", "indoor", movable=True)]
    waiting = made.state.together[1]
    waiting.study = Snapshot(WAITS, events=(event("auto_assign.started"), event("auto_assign.summary", result=result)))
    if not accused:
        made.promises.many_guests.others_wait()
        return
    verdict = broken(made.promises.many_guests.others_wait)
    assert verdict.code == "tables_were_free"
    assert "it waits, though T06 (seats 4) is free" in verdict.sentence
    made.house.taken = [Occupation("id-T06", START, START + datetime.timedelta(hours=1), "hold", None, None)]
    made.promises.many_guests.others_wait()


def test_a_table_that_somebody_has_before_the_party_would_leave_is_not_free() -> None:
    made = scene(Outcome.PENDING_SETTLED, settings=ALONE)
    made.house.tables = [Table("id-T06", "T06", 4, "zone", "Dining room", "indoor", movable=True)]
    waiting = made.state.together[1]
    waiting.study = Snapshot(
        WAITS, events=(event("auto_assign.started"), event("auto_assign.summary", result="exhausted"))
    )
    leaves = START + table_stay(WAITS.start_time, WAITS.party_size)
    made.house.taken = [
        Occupation("id-T06", leaves, leaves + datetime.timedelta(hours=1), "assignment", "b", "confirmed")
    ]
    assert broken(made.promises.many_guests.others_wait).code == "tables_were_free"
    earlier = leaves - datetime.timedelta(minutes=1)
    made.house.taken = [Occupation("id-T06", earlier, leaves, "assignment", "another", "confirmed")]
    made.promises.many_guests.others_wait()


def test_an_error_or_half_an_answer_under_load_is_a_breach() -> None:
    for answer, said in (
        (exchange(500, {}), "of 2 guests at the same moment this one got an error (HTTP 500)"),
        (refused(409), "this one got an error (HTTP 409)"),
        (exchange(None, {}, problem="connection reset"), "this one got no whole answer (connection reset)"),
    ):
        made = Scene(DEMO)
        made.booked()
        made.booked(None, answer=answer, outcome=Outcome.PLATFORM_ERROR)
        made.state.together = list(made.state.bookings)
        verdict = broken(made.promises.many_guests.answered)
        assert verdict.code == "error_under_load"
        assert said in verdict.sentence


def full_for_one(*tables: Table) -> Scene:
    """One is confirmed, another is refused because the house is full; these tables are free."""
    made = Scene(ALONE)
    made.house.tables = list(tables)
    made.booked()
    made.booked(None, answer=refused(409, code=CAPACITY_EXCEEDED), outcome=Outcome.REFUSED)
    made.state.together = list(made.state.bookings)
    return made


def test_where_full_houses_refuse_guests_that_is_no_error() -> None:
    made = full_for_one(Table("id-T01", "T01", 2, "zone", "Dining room", "indoor", movable=True))
    made.promises.many_guests.exactly_confirmed(1)
    made.promises.many_guests.others_wait()
    made.promises.many_guests.answered()
    with pytest.raises(NotAtThisRestaurant, match="refuses a party that it can't seat"):
        made.promises.confirmation.pending_with_reason(made.state.together[1])


def test_a_guest_refused_as_if_the_house_were_full_is_a_breach() -> None:
    made = full_for_one(Table("id-T06", "T06", 4, "zone", "Dining room", "indoor", movable=True))
    for promise, given in (
        (made.promises.many_guests.others_wait, ()),
        (made.promises.confirmation.pending_with_reason, (made.state.together[1],)),
    ):
        verdict = broken(promise, *given)
        assert verdict.code == "tables_unused"
        assert "refused as if the house were full, though T06 (seats 4) is free" in verdict.sentence


def test_half_an_answer_of_a_live_platform_may_be_the_fault_of_the_line() -> None:
    made = Scene(LIVE)
    made.booked(None, answer=exchange(201, {}, problem="reset", trouble="connection_cut"), outcome=Outcome.ANSWER_LOST)
    made.state.together = list(made.state.bookings)
    for promise in (made.promises.many_guests.answered, made.promises.confirmation.gets_answer):
        with pytest.raises(NotJudged, match=r"did not arrive whole \(reset\)") as raised:
            promise()
        assert raised.value.code == "connection_cut"


def test_those_alone_who_booked_together_are_counted() -> None:
    made = scene()
    made.booked(WAITS, answer=accepted(WAITS), outcome=Outcome.PENDING_SETTLED)
    made.promises.many_guests.exactly_confirmed(1)
    made.promises.many_guests.all_confirmed()
