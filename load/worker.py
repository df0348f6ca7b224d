"""A worker: lets its share of the guests come when the master says so, and tells it how each ended.

It reads its target from its own environment.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import gevent
from locust.env import Environment
from locust.runners import WorkerRunner

from bookingflow.core.errors import SuiteError
from bookingflow.core.exit_status import ExitStatus
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.ledger import Ledger
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.settings import Settings
from bookingflow.scenario.session import Session
from load import locust_engine
from load.arrivals import Arrival
from load.guest_ends import GuestEnd
from load.integrity import known_breaches
from load.messages import GO, GUEST, HALT, HERE, JUDGE, JUDGED, OVER, PLAN, READY, WRONG
from load.options import Options
from load.part import Part
from targets import open_target

LOOK_S = 0.1
"""Seconds between two looks whether all guests are over."""


class Worker:
    """One worker process, from its first message to its last."""

    def __init__(self, engine: Environment, runner: WorkerRunner, settings: Settings) -> None:
        self._engine, self._runner, self._settings = engine, runner, settings
        self._session: Session | None = None
        self._part: Part | None = None
        self._known: KnownBreaches | None = None
        answers = {PLAN: self._prepare, GO: self._go, HALT: self._halt, JUDGE: self._judge}
        for kind, answer in answers.items():
            runner.register_message(kind, _answering(answer), concurrent=True)
        runner.send_message(HERE, {})

    def _prepare(self, plan: Mapping[str, Any]) -> None:
        """Join the platform, and say so, or why that can't be."""
        try:
            self._known = known_breaches(self._settings)
            self._session = session = Session.open(
                self._settings, open_target(self._settings), sanitizer=Sanitizer(), run_id=str(plan["run"])
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the master must not wait for this worker
            wrong_use = isinstance(error, SuiteError) and error.is_wrong_use
            sanitizer = Sanitizer()
            sanitizer.register_settings(self._settings)
            self._runner.send_message(WRONG, {"sentence": sanitizer.text(str(error)), "use": wrong_use})
            return
        if plan["demo"]:  # it goes with its bookings: there is nothing to remember
            session.ledger = Ledger(None, api="", clock=session.clock, keep=True)
        locust_engine.count_phases(self._engine, session.stream)
        self._part = Part(
            session,
            number=int(plan["number"]),
            spawn=locust_engine.spawner(self._runner),
            on_end=self._ended,
            most_in_flight=int(plan["most"]),
            within_budget=bool(plan["budget"]),
        )
        self._runner.send_message(READY, {"pid": os.getpid()})

    def _ended(self, guest: GuestEnd) -> None:
        locust_engine.count_guest(self._engine, guest)
        on_the_way = self._part.in_flight if self._part is not None else 0
        self._runner.send_message(GUEST, {"guest": guest.as_message(), "onTheWay": on_the_way})

    def _go(self, said: Mapping[str, Any]) -> None:
        part = self._part
        if part is None:
            return
        self._runner.worker_state = "running"
        part.let_come([Arrival.from_message(one) for one in said["arrivals"]])
        while not part.over:
            gevent.sleep(LOOK_S)
        self._runner.send_message(OVER, {})

    def _halt(self, _: Mapping[str, Any]) -> None:
        if self._part is not None:
            self._part.halt()

    def _judge(self, _: Mapping[str, Any]) -> None:
        if self._part is None or self._known is None:
            return
        judged, left = self._part.judge(self._known)
        self._runner.send_message(JUDGED, {"judged": judged.as_message(), "left": left, "undid": self._part.undoes})

    def close(self) -> None:
        """Give back what was opened."""
        if self._part is not None:
            self._part.close()
        if self._session is not None:
            self._session.close()


def _answering(answer: Callable[[Mapping[str, Any]], None]) -> Callable[..., None]:
    """What Locust calls for a message."""

    def listen(msg: Any, **_: Any) -> None:
        answer(msg.data or {})

    return listen


def work(options: Options, settings: Settings) -> ExitStatus:
    """Work for a master until it says that it is over; the exit status says nothing of the platform."""
    print(f"A worker of the master at {options.worker_of}, port {options.port}; it waits for its guests.")
    engine = locust_engine.environment(patience_s=settings.deadline(None))
    try:
        runner = engine.create_worker_runner(options.worker_of or "", options.port)
    except ConnectionError:
        print(f"No master answers at {options.worker_of}, port {options.port}.", file=sys.stderr)
        return ExitStatus.NOT_JUDGED
    worker = Worker(engine, runner, settings)
    try:
        runner.greenlet.join()
    finally:
        worker.close()
    return ExitStatus.KEPT
