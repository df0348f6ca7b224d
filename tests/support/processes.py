"""The project's programs, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

from tests.support.demo import ROOT
from tests.support.waiting import PATIENCE_S


def without_settings() -> dict[str, str]:
    """The variables of this process that set nothing for the suite."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BOOKING_")}


def on_own_demo(folder: Path, **variables: str) -> dict[str, str]:
    """The variables of a run on a demo of its own, with its results in this folder."""
    return {**without_settings(), "BOOKING_TARGET": "demo", "BOOKING_OUTPUT_DIR": str(folder), **variables}


def finished(
    *arguments: str, variables: Mapping[str, str] | None = None, folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Python with these arguments, called in this folder, once it has ended; with what it printed.

    Without `variables` it has those of this process.
    """
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def running(mark: str) -> bool:
    """Whether a process with this word in its command line runs."""
    return any(
        mark in word
        for process in psutil.process_iter(["cmdline", "status"])
        if process.info["status"] != psutil.STATUS_ZOMBIE
        for word in process.info["cmdline"] or ()
    )


def main_after(lines: str, main: str = "behave.__main__") -> tuple[str, str]:
    """Python's arguments for behave, or another module's `main`, which runs after these lines of a program."""
    return "-c", f"{lines}\nimport sys\nfrom {main} import main\nsys.exit(main(sys.argv[1:]))\n"


def signalled_at_the_last_moment(main: str) -> tuple[str, str]:
    """Python's arguments for this module's `main`, which is sent SIGINT once it handles signals no more."""
    lines = """
import contextlib, os, signal
from bookingflow.core.stop_signals import StopSignals

handled = StopSignals.handled

@contextlib.contextmanager
def until_the_last_moment(signals):
    with handled(signals):
        yield
    os.kill(os.getpid(), signal.SIGINT)

StopSignals.handled = until_the_last_moment
"""
    return main_after(lines, main)
