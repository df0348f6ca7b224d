"""Requests are sent at the pace that the platform asks for."""

from __future__ import annotations

import pytest

from bookingflow.core.errors import NotJudged
from tests.support.acting import Stage
from tests.support.fakes import BOOKING_ID
from tests.support.stored import REQUEST


def test_where_a_live_platform_asks_to_wait_the_suite_waits_and_sends_once_more() -> None:
    stage = Stage()
    stage.limits_first("7")
    booking = stage.act.submit_at_pace(REQUEST)
    assert booking.booking_id == BOOKING_ID
    assert stage.state.bookings == [booking]
    assert stage.clock.monotonic() == pytest.approx(7)


@pytest.mark.parametrize("waits", [("7", "7"), ("900",), ("soon",)])
def test_what_could_not_be_arranged_is_not_judged(waits: tuple[str, ...]) -> None:
    stage = Stage()
    stage.limits_first(*waits)
    with pytest.raises(NotJudged):
        stage.act.submit_at_pace(REQUEST)
    assert len(stage.sent) == len(waits)
