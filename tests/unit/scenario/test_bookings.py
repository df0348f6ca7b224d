"""Whether a booking that the database does not show was lost by the platform, or is kept elsewhere."""

from __future__ import annotations

import datetime
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
from tests.support.promises import CLOSED, OPEN, Scene, exchange, refused
from tests.support.sessions import HOME, session
from tests.support.stage import REQUEST, Stage

LIVE = Settings(target="live", database_url="postgresql://x@y/z")
OWN_DEMO = Settings(target="demo")
SHOWN = httpx.Response(200, json={"bookings": [{"id": BOOKING_ID}]})
NOT_SHOWN = httpx.Response(200, json={"bookings": []})
DAY: dict[str, Any] = {
    "restaurantId": HOME.id,
    "date": "2026-11-24",
    "timezone": HOME.timezone,
    "intervalMinutes": 15,
    "isClosed": False,
}
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
    slots = [slot, {"value": "12:00", "bookingOption": "dinner"}]
    return httpx.Response(200, json={**DAY, "slots": slots})


def test_an_occasion_that_is_not_served_then_is_refused_by_unified_validation() -> None:
    booking = not_taken("SERVICE_PERIOD")
    _, bookings = made(booking, a_day("drinks"), LIVE)
    with pytest.raises(NotAtThisRestaurant, match=r"offers .* for drinks only, and this platform refuses dinner then"):
        bookings.verdict(booking)


NINE = datetime.time(21)


@pytest.mark.parametrize(
    ("hours", "shown", "says"),
    [
        (replace(OPEN, closes=NINE.replace(hour=20, minute=30)), "12:00", "for 120 minutes, by its own hours"),
        (replace(OPEN, closes=NINE), "12:00", None),
        (replace(OPEN, last_seating_minutes=240), "12:00", "19:00, by its own hours"),
        (OPEN, "12:00", None),
        (None, "12:00", "19:00, by the times that guests are shown"),
        (None, "19:00", None),
        (CLOSED, "19:00", None),
    ],
)
def test_a_time_that_a_house_does_not_have_is_refused_by_right(hours: Any, shown: str, says: str | None) -> None:
    scene = Scene(LIVE)
    scene.house.opening = hours
    slots = [{"value": shown, "bookingOption": "dinner"}]
    scene.answers(200, {**DAY, "slots": slots})
    booking = scene.booked(None, answer=refused(400, "OPERATING_HOURS_CLOSED"), outcome=Outcome.REFUSED)
    if says is None:
        assert scene.bookings.verdict(booking).code == "refused"
    else:
        with pytest.raises(NotAtThisRestaurant, match=f"seats nobody on .*{says}"):
            scene.bookings.verdict(booking)


def test_a_time_between_what_is_certain_and_what_is_possible_is_the_platforms_own_matter() -> None:
    scene = Scene(LIVE)
    scene.house.opening = replace(OPEN, closes=NINE.replace(minute=15))
    scene.session.stays = {**scene.session.stays, "christmas_party": 150}
    booking = scene.booked(None, answer=refused(400, "OPERATING_HOURS_CLOSED"), outcome=Outcome.REFUSED)
    for slots in ([], [{"value": "19:00", "bookingOption": "dinner", "disabled": True}]):
        scene.answers(200, {**DAY, "slots": slots})
        with pytest.raises(NotAtThisRestaurant, match="by the times that guests are shown"):
            scene.bookings.verdict(booking)
    scene.answers(404, {"error": "Restaurant not found"})
    assert scene.bookings.verdict(booking).code == "refused"


@pytest.mark.parametrize(("code", "option"), [("SERVICE_PERIOD", "dinner"), ("OUTSIDE_HOURS", "drinks")])
def test_what_is_offered_for_this_occasion_must_be_taken(code: str, option: str) -> None:
    booking = not_taken(code)
    _, bookings = made(booking, a_day(option), LIVE)
    verdict = bookings.verdict(booking)
    assert (type(verdict), verdict.code) == (BrokenPromise, "refused")
