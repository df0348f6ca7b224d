"""The scenario that runs now: where it plays, what it booked, what was found out."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from bookingflow.booking.diagnosis import Diagnosis
from bookingflow.booking.failure_context import FailureContext
from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.checks.opening_hours import is_offered
from bookingflow.core.errors import NotAtThisRestaurant, ScenarioNotPossible
from bookingflow.core.failures import Breach
from bookingflow.core.scenario_ids import id_of
from bookingflow.platform.api_models import Exchange
from bookingflow.platform.business_rules import STAY_MINUTES, stored_type
from bookingflow.platform.database_models import BookingRow, Restaurant, Table
from bookingflow.platform.slots import ONE_DAY, Slot, SlotFinder
from bookingflow.scenario.session import Session

BOOKINGS_A_MINUTE = 60
"""What one address may ask for (docs/platform.md, "Rate limits")."""


@dataclass(frozen=True)
class StrangersRequest:
    """What somebody who has not signed in asked for, and the answer."""

    what: str
    """The act, the list, or whose times, in the sentence's words."""
    exchange: Exchange
    before: BookingRow | None = None
    """The booking, where it was about one, just before."""
    guise: str = ""
    """As whom, where it is staff that may do so, in the sentence's words."""


LinkKind = Literal["given", "used", "expired", "made up"]
"""A link: given in a confirmation, opened before, given long ago, or never given out."""


@dataclass(frozen=True)
class OpenedLink:
    """A link that was opened, and the answer."""

    kind: LinkKind
    exchange: Exchange


@dataclass
class ScenarioState:
    """The scenario that runs now; a new one for each."""

    session: Session
    name: str
    """Its id and title, and where it is repeated the number of its repetition."""
    deadlines: Sequence[float | None] = ()
    """Seconds that each of its sentences states, None where it states none."""
    promise: str = ""
    """Its id and title, the same in all repetitions."""
    step: int = 0
    """Which of its sentences runs now, counted from 0."""
    elsewhere: Restaurant | None = None
    """The restaurant it went to, where that is not the one of the settings."""
    inventories: dict[str, list[Table]] = field(default_factory=dict)
    """The tables of each restaurant the scenario was at, by its id."""
    ahead: datetime.timedelta = datetime.timedelta()
    """How far the platform's clock was set ahead."""
    slot: Slot | None = None
    """The day and time it is about."""
    tables_wanted: frozenset[str] = frozenset()
    """Ids of tables that were taken and become free, of which a later guest is to get one."""
    bookings: list[TrackedBooking] = field(default_factory=list)
    together: list[TrackedBooking] = field(default_factory=list)
    """Those that one sentence sent, at the same moment or in a row."""
    created: list[str] = field(default_factory=list)
    """Ids of bookings that are certainly this run's, for the tear-down."""
    wrong_before: Sequence[Breach] = ()
    """What was wrong in the restaurant's books of its day before anybody booked."""
    before: BookingRow | None = None
    """A booking as it was before something was done that must not change it."""
    asks_for_hours: bool = False
    """Whether it judges the times that guests are shown."""
    mistake: str = ""
    """What is wrong with the request that is sent, in words."""
    bookings_a_minute: int = BOOKINGS_A_MINUTE
    """What one address may ask for in this scenario."""
    let_in: int = 0
    """Requests beside the bookings that were not turned away for being too many."""
    one_minute: bool = False
    """Whether these came within one minute of the clock, or of the platform's own counting where it says so."""
    counted_from: int = 0
    """The bookings before this one count for another minute, or another address."""
    waited_s: float | None = None
    """Seconds that were waited because the platform said so, since when nobody should be turned away."""
    turned_away: Exchange | None = None
    """The answer to somebody who looked bookings up too often."""
    strangers_request: StrangersRequest | None = None
    opened_link: OpenedLink | None = None
    """The link that was opened last."""
    diagnosis: Diagnosis | None = None
    case: FailureContext | None = None
    excuses: dict[str, str] = field(default_factory=dict)
    """Why what broke in it is known and not red, by code."""
    switched: bool = False
    """Whether something of the demo was switched, which is put back at the scenario's end."""

    @property
    def id(self) -> str:
        """Its id; empty where it has none."""
        return id_of(self.name)

    def count_anew(self) -> None:
        """Restart the request count for the rate limit."""
        self.let_in, self.counted_from, self.waited_s = 0, len(self.bookings), None

    def count_not(self) -> None:
        """Leave the last request out of that count."""
        self.counted_from += 1

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

    # -- where and when it plays ---------------------------------------------------------------------------------

    def go_to(self, kind: str) -> None:
        """Go to the demo's restaurant of this kind; a live platform's restaurant is the one of the settings."""
        slug = self.session.target.restaurant_slug(kind)
        if slug is not None:
            self.elsewhere = self.session.database.restaurant(slug)
            self.count_anew()

    @property
    def restaurant(self) -> Restaurant:
        """The restaurant of the scenario; that of the settings unless it went elsewhere."""
        return self.elsewhere or self.session.home

    @property
    def tables(self) -> list[Table]:
        """The restaurant's tables in service, as they were when the scenario first asked."""
        if self.restaurant.id not in self.inventories:
            self.inventories[self.restaurant.id] = self.session.database.inventory(self.restaurant.id)
        return self.inventories[self.restaurant.id]

    @property
    def now(self) -> datetime.datetime:
        """The instant it is on the platform."""
        return self.session.clock.now() + self.ahead

    @property
    def slots(self) -> SlotFinder:
        """Finds days and times at the restaurant."""
        session = self.session
        return SlotFinder(
            session.api,
            session.database,
            self.restaurant,
            lambda: self.tables,
            self.now,
            session.rng,
            self._stay_from,
            session.guests.own,
            session.opened,
        )

    def _stay_from(self, time: datetime.time) -> datetime.timedelta:
        occasion = stored_type(self.session.settings.booking_type, time)
        return datetime.timedelta(minutes=self.session.stays.get(occasion, STAY_MINUTES[occasion]))

    def set_clock(self, now: datetime.datetime) -> None:
        """Set the demo's clock for this scenario; what the suite calls today follows it."""
        self.switched = True
        self.session.demo().set_clock(now)
        self.ahead = now - self.session.clock.now()

    def the_slot(self) -> Slot:
        """The day and time this scenario is about."""
        if self.slot is None:
            raise ScenarioNotPossible("No time was chosen yet in this scenario.", hint="A Given sentence chooses one.")
        return self.slot

    def today_at(self, time: datetime.time) -> Slot:
        """Today by the restaurant's own calendar, whether it is open then or not."""
        return Slot(self.slots.today, time, self.restaurant.timezone)

    def tomorrow_at(self, time: datetime.time) -> Slot:
        """Tomorrow by the restaurant's own calendar; raises NotAtThisRestaurant where it seats nobody then."""
        return self.open_at(self.slots.today + ONE_DAY, time)

    def open_at(self, date: datetime.date, time: datetime.time) -> Slot:
        """This day and time; raises NotAtThisRestaurant where the restaurant is closed then, or closes before such a
        booking is over.
        """
        seats, says = self.seats_guests(date, time, whole_stay=True)
        if not seats:
            at_all, _ = self.seats_guests(date, time)
            so_long = f" for {self._stay_from(time).total_seconds() / 60:.0f} minutes" if at_all else ""
            raise self.seats_nobody(date, time, says, so_long)
        return Slot(date, time, self.restaurant.timezone)

    def seats_guests(self, date: datetime.date, time: datetime.time, *, whole_stay: bool = False) -> tuple[bool, str]:
        """Whether the restaurant seats guests then, with `whole_stay` for as long as such a booking lasts; and what
        says so: its hours or, where these are not known, the times that guests are shown.
        """
        hours = self.session.database.hours(self.restaurant.id, date)
        if hours is not None:
            stay = self._stay_from(time) if whole_stay else datetime.timedelta()
            return is_offered(hours, time, stay), "its own hours"
        if not whole_stay:
            return self.slots.shown_at(date, time), "the times that guests are shown"
        bookable = self.slots.bookable(self.slots.schedule(date))
        return time in {slot.value for slot in bookable}, "the times that guests are shown"

    def seats_nobody(
        self, date: datetime.date, time: datetime.time, says: str, so_long: str = ""
    ) -> NotAtThisRestaurant:
        """That the restaurant seats nobody then, and what says so."""
        return NotAtThisRestaurant(
            f"{self.restaurant.name} seats nobody on {date:%a %d %b} at {time:%H:%M}{so_long}, by {says}."
        )
