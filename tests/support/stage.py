"""One booking on its way on a fake clock, on recorded sequences of what the database shows."""

from __future__ import annotations

import datetime
from typing import Any, cast

import httpx

from bookingflow.booking.observation import Observation
from bookingflow.booking.submission import Submission
from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.core.timing import Deadline
from bookingflow.platform.api import BookingApi
from bookingflow.platform.api_models import BookingRequest
from bookingflow.platform.background_job import BackgroundJob, JobResult
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database_models import Snapshot
from tests.support.fakes import BOOKING_ID, RESTAURANT_ID, FakeClock, PlaybackDatabase, Stream, event

REQUEST = BookingRequest(
    restaurant_slug="demo-restaurant",
    date=datetime.date(2026, 11, 24),
    time=datetime.time(19),
    party=4,
    booking_type="dinner",
    name="Acceptance Guest 1",
    email="acceptance@example.com",
    phone="+447700900000",
)
FULL = "No suitable tables available"
GAVE_UP = (
    event("auto_assign.started"),
    event("auto_assign.attempt", reason=FULL, reasonCode="hard.no_suitable_tables"),
    event("auto_assign.summary", result="exhausted", attemptsUsed=1, maxAttempts=1),
)


class ScriptedJob:
    """A job that takes a while and ends as it was set to."""

    def __init__(self, clock: FakeClock, result: JobResult) -> None:
        self.clock = clock
        self.result = result
        self.runs = 0

    def run(self, booking_id: str, deadline: Deadline, *, correlation_id: str = "") -> JobResult:
        self.runs += 1
        return self.result


DISABLED = JobResult("disabled", "no background job is configured", 0.0)
DONE = JobResult("done", "the job ran", 10.0)
FAILED = JobResult("failed", "the job answered HTTP 500", 10.0)


class Stage:
    """One booking on its way on a fake clock."""

    def __init__(self, *scenes: tuple[float, Snapshot], job: JobResult = DISABLED, answer: Any = "pending") -> None:
        self.clock = FakeClock()
        self.database = PlaybackDatabase(self.clock, *scenes)
        self.job = ScriptedJob(self.clock, job)
        self.log = Stream.on(self.clock)
        self.posts = 0
        self.answer = answer

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.posts += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        if isinstance(self.answer, httpx.Response):
            return self.answer
        body = {"booking": {"id": BOOKING_ID, "status": self.answer}, "duplicate": False}
        return httpx.Response(201, json=body)

    def run(
        self, seconds: float = 90.0, window: float = 20.0, *, followed_after: float = 0.0, may_wait: bool = False
    ) -> TrackedBooking:
        """Submit it, and follow it to its end; what comes between may take time (`followed_after`, in seconds)."""
        api = BookingApi("http://platform.test", clock=self.clock, transport=httpx.MockTransport(self.handle))
        submission = Submission(api, self.log.stream, self.clock)
        observation = Observation(
            cast("BookingDatabase", self.database), cast("BackgroundJob", self.job), self.log.stream, self.clock
        )
        booking = submission.submit(REQUEST, restaurant_id=RESTAURANT_ID, seconds=seconds)
        self.clock.sleep(followed_after)
        observation.follow(booking, inline_window=window, may_wait=may_wait)
        api.close()
        return booking

    def events(self) -> list[str]:
        return [f"{record.phase}:{record.event}" for record in self.log.records if record.event.startswith("phase")]
