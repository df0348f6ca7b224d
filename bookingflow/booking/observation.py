"""Following a booking to its verdict.

    submit → inline_poll → background_job → post_job_poll → final_summary [→ diagnostics on failure]

One deadline from the submit on; nothing in here outlives it but the diagnosis, which has its own short budget.
The rules are stated in docs/observing.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bookingflow.booking.tracked_booking import GRACE_S, SUMMARY, Outcome, TrackedBooking
from bookingflow.core.errors import EvidenceHidden, TargetUnreachable
from bookingflow.core.events import EventStream
from bookingflow.core.text import counted
from bookingflow.core.timing import Clock, Deadline, Running, next_interval
from bookingflow.platform.api_models import CONFIRMED, IN_PROGRESS, TIME_UP, AnswerLost, Exchange, Walled
from bookingflow.platform.background_job import BackgroundJob, JobResult
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database_models import BookingRow, Snapshot

MISSING_AFTER_S = 10.0
"""Seconds after the answer, or after its connection broke, in which a booking may be stored; the platform stores it
before it looks for tables, and before it answers.
"""
STABLE_AFTER_S = 0.1
"""Seconds between the look that first shows success and the one that lets it stand; what the answer said is no look."""
LAST_LOOK_S = 0.5
"""Seconds that the look at the deadline's end may take: it decides, and the verdict stands a second later."""
LATER_PHASES_S = 0.5
"""Later phases begin looking as if they had waited this long already, which keeps 90 s below 280 looks."""


class Observation:
    """Watches the bookings of one platform in its database."""

    def __init__(
        self,
        database: BookingDatabase,
        job: BackgroundJob,
        stream: EventStream,
        clock: Clock,
        *,
        poll_interval: float | None = None,
    ) -> None:
        self.database = database
        self.job = job
        self.stream = stream
        self.clock = clock
        self.poll_interval = poll_interval

    def follow(self, booking: TrackedBooking, *, inline_window: float, may_wait: bool = False) -> TrackedBooking:
        """Watch the booking until it is confirmed with a table, or certain not to be, or the deadline is over.

        `may_wait` is for who is content with a booking that waits: less is waited for what can't be seen.
        """
        booking.may_wait = may_wait
        if booking.outcome is None:
            try:
                self._watch(booking, inline_window)
            except TargetUnreachable as error:
                if not self._looked_at_the_deadline(booking):
                    booking.outcome, booking.trouble = Outcome.UNREACHABLE, error
            except EvidenceHidden as error:
                booking.outcome, booking.trouble = Outcome.EVIDENCE_HIDDEN, error
        self._summarise(booking)
        booking.followed = True
        return booking

    def _looked_at_the_deadline(self, booking: TrackedBooking) -> bool:
        """Whether one more look, with a moment of its own, decides after the last one was cut off by the deadline."""
        if booking.booking_id is None or not booking.deadline.expired:
            return False
        try:
            self._study(booking, Deadline(self.clock, LAST_LOOK_S))
            if booking.confirmed_now():
                self._stands(booking)
        except TargetUnreachable:
            return False
        self._settle_confirmed(booking)
        if booking.outcome is None:
            booking.outcome = self._failing_outcome(booking, settled=False)
        return True

    def _watch(self, booking: TrackedBooking, inline_window: float) -> None:
        if booking.booking_id is None and isinstance(booking.submitted, AnswerLost) and not self._find_lost(booking):
            return
        self._inline_poll(booking, inline_window)
        if booking.outcome is None:
            self._background_job(booking)
        if booking.outcome is None:
            self._post_job_poll(booking)

    def locate(self, booking: TrackedBooking) -> None:
        """Learn the id of a booking whose answer was lost, if it was made; never sends again, and judges nothing."""
        if booking.booking_id is None and isinstance(booking.submitted, AnswerLost):
            self._find_lost(booking)
            booking.outcome = None

    def _find_lost(self, booking: TrackedBooking) -> bool:
        """Look a booking up by its key after a lost answer; never sends again. False when there is none."""
        with booking.log.phase("inline_poll", "looking for the booking whose answer was lost") as phase:
            waited = booking.deadline.part(booking.deadline.remaining)
            while True:
                until = _at_least_a_moment(booking.deadline)
                rows = self.database.find_by_key(booking.restaurant_id, booking.idempotency_key, until)
                if rows:
                    booking.log.booking_id = rows[0].id
                    self._saw(booking, rows[0])
                    phase.complete(f"found by its key after {waited.elapsed:.2f} s", status=rows[0].status)
                    return True
                over = waited.elapsed >= GRACE_S if _answered(booking.exchange) else _lost_for_good(booking)
                if booking.deadline.expired or over:
                    booking.outcome = _without_booking(booking)
                    phase.fail(f"no booking with its key after {waited.elapsed:.2f} s")
                    return False
                self._pause(booking, waited.elapsed, booking.deadline)

    def _inline_poll(self, booking: TrackedBooking, inline_window: float) -> None:
        with booking.log.phase("inline_poll", "waiting for inline confirmation") as phase:
            window = Deadline(self.clock, min(inline_window, booking.deadline.remaining))
            looks = self._poll(
                booking,
                window,
                lambda: booking.job_over() or booking.never_started() or booking.waits_for_room(),
            )
            booking.metrics.inline_looks = looks
            if booking.outcome is None and booking.stands:
                booking.outcome = (
                    Outcome.CONFIRMED_INLINE_API if booking.answered_confirmed else Outcome.CONFIRMED_INLINE_POLL
                )
            found = f"{_status_of(booking)} after {window.elapsed:.2f} s, {counted(looks, 'check')}"
            phase.details["lookTimesMs"] = booking.take_look_times()
            if booking.outcome is not None and not booking.confirmed:
                phase.fail(found, looks=looks)
            else:
                phase.complete(found, looks=looks, reason=booking.row.last_reason if booking.row else None)
        booking.metrics.inline_ms = booking.log.durations_ms["inline_poll"]

    def _background_job(self, booking: TrackedBooking) -> None:
        with booking.log.phase("background_job", "assigning in the background") as phase:
            if booking.under_way():
                booking.log.note("the platform's own job is under way; no second one is started beside it")
                self._poll(booking, booking.deadline, lambda: not booking.under_way())
                self._settle_confirmed(booking)
            if booking.outcome is None and not booking.deadline.expired and booking.booking_id:
                self._run_job(booking, booking.booking_id)
            phase.details["lookTimesMs"] = booking.take_look_times()
            result = booking.job
            if result is None:
                phase.complete(f"{_status_of(booking)} by the platform's own job", result="platform")
            elif result.state == "failed":
                phase.fail(result.said, result=result.state, **result.evidence)
            else:
                phase.complete(result.said, result=result.state, **result.evidence)
        booking.metrics.job_ms = booking.log.durations_ms["background_job"]

    def _run_job(self, booking: TrackedBooking, booking_id: str) -> None:
        """Start our job and keep looking while it runs: what it confirms is noticed at once."""
        running = Running(lambda: self.job.run(booking_id, booking.deadline, correlation_id=booking.log.correlation_id))
        if not running.wait(STABLE_AFTER_S):
            self._poll(booking, booking.deadline, lambda: running.wait(0))
        if running.wait(0):
            booking.job = running.result()
        else:
            booking.job = JobResult("failed", "the job had not returned when the verdict stood", 0.0, finished=False)
        self._settle_confirmed(booking)

    def _post_job_poll(self, booking: TrackedBooking) -> None:
        with booking.log.phase("post_job_poll", "waiting for the background confirmation") as phase:
            waited = Deadline(self.clock, booking.deadline.remaining)
            looks = self._poll(booking, booking.deadline, lambda: self._settled(booking, waited.elapsed))
            booking.metrics.post_job_looks = looks
            settled = self._settled(booking, waited.elapsed)
            self._settle_confirmed(booking)
            if booking.outcome is None:
                booking.outcome = self._failing_outcome(booking, settled=settled)
            found = f"{_status_of(booking)} after {waited.elapsed:.2f} s, {counted(looks, 'check')}"
            phase.details["lookTimesMs"] = booking.take_look_times()
            (phase.complete if booking.confirmed else phase.fail)(found, looks=looks, settled=settled)
        booking.metrics.post_job_ms = booking.log.durations_ms["post_job_poll"]

    @staticmethod
    def _settled(booking: TrackedBooking, waited: float) -> bool:
        """Whether nothing will confirm it any more: the platform's job said how it ended, and ours is over."""
        job = booking.job
        if job is None or not job.finished or booking.under_way():
            return False
        if not booking.study.count(SUMMARY):
            return booking.waits_for_room() and waited >= GRACE_S
        # A job that was accepted may still be about to say that it started.
        return job.state != "done" or booking.study.count(SUMMARY) > 1 or waited >= GRACE_S

    def _failing_outcome(self, booking: TrackedBooking, *, settled: bool) -> Outcome:
        row = booking.row
        if row is None or row.status == CONFIRMED:
            # What is missing may have been hidden meanwhile.
            self.database.check_evidence(_at_least_a_moment(booking.deadline))
        if row is None:
            return Outcome.TERMINAL_MISSING if self.database.access.every_booking else Outcome.EVIDENCE_HIDDEN
        if row.status == CONFIRMED:
            return Outcome.CONFIRMED_WITHOUT_TABLE
        if booking.job is not None and booking.job.state == "disabled":
            return Outcome.BACKGROUND_JOB_DISABLED if not booking.study.count(SUMMARY) else Outcome.PENDING_SETTLED
        if booking.job is not None and booking.job.state == "failed":
            return Outcome.BACKGROUND_JOB_UNUSABLE if booking.job.unusable else Outcome.BACKGROUND_JOB_FAILED
        return Outcome.PENDING_SETTLED if settled else Outcome.PENDING_TIMEOUT

    # -- looking -----------------------------------------------------------------------------------------------

    def _poll(self, booking: TrackedBooking, until: Deadline, enough: Callable[[], bool]) -> int:
        """Look until the booking is confirmed for good, terminal, `enough` says so, or time is up; counts the looks."""
        if booking.booking_id is None:
            return 0
        began, looks = self.clock.monotonic(), 0
        head_start = 0.0 if booking.looked_at < 0 else LATER_PHASES_S
        while True:
            before = _face(booking.row)
            if looks == 0 or booking.study_due():
                self._study(booking, booking.deadline)
            else:
                self._look(booking, booking.deadline)
                if _face(booking.row) != before:
                    self._study(booking, booking.deadline)
            looks += 1
            if booking.confirmed_now() and self._stands(booking):
                return looks + 1
            if booking.row is not None and booking.row.status not in IN_PROGRESS | {CONFIRMED}:
                booking.outcome, booking.ended_as = Outcome.TERMINAL, booking.row.status
                return looks
            if _missing(booking):
                booking.outcome = self._failing_outcome(booking, settled=False)
                return looks
            if until.expired or enough():
                if not booking.study_is_fresh():
                    self._study(booking, booking.deadline)
                    if booking.confirmed_now():
                        self._stands(booking)
                return looks
            self._pause(booking, head_start + self.clock.monotonic() - began, until)

    def _pause(self, booking: TrackedBooking, waited: float, until: Deadline) -> None:
        pause = next_interval(waited, elapsed=booking.deadline.elapsed, cap=self.poll_interval)
        self.clock.sleep(min(pause, until.remaining))

    def _stands(self, booking: TrackedBooking) -> bool:
        """Whether a success just seen is still there a moment later; what is noticed once may be a passing state."""
        self.clock.sleep(STABLE_AFTER_S)
        self._look(booking, booking.deadline)
        booking.stands = booking.confirmed_now()
        seen_at = booking.first_confirmed_s
        if booking.stands and (seen_at or 0.0) > booking.deadline.seconds and _confirmed_late(booking):
            booking.stands, booking.outcome = False, Outcome.CONFIRMED_LATE
        return booking.confirmed_now()

    @staticmethod
    def _settle_confirmed(booking: TrackedBooking) -> None:
        if booking.outcome is None and booking.stands:
            booking.outcome = Outcome.CONFIRMED_BACKGROUND

    def _look(self, booking: TrackedBooking, deadline: Deadline) -> None:
        booking.looked_at = booking.deadline.elapsed
        self._saw(booking, self.database.look(booking.booking_id or "", _at_least_a_moment(deadline)))

    def _study(self, booking: TrackedBooking, deadline: Deadline) -> None:
        booking.looked_at = booking.studied_at = booking.deadline.elapsed
        study = self.database.full_look(booking.booking_id or "", _at_least_a_moment(deadline))
        self._saw(booking, study.booking)
        booking.study = study

    def _saw(self, booking: TrackedBooking, row: BookingRow | None) -> None:
        """Remember what the look showed; a change is an observation."""
        self.stream.looked()
        booking.look_times_ms.append(round(booking.log.elapsed_ms))
        booking.study = Snapshot(row, booking.study.history, booking.study.events)
        booking.metrics.last_look_age_ms = booking.log.elapsed_ms
        if row is None:
            return
        face = (row.status, len(row.tables))
        if not booking.seen or booking.seen[-1][1:] != face:
            booking.seen.append((booking.deadline.elapsed, *face))
            booking.log.observe(
                f"{row.status}, {counted(len(row.tables), 'table')}",
                status=row.status,
                reference=row.reference,
                tables=[table.number for table in row.tables],
            )

    # -- summary -----------------------------------------------------------------------------------------------

    def _summarise(self, booking: TrackedBooking) -> None:
        metrics, row = booking.metrics, booking.row
        with booking.log.phase("final_summary", "summing up") as phase:
            metrics.total_ms = booking.log.elapsed_ms
            if metrics.last_look_age_ms is not None:
                metrics.last_look_age_ms = metrics.total_ms - metrics.last_look_age_ms
            if row is not None and row.tables:
                metrics.tables = len(row.tables)
                metrics.table_numbers = [table.number for table in row.tables]
                metrics.capacity = row.capacity
                metrics.seat_waste = max(0, row.capacity - row.party_size)
            closing = phase.complete if booking.confirmed else phase.fail
            closing(
                f"{booking.outcome_words}, after {metrics.total_ms / 1000:.2f} s",
                result=booking.outcome_code,
                story=booking.story(),
                metrics=metrics.as_json(),
            )


def _without_booking(booking: TrackedBooking) -> Outcome:
    """How a request ended whose answer was lost, and that made no booking."""
    if isinstance(booking.submitted, Walled):
        return Outcome.WALL
    return Outcome.PLATFORM_ERROR if booking.exchange.is_error else Outcome.ANSWER_LOST


def _confirmed_late(booking: TrackedBooking) -> bool:
    """Whether a confirmation first seen after the deadline came after it, by the platform's own times.

    Its clock may differ from ours, so what counts is how long after the booking's creation it was confirmed. Created it
    was at some moment before the answer: only what is certainly late is called so.
    """
    row = booking.row
    if row is None:
        return False
    changes = [change.at for change in booking.study.history if change.to_status == CONFIRMED]
    confirmed_at = changes[-1] if changes else row.updated_at
    return (confirmed_at - row.created_at).total_seconds() > booking.deadline.seconds


def _answered(exchange: Exchange) -> bool:
    """Whether the platform is done with the request, though its answer names no booking."""
    return exchange.is_error or (exchange.status is not None and exchange.problem is None)


def _lost_for_good(booking: TrackedBooking) -> bool:
    """Whether the connection broke so long ago that a booking would be stored by now; a request that is only silent may
    still be under way.
    """
    exchange = booking.exchange
    broke = exchange.problem is not None and exchange.problem != TIME_UP
    return broke and booking.deadline.elapsed >= exchange.metrics.duration_ms / 1000 + MISSING_AFTER_S


def _missing(booking: TrackedBooking) -> bool:
    """Whether the answer named a booking that can't be found in the database, long enough to be certain."""
    answered = booking.answered_after
    return booking.row is None and answered is not None and booking.deadline.elapsed >= answered + MISSING_AFTER_S


def _face(row: BookingRow | None) -> tuple[Any, ...] | None:
    """What a cheap look compares: anything that a change of the booking changes."""
    return None if row is None else (row.status, row.updated_at, len(row.tables))


def _status_of(booking: TrackedBooking) -> str:
    row = booking.row
    if row is None:
        return "not seen"
    return f"{row.status} without a table" if row.status == CONFIRMED and not row.tables else row.status


def _at_least_a_moment(deadline: Deadline) -> Deadline:
    """The last look at the deadline's end needs a moment of its own; it decides, so it may take half a second."""
    return deadline if deadline.remaining > LAST_LOOK_S else Deadline(deadline.clock, LAST_LOOK_S)
