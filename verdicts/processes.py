"""`behave` in a process of its own, and its demo in another, forked from one that has read their code already.

Hundreds of processes that each read the same code anew would spend a tenth of the matrix's time on it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from behave.__main__ import main

import demo.__main__
import demo.client

OUTPUT = "output.txt"
GRACE_S = 300
"""Seconds that a run which was interrupted gets to cancel what it made: with slow answers, minutes."""
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["verdicts.processes", "bookingflow.runner"])


def behave(arguments: Sequence[str], folder: Path, environment: Mapping[str, str], longest_s: float) -> tuple[int, str]:
    """The exit status of behave, run in this folder with this environment only, and what it printed.

    One that takes longer is interrupted, as by Ctrl-C.
    """
    process = _FORKING.Process(target=_run, args=(list(arguments), folder, dict(environment)))
    process.start()
    try:
        process.join(longest_s)
        if process.is_alive() and process.pid is not None:
            os.kill(process.pid, signal.SIGINT)
            process.join(GRACE_S)
            process.kill()
        process.join()
        printed = folder / OUTPUT
        return process.exitcode or 0, printed.read_text(encoding="utf-8") if printed.exists() else ""
    finally:
        process.close()


def _run(arguments: list[str], folder: Path, environment: dict[str, str]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    with Path(OUTPUT).open("w", encoding="utf-8") as printed:
        os.dup2(printed.fileno(), sys.stdout.fileno())
        os.dup2(printed.fileno(), sys.stderr.fileno())
    demo.client.begin = ForkedDemo
    sys.exit(main(arguments))


class ForkedDemo:
    """`python -m demo` with these arguments in a fork of this process, one a process; to be used like a
    `subprocess.Popen` of it.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        told, stdin = os.pipe()
        stdout, said = os.pipe()
        self.stdin = os.fdopen(stdin, "w")
        self.stdout = os.fdopen(stdout, "r")
        self._process = multiprocessing.get_context("fork").Process(
            target=_run_demo,
            args=(list(arguments), told, said, (stdin, stdout)),
            daemon=True,  # a run that ends without ending its demo must not wait for it
        )
        self._process.start()
        os.close(told)
        os.close(said)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status; raises subprocess.TimeoutExpired when it runs longer."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("demo", timeout or 0)
        return self._process.exitcode

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it."""
        self._process.kill()


def _run_demo(arguments: list[str], told: int, said: int, others: Sequence[int]) -> None:
    """In the fork: become what a shell would have started."""
    os.setsid()
    os.dup2(told, 0)
    os.dup2(said, 1)
    for descriptor in (told, said, *others):
        os.close(descriptor)
    sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
    sys.argv = ["demo", *arguments]
    sys.exit(demo.__main__.main())
