"""The smallest failures there are, for what explains and shows them."""

from __future__ import annotations

from bookingflow.booking.failure_context import FailureContext
from bookingflow.booking.tracked_booking import Outcome, TrackedBooking
from bookingflow.core.errors import SuiteError
from bookingflow.core.events import BookingLog
from bookingflow.core.timing import Deadline
from bookingflow.platform.api_models import AnswerLost, Exchange, HttpMetrics, SubmitResult
from bookingflow.platform.background_job import JobResult
from bookingflow.platform.database_models import BookingRow, Occupation, PlatformEvent, Snapshot, Table
from tests.support.fakes import RESTAURANT_ID, FakeClock, Stream
from tests.support.stage import REQUEST


def exchange(status: int | None = 201, problem: str | None = None) -> Exchange:
    metrics = HttpMetrics("POST", "/api/bookings", status, 10, 10, 5.0)
    return Exchange(metrics, {}, {}, {}, "", problem)


def case(
    outcome: str,
    *,
    booking: BookingRow | None = None,
    events: tuple[PlatformEvent, ...] | None = (),
    submitted: SubmitResult | None = None,
    job: JobResult | None = None,
    party: int = 4,
    house: tuple[list[Table], list[Occupation]] | None = None,
    trouble: SuiteError | None = None,
) -> FailureContext:
    ended_as = "cancelled" if outcome == "terminal_cancelled" else ""
    clock = FakeClock()
    log = BookingLog(Stream.on(clock).stream, correlation_id="c")
    tracked = TrackedBooking(
        REQUEST.model_copy(update={"party": party}),
        RESTAURANT_ID,
        "key",
        Deadline(clock, 90),
        log,
        submitted or AnswerLost(exchange(500), "HTTP 500"),
        outcome=Outcome.TERMINAL if ended_as else Outcome[outcome.upper()],
        ended_as=ended_as,
        job=job,
        trouble=trouble,
        study=Snapshot(booking, events=events),
    )
    return FailureContext(tracked, *(house or (None, None)))
