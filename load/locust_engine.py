"""Locust as this load uses it: its users are our guests, its statistics have our phases as names of their own.

Locust itself makes users wait for the platform (a closed model). Here a guest is a user that comes once, begun by our
clock; Locust counts, adds up over workers, carries their messages, and shows its page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
from flask import request
from locust import User, task
from locust.env import Environment
from locust.exception import StopUser
from locust.runners import STATE_RUNNING, STATE_STOPPED, Runner
from locust.stats import stats_history

from bookingflow.core.events import EventStream, Record
from bookingflow.core.failures import failure_of
from load.crew import NOTED
from load.guest_ends import End, GuestEnd

TO_A_TABLE, FULL_HOUSE = "to a table", "house full"
"""Names in Locust's statistics, beside those of the phases."""
REFUSED_START = "The guests of this run are set on the command line (python -m load --arrivals …)."


class PhaseFailedError(Exception):
    """A phase that did not reach what it was for; Locust shows the message."""


class GuestFailedError(Exception):
    """A guest without a table; Locust shows the message."""


class Guest(User):
    """A guest on its way, as Locust counts it: comes once."""

    def __init__(self, environment: Environment, way: Callable[[], None]) -> None:
        super().__init__(environment)
        self._way = way

    @task
    def come(self) -> None:
        """Go the whole way."""
        self._way()
        raise StopUser


def environment(patience_s: float, on_stop: Callable[[], None] = lambda: None) -> Environment:
    """Locust's, without a runner yet; `on_stop` is called when its page stops the run, and who is on the way then has
    this many seconds to end it.
    """
    made = Environment(user_classes=[Guest], stop_timeout=patience_s)
    stopping: Any = made.events.test_stopping  # Locust leaves its events untyped
    stopping.add_listener(lambda **_: on_stop())
    return made


def spawner(runner: Runner) -> Callable[[Callable[[], None]], object]:
    """What begins a guest's way as a user of this runner."""
    return lambda way: Guest(runner.environment, way).start(runner.user_greenlets)


def count_phases(engine: Environment, stream: EventStream) -> None:
    """Give each phase that a booking of this stream goes through to Locust's statistics."""

    def consume(record: Record) -> None:
        if record.phase in NOTED and record.event in {"phase_completed", "phase_failed"}:
            failed = record.event == "phase_failed"
            size = record.http["responseBytes"] if record.http else 0
            error = PhaseFailedError(str(record.details.get("result") or "failed")) if failed else None
            _count(engine, "phase", record.phase, record.duration_ms or 0.0, size, error)

    stream.subscribe(consume)


def count_guest(engine: Environment, guest: GuestEnd) -> None:
    """Give a guest's end to Locust's statistics; the time counts from the moment at which it was to arrive."""
    if guest.end is End.FULL:
        _count(engine, "guest", FULL_HOUSE, sum(guest.phases_ms.values()), 0, None)
        return
    titles = {End.DROPPED: "not sent: too many were on their way"}
    error = None
    if guest.end is not End.TABLE:
        error = GuestFailedError(titles.get(guest.end) or failure_of(guest.code).title)
    waited = guest.late_ms + sum(guest.phases_ms.values()) if guest.to_table_ms is None else guest.to_table_ms
    _count(engine, "guest", TO_A_TABLE, waited, 0, error)


def _count(engine: Environment, kind: str, name: str, milliseconds: float, size: int, error: Exception | None) -> None:
    fire: Any = engine.events.request.fire
    fire(
        request_type=kind,
        name=name,
        response_time=milliseconds,
        response_length=size,
        exception=error,
        context={},
    )


def show_page(engine: Environment, port: int) -> Any:
    """Locust's own page, on this machine only, until its `stop`; the run is not started from there."""
    page: Any = engine.create_web_ui(host="127.0.0.1", port=port)
    page.app.before_request(_refuse_start)
    gevent.spawn(stats_history, engine.runner)
    return page


def _refuse_start() -> Any:
    return {"success": False, "message": REFUSED_START} if request.path.endswith("/swarm") else None


def begin(runner: Runner) -> None:
    """Show the run as one that runs."""
    runner.update_state(STATE_RUNNING)


def end(runner: Runner) -> None:
    """Show the run as one that is over."""
    runner.update_state(STATE_STOPPED)
