"""What is going on while a scenario waits: one line that updates on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import shutil
import threading
from typing import TextIO

from bookingflow.core.events import Record
from bookingflow.core.text import counted
from bookingflow.core.timing import Clock

FIRST_PLAIN_LINE_S, NEXT_PLAIN_LINE_S = 5.0, 10.0
"""A log file is to show that something moves, not to fill up: of 90 s waited it keeps ten lines."""
ERASE = "\r\x1b[K"
ECHO = len("^C") + 1
"""Columns kept free for what a terminal shows of a Ctrl-C: a line that it makes two of can't be erased any more."""


class LiveLine:
    """Follows the record stream and says where the booking at hand stands.

    `tick` is to be called several times a second, from any thread; `clear` before anything else is printed.
    """

    def __init__(self, out: TextIO, clock: Clock, *, terminal: bool) -> None:
        self._out, self._clock, self._terminal = out, clock, terminal
        self._lock = threading.Lock()
        self._phase: str | None = None
        self._scenario, self._status = "", ""
        self._limit_s: float | None = None
        self._began = 0.0
        self._looks = 0
        self._shown = False
        self._next_plain_s = FIRST_PLAIN_LINE_S

    def __call__(self, record: Record) -> None:
        """A consumer of records."""
        with self._lock:
            if record.event == "phase_started":
                self._open(record)
            elif record.event == "observation" and "status" in record.details:
                self._status = str(record.details["status"])
            elif record.event in {"phase_completed", "phase_failed"}:
                self._phase = None
            elif "waitsS" in record.details and not self._terminal:
                self._write(f"    … {record.message}\n")

    def looked(self) -> None:
        """The database was looked at once more."""
        self._looks += 1

    def tick(self) -> None:
        """Say where things stand, if anybody waits."""
        with self._lock:
            if self._phase is None:
                return
            elapsed = self._clock.monotonic() - self._began
            if self._terminal:
                columns = shutil.get_terminal_size().columns - ECHO
                self._write(ERASE + self._state(elapsed)[:columns])
                self._shown = True
            elif elapsed >= self._next_plain_s:
                self._next_plain_s += NEXT_PLAIN_LINE_S
                self._write(self._state(elapsed) + "\n")

    def clear(self) -> None:
        """Make room for a line that stays."""
        with self._lock:
            if self._shown:
                self._write(ERASE)
                self._shown = False

    def _open(self, record: Record) -> None:
        if record.phase == "submit":
            self._status, self._looks, self._next_plain_s = "no answer yet", 0, FIRST_PLAIN_LINE_S
            self._limit_s = record.details.get("deadlineS")
            self._scenario = record.scenario or ""
        self._phase = record.phase
        self._began = self._clock.monotonic() - (record.elapsed_ms or 0.0) / 1000

    def _state(self, elapsed: float) -> str:
        limit = "" if self._limit_s is None else f" of {self._limit_s:g} s"
        checks = counted(self._looks, "check")
        return f"    … {self._phase}: {self._status}, {checks}, {elapsed:.0f} s{limit} — {self._scenario}"

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
