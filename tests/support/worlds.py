"""A run in whose scenario a booking was confirmed: with a database and an API that play back what they were given."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.core.errors import EvidenceHidden
from bookingflow.core.known_breaches import KnownBreach, KnownBreaches
from bookingflow.core.settings import Settings
from bookingflow.core.timing import Deadline
from bookingflow.platform.api import BookingApi
from bookingflow.platform.cancellation import Ownership, Undone
from bookingflow.platform.database_models import (
    Access,
    BookingRow,
    RelatedRecords,
    Snapshot,
    StatusChange,
)
from bookingflow.platform.slots import Slot
from bookingflow.scenario.session import BookingReport
from bookingflow.world import World
from tests.support.fakes import BOOKING_ID, CONFIRMED, RESTAURANT_ID, FakeClock
from tests.support.sessions import session
from tests.support.stage import REQUEST, Stage

SCENARIO = "BOOK-008 A scenario"
START = datetime.datetime.combine(REQUEST.date, REQUEST.time, ZoneInfo("Europe/London"))
AS_ASKED = replace(
    CONFIRMED,
    start_at=START,
    end_at=START + datetime.timedelta(hours=2),
    tables=(replace(CONFIRMED.tables[0], start_at=START, end_at=START + datetime.timedelta(minutes=80)),),
)
REFERENCE = CONFIRMED.reference
CONFIRMATION = StatusChange("pending", "confirmed", CONFIRMED.updated_at, None)


class Rows:
    """A database that has these rows."""

    def __init__(self, *rows: BookingRow) -> None:
        self.rows = rows
        self.access = Access(every_booking=True)
        self.recorded = RelatedRecords((CONFIRMATION,), {}, 1)
        self.customer: Mapping[str, Any] = {"restaurant_id": RESTAURANT_ID, "email": REQUEST.email}
        self.hidden = False

    def check_evidence(self, _: Deadline) -> None:
        if self.hidden:
            raise EvidenceHidden("Row-level security may hide rows.")

    def reread(self, ids: Sequence[str]) -> list[BookingRow]:
        return [row for row in self.rows if row.id in ids]

    def holdings(self, _: Sequence[str]) -> dict[str, Any]:
        return {}

    def of_day(self, *_: Any) -> list[BookingRow]:
        return []

    def hours_of_days(self, *_: Any) -> dict[str, Any]:
        return {}

    def service_periods(self, _: str) -> None:
        return None

    def related_records(self, ids: Sequence[str]) -> dict[str, RelatedRecords]:
        return dict.fromkeys(ids, self.recorded)

    def customers(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        return {booking_id: {**self.customer, "phone": REQUEST.phone} for booking_id in ids}

    def of_guests(self, **_: Any) -> list[BookingRow]:
        return list(self.rows)

    def of_strangers(self, *_: Any) -> list[BookingRow]:
        return []

    def held_for_nobody(self, *_: Any) -> list[str]:
        return []


class Cleaner:
    """Undoes all that it is asked for, and remembers it; the first times it ends as it was set to."""

    cancels = True

    def __init__(self, *ends: Undone | BaseException) -> None:
        self.asked: list[str] = []
        self._ends = list(ends)

    def check(self) -> None:
        """Ready."""

    def undo(self, booking_ids: Sequence[str], ours: Ownership) -> Undone:
        end = self._ends.pop(0) if self._ends else Undone()
        if isinstance(end, BaseException):
            raise end
        self.asked += booking_ids
        return end

    cancel = undo


def known(*keys: str) -> KnownBreaches:
    """Known breaches: each a scenario and a code, or a finding's code alone."""
    entries = []
    for key in keys:
        scenario, _, code = key.rpartition(" ")
        named = {"scenario": scenario, "code": code} if scenario else {"finding": code}
        entries.append(
            KnownBreach(**named, reason="Known.", link="https://t.example/1", expires=datetime.date(2999, 1, 1))
        )
    return KnownBreaches(entries, datetime.date(2026, 1, 1))


def world(
    *rows: BookingRow,
    cleaner: Cleaner | None = None,
    answer: httpx.Response | Exception | None = None,
    breaches: KnownBreaches | None = None,
    settings: Settings | None = None,
) -> World:
    """A world in whose scenario a booking was confirmed; the database has these rows now, the API gives this answer."""

    def again(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, httpx.Response):
            return answer
        if answer is None:
            return httpx.Response(200, json={"booking": {"id": BOOKING_ID, "status": "confirmed"}, "duplicate": True})
        raise answer

    clock = FakeClock()
    booking = Stage((0, Snapshot(CONFIRMED, events=())), answer="confirmed").run()
    assert booking.confirmed
    api = BookingApi("http://platform.test", clock=clock, transport=httpx.MockTransport(again))
    made = World(
        session(clock=clock, api=api, database=Rows(*rows), cleaner=cleaner or Cleaner(), settings=settings),
        breaches or known(),
    )
    made.enter(SCENARIO, [])
    made.session.submission.keys += [booking.idempotency_key, CONFIRMED.idempotency_key or ""]
    made.scenario.slot = Slot(REQUEST.date, REQUEST.time, "Europe/London")
    made.scenario.bookings.append(booking)
    made.scenario.created.append(BOOKING_ID)
    made.session.reports.append(BookingReport(SCENARIO, booking))
    return made


def answered_with(token: str, booking_id: str) -> TrackedBooking:
    """A booking whose answer has this pass."""
    booking = world(CONFIRMED).scenario.bookings[0]
    booking.log.booking_id, booking.pass_given = booking_id, token
    return booking
