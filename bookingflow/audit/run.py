"""The run judged as a whole: what every booking is promised, whatever its scenario asks (docs/observing.md)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bookingflow.audit.bookings import (
    AuditScope,
    audit,
    broken_off,
    changed_since,
    stored,
    sundays_weaker,
    tables_twice,
)
from bookingflow.audit.budgets import MeasuredTimes
from bookingflow.audit.findings import Finding, Found, grouped
from bookingflow.audit.related_records import one_pass_for_two, passes_alike, recorded_amiss
from bookingflow.audit.shown_days import ShownDays
from bookingflow.audit.standing import now_is, withdrawn
from bookingflow.booking.tracked_booking import TrackedBooking, confirmation_times
from bookingflow.checks import tables
from bookingflow.checks.information_leaks import shows_inside
from bookingflow.core.errors import BrokenPromise, NotJudged, SuiteError, TargetUnreachable
from bookingflow.core.failures import Breach
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.scenario_ids import id_of
from bookingflow.core.text import counted
from bookingflow.core.timing import Deadline
from bookingflow.platform.answers import lost_on_the_way
from bookingflow.platform.api import READ_TIMEOUT_S
from bookingflow.platform.api_models import (
    CANCELLED,
    Accepted,
    AnswerLost,
    NotSent,
    RateLimited,
    SubmitResult,
    Walled,
)
from bookingflow.platform.database_models import BookingRow, Restaurant
from bookingflow.platform.walls import UNREADABLE
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import ScenarioState

NO_TABLE_TWICE = "No table is given twice at the same time"
STANDING = "What was confirmed stays confirmed, what was cancelled stays cancelled"
KEPT = "Every booking is kept as it was asked for, and there is no other"
REMEMBERED = "A request sent once more is recognised"

UNPACKED = 500
"""The latest bookings that stand open while the run is judged, which looks at each some twenty times; 16 kB each."""


@dataclass(frozen=True)
class RunPromise:
    """What every booking of a run is promised, and how that ended."""

    name: str
    broken: bool = False
    found: Sequence[Found] = ()
    """What breaks it, less what scenarios failed with."""
    error: SuiteError | NotJudged | None = None
    """What kept the suite from judging it."""

    @property
    def end(self) -> Literal["kept", "broken", "not judged"]:
        """How it ended, in a word."""
        return "broken" if self.broken else "not judged" if self.error is not None else "kept"


@dataclass(frozen=True)
class Judged:
    """What came out when a run was judged as a whole."""

    ends: Mapping[str, str] = field(default_factory=dict)
    """How each promise ended, by its name: kept, broken or not judged."""
    audited: int = 0
    """Bookings that were looked at as a whole."""
    bookings: int = 0
    waited_ms: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """How long the guests waited for their confirmation, by its path."""


class RunAudit:
    """Collects what scenarios did not ask about, and judges it at the run's end."""

    def __init__(self, session: Session, known_breaches: KnownBreaches) -> None:
        self._session = session
        self._known = known_breaches
        self.findings: list[Finding] = []
        """What the run's own judgement found, one for each code, the worst first."""
        self.judged = Judged()
        """What the judgement came to, once it was made."""
        self._audited = 0
        """Bookings that were looked at as a whole by now."""
        self.measured = MeasuredTimes()
        """How long they took."""
        self._unasked: list[Found] = []
        """Breaches that no scenario asks about."""
        self._withdrawn: set[str] = set()
        """The bookings, by reference, that were not as they stood already before the run cancelled what it made."""
        self._tables_twice: list[Found] = []
        """Tables that were given twice, as seen at scenarios' ends."""
        self._visited: dict[str, Restaurant] = {}
        self._shown = ShownDays(session)
        self._reported: set[str] = set()
        """Scenarios of whose bookings enough is reported: nothing is said of them once more."""
        self._failed_with: set[str] = set()
        """The codes that scenarios failed with: findings of these would say the same again."""
        self._hours_excused: set[str] = set()
        """The codes that are known of scenarios that ask for opening hours, which all scenarios read."""

    @property
    def found_unasked(self) -> bool:
        """Whether a promise that no scenario asks about is found broken by now, and not known of its scenario."""
        return bool(self._unasked or self._tables_twice)

    @property
    def _sees_all(self) -> bool:
        return self._session.database.access.every_booking

    @property
    def _scope(self) -> AuditScope:
        return AuditScope(self._visited, self._session.stays, self._session.guests)

    # -- scenario by scenario ----------------------------------------------------------------------------------

    def scenario_over(self, state: ScenarioState, *, failed: bool, codes: Collection[str] = ()) -> None:
        """What the scenario confirmed must still stand; what else is wrong with its bookings waits for the run's end.

        One that `failed`, with these `codes`, has reported its own breaches: of its bookings only double-booked
        tables are taken. Of no scenario the breaches are taken that are known of it.
        """
        shown = self._session.api.take_days()
        self.measured.take(state)
        if not state.switched:
            self._shown.add(shown)
        if state.asks_for_hours:
            self._hours_excused |= self._known.codes_of(state.id)
        self._failed_with |= set(codes)
        if failed:
            self._reported.add(state.name)
            indiscreet = [Found(breach) for booking in state.bookings for breach in shows_inside(booking.exchange)]
            self._unasked += [replace(one, scenario=state.id or state.name) for one in self._unknown(indiscreet, state)]
            with contextlib.suppress(SuiteError):  # the scenario has failed already, maybe for the same reason
                self._look_at(state, stored(self._session.database, state.bookings))
            return
        rows = stored(self._session.database, state.bookings)
        lost = self._unknown(self._not_so_any_more(state.bookings, rows), state)
        if lost:
            self._session.demand_sight()
            self._reported.add(state.name)
            self._failed_with |= {one.breach.code for one in lost}
            if way := self._session.not_evident([one.breach.code for one in lost]):
                raise way
            raise BrokenPromise.of([self._clean(Breach(one.breach.code, one.sentence)) for one in lost])
        self._look_at(state, rows)
        found = audit(self._session.database, rows, state.bookings, self._scope)
        unasked = self._seen(self._unknown([*found, *self._shown.indiscreet(shown)], state))
        self._unasked += [replace(one, scenario=state.id or state.name) for one in unasked]
        if unasked:
            self._reported.add(state.name)

    def _look_at(self, state: ScenarioState, rows: Sequence[BookingRow]) -> None:
        self._visited[state.restaurant.id] = state.restaurant
        self._audited += len(state.bookings)
        twice = tables_twice(self._session.database, rows, self._scope.zones)
        self._tables_twice += [replace(one, scenario=state.id or state.name) for one in self._unknown(twice, state)]

    def _unknown(self, found: Iterable[Found], state: ScenarioState) -> list[Found]:
        """Those of these breaches that are not known of this scenario; it keeps the excuses of the others."""
        unknown = []
        for one in found:
            excuse = self._known.excuse_booking(state.id, one.breach.code, one.sentence)
            if excuse is None:
                unknown.append(one)
            else:
                state.excuses.setdefault(one.breach.code, excuse)
        return unknown

    def look_again(self, bookings: Sequence[TrackedBooking]) -> None:
        """Look at these bookings a while after their scenario: still confirmed, and nothing else changed."""
        kept = self._unreported(bookings)
        rows = stored(self._session.database, kept)
        self._unasked += self._seen(self._looked_at_again(kept, rows))

    def _seen(self, found: list[Found]) -> list[Found]:
        """Return what was found; raises EvidenceHidden where the database hides rows, which may be why it was found."""
        if found:
            self._session.demand_sight()
        return found

    def _looked_at_again(self, bookings: Sequence[TrackedBooking], rows: Sequence[BookingRow]) -> list[Found]:
        database, may_move = self._session.database, not self._session.alone
        found = [
            *self._not_so_any_more(bookings, rows),
            *changed_since(database, rows, bookings, self._scope, may_move=may_move),
            *recorded_amiss(database, rows, bookings),
        ]
        return self._of_scenarios(found, bookings, rows)

    def _not_so_any_more(self, bookings: Sequence[TrackedBooking], rows: Iterable[BookingRow]) -> list[Found]:
        """Those that were confirmed or waiting and by these rows are not; nobody's cancellation did that."""
        found = withdrawn(bookings, rows, every_booking=self._sees_all)
        self._withdrawn |= {one.booking for one in found}
        return found

    def _was_withdrawn(self, booking: TrackedBooking) -> bool:
        return booking.row is not None and booking.row.reference in self._withdrawn

    def _of_scenarios(
        self, found: Iterable[Found], bookings: Sequence[TrackedBooking], rows: Iterable[BookingRow]
    ) -> list[Found]:
        """These breaches with the scenarios whose bookings they are of, less those that are known of them. Of `rows`
        that no scenario followed, the answer that named them says whose they are.
        """
        answered = {one.booking_id: self._session.report_of(one).scenario for one in bookings if one.booking_id}
        made_by = {row.reference: answered[row.id] for row in rows if row.id in answered}
        made_by |= {one.row.reference: self._session.report_of(one).scenario for one in bookings if one.row}
        placed = []
        for one in found:
            name = made_by.get(one.booking, "")
            scenario_id = id_of(name)
            if self._known.excuse_booking(scenario_id, one.breach.code, one.sentence) is None:
                placed.append(replace(one, scenario=scenario_id or name))
        return placed

    def _unreported(self, bookings: Iterable[TrackedBooking]) -> list[TrackedBooking]:
        return [one for one in bookings if self._session.report_of(one).scenario not in self._reported]

    # -- at the run's end --------------------------------------------------------------------------------------

    def judge(self) -> list[RunPromise]:
        """What all bookings of the run are promised, each with how it ended; sets `findings` and `judged` by that."""
        looks: Mapping[str, Callable[[], list[Found]]] = {
            NO_TABLE_TWICE: self._given_twice,
            STANDING: self._not_standing,
            KEPT: self._not_as_asked,
            REMEMBERED: self._not_remembered,
        }
        for report in self._session.reports[-UNPACKED:]:
            report.booking.unpack()
        ends = [self._judged(name, look) for name, look in looks.items()]
        self.findings = [
            replace(finding, known=self._known.excuse_finding(finding.code, finding.particulars))
            for finding in grouped(one for end in ends for one in end.found)
        ]
        reports = self._session.reports
        times = confirmation_times(report.booking for report in reports)
        self.judged = Judged({end.name: end.end for end in ends}, self._audited, len(reports), times)
        return ends

    def _judged(self, name: str, look: Callable[[], list[Found]]) -> RunPromise:
        """How a promise ended; what scenarios failed with is not said again."""
        try:
            found = self._seen(look())
        except (SuiteError, NotJudged) as error:
            return RunPromise(name, error=error)
        excused = [(one, self._session.not_evident([one.breach.code])) for one in found]
        way = next((why for _, why in excused if why is not None), None)
        found = [one for one, why in excused if why is None]
        new = [one for one in found if one.breach.code not in self._failed_with]
        return RunPromise(name, bool(found), [replace(one, breach=self._clean(one.breach)) for one in new], way)

    def _clean(self, breach: Breach) -> Breach:
        return Breach(breach.code, self._session.sanitizer.text(breach.particulars))

    def _given_twice(self) -> list[Found]:
        """Tables that were given to two bookings at once, over all bookings of the run."""
        judged = [
            report.booking
            for report in self._session.reports
            if "double_booking" not in self._known.codes_of(id_of(report.scenario))
        ]
        still = tables.no_table_twice(stored(self._session.database, judged), self._scope.zones)
        return [*self._tables_twice, *(Found(breach) for breach in still)]

    def _not_standing(self) -> list[Found]:
        """What was confirmed and is not so any more, and what was cancelled and is something else again.

        Where bookings are cancelled after their scenario, the run's first one was left for this. One that this database
        never showed may be kept in another: its trace is not missed.
        """
        session, made = self._session, self._session.made
        if session.cleaner.cancels:
            standing = [booking for rest in made.resting for booking in rest.bookings]
            standing += [] if made.watched is None else [made.watched]
        else:
            standing = [report.booking for report in session.reports]
        cancelled = made.undone | {one.booking.booking_id or "" for one in session.reports if one.booking.cancelled}
        cancelled.discard("")
        kept = self._unreported(standing)
        rows = session.database.reread(sorted(cancelled | {one.booking_id for one in kept if one.booking_id}))
        found = [
            Found(_after_cancellation(row), row.reference)
            for row in rows
            if row.id in cancelled and (row.status != CANCELLED or row.tables)
        ]
        if session.settings.cleanup != "delete" and session.database.access.every_booking:
            missing = cancelled - {row.id for row in rows}
            booked = (one.booking for one in session.reports if one.booking.booking_id in missing)
            gone = len({one.booking_id for one in booked if one.seen and not self._was_withdrawn(one)})
            trace = f"{counted(gone, 'booking')} {'was' if gone == 1 else 'were'} cancelled and left no trace"
            found += [Found(Breach("cancelled_untraceable", trace))] if gone else []
        bookings = [report.booking for report in session.reports]
        return self._of_scenarios([*self._not_so_any_more(kept, rows), *found], bookings, rows)

    def _not_as_asked(self) -> list[Found]:
        """The breaches that no scenario asked about, what was changed since, and what nobody asked for."""
        session, database = self._session, self._session.database
        kept = self._unreported([report.booking for report in session.reports])
        rows = stored(database, kept)
        since = [
            *changed_since(database, rows, kept, self._scope, may_move=not session.alone),
            *recorded_amiss(database, rows, kept),
        ]
        found = [*self._unasked, *self._of_scenarios([*since, *sundays_weaker(rows)], kept, rows)]
        shown = [one for one in self._shown.wrong(self._visited.values()) if one.breach.code not in self._hours_excused]
        return [*found, *one_pass_for_two(kept), *passes_alike(kept), *broken_off(kept), *self._ghosts(), *shown]

    def _ghosts(self) -> list[Found]:
        """Bookings and holds that came into being meanwhile where nobody but this suite books."""
        session = self._session
        own = [report.booking.booking_id for report in session.reports if report.booking.booking_id]
        if not session.alone or not own:
            return []
        sent, strangers = {*session.submission.keys} - {""}, session.guests.own
        rows = [
            row
            for row in session.database.of_strangers(sorted(self._visited), own, strangers)
            if row.id not in own and row.idempotency_key not in sent  # ours, with another e-mail than its guest's
        ]
        held = session.database.held_for_nobody(sorted(self._visited), own)
        unasked = Breach("nobody_asked", "it came into being, and nobody asked for it")
        return [
            *(Found(unasked, row.reference) for row in rows),
            *(Found(Breach("nobodys_hold", f"{number} is on hold for nobody")) for number in dict.fromkeys(held)),
        ]

    def _not_remembered(self) -> list[Found]:
        """The run's first booking, sent again with its own number, where it is not the same booking still; raises
        NotJudged where the platform gave no answer to it.
        """
        session, first = self._session, self._session.made.watched
        if first is None or not first.idempotency_key:
            return []
        if first.row is not None and not session.ownership.knows(first.row):
            return []  # its scenario says that the answer named somebody else's booking: there is none to compare with
        session.next_address()
        session.leave_limited_minute()
        session.budget.take()
        answer = session.api.submit(
            first.exchange.request_body,
            idempotency_key=first.idempotency_key,
            correlation_id=first.log.correlation_id,
            deadline=Deadline(session.clock, min(READ_TIMEOUT_S, session.settings.timeout)),
        )
        reference = first.row.reference if first.row else first.booking_id or ""
        if (why := _unanswered(answer)) is not None:
            code, reason = why
            sentence = f"Booking {reference} was to be sent once more at the end of the run: {reason}"
            raise NotJudged(session.sanitizer.text(sentence), code=code)
        code, ended = "repeat_not_recognised", "was not recognised"
        if isinstance(answer, Accepted) and answer.booking_id != first.booking_id:
            code, ended = "booked_twice", "made another booking"
            rows = session.database.reread([answer.booking_id])
            others = {one.booking.idempotency_key for one in session.reports} - {"", first.idempotency_key}
            if not rows and session.database.access.every_booking:
                code, ended = "missing", "was answered with a booking that is not stored"
            elif rows and first.is_of_another(rows[0]):
                code, ended = "foreign_booking", f"was answered with booking {rows[0].reference}, another guest's"
            elif rows and rows[0].idempotency_key in others:
                code = "answer_of_another_request"
                ended = f"was answered with booking {rows[0].reference}, which another request made"
        elif isinstance(answer, Accepted) and answer.duplicate:
            return []
        again = f"its request, sent once more at the end of the run, {ended} (HTTP {answer.exchange.status})"
        return self._of_scenarios([Found(Breach(code, again), reference)], [first], ())


def _unanswered(answer: SubmitResult) -> tuple[str, str] | None:
    """The code and the reason where the platform itself gave no answer; None where it did."""
    if isinstance(answer, RateLimited):
        return "rate_limited", "the platform asked to wait"
    if isinstance(answer, Walled):
        return answer.code, answer.with_hint
    if isinstance(answer, NotSent):
        return TargetUnreachable.code, answer.reason
    if not isinstance(answer, AnswerLost):
        return None
    if code := lost_on_the_way(answer):
        return code, answer.reason
    if answer.exchange.trouble:
        return TargetUnreachable.code, answer.reason
    return (UNREADABLE, answer.reason) if not answer.exchange.is_error else None


def _after_cancellation(row: BookingRow) -> Breach:
    """What is wrong with a booking that was cancelled and holds tables, or is in another status."""
    if row.status == CANCELLED:
        return Breach("cancelled_keeps_tables", f"it keeps {counted(len(row.tables), 'table')}")
    return Breach("cancellation_undone", f"it was cancelled, and now it is {now_is(row)}")
