"""Each cell of the table, run by the library: a real demo, proxies before API and database, deadlines of 2 s."""

from __future__ import annotations

import datetime
import shlex
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bookingflow.audit.run import RunPromise
from bookingflow.core.errors import NotJudged, SuiteError, Verdict
from bookingflow.core.events import Record
from bookingflow.core.failures import failure_of
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.settings import Settings
from bookingflow.platform.background_job import CommandJob, HttpJob
from bookingflow.platform.target import LiveTarget
from bookingflow.testdata.parties import Party
from bookingflow.world import World
from tests.faults.cells import BROKEN, CELLS, FAULTS, KEPT, NOT_JUDGED, PHASES, POSSIBLE, Expected, Fault, table
from tests.support.database_proxy import DatabaseProxy, database_proxy
from tests.support.demo import ROOT, RunningDemo
from tests.support.fault_proxy import FaultProxy, fault_proxy

DEADLINE_S = 2.0
SLACK_S = 1.0
END_S = 12.0
"""At the run's end no booking waits: a question may take its own ten seconds."""
SENTENCES = ("I book 2 guests for that time", f"it is confirmed with a table within {DEADLINE_S:g}s")
BEGINS = {"inline": "inline_poll", "job": "background_job", "after": "post_job_poll"}
TWO = Party("2 guests")
COMMANDS = {
    "missing": "/no/such/program {booking_id}",
    "hangs": f"{shlex.quote(sys.executable)} -c 'import time; time.sleep(60)' {{booking_id}}",
}


@dataclass
class Parts:
    """What a fault is set between."""

    demo: RunningDemo
    api: FaultProxy
    database: DatabaseProxy
    job: FaultProxy

    def set(self, fault: Fault) -> None:
        self.api.mode = fault.api
        self.database.set(fault.database)
        if fault.job in {"errors", "refused"}:
            self.job.mode = {"errors": "errors", "refused": "basic_auth"}[fault.job]

    def heal(self) -> None:
        self.api.mode = self.job.mode = "as_it_is"
        self.database.set("as_it_is")

    def open(self, folder: Path) -> World:
        """A run that sees the demo through the proxies."""
        observer = self.demo.said["observer_database_url"]
        port = observer.rsplit("@", 1)[1].split("/")[0].rsplit(":", 1)[1]
        database_url = observer.replace(f":{port}/", f":{self.database.port}/")
        job = f"{self.job.url}/{self.demo.said['job_url'].split('/', 3)[3]}"
        settings = Settings.model_validate(
            {
                "target": "live",
                "api_base_url": self.api.url,
                "database_url": database_url,
                "output_dir": folder,
                "inline_window": 0.3,
                "job_url": job,
                "job_token": self.demo.said["env"]["BOOKING_JOB_TOKEN"],
                "rate_budget": 0,
                "expect": ("background_job",),
                "give_up": "never",
            }
        )
        target = LiveTarget(self.api.url, database_url)
        today = datetime.datetime.now(datetime.UTC).date()
        return World.open(settings, lambda _: target, KnownBreaches([], today))


@pytest.fixture(scope="module")
def parts(demo_process: RunningDemo) -> Iterator[Parts]:
    port = int(demo_process.said["database_url"].rsplit("@", 1)[1].split("/")[0].rsplit(":", 1)[1])
    api = demo_process.said["api_base_url"]
    with fault_proxy(api) as proxy, fault_proxy(api) as job, database_proxy(port) as database:
        yield Parts(demo_process, proxy, database, job)


@dataclass(frozen=True)
class Ended:
    """How a cell ended, how long after the submit, and in which words."""

    verdict: str
    code: str
    who_can_act: str
    seconds: float
    sentence: str


def run_cell(parts: Parts, fault: Fault, phase: str, folder: Path) -> Ended:
    """One booking, with the fault from the beginning of this phase on."""
    flags = {"bookings_a_minute": 100_000, "auto_assign": phase not in {"inline", "job", "after"}}
    parts.demo.admin("PUT", "/flags", flags).raise_for_status()
    world = parts.open(folder)
    if fault.job in COMMANDS:  # set up wrong from the beginning it would be refused before anything is booked
        world.session.observation.job = CommandJob(COMMANDS[fault.job], clock=world.session.clock)
    elif fault.job == "down":
        world.session.observation.job = HttpJob("http://127.0.0.1:9/run", None, clock=world.session.clock)
    try:
        arrange, act, promises = world.enter(f"{phase} {fault.what}", list(SENTENCES))
        arrange.time_with_room(TWO)
        if phase in BEGINS:
            world.session.stream.subscribe(lambda record: _begin(parts, fault, BEGINS[phase], record))
        elif phase == "submit":
            parts.set(fault)
        began = time.monotonic()
        try:
            act.submit(act.request(2))
            promises.confirmation.confirmed()
            if phase == "end":
                world.leave(failed=False)
                parts.set(fault)
                began = time.monotonic()
                return _of_the_run(world.audit.judge(), began)
        except Verdict as error:
            verdict = NOT_JUDGED if isinstance(error, NotJudged) else BROKEN
            return Ended(verdict, error.code, error.who_can_act, time.monotonic() - began, str(error))
        except SuiteError as error:
            return Ended(NOT_JUDGED, error.code, error.who_can_act, time.monotonic() - began, str(error))
        return Ended(KEPT, "", "", time.monotonic() - began, "")
    finally:
        parts.heal()
        world.session.close()


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


def _begin(parts: Parts, fault: Fault, phase: str, record: Record) -> None:
    if record.event == "phase_started" and record.phase == phase:
        parts.set(fault)


def test_the_table_names_every_cell_or_says_why_it_can_not_exist() -> None:
    assert len(CELLS) == len(FAULTS) * len(PHASES)
    for name, phase in CELLS:
        fault = FAULTS[name]
        assert (phase in fault.cells) != (phase in fault.impossible), (name, phase)


@pytest.mark.parametrize(("name", "phase"), POSSIBLE)
def test_a_fault_ends_in_the_right_sentence_in_time(parts: Parts, name: str, phase: str, tmp_path: Path) -> None:
    fault = FAULTS[name]
    expected: Expected = fault.cells[phase]
    ended = run_cell(parts, fault, phase, tmp_path)
    assert ended.verdict == expected.verdict, ended
    if expected.code:
        assert ended.code == expected.code, ended
    if expected.who_can_act:
        assert expected.who_can_act in ended.who_can_act, ended
    assert ended.seconds <= (END_S if phase == "end" else DEADLINE_S + SLACK_S), ended


def test_the_docs_show_this_table() -> None:
    assert table() in (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
