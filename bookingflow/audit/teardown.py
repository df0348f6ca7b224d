"""What a run leaves behind: nothing. Bookings rest after their scenario, are looked at once more, and undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.core.errors import SuiteError

if TYPE_CHECKING:
    from bookingflow.world import World

REST_S = 3.0
"""Seconds a confirmed booking is left standing after its scenario, at least: what withdraws it by then is seen."""


@dataclass
class Resting:
    """Bookings of a scenario that is over, until they are looked at once more and undone."""

    until: float
    bookings: Sequence[TrackedBooking]
    made: Sequence[str]


class Teardown:
    """Undoes what the run made, also what no answer told of."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.watched: TrackedBooking | None = None
        """The run's first confirmed booking; it stands to the run's end."""
        self.resting: list[Resting] = []
        self.undone: set[str] = set()
        self._made: dict[str, None] = {}
        """Every booking that is known to be this run's, in the order in which they came."""
        self._next_look = 0.0

    def put_back(self) -> None:
        """Undo what the scenario made, also after a failure; what could not be undone is told with its id.

        What stands at a time that was chosen for its room stays a moment longer, to be looked at once more; the run's
        first one stays to the run's end.
        """
        world, scene = self._world, self._world.scene
        try:
            made = self._found(scene.created, [one.idempotency_key for one in scene.bookings if one.uncertain])
            if scene.slot is None or scene.switched:
                self._undo(made)
            else:
                if self.watched is None:
                    self.watched = next((one for one in scene.bookings if one.confirmed and not one.cancelled), None)
                self.resting.append(Resting(world.clock.monotonic() + REST_S, list(scene.bookings), made))
            self._end_rests()
        finally:
            if scene.switched:
                world.demo().reset()

    def _end_rests(self) -> None:
        """Look once more at what was confirmed a moment ago, then undo it."""
        now = self._world.clock.monotonic()
        if now < self._next_look or not self._world.cleaner.cancels:
            return
        self._next_look = now + REST_S  # each look and each undoing is a few round trips: several scenarios share one
        due = [rest for rest in self.resting if rest.until <= now]
        self.resting = [rest for rest in self.resting if rest not in due]
        stays = None if self.watched is None else self.watched.booking_id
        try:
            self._world.whole_run.look_again([followed for rest in due for followed in rest.bookings])
        finally:
            self._undo(booking_id for rest in due for booking_id in rest.made if booking_id != stays)

    def leave_nothing(self) -> None:
        """Cancel whatever of the run's bookings still stands, also what came into being after its scenario was over.

        Raises SuiteError that names what could not be cancelled.
        """
        if not self._world.cleaner.cancels:
            return
        world = self._world
        certain = {one.followed.idempotency_key for one in world.reports if not one.followed.uncertain}
        unseen = set(world.submission.keys) - certain
        if self.watched is not None:
            # It was sent once more at the run's end, which must not, but may, have made another one.
            unseen.add(self.watched.idempotency_key)
        self._found(world.scene.created, unseen)
        self._undo(booking_id for booking_id in self._made if booking_id not in self.undone)

    def _found(self, created: Sequence[str], uncertain: Iterable[str]) -> list[str]:
        """These bookings, and those that requests with uncertain keys made though no answer said so."""
        self._made |= dict.fromkeys(created)
        keys = [] if self._world.gone else [key for key in uncertain if key]
        unseen = [row.id for row in self._world.database.of_guests(emails=[], keys=keys)] if keys else []
        self._made |= dict.fromkeys(unseen)
        return list(dict.fromkeys([*created, *unseen]))

    def _undo(self, booking_ids: Iterable[str]) -> None:
        """Cancel these, all of them; raises SuiteError that names what could not be cancelled."""
        wanted = list(booking_ids) if self._world.cleaner.cancels else []
        left = self._world.cleaner.undo(wanted) if wanted else {}
        self.undone |= set(wanted) - set(left)
        if left:
            raise SuiteError(" ".join(left.values()))
