"""The booking flow: submit a booking, then follow it to its verdict.

    submit → inline_poll → background_job → post_job_poll → final_summary [→ diagnostics on failure]

One deadline from the submit on; nothing in here outlives it but the diagnosis, which has its own short budget.
The rules are stated in docs/observing.md.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from bookingflow.core.errors import EvidenceHidden, SuiteError, TargetUnreachable
from bookingflow.core.events import BookingLog, EventStream
from bookingflow.core.timing import Clock, Deadline, Running, next_interval
from bookingflow.platform.api import (
    Accepted,
    AnswerLost,
    BookingApi,
    Exchange,
    NotSent,
    RateLimited,
    Refused,
    SubmitResult,
)
from bookingflow.platform.api_models import CONFIRMED, IN_PROGRESS, BookingRequest
from bookingflow.platform.background_job import BackgroundJob, JobResult
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database_models import BookingRow, Snapshot

GRACE_S = 2.0
"""Seconds after the answer within which the platform's own job has said that it started, if it does at all."""
MISSING_AFTER_S = 10.0
"""Seconds after the answer in which a booking that it names may be stored; the platform stores it before it answers."""
STABLE_AFTER_S = 0.1
"""Seconds between the look that first shows success and the one that lets it stand."""
LATER_PHASES_S = 0.5
"""Later phases begin looking as if they had waited this long already, which keeps 90 s below 280 looks."""
STUDY_EVERY_S = 1.0
"""Seconds between full looks while the platform's job is under way: its end may leave the booking's row unchanged."""
DIAGNOSIS_S = 0.8
"""Seconds the evidence for a failure may take, so that the verdict stands a second after the deadline at the latest."""

STARTED, SUMMARY = "auto_assign.started", "auto_assign.summary"
INLINE_TIMEOUT = "INLINE_TIMEOUT"


@dataclass
class Metrics:
    """What is measured of each booking; times in milliseconds."""

    submit_ms: float = 0.0
    inline_ms: float = 0.0
    job_ms: float = 0.0
    post_job_ms: float = 0.0
    total_ms: float = 0.0
    inline_looks: int = 0
    post_job_looks: int = 0
    last_look_age_ms: float | None = None
    tables: int = 0
    table_numbers: list[str] = field(default_factory=list)
    capacity: int = 0
    seat_waste: int | None = None
    duplicate: bool = False

    def as_json(self) -> dict[str, Any]:
        """As it stands in summary.json."""
        return {
            "submitDurationMs": round(self.submit_ms, 1),
            "inlineDurationMs": round(self.inline_ms, 1),
            "backgroundDurationMs": round(self.job_ms, 1),
            "postJobDurationMs": round(self.post_job_ms, 1),
            "totalDurationMs": round(self.total_ms, 1),
            "inlineAttempts": self.inline_looks,
            "postJobAttempts": self.post_job_looks,
            "lastLookAgeMs": None if self.last_look_age_ms is None else round(self.last_look_age_ms, 1),
            "tablesAssigned": self.tables,
            "tableNumbers": self.table_numbers,
            "totalCapacity": self.capacity,
            "seatWaste": self.seat_waste,
            "duplicateRequest": self.duplicate,
        }


@dataclass(frozen=True)
class _Envelope:
    """A request ready to be sent, with the deadline that runs from then on."""

    request: BookingRequest
    restaurant_id: str
    body: Any
    key: str
    deadline: Deadline
    log: BookingLog

    def send(self, api: BookingApi) -> SubmitResult:
        """POST it."""
        return api.submit(
            self.body, idempotency_key=self.key or None, correlation_id=self.log.correlation_id, deadline=self.deadline
        )

    def opened(self, submitted: SubmitResult) -> TrackedBooking:
        """What is followed from here on: the request and what came back."""
        return TrackedBooking(self.request, self.restaurant_id, self.key, self.deadline, self.log, submitted)


@dataclass
class TrackedBooking:
    """A booking on its way: what was asked, what came back, what was seen, and in the end the outcome."""

    request: BookingRequest
    restaurant_id: str
    idempotency_key: str
    deadline: Deadline
    log: BookingLog
    submitted: SubmitResult
    answered_after: float | None = None
    study: Snapshot = field(default_factory=lambda: Snapshot(None))
    looked_at: float = -1.0
    studied_at: float = -1.0
    stands: bool = False
    seen: list[tuple[float, str, int]] = field(default_factory=list)
    look_times_ms: list[int] = field(default_factory=list)
    job: JobResult | None = None
    outcome: str | None = None
    trouble: SuiteError | None = None
    followed: bool = False
    cancelled: bool = False
    changed: bool = False
    """Whether it was edited or moved after its answer."""
    metrics: Metrics = field(default_factory=Metrics)

    @property
    def exchange(self) -> Exchange:
        """The POST and its answer."""
        return self.submitted.exchange

    @property
    def booking_id(self) -> str | None:
        """The booking's id, once it is known."""
        return self.log.booking_id

    @property
    def row(self) -> BookingRow | None:
        """The booking as it was last seen."""
        return self.study.booking

    @property
    def confirmed(self) -> bool:
        """Whether it ended as the guest hopes."""
        return self.outcome is not None and self.outcome.startswith("confirmed_") and self.outcome != NO_TABLE

    @property
    def told_confirmed(self) -> bool:
        """Whether the answer already told the guest that it is confirmed."""
        return isinstance(self.submitted, Accepted) and self.submitted.status == CONFIRMED

    @property
    def uncertain(self) -> bool:
        """Whether the answer alone does not tell which booking this request made, if any."""
        answer = self.submitted
        return isinstance(answer, AnswerLost) or (isinstance(answer, Accepted) and answer.duplicate)

    def confirmed_now(self) -> bool:
        """Whether the last look showed it confirmed, with a table."""
        row = self.study.booking
        return row is not None and row.status == CONFIRMED and bool(row.tables)

    def under_way(self) -> bool:
        """Whether the platform's own job has started and not yet said how it ended."""
        return self.study.count(STARTED) > self.study.count(SUMMARY)

    def study_due(self) -> bool:
        """Whether a full look may tell more than a cheap one, though the booking's row has not changed."""
        now = self.deadline.elapsed
        grace_over = self.answered_after is not None and now >= self.answered_after + GRACE_S
        if grace_over and self.studied_at < (self.answered_after or 0.0) + GRACE_S:
            return True
        return now - self.studied_at >= STUDY_EVERY_S and (self.under_way() or self.job is not None)

    def take_look_times(self) -> list[int]:
        """When it was looked at since the last call, in milliseconds since the submit."""
        times, self.look_times_ms = self.look_times_ms, []
        return times

    def study_is_fresh(self) -> bool:
        """Whether the last look of all was a full one."""
        return self.studied_at >= self.looked_at

    def job_over(self) -> bool:
        """Evidence (a): the platform's own job has ended, and not well."""
        summary = self.study.last(SUMMARY)
        return summary is not None and not self.under_way() and summary.context.get("result") != "succeeded"

    def never_started(self) -> bool:
        """Evidence (b): nothing was started within the grace, and no late commit is to be expected."""
        row = self.study.booking
        if self.answered_after is None or self.study.events is None or row is None:
            return False
        if self.studied_at < self.answered_after + GRACE_S:
            return False
        return row.last_reason != INLINE_TIMEOUT and self.study.count(STARTED) == 0

    def story(self) -> str:
        """The statuses that were seen, with their times: `pending 0.0-12.3 s → confirmed 12.3 s`."""
        if not self.seen:
            return "the booking was never seen in the database"
        parts = []
        for index, (since, status, tables) in enumerate(self.seen):
            later = self.seen[index + 1][0] if index + 1 < len(self.seen) else self.deadline.elapsed
            seats = f" with {tables} table{'s' if tables != 1 else ''}" if status == CONFIRMED else ""
            parts.append(f"{status}{seats} {since:.1f}–{later:.1f} s")
        return " → ".join(parts)


NO_TABLE = "confirmed_without_table"
MISSING = "terminal_missing"
"""A booking that the guest was told of and that is not stored."""


class BookingFlow:
    """Submits and follows bookings at one platform."""

    def __init__(
        self,
        api: BookingApi,
        database: BookingDatabase,
        job: BackgroundJob,
        stream: EventStream,
        clock: Clock,
        *,
        poll_interval: float | None = None,
    ) -> None:
        self.api = api
        self.database = database
        self.job = job
        self.stream = stream
        self.clock = clock
        self.poll_interval = poll_interval
        self.keys: list[str] = []
        """Under which bookings were sent, also those that were interrupted before anything came back."""

    # -- submit ------------------------------------------------------------------------------------------------

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

        `payload` replaces the request's own body.
        """
        envelope = self._envelope(request, restaurant_id, seconds, idempotency_key, payload)
        return self._receive(envelope, lambda: envelope.send(self.api))

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
            return [self._receive(envelope, answer.result) for envelope, answer in zip(envelopes, answers, strict=True)]

    def knock(self, request: BookingRequest, *, restaurant_id: str, seconds: float) -> TrackedBooking:
        """POST once, leaving no record: one of so many that they are counted only."""
        envelope = self._envelope(request, restaurant_id, seconds, None, None)
        followed = envelope.opened(envelope.send(self.api))
        self._digest(followed)
        return followed

    def _envelope(
        self, request: BookingRequest, restaurant_id: str, seconds: float, key: str | None, payload: Any
    ) -> _Envelope:
        log = BookingLog(self.stream, correlation_id=str(uuid.uuid4()), limit_s=seconds)
        body = request.payload() if payload is None else payload
        key = str(uuid.uuid4()) if key is None else key
        self.keys.append(key)
        return _Envelope(request, restaurant_id, body, key, Deadline(self.clock, seconds), log)

    def _receive(self, envelope: _Envelope, send: Callable[[], SubmitResult]) -> TrackedBooking:
        """The submit phase: send, and take from the answer what the flow goes on with."""
        request = envelope.request
        with envelope.log.phase("submit", f"booking {request.party} for {request.date} {request.time:%H:%M}") as phase:
            submitted = send()
            followed = envelope.opened(submitted)
            phase.http = submitted.exchange.metrics
            said = self._digest(followed)
            answered = isinstance(submitted, Accepted | Refused | RateLimited)
            closing = phase.complete if answered else phase.fail
            closing(said, deadlineS=round(envelope.deadline.seconds, 3), idempotencyKey=envelope.key)
        followed.metrics.submit_ms = submitted.exchange.metrics.duration_ms
        return followed

    def _digest(self, followed: TrackedBooking) -> str:
        """Take from the answer what the flow goes on with; returns what was found, for people."""
        submitted = followed.submitted
        if isinstance(submitted, Accepted):
            followed.log.booking_id = submitted.booking_id
            followed.answered_after = followed.deadline.elapsed
            followed.metrics.duplicate = submitted.duplicate
            return f"HTTP {submitted.exchange.status}, {submitted.status}"
        if isinstance(submitted, Refused):
            followed.outcome = "refused"
            code = submitted.refusal.code or "no code"
            return f"refused: {submitted.refusal.error} ({code}, HTTP {submitted.exchange.status})"
        if isinstance(submitted, RateLimited):
            followed.outcome = "rate_limited"
            wait = "not said" if submitted.retry_after is None else f"{submitted.retry_after:g} s"
            return f"rate limited, Retry-After: {wait}"
        if isinstance(submitted, NotSent):
            followed.outcome = "unreachable"
            return f"not sent: {submitted.reason}"
        return f"the answer was lost: {submitted.reason}"

    # -- follow ------------------------------------------------------------------------------------------------

    def follow(self, followed: TrackedBooking, *, inline_window: float) -> TrackedBooking:
        """Watch the booking until it is confirmed with a table, or certain not to be, or the deadline is over."""
        if followed.outcome is None:
            try:
                self._watch(followed, inline_window)
            except TargetUnreachable as error:
                followed.outcome, followed.trouble = "unreachable", error
            except EvidenceHidden as error:
                followed.outcome, followed.trouble = "evidence_hidden", error
        self._summarise(followed)
        followed.followed = True
        return followed

    def _watch(self, followed: TrackedBooking, inline_window: float) -> None:
        if followed.booking_id is None and isinstance(followed.submitted, AnswerLost) and not self._find_lost(followed):
            return
        self._inline_poll(followed, inline_window)
        if followed.outcome is None:
            self._background_job(followed)
        if followed.outcome is None:
            self._post_job_poll(followed)

    def locate(self, followed: TrackedBooking) -> None:
        """Learn the id of a booking whose answer was lost, if it was made; never sends again, and judges nothing."""
        if followed.booking_id is None and isinstance(followed.submitted, AnswerLost):
            self._find_lost(followed)
            followed.outcome = None

    def _find_lost(self, followed: TrackedBooking) -> bool:
        """Look a booking up by its key after a lost answer; never sends again. False when there is none."""
        with followed.log.phase("inline_poll", "looking for the booking whose answer was lost") as phase:
            waited = followed.deadline.part(followed.deadline.remaining)
            while True:
                rows = self.database.find_by_key(followed.restaurant_id, followed.idempotency_key, followed.deadline)
                if rows:
                    followed.log.booking_id = rows[0].id
                    self._saw(followed, rows[0])
                    phase.complete(f"found by its key after {waited.elapsed:.2f} s", status=rows[0].status)
                    return True
                if followed.deadline.expired or (waited.elapsed >= GRACE_S and _answered(followed.exchange)):
                    followed.outcome = "platform_error" if _failed(followed.exchange) else "answer_lost"
                    phase.fail(f"no booking with its key after {waited.elapsed:.2f} s")
                    return False
                self._pause(followed, waited.elapsed, followed.deadline)

    def _inline_poll(self, followed: TrackedBooking, inline_window: float) -> None:
        with followed.log.phase("inline_poll", "waiting for inline confirmation") as phase:
            window = Deadline(self.clock, min(inline_window, followed.deadline.remaining))
            looks = self._poll(followed, window, lambda: followed.job_over() or followed.never_started())
            followed.metrics.inline_looks = looks
            if followed.outcome is None and followed.stands:
                followed.outcome = "confirmed_inline_api" if followed.told_confirmed else "confirmed_inline_poll"
            found = f"{_status_of(followed)} after {window.elapsed:.2f} s, {looks} look{'s' if looks != 1 else ''}"
            phase.details["lookTimesMs"] = followed.take_look_times()
            if followed.outcome is not None and not followed.confirmed:
                phase.fail(found, looks=looks)
            else:
                phase.complete(found, looks=looks, reason=followed.row.last_reason if followed.row else None)
        followed.metrics.inline_ms = followed.log.durations_ms["inline_poll"]

    def _background_job(self, followed: TrackedBooking) -> None:
        with followed.log.phase("background_job", "assigning in the background") as phase:
            if followed.under_way():
                followed.log.note("the platform's own job is under way; no second one is started beside it")
                self._poll(followed, followed.deadline, lambda: not followed.under_way())
                self._settle_confirmed(followed)
            if followed.outcome is None and not followed.deadline.expired and followed.booking_id:
                self._run_job(followed, followed.booking_id)
            phase.details["lookTimesMs"] = followed.take_look_times()
            result = followed.job
            if result is None:
                phase.complete(f"{_status_of(followed)} by the platform's own job", result="platform")
            elif result.state == "failed":
                phase.fail(result.said, result=result.state, **result.evidence)
            else:
                phase.complete(result.said, result=result.state, **result.evidence)
        followed.metrics.job_ms = followed.log.durations_ms["background_job"]

    def _run_job(self, followed: TrackedBooking, booking_id: str) -> None:
        """Start our job and keep looking while it runs: what it confirms is noticed at once."""
        running = Running(lambda: self.job.run(booking_id, followed.deadline))
        if not running.wait(STABLE_AFTER_S):
            self._poll(followed, followed.deadline, lambda: running.wait(0))
        if running.wait(0):
            followed.job = running.result()
        else:
            followed.job = JobResult("failed", "the job had not returned when the verdict stood", 0.0, finished=False)
        self._settle_confirmed(followed)

    def _post_job_poll(self, followed: TrackedBooking) -> None:
        with followed.log.phase("post_job_poll", "waiting for the background confirmation") as phase:
            waited = Deadline(self.clock, followed.deadline.remaining)
            looks = self._poll(followed, followed.deadline, lambda: self._settled(followed, waited.elapsed))
            followed.metrics.post_job_looks = looks
            settled = self._settled(followed, waited.elapsed)
            self._settle_confirmed(followed)
            if followed.outcome is None:
                followed.outcome = self._failing_outcome(followed, settled=settled)
            found = f"{_status_of(followed)} after {waited.elapsed:.2f} s, {looks} look{'s' if looks != 1 else ''}"
            phase.details["lookTimesMs"] = followed.take_look_times()
            (phase.complete if followed.confirmed else phase.fail)(found, looks=looks, settled=settled)
        followed.metrics.post_job_ms = followed.log.durations_ms["post_job_poll"]

    @staticmethod
    def _settled(followed: TrackedBooking, waited: float) -> bool:
        """Nothing will confirm this booking any more: the platform's job said how it ended, and ours is over."""
        job = followed.job
        if job is None or not job.finished or followed.under_way() or not followed.study.count(SUMMARY):
            return False
        # A job that was accepted may still be about to say that it started.
        return job.state != "done" or followed.study.count(SUMMARY) > 1 or waited >= GRACE_S

    def _failing_outcome(self, followed: TrackedBooking, *, settled: bool) -> str:
        row = followed.row
        if row is None:
            return MISSING if self.database.access.every_booking else "evidence_hidden"
        if row.status == CONFIRMED:
            return NO_TABLE
        if followed.job is not None and followed.job.state == "disabled":
            return "background_job_disabled" if not followed.study.count(SUMMARY) else "pending_settled"
        if followed.job is not None and followed.job.state == "failed":
            return "background_job_failed"
        return "pending_settled" if settled else "pending_timeout"

    # -- looking -----------------------------------------------------------------------------------------------

    def _poll(self, followed: TrackedBooking, until: Deadline, enough: Callable[[], bool]) -> int:
        """Look until the booking is confirmed for good, terminal, `enough` says so, or time is up; counts the looks."""
        if followed.booking_id is None:
            return 0
        began, looks = self.clock.monotonic(), 0
        head_start = 0.0 if followed.looked_at < 0 else LATER_PHASES_S
        while True:
            before = _face(followed.row)
            if looks == 0 or followed.study_due():
                self._study(followed, followed.deadline)
            else:
                self._look(followed, followed.deadline)
                if _face(followed.row) != before:
                    self._study(followed, followed.deadline)
            looks += 1
            if followed.confirmed_now() and self._stands(followed):
                return looks + 1
            if followed.row is not None and followed.row.status not in IN_PROGRESS | {CONFIRMED}:
                followed.outcome = f"terminal_{followed.row.status.lower()}"
                return looks
            if _missing(followed):
                followed.outcome = self._failing_outcome(followed, settled=False)
                return looks
            if until.expired or enough():
                if not followed.study_is_fresh():
                    self._study(followed, followed.deadline)
                    if followed.confirmed_now():
                        self._stands(followed)
                return looks
            self._pause(followed, head_start + self.clock.monotonic() - began, until)

    def _pause(self, followed: TrackedBooking, waited: float, until: Deadline) -> None:
        pause = next_interval(waited, elapsed=followed.deadline.elapsed, cap=self.poll_interval)
        self.clock.sleep(min(pause, until.remaining))

    def _stands(self, followed: TrackedBooking) -> bool:
        """Whether a success just seen is still there a moment later; what is noticed once may be a passing state."""
        self.clock.sleep(STABLE_AFTER_S)
        self._look(followed, followed.deadline)
        followed.stands = followed.confirmed_now()
        return followed.stands

    @staticmethod
    def _settle_confirmed(followed: TrackedBooking) -> None:
        if followed.outcome is None and followed.stands:
            followed.outcome = "confirmed_background"

    def _look(self, followed: TrackedBooking, deadline: Deadline) -> None:
        followed.looked_at = followed.deadline.elapsed
        self._saw(followed, self.database.look(followed.booking_id or "", _at_least_a_moment(deadline)))

    def _study(self, followed: TrackedBooking, deadline: Deadline) -> None:
        followed.looked_at = followed.studied_at = followed.deadline.elapsed
        study = self.database.full_look(followed.booking_id or "", _at_least_a_moment(deadline))
        self._saw(followed, study.booking)
        followed.study = study

    def _saw(self, followed: TrackedBooking, row: BookingRow | None) -> None:
        """Remember what the look showed; a change is an observation."""
        self.stream.looked()
        followed.look_times_ms.append(round(followed.log.elapsed_ms))
        followed.study = Snapshot(row, followed.study.history, followed.study.events)
        followed.metrics.last_look_age_ms = followed.log.elapsed_ms
        if row is None:
            return
        face = (row.status, len(row.tables))
        if not followed.seen or followed.seen[-1][1:] != face:
            followed.seen.append((followed.deadline.elapsed, *face))
            followed.log.observe(
                f"{row.status}, {len(row.tables)} table{'s' if len(row.tables) != 1 else ''}",
                status=row.status,
                tables=[table.number for table in row.tables],
            )

    # -- summary -----------------------------------------------------------------------------------------------

    def _summarise(self, followed: TrackedBooking) -> None:
        metrics, row = followed.metrics, followed.row
        with followed.log.phase("final_summary", "summing up") as phase:
            metrics.total_ms = followed.log.elapsed_ms
            if metrics.last_look_age_ms is not None:
                metrics.last_look_age_ms = metrics.total_ms - metrics.last_look_age_ms
            if row is not None and row.tables:
                metrics.tables = len(row.tables)
                metrics.table_numbers = [table.number for table in row.tables]
                metrics.capacity = row.capacity
                metrics.seat_waste = max(0, row.capacity - row.party_size)
            closing = phase.complete if followed.confirmed else phase.fail
            closing(
                f"{followed.outcome} after {metrics.total_ms / 1000:.2f} s",
                result=followed.outcome,
                story=followed.story(),
                metrics=metrics.as_json(),
            )


def _failed(exchange: Exchange) -> bool:
    """Whether the platform itself, or what stands before it, says that it failed."""
    return exchange.status is not None and exchange.status >= 500


def _answered(exchange: Exchange) -> bool:
    """Whether the platform is done with the request, though its answer names no booking."""
    return _failed(exchange) or (exchange.status is not None and exchange.problem is None)


def _missing(followed: TrackedBooking) -> bool:
    """Whether the guest was told of a booking that is not to be seen, long enough to be certain."""
    told = followed.answered_after
    return followed.row is None and told is not None and followed.deadline.elapsed >= told + MISSING_AFTER_S


def _face(row: BookingRow | None) -> tuple[Any, ...] | None:
    """What a cheap look compares: anything that a change of the booking changes."""
    return None if row is None else (row.status, row.updated_at, len(row.tables))


def _status_of(followed: TrackedBooking) -> str:
    row = followed.row
    if row is None:
        return "not seen"
    return f"{row.status} without a table" if row.status == CONFIRMED and not row.tables else row.status


def _at_least_a_moment(deadline: Deadline) -> Deadline:
    """The last look at the deadline's end needs a moment of its own; it decides, so it may take half a second."""
    return deadline if deadline.remaining > 0.5 else Deadline(deadline.clock, 0.5)
