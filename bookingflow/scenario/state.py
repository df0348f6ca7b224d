"""The scenario that runs now: where it plays, what it booked, what was found out."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field

from bookingflow.booking.diagnosis import Diagnosis
from bookingflow.booking.failure_context import FailureContext
from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.core.errors import ScenarioNotPossible
from bookingflow.platform.api_models import Exchange
from bookingflow.platform.database_models import BookingRow, Restaurant, Table
from bookingflow.platform.slots import Slot

BOOKINGS_A_MINUTE = 60
"""What one address may ask for (docs/platform.md, "Rate limits")."""


@dataclass
class ScenarioState:
    """The scenario that runs now; a new one for each."""

    name: str
    deadlines: Sequence[float | None] = ()
    step: int = 0
    restaurant: Restaurant | None = None
    inventories: dict[str, list[Table]] = field(default_factory=dict)
    """The tables of each restaurant the scenario was at, by its id."""
    ahead: datetime.timedelta = datetime.timedelta()
    slot: Slot | None = None
    tables_wanted: frozenset[str] = frozenset()
    bookings: list[TrackedBooking] = field(default_factory=list)
    together: list[TrackedBooking] = field(default_factory=list)
    kept: list[BookingRow] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    asks_for_hours: bool = False
    """Whether it judges the times that guests are shown."""
    mistake: str = ""
    """What is wrong with the request that is sent, in words."""
    bookings_a_minute: int = BOOKINGS_A_MINUTE
    """What one address may ask for in this scenario."""
    let_in: int = 0
    """Requests beside the bookings that were not turned away for being too many."""
    counted_from: int = 0
    """The bookings before this one count for another minute, or another address."""
    waited_s: float | None = None
    """Seconds that were waited because the platform said so, since when nobody should be turned away."""
    one_minute: bool = False
    """Whether they were let in within one minute of the clock."""
    turned_away: Exchange | None = None
    """The answer to somebody who looked bookings up too often."""
    diagnosis: Diagnosis | None = None
    case: FailureContext | None = None
    switched: bool = False

    def count_anew(self) -> None:
        """Whoever asks from now on has not asked yet, as far as the limit goes."""
        self.let_in, self.counted_from, self.waited_s = 0, len(self.bookings), None

    @property
    def asked_in_window(self) -> int:
        """Requests that count together for the limit."""
        return len(self.bookings) - self.counted_from + self.let_in

    @property
    def booking(self) -> TrackedBooking:
        """The booking that "it" stands for: the one made last."""
        if not self.bookings:
            raise ScenarioNotPossible("No booking was made yet in this scenario.", hint="A When sentence comes first.")
        return self.bookings[-1]

    @property
    def first(self) -> TrackedBooking:
        """The first booking of the scenario."""
        if not self.bookings:
            raise ScenarioNotPossible("No booking was made yet in this scenario.", hint="A When sentence comes first.")
        return self.bookings[0]

    def deadline_ahead(self) -> float | None:
        """Seconds of the first "within N s" from the current sentence on; None when none is stated."""
        return next((seconds for seconds in self.deadlines[self.step :] if seconds is not None), None)

    def the_slot(self) -> Slot:
        """The day and time this scenario is about."""
        if self.slot is None:
            raise ScenarioNotPossible("No time was chosen yet in this scenario.", hint="A Given sentence chooses one.")
        return self.slot
