"""Guests of the benchmarks: a dinner or lunch for four, booked with the suite's own client."""

from __future__ import annotations

import datetime

from bookingflow.core.timing import Deadline
from bookingflow.platform.api import BookingApi
from bookingflow.platform.api_models import BookingRequest, SubmitResult

LONGEST_S = 30.0


def request(name: str, phone: str, *, days_ahead: int, time: datetime.time) -> BookingRequest:
    """A booking this many days from now; name and phone are to be nobody else's."""
    return BookingRequest(
        restaurant_slug="demo-restaurant",
        date=datetime.date.today() + datetime.timedelta(days=days_ahead),  # noqa: DTZ011 - any future day will do
        time=time,
        party=4,
        booking_type="dinner",
        name="Bench Guest",
        email=f"{name}@example.com",
        phone=phone,
    )


def book(api: BookingApi, name: str, phone: str, *, days_ahead: int, time: datetime.time) -> SubmitResult:
    """Send it."""
    body = request(name, phone, days_ahead=days_ahead, time=time).payload()
    return api.submit(body, idempotency_key=None, correlation_id=name, deadline=Deadline(api.clock, LONGEST_S))
