"""What a run leaves behind: nothing. Bookings rest after their scenario, are looked at once more, and undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bookingflow.audit.giving_up import GivingUp
from bookingflow.audit.run import RunAudit
from bookingflow.core.errors import LeftStanding, SuiteError
from bookingflow.scenario.session import Resting, Session
from bookingflow.scenario.state import ScenarioState

REST_S = 3.0
"""Seconds a confirmed booking is left standing after its scenario, at least: what withdraws it by then is seen."""


class Teardown:
    """Undoes what the run made, also what no answer named."""

    def __init__(self, session: Session, audit: RunAudit, giving_up: GivingUp) -> None:
        self._session = session
        self._audit = audit
        self._giving_up = giving_up
        self._made = session.made
        self._next_look = 0.0
        self._looked_for: set[str] = set()
        self._stored: set[str | None] = set()
        """Keys that were looked for, and those under which a booking was stored."""
        session.make_room = self.end_rests_now

    def end_rests_now(self) -> bool:
        """Undo what rests, without waiting for its time, so that others find room; whether there was anything."""
        if not self._session.cleaner.cancels or not self._made.resting:
            return False
        for rest in self._made.resting:
            rest.until = 0.0
        self._next_look = 0.0
        self._end_rests()
        return True

    def put_back(self, state: ScenarioState) -> None:
        """Undo what the scenario made, also after a failure; raises SuiteError that names what could not be undone.

        What stands at a time that was chosen for its room stays a moment longer, to be looked at once more; the run's
        first one stays to the run's end.
        """
        session, made = self._session, self._made
        try:
            ids = self._found(state.created, [one.idempotency_key for one in state.bookings if one.uncertain])
            if state.slot is None or state.switched:
                self._undo(ids)
            else:
                if made.watched is None:
                    made.watched = next((one for one in state.bookings if one.confirmed and not one.cancelled), None)
                made.resting.append(Resting(session.clock.monotonic() + REST_S, list(state.bookings), ids))
            self._end_rests()
        finally:
            if state.switched:
                session.demo().reset()

    def _end_rests(self) -> None:
        """Look once more at what was confirmed a moment ago, then undo it."""
        now, made = self._session.clock.monotonic(), self._made
        if now < self._next_look or not self._session.cleaner.cancels:
            return
        self._next_look = now + REST_S  # each look and each undoing is a few round trips: several scenarios share one
        due = [rest for rest in made.resting if rest.until <= now]
        made.resting = [rest for rest in made.resting if rest not in due]
        stays = None if made.watched is None else made.watched.booking_id
        try:
            self._audit.look_again([booking for rest in due for booking in rest.bookings])
        finally:
            self._undo(booking_id for rest in due for booking_id in rest.made if booking_id != stays)

    def leave_nothing(self, state: ScenarioState | None = None) -> None:
        """Cancel whatever of the run's bookings still stands, also what came into being after its scenario was over.

        `state` is the scenario that was interrupted, if one was. Raises SuiteError that names what could not be
        cancelled.
        """
        session, made = self._session, self._made
        if not session.cleaner.cancels:
            return
        if session.submission.under_way and not session.settings.starts_demo:
            print("Waiting for the answer to a booking, to undo it. A second signal leaves it to `bookingflow sweep`.")
            session.submission.settle()
        certain = {one.booking.idempotency_key for one in session.reports if not one.booking.uncertain}
        unseen = set(session.submission.keys) - certain
        if made.watched is not None:
            # It was sent once more at the run's end, which must not, but may, have made another one.
            unseen.add(made.watched.idempotency_key)
        not_looked_for: SuiteError | None = None
        try:
            self._found(state.created if state is not None else (), unseen)
            self._note_what_was_not_made()
        except SuiteError as error:  # what is known is undone all the same
            not_looked_for = error
        session.ledger.undone(made.undone)  # also where a later answer named one of them again
        self._undo(booking_id for booking_id in made.made if booking_id not in made.undone | made.foreign)
        if not_looked_for is not None:
            raise not_looked_for

    def _found(self, created: Sequence[str], uncertain: Iterable[str]) -> list[str]:
        """These bookings, and those that requests with uncertain keys made though no answer said so."""
        self._made.made |= dict.fromkeys(created)
        keys = [] if self._giving_up.unreachable else [key for key in uncertain if key]
        unseen = self._session.database.of_guests(emails=[], keys=keys) if keys else []
        for row in unseen:
            self._session.ledger.found(row.restaurant_id, row.id, row.idempotency_key)
        self._made.made |= {row.id: None for row in unseen}
        self._looked_for |= set(keys)
        self._stored |= {row.idempotency_key for row in unseen}
        return list(dict.fromkeys([*created, *(row.id for row in unseen)]))

    def _note_what_was_not_made(self) -> None:
        """Close the ledger's entries of requests that are over, and of which nothing is stored."""
        for key in sorted(self._session.submission.over & (self._looked_for - self._stored)):
            self._session.ledger.not_made(key)

    def _undo(self, booking_ids: Iterable[str]) -> None:
        """Cancel these, all of them; raises SuiteError that names what could not be cancelled."""
        wanted = list(booking_ids) if self._session.cleaner.cancels else []
        if not wanted:
            return
        result = self._session.cleaner.undo(wanted, self._session.ownership)
        self._made.undone |= set(wanted) - set(result.left) - result.foreign
        self._made.foreign |= result.foreign
        self._session.ledger.undone(set(wanted) - set(result.left) - result.foreign)
        if result.left:
            raise LeftStanding(" ".join(result.left.values()))
