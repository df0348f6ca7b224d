"""Programs of ours in processes of their own, forked from one that has read the code already.

Reading it anew would cost each of them half a second: a tenth of the time of hundreds of short runs.
"""

from __future__ import annotations

import configparser
import importlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bookingflow.core.errors import SettingsError
from bookingflow.core.text import one_line, series

if TYPE_CHECKING:
    from behave.configuration import Configuration

PRELOADED = ("bookingflow.commands.processes", "bookingflow.runner", "behave.__main__", "targets", "demo.forked")


def prepare() -> None:
    """Let the process begin to read the code from which the others are forked; `fork` waits for it where it must.

    Raises ValueError where processes can't be forked, as on Windows.
    """
    from multiprocessing.forkserver import ensure_running  # not there on Windows

    multiprocessing.get_context("forkserver").set_forkserver_preload(list(PRELOADED))
    ensure_running()


def configuration(arguments: Sequence[str]) -> Configuration:
    """behave's; raises SettingsError for what behave answers with a traceback."""
    # Who prepares does so before anything of behave is read.
    from behave.configuration import Configuration, config_filenames

    try:
        return Configuration(list(arguments))
    except Exception as error:
        what = "can't read its settings" if isinstance(error, configparser.Error) else "does not take these arguments"
        others = [name for name in config_filenames() if Path(name) != Path("behave.ini")]
        too = f" It takes settings from {series(others)} too." if others else ""
        raise SettingsError([f"behave {what}: {one_line(str(error))}.{too}"]) from error


def fork(
    task: Callable[..., int],
    arguments: Sequence[Any],
    *,
    folder: Path,
    environment: Mapping[str, str],
    printed: Path,
) -> BaseProcess:
    """Start the task in this folder, with this environment only; what it prints goes into `printed`, a file that is
    there from now on.

    The process ends with the task's answer as its exit status. Its demo is forked too.
    """
    printed.touch()
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(list(PRELOADED))
    process = forking.Process(target=_become, args=(task, tuple(arguments), folder, dict(environment), printed))
    process.start()
    return process


def _become(
    task: Callable[..., int], arguments: Sequence[Any], folder: Path, environment: dict[str, str], printed: Path
) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    with printed.open("w", encoding="utf-8") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    importlib.import_module("targets").fork_demos()
    sys.exit(task(*arguments))
