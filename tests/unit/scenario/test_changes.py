"""What is done to a booking that was made."""

from __future__ import annotations

import datetime
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import Mock, call

import pytest

from bookingflow.core.errors import BrokenPromise, NotAtThisRestaurant, ScenarioNotPossible, SuiteError
from bookingflow.platform.cancellation import Undone
from bookingflow.platform.target import DemoControls
from bookingflow.testdata.moments import Moment
from bookingflow.testdata.parties import Party
from tests.support.acting import Stage
from tests.support.fakes import BOOKING_ID
from tests.support.stored import KEPT, REQUEST, TABLE

ANOTHERS_ID = f"{BOOKING_ID[:-1]}0"


def cleaner(stage: Stage, result: Undone) -> list[str]:
    """A way to cancel that ends so; what it was asked for."""
    undone: list[str] = []

    def cancel(ids: list[str], _: object) -> Undone:
        undone.extend(ids)
        return result

    stage.session.cleaner = cast("Any", SimpleNamespace(cancels=True, cancel=cancel))
    return undone


def test_a_booking_is_undone_by_the_way_that_is_set_up() -> None:
    stage = Stage()
    stage.booked()
    with pytest.raises(ScenarioNotPossible, match="needs bookings to be cancelled"):
        stage.act.changes.undo_first()
    assert not stage.state.first.cancelled
    undone = cleaner(stage, Undone())
    stage.act.changes.undo_first()
    assert undone == [BOOKING_ID]
    assert stage.state.first.cancelled


def test_a_booking_that_can_not_be_undone_stays_and_says_why() -> None:
    stage = Stage()
    stage.booked()
    cleaner(stage, Undone(left={BOOKING_ID: "It was answered with HTTP 500."}))
    with pytest.raises(SuiteError, match="It was answered with HTTP 500"):
        stage.act.changes.undo_first()
    assert not stage.state.first.cancelled


def demo(stage: Stage) -> Mock:
    """The demo's hands; what they are asked for is kept."""
    controls = Mock(spec=DemoControls)
    cast("Any", stage.session.target).controls = controls
    return controls


def another(stage: Stage, party: int) -> None:
    """Another guest books for so many, and gets table T09."""
    row = replace(KEPT, id=ANOTHERS_ID, party_size=party, customer_email="b@example.com", idempotency_key="another")
    row = replace(row, tables=(replace(TABLE, number="T09"),))
    request = REQUEST.model_copy(update={"party": party, "email": "b@example.com"})
    stage.booked(row, request=request, key="another")


@pytest.mark.parametrize("by", ["guest", "staff"])
def test_a_booking_is_cancelled_as_the_guest_or_the_restaurant_does_it(by: Any) -> None:
    stage = Stage()
    stage.booked()
    another(stage, 2)
    controls = demo(stage)
    stage.act.changes.cancel_last(by)
    stage.act.changes.cancel_first(by)
    assert controls.mock_calls == [call.cancel(ANOTHERS_ID, by), call.cancel(BOOKING_ID, by)]
    assert all(booking.cancelled for booking in stage.state.bookings)


def test_what_a_booking_is_changed_to_is_what_was_asked_for_from_there_on() -> None:
    stage = Stage()
    stage.booked()
    controls = demo(stage)
    stage.act.changes.come_with(Party("as many guests as the largest table seats"))
    stage.act.changes.come_at(Moment("19:15 of that day"))
    later = datetime.time(19, 15)
    assert controls.mock_calls == [call.edit(BOOKING_ID, party=4), call.edit(BOOKING_ID, time=later)]
    changed = stage.state.booking
    assert (changed.request.party, changed.request.time, changed.changed) == (4, later, True)


def test_the_first_is_moved_to_the_table_of_another_of_its_size_who_cancels() -> None:
    stage = Stage()
    first = stage.booked()
    another(stage, first.request.party)
    controls = demo(stage)
    stage.act.changes.move_first()
    assert controls.mock_calls == [call.cancel(ANOTHERS_ID, "guest"), call.move(BOOKING_ID, "T09")]
    assert (first.changed, first.cancelled, stage.state.bookings[1].cancelled) == (True, False, True)


def test_nobody_is_moved_where_no_other_party_is_of_that_size() -> None:
    stage = Stage()
    first = stage.booked()
    another(stage, first.request.party + 1)
    controls = demo(stage)
    with pytest.raises(NotAtThisRestaurant, match="has one table of that size only"):
        stage.act.changes.move_first()
    assert controls.mock_calls == []


@pytest.mark.parametrize("key", ["key", "else"], ids=["under this run's key", "under another key"])
def test_nothing_is_done_to_a_booking_that_is_somebody_elses_by_now(key: str) -> None:
    stage = Stage()
    stage.booked()
    stage.now_stored(replace(KEPT, customer_email="else@example.com", idempotency_key=key))
    controls, changes = demo(stage), stage.act.changes
    with pytest.raises((BrokenPromise, SuiteError)):
        changes.cancel_first("guest")
    with pytest.raises((BrokenPromise, SuiteError)):
        changes.come_with(Party("2 guests"))
    with pytest.raises((BrokenPromise, SuiteError)):
        changes.come_at(Moment("19:15 of that day"))
    assert controls.mock_calls == []
