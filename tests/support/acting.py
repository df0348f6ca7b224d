"""A scenario in which things are done, without a platform: what is sent, and a platform that takes every booking."""

from __future__ import annotations

import datetime
import json
from typing import Any

import httpx

from bookingflow.core.settings import Settings
from bookingflow.platform.database_models import Table
from bookingflow.platform.slots import Slot
from bookingflow.scenario.act import Act
from tests.support.fakes import BOOKING_ID
from tests.support.promises import LIVE, Scene
from tests.support.stored import REQUEST

TABLES = [Table(f"T{seats}", f"T{seats}", seats, "hall", "Hall", "indoor", True) for seats in (2, 4)]
BOOKED = {"booking": {"id": BOOKING_ID, "status": "pending"}, "duplicate": False}


class Stage(Scene):
    """A scenario at a house of two tables whose platform takes every booking as pending."""

    def __init__(self, settings: Settings = LIVE) -> None:
        super().__init__(settings)
        self.house.tables = TABLES
        self.state.slot = Slot(REQUEST.date, datetime.time(19), "Europe/London")
        self.act = Act(self.session, self.state, self.bookings)
        self.answers(201, BOOKED)

    @property
    def sent(self) -> list[dict[str, Any]]:
        """The bodies of the bookings that were sent."""
        return [json.loads(one.content) for one in self.asked if one.method == "POST"]

    @property
    def keys(self) -> list[str | None]:
        return [one.headers.get("idempotency-key") for one in self.asked if one.method == "POST"]

    def limits_first(self, *waits: str) -> None:
        """Ask to wait this often, with these values of Retry-After, then take every booking."""
        left = list(waits)

        def answer(_: httpx.Request) -> httpx.Response:
            if left:
                headers = {"retry-after": left.pop(0)}
                return httpx.Response(429, json={"error": "Too many", "code": "RATE_LIMITED"}, headers=headers)
            return httpx.Response(201, json=BOOKED)

        self.answer = answer
