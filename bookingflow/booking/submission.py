"""Sending bookings: each POST once, with a key of its own; the deadline runs from the submit on."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Protocol

from bookingflow.booking.tracked_booking import Outcome, TrackedBooking
from bookingflow.core.errors import SuiteError
from bookingflow.core.events import BookingLog, EventStream
from bookingflow.core.ledger import Ledger
from bookingflow.core.text import counted, one_line
from bookingflow.core.timing import Clock, Deadline, Running, next_interval
from bookingflow.core.trace import trace_id_of
from bookingflow.platform.answers import wait_in_words
from bookingflow.platform.api import BookingApi
from bookingflow.platform.api_models import (
    Accepted,
    BookingRequest,
    Exchange,
    NotSent,
    RateLimited,
    Refused,
    SubmitResult,
)
from bookingflow.platform.database_models import BookingRow

Find = Callable[[str, str, Deadline], list[BookingRow]]
"""Every booking of a restaurant, by its id, that was made with a key."""

BLANK_KEY = " "
"""The key of a client that sends the header and has no key."""
HANGS_AFTER_S = 1.0
"""Seconds without an answer from which on the booking is looked for by its key."""
LOOK_S = 2.0
"""Seconds that such a look may take."""


@dataclass(frozen=True)
class _Envelope:
    """A request ready to be sent, with the deadline that runs from then on."""

    request: BookingRequest
    restaurant_id: str
    body: Any
    key: str
    deadline: Deadline
    log: BookingLog
    header: str | None
    """What is sent as the key; None where that header is left out."""

    def send(self, api: BookingApi) -> SubmitResult:
        """POST it."""
        return api.submit(
            self.body, idempotency_key=self.header, correlation_id=self.log.correlation_id, deadline=self.deadline
        )

    def opened(self, submitted: SubmitResult) -> TrackedBooking:
        """The booking that this request begins: the request, and what came back."""
        return TrackedBooking(self.request, self.restaurant_id, self.key, self.deadline, self.log, submitted)


class Sending(Protocol):
    """A request on its way."""

    def wait(self, seconds: float) -> bool:
        """Whether its answer came within this many seconds."""

    def result(self) -> SubmitResult:
        """The answer, once it came."""


@dataclass(frozen=True)
class _Sending:
    """One of several requests on their way."""

    future: Future[SubmitResult]

    def wait(self, seconds: float) -> bool:
        return bool(wait([self.future], seconds).done)

    def result(self) -> SubmitResult:
        return self.future.result()


class Submission:
    """Sends bookings to one platform."""

    def __init__(
        self,
        api: BookingApi,
        stream: EventStream,
        clock: Clock,
        ledger: Ledger | None = None,
        find: Find | None = None,
        heed: Callable[[Exchange], None] | None = None,
    ) -> None:
        """`find` looks a booking up by its key while its POST hangs; without it nobody looks before the answer.

        `heed` learns from each answer what it states of the platform's limit.
        """
        self.api = api
        self.stream = stream
        self.clock = clock
        self._ledger = ledger
        self._find = find
        self._heed = heed
        self.keys: list[str] = []
        """Under which bookings were sent, also those that were interrupted before anything came back."""
        self._cut_off: list[tuple[_Envelope, Sending]] = []
        """Requests that a signal left behind before their answers came."""
        self.over: set[str] = set()
        """Keys of requests that were answered for good: no booking comes of them later."""
        self._called_repeated: set[str] = set()
        """Those of them of which an answer said that they had been sent before."""

    @property
    def sent_twice(self) -> bool:
        """Whether a booking that was sent once, under a key of its own, was answered as sent before."""
        times = Counter(self.keys)
        return any(times[key] == 1 for key in self._called_repeated)

    def submit(
        self,
        request: BookingRequest,
        *,
        restaurant_id: str,
        seconds: float,
        idempotency_key: str | None = None,
        payload: Any = None,
    ) -> TrackedBooking:
        """POST once with a fresh key, or this one, or with none when it is empty; the deadline starts here.

        A BLANK_KEY is no key either: its header is sent, and empty.

        `payload` replaces the request's own body.
        """
        envelope = self._envelope(request, restaurant_id, seconds, idempotency_key, payload)
        sending = Running(lambda: envelope.send(self.api))
        return self._receive(envelope, sending)

    def submit_together(
        self,
        requests: Sequence[BookingRequest],
        *,
        restaurant_id: str,
        seconds: float,
        key: str | None = None,
    ) -> list[TrackedBooking]:
        """POST all of them at the same moment, each once; all with this key when one is given."""
        envelopes = [self._envelope(request, restaurant_id, seconds, key, None) for request in requests]
        gate = threading.Barrier(len(envelopes))

        def send(envelope: _Envelope) -> SubmitResult:
            gate.wait()
            return envelope.send(self.api)

        with ThreadPoolExecutor(len(envelopes)) as pool:
            answers = [pool.submit(send, envelope) for envelope in envelopes]
            bookings = [
                self._receive(envelope, _Sending(answer)) for envelope, answer in zip(envelopes, answers, strict=True)
            ]
        for booking in bookings:
            booking.crowded = True
        return bookings

    @property
    def under_way(self) -> bool:
        """Whether a request that a signal left behind has no answer yet: its booking may still come to be."""
        return any(not envelope.deadline.expired and not sending.wait(0) for envelope, sending in self._cut_off)

    def settle(self) -> None:
        """Wait for the answers to what a signal left behind, no longer than the bookings' own deadlines."""
        while self._cut_off:
            envelope, sending = self._cut_off[0]
            if sending.wait(envelope.deadline.remaining):
                self._take(envelope.opened(sending.result()))
            del self._cut_off[0]

    def knock(self, request: BookingRequest, *, restaurant_id: str, seconds: float) -> TrackedBooking:
        """POST once without a record: of these requests only the number counts."""
        envelope = self._envelope(request, restaurant_id, seconds, None, None)
        booking = envelope.opened(envelope.send(self.api))
        self._take(booking)
        return booking

    def _envelope(
        self, request: BookingRequest, restaurant_id: str, seconds: float, key: str | None, payload: Any
    ) -> _Envelope:
        log = BookingLog(self.stream, correlation_id=str(uuid.uuid4()), limit_s=seconds)
        body = request.payload() if payload is None else payload
        header = str(uuid.uuid4()) if key is None else key.strip() if key else None
        key = header or ""
        self.keys.append(key)
        if self._ledger is not None:
            self._ledger.sent(restaurant_id, key)
        return _Envelope(request, restaurant_id, body, key, Deadline(self.clock, seconds), log, header)

    def _watch(self, envelope: _Envelope, sending: Sending) -> list[tuple[float, str, int]]:
        """Wait for the answer; while it does not come, look for the booking by its key. What was seen, and when."""
        seen: list[tuple[float, str, int]] = []
        pause = HANGS_AFTER_S
        while not sending.wait(pause):
            pause = next_interval(envelope.deadline.elapsed, elapsed=envelope.deadline.elapsed)
            if self._find is None or not envelope.key or envelope.deadline.expired:
                continue
            try:
                rows = self._find(envelope.restaurant_id, envelope.key, envelope.deadline.part(LOOK_S))
            except SuiteError:
                continue  # the answer, or the looks after it, will say what is wrong
            face = [(row.status, len(row.tables)) for row in rows[:1]]
            if face and (not seen or seen[-1][1:] != face[0]):
                seen.append((envelope.deadline.elapsed, *face[0]))
                status, tables = face[0]
                envelope.log.observe(f"no answer yet; by its key: {status}, {counted(tables, 'table')}", status=status)
        return seen

    def _take(self, booking: TrackedBooking) -> str:
        """Give booking, ledger and budget what the answer says; returns that in words."""
        submitted = booking.submitted
        if self._heed is not None:
            self._heed(submitted.exchange)
        if booking.request_is_over:
            self.over.add(booking.idempotency_key)
        if isinstance(submitted, Accepted) and submitted.duplicate and booking.idempotency_key:
            self._called_repeated.add(booking.idempotency_key)
        if self._ledger is not None and isinstance(submitted, Accepted):
            self._ledger.made(booking.restaurant_id, submitted.booking_id, booking.idempotency_key)
        elif self._ledger is not None and isinstance(submitted, Refused | NotSent):
            self._ledger.not_made(booking.idempotency_key)
        return _digest(booking)

    def _receive(self, envelope: _Envelope, sending: Sending) -> TrackedBooking:
        """The submit phase; a request that a signal leaves behind in any moment of it is kept, to be settled."""
        try:
            return self._answered(envelope, sending)
        except KeyboardInterrupt:
            self._cut_off.append((envelope, sending))
            raise

    def _answered(self, envelope: _Envelope, sending: Sending) -> TrackedBooking:
        """Wait for the answer, and take from it what the flow goes on with."""
        request = envelope.request
        asked = f"booking for {counted(request.party, 'guest')}, {request.date:%a %d %b} {request.time:%H:%M}"
        with envelope.log.phase("submit", asked) as phase:
            sightings = self._watch(envelope, sending)
            submitted = sending.result()
            booking = envelope.opened(submitted)
            booking.seen += sightings
            phase.http = submitted.exchange.metrics.as_json()
            said = self._take(booking)
            answered = isinstance(submitted, Accepted | Refused | RateLimited)
            closing = phase.complete if answered else phase.fail
            closing(
                said,
                party=request.party,
                deadlineS=round(envelope.deadline.seconds, 3),
                idempotencyKey=envelope.key,
                traceId=trace_id_of(envelope.log.correlation_id),
                requestIds=submitted.exchange.request_ids(),
            )
        booking.metrics.submit_ms = submitted.exchange.metrics.duration_ms
        return booking


def _digest(booking: TrackedBooking) -> str:
    """Write into the booking what its answer says; returns that in words."""
    submitted = booking.submitted
    if isinstance(submitted, Accepted):
        booking.log.booking_id = submitted.booking_id
        booking.answered_after = booking.deadline.elapsed
        booking.metrics.duplicate = submitted.duplicate
        token = submitted.exchange.json_object().get("confirmationToken")
        booking.pass_given = token if isinstance(token, str) else ""
        return f"HTTP {submitted.exchange.status}, {submitted.status}"
    if isinstance(submitted, Refused):
        booking.outcome = Outcome.REFUSED
        code = submitted.refusal.code or "no code"
        return f"refused: {one_line(submitted.refusal.error)} ({code}, HTTP {submitted.exchange.status})"
    if isinstance(submitted, RateLimited):
        booking.outcome = Outcome.RATE_LIMITED
        return f"rate limited, asked to wait: {wait_in_words(submitted.exchange)}"
    if isinstance(submitted, NotSent):
        booking.outcome = Outcome.UNREACHABLE
        return f"not sent: {submitted.reason}"
    return f"the answer was lost: {submitted.reason}"
