"""The run judged as a whole: what every booking is promised, whatever its scenario asks (docs/observing.md)."""

from __future__ import annotations

import contextlib
import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bookingflow.audit.bookings import Findings, audit, broken_off, stored, words_kept
from bookingflow.audit.related_records import noted_amiss, one_pass_for_two
from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.checks import stored_bookings
from bookingflow.checks.information_leaks import tells_everybody_nothing
from bookingflow.checks.opening_hours import offered_as_open, served_as_told
from bookingflow.core.errors import BehindWall, BrokenPromise, NotJudged, SuiteError, TargetUnreachable
from bookingflow.core.text import counted
from bookingflow.core.timing import Deadline
from bookingflow.platform.api_models import (
    CANCELLED,
    CONFIRMED,
    IN_PROGRESS,
    Accepted,
    AnswerLost,
    NotSent,
    RateLimited,
    Schedule,
    ShownDay,
    SubmitResult,
    Walled,
)
from bookingflow.platform.database_models import BookingRow, Restaurant
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import ScenarioState


class RunAudit:
    """Collects what scenarios did not ask about, and judges it at the run's end."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.promise_broken = False
        """Whether a promise was broken outside of any scenario."""
        self.audited = 0
        """Bookings that were looked at as a whole."""
        self._unasked: list[str] = []
        """Breaches that no scenario asks about."""
        self._tables_twice: dict[str, str] = {}
        """Where a table was given twice, and in which scenario that was seen."""
        self._visited: dict[str, Restaurant] = {}
        self._shown: dict[tuple[str, datetime.date], Schedule] = {}
        """The days as guests were shown them, by restaurant and date."""
        self._excused: set[str] = set()
        """Scenarios whose breach is known."""
        self._hours_excused = False
        """Whether it is known that guests are shown wrong times."""
        self._told: set[str] = set()
        """Scenarios of whose bookings enough was told, or is known: nothing is said of them once more."""

    # -- scenario by scenario ----------------------------------------------------------------------------------

    def scenario_over(self, state: ScenarioState, *, failed: bool, excused: bool) -> None:
        """What the scenario confirmed must still stand; what else is wrong with its bookings is told at the run's end.

        One that `failed` has told its own breaches already: of its bookings only double-booked tables are taken, and
        of one that is `excused` as a known breach nothing.
        """
        shown = self._session.api.take_days()
        if not state.switched:
            self._shown |= {(day.slug, day.date): day.schedule for day in shown}
        if failed:
            self._told.add(state.name)
        if excused:
            self._excused.add(state.name)
            self._hours_excused |= state.asks_for_hours
        elif failed:
            with contextlib.suppress(SuiteError):  # the scenario has failed already, maybe for the same reason
                self._audit(state, stored(self._session.database, state.bookings))
        else:
            rows = stored(self._session.database, state.bookings)
            self._demand_kept(self._withdrawn(state.bookings, rows))
            unasked = self._seen([*self._audit(state, rows).others, *self._indiscreet(shown)])
            self._unasked += [f"{state.name}: {breach}" for breach in unasked]
            if unasked:
                self._told.add(state.name)

    def _audit(self, state: ScenarioState, rows: Sequence[BookingRow]) -> Findings:
        session = self._session
        self._visited[state.restaurant.id] = state.restaurant
        found = audit(session.database, rows, state.bookings, self._visited, session.stays, session.guests.words)
        self.audited += len(state.bookings)
        self._tables_twice.update(dict.fromkeys(found.tables_twice, state.name))
        return found

    def _indiscreet(self, shown: Iterable[ShownDay]) -> list[str]:
        """What days that everybody may see tell of guests, or from inside the platform."""
        return [
            f"who asks for the times of {day.date:%a %d %b} at {day.slug} is told more: {breach}"
            for day in shown
            for breach in tells_everybody_nothing(day.exchange, self._session.guests.words)
        ]

    def look_again(self, bookings: Sequence[TrackedBooking]) -> None:
        """A while after their scenario what was confirmed is so still, and nothing else was changed."""
        session, kept = self._session, self._untold(bookings)
        rows = stored(session.database, kept)
        found = [*self._withdrawn(kept, rows), *self._changed_since(rows, kept, may_move=False)]
        self._unasked += self._seen(found)

    def _seen(self, found: list[str]) -> list[str]:
        """What was found, as long as everything is seen; raises EvidenceHidden where it may be what is hidden."""
        if found:
            self._session.demand_sight()
        return found

    def _changed_since(
        self, rows: Sequence[BookingRow], bookings: Sequence[TrackedBooking], *, may_move: bool
    ) -> list[str]:
        session = self._session
        changed = words_kept(session.database, rows, bookings, self._visited, session.stays, may_move=may_move)
        return [*changed, *noted_amiss(session.database, rows, bookings)]

    def _untold(self, bookings: Iterable[TrackedBooking]) -> list[TrackedBooking]:
        return [one for one in bookings if self._session.report_of(one).scenario not in self._told]

    # -- at the run's end --------------------------------------------------------------------------------------

    def check_no_table_twice(self) -> None:
        """Raise where a table was given to two bookings at once, over all bookings of the run."""
        judged = [report.booking for report in self._session.reports if report.scenario not in self._excused]
        still = dict.fromkeys(
            stored_bookings.no_table_twice(stored(self._session.database, judged)), "at the end of the run"
        )
        found = {**still, **self._tables_twice}
        if found:
            raise self._broken(
                f"{counted(len(found), 'time')} in this run",
                "double_booking",
                [f"{where}: {breach}" for breach, where in found.items()],
            )

    def check_still_standing(self) -> None:
        """Raise what was confirmed and is not so any more, and what was cancelled and is something else again.

        Where bookings are cancelled after their scenario, the run's first one was left for this.
        """
        session, made = self._session, self._session.made
        if session.cleaner.cancels:
            standing = [booking for rest in made.resting for booking in rest.bookings]
            standing += [] if made.watched is None else [made.watched]
        else:
            standing = [report.booking for report in session.reports]
        cancelled = made.undone | {one.booking.booking_id or "" for one in session.reports if one.booking.cancelled}
        cancelled.discard("")
        kept = self._untold(standing)
        rows = session.database.reread(sorted(cancelled | {one.booking_id for one in kept if one.booking_id}))
        revived = [
            f"Booking {row.reference} was cancelled and did not stay so: now it is {row.status} "
            f"with {counted(len(row.tables), 'table')}"
            for row in rows
            if row.id in cancelled and (row.status != CANCELLED or row.tables)
        ]
        if session.settings.cleanup != "delete" and session.database.access.every_booking:
            gone = len(cancelled - {row.id for row in rows})
            revived += [f"{counted(gone, 'booking')} that were cancelled left no trace"] if gone else []
        self._demand_kept([*self._withdrawn(kept, rows), *revived])

    def check_house_rules(self) -> None:
        """Raise the breaches that no scenario asked about, what was changed since, and what nobody asked for."""
        session = self._session
        kept = [report.booking for report in session.reports if report.scenario not in self._told]
        since = self._changed_since(stored(session.database, kept), kept, may_move=not session.alone)
        # What was seen a while after its scenario is seen at the end too.
        found = [*self._unasked, *(breach for breach in since if breach not in self._unasked)]
        found += [*one_pass_for_two(kept), *broken_off(kept), *self._ghosts(), *self._shown_wrongly()]
        if found:
            breaches = f"{counted(len(found), 'breach', 'breaches')} that no scenario asks about"
            raise self._broken(breaches, "house_rules", found)

    def _ghosts(self) -> list[str]:
        """Bookings and holds that came into being meanwhile where nobody but this suite books."""
        session = self._session
        own = [report.booking.booking_id for report in session.reports if report.booking.booking_id]
        if not session.alone or not own:
            return []
        rows = session.database.of_strangers(sorted(self._visited), own, session.guests.pattern)
        held = session.database.held_for_nobody(sorted(self._visited), own)
        return [
            *(f"booking {row.reference} came into being, and nobody asked for it" for row in rows),
            *(f"table {number} is on hold for nobody" for number in dict.fromkeys(held)),
        ]

    def _shown_wrongly(self) -> list[str]:
        """Days on which guests were shown other times than the opening hours leave them, or for something else than
        is served then, of all that were read.
        """
        session, found = self._session, defaultdict[tuple[str, str], list[datetime.date]](list)
        if self._hours_excused:
            return []
        for place in self._visited.values():
            shown = {date: schedule for (slug, date), schedule in self._shown.items() if slug == place.slug}
            hours = session.database.hours_of_days(place.id, sorted(shown))
            periods = session.database.service_periods(place.id) if shown else None
            for date in sorted(hours):
                told = offered_as_open(
                    shown[date], hours[date], place, date, session.stays, may_disable=not session.settings.on_demo
                )
                if periods is not None:
                    told += served_as_told(shown[date], periods, date)
                for breach in told:
                    found[place.name, breach].append(date)
        return [f"{place} on {_days(dates)}: {breach}" for (place, breach), dates in found.items()]

    def check_request_remembered(self) -> None:
        """Raise unless the run's first booking, sent again with its own number, is the same booking still; NotJudged
        where the platform gave no answer to it.
        """
        session, first = self._session, self._session.made.watched
        if first is None or not first.idempotency_key:
            return
        session.next_address()
        session.budget.take()
        answer = session.api.submit(
            first.exchange.request_body,
            idempotency_key=first.idempotency_key,
            correlation_id=first.log.correlation_id,
            deadline=Deadline(session.clock, session.settings.timeout),
        )
        reference = first.row.reference if first.row else first.booking_id
        if (why := _unanswered(answer)) is not None:
            code, reason = why
            sentence = f"Booking {reference} was to be sent once more at the end of the run: {reason}"
            raise NotJudged(session.sanitizer.text(sentence), code=code)
        made = isinstance(answer, Accepted) and answer.booking_id != first.booking_id
        if isinstance(answer, Accepted) and answer.duplicate and not made:
            return
        told = "was made a second time" if made else "was not recognised"
        raise self._broken(
            f"Booking {reference} was sent once more at the end of the run, with its own number, and {told} "
            f"(HTTP {answer.exchange.status})",
            "booked_twice" if made else "repetition_not_told",
        )

    def _demand_kept(self, breaches: Sequence[str]) -> None:
        if breaches:
            raise self._broken(". ".join(breaches), "confirmation_withdrawn")

    def _withdrawn(self, bookings: Iterable[TrackedBooking], rows: Iterable[BookingRow]) -> list[str]:
        """Those of these bookings that were confirmed, or waiting, and by these rows of now are not so any more."""
        expected = {one.booking_id: one for one in bookings if one.confirmed and one.booking_id and not one.cancelled}
        now = {row.id: row for row in rows}
        found = self._given_up(bookings, now)
        for booking_id, booking in expected.items():
            row, was = now.get(booking_id or ""), booking.row
            name = f"Booking {was.reference if was else booking_id} was confirmed with a table"
            if row is None and self._session.database.access.every_booking:
                found.append(f"{name}, and now there is no such booking any more")
            elif row is not None and (row.status != CONFIRMED or not row.tables):
                tables = counted(len(row.tables), "table")
                found.append(f"{name} and did not stay so: now it is {row.status} with {tables}")
        return found

    @staticmethod
    def _given_up(bookings: Iterable[TrackedBooking], now: Mapping[str, BookingRow]) -> list[str]:
        """Those that were waiting when last seen, and that nobody cancelled."""
        waiting = [
            one for one in bookings if one.row is not None and one.row.status in IN_PROGRESS and not one.cancelled
        ]
        return [
            f"Booking {row.reference} was waiting for a table, and now it is {row.status}"
            for row in (now.get(one.booking_id or "") for one in waiting)
            if row is not None and row.status not in IN_PROGRESS | {CONFIRMED}
        ]

    def _broken(self, particulars: str, code: str, examples: Sequence[str] = ()) -> BrokenPromise:
        self._session.demand_sight()
        self.promise_broken = True
        clean = self._session.sanitizer.text
        return BrokenPromise(clean(particulars), code=code, examples=[clean(example) for example in examples])


def _unanswered(answer: SubmitResult) -> tuple[str, str] | None:
    """The code and the reason where the platform itself gave no answer; None where it did."""
    if isinstance(answer, RateLimited):
        return "rate_limited", "the platform asked to wait"
    if isinstance(answer, Walled):
        return BehindWall.code, answer.reason
    if isinstance(answer, NotSent) or (isinstance(answer, AnswerLost) and answer.exchange.problem is not None):
        return TargetUnreachable.code, answer.reason
    return None


def _days(dates: Sequence[datetime.date]) -> str:
    """The first of these days, and how many more there are."""
    more = f" and {counted(len(dates) - 1, 'more day')}" if len(dates) > 1 else ""
    return f"{dates[0]:%a %d %b}{more}"
