"""What a run leaves behind: nothing. Bookings rest after their scenario, are looked at once more, and undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bookingflow.cleanup import Keep
from bookingflow.errors import SuiteError
from bookingflow.flow import Followed

if TYPE_CHECKING:
    from bookingflow.world import World

REST_S = 3.0
"""Seconds a confirmed booking is left standing after its scenario, at least: what withdraws it by then is seen."""


@dataclass
class Resting:
    """Bookings of a scenario that is over, until they are looked at once more and undone."""

    until: float
    bookings: Sequence[Followed]
    created: Sequence[str]


class Leftovers:
    """Undoes what the run made, also what no answer told of."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.watched: Followed | None = None
        """The run's first confirmed booking; it stands to the run's end."""
        self.resting: list[Resting] = []
        self.undone: set[str] = set()
        self._next_look = 0.0

    @property
    def kept(self) -> bool:
        """Whether this run undoes nothing."""
        return isinstance(self._world.cleaner, Keep)

    def put_back(self) -> None:
        """Undo what the scenario made, also after a failure; what could not be undone is told with its id.

        What stands at a time that was chosen for its room stays a moment longer, to be looked at once more; the run's
        first one stays to the run's end.
        """
        world, scene = self._world, self._world.scene
        uncertain = [one.idempotency_key for one in scene.bookings if one.uncertain]
        rest = Resting(
            world.clock.monotonic() + REST_S,
            list(scene.bookings),
            list(dict.fromkeys([*scene.created, *self._made_unseen(uncertain)])),
        )
        roomy = scene.slot is not None and not scene.switched
        if roomy and self.watched is None:
            self.watched = next((one for one in scene.bookings if one.confirmed and not one.cancelled), None)
        try:
            if roomy:
                self.resting.append(rest)
            else:
                self._undo(rest.created)
            self._end_rests()
        finally:
            if scene.switched:
                world.demo().reset()

    def _end_rests(self) -> None:
        """Look once more at what was confirmed a moment ago, then undo it."""
        now = self._world.clock.monotonic()
        if now < self._next_look:
            return  # each look and each undoing is a round trip: several scenarios share one
        self._next_look = now + REST_S
        due = [rest for rest in self.resting if rest.until <= now]
        self.resting = [rest for rest in self.resting if rest not in due]
        if self.kept:
            return
        stays = None if self.watched is None else self.watched.booking_id
        try:
            for rest in due:
                self._world.whole_run.look_again(rest.bookings)
        finally:
            self._undo(booking_id for rest in due for booking_id in rest.created if booking_id != stays)

    def leave_nothing(self) -> None:
        """Cancel what was left for the run's end, and what came into being after its scenario had given up on it.

        Raises SuiteError that names what could not be cancelled.
        """
        if self.kept:
            return
        world, watched = self._world, self.watched
        self.watched = None
        certain = {one.followed.idempotency_key for one in world.reports if not one.followed.uncertain}
        left = [booking_id for rest in self.resting for booking_id in rest.created]
        left += self._made_unseen(set(world.flow.keys) - certain)
        if watched is not None and watched.booking_id is not None:
            # It was sent once more at the run's end, which must not, but may, have made another one.
            left += [watched.booking_id, *self._made_unseen([watched.idempotency_key])]
        self._undo(booking_id for booking_id in dict.fromkeys(left) if booking_id not in self.undone)

    def _made_unseen(self, keys: Iterable[str]) -> list[str]:
        """The bookings that requests with these keys made though no answer said so."""
        wanted = [key for key in keys if key]
        return [row.id for row in self._world.database.of_guests(emails=[], keys=wanted)] if wanted else []

    def _undo(self, booking_ids: Iterable[str]) -> None:
        """Cancel these, all of them; raises SuiteError that names what could not be cancelled."""
        wanted = list(booking_ids)
        left = self._world.cleaner.undo(wanted) if wanted else {}
        self.undone |= set(wanted) - set(left)
        if left:
            raise SuiteError(" ".join(left.values()))
