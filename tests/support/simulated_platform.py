"""A platform that keeps bookings in memory and lives by a fake clock: the suite reaches it as it reaches the real one,
over HTTP and by its database's answers. For whole months of bookings in one unit test.
"""

from __future__ import annotations

import datetime
import json
import random
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from zoneinfo import ZoneInfo

import httpx

from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.settings import Settings
from bookingflow.core.timing import Deadline
from bookingflow.platform.api import BookingApi
from bookingflow.platform.cancellation import Ownership, Undone
from bookingflow.platform.database_models import Access, BookingRow, Holdings, Hours, Occupation, Snapshot, Table
from bookingflow.platform.own_guests import OwnGuests
from bookingflow.world import World
from tests.support.fakes import RESTAURANT_ID, FakeClock, row, table
from tests.support.sessions import session

Health = Literal["well", "slow", "failing", "waiting", "unreachable"]
"""How it treats a booking: confirms it at once, or after SLOW_S; answers an error; lets it wait; does not answer."""
SLOW_S = 14.0
ZONE = "Europe/London"
PERIODS = {"lunch": (datetime.time(12), datetime.time(13)), "dinner": (datetime.time(18), datetime.time(19))}
"""The times of each of its service periods."""
CLOSED_WEEKDAY = 1


@dataclass
class SimulatedPlatform:
    """The platform. `health` says how it is at a moment of the clock."""

    clock: FakeClock
    health: Callable[[float], Health] = lambda _: "well"
    rows: dict[str, BookingRow] = field(default_factory=dict)
    """What is stored and not cancelled; what was cancelled is kept for the session at hand only."""
    cancelled: dict[str, BookingRow] = field(default_factory=dict)
    cancels: bool = True
    obeys: Callable[[], bool] = lambda: True
    """Whether it lets bookings be cancelled."""
    access: Access = field(default_factory=lambda: Access({"restaurant_operating_hours"}, every_booking=True))
    most_held: int = 0
    """The most bookings that ever stood in one service period."""
    made: int = 0

    def world(self, settings: Settings) -> World:
        """A session of its own with this platform."""
        self.cancelled.clear()
        api = BookingApi("http://platform.test", clock=self.clock, transport=httpx.MockTransport(self._answer))
        joined = session(settings=settings, clock=self.clock, api=api, database=self, cleaner=self)
        joined.guests._rng = random.Random(self.made)
        return World(joined, KnownBreaches([], self.clock.now().date()))

    # -- the API -----------------------------------------------------------------------------------------------------

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=self._schedule(datetime.date.fromisoformat(request.url.params["date"])))
        health = self.health(self.clock.at)
        if health == "unreachable":
            raise httpx.ConnectError("refused", request=request)
        if health == "failing":
            return httpx.Response(500, json={"error": "An error occurred"})
        self.clock.sleep(SLOW_S if health == "slow" else 0.2)
        stored = self._store(json.loads(request.content), request.headers["idempotency-key"], health != "waiting")
        return httpx.Response(201, json={"booking": _shown(stored), "bookings": [_shown(stored)]})

    def _schedule(self, date: datetime.date) -> dict[str, Any]:
        closed = date.weekday() == CLOSED_WEEKDAY
        slots = [
            {"value": f"{time:%H:%M}", "bookingOption": period, "periodId": f"period-{period}", "disabled": False}
            for period, times in PERIODS.items()
            for time in times
        ]
        return {
            "restaurantId": RESTAURANT_ID,
            "date": date.isoformat(),
            "timezone": ZONE,
            "intervalMinutes": 60,
            "window": None if closed else {"opensAt": "12:00", "closesAt": "23:00"},
            "isClosed": closed,
            "slots": [] if closed else slots,
        }

    def _store(self, asked: dict[str, Any], key: str, confirmed: bool) -> BookingRow:
        date, time = datetime.date.fromisoformat(asked["date"]), datetime.time.fromisoformat(asked["time"])
        start = datetime.datetime.combine(date, time, ZoneInfo(ZONE)).astimezone(datetime.UTC)
        occasion = "dinner" if time.hour >= 17 else "lunch"
        ends = start + datetime.timedelta(minutes={"lunch": 90, "dinner": 120}[occasion])
        held = replace(
            table(), start_at=start, end_at=start + datetime.timedelta(minutes=80), restaurant_id=RESTAURANT_ID
        )
        self.made += 1
        stored = row(
            "confirmed" if confirmed else "pending",
            *([held] if confirmed else []),
            id=str(uuid.UUID(int=self.made)),
            reference=f"R{self.made:09d}",
            date=date,
            start_time=time,
            end_time=ends.astimezone(ZoneInfo(ZONE)).time(),
            start_at=start,
            end_at=ends,
            party_size=asked["party"],
            booking_type=occasion,
            customer_name=asked["name"],
            customer_email=asked["email"],
            customer_phone=asked["phone"],
            notes=asked.get("notes"),
            marketing_opt_in=asked["marketingOptIn"],
            idempotency_key=key,
            created_at=self.clock.now(),
        )
        self.rows[stored.id] = stored
        self.most_held = max(self.most_held, sum(_period(one) == _period(stored) for one in self.rows.values()))
        return stored

    def close(self) -> None:
        """It stays."""

    # -- the database ------------------------------------------------------------------------------------------------

    def look(self, booking_id: str, deadline: Deadline) -> BookingRow | None:
        return self.rows.get(booking_id) or self.cancelled.get(booking_id)

    def full_look(self, booking_id: str, deadline: Deadline) -> Snapshot:
        return Snapshot(self.look(booking_id, deadline), (), ())

    def check_evidence(self, deadline: Deadline | None = None) -> None:
        """It shows everything."""

    def find_by_key(self, restaurant_id: str, key: str, deadline: Deadline) -> list[BookingRow]:
        return self.of_guests(emails=[], keys=[key])

    def reread(self, ids: Sequence[str]) -> list[BookingRow]:
        return [one for one in self._all() if one.id in ids]

    def of_guests(self, *, emails: Sequence[str], keys: Sequence[str], ids: Sequence[str] = ()) -> list[BookingRow]:
        return [
            one for one in self._all() if one.id in ids or one.customer_email in emails or one.idempotency_key in keys
        ]

    def of_day(self, restaurant_id: str, date: datetime.date) -> list[BookingRow]:
        return [one for one in self._all() if one.date == date]

    def _all(self) -> Iterable[BookingRow]:
        return [*self.rows.values(), *self.cancelled.values()]

    def times_booked_by_own(
        self, restaurant_id: str, dates: Sequence[datetime.date], own: OwnGuests
    ) -> dict[datetime.date, list[datetime.time]]:
        held: dict[datetime.date, list[datetime.time]] = {}
        for one in self.rows.values():
            held.setdefault(one.date, []).append(one.start_time)
        return held

    def inventory(self, restaurant_id: str, deadline: Deadline | None = None) -> list[Table]:
        return [Table(f"id-T0{number}", f"T0{number}", 4, "zone", "Dining room", "indoor", False) for number in (5, 6)]

    def hours_of_days(self, restaurant_id: str, dates: Sequence[datetime.date]) -> dict[datetime.date, Hours]:
        opens, closes = datetime.time(12), datetime.time(23)
        return {
            date: Hours(None, None, 60, 60) if date.weekday() == CLOSED_WEEKDAY else Hours(opens, closes, 60, 60)
            for date in dates
        }

    def service_periods(self, restaurant_id: str) -> None:
        return None

    def occupations(self, *_: Any, **__: Any) -> list[Occupation]:
        return []

    def holdings(self, ids: Sequence[str]) -> dict[str, Holdings]:
        return {}

    def related_records(self, ids: Sequence[str]) -> dict[str, Any]:
        return {}

    def customers(self, ids: Sequence[str]) -> dict[str, Any]:
        return {}

    def guests_among(self, emails: Sequence[str]) -> set[str]:
        return set()

    # -- the role that cancels ---------------------------------------------------------------------------------------

    def check(self) -> None:
        """It can."""

    def undo(self, booking_ids: Sequence[str], ours: Ownership) -> Undone:
        if not self.obeys():
            return Undone({one: f"The booking {one} could not be cancelled (locked)." for one in booking_ids})
        for booking_id in booking_ids:
            if (one := self.rows.pop(booking_id, None)) is not None:
                assert ours.owns(one)
                self.cancelled[booking_id] = replace(one, status="cancelled", tables=())
        return Undone()

    cancel = undo


def _period(one: BookingRow) -> tuple[datetime.date, str]:
    return one.date, one.booking_type


def _shown(one: BookingRow) -> dict[str, Any]:
    return {"id": one.id, "status": one.status, "reference": one.reference}
