"""One attempt: the requested booking, made at the platform as the scenario @requested makes it, judged and undone.

Each attempt has a session of its own: connections that were idle for minutes are no evidence, the checks before the
first booking (preflight) say what blinds the monitor, and nothing is kept that would grow over the months.
"""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from bookingflow.audit.budgets import phases_ms
from bookingflow.booking.tracked_booking import TrackedBooking, waited_ms
from bookingflow.commands.watching.slots import choose, demand_bearable
from bookingflow.commands.watching.states import Attempt, State
from bookingflow.core.budgets import Phase
from bookingflow.core.errors import BrokenPromise, NotAtThisRestaurant, NotJudged, NotReady, SuiteError, Verdict
from bookingflow.core.events import PhaseName
from bookingflow.core.failures import WITHOUT_TABLE_CODES, failure_of
from bookingflow.core.ledger import Ledger
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.stop_signals import StopSignals
from bookingflow.core.timing import Clock
from bookingflow.core.trace import trace_id_of
from bookingflow.platform.cancellation import Ownership
from bookingflow.report.reasons import reason_of
from bookingflow.scenario.session import Session
from bookingflow.world import World

SCENARIO = "BOOK-004 as the monitor books it"
"""The scenario @requested, whose id known breaches go by."""
SLOW = "slow_to_a_table"
LONGEST_SENTENCE = 1500
"""Characters of a sentence that are kept of an attempt: it goes into a file and into notices."""
RECORDED: Mapping[Phase, PhaseName] = {
    "submit": "submit",
    "inline": "inline_poll",
    "job": "background_job",
    "post-job": "post_job_poll",
}
"""The phases as the records name them."""


@dataclass(frozen=True)
class Pace:
    """What is asked of the bookings: `slow_s` is the longest a guest waits for a table while it is up; bookings that
    are kept come every `every_s` seconds.
    """

    slow_s: float
    every_s: float


@dataclass(frozen=True)
class _LeftOver:
    """What an attempt could not undo."""

    key: str
    ownership: Ownership
    ledger: Ledger


class BookingAttempts:
    """Makes attempts at one platform."""

    def __init__(
        self,
        join: Callable[[Sanitizer], World],
        *,
        pace: Pace,
        clock: Clock,
        signals: StopSignals,
        show_by: Callable[[Sanitizer], object],
        complain: Callable[[str], None],
    ) -> None:
        """`show_by` learns by which sanitizer everything is to be shown from then on: each attempt has new guests."""
        self._join = join
        self._pace = pace
        self._clock = clock
        self._signals = signals
        self._show_by = show_by
        self._complain = complain
        self._left: _LeftOver | None = None
        self._found_fit = False
        """Whether the settings led to a platform that can be watched: from then on no error is wrong use any more."""

    def __call__(self) -> Attempt:
        """Make one. Raises SuiteError for wrong use, as long as nothing was booked; KeyboardInterrupt for a signal,
        with everything put back. Whatever else goes wrong, a full disk or a defect of the suite's own, blinds it.
        """
        began = self._clock.now()
        sanitizer = Sanitizer()
        self._show_by(sanitizer)
        try:
            with self._signals.shielded():
                with self._interruptible():
                    world = self._join(sanitizer)
                try:
                    return self._made_in(world, began)
                finally:
                    world.close()
        except SuiteError as error:
            if error.is_wrong_use and not self._found_fit:
                raise
            return _blind(began, error, sanitizer)
        except Exception as error:  # noqa: BLE001 - the next attempt may fare better
            reason, _ = reason_of(error, sanitizer)
            return _blind(began, NotJudged(f"{reason.sentence} {reason.hint}".strip(), code=reason.code), sanitizer)

    @contextlib.contextmanager
    def _interruptible(self) -> Iterator[None]:
        """A signal ends what is done here."""
        self._signals.open()
        try:
            yield
        finally:
            self._signals.shut()

    def _made_in(self, world: World, began: datetime.datetime) -> Attempt:
        session = world.session
        attempt = Attempt(State.UP, began, restaurant=session.home.name, zone=session.home.timezone)
        try:
            with self._interruptible():
                self._clear_up(session)
        except SuiteError as error:
            return _not_up(attempt, NotJudged(str(error), code="cleaner"), session)
        arrange, act, promises = world.enter(SCENARIO, [])
        stopped_by: SuiteError | Verdict | None = None
        try:
            with self._interruptible():
                if not self._found_fit and not session.cleaner.cancels:
                    demand_bearable(world.scenario.slots, self._pace.every_s)
                self._found_fit = True
                arrange.at_home()
                act.book_requested_at(choose(session, world.scenario))
                promises.confirmation.confirmed()
        except (SuiteError, Verdict) as raised:
            if isinstance(raised, SuiteError) and raised.is_wrong_use:
                raise
            stopped_by = raised
        bookings = list(world.scenario.bookings)
        verdict = self._verdict(world, stopped_by)
        return self._described(attempt, verdict, bookings, session)

    # -- the verdict -------------------------------------------------------------------------------------------------

    def _verdict(self, world: World, error: SuiteError | Verdict | None) -> Verdict | None:
        """What is wrong with the booking, once its scenario is left and it is undone; None where nothing is."""
        end = None if error is None else world.end_of_step(error)
        verdict: Verdict | None = None
        if end is not None and end.status == "skipped":
            verdict = NotJudged(end.reason, code=NotAtThisRestaurant.code)
        elif end is not None and isinstance(end.error, Verdict):
            verdict = end.error
        try:
            world.leave([verdict], failed=verdict is not None)
        except BrokenPromise as withdrawn:
            verdict = verdict or withdrawn
        except SuiteError as trouble:
            if self._remember_left(world.session):
                self._complain(str(trouble))
            else:
                verdict = verdict or NotJudged(str(trouble), code=trouble.code)
        return verdict or _of_the_whole(world)

    def _described(
        self, attempt: Attempt, verdict: Verdict | None, bookings: list[TrackedBooking], session: Session
    ) -> Attempt:
        text = session.sanitizer.text
        for booking in bookings:
            attempt = replace(
                attempt,
                booked=text(booking.label),
                reference="" if booking.row is None else text(booking.row.reference),
                trace_id=trace_id_of(booking.log.correlation_id),
                phases={RECORDED[phase]: round(ms / 1000, 3) for phase, ms in phases_ms(booking).items() if ms},
            )
        if verdict is not None:
            return _not_up(attempt, verdict, session)
        waited = [waited_ms(booking) for booking in bookings if booking.confirmed]
        seconds = round(max(waited) / 1000, 3) if waited else None
        if seconds is None or seconds <= self._pace.slow_s:
            return replace(attempt, seconds=seconds)
        slow = failure_of(SLOW)
        sentence = f"{slow.title}: after {seconds:.1f} s; slow is what takes longer than {self._pace.slow_s:g} s."
        return replace(
            attempt,
            state=State.DEGRADED,
            seconds=seconds,
            code=SLOW,
            title=slow.title,
            sentence=f"{sentence} {attempt.booked}. Who can act: {slow.who_can_act}.",
            who_can_act=slow.who_can_act,
        )

    # -- what could not be undone -------------------------------------------------------------------------------------

    def _remember_left(self, session: Session) -> bool:
        """Whether the booking of this session may still stand though it was to be undone."""
        keys = [key for key in session.submission.keys if key]
        made = session.made
        if not keys or not session.cleaner.cancels:
            return False
        if made.made and not made.made.keys() - made.undone - made.foreign:
            return False
        self._left = _LeftOver(keys[0], session.ownership, session.ledger)
        return True

    def _clear_up(self, session: Session) -> None:
        """Undo what an earlier attempt could not; raises SuiteError where it still can't be: nothing is booked then."""
        left = self._left
        if left is None:
            return
        ids = [row.id for row in session.database.of_guests(emails=[], keys=[left.key])]
        result = session.cleaner.undo(ids, left.ownership)
        if result.left:
            raise SuiteError(f"Nothing is booked while an earlier booking stands. {' '.join(result.left.values())}")
        left.ledger.undone(ids)
        left.ledger.not_made(left.key)
        self._left = None


def _of_the_whole(world: World) -> Verdict | None:
    """What leaves the guest without a table though the booking was confirmed, or kept that from being judged."""
    errors = [promise.error for promise in world.audit.judge() if promise.error is not None]
    for finding in world.audit.findings:
        if finding.code in WITHOUT_TABLE_CODES and not finding.known:
            return finding.verdict()
    return NotJudged(str(errors[0]), code=errors[0].code) if errors else None


def _not_up(attempt: Attempt, verdict: Verdict, session: Session) -> Attempt:
    text = session.sanitizer.text
    return replace(
        attempt,
        state=State.DOWN if isinstance(verdict, BrokenPromise) else State.BLIND,
        code=verdict.code,
        title=verdict.title,
        sentence=text(" ".join(verdict.sentence.split()), most=LONGEST_SENTENCE),
        who_can_act=verdict.who_can_act,
    )


def _blind(began: datetime.datetime, error: SuiteError | NotJudged, sanitizer: Sanitizer) -> Attempt:
    """An attempt that came to nothing."""
    verdict = error if isinstance(error, NotJudged) else _not_judged(error)
    return Attempt(
        State.BLIND,
        began,
        code=verdict.code,
        title=verdict.title,
        sentence=sanitizer.text(" ".join(verdict.sentence.split()), most=LONGEST_SENTENCE),
        who_can_act=verdict.who_can_act,
    )


def _not_judged(error: SuiteError) -> NotJudged:
    if not isinstance(error, NotReady):
        return NotJudged(str(error), code=error.code)
    said = " ".join(str(problem) for problem in error.problems)
    return NotJudged(said, code=error.code, who_can_act=error.problems[0].who_can_act)
