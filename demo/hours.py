"""Opening hours, slots and durations of a day (docs/platform.md, "Hours and slots")."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

DINNER_FROM = datetime.time(17, 0)
_DAY = datetime.date(2000, 1, 1)


@dataclass(frozen=True)
class Period:
    """A service period of the day."""

    id: str
    name: str
    since: datetime.time
    until: datetime.time
    option: str


@dataclass(frozen=True)
class Day:
    """A restaurant's day: when it is open and what a guest may ask for."""

    restaurant_id: str
    date: datetime.date
    timezone: str
    interval: int
    default_duration: int
    buffer: int
    opens_at: datetime.time | None
    closes_at: datetime.time | None
    periods: tuple[Period, ...]
    durations: dict[str, int]

    @property
    def is_closed(self) -> bool:
        """Whether the day has no usable hours."""
        return self.opens_at is None or self.closes_at is None or self.closes_at <= self.opens_at

    def slots(self) -> list[datetime.time]:
        """Return the bookable times."""
        if self.opens_at is None or self.closes_at is None or self.is_closed:
            return []
        found, at = [], datetime.datetime.combine(_DAY, self.opens_at)
        closes = datetime.datetime.combine(_DAY, self.closes_at)
        while at < closes:
            stay = max(self.buffer, self.durations[self.option_at(at.time())])
            if at + datetime.timedelta(minutes=stay) <= closes:
                found.append(at.time())
            at += datetime.timedelta(minutes=self.interval)
        return found

    def period_at(self, time: datetime.time) -> Period | None:
        """Return the service period of a time; None between periods."""
        return next((period for period in self.periods if period.since <= time < period.until), None)

    def option_at(self, time: datetime.time) -> str:
        """Return what is served at a time; drinks between the periods."""
        period = self.period_at(time)
        return period.option if period else "drinks"

    def refusal(self, time: datetime.time, booking_type: str) -> str | None:
        """Return the code of why a time can't be booked; None when it can."""
        if self.is_closed:
            return "CLOSED"
        if time not in self.slots():
            return "OUTSIDE_WINDOW"
        ends = datetime.datetime.combine(_DAY, time) + datetime.timedelta(minutes=self.durations[booking_type])
        if self.closes_at is not None and ends > datetime.datetime.combine(_DAY, self.closes_at):
            return "AFTER_CLOSE"
        return None

    def as_json(self) -> dict[str, Any]:
        """Return the schedule endpoint's body."""
        return {
            "restaurantId": self.restaurant_id,
            "date": self.date.isoformat(),
            "timezone": self.timezone,
            "intervalMinutes": self.interval,
            "defaultDurationMinutes": self.default_duration,
            "lastSeatingBufferMinutes": self.buffer,
            "window": {"opensAt": hhmm(self.opens_at), "closesAt": hhmm(self.closes_at)},
            "isClosed": self.is_closed,
            "availableBookingOptions": ["lunch", "dinner", "drinks"],
            "slots": [self._slot(time) for time in self.slots()],
            "occasionCatalog": [],
        }

    def _slot(self, time: datetime.time) -> dict[str, Any]:
        option, period = self.option_at(time), self.period_at(time)
        return {
            "value": hhmm(time),
            "display": hhmm(time),
            "periodId": period.id if period else None,
            "periodName": period.name if period else None,
            "bookingOption": option,
            "defaultBookingOption": option,
            "availability": {
                "services": {key: "enabled" if key == option else "disabled" for key in self.durations},
                "labels": {
                    "happyHour": False,
                    "drinksOnly": option == "drinks",
                    "kitchenClosed": False,
                    "lunchWindow": option == "lunch",
                    "dinnerWindow": option == "dinner",
                },
            },
            "disabled": False,
        }


def normalised_type(asked: str, time: datetime.time) -> str:
    """Return the stored type: drinks stay drinks, else the time decides."""
    return asked if asked == "drinks" else "dinner" if time >= DINNER_FROM else "lunch"


def hhmm(time: datetime.time | None) -> str | None:
    """Return the time as HH:MM; None for None."""
    return None if time is None else time.strftime("%H:%M")
