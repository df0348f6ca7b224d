"""A scenario in which promises are asked for: its bookings, what the database shows of them, what the API answers."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bookingflow.booking.tracked_booking import Outcome, TrackedBooking
from bookingflow.checks.api_answers import stored_facts
from bookingflow.core.errors import BrokenPromise
from bookingflow.core.events import BookingLog
from bookingflow.core.settings import Settings
from bookingflow.core.timing import Deadline
from bookingflow.platform.answers import classify
from bookingflow.platform.api import BookingApi
from bookingflow.platform.api_models import Accepted, BookingRequest, Exchange, HttpMetrics
from bookingflow.platform.database_models import (
    Access,
    BookingRow,
    Holdings,
    Hours,
    Occupation,
    PlatformEvent,
    RelatedRecords,
    Restaurant,
    ServicePeriod,
    Snapshot,
    Table,
)
from bookingflow.promises import Promises
from bookingflow.scenario.bookings import Bookings
from bookingflow.scenario.session import BookingReport
from bookingflow.scenario.state import ScenarioState
from tests.support.fakes import BOOKING_ID, FakeClock
from tests.support.sessions import HOME, session
from tests.support.stored import KEPT, REQUEST

JSON = {"content-type": "application/json"}
OPEN = Hours(datetime.time(12), datetime.time(22), 30, 90)
CLOSED = Hours(None, None, None, None)
LIVE = Settings(target="live", database_url="postgresql://x@y/z")
ALONE = LIVE.model_copy(update={"expect": frozenset({"exclusive_restaurant"})})
"""A live platform at which nobody else books."""
DEMO = Settings(target="demo")


def exchange(
    status: int | None = 201,
    body: Any = None,
    *,
    headers: Mapping[str, str] = JSON,
    problem: str | None = None,
    connected: bool = True,
    trouble: str = "",
) -> Exchange:
    """An answer to a booking; a text as it stands, anything else as JSON."""
    text = body if isinstance(body, str) else json.dumps(body, default=str)
    metrics = HttpMetrics("POST", "/api/bookings", status, 10, len(text), 5.0)
    return Exchange(metrics, {}, {}, headers, text, problem, connected, trouble)


def accepted(row: BookingRow = KEPT, *, status: int = 201, said: str | None = None, **more: Any) -> Exchange:
    """The answer that shows a booking as it is stored; `said` is another status."""
    shown = {**stored_facts(row), "start_at": row.start_at and row.start_at.isoformat()}
    shown |= {"end_at": row.end_at and row.end_at.isoformat(), "status": said or row.status}
    return exchange(status, {"booking": shown, "duplicate": status == 200, **more})


def refused(status: int = 400, code: str = "", error: str = "We are closed then", **details: Any) -> Exchange:
    """An answer that says no."""
    return exchange(status, {"error": error, "code": code or None, "details": details})


class House:
    """A database that shows what it is given to show; what is not given is not there."""

    def __init__(self) -> None:
        self.rows: dict[str, BookingRow] = {}
        self.then: list[dict[str, BookingRow]] = []
        """What it shows after each look, in their order; the last stays."""
        self.events: tuple[PlatformEvent, ...] = ()
        self.access = Access(every_booking=True)
        self.held: dict[str, Holdings] = {}
        self.records: dict[str, RelatedRecords] = {}
        self.people: dict[str, Mapping[str, Any]] = {}
        self.known: set[str] = set()
        """E-mails of customers and other guests."""
        self.name = ""
        """What the restaurant is called now, where it was renamed."""
        self.opening: Hours | None = OPEN
        self.closed_on: set[datetime.date] = set()
        self.periods: list[ServicePeriod] | None = []
        self.tables: list[Table] = []
        self.taken: list[Occupation] = []

    def look(self, booking_id: str, deadline: Deadline) -> BookingRow | None:
        row = self.rows.get(booking_id)
        if self.then:
            self.rows = self.then.pop(0)
        return row

    def full_look(self, booking_id: str, deadline: Deadline) -> Snapshot:
        return Snapshot(self.rows.get(booking_id), events=self.events)

    def check_evidence(self, deadline: Deadline | None = None) -> None:
        """Everything is seen."""

    def find_by_key(self, restaurant_id: str, key: str, deadline: Deadline) -> list[BookingRow]:
        return [row for row in self.rows.values() if row.idempotency_key == key]

    def as_it_is_now(self, place: Restaurant) -> Restaurant:
        return replace(place, name=self.name or place.name)

    def reread(self, booking_ids: Sequence[str]) -> list[BookingRow]:
        return [self.rows[one] for one in booking_ids if one in self.rows]

    def of_guests(self, *, emails: Sequence[str], keys: Sequence[str], ids: Sequence[str] = ()) -> list[BookingRow]:
        wanted = {email.lower() for email in emails}
        return [
            row
            for row in self.rows.values()
            if row.customer_email in wanted or row.idempotency_key in keys or row.id in ids
        ]

    def of_day(self, restaurant_id: str, date: datetime.date) -> list[BookingRow]:
        return [row for row in self.rows.values() if (row.restaurant_id, row.date) == (restaurant_id, date)]

    def guests_among(self, emails: Sequence[str]) -> set[str]:
        return self.known & set(emails)

    def knows_guest(self, email: str) -> bool:
        return email.lower() in self.known

    def holdings(self, booking_ids: Sequence[str]) -> dict[str, Holdings]:
        return {one: self.held.get(one, Holdings()) for one in booking_ids}

    def related_records(self, booking_ids: Sequence[str]) -> dict[str, RelatedRecords]:
        return {one: self.records.get(one, RelatedRecords()) for one in booking_ids}

    def customers(self, booking_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        return {one: self.people[one] for one in booking_ids if one in self.people}

    def inventory(self, restaurant_id: str, deadline: Deadline | None = None) -> list[Table]:
        return self.tables

    def occupations(
        self, _restaurant_id: str, since: datetime.datetime, until: datetime.datetime, *_: Any, **__: Any
    ) -> list[Occupation]:
        return [item for item in self.taken if item.start_at < until and item.end_at > since]

    def hours(self, restaurant_id: str, date: datetime.date) -> Hours | None:
        return CLOSED if date in self.closed_on else self.opening

    def hours_of_days(self, restaurant_id: str, dates: Sequence[datetime.date]) -> dict[datetime.date, Hours]:
        return {date: hours for date in dates if (hours := self.hours(restaurant_id, date)) is not None}

    def service_periods(self, restaurant_id: str) -> list[ServicePeriod] | None:
        return self.periods

    def restaurant(self, slug: str) -> Restaurant:
        return Restaurant(f"id of {slug}", slug, slug.title(), "America/New_York")


def _not_there(request: httpx.Request) -> httpx.Response:
    return httpx.Response(404, json={"error": "Nothing here"})


class Scene:
    """The scenario at hand, without a platform; `answer` is what the API answers to what is asked beside bookings."""

    def __init__(self, settings: Settings = LIVE) -> None:
        self.clock = FakeClock()
        self.house = House()
        self.answer: Callable[[httpx.Request], httpx.Response] = _not_there
        self.asked: list[httpx.Request] = []
        self.session = session(
            settings=settings,
            clock=self.clock,
            api=BookingApi("http://platform.test", clock=self.clock, transport=httpx.MockTransport(self._handle)),
            database=self.house,
        )
        self.state = ScenarioState(self.session, "A scenario")
        self.bookings = Bookings(self.session, self.state)
        self.promises = Promises(self.session, self.state, self.bookings)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answer(request)

    def answers(self, status: int, body: Any = None, **headers: str) -> None:
        """Answer so to whatever is asked from here on."""
        written = {"content-type": "application/json", **{name.replace("_", "-"): one for name, one in headers.items()}}
        text = body if isinstance(body, str) else json.dumps(body, default=str)
        self.answer = lambda _: httpx.Response(status, text=text, headers=written)

    def booked(
        self,
        row: BookingRow | None = KEPT,
        *,
        answer: Exchange | None = None,
        outcome: Outcome | None = Outcome.CONFIRMED_INLINE_API,
        request: BookingRequest = REQUEST,
        key: str = "key",
    ) -> TrackedBooking:
        """A booking that was followed to this end and is stored as this row; None where nothing is."""
        stated = classify(answer or (accepted(row) if row is not None else refused()))
        log = BookingLog(self.session.stream, correlation_id="c")
        deadline = Deadline(self.clock, 90)
        booking = TrackedBooking(
            request, HOME.id, key, deadline, log, stated, outcome=outcome, followed=outcome is not None
        )
        booking.answered_after = 0.0
        if isinstance(stated, Accepted):
            log.booking_id = stated.booking_id
        if row is not None:
            log.booking_id = log.booking_id or row.id
            self.house.rows[row.id] = row
            booking.study = Snapshot(row, events=())
        self.session.guests.know(name=request.name, email=request.email, phone=request.phone, notes=request.notes)
        self.session.submission.keys.append(key)
        self.session.reports.append(BookingReport(self.state.name, booking))
        self.state.bookings.append(booking)
        return booking

    def now_stored(self, row: BookingRow | None) -> None:
        """What the database shows from here on of the first booking."""
        self.house.rows.pop(BOOKING_ID, None)
        if row is not None:
            self.house.rows[row.id] = row


def broken(promise: Callable[..., Any], *given: Any, **named: Any) -> BrokenPromise:
    """The verdict that this promise is broken."""
    with pytest.raises(BrokenPromise) as raised:
        promise(*given, **named)
    return raised.value
