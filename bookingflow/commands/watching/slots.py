"""When the monitor books: spread so that it never holds more than one table of a service period.

A booking is made only in a period in which no guest of this suite has a booking that counts, as the database says just
before: whatever an earlier round left, or another run holds, stays the only one. Days and times are drawn from the days
that the suite's own scenarios use (`bookingflow.platform.slots`), those without any booking of the suite first.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence

from bookingflow.core.errors import SettingsError
from bookingflow.platform.api_models import Schedule
from bookingflow.platform.business_rules import service_at
from bookingflow.platform.slots import NEAREST_DAY, ONE_DAY, Slot, SlotFinder, TimeWanted, has_room_for
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import ScenarioState

COUNTED_DAYS = 14
"""Days whose service periods are counted, two of each weekday."""
HOUR_S, DAY_S = 3600, 86_400
NEARLY = 0.95
"""The part of an interval that will do: single rounds are counted from one's end to the next one's beginning."""

Held = Mapping[datetime.date, Sequence[datetime.time]]
"""When guests of this suite have bookings that may hold a table."""


def choose(session: Session, state: ScenarioState) -> Slot:
    """A slot for the requested party, in a service period that the suite holds no table of.

    Raises ScenarioNotPossible where there is none.
    """
    finder, party = state.slots, session.settings.party_size
    days = finder.open_days()
    held = session.database.times_booked_by_own(state.restaurant.id, days, session.guests.own) if days else {}
    session.rng.shuffle(days)
    days.sort(key=lambda day: len(held.get(day, ())))
    return finder.find(
        f"service period with room for {party}, and without a guest of this suite,",
        has_room_for(party),
        dates=days,
        times_of=lambda day: outside(held, day),
    )


def outside(held: Held, day: Schedule) -> TimeWanted:
    """The times of a day that are in none of the periods in which the suite has a guest."""
    periods = {slot.value: slot.period for slot in day.slots}
    taken = {periods.get(time, service_at(time)) for time in held.get(day.date, ())}
    return lambda slot: slot.period not in taken


def demand_bearable(finder: SlotFinder, every_s: float) -> None:
    """Raise SettingsError where bookings that are kept, one at such an interval, would soon take a second table of a
    service period: each day only the periods of one more day can be booked.
    """
    soonest = least_interval_s(finder)
    if every_s >= soonest * NEARLY:
        return
    name = finder.restaurant.name
    if math.isinf(soonest):
        raise SettingsError([f"{name} offers no time in the next {COUNTED_DAYS} days: there is nothing to watch."])
    raise SettingsError(
        [
            f"bookings are kept (BOOKING_CLEANUP), and {name} has tables of at most {DAY_S / soonest:.1f} service "
            f"periods a day for them: at most {DAY_S / soonest:.1f} bookings a day, --every "
            f"{math.ceil(soonest / HOUR_S)}h at the shortest. With BOOKING_CLEANUP=cancel each is undone at once, and "
            "any interval will do."
        ]
    )


def least_interval_s(finder: SlotFinder) -> float:
    """Seconds between bookings that are kept, so that each has a service period of its own in the long run."""
    until = finder.today + ONE_DAY * (NEAREST_DAY + COUNTED_DAYS)
    days = [day for day in finder.open_days() if day < until]
    periods = sum(len({slot.period for slot in finder.bookable(finder.schedule(day))}) for day in days)
    return COUNTED_DAYS * DAY_S / periods if periods else math.inf
