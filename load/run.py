"""A load from its beginning to its end: join the platform, plan the guests, let them come, judge, undo, report."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack

import gevent
from greenlet import greenlet
from locust.env import Environment

from bookingflow.core.errors import SettingsError, SuiteError
from bookingflow.core.exit_status import ExitStatus
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.settings import Settings
from bookingflow.core.settings.loading import load as load_settings
from bookingflow.report.outputs import OutputFolder, try_out
from bookingflow.report.terminal.stream import mask_with, speak_through
from bookingflow.scenario.session import Session
from load import locust_engine, outcome
from load.arrivals import Arrival
from load.guest_ends import End, GuestEnd, count
from load.integrity import Judged, all_bookings, known_breaches, undo
from load.master import Elsewhere
from load.options import Options
from load.outcome import Outcome
from load.plan import planned
from load.thresholds import Integrity, checks
from load.worker import work
from load.workforce import Here, Workforce
from targets import open_target

LOOK_S = 0.1
PROGRESS_S = 5.0
"""Seconds between two lines that say how far it is."""


class Interrupted(Exception):
    """A second signal came while guests came or were judged: nothing is waited for any more."""


class Load:
    """One run."""

    def __init__(self, options: Options, settings: Settings) -> None:
        self._options, self._settings = options, settings
        self._guests: list[GuestEnd] = []
        self._signals = 0
        self._workforce: Workforce | None = None
        self._waiting: greenlet | None = None
        """What a second signal interrupts."""

    def run(self) -> ExitStatus:
        """Do all of it; raises SuiteError where it can't begin, having booked nothing."""
        known, options = known_breaches(self._settings), self._options
        _demand_free("--page", "127.0.0.1", options.page)
        _demand_free("--port", options.bind, options.port if options.distributed else None)
        _clear(self._settings)
        with ExitStack() as opened:
            session = Session.open(self._settings, open_target(self._settings), sanitizer=Sanitizer())
            opened.callback(session.close)
            self._say_what_is_noted(session)
            plan = planned(session, options)
            print(*plan.in_words, sep="\n")
            engine = locust_engine.environment(patience_s=self._settings.deadline(None), on_stop=self._stop)
            force = self._workforce_of(engine, session)
            opened.callback(force.close)
            self._listen_to_signals()
            force.prepare()
            page = None if options.page is None else locust_engine.show_page(engine, options.page)
            if page is not None:
                opened.callback(page.stop)
                print(f"Locust's page: http://127.0.0.1:{options.page}")
            ended = self._carried_out(session, engine, force, plan.arrivals, known)
            for line in outcome.in_words(ended):
                print(session.sanitizer.text(line))
            self._write(ended, session.sanitizer)
            while page is not None and not self._signals:  # the page stays until Ctrl-C
                gevent.sleep(LOOK_S)
        return ended.status

    @staticmethod
    def _say_what_is_noted(session: Session) -> None:
        for note in session.preflight.notes:
            print(f"Note: {session.sanitizer.text(str(note))}")
        if left := session.left_behind():
            print(left)

    def _workforce_of(self, engine: Environment, session: Session) -> Workforce:
        force: Workforce
        if self._options.distributed:
            force = Elsewhere(engine, session, self._options, self._ended)
        else:
            force = Here(engine, session, self._options, self._ended)
        self._workforce = force
        return force

    def _listen_to_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            gevent.signal_handler(number, self._stop)

    def _stop(self) -> None:
        """A signal came, or somebody pressed the stop button of Locust's page."""
        self._signals += 1
        if self._signals == 1 and self._workforce is not None and not self._workforce.over():
            print("Nobody comes any more; those on their way are waited for. Ctrl-C again ends it at once.")
            self._workforce.halt()
        elif self._signals > 1 and self._waiting is not None:
            gevent.kill(self._waiting, Interrupted)
            self._waiting = None

    # -- while guests come -------------------------------------------------------------------------------------

    def _ended(self, guest: GuestEnd) -> None:
        self._guests.append(guest)

    def _carried_out(
        self,
        session: Session,
        engine: Environment,
        force: Workforce,
        arrivals: Sequence[Arrival],
        known: KnownBreaches,
    ) -> Outcome:
        clock, options = session.clock, self._options
        started_at, began = clock.now(), clock.monotonic()
        if engine.runner is not None:
            locust_engine.begin(engine.runner)
        judged, left, cut_off = Judged(), list[str](), False
        self._waiting = gevent.getcurrent()
        try:
            force.go(arrivals)
            self._wait(session, force)
            lasted, cut_off = clock.monotonic() - began, self._signals > 0
            judged = all_bookings(session, self._guests)
            apart, left = force.judge(known)
            judged.found += apart.found
            judged.errors += apart.errors
            left += undo(session, force.unattended())
        except Interrupted:
            lasted, cut_off = clock.monotonic() - began, True
            judged.errors.append("the run was cut off before its bookings were looked at again")
            if session.cleaner.cancels and not self._settings.starts_demo:
                left.append("What was booked was not undone: `bookingflow sweep` does it.")
        self._waiting = None
        if engine.runner is not None:
            locust_engine.end(engine.runner)
        findings = judged.findings(known)
        integrity = Integrity(
            bookings=judged.looked_at,
            breaches=sum(1 for finding in findings if not finding.known),
            why_not="; ".join(dict.fromkeys(judged.errors)),
        )
        return Outcome(
            run_id=session.run_id,
            started_at=started_at.isoformat(timespec="seconds"),
            ended_at=clock.now().isoformat(timespec="seconds"),
            target={
                "kind": self._settings.target_kind,
                "address": session.sanitizer.text(session.target.api_base_url),
                "restaurant": session.home.slug,
            },
            arrivals=options.written,
            planned=len(arrivals),
            lasted_s=lasted,
            workers=options.workers + options.expect,
            guests=tuple(self._guests),
            checks=checks(len(arrivals), self._guests, integrity, options.limits),
            findings=findings,
            cut_off=cut_off,
            notes=[*force.losses, *left],
        )

    def _wait(self, session: Session, force: Workforce) -> None:
        """Until all guests are over."""
        next_line = session.clock.monotonic() + PROGRESS_S
        began = session.clock.monotonic()
        while not force.over():
            gevent.sleep(LOOK_S)
            if session.clock.monotonic() >= next_line:
                next_line += PROGRESS_S
                tables = count(self._guests, End.TABLE)
                took = session.clock.monotonic() - began
                print(
                    f"{took:4.0f} s: {tables} at a table, {len(self._guests) - tables} ended otherwise, "
                    f"{force.in_flight} on their way",
                    flush=True,
                )

    # -- after -------------------------------------------------------------------------------------------------

    def _write(self, ended: Outcome, sanitizer: Sanitizer) -> None:
        output = OutputFolder(self._settings.output_dir, None)
        outcome.write(ended, output, sanitizer)
        for path, why in output.lost.items():
            print(f"{path} could not be written: {why}.", file=sys.stderr)
        if not output.lost:
            print(f"Written: {output.report(outcome.FILE)}")


def _demand_free(option: str, host: str, port: int | None) -> None:
    """Raise SettingsError unless this port can be listened at; one that any free one will do for is not looked at."""
    if not port:
        return
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        why = (error.strerror or str(error)).partition(" (")[0]  # what follows repeats the address
        raise SettingsError([f"{option} {port}: nothing can listen there at {host} ({why})."]) from error


def _clear(settings: Settings) -> None:
    """Nothing of an older load is left beside this one's; raises SettingsError where none can be written."""
    folder = settings.output_dir / "reports"
    try:
        try_out(folder)
        for old in (*folder.glob("load-phases*.jsonl"), folder / outcome.FILE):
            old.unlink(missing_ok=True)
    except OSError as error:
        raise SettingsError([f"BOOKING_OUTPUT_DIR: {error.filename} can't be written: {error.strerror}."]) from error


def main(options: Options) -> ExitStatus:
    """Carry a load out, or work for a master; what kept it from beginning is one sentence on standard error.

    A reader who goes away, or a terminal that lacks a sign, keeps no booking from being judged and undone.
    """
    speak_through()
    try:
        settings = load_settings({}, {})
        sanitizer = Sanitizer()
        sanitizer.register_settings(settings)
        mask_with(sanitizer.masked)
        return work(options, settings) if options.worker_of else Load(options, settings).run()
    except SuiteError as error:
        print(error, file=sys.stderr)
        return ExitStatus.WRONG_USE if error.is_wrong_use else ExitStatus.NOT_JUDGED
    except KeyboardInterrupt:
        print("Interrupted before any guest came.", file=sys.stderr)
        return ExitStatus.CUT_OFF
    except Exception as error:  # noqa: BLE001 - no traceback for people
        said = Sanitizer().text(f"{type(error).__name__}: {error}")  # settings' secrets are masked where it is printed
        print(f"The load itself is in error ({said}); please report it.", file=sys.stderr)
        return ExitStatus.NOT_JUDGED
