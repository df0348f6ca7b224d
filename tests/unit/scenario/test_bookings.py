"""Whether a booking that the database does not show was lost by the platform, or is kept elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from bookingflow.booking.tracked_booking import Outcome, TrackedBooking
from bookingflow.core.errors import BrokenPromise, NotAtThisRestaurant, NotJudged, Verdict
from bookingflow.core.settings import Settings
from bookingflow.platform.api import BookingApi
from bookingflow.platform.database_models import Snapshot
from bookingflow.scenario.bookings import Bookings
from bookingflow.scenario.session import BookingReport, Session
from bookingflow.scenario.state import ScenarioState
from tests.support.fakes import BOOKING_ID, CONFIRMED, FakeClock, PlaybackDatabase
from tests.support.promises import Scene, exchange
from tests.support.sessions import HOME, session
from tests.support.stage import REQUEST, Stage

LIVE = Settings(target="live", database_url="postgresql://x@y/z")
OWN_DEMO = Settings(target="demo")
SHOWN = httpx.Response(200, json={"bookings": [{"id": BOOKING_ID}]})
NOT_SHOWN = httpx.Response(200, json={"bookings": []})
REFUSED = httpx.Response(429, json={"error": "Too many"})


def missing() -> TrackedBooking:
    """A booking that the answer named, and that the database does not show."""
    stage = Stage()
    stage.database.access.every_booking = True
    booking = stage.run()
    assert booking.outcome is Outcome.TERMINAL_MISSING
    return booking


def made(booking: TrackedBooking, lookup: httpx.Response, settings: Settings) -> tuple[Session, Bookings]:
    clock = FakeClock()
    api = BookingApi("http://platform.test", clock=clock, transport=httpx.MockTransport(lambda _: lookup))
    database: Any = PlaybackDatabase(clock)
    database.inventory = database.occupations = lambda *_, **__: []
    run = session(settings=settings, clock=clock, api=api, database=database)
    run.reports.append(BookingReport("A scenario", booking))
    return run, Bookings(run, ScenarioState(run, "A scenario"))


@pytest.mark.parametrize(
    ("lookup", "settings", "kind", "code"),
    [
        (SHOWN, LIVE, NotJudged, "other_database"),
        (REFUSED, LIVE, NotJudged, "other_database"),
        (NOT_SHOWN, LIVE, BrokenPromise, "missing"),
        (SHOWN, OWN_DEMO, BrokenPromise, "missing"),
    ],
)
def test_the_runs_first_booking_is_asked_for_before_the_platform_is_accused(
    lookup: httpx.Response, settings: Settings, kind: type, code: str
) -> None:
    booking = missing()
    _, bookings = made(booking, lookup, settings)
    verdict = bookings.verdict(booking)
    assert (type(verdict), verdict.code) == (kind, code)


def test_once_a_booking_was_seen_the_database_is_this_platforms() -> None:
    booking = missing()
    run, bookings = made(booking, SHOWN, LIVE)
    seen = missing()
    seen.seen.append((0.0, CONFIRMED.status, 1))
    run.reports.insert(0, BookingReport("An earlier one", seen))
    assert bookings.verdict(booking).code == "missing"


def test_another_guests_booking_is_named_whatever_became_of_it() -> None:
    booking = missing()
    run, bookings = made(booking, SHOWN, LIVE)
    run.submission.keys.append("earlier")
    earlier = replace(CONFIRMED, status="cancelled", idempotency_key="earlier", customer_email="else@example.com")
    booking.study, booking.outcome = Snapshot(earlier), Outcome.TERMINAL  # this run has cancelled it since
    assert bookings.verdict(booking).code == "foreign_booking"


@pytest.mark.parametrize(("settings", "kind"), [(LIVE, NotJudged), (OWN_DEMO, BrokenPromise)])
def test_a_request_that_is_lost_with_its_line_accuses_no_live_platform(settings: Settings, kind: type[Verdict]) -> None:
    scene = Scene(settings)
    answer = exchange(None, {}, problem="the connection broke", trouble="connection_cut")
    booking = scene.booked(None, answer=answer, outcome=Outcome.ANSWER_LOST)
    verdict = scene.bookings.verdict(booking)
    assert type(verdict) is kind
    assert verdict.code == ("connection_cut" if kind is NotJudged else "answer_lost")


def not_taken(code: str) -> TrackedBooking:
    """A booking for dinner that unified validation refused, for this reason."""
    issues = [{"code": code, "message": "Selected time is not part of the dinner service."}]
    return Stage(answer=httpx.Response(400, json={"ok": False, "issues": issues})).run()


def a_day(option: str) -> httpx.Response:
    """The restaurant's day, which offers the time of that booking for this occasion."""
    slot = {"value": f"{REQUEST.time:%H:%M}", "bookingOption": option}
    day = {"restaurantId": HOME.id, "date": "2026-11-24", "timezone": HOME.timezone, "intervalMinutes": 15}
    slots = [slot, {"value": "12:00", "bookingOption": "dinner"}]
    return httpx.Response(200, json={**day, "isClosed": False, "slots": slots})


def test_an_occasion_that_is_not_served_then_is_refused_by_unified_validation() -> None:
    booking = not_taken("SERVICE_PERIOD")
    _, bookings = made(booking, a_day("drinks"), LIVE)
    with pytest.raises(NotAtThisRestaurant, match=r"offers .* for drinks only, and this platform refuses dinner then"):
        bookings.verdict(booking)


@pytest.mark.parametrize(("code", "option"), [("SERVICE_PERIOD", "dinner"), ("OUTSIDE_HOURS", "drinks")])
def test_what_is_offered_for_this_occasion_must_be_taken(code: str, option: str) -> None:
    booking = not_taken(code)
    _, bookings = made(booking, a_day(option), LIVE)
    verdict = bookings.verdict(booking)
    assert (type(verdict), verdict.code) == (BrokenPromise, "refused")
