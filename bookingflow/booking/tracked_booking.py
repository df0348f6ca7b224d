"""A booking on its way: what was asked, what came back, what was seen, how it ended. Written by `booking` alone."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bookingflow.core.errors import SuiteError
from bookingflow.core.events import BookingLog
from bookingflow.core.packed import Packer
from bookingflow.core.text import counted, quoted
from bookingflow.core.timing import Deadline
from bookingflow.platform.api_models import (
    CONFIRMED,
    Accepted,
    BookingRequest,
    Exchange,
    NotSent,
    Refused,
    SubmitResult,
)
from bookingflow.platform.background_job import JobResult
from bookingflow.platform.database_models import BookingRow, Snapshot

GAVE_UP = frozenset({408, 504, 522, 524})
"""Statuses of gateways that did not wait for the answer: the request may go on behind them."""
GRACE_S = 2.0
"""Seconds after the answer within which the platform's own job has said that it started, if it does at all."""
STUDY_EVERY_S = 1.0
"""Seconds between full looks while the platform's job is under way: its end may leave the booking's row unchanged."""
STARTED, SUMMARY = "auto_assign.started", "auto_assign.summary"
INLINE_TIMEOUT = "INLINE_TIMEOUT"
ABOUT_CAPACITY = ("capacity", "No suitable tables", "No tables available")
"""Words of the planner's reasons for a house without a fitting free table (docs/platform.md, "Reasons")."""


class Outcome(StrEnum):
    """How a booking's way ended: a code that stays, and `words` for people."""

    words: str

    def __new__(cls, code: str, words: str) -> Outcome:
        member = str.__new__(cls, code)
        member._value_, member.words = code, words
        return member

    CONFIRMED_INLINE_API = "confirmed_inline_api", "confirmed in the answer"
    CONFIRMED_INLINE_POLL = "confirmed_inline_poll", "confirmed shortly after the answer"
    CONFIRMED_BACKGROUND = "confirmed_background", "confirmed by the background job"
    CONFIRMED_WITHOUT_TABLE = "confirmed_without_table", "confirmed without a table"
    CONFIRMED_LATE = "confirmed_late", "confirmed too late"
    PENDING_SETTLED = "pending_settled", "still waiting, and nothing will confirm it any more"
    PENDING_TIMEOUT = "pending_timeout", "still waiting when time was up"
    BACKGROUND_JOB_DISABLED = "background_job_disabled", "still waiting, and there is no background job"
    BACKGROUND_JOB_FAILED = "background_job_failed", "still waiting, and the background job failed"
    BACKGROUND_JOB_UNUSABLE = "background_job_unusable", "still waiting, and this suite could not run the job"
    NO_ROOM_LEFT_BY_TESTS = "no_room_left_by_tests", "waiting behind guests of this suite"
    TERMINAL = "terminal", "ended in a status that nothing confirms"
    """Written with the platform's status behind it, which `TrackedBooking.ended_as` holds."""
    TERMINAL_MISSING = "terminal_missing", "not stored"
    REFUSED = "refused", "refused"
    NOT_REFUSED = "not_refused", "not refused"
    RATE_LIMITED = "rate_limited", "asked to try again later"
    UNREACHABLE = "unreachable", "the platform was not reached"
    WALL = "wall", "something else answered instead of the platform"
    EVIDENCE_HIDDEN = "evidence_hidden", "hidden from this suite"
    ANSWER_LOST = "answer_lost", "no answer came"
    PLATFORM_ERROR = "platform_error", "answered with an error"


CONFIRMED_OUTCOMES = frozenset(
    {Outcome.CONFIRMED_INLINE_API, Outcome.CONFIRMED_INLINE_POLL, Outcome.CONFIRMED_BACKGROUND}
)
WAITING_OUTCOMES = frozenset(
    {
        Outcome.PENDING_SETTLED,
        Outcome.PENDING_TIMEOUT,
        Outcome.BACKGROUND_JOB_DISABLED,
        Outcome.BACKGROUND_JOB_FAILED,
        Outcome.BACKGROUND_JOB_UNUSABLE,
        Outcome.NO_ROOM_LEFT_BY_TESTS,
    }
)


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
        """Return the dict that summary.json has of it."""
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


PACKED = ("request", "submitted", "study", "seen", "look_times_ms", "pass_given", "metrics")
"""What is packed of a booking whose scenario is over. None of it has its default in the class, where it would be found
though it is packed.
"""
_PACKER = Packer()


LOOKED_AT_TOGETHER = 64
"""Bookings whose packed part is remembered open: more than those of some scenarios, which are looked at in turns."""


@functools.lru_cache(maxsize=LOOKED_AT_TOGETHER)
def _unpacked(packed: bytes) -> Mapping[str, Any]:
    """What is packed of a booking, remembered a while: who looks at some asks for several attributes of each."""
    attributes: Mapping[str, Any] = _PACKER.unpack(packed)
    return attributes


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
    """Seconds after the submit at which the answer named the booking; None where none did."""
    study: Snapshot = field(default_factory=lambda: Snapshot(None))
    """History and events as of the last full look, called a study; the row as of the last look of any kind."""
    looked_at: float = -1.0
    """Seconds after the submit of the last look of any kind; below 0 before the first."""
    studied_at: float = -1.0
    """The same of the last full look."""
    may_wait: bool = False
    """Whether who asks is content with a booking that waits; else it is to be confirmed."""
    stands: bool = False
    """Whether a confirmation with a table was still there at a second look."""
    seen: list[tuple[float, str, int]] = field(default_factory=list)
    """Each change that was seen: seconds after the submit, the status, the number of tables."""
    look_times_ms: list[int] = field(default_factory=list)
    job: JobResult | None = None
    """How the job ended that the suite started; None where it started none."""
    outcome: Outcome | None = None
    ended_as: str = ""
    """The platform's own status of a booking that ended as `Outcome.TERMINAL`."""
    trouble: SuiteError | None = None
    """What kept the suite from watching it."""
    followed: bool = False
    cancelled: bool = False
    changed: bool = False
    """Whether it was edited or moved after its answer."""
    crowded: bool = False
    """Whether it was sent at the same moment as others."""
    pass_given: str = field(default_factory=str)
    """The pass that the answer gave to the guest."""
    metrics: Metrics = field(default_factory=Metrics)
    _packed: bytes = field(default=b"", init=False, repr=False)

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
    def label(self) -> str:
        """The booking for people: `Booking X7KQ2M4RTA for 4 guests, Fri 27 Nov 19:00`."""
        return f"{'The booking' if self.row is None else f'Booking {self.row.reference}'} for {self.asked}"

    @property
    def asked(self) -> str:
        """What was asked for, in short: `4 guests, Fri 27 Nov 19:00`."""
        request = self.request
        return f"{counted(request.party, 'guest')}, {quoted(request.date)} {quoted(request.time)}"

    @property
    def confirmed(self) -> bool:
        """Whether its outcome is a confirmation."""
        return self.outcome in CONFIRMED_OUTCOMES

    @property
    def outcome_code(self) -> str | None:
        """The outcome as it is written, `terminal_<status>` where the platform ended it; None before its end."""
        return f"{self.outcome}_{self.ended_as.lower()}" if self.outcome is Outcome.TERMINAL else self.outcome

    @property
    def outcome_words(self) -> str:
        """The outcome for people; empty before its end."""
        if self.outcome is None:
            return ""
        return f'ended as "{self.ended_as}"' if self.outcome is Outcome.TERMINAL else self.outcome.words

    @property
    def answered_confirmed(self) -> bool:
        """Whether the answer itself already said that it is confirmed."""
        return isinstance(self.submitted, Accepted) and self.submitted.status == CONFIRMED

    @property
    def uncertain(self) -> bool:
        """Whether the answer alone does not say which booking this request made, if any: what was refused may be stored
        all the same, a 429 may come of what stands before the platform, whatever that passed on, and an answer that
        names a booking may be another request's.
        """
        answer = self.submitted
        if not isinstance(answer, Accepted):
            return not isinstance(answer, NotSent)
        of_another = self.row is not None and (self.row.idempotency_key or "") != self.idempotency_key
        return answer.duplicate or of_another

    @property
    def request_is_over(self) -> bool:
        """Whether its request was answered for good, so that no booking comes of it later."""
        exchange = self.exchange
        return exchange.status is not None and exchange.problem is None and exchange.status not in GAVE_UP

    @property
    def refused_as_full(self) -> bool:
        """Whether it was refused because the house is full."""
        return isinstance(self.submitted, Refused) and self.submitted.refusal.house_full

    def is_of_another(self, row: BookingRow) -> bool:
        """Whether a stored booking is another request's: neither its key nor its guest is this one's. Where neither has
        a key, nothing of the guest's contact is.
        """
        other_email = row.customer_email.strip().lower() != self.request.email.strip().lower()
        if not (row.idempotency_key or self.idempotency_key):
            return other_email and row.customer_phone.strip() != self.request.phone.strip()
        other_key = row.idempotency_key is not None and row.idempotency_key != self.idempotency_key
        return other_key and other_email

    @property
    def first_confirmed_s(self) -> float | None:
        """Seconds after the submit at which it was first seen confirmed with a table, up to now; None when never."""
        if not self.seen or self.seen[-1][1] != CONFIRMED or not self.seen[-1][2]:
            return None
        return self.seen[-1][0]

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

    def waits_for_room(self) -> bool:
        """Whether a booking that may wait does so for want of a table, by its own row, 2 s after the answer; asked only
        where the events can't be read, which would say whether anything is under way.
        """
        row = self.study.booking
        if not self.may_wait or self.answered_after is None or self.study.events is not None or row is None:
            return False
        full = any(words in (row.last_reason or "") for words in ABOUT_CAPACITY)
        return full and self.looked_at >= self.answered_after + GRACE_S

    def was_changed(self, **asked: Any) -> None:
        """It was edited, or moved: from here on this is what was asked for."""
        self.request, self.changed = self.request.model_copy(update=asked), True

    def was_cancelled(self) -> None:
        """Somebody cancelled it: nothing is expected of it any more."""
        self.cancelled = True

    def settle(self) -> None:
        """Keep it small from here on, for a run may make thousands: what only its scenario's verdict and evidence need
        is let go, and what the run's end needs is packed.
        """
        if self._packed:
            return
        bare = replace(self.exchange, request_headers={}, request_body=None, response_headers={}, response_text="")
        self.submitted = replace(self.submitted, exchange=bare)
        self.study, self.look_times_ms = Snapshot(self.row), []
        self.log.durations_ms = {}
        self._packed = _PACKER.pack({name: self.__dict__.pop(name) for name in PACKED})

    def unpack(self) -> None:
        """Let what is packed stand open again, for who looks at it many times."""
        if self._packed:
            self.__dict__.update(_unpacked(self._packed))
            self._packed = b""

    if not TYPE_CHECKING:  # a name that is misspelt stays an error

        def __getattr__(self, name: str) -> Any:
            """What is packed; asked for where there is no attribute of this name."""
            if name in PACKED and (packed := self.__dict__.get("_packed")):
                return _unpacked(packed)[name]
            raise AttributeError(f"{type(self).__name__} has no {name}")

    def was_left_unanswered(self) -> None:
        """Its guest got no answer that can be read, whatever became of it."""
        self.outcome = Outcome.ANSWER_LOST

    def was_not_refused(self) -> None:
        """It should have been refused and was followed no further."""
        self.outcome = self.outcome or Outcome.NOT_REFUSED

    @property
    def waited_whole_deadline(self) -> bool:
        """Whether the verdict stood only when time was up."""
        return self.metrics.total_ms / 1000 >= self.deadline.seconds

    def story(self) -> str:
        """The statuses that were seen, with their times: `pending 0.0-12.3 s → confirmed 12.3 s`."""
        if not self.seen:
            return "the booking was never seen in the database"
        parts = []
        for index, (since, status, tables) in enumerate(self.seen):
            later = self.seen[index + 1][0] if index + 1 < len(self.seen) else self.deadline.elapsed
            seats = f" with {counted(tables, 'table')}" if status == CONFIRMED else ""
            parts.append(f"{status}{seats} {since:.1f}–{later:.1f} s")
        return " → ".join(parts)


def waited_ms(booking: TrackedBooking) -> float:
    """How long the guest of a confirmed booking waited: milliseconds from the submit until the table was certain.

    Until the answer that said so, where every look agreed; else until the look that showed it. In a crowd one booking
    is looked at after the other; what the answer said does not wait for that.
    """
    shown = [(since, status == CONFIRMED and tables > 0) for since, status, tables in booking.seen]
    if booking.outcome == Outcome.CONFIRMED_INLINE_API and all(certain for _, certain in shown):
        return booking.metrics.submit_ms
    return next(since for since, certain in reversed(shown) if certain) * 1000


def confirmation_times(bookings: Iterable[TrackedBooking]) -> dict[str, list[float]]:
    """How long the guests of the confirmed ones waited: milliseconds by the way they were confirmed, the fastest way
    first; ways that nobody took are left out.
    """
    confirmed = [booking for booking in bookings if booking.confirmed]
    ways = [outcome for outcome in Outcome if outcome in CONFIRMED_OUTCOMES]
    found = {way.value: [waited_ms(booking) for booking in confirmed if booking.outcome == way] for way in ways}
    return {way: times for way, times in found.items() if times}
