"""`behave` in a process of its own, for one run of the matrix."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from behave.__main__ import main

from bookingflow.commands.processes import fork

OUTPUT = "output.txt"
GRACE_S = 300
"""Seconds that a run which was interrupted gets to cancel what it made: with slow answers, minutes."""

_running: set[int] = set()
"""The runs' processes."""


def interrupt() -> None:
    """End the runs that are under way as Ctrl-C would, each of which then cancels what it made."""
    for process in tuple(_running):
        os.kill(process, signal.SIGINT)


def behave(arguments: Sequence[str], folder: Path, environment: Mapping[str, str], longest_s: float) -> tuple[int, str]:
    """The exit status of behave, run in this folder with this environment only, and what it printed.

    One that takes longer is interrupted, as by Ctrl-C.
    """
    printed = folder / OUTPUT
    process = fork(main, [list(arguments)], folder=folder, environment=environment, printed=printed)
    number = process.pid or 0
    _running.add(number)
    try:
        process.join(longest_s)
        if process.is_alive():
            os.kill(number, signal.SIGINT)
            process.join(GRACE_S)
            process.kill()
        process.join()
        return process.exitcode or 0, printed.read_text(encoding="utf-8") if printed.exists() else ""
    finally:
        _running.discard(number)
        process.close()
