"""Who lets the guests come: this process, or workers that Locust connects it with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import gevent
from locust.env import Environment

from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.scenario.session import Session
from load import locust_engine
from load.arrivals import Arrival
from load.guest_ends import GuestEnd
from load.integrity import Judged
from load.options import Options
from load.part import Part


class Workforce(Protocol):
    """What a run asks of those who let the guests come."""

    @property
    def losses(self) -> list[str]:
        """A sentence for each worker that was lost."""

    @property
    def in_flight(self) -> int:
        """How many guests are on the way, as far as is known."""

    def prepare(self) -> None:
        """Be ready to go; raises SuiteError, nothing having been booked."""

    def go(self, arrivals: Sequence[Arrival]) -> None:
        """Let them come from now on, each at its moment; returns at once."""

    def halt(self) -> None:
        """Let nobody come any more."""

    def over(self) -> bool:
        """Whether everybody came, and nobody is on the way."""

    def judge(self, known: KnownBreaches) -> tuple[Judged, list[str]]:
        """What is wrong with the bookings made, which are then undone; and what could not be undone."""

    def unattended(self) -> list[GuestEnd]:
        """Guests whose bookings nobody tried to undo: of workers that were lost, or that have no way to."""

    def close(self) -> None:
        """Give back what was opened."""


class Here:
    """This process alone."""

    def __init__(
        self, engine: Environment, session: Session, options: Options, on_end: Callable[[GuestEnd], None]
    ) -> None:
        self.losses: list[str] = []
        self._engine = engine
        self._tell = on_end
        runner = engine.create_local_runner()
        locust_engine.count_phases(engine, session.stream)
        self._part = Part(
            session,
            number=0,
            spawn=locust_engine.spawner(runner),
            on_end=self._ended,
            most_in_flight=options.most_in_flight,
            within_budget=not options.over_rate_budget,
        )

    @property
    def in_flight(self) -> int:
        return self._part.in_flight

    def _ended(self, guest: GuestEnd) -> None:
        locust_engine.count_guest(self._engine, guest)
        self._tell(guest)

    def prepare(self) -> None:
        """There is nothing to wait for."""

    def go(self, arrivals: Sequence[Arrival]) -> None:
        gevent.spawn(self._part.let_come, arrivals)

    def halt(self) -> None:
        self._part.halt()

    def over(self) -> bool:
        return self._part.over

    def judge(self, known: KnownBreaches) -> tuple[Judged, list[str]]:
        return self._part.judge(known)

    def unattended(self) -> list[GuestEnd]:
        return []

    def close(self) -> None:
        self._part.close()
