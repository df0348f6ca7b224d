"""The platform's clock, which a tester can set."""

from __future__ import annotations

import datetime


class Clock:
    """The platform's clock: the real one, `ahead` of it where a switch says so, or one set by a tester."""

    def __init__(self) -> None:
        self.ahead = datetime.timedelta()
        self._set: datetime.timedelta | None = None

    def set(self, now: datetime.datetime | None) -> None:
        """Run on from this instant; None follows the real clock."""
        self._set = None if now is None else now - datetime.datetime.now(datetime.UTC)

    def now(self) -> datetime.datetime:
        """Return the platform's present instant, in UTC."""
        return datetime.datetime.now(datetime.UTC) + (self.ahead if self._set is None else self._set)
