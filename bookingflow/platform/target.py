"""Where the platform under test is, and what only the demo can be asked to do: cancelling, switches, the clock.

`targets.py` fills these from a demo or a live platform.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol


class DemoControls(Protocol):
    """The hands behind the demo platform. Each call raises an error of its own when the demo does not obey."""

    def cancel(self, booking_id: str, by: Literal["staff", "guest"] = "staff") -> bool:
        """Cancel a booking as the restaurant or the guest would; False when there is no such booking."""

    def cancel_all(self, booking_ids: Sequence[str]) -> None:
        """Cancel these as the restaurant would; those that are not there are passed over."""

    def edit(self, booking_id: str, *, party: int | None = None, time: datetime.time | None = None) -> None:
        """Change how many come, or when on that day, as a signed-in guest would."""

    def move(self, booking_id: str, table: str) -> None:
        """Put a booking at the table of this number, as the restaurant would."""

    def set_flags(self, **flags: Any) -> None:
        """Switch features of the platform (docs/demo.md, "Flags")."""

    def set_clock(self, now: datetime.datetime | None) -> None:
        """Set the platform's clock; None follows the real one again."""

    def set_date(
        self, slug: str, date: datetime.date, opens: datetime.time | None, closes: datetime.time | None
    ) -> None:
        """Give a restaurant's date hours of its own; None closes it."""

    def reset(self) -> None:
        """Flags, clock, hours and rate windows as at the start; bookings stay."""


class Target(Protocol):
    """Where the platform under test is, once it is known to run."""

    api_base_url: str
    database_url: str
    job_url: str | None
    job_token: str | None

    @property
    def controls(self) -> DemoControls | None:
        """The demo's switches; None on a live platform."""

    def restaurant_slug(self, kind: str) -> str | None:
        """The restaurant a sentence means; None where there is only the one of the settings."""

    def ended(self, *, to_the_moment: bool = False) -> str:
        """How a platform ended that was started for this run, as `process 7 was ended by SIGKILL`; empty while it
        runs. It is asked before every question, and costs nothing; `to_the_moment`, for when something failed, may take
        a request, and sees also one that ends just now.
        """

    def close(self) -> None:
        """Take down what was started for this run."""


@dataclass
class LiveTarget:
    """Addresses of a platform that runs without us."""

    api_base_url: str
    database_url: str
    job_url: str | None = None
    job_token: str | None = None
    controls: DemoControls | None = None

    def restaurant_slug(self, kind: str) -> str | None:  # noqa: ARG002 - the protocol's signature
        """A live platform has one restaurant for the suite: that of the settings."""
        return None

    def ended(self, *, to_the_moment: bool = False) -> str:
        """Whether it runs is not known from here."""
        del to_the_moment
        return ""

    def close(self) -> None:
        """There is nothing to take down."""
