"""What comes of requests that something between sends twice accuses nobody."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from bookingflow.audit.step_ends import StepEnds
from bookingflow.core.errors import BrokenPromise, NotJudged
from bookingflow.core.failures import BETWEEN, Breach
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.settings import Settings
from bookingflow.platform.api import BookingApi
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import ScenarioState
from tests.support.fakes import RESTAURANT_ID, FakeClock
from tests.support.sessions import session
from tests.support.stage import REQUEST

REPEATED = BrokenPromise.of([Breach("answer_not_new", "and calls it a repetition"), Breach("link_missing", "no link")])
MORE = BrokenPromise.of([Breach("answer_not_new", "and calls it a repetition"), Breach("name_not_stored", "another")])
LIVE = Settings(target="live", database_url="postgresql://x@y/z")
RUNNING_DEMO = Settings(target="demo", api_base_url="http://127.0.0.1:3000", database_url="postgresql://x@y/z")


def run_that(*, sends: int, called_repeated: bool, settings: Settings = LIVE) -> Session:
    """A run that sent a booking so often under one key, and got this answer."""

    def answer(_: httpx.Request) -> httpx.Response:
        booking = {"id": str(uuid.uuid4()), "status": "confirmed"}
        return httpx.Response(200, json={"booking": booking, "duplicate": called_repeated})

    clock = FakeClock()
    api = BookingApi("http://platform.test", clock=clock, transport=httpx.MockTransport(answer))
    made = session(settings=settings, clock=clock, api=api, database=SimpleNamespace(check_evidence=lambda *_: None))
    for _ in range(sends):
        made.submission.submit(REQUEST, restaurant_id=RESTAURANT_ID, seconds=5, idempotency_key="key")
    return made


def ended(run: Session, broken: BrokenPromise) -> Any:
    state = ScenarioState(run, "BOOK-007 The answer says what is stored")
    return StepEnds(run, KnownBreaches([], FakeClock().now().date())).end_of(broken, state)


def test_a_booking_that_was_sent_once_and_is_called_repeated_accuses_nobody() -> None:
    run = run_that(sends=1, called_repeated=True)
    end = ended(run, REPEATED)
    assert isinstance(end.error, NotJudged)
    assert (end.status, end.error.code, end.error.who_can_act) == ("error", "sent_twice", BETWEEN)
    assert "was answered as sent before: does something between" in end.error.sentence


@pytest.mark.parametrize(
    ("run", "broken"),
    [
        (run_that(sends=2, called_repeated=True), REPEATED),
        (run_that(sends=1, called_repeated=False), REPEATED),
        (run_that(sends=1, called_repeated=True), MORE),
        (run_that(sends=1, called_repeated=True, settings=Settings(target="demo")), REPEATED),
        (run_that(sends=1, called_repeated=True, settings=RUNNING_DEMO), REPEATED),
    ],
    ids=["sent again by the suite", "called new", "another breach beside it", "own demo", "a running demo"],
)
def test_what_does_not_come_of_sending_twice_is_broken(run: Session, broken: BrokenPromise) -> None:
    end = ended(run, broken)
    assert (end.status, end.error) == ("failed", broken)
