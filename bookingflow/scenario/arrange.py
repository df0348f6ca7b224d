"""Arranging what a scenario begins with: full houses, occupied tables, a set clock, an address that asks too often."""

from __future__ import annotations

import datetime
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import httpx

from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.core.errors import NotAtThisRestaurant, ScenarioNotPossible
from bookingflow.platform.api_models import (
    CONFIRMED,
    IN_PROGRESS,
    Accepted,
    AnswerLost,
    BookingRequest,
    Exchange,
    NotSent,
    RateLimited,
    retry_after,
)
from bookingflow.platform.rate_budget import WINDOW_S
from bookingflow.platform.seating import MOST_JOINED, Seating
from bookingflow.platform.slots import FARTHEST_DAY, ONE_DAY, Slot
from bookingflow.testdata.guests import Guest

if TYPE_CHECKING:
    from bookingflow.world import World

Asked = TypeVar("Asked")
Told = TypeVar("Told")

REFUSED_AT = datetime.time(3, 7)
"""A time at which no restaurant seats guests: such a request counts for the limit, and nothing of it is stored."""
IN_A_ROW = 10
DIFFERENT_WISHES: Sequence[Sequence[tuple[str, str]]] = (
    (("notes", "A quiet corner, please"), ("marketing", "yes")),
    (("seating", "anywhere"), ("marketing", "no")),
    (("notes", "two lines"), ("name", "Zoë  Ångström-O'Neil")),
    (("notes", "500 characters"), ("phone", "20 characters"), ("marketing", "yes")),
    (("e-mail", "in capitals"), ("notes", "Grüße 🎂")),
)
"""What guests tell who book in a row."""
AT_ONCE = 8
MOST_REQUESTS = 128
"""The limit is 60 in a window of a minute: 128 requests within one meet it wherever the window begins."""
MOST_LOOKUPS = 48
"""The same for the lookups of a contact, of which 20 a minute are allowed."""
KNOCK_S = 10.0
"""Seconds that each of them may take."""
LEAST_LEFT_S = 5.0
"""Seconds of the limited minute that must be left for the proper request that follows."""


class Arrange:
    """Made-up guests, who come before the guest the scenario is about."""

    def __init__(self, world: World) -> None:
        self._world = world

    # -- tables taken ------------------------------------------------------------------------------------------

    def fill_house(self, *, leave: int) -> None:
        """Find an empty house and let guests take all its tables but so many."""
        world = self._world
        world.scene.slot = world.slots.find("time at which the house is empty", lambda house: house.empty)
        self.fill()
        seated = [followed for followed in world.scene.bookings if self._seated(followed)]
        if world.cleaner.cancels:
            # The last one got no table; it goes, so that only the tables stand between the next guest and a seat.
            for followed in world.scene.bookings[len(seated) :]:
                world.undo(followed)
        for followed in seated[len(seated) - leave :]:
            world.undo(followed)
        world.scene.tables_wanted = frozenset(
            table.table_id for followed in seated[:1] for table in world.promises.outcome.row(followed).tables
        )

    def fill(self) -> None:
        """Let parties of the tables' sizes book, largest first, until one of them is not seated."""
        world = self._world
        for capacity in sorted((table.capacity for table in world.tables), reverse=True):
            if not self._seated(world.book(world.request(capacity))):
                return
        world.book(world.request(1))

    def _seated(self, followed: TrackedBooking) -> bool:
        """Whether a guest got a table: by the answer, or by what became of the booking where that says nothing yet."""
        told = followed.submitted.status if isinstance(followed.submitted, Accepted) else None
        if isinstance(followed.submitted, AnswerLost) or told in IN_PROGRESS:
            return self._world.follow(followed).confirmed
        return told == CONFIRMED

    def occupy(self, seats: int, time: datetime.time) -> None:
        """Let parties of just this size take every table of that size, on a day with an empty house."""
        world = self._world
        wanted = [table for table in world.tables if table.capacity == seats]
        if not wanted:
            raise NotAtThisRestaurant(f"{world.restaurant.name} has no table for {seats}.")
        world.scene.slot = world.slots.find(
            "day with an empty house", lambda house: house.empty, times=lambda slot: slot.value == time
        )
        for _ in wanted:
            world.book(world.request(seats))
            world.promises.outcome.confirmed()
        world.scene.tables_wanted = frozenset(table.id for table in wanted)

    def move_first(self) -> None:
        """Another party of the first one's size cancels, and the restaurant moves the first to their table."""
        world = self._world
        first, *others = [followed for followed in world.scene.bookings if not followed.cancelled]
        another = next((one for one in others if one.request.party == first.request.party), None)
        if another is None:
            raise NotAtThisRestaurant(f"{world.restaurant.name} has one table of that size only.")
        table = world.promises.outcome.row(another).tables[0].number
        world.cancel(another, "guest")
        world.move(first, table)

    def when_free(self) -> Slot:
        """The first bookable time at which the tables taken before are free again."""
        world = self._world
        slot = world.scene.the_slot()
        rows = [world.promises.outcome.row(followed) for followed in world.scene.bookings]
        ends = [table.end_at for row in rows for table in row.tables if table.end_at is not None]
        free_at = max(ends).astimezone(ZoneInfo(slot.zone)).time()
        times = [item.value for item in world.slots.schedule(slot.date).open_slots() if item.value >= free_at]
        if not times:
            raise ScenarioNotPossible(
                f"The tables are taken until closing on {slot.date}.",
                hint="The next run looks for another day.",
            )
        return slot.at(times[0])

    def book_in_a_row(self) -> None:
        """Parties for the tables that are free book one after the other, each with wishes of its own.

        Every second one leaves a seat empty, and where tables are joined one party needs that.
        """
        world = self._world
        house = Seating(world.tables, world.slots.free_at(world.scene.the_slot()))
        seats = sorted((table.capacity for table in house.free), reverse=True)
        joins = world.settings.platform_has("merges") and len(seats) > MOST_JOINED
        joins = joins and bool(house.joined(seats[0] + 1))
        alone = seats[MOST_JOINED:] if joins else seats
        alone = alone[:: max(1, math.ceil(len(alone) / IN_A_ROW))]
        sizes = [seats[0] + 1] * joins + [max(1, size - number % 2) for number, size in enumerate(alone)]
        wishes = itertools.cycle(DIFFERENT_WISHES)
        world.scene.together = [world.book(world.request(size, told=next(wishes))) for size in sizes]

    # -- the clock ---------------------------------------------------------------------------------------------

    def set_local_time(self, time: datetime.time) -> None:
        """It is this time at the restaurant, on a day so late that no other scenario books it or the next."""
        world = self._world
        day = world.slots.today + (FARTHEST_DAY + 1) * ONE_DAY
        world.set_now(datetime.datetime.combine(day, time, ZoneInfo(world.restaurant.timezone)))

    def set_time_before_slot(self, before: datetime.timedelta) -> None:
        """It is shortly before a slot at which the house is empty."""
        world = self._world
        world.scene.slot = world.slots.find("time at which the house is empty", lambda house: house.empty)
        world.set_now(world.scene.slot.start_at - before)

    # -- asking too often --------------------------------------------------------------------------------------

    def limit_bookings(self, a_minute: int) -> None:
        """One address may ask so many times a minute."""
        self._world.switch(bookings_a_minute=a_minute)
        self._world.scene.bookings_a_minute = a_minute

    def exceed_limit(self) -> None:
        """Ask from one address until told to wait, then book properly in the same minute."""
        world = self._world
        request = world.request(2)
        limited = self._ask_until_limited()
        if limited is not None and 0 < (left := limited.retry_after or 0) < LEAST_LEFT_S:
            world.clock.sleep(left)
            world.scene.waited_s = left
            self._ask_until_limited()
        world.book(request)

    def _ask_until_limited(self) -> RateLimited | None:
        """Ask for what is refused anyway; the first answer that says to wait, None when there is none."""
        world, minute = self._world, self._minute()
        began, world.scene.let_in = world.clock.monotonic(), 0
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for answers in _in_rounds(pool, self._knock, self._hopeless, MOST_REQUESTS):
                if lost := next((one for one in answers if isinstance(one.submitted, NotSent)), None):
                    raise world.promises.outcome.verdict(lost)
                world.scene.one_minute = self._minute() == minute
                limited = [one.submitted for one in answers if isinstance(one.submitted, RateLimited)]
                world.scene.let_in += len(answers) - len(limited)
                if limited:
                    world.stream.note(f"one address was let in {world.scene.let_in} times, and then told to wait")
                    return limited[0]
        self._demand_fast(began, MOST_REQUESTS)
        return None

    def _demand_fast(self, began: float, requests: int) -> None:
        """Raise ScenarioNotPossible when so many requests took too long to meet a limit that counts by the minute."""
        took = self._world.clock.monotonic() - began
        if took > WINDOW_S:
            raise ScenarioNotPossible(
                f"{requests} requests took {took:.0f} s: so slowly the limit can't be met.",
                hint="Is the platform, or the way to it, slower than usual?",
            )

    def _knock(self, request: BookingRequest) -> TrackedBooking:
        return self._world.submission.knock(request, restaurant_id=self._world.restaurant.id, seconds=KNOCK_S)

    def _hopeless(self) -> BookingRequest:
        """A request that is refused, of another guest each time: the limit is the address's."""
        return self._world.request(2).model_copy(update={"time": REFUSED_AT})

    def _minute(self) -> int:
        return int(self._world.now.timestamp() // WINDOW_S)

    def look_up_too_often(self) -> None:
        """Look up one stranger's bookings after the other until told to wait."""
        world = self._world
        began, world.scene.let_in = world.clock.monotonic(), 0
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for answers in _in_rounds(pool, self._look_up, world.guests.next, MOST_LOOKUPS):
                turned_away = [one for one in answers if one.status == httpx.codes.TOO_MANY_REQUESTS]
                world.scene.let_in += len(answers) - len(turned_away)
                if turned_away:
                    world.scene.turned_away = turned_away[0]
                    return
        self._demand_fast(began, MOST_LOOKUPS)

    def _look_up(self, guest: Guest) -> Exchange:
        return self._world.api.lookup(guest.email, guest.phone, self._world.restaurant.id)

    def wait_as_told(self) -> None:
        """The platform's clock is so many seconds later as it asked to wait."""
        world = self._world
        limited = world.scene.booking.submitted
        told = limited.retry_after if isinstance(limited, RateLimited) else None
        world.set_now(world.now + datetime.timedelta(seconds=told or 0))
        world.scene.count_anew()
        world.scene.waited_s = told

    def leave_minute(self) -> None:
        """Wait until a limited minute is over, where later scenarios ask from the same address."""
        world, scene = self._world, self._world.scene
        answers = [*([scene.turned_away] if scene.turned_away else []), *(one.exchange for one in scene.bookings)]
        waits = [retry_after(answer) or 0 for answer in answers if answer.status == httpx.codes.TOO_MANY_REQUESTS]
        if waits and not world.settings.on_demo:
            world.clock.sleep(min(max(waits), WINDOW_S))


def _in_rounds(
    pool: ThreadPoolExecutor, ask: Callable[[Asked], Told], for_what: Callable[[], Asked], most: int
) -> Iterator[list[Told]]:
    """What is answered, so many asking at once, until whoever reads it knows enough."""
    for _ in range(most // AT_ONCE):
        yield list(pool.map(ask, [for_what() for _ in range(AT_ONCE)]))
