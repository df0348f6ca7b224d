"""The master's side of workers: started here or awaited from elsewhere, given their guests, and heard to the end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

import gevent
from locust.env import Environment
from locust.exception import RPCError
from locust.runners import STATE_MISSING, MasterRunner

from bookingflow.core.errors import SettingsError, SuiteError
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.text import counted
from bookingflow.core.timing import Deadline
from bookingflow.scenario.session import Session
from load.arrivals import Arrival, share
from load.guest_ends import GuestEnd
from load.integrity import Judged
from load.members import Members
from load.messages import GO, GUEST, HALT, HERE, JUDGE, JUDGED, OVER, PLAN, READY, WRONG
from load.options import Options

EVERYWHERE = "0.0.0.0"  # noqa: S104 - compared with, listened at only where that is asked for
LOOK_S = 0.1
START_S = 30.0
"""Seconds within which workers of this machine are ready."""
EXPECT_S = 300.0
"""The same for those that people start elsewhere."""
JUDGE_S = 300.0
"""Within which all workers have judged their bookings."""
QUIT_S = 5.0
"""Within which a worker of this machine ends by itself, before it is killed."""
OF_THIS_PROCESS = (
    *("BOOKING_DEMO_DEFECTS", "BOOKING_DEMO_ADMIN_URL", "BOOKING_DEMO_ADMIN_TOKEN"),
    "BOOKING_CLEANUP",
)
"""A demo's switches, by which bookings are cancelled too, obey one process."""


class Elsewhere:
    """Workers, each with its share of the guests."""

    def __init__(
        self, engine: Environment, session: Session, options: Options, on_end: Callable[[GuestEnd], None]
    ) -> None:
        self._session, self._options = session, options
        try:
            self._runner: MasterRunner = engine.create_master_runner(options.bind, options.port)
        except (SystemExit, RPCError) as error:  # Locust ends the process where the port is taken
            raise SettingsError([f"--port: {options.bind}, port {options.port}, can't be listened at."]) from error
        self._members = Members(session.clock, on_end)
        self._processes: list[subprocess.Popen[bytes]] = []
        for kind in (HERE, READY, WRONG, GUEST, OVER, JUDGED):
            self._runner.register_message(kind, self._hearing(kind))

    def _hearing(self, kind: str) -> Callable[..., None]:
        """What Locust calls for a message."""

        def listen(msg: Any, **_: Any) -> None:
            self._members.hear(kind, msg.node_id, msg.data or {})

        return listen

    @property
    def losses(self) -> list[str]:
        return self._members.losses

    @property
    def in_flight(self) -> int:
        return sum(member.in_flight for member in self._members.living)

    def prepare(self) -> None:
        options, members = self._options, self._members
        wanted = options.workers + options.expect
        self._processes = [self._started() for _ in range(options.workers)]
        members.processes = self._processes
        if options.expect:
            print(f"Waiting for {counted(options.expect, 'worker')} at {options.bind}, port {options.port}.")
        self._wait(lambda: len(self._listening()) >= wanted)
        members.add(self._listening()[:wanted])
        plan = {
            "run": self._session.run_id,
            "most": max(1, options.most_in_flight // wanted),
            "budget": not options.over_rate_budget,
            "demo": self._session.settings.starts_demo,
        }
        for member in members.all:
            self._runner.send_message(PLAN, {**plan, "number": member.number}, member.client_id)
        self._wait(lambda: bool(members.wrong) or all(member.ready for member in members.all))
        if members.wrong:
            raise members.wrong[0]

    def _listening(self) -> list[str]:
        return [client.id for client in self._runner.clients.ready if client.id in self._members.here]

    def _started(self) -> subprocess.Popen[bytes]:
        """A worker on this machine, for the very target of this run."""
        host = "127.0.0.1" if self._options.bind == EVERYWHERE else self._options.bind
        master = ["--worker-of", host, "--port", str(self._runner.server.port)]
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "load", *master],
            env={**os.environ, **_target_of(self._session)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            # Ctrl-C goes to the whole foreground group; workers end when the master says so.
            start_new_session=True,
        )

    def _wait(self, enough: Callable[[], bool]) -> None:
        """Until enough workers are there, or ready; raises SuiteError where they don't come."""
        wanted = self._options.workers + self._options.expect
        limit = Deadline(self._session.clock, EXPECT_S if self._options.expect else START_S)
        while not enough():
            dead = next((process for process in self._processes if process.poll() is not None), None)
            if dead is not None or limit.expired:
                why = f"not all were ready within {limit.seconds:g} s"
                if dead is not None:
                    why = f"one ended with status {dead.returncode}"
                raise SuiteError(
                    f"The load could not begin with {counted(wanted, 'worker')}: {why}.", hint="Nothing was booked."
                )
            gevent.sleep(LOOK_S)

    def go(self, arrivals: Sequence[Arrival]) -> None:
        members = self._members.all
        for index, member in enumerate(members):
            part = share(arrivals, index, len(members))
            member.given = len(part)
            message = {"arrivals": [arrival.as_message() for arrival in part]}
            self._runner.send_message(GO, message, member.client_id)

    def halt(self) -> None:
        self._runner.send_message(HALT, {})

    def over(self) -> bool:
        self._members.look_after(self._is_missing)
        return all(member.over for member in self._members.living)

    def _is_missing(self, client_id: str) -> bool:
        client = self._runner.clients.get(client_id)
        return client is None or client.state == STATE_MISSING

    def judge(self, known: KnownBreaches) -> tuple[Judged, list[str]]:  # noqa: ARG002 - workers read their own
        limit = Deadline(self._session.clock, JUDGE_S)
        self._runner.send_message(JUDGE, {})
        while any(member.judged is None for member in self._members.living) and not limit.expired:
            gevent.sleep(LOOK_S)
            self._members.look_after(self._is_missing)
        return self._members.judged()

    def unattended(self) -> list[GuestEnd]:
        return self._members.unattended()

    def close(self) -> None:
        self._runner.quit()
        for process in self._processes:
            try:
                process.wait(QUIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _target_of(session: Session) -> dict[str, str]:
    """The variables by which another process of this machine uses the very target of this session.

    An empty variable takes back what .env says.
    """
    if not session.settings.on_demo:
        return {}
    target = session.target
    addresses = {
        "BOOKING_API_BASE_URL": target.api_base_url,
        "BOOKING_DATABASE_URL": target.database_url,
        "BOOKING_JOB_URL": target.job_url or "",
        "BOOKING_JOB_TOKEN": target.job_token or "",
    }
    return {**addresses, "BOOKING_TARGET": "demo", **dict.fromkeys(OF_THIS_PROCESS, "")}
