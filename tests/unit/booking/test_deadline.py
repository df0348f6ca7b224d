"""Time is true: what is late, what is not, and what nobody could see."""

from __future__ import annotations

import datetime
import threading
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bookingflow.booking import submission
from bookingflow.booking.submission import Submission
from bookingflow.booking.tracked_booking import Outcome
from bookingflow.core.errors import TargetUnreachable
from bookingflow.core.timing import Deadline, SystemClock
from bookingflow.platform.api import BookingApi
from bookingflow.platform.database_models import BookingRow, Snapshot, StatusChange
from tests.support.fakes import CONFIRMED, NOW, RESTAURANT_ID, Stream, event, row
from tests.support.stage import REQUEST, Stage

UNDER_WAY = Snapshot(row(), events=(event("auto_assign.started"),))


def confirmed_at(seconds: float) -> Snapshot:
    """Confirmed so long after its creation, by the platform's own clock, which is an hour behind ours."""
    created = NOW - datetime.timedelta(hours=1)
    at = created + datetime.timedelta(seconds=seconds)
    history = (StatusChange("pending", "confirmed", at, None),)
    return Snapshot(replace(CONFIRMED, created_at=created, updated_at=at), history, UNDER_WAY.events)


def away(stage: Stage, since: float, until: float) -> None:
    """The database answers nothing in this time."""
    look, full_look, clock = stage.database.look, stage.database.full_look, stage.clock

    def limited(call: Any) -> Any:
        def asked(booking_id: str, deadline: Deadline) -> Any:
            while since <= clock.monotonic() < until:
                if deadline.expired:
                    raise TargetUnreachable("nothing answers")
                clock.sleep(0.1)
            return call(booking_id, deadline)

        return asked

    vars(stage.database).update(look=limited(look), full_look=limited(full_look))


def test_confirmed_just_in_time_is_kept() -> None:
    booking = Stage((0, UNDER_WAY), (89.9, confirmed_at(89.9))).run()
    assert booking.outcome is Outcome.CONFIRMED_BACKGROUND


def test_unconfirmed_at_the_deadlines_own_look_is_late() -> None:
    booking = Stage((0, UNDER_WAY), (90.4, confirmed_at(90.4))).run()
    assert booking.outcome is Outcome.PENDING_TIMEOUT
    assert booking.looked_at >= 90.0


@pytest.mark.parametrize(("at", "outcome"), [(89.9, Outcome.CONFIRMED_BACKGROUND), (90.4, Outcome.CONFIRMED_LATE)])
def test_where_the_look_comes_late_the_rows_own_times_decide(at: float, outcome: Outcome) -> None:
    stage = Stage((0, UNDER_WAY), (at, confirmed_at(at)))
    away(stage, 89.0, 90.45)
    assert stage.run().outcome is outcome


def test_where_nobody_could_look_nothing_is_judged() -> None:
    stage = Stage((0, UNDER_WAY), (90.4, confirmed_at(90.4)))
    away(stage, 89.0, 92.0)
    booking = stage.run()
    assert booking.outcome is Outcome.UNREACHABLE
    assert booking.deadline.elapsed <= 91.0


def test_a_booking_is_looked_for_by_its_key_while_its_answer_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submission, "HANGS_AFTER_S", 0.01)
    clock, asked = SystemClock(), threading.Event()

    def hang(_: httpx.Request) -> httpx.Response:
        asked.wait(10)
        return httpx.Response(500)

    def find(restaurant_id: str, key: str, deadline: Deadline) -> list[BookingRow]:
        assert restaurant_id == RESTAURANT_ID
        asked.set()
        return [CONFIRMED] if key == "the key" else []

    api = BookingApi("http://platform.test", clock=clock, transport=httpx.MockTransport(hang))
    stream = Stream.on(clock)
    sender = Submission(api, stream.stream, clock, find=find)
    booking = sender.submit(REQUEST, restaurant_id=RESTAURANT_ID, seconds=10, idempotency_key="the key")
    api.close()
    assert [(status, tables) for _, status, tables in booking.seen] == [("confirmed", 1)]
    assert any("no answer yet; by its key: confirmed" in record.message for record in stream.records)
