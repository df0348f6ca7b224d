"""`bookingflow watch`: book again and again, around the clock, and say when the platform ceases to keep its promise.

docs/watching.md tells what the states mean, what messages hold, and how it is run as a service.
"""

from __future__ import annotations

import argparse
import datetime
import errno
import importlib
import sys
from collections.abc import Callable, Sequence

from filelock import FileLock, Timeout

from bookingflow.commands.arguments import add_defines, duration, in_words
from bookingflow.commands.watching.bookings import BookingAttempts, Pace
from bookingflow.commands.watching.loop import Watch
from bookingflow.commands.watching.memory import FILE as MEMORY
from bookingflow.commands.watching.memory import Memory
from bookingflow.commands.watching.metrics import FILE as METRICS
from bookingflow.commands.watching.metrics import metrics
from bookingflow.commands.watching.notices import Notices
from bookingflow.commands.watching.platform import Platform
from bookingflow.commands.watching.wording import moment
from bookingflow.core.errors import SettingsError, SuiteError
from bookingflow.core.exit_status import ExitStatus
from bookingflow.core.known_breaches import KnownBreaches, load_known_breaches
from bookingflow.core.ledger import FILE as LEDGER
from bookingflow.core.ledger import left_behind
from bookingflow.core.private_files import PRIVATE
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.scenario_ids import written_ids
from bookingflow.core.settings import DEFAULT_API_BASE_URL, Settings
from bookingflow.core.settings.loading import load
from bookingflow.core.stop_signals import StopSignals, leave_now
from bookingflow.core.timing import SystemClock
from bookingflow.platform.target import Target
from bookingflow.report.outputs import OutputFolder
from bookingflow.report.terminal.stream import mask_with, speak_through
from bookingflow.runner import FEATURES

LEAST_EVERY_S, MOST_EVERY_S = 60.0, 7 * 86_400.0
SLOW_S = 10.0
"""The default of --slow: half the window within which a booking is confirmed inline (docs/observing.md)."""
AGAIN_S = 30.0
"""The default of --again: soon enough that an outage of ten minutes is known by then, late enough for a restart."""


def main(arguments: Sequence[str]) -> int:
    """Watch; the exit status is that of the one round, and 4 once a signal ended it."""
    options = _options(arguments)
    settings = load(dict(options.defines), {})
    signals = StopSignals()
    signals.last_resort = lambda: leave_now(ExitStatus.CUT_OFF)
    speak_through()
    _show_by(Sanitizer(), settings)
    folder = _folder_of(settings)
    lock = _locked(folder)
    try:
        with signals.handled():
            status = _watch(options, settings, folder, signals)
            if signals.received:
                leave_now(status)  # another signal would find no handler, and change the status
            return status
    finally:
        lock.release()


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bookingflow watch", description=__doc__, allow_abbrev=False)
    paces = parser.add_mutually_exclusive_group(required=True)
    every = duration(least_s=LEAST_EVERY_S, most_s=MOST_EVERY_S)
    paces.add_argument("--every", metavar="TIME", type=every, help="a round so often, like 5m, until a signal comes")
    paces.add_argument("--once", action="store_true", help="one round, for cron and the like")
    seconds = duration(least_s=1, most_s=600)
    parser.add_argument(
        "--slow", metavar="TIME", type=seconds, default=SLOW_S, help="degraded is what takes longer (10s)"
    )
    parser.add_argument(
        "--again", metavar="TIME", type=seconds, default=AGAIN_S, help="the pause before an attempt is repeated (30s)"
    )
    add_defines(parser)
    return parser.parse_args(arguments)


def _watch(options: argparse.Namespace, settings: Settings, folder: OutputFolder, signals: StopSignals) -> ExitStatus:
    console, clock = _Console(), SystemClock()
    memory, forgot = Memory.read(folder.report(MEMORY), _name_of(settings))
    if forgot:
        console.complain(forgot)
    if note := left_behind(folder.report(LEDGER), settings.api_base_url or DEFAULT_API_BASE_URL):
        console.say(note)
    now = clock.now()
    if ahead := of_a_clock_set_back(memory, now):
        console.complain(ahead)
    platform = Platform(
        settings,
        open_target=_opener(),
        known_breaches=lambda: _known_breaches(settings),
        clock=clock,
        complain=console.complain,
    )
    attempts = BookingAttempts(
        platform.join,
        pace=Pace(options.slow, options.every or since_last(memory, now)),
        clock=clock,
        signals=signals,
        show_by=lambda sanitizer: _show_by(sanitizer, settings),
        complain=console.complain,
    )
    stopping: list[bool] = []
    signals.on_wish = lambda: stopping.append(True)
    watch = Watch(
        attempt=attempts,
        clock=clock,
        memory=memory,
        notices=Notices(settings.webhook, settings.heartbeat_url),
        save=_Files(folder, console, signals).save,
        console=console,
        again_s=options.again,
        to_stop=lambda: bool(stopping),
        trace_link=settings.trace_link,
    )
    try:
        if options.once:
            return _after(watch.round().exit_status, signals)
        console.say(f"Watching {memory.target} every {in_words(options.every)}.")
        watch.run(options.every)
    except KeyboardInterrupt:
        console.complain(f"Stopped by {signals.received[0] if signals.received else 'a signal'}.")
        if signals.hurried:
            console.complain("Nothing was waited for any more: `bookingflow sweep` undoes what is left.")
    finally:
        with signals.held():
            platform.close()
    return ExitStatus.CUT_OFF


def _after(status: ExitStatus, signals: StopSignals) -> ExitStatus:
    return ExitStatus.first([status, ExitStatus.CUT_OFF]) if signals.received else status


def since_last(memory: Memory, now: datetime.datetime) -> float:
    """Seconds since the last round: this often rounds are made one by one. Where that is not known, as for a first one,
    the longest that can be.
    """
    last = memory.last_round
    return MOST_EVERY_S if last is None or last > now else (now - last).total_seconds()


def of_a_clock_set_back(memory: Memory, now: datetime.datetime) -> str:
    """What to say where the last round is still to come, in a sentence; empty where it is not."""
    if memory.last_round is None or memory.last_round <= now:
        return ""
    last, today = moment(memory.last_round, memory.zone), moment(now, memory.zone)
    return (
        f"Note: this machine's clock was set back: it shows {today}, and the last round ended at {last}. How long ago "
        "that was is not known; this round counts as the first one. Is the clock right?"
    )


def _name_of(settings: Settings) -> str:
    """The target for people, by which it is known from one start to the next."""
    where = settings.restaurant_id or settings.restaurant_slug
    if settings.starts_demo:
        return f"{where} (a demo of its own)"
    sanitizer = Sanitizer()
    sanitizer.register_settings(settings)
    return sanitizer.text(f"{where} ({settings.api_base_url or DEFAULT_API_BASE_URL})")


def _opener() -> Callable[[Settings], Target]:
    open_target: Callable[[Settings], Target] = importlib.import_module("targets").open_target
    return open_target


def _known_breaches(settings: Settings) -> KnownBreaches:
    """Read anew for each attempt: they expire, and are edited, while the monitor runs."""
    return load_known_breaches(
        settings.known_breaches,
        required="known_breaches" in settings.model_fields_set,
        today=datetime.datetime.now(datetime.UTC).date(),
        scenarios=written_ids(FEATURES),
    )


def _show_by(sanitizer: Sanitizer, settings: Settings) -> None:
    """Show everything by this sanitizer, which learns the secrets that there are already."""
    sanitizer.register_settings(settings)
    mask_with(sanitizer.masked)


def _folder_of(settings: Settings) -> OutputFolder:
    """Where the monitor writes; raises SettingsError where it can't."""
    folder = OutputFolder(settings.output_dir, None)
    try:
        folder.report(MEMORY).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or errno.errorcode.get(error.errno or 0, "")
        raise SettingsError([f"BOOKING_OUTPUT_DIR: {error.filename} can't be made: {why}."]) from error
    return folder


def _locked(folder: OutputFolder) -> FileLock:
    """The folder for this monitor alone; raises SuiteError where another one has it."""
    lock = FileLock(folder.report("watch.lock"), mode=PRIVATE)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise SuiteError(
            "Another monitor writes to this folder: nothing was booked.",
            hint="Give this one a BOOKING_OUTPUT_DIR of its own, or let rounds end before the next one begins.",
        ) from None
    except OSError as error:
        raise SettingsError([f"BOOKING_OUTPUT_DIR: {error.filename} can't be written: {error.strerror}."]) from error
    return lock


class _Console:
    """Standard output for the rounds, standard error for what goes wrong around them."""

    def say(self, line: str) -> None:
        print(line)

    def complain(self, sentence: str) -> None:
        print(sentence, file=sys.stderr)


class _Files:
    """Writes the memory and the metrics; a full disk ends no monitor, and is said once."""

    def __init__(self, folder: OutputFolder, console: _Console, signals: StopSignals) -> None:
        self._folder = folder
        self._console = console
        self._signals = signals
        self._said: dict[str, str] = {}

    def save(self, memory: Memory) -> None:
        """Write both, each in one piece; a signal waits until that is done."""
        folder = self._folder
        folder.lost.clear()
        with self._signals.held():
            folder.write(MEMORY, memory.written(), replaces=True)
            folder.write(METRICS, metrics(memory), readable=True, replaces=True)
        for path, why in folder.lost.items():
            if path not in self._said:
                self._console.complain(f"{path} can't be written: {why}. It stays as it was before this round.")
        self._said = dict(folder.lost)
