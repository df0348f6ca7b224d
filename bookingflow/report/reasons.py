"""Why a run could not begin: one sentence, a stable code, and the exit status that goes with it."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import traceback
from pathlib import Path

from behave.exception import (
    ConfigError,
    ConstraintError,
    InvalidClassError,
    InvalidFileLocationError,
    InvalidFilenameError,
)
from behave.parser import ParserError

from bookingflow.core.alike import most_alike
from bookingflow.core.errors import SuiteError
from bookingflow.core.exit_status import ExitStatus
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.report.summary import Reason

CUT_OFF, SUITE_DEFECT, WRONG_FILE, OF_THE_MACHINE = "cut_off", "suite_defect", "wrong_file", "suite_error"
AT_A_LIMIT = frozenset({errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE})
NO_THREAD = "can't start new thread"
"""Python's own words."""
NOT_BEGUN = "The run could not begin"
BYTE_ORDER_MARK = "\ufeff"
NO_MARK = "It begins with a byte order mark: save it as UTF-8 without one."
OF_A_LIST = "A list of them (@file) names them from its own folder on: put it beside features/."
LONGEST_NAME = 160
"""Characters of a sentence that serve as a result's name."""


def reason_of(error: BaseException, sanitizer: Sanitizer, *, signal_name: str = "") -> tuple[Reason, ExitStatus]:
    """The reason that this exception stands for, sanitized."""
    code, sentence, hint, status = _described(error, signal_name)
    return Reason(code=code, sentence=sanitizer.text(sentence), hint=sanitizer.text(hint)), status


def name_of(reason: Reason) -> str:
    """What a result is called that says so."""
    first = reason.sentence.partition("\n")[0].rstrip(" :")
    shown = first if len(first) <= LONGEST_NAME else f"{first[: LONGEST_NAME - 1]}…"
    return f"{NOT_BEGUN}: {shown}"


def _described(error: BaseException, signal_name: str) -> tuple[str, str, str, ExitStatus]:
    if isinstance(error, SuiteError):
        status = ExitStatus.WRONG_USE if error.is_wrong_use else ExitStatus.NOT_JUDGED
        return error.code, error.sentence, error.hint, status
    if isinstance(error, KeyboardInterrupt):
        return CUT_OFF, f"Stopped by {signal_name or 'a signal'} before any scenario began.", "", ExitStatus.CUT_OFF
    if isinstance(error, FileNotFoundError) and error.errno is None:  # behave's own
        return WRONG_FILE, f"There is no feature file {error}.", _meant_file(str(error)), ExitStatus.WRONG_USE
    if isinstance(error, InvalidFilenameError) and not os.path.exists(str(error)):
        return WRONG_FILE, f"There is no file or folder {error}.", _meant_file(str(error)), ExitStatus.WRONG_USE
    if isinstance(error, InvalidFilenameError):
        return WRONG_FILE, f"{error} is no feature file: its name does not end in .feature.", "", ExitStatus.WRONG_USE
    if isinstance(error, ParserError):
        hint = NO_MARK if BYTE_ORDER_MARK in str(error) else ""
        return WRONG_FILE, f"A feature file can't be read: {_one_line(error)}.", hint, ExitStatus.WRONG_USE
    if isinstance(error, UnicodeDecodeError) and (path := _feature_read(error)):
        return WRONG_FILE, f"A feature file can't be read: {path} is not UTF-8.", "", ExitStatus.WRONG_USE
    refused = isinstance(error, ConfigError | ConstraintError | InvalidFileLocationError | InvalidClassError)
    if refused or type(error) is LookupError:  # so behave says that there is no such formatter
        return WRONG_FILE, f"{_one_line(error)}.", "", ExitStatus.WRONG_USE
    if limit := of_the_machine(error):
        return OF_THE_MACHINE, limit, "", ExitStatus.NOT_JUDGED
    if isinstance(error, OSError):
        listed = isinstance(error, FileNotFoundError) and str(error.filename).endswith(".feature")
        return WRONG_FILE, of_a_file(error), OF_A_LIST if listed else "", ExitStatus.WRONG_USE
    may_be_own = ", unless the file is your own" if place_of(error).startswith("steps/") else ""
    return SUITE_DEFECT, of_the_suite(error), f"Please report it{may_be_own}.", ExitStatus.NOT_JUDGED


def of_the_machine(error: BaseException) -> str:
    """What this run has no more of, by the limits of the machine, the container or the user; empty where it has all."""
    if isinstance(error, MemoryError):
        lacks = "memory"
    elif isinstance(error, RuntimeError) and NO_THREAD in str(error):
        lacks = "threads"
    elif isinstance(error, OSError) and error.errno in AT_A_LIMIT:
        lacks = "open files" if error.errno in {errno.EMFILE, errno.ENFILE} else "processes or memory"
    else:
        return ""
    return f"This machine gives the run no more {lacks}: see ulimit -a, and the container's limits."


def of_the_suite(error: BaseException) -> str:
    """An error that nothing explains, in a sentence that names its place in the code."""
    what = str(error.msg) if isinstance(error, SyntaxError) else _one_line(error)
    said = f"{type(error).__name__}: {what}".removesuffix(": ")
    place = place_of(error)
    return f"An error of the suite: {said}{place and f' ({place})'}."


def place_of(error: BaseException) -> str:
    """Where in the project's code it came from, else in a package's; empty where that is not known."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{os.path.relpath(error.filename)}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if not frame.filename.startswith((sys.prefix, sys.base_prefix, "<"))]
    return "".join(f"{os.path.relpath(frame.filename)}:{frame.lineno}" for frame in (ours or frames)[-1:])


def _feature_read(error: BaseException) -> str:
    """The feature file that behave was reading when this happened; empty where it was reading none."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_globals.get("__name__") == "behave.parser" and frame.f_code.co_name == "parse_file":
            return os.path.relpath(str(frame.f_locals["filename"]))
    return ""


def _meant_file(path: str) -> str:
    """A hint at the feature file beside it with the name most like its own; empty where none is."""
    with contextlib.suppress(OSError):
        folder = Path(path).parent
        meant = most_alike(Path(path).name.removesuffix(".feature"), [file.stem for file in folder.glob("*.feature")])
        return f"Did you mean {folder / meant}.feature?" if meant else ""
    return ""


def of_a_file(error: OSError) -> str:
    """What a file or folder refused, in a sentence."""
    return f"{error.filename or 'a file'} can't be read or written: {error.strerror or type(error).__name__}."


def _one_line(error: BaseException) -> str:
    """A plugin's class that is not found, a broken file: whatever it says, in one line, without its full stop."""
    return " ".join(str(error).split()).rstrip(".")
