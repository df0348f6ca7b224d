"""Signals that end a run: the first one in order, the second one at once, and never in the middle of a file."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Never

NUMBERS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
HANG_UP = getattr(signal, "SIGHUP", None)
SAME_PRESS_S = 0.1
"""Signals that follow each other faster are one: make and CI systems hand on the Ctrl-C that the terminal sends too."""
INTERRUPTED = "Interrupted."
LAST_MOMENT_S = 1.5
"""From the second signal on, until the process ends from a thread of its own: a call that nothing interrupts (the
look-up of a host's name, for one) may hold the main thread."""


def signal_name(number: int) -> str:
    """`SIGKILL`; `signal 40` for one of those that have no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class StopSignals:
    """Turns signals into KeyboardInterrupt where the run can be interrupted, and into a wish where it can't.

    `on_wish` is called where the first signal may not interrupt: between two steps, or while a hook puts things back.
    A second signal interrupts there too; only what is `held` is never interrupted.
    """

    def __init__(
        self, *, monotonic: Callable[[], float] = time.monotonic, last_moment_s: float = LAST_MOMENT_S
    ) -> None:
        self.received: list[str] = []
        """The names of the signals that came, one for each press."""
        self.on_wish: Callable[[], object] = lambda: None
        self.last_resort: Callable[[], object] = lambda: None
        """Called from a thread when the second signal has not ended the process in time; must not return."""
        self._monotonic, self._last_moment_s = monotonic, last_moment_s
        self._last_at = float("-inf")
        self._shielded, self._open, self._held = 0, 0, 0

    @property
    def hurried(self) -> bool:
        """Whether a second signal came: nothing is waited for any more."""
        return len(self.received) > 1

    @contextlib.contextmanager
    def handled(self) -> Iterator[None]:
        """Signals are taken for a while, but for a hang-up that is to be ignored: so says nohup."""
        taken = [one for one in NUMBERS if one != HANG_UP or signal.getsignal(one) != signal.SIG_IGN]
        before = {number: signal.signal(number, self.handle) for number in taken}
        _block(False)
        try:
            yield
        finally:
            for number, was in before.items():
                signal.signal(number, was)

    def handle(self, number: int, frame: FrameType | None = None) -> None:  # noqa: ARG002 - signal's own signature
        """A signal came. Raises KeyboardInterrupt where that may be."""
        now = self._monotonic()
        if self.hurried or now - self._last_at < SAME_PRESS_S:
            return
        self._last_at = now
        self.received.append(signal_name(number))
        if self.hurried:
            timer = threading.Timer(self._last_moment_s, self.last_resort)
            timer.daemon = True
            timer.start()
        if self._held or (self._shielded and not self._open and not self.hurried):
            self.on_wish()
        else:
            raise KeyboardInterrupt(self.received[-1])

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """No signal interrupts what is done here: files are written."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1

    @contextlib.contextmanager
    def shielded(self) -> Iterator[None]:
        """The first signal is a wish here, but for what stands between `open` and `shut`."""
        self._shielded += 1
        try:
            yield
        finally:
            self._shielded -= 1

    def open(self) -> None:
        """From here on the first signal interrupts, although the run is shielded: a step begins, which may wait."""
        self._open += 1

    def shut(self) -> None:
        """The step is over."""
        self._open = max(0, self._open - 1)


def leave_now(status: int) -> Never:
    """End the process with this status, whatever signals still come and whatever is not over."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(status)


@contextlib.contextmanager
def signals_wait() -> Iterator[None]:
    """For a while signals wait; in a process that is forked meanwhile until it takes them by `StopSignals.handled`."""
    _block(True)
    try:
        yield
    finally:
        _block(False)


def forget_handlers() -> None:
    """Let signals do again what they do by themselves: this process is a fork of one whose handlers are not its own."""
    for number in NUMBERS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def _block(block: bool) -> None:
    if hasattr(signal, "pthread_sigmask"):  # not there on Windows
        signal.pthread_sigmask(signal.SIG_BLOCK if block else signal.SIG_UNBLOCK, NUMBERS)


def interrupt_quietly() -> None:
    """From now on an interrupt that nobody takes ends the process with a line instead of a traceback; the status stays
    that of the signal (130 in a shell). Called before the modules load, which takes most of a start.
    """
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            print(INTERRUPTED, file=sys.stderr)
        else:
            before(kind, error, traceback)

    sys.excepthook = hook
