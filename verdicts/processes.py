"""`behave` in a process of its own, forked from one that has read the suite's code already.

A hundred processes that each read the same code anew would spend a tenth of the matrix's time on it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from behave.__main__ import main

OUTPUT = "output.txt"
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
    sys.exit(main(arguments))
