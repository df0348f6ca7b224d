"""One cell of the table, run by the library: a real demo, proxies before API, database and job, deadlines of 2 s."""

from __future__ import annotations

import contextlib
import datetime
import shlex
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from bookingflow.audit.run import RunPromise
from bookingflow.core.errors import NotJudged, SuiteError, Verdict
from bookingflow.core.events import Record
from bookingflow.core.failures import failure_of
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.problems import Problem
from bookingflow.core.settings import Settings
from bookingflow.core.timing import Deadline
from bookingflow.platform.background_job import BackgroundJob, CommandJob, JobResult
from bookingflow.platform.target import LiveTarget
from bookingflow.testdata.parties import Party
from bookingflow.world import World
from tests.faults.cells import BROKEN, DEADLINE_S, FAULTS, KEPT, NOT_JUDGED, Fault
from tests.support.database_proxy import DatabaseProxy, database_proxy
from tests.support.fault_proxy import FaultProxy, fault_proxy
from tests.support.own_demo import JOB_TOKEN, OwnDemo

SENTENCES = ("I book 2 guests for that time", f"it is confirmed with a table within {DEADLINE_S:g}s")
BEGINS = {"inline": "inline_poll", "job": "background_job", "after": "post_job_poll"}
WAITING = frozenset(BEGINS)
"""Phases that a booking only has when it is not confirmed in its answer."""
LATER_S = 0.3
"""Seconds after which a job runs that was accepted."""
TWO = Party("2 guests")
PYTHON = shlex.quote(sys.executable)
COMMANDS = {
    "missing": "/no/such/program {booking_id}",
    "hangs": f"{PYTHON} -c 'import time; time.sleep(60)' {{booking_id}}",
    "fails": f"{PYTHON} -c 'import sys; sys.exit(3)' {{booking_id}}",
}
ON_ITS_ROLE = {
    "terminated": (),
    "revoked": ("REVOKE SELECT ON bookings FROM {role}",),
    "hidden": ("ALTER ROLE {role} NOBYPASSRLS",),
    "password": ("ALTER ROLE {role} PASSWORD 'another'",),
    "crowded": ("ALTER ROLE {role} CONNECTION LIMIT 0",),
    "locked": (),
    "migrated": ("ALTER TABLE {role}.zones RENAME COLUMN area_type TO kind_of_area",),
}
"""Faults of the database that are set by its superuser."""
COPIED = (
    "CREATE SCHEMA {role}",
    "CREATE TABLE {role}.zones AS TABLE public.zones",
    "GRANT USAGE ON SCHEMA {role} TO {role}",
    "GRANT SELECT ON {role}.zones TO {role}",
)
"""What gives a role a table of its own, so that what is done to it meets no other cell."""
LOCK = "LOCK TABLE {role}.zones IN ACCESS EXCLUSIVE MODE"
ENDS_SESSIONS = frozenset({"terminated", "password", "crowded"})


@dataclass
class Parts:
    """What a fault is set between, for one cell alone."""

    place: Place
    role: str
    direct_url: str
    """The database, not by way of the proxy."""
    api: FaultProxy
    database: DatabaseProxy
    job: FaultProxy
    is_set: bool = False
    held: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    """What lasts as long as the cell."""

    @property
    def database_url(self) -> str:
        """The database as the suite reads it."""
        return self.through(self.direct_url)

    @property
    def job_url(self) -> str:
        """The job as the suite asks it."""
        return self.job.url + urlsplit(self.place.demo.job_url).path

    def through(self, url: str) -> str:
        """An address of the database, by way of the proxy."""
        return url.replace(f":{self.place.demo.postgres.port}/", f":{self.database.port}/")

    def set(self, fault: Fault) -> None:
        """Begin with a fault."""
        if self.is_set:
            return
        self.is_set = True
        for proxy, mode in ((self.api, fault.api), (self.job, fault.job)):
            if mode == "down":
                proxy.go_down()
            elif mode and mode not in COMMANDS:
                proxy.mode = mode
        if fault.database in ON_ITS_ROLE:
            statements = [statement.format(role=self.role) for statement in ON_ITS_ROLE[fault.database]]
            if fault.database in ENDS_SESSIONS:
                statements.append(
                    f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{self.role}'"
                )
            with self.place.changing:
                self.place.demo.change(*statements)
            if fault.database == "locked":
                holder = self.held.enter_context(psycopg.connect(self.place.demo.postgres.dsn()))
                holder.execute(LOCK.format(role=self.role))
        elif fault.database == "replica":
            self.database.port_behind = self.place.replica
            self.database.set("broken_off_once")
        elif fault.database:
            self.database.set(fault.database)

    def open(self, folder: Path) -> World:
        """A run that sees the demo through the proxies."""
        settings = Settings.model_validate(
            {
                "target": "live",
                "api_base_url": self.api.url,
                "database_url": self.database_url,
                "output_dir": folder,
                "inline_window": 0.3,
                "job_url": self.job_url,
                "job_token": JOB_TOKEN,
                "rate_budget": 0,
                "expect": ("background_job",),
                "give_up": "never",
            }
        )
        target = LiveTarget(self.api.url, self.database_url)
        today = datetime.datetime.now(datetime.UTC).date()
        return World.open(settings, lambda _: target, KnownBreaches([], today))


class LaterJob:
    """A job that is accepted at once and runs a moment later: what confirms the booking comes after it."""

    def __init__(self, job: BackgroundJob) -> None:
        self._job = job

    def check(self, deadline: Deadline) -> list[Problem]:
        return self._job.check(deadline)

    def run(self, booking_id: str, deadline: Deadline, *, correlation_id: str = "") -> JobResult:
        run = threading.Timer(LATER_S, self._job.run, (booking_id, deadline), {"correlation_id": correlation_id})
        run.daemon = True
        run.start()
        return JobResult("done", "the job was accepted", 0.0, finished=False)


@dataclass(frozen=True)
class Place:
    """The demo, a role that reads all of it, and the port of a replica that stands still."""

    demo: OwnDemo
    reader: str
    replica: int
    changing: threading.Lock = field(default_factory=threading.Lock)
    """Rights are changed one after the other: PostgreSQL refuses two changes of one table's rights at once."""
    _roles: Iterator[int] = field(default_factory=count)

    def auto_assign(self, on: bool) -> None:
        """Whether bookings are confirmed in their answers from now on, or wait for the job."""
        flags = {"bookings_a_minute": 100_000, "auto_assign": on}
        self.demo.platform.flags = self.demo.platform.flags.changed(flags)

    @contextlib.contextmanager
    def around(self, fault: Fault) -> Iterator[Parts]:
        """Proxies of a cell's own; a role too, where the fault is one of its role."""
        role, url = "reader", self.reader
        if fault.database in ON_ITS_ROLE:
            role = f"reader_{next(self._roles)}"
            with self.changing:
                url = self.demo.role(role, "BYPASSRLS", search_path=f"{role}, public")
                if fault.database in {"locked", "migrated"}:
                    self.demo.change(*(statement.format(role=role) for statement in COPIED))
        with (
            fault_proxy(self.demo.api_base_url) as api,
            fault_proxy(self.demo.api_base_url) as job,
            database_proxy(self.demo.postgres.port) as database,
        ):
            parts = Parts(self, role, url, api, database, job)
            with parts.held:
                yield parts


@dataclass(frozen=True)
class Ended:
    """How a cell ended, how long after the submit, and in which words."""

    verdict: str
    code: str
    who_can_act: str
    seconds: float
    sentence: str


def run_cell(place: Place, name: str, phase: str, folder: Path) -> Ended:
    """One booking, with the fault from the beginning of this phase on."""
    fault = FAULTS[name]
    with place.around(fault) as around:
        world = around.open(folder)
        try:
            return _booked(around, world, fault, phase)
        finally:
            world.session.close()


def _booked(around: Parts, world: World, fault: Fault, phase: str) -> Ended:
    if fault.job in COMMANDS:  # set up wrong from the beginning it would be refused before anything is booked
        world.session.observation.job = CommandJob(COMMANDS[fault.job], clock=world.session.clock)
    elif phase == "after":
        world.session.observation.job = LaterJob(world.session.observation.job)
    arrange, act, promises = world.enter(f"{phase} {fault.what}", list(SENTENCES))
    arrange.time_with_room(TWO)
    if fault.api == "replayed":
        act.submit(act.request(2))
        arrange, act, promises = world.enter(f"{phase} {fault.what} again", list(SENTENCES))
        arrange.time_with_room(TWO)
    if phase in BEGINS:
        world.session.stream.subscribe(lambda record: _begin(around, fault, BEGINS[phase], record))
    elif phase == "submit":
        around.set(fault)
    began = time.monotonic()
    try:
        act.submit(act.request(2))
        promises.confirmation.confirmed()
        if phase == "end":
            world.leave(failed=False)
            around.set(fault)
            began = time.monotonic()
            return _of_the_run(world.audit.judge(), began)
    except Verdict as error:
        verdict = NOT_JUDGED if isinstance(error, NotJudged) else BROKEN
        return Ended(verdict, error.code, error.who_can_act, time.monotonic() - began, str(error))
    except SuiteError as error:
        return Ended(NOT_JUDGED, error.code, error.who_can_act, time.monotonic() - began, str(error))
    return Ended(KEPT, "", "", time.monotonic() - began, "")


def _of_the_run(ends: list[RunPromise], began: float) -> Ended:
    """How the run's own judgement ended: what is broken before what could not be judged."""
    seconds = time.monotonic() - began
    broken = [one for end in ends for one in end.found]
    if broken:
        code = broken[0].breach.code
        return Ended(BROKEN, code, failure_of(code).who_can_act, seconds, broken[0].sentence)
    errors = [end.error for end in ends if end.error is not None]
    if errors:
        return Ended(NOT_JUDGED, errors[0].code, errors[0].who_can_act, seconds, str(errors[0]))
    return Ended(KEPT, "", "", seconds, "")


def _begin(around: Parts, fault: Fault, phase: str, record: Record) -> None:
    if record.event == "phase_started" and record.phase == phase:
        around.set(fault)
