"""Why a run could not begin: one sentence, a stable code, and the exit status that goes with it."""

from __future__ import annotations

import contextlib
import os
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

CUT_OFF, SUITE_DEFECT, WRONG_FILE = "cut_off", "suite_defect", "wrong_file"
NOT_BEGUN = "The run could not begin"
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
    if isinstance(error, InvalidFilenameError):
        return WRONG_FILE, f"{error} is no feature file: its name does not end in .feature.", "", ExitStatus.WRONG_USE
    if isinstance(error, ParserError):
        return WRONG_FILE, f"A feature file can't be read: {_one_line(error)}.", "", ExitStatus.WRONG_USE
    refused = isinstance(error, ConfigError | ConstraintError | InvalidFileLocationError | InvalidClassError)
    if refused or type(error) is LookupError:  # so behave says that there is no such formatter
        return WRONG_FILE, f"{_one_line(error)}.", "", ExitStatus.WRONG_USE
    if isinstance(error, OSError):
        return WRONG_FILE, of_a_file(error), "", ExitStatus.WRONG_USE
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({os.path.relpath(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""
    said = f"An error of the suite: {type(error).__name__}: {_one_line(error)}{place}."
    return SUITE_DEFECT, said, "Please report it.", ExitStatus.NOT_JUDGED


def _meant_file(path: str) -> str:
    """A hint at the feature file beside it with the name most like its own; empty where none is."""
    with contextlib.suppress(OSError):
        folder = Path(path).parent
        meant = most_alike(Path(path).name, [found.name for found in folder.glob("*.feature")])
        return f"Did you mean {folder / meant}?" if meant else ""
    return ""


def of_a_file(error: OSError) -> str:
    """What a file or folder refused, in a sentence."""
    return f"{error.filename or 'a file'} can't be read or written: {error.strerror or type(error).__name__}."


def _one_line(error: BaseException) -> str:
    """A plugin's class that is not found, a broken file: whatever it says, in one line, without its full stop."""
    return " ".join(str(error).split()).rstrip(".")
