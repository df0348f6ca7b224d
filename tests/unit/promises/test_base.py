"""A promise about something that the scenario's own sentences did not do accuses nobody."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bookingflow.booking.tracked_booking import Outcome
from bookingflow.checks.refusals import REFUSALS
from bookingflow.core.errors import ScenarioNotPossible
from bookingflow.platform.database_models import Table
from bookingflow.platform.slots import Slot
from bookingflow.promises import Promises
from tests.support.promises import Scene
from tests.support.stored import KEPT

CLOSED = REFUSALS["the restaurant is closed"]


@pytest.mark.parametrize(
    ("promise", "lacks"),
    [
        (lambda them: them.many_guests.exactly_confirmed(1), "Nobody booked at the same moment"),
        (lambda them: them.many_guests.all_confirmed(), "Nobody booked at the same moment"),
        (lambda them: them.many_guests.others_wait(), "Nobody booked at the same moment"),
        (lambda them: them.many_guests.answered(), "Nobody booked at the same moment"),
        (lambda them: them.repeats.answered_as_the_same(), "The first booking was not sent again"),
        (lambda them: them.repeats.of_its_own(), "No second booking was made"),
        (lambda them: them.rate_limit.asked_to_wait(), "Nobody asked too often"),
        (lambda them: them.rate_limit.lookups_limited(), "Nobody looked up too much"),
        (lambda them: them.tables.one_of_those(), "No table was taken and given back"),
        (lambda them: them.tables.all_taken(), "Nobody was left without a table"),
        (lambda them: them.confirmation.first_cancelled(), "Nobody cancelled the booking"),
        (lambda them: them.refusals.everybody_refused(CLOSED), "Nobody booked at the same moment"),
        (lambda them: them.refusals.names_times(), "No booking was refused"),
        (lambda them: them.refusals.nothing_stored(), "No booking was refused"),
        (lambda them: them.confirmation.gave_up_after_one_attempt(), "No guest was left waiting"),
    ],
)
def test_a_then_without_its_when_accuses_nobody(promise: Callable[[Promises], Any], lacks: str) -> None:
    scene = Scene()
    scene.booked()
    scene.house.tables = [Table("id-T09", "T09", 2, "zone", "Dining room", "indoor", True)]
    scene.state.slot = Slot(KEPT.date, datetime.time(19), "Europe/London")
    with pytest.raises(ScenarioNotPossible, match=lacks) as raised:
        promise(scene.promises)
    assert raised.value.hint == "A When sentence comes first."


def test_another_booking_is_not_the_first_sent_again() -> None:
    scene = Scene()
    scene.booked()
    scene.booked(replace(KEPT, id="another"), key="another")
    with pytest.raises(ScenarioNotPossible, match="was not sent again"):
        scene.promises.repeats.answered_as_the_same()


def test_no_booking_at_all_is_not_right_to_the_last_detail() -> None:
    with pytest.raises(ScenarioNotPossible, match="No booking was made"):
        Scene().promises.completeness.to_the_last_detail()


def test_how_a_booking_ended_is_known_once_it_was_followed() -> None:
    scene = Scene()
    booking = scene.booked(outcome=None)
    scene.promises.confirmation.ended_as(Outcome.CONFIRMED_INLINE_API)
    assert booking.followed
