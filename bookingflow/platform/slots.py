"""Days and times at the restaurant: "tomorrow at 19:00" by its own clock, and slots that suit, found by looking."""

from __future__ import annotations

import datetime
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bookingflow.core.errors import NotAtThisRestaurant, ScenarioNotPossible
from bookingflow.core.text import counted
from bookingflow.platform.api import BookingApi
from bookingflow.platform.api_models import Schedule, ScheduleSlot
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database_models import Occupation, Restaurant, Table
from bookingflow.platform.own_guests import NOBODY, OwnGuests, held_by
from bookingflow.platform.seating import Seating

NEAREST_DAY, FARTHEST_DAY = 2, 60
"""Days from today between which test bookings are spread: past "tomorrow", which the card's own sentence books."""
DAYS_TRIED = 12
"""Of those days, drawn at random, so many are looked at, and as many of the emptiest others where these are too full,
before a scenario is called not possible now."""
WEEKS_TRIED = 8
"""Weeks ahead in which a weekday is looked for."""
LONGEST_STAY = datetime.timedelta(minutes=150)
"""The longest a table is taken for one booking (docs/platform.md, "Durations": 150 minutes for party occasions)."""
PADDING = datetime.timedelta(minutes=60)
"""The platform keeps this distance from other bookings when it looks for tables (docs/platform.md, "Planner")."""
SPARE_TABLES = 1
"""Tables that stay free beside the one that is wanted: somebody else may book the same slot meanwhile."""
ONE_DAY = datetime.timedelta(days=1)
ONE_HOUR = datetime.timedelta(hours=1)

Suits = Callable[[Seating], bool]
TimeWanted = Callable[[ScheduleSlot], bool]
OpenDays = dict[tuple[str, datetime.date], list[datetime.date]]
"""The days over which bookings are spread, by a restaurant's id and its today."""


@dataclass(frozen=True)
class Slot:
    """A day and a time on the restaurant's wall clock."""

    date: datetime.date
    time: datetime.time
    zone: str

    @property
    def start_at(self) -> datetime.datetime:
        """The instant it stands for."""
        return datetime.datetime.combine(self.date, self.time, ZoneInfo(self.zone))

    def at(self, time: datetime.time) -> Slot:
        """The same day at another time."""
        return Slot(self.date, time, self.zone)

    def __str__(self) -> str:
        return f"{self.date:%a %d %b %Y} at {self.time:%H:%M}"


def local_date(now: datetime.datetime, zone: str) -> datetime.date:
    """The day it is in this time zone."""
    return now.astimezone(ZoneInfo(zone)).date()


def later(time: datetime.time, by: datetime.timedelta) -> datetime.time:
    """The same day's clock, that much later (earlier where `by` is negative)."""
    return (datetime.datetime.combine(datetime.date.min + ONE_DAY, time) + by).time()


def any_time(slot: ScheduleSlot) -> bool:  # noqa: ARG001 - the type of a wish
    """No wish."""
    return True


def has_room_for(party: int, area: str | None = None) -> Suits:
    """The party finds a table, with one to spare where the house has so many; else tables to be joined.

    With an `area` (indoor, outdoor) only the tables that stand there count.
    """

    def suits(house: Seating) -> bool:
        if area is not None:
            house = Seating(
                *([table for table in tables if table.area == area] for tables in (house.tables, house.free))
            )
        fitting = sum(1 for table in house.tables if table.takes(party))
        if fitting:
            return len(house.single(party)) >= min(fitting, 1 + SPARE_TABLES)
        return bool(house.joined(party))

    return suits


def has_room_for_each(count: int, party: int) -> Suits:
    """Whether this many parties of this size each find a table of their own."""
    return lambda house: len(house.single(party)) >= count


def has_table_of(party: int, *, spare_seats: int = 0) -> Suits:
    """A table of just that size, or with so many seats to spare, is free, and another where the house has so many."""

    def suits(house: Seating) -> bool:
        of_that_size, free = (
            sum(1 for table in tables if table.capacity == party + spare_seats and table.takes(party))
            for tables in (house.tables, house.free)
        )
        return 0 < min(of_that_size, 1 + SPARE_TABLES) <= free

    return suits


class SlotFinder:
    """Finds slots that suit, spread at random so that scenarios and runs keep out of each other's way."""

    def __init__(
        self,
        api: BookingApi,
        database: BookingDatabase,
        restaurant: Restaurant,
        tables: Callable[[], Sequence[Table]],
        now: datetime.datetime,
        rng: random.Random,
        stay: Callable[[datetime.time], datetime.timedelta],
        own: OwnGuests = NOBODY,
        opened: OpenDays | None = None,
    ) -> None:
        """`own` are the suite's own guests: a full house says whose guests fill it. Finders of one run share the days
        that they found `opened`.
        """
        self.api = api
        self.database = database
        self.restaurant = restaurant
        self._tables = tables
        self.rng = rng
        self._stay = stay
        self._own = own
        self._opened: OpenDays = {} if opened is None else opened
        self._seen: list[Occupation] = []
        self._kept_out: set[str] = set()
        """Tables that are reserved for no booking, as one under repair is."""
        self.today = local_date(now, restaurant.timezone)

    def find(
        self,
        wanted: str,
        suits: Suits,
        *,
        dates: Iterable[datetime.date] | None = None,
        times: TimeWanted = any_time,
        times_of: Callable[[Schedule], TimeWanted] | None = None,
        also_later: datetime.timedelta | None = None,
        first_and_last: bool = False,
    ) -> Slot:
        """A bookable slot at which the house suits for a booking's longest stay; `wanted` says what for, in words.

        `times_of` says which times of a day will do where that hangs on the day; then `times` says nothing.
        With `also_later` guests can be booked that much later on that day too, and the house suits until then; with
        `first_and_last` it suits at that day's first and last time too.

        Raises ScenarioNotPossible when none of the days looked at has one, NotAtThisRestaurant when none could.
        """
        tables = self._tables()
        if not tables:
            raise NotAtThisRestaurant(f"{self.restaurant.name} has no table in service.")
        made_for_it: list[datetime.date] = []
        out_of_use: set[str] = set()
        open_seen = False
        for date in self._some_days(made_for_it) if dates is None else dates:
            day = self.schedule(date)
            bookable = self.bookable(day)
            open_seen = open_seen or bool(bookable)
            fits = times if times_of is None else times_of(day)
            candidates = [
                slot.value
                for slot in bookable
                if fits(slot) and (also_later is None or _offered_after(bookable, slot.value, also_later))
            ]
            taken = self._taken(date) if candidates else []
            kept_all_day = self._kept_all_day(date, taken)
            out_of_use |= kept_all_day
            if candidates and suits(Seating(tables, [table for table in tables if table.id not in kept_all_day])):
                made_for_it.append(date)
            slots = [Slot(date, time, self.restaurant.timezone) for time in candidates]
            needed = [*slots[:1], *slots[-1:]] if first_and_last else []
            self.rng.shuffle(slots)
            suits_at = _by_slot(suits, tables, taken, also_later)
            found = next(filter(suits_at, slots), None) if all(map(suits_at, needed)) else None
            if found is not None:
                return found
        raise self._none_found(wanted, open_seen=open_seen, made_for_it=bool(made_for_it), kept=len(out_of_use))

    def _none_found(self, wanted: str, *, open_seen: bool, made_for_it: bool, kept: int) -> Exception:
        """Why none of the days looked at has such a slot: it is closed on all, none is made for it, `kept` tables being
        out of use, or all are too full.
        """
        name = self.restaurant.name
        if not open_seen:
            return NotAtThisRestaurant(
                f"{name} seats nobody on any of the days looked at: it is closed then, or not open for long enough."
            )
        if not made_for_it:
            without = f" ({counted(kept, 'table')} kept from guests without a booking)" if kept else ""
            return NotAtThisRestaurant(f"{name} has no {wanted}, even when nobody has booked{without}.")
        return ScenarioNotPossible(
            f"No {wanted} was found at {name} on the days looked at: it is too full for that ({self._held_by()}).",
            hint="Nothing was booked.",
        )

    def _held_by(self) -> str:
        """Who holds the tables of the days looked at, and how many are kept from guests without a booking."""
        kept_out = counted(len(self._kept_out), "table")
        if self._kept_out and not self._seen:
            return f"{kept_out} kept from guests without a booking"
        own = any(item.by_tests for item in self._seen)
        kept = "; cancel those of this suite, or set BOOKING_CLEANUP" if own else ""
        also = f"; {kept_out} kept from guests without a booking" if self._kept_out else ""
        return f"{counted(len(self._seen), 'reservation')}: {held_by(self._seen)}{kept}{also}"

    def offered_after(self, slot: Slot, by: datetime.timedelta) -> Slot:
        """The first time that the day offers at least that much later; raises NotAtThisRestaurant where it has none."""
        time = _offered_after(self.schedule(slot.date).open_slots(), slot.time, by)
        if time is None:
            raise NotAtThisRestaurant(f"{self.restaurant.name} offers no later time on {slot.date:%a %d %b}.")
        return slot.at(time)

    def free_at(self, slot: Slot) -> list[Table]:
        """The tables nobody has within a booking's longest stay at this slot."""
        return free_tables(self._tables(), self._taken(slot.date), slot)

    def bookable(self, day: Schedule) -> list[ScheduleSlot]:
        """The slots at which guests of the suite's usual occasion can stay as long as it lasts: not those that are left
        for a drink before closing.
        """
        closes = day.window.closes_at if day.window else None
        least = datetime.date.min
        return [
            slot
            for slot in day.open_slots()
            if closes is None
            or datetime.datetime.combine(least, slot.value) + self._stay(slot.value)
            <= datetime.datetime.combine(least, closes)
        ]

    def schedule(self, date: datetime.date) -> Schedule:
        """The restaurant's day as guests are shown it."""
        return self.api.schedule(self.restaurant.slug, date)

    def todays_schedule(self) -> Schedule:
        """The restaurant's today, as guests who name no day are shown it."""
        return self.api.schedule(self.restaurant.slug, self.today, named=False)

    def shown_at(self, date: datetime.date, time: datetime.time) -> bool:
        """Whether guests are shown that time of that day; it counts where the restaurant's hours are not known."""
        return time in {slot.value for slot in self.schedule(date).open_slots()}

    def days_ahead(self, suits: Callable[[datetime.date], bool]) -> list[datetime.date]:
        """The days of the next weeks, nearest first, that suit."""
        days = (self.today + ONE_DAY * ahead for ahead in range(NEAREST_DAY, 7 * WEEKS_TRIED + NEAREST_DAY))
        return [day for day in days if suits(day)]

    def closed_day(self) -> datetime.date:
        """The next day on which the restaurant is closed, by its hours or, if they can't be read, its schedule."""
        for date in self.days_ahead(lambda _: True)[:14]:
            hours = self.database.hours(self.restaurant.id, date)
            if self.schedule(date).is_closed if hours is None else hours.opens is None:
                return date
        raise NotAtThisRestaurant(f"{self.restaurant.name} is not closed on any of the next 14 days.")

    def last_open_day(self, time: datetime.time) -> datetime.date:
        """The latest day that has passed and offered this time; hours are judged before the past is."""
        for ago in range(1, 15):
            date = self.today - ONE_DAY * ago
            if self.shown_at(date, time):
                return date
        raise NotAtThisRestaurant(f"{self.restaurant.name} was not open at {time:%H:%M} on any of the last 14 days.")

    def open_days(self) -> list[datetime.date]:
        """The days that test bookings are spread over, nearest first, but for those that are known to be closed."""
        days = [self.today + ONE_DAY * n for n in range(NEAREST_DAY, FARTHEST_DAY + 1)]
        hours = self.database.hours_of_days(self.restaurant.id, days)
        return [day for day in days if day not in hours or hours[day].opens is not None]

    def _open_days_of_the_run(self) -> list[datetime.date]:
        """The same as they were when the run first asked: one that was closed since offers no time to choose."""
        known = self.restaurant.id, self.today
        if not self._opened.get(known):
            self._opened[known] = self.open_days()
        return self._opened[known]

    def _some_days(self, made_for_it: Sequence[datetime.date]) -> Iterator[datetime.date]:
        """Some of them, drawn at random, and then, where any of these would do but for its guests, as many of the
        emptiest others.
        """
        days, zone = self._open_days_of_the_run(), self.restaurant.timezone
        drawn = self.rng.sample(days, min(DAYS_TRIED, len(days)))
        yield from drawn
        others = [day for day in days if day not in drawn]
        if others and made_for_it:
            taken = Counter(local_date(item.start_at, zone) for item in self._between(others[0], others[-1]))
            yield from sorted(others, key=lambda day: taken[day])[:DAYS_TRIED]

    def _between(self, first: datetime.date, last: datetime.date) -> list[Occupation]:
        """What takes tables on these days, from six hours before them to six hours after."""
        zone, midnight, quarter = ZoneInfo(self.restaurant.timezone), datetime.time(), ONE_DAY / 4
        since = datetime.datetime.combine(first, midnight, zone) - quarter
        until = datetime.datetime.combine(last, midnight, zone) + ONE_DAY + quarter
        return self.database.occupations(self.restaurant.id, since, until, own=self._own)

    def _kept_all_day(self, date: datetime.date, taken: Iterable[Occupation]) -> set[str]:
        """The tables that are reserved for that whole day and for no booking, as those under repair are."""
        midnight = datetime.datetime.combine(date, datetime.time(), ZoneInfo(self.restaurant.timezone))
        return {
            item.table_id
            for item in taken
            if item.kind == "allocation"
            and item.booking_id is None
            and item.start_at <= midnight
            and item.end_at >= midnight + ONE_DAY
        }

    def _taken(self, date: datetime.date) -> list[Occupation]:
        found = self._between(date, date)
        self._seen += [item for item in found if item.kind == "assignment"]
        self._kept_out |= {item.table_id for item in found if item.kind == "allocation" and item.booking_id is None}
        return found


def _offered_after(slots: Sequence[ScheduleSlot], time: datetime.time, by: datetime.timedelta) -> datetime.time | None:
    """The first of these times that is at least that much later, and not more than twice as much and an hour."""
    least = datetime.datetime.combine(datetime.date.min + ONE_DAY, time)
    at = [datetime.datetime.combine(datetime.date.min + ONE_DAY, slot.value) for slot in slots]
    return min((one.time() for one in at if least + by <= one <= least + 2 * by + ONE_HOUR), default=None)


def _by_slot(
    suits: Suits, tables: Sequence[Table], taken: Collection[Occupation], also_later: datetime.timedelta | None
) -> Callable[[Slot], bool]:
    return lambda slot: suits(Seating(tables, free_tables(tables, taken, slot, also_later)))


def free_tables(
    tables: Collection[Table], taken: Collection[Occupation], slot: Slot, also_later: datetime.timedelta | None = None
) -> list[Table]:
    """The tables nobody has within a booking's longest stay at this slot, or that much later, padding included."""
    since = slot.start_at - PADDING
    until = slot.start_at + (also_later or datetime.timedelta()) + LONGEST_STAY + PADDING
    busy = {item.table_id for item in taken if item.start_at < until and item.end_at > since}
    return [table for table in tables if table.id not in busy]
