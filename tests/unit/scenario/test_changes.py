"""What is done to a booking that was made."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from bookingflow.core.errors import ScenarioNotPossible, SuiteError
from bookingflow.platform.cancellation import Undone
from tests.support.acting import Stage
from tests.support.fakes import BOOKING_ID


def cleaner(stage: Stage, result: Undone) -> list[str]:
    """A way to cancel that ends so; what it was asked for."""
    undone: list[str] = []

    def undo(ids: list[str], _: object) -> Undone:
        undone.extend(ids)
        return result

    stage.session.cleaner = cast("Any", SimpleNamespace(cancels=True, undo=undo))
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
