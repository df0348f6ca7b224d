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
from bookingflow.core.timing import Clock, Deadline, Running, next_interval
from bookingflow.platform.api_models import CONFIRMED, IN_PROGRESS, AnswerLost, Exchange
from bookingflow.platform.background_job import BackgroundJob, JobResult
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database_models import BookingRow, Snapshot

MISSING_AFTER_S = 10.0
"""Seconds after the answer in which a booking that it names may be stored; the platform stores it before it answers."""
STABLE_AFTER_S = 0.1
"""Seconds between the look that first shows success and the one that lets it stand."""
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

    def follow(self, followed: TrackedBooking, *, inline_window: float) -> TrackedBooking:
        """Watch the booking until it is confirmed with a table, or certain not to be, or the deadline is over."""
        if followed.outcome is None:
            try:
                self._watch(followed, inline_window)
            except TargetUnreachable as error:
                followed.outcome, followed.trouble = Outcome.UNREACHABLE, error
            except EvidenceHidden as error:
                followed.outcome, followed.trouble = Outcome.EVIDENCE_HIDDEN, error
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
                    followed.outcome = Outcome.PLATFORM_ERROR if _failed(followed.exchange) else Outcome.ANSWER_LOST
                    phase.fail(f"no booking with its key after {waited.elapsed:.2f} s")
                    return False
                self._pause(followed, waited.elapsed, followed.deadline)

    def _inline_poll(self, followed: TrackedBooking, inline_window: float) -> None:
        with followed.log.phase("inline_poll", "waiting for inline confirmation") as phase:
            window = Deadline(self.clock, min(inline_window, followed.deadline.remaining))
            looks = self._poll(followed, window, lambda: followed.job_over() or followed.never_started())
            followed.metrics.inline_looks = looks
            if followed.outcome is None and followed.stands:
                followed.outcome = (
                    Outcome.CONFIRMED_INLINE_API if followed.told_confirmed else Outcome.CONFIRMED_INLINE_POLL
                )
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

    def _failing_outcome(self, followed: TrackedBooking, *, settled: bool) -> Outcome:
        row = followed.row
        if row is None:
            return Outcome.TERMINAL_MISSING if self.database.access.every_booking else Outcome.EVIDENCE_HIDDEN
        if row.status == CONFIRMED:
            return Outcome.CONFIRMED_WITHOUT_TABLE
        if followed.job is not None and followed.job.state == "disabled":
            return Outcome.BACKGROUND_JOB_DISABLED if not followed.study.count(SUMMARY) else Outcome.PENDING_SETTLED
        if followed.job is not None and followed.job.state == "failed":
            return Outcome.BACKGROUND_JOB_FAILED
        return Outcome.PENDING_SETTLED if settled else Outcome.PENDING_TIMEOUT

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
                followed.outcome, followed.ended_as = Outcome.TERMINAL, followed.row.status
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
            followed.outcome = Outcome.CONFIRMED_BACKGROUND

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
                f"{followed.outcome_code} after {metrics.total_ms / 1000:.2f} s",
                result=followed.outcome_code,
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
