"""Programs of ours in processes of their own, forked from one that has read the code already: from this one, or, where
it has threads, from one that is there for nothing else.

Reading the code anew would cost each of them half a second: a tenth of the time of hundreds of short runs.
"""

from __future__ import annotations

import configparser
import importlib
import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bookingflow.core.errors import SettingsError
from bookingflow.core.stop_signals import forget_handlers, signals_wait
from bookingflow.core.text import one_line, series

if TYPE_CHECKING:
    from behave.configuration import Configuration

PRELOADED = ("bookingflow.commands.processes", "bookingflow.runner", "behave.__main__", "targets", "demo.forked")


def configuration(arguments: Sequence[str]) -> Configuration:
    """behave's; raises SettingsError for what behave answers with a traceback."""
    # Read where it is used: it takes a while, and arguments may be wrong.
    from behave.configuration import Configuration, config_filenames

    try:
        return Configuration(list(arguments))
    except Exception as error:
        what = "can't read its settings" if isinstance(error, configparser.Error) else "does not take these arguments"
        others = [name for name in config_filenames() if Path(name) != Path("behave.ini")]
        too = f" It takes settings from {series(others)} too." if others else ""
        raise SettingsError([f"behave {what}: {one_line(str(error))}.{too}"]) from error


def can_fork() -> bool:
    """Whether this system can: Windows can't."""
    return "fork" in multiprocessing.get_all_start_methods()


def fork(
    task: Callable[..., int], arguments: Sequence[Any], *, folder: Path, environment: Mapping[str, str], printed: Path
) -> BaseProcess:
    """Start the task in this folder, with this environment only, in a process forked from one that is there for nothing
    else; its demo is, too.

    What it prints goes into `printed`, a file that is there from now on. The process ends with the task's answer as its
    exit status.
    """
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(list(PRELOADED))
    given = (task, tuple(arguments), folder, dict(environment), printed)
    return _started(forking.Process(target=_become_with_demo, args=given), printed)


def fork_this(task: Callable[..., int], arguments: Sequence[Any], *, printed: Path) -> BaseProcess:
    """Start the task in a fork of this process, which must have no other thread than this; signals wait in it until it
    handles them. It prints and ends as in `fork`.
    """
    given = (task, tuple(arguments), Path.cwd(), dict(os.environ), printed)
    with signals_wait():
        return _started(multiprocessing.get_context("fork").Process(target=_become, args=given), printed)


def _started(process: BaseProcess, printed: Path) -> BaseProcess:
    printed.touch()
    process.start()
    return process


def _become_with_demo(*given: Any) -> None:
    importlib.import_module("targets").fork_demos()
    _become(*given)


def _become(
    task: Callable[..., int], arguments: Sequence[Any], folder: Path, environment: dict[str, str], printed: Path
) -> None:
    forget_handlers()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    with printed.open("w", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    sys.exit(task(*arguments))
