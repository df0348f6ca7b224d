"""The platform's clock, which a tester can set."""

from __future__ import annotations

import datetime


class Clock:
    """The platform's clock: the real one, or one set by a tester that runs on from there."""

    def __init__(self) -> None:
        self._ahead = datetime.timedelta()

    def set(self, now: datetime.datetime | None) -> None:
        """Run on from this instant; None follows the real clock."""
        self._ahead = datetime.timedelta() if now is None else now - datetime.datetime.now(datetime.UTC)

    def now(self) -> datetime.datetime:
        """The instant it is on the platform."""
        return datetime.datetime.now(datetime.UTC) + self._ahead
