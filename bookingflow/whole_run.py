"""The run judged as a whole: what every booking is promised, whatever its scenario asks (docs/observing.md)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bookingflow import checks
from bookingflow.api import Accepted
from bookingflow.audit import Findings, audit, stored, words_kept
from bookingflow.contract import CANCELLED, CONFIRMED
from bookingflow.diagnosis import PLATFORM_TEAM
from bookingflow.errors import BrokenPromise, SuiteError
from bookingflow.flow import Followed
from bookingflow.polling import Deadline
from bookingflow.rows import Restaurant
from bookingflow.wording import counted

if TYPE_CHECKING:
    from bookingflow.world import World


class WholeRun:
    """Collects what scenarios did not ask about, and judges it at the run's end."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.promise_withdrawn = False
        """Whether a promise was broken outside of any scenario."""
        self.audited = 0
        """Bookings that were looked at as a whole."""
        self._unasked: list[str] = []
        """Breaches that no scenario asks about."""
        self._tables_twice: dict[str, str] = {}
        """Where a table was given twice, and in which scenario that was seen."""
        self._visited: dict[str, Restaurant] = {}
        self._excused: set[str] = set()
        self._failed: set[str] = set()
        """Scenarios that have told what is wrong with their bookings, or could tell more already at their end."""

    # -- scenario by scenario ----------------------------------------------------------------------------------

    def scenario_over(self, *, failed: bool, excused: bool) -> None:
        """What the scenario confirmed must still stand.

        Breaches that it does not ask about are kept for the run's end; those of one that `failed` are told, but for a
        table given twice, which is no matter of one scenario unless it is `excused` as a known breach.
        """
        scene = self._world.scene
        if failed:
            self._failed.add(scene.name)
        if not failed:
            self._demand_still_confirmed(scene.bookings)
            unasked = self._audit().others
            self._unasked += [f"{scene.name}: {breach}" for breach in unasked]
            if unasked:
                self._failed.add(scene.name)
        elif excused:
            self._excused.add(scene.name)
        else:
            with contextlib.suppress(SuiteError):  # the scenario has failed already, maybe for the same reason
                self._audit()

    def _audit(self) -> Findings:
        world = self._world
        self._visited[world.restaurant.id] = world.restaurant
        found = audit(world.database, world.scene.bookings, self._visited, world.stays, world.guests.words)
        self.audited += len(world.scene.bookings)
        self._tables_twice.update(dict.fromkeys(found.tables_twice, world.scene.name))
        return found

    def look_again(self, bookings: Sequence[Followed]) -> None:
        """A while after their scenario what was confirmed is so still."""
        self._unasked += self._withdrawn(bookings)

    # -- at the run's end --------------------------------------------------------------------------------------

    def check_no_table_twice(self) -> None:
        """Raise where a table was given to two bookings at once, over all bookings of the run."""
        judged = [report.followed for report in self._world.reports if report.scenario not in self._excused]
        still = dict.fromkeys(checks.no_table_twice(stored(self._world.database, judged)), "at the end of the run")
        found = {**still, **self._tables_twice}
        if found:
            told = self._told(f"{where}: {breach}" for breach, where in found.items())
            raise self._broken(
                f"A table was given to two bookings at once, {counted(len(found), 'time')} in this run. "
                f"Can act: {PLATFORM_TEAM}.\n{told}",
                "double_booking",
            )

    def check_house_rules(self) -> None:
        """Raise the breaches that no scenario asked about, and what was changed since."""
        world = self._world
        kept = [report.followed for report in world.reports if report.scenario not in self._failed]
        found = [*self._unasked, *words_kept(world.database, kept, self._visited, world.stays), *self._ghosts()]
        if found:
            count = len(found)
            raise self._broken(
                f"{count} {'breach was' if count == 1 else 'breaches were'} found that no scenario asks about "
                f"(every booking is stored as asked and keeps its table, every refusal stores nothing):\n"
                f"{self._told(found)}",
                "house_rules",
            )

    def _ghosts(self) -> list[str]:
        """Bookings that came into being meanwhile where nobody but this suite books."""
        world = self._world
        alone = world.settings.starts_demo or (world.alone and not world.settings.on_demo)
        own = [report.followed.booking_id for report in world.reports if report.followed.booking_id]
        if not alone or not own:
            return []
        rows = world.database.of_strangers(sorted(self._visited), own, world.guests.pattern)
        return [f"booking {row.reference} came into being, and nobody asked for it" for row in rows]

    def check_request_remembered(self) -> None:
        """The run's first booking, sent again with its own number, is the same booking still."""
        world, first = self._world, self._world.leftovers.watched
        if first is None or not first.idempotency_key:
            return
        if world.settings.on_demo:
            world.change_address()
        world.await_turn()
        answer = world.api.submit_payload(
            first.exchange.request_body,
            idempotency_key=first.idempotency_key,
            correlation_id=first.log.correlation_id,
            deadline=Deadline(world.clock, world.settings.timeout),
        )
        if isinstance(answer, Accepted) and answer.booking_id != first.booking_id:
            reference = first.row.reference if first.row else "of the run's beginning"
            raise self._broken(
                f"Booking {reference} was sent once more at the end of the run, with its own number, and was made a "
                f"second time. Can act: {PLATFORM_TEAM}.",
                "booked_twice",
            )

    def check_all_still_confirmed(self) -> None:
        """What was confirmed is confirmed, with its tables, and what was cancelled is cancelled.

        Where bookings are cancelled after their scenario, the run's first one was left for this.
        """
        world, leftovers = self._world, self._world.leftovers
        if leftovers.kept:
            standing = [report.followed for report in world.reports]
        else:
            standing = [followed for rest in leftovers.resting for followed in rest.bookings]
            standing += [] if leftovers.watched is None else [leftovers.watched]
        self._demand_still_confirmed(standing)
        cancelled = {one.followed.booking_id for one in world.reports if one.followed.cancelled}
        for row in world.database.reread(sorted(leftovers.undone | set(filter(None, cancelled)))):
            if row.status != CANCELLED:
                raise self._broken(
                    f"Booking {row.reference} was cancelled and did not stay so: now it is {row.status}. "
                    f"Can act: {PLATFORM_TEAM}.",
                    "cancellation_withdrawn",
                )

    def _demand_still_confirmed(self, bookings: Sequence[Followed]) -> None:
        for told in self._withdrawn(bookings):
            raise self._broken(f"{told}. Can act: {PLATFORM_TEAM}.", "confirmation_withdrawn")

    def _withdrawn(self, bookings: Sequence[Followed]) -> list[str]:
        """Those of these bookings that were confirmed and are not so any more."""
        expected = {one.booking_id for one in bookings if one.confirmed and one.booking_id and not one.cancelled}
        return [
            f"Booking {row.reference} was confirmed with a table and did not stay so: now it is {row.status} "
            f"with {counted(len(row.tables), 'table')}"
            for row in self._world.database.reread(sorted(filter(None, expected)))
            if row.status != CONFIRMED or not row.tables
        ]

    def _told(self, breaches: Iterable[str]) -> str:
        return "\n".join(f"  - {self._world.sanitizer.text(breach)}" for breach in breaches)

    def _broken(self, sentence: str, code: str) -> BrokenPromise:
        self.promise_withdrawn = True
        return BrokenPromise(sentence, code=code)
