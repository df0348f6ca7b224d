"""A demo platform in a fork of the process that uses it, which has read the demo's code already."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Sequence

import demo.__main__


class ForkedDemo:
    """`python -m demo` with these arguments in a fork of this process, one a process; to be used like a
    `subprocess.Popen` of it.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        its_stdin, stdin = os.pipe()
        stdout, its_stdout = os.pipe()
        self.stdin = os.fdopen(stdin, "w")
        self.stdout = os.fdopen(stdout, "r")
        self._process = multiprocessing.get_context("fork").Process(
            target=_run_demo,
            args=(list(arguments), its_stdin, its_stdout, (stdin, stdout)),
            daemon=True,  # a run that ends without ending its demo must not wait for it
        )
        self._process.start()
        os.close(its_stdin)
        os.close(its_stdout)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid or 0

    def poll(self) -> int | None:
        """Its exit status, negative for the signal that ended it; None while it runs."""
        return self._process.exitcode

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


def _run_demo(arguments: list[str], its_stdin: int, its_stdout: int, others: Sequence[int]) -> None:
    """In the fork: become what a shell would have started."""
    os.setsid()
    os.dup2(its_stdin, 0)
    os.dup2(its_stdout, 1)
    for descriptor in (its_stdin, its_stdout, *others):
        os.close(descriptor)
    sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
    sys.argv = ["demo", *arguments]
    sys.exit(demo.__main__.main())
