"""Why a run could not begin: a sentence and a status, never a traceback."""

from __future__ import annotations

import errno
from pathlib import Path

import pydantic
import pytest
from behave.exception import ConfigError, InvalidFilenameError
from behave.parser import ParserError, parse_file

from bookingflow.core.errors import EvidenceHidden, SettingsError, TargetUnreachable
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.report.reasons import LONGEST_NAME, NO_MARK, NOT_BEGUN, OF_A_LIST, name_of, reason_of
from bookingflow.report.summary import Reason


@pytest.mark.parametrize(
    ("error", "code", "sentence", "status"),
    [
        (SettingsError(["BOOKING_TIME=25:00: is no time."]), "bad_settings", "BOOKING_TIME=25:00", 2),
        (TargetUnreachable("It does not answer.", hint="Is it running?"), "unreachable", "It does not answer.", 3),
        (EvidenceHidden("Rows are hidden."), "evidence_hidden", "Rows are hidden.", 3),
        (KeyboardInterrupt(), "cut_off", "Stopped by SIGTERM before any scenario began.", 4),
        (FileNotFoundError("features/x.feature"), "wrong_file", "There is no feature file features/x.feature.", 2),
        (InvalidFilenameError(__file__), "wrong_file", "test_reasons.py is no feature file", 2),
        (ParserError("Parsing failed", 3, "x.feature", "Scenaio: y"), "wrong_file", "A feature file can't be read", 2),
        (ConfigError("No steps directory in '/tmp'"), "wrong_file", "No steps directory in '/tmp'.", 2),
        (PermissionError(13, "Permission denied", "a.feature"), "wrong_file", "a.feature can't be read", 2),
        (KeyError("boom"), "suite_defect", "An error of the suite: KeyError: 'boom'.", 3),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_every_error_has_its_reason(error: BaseException, code: str, sentence: str, status: int) -> None:
    reason, ends = reason_of(error, Sanitizer(), signal_name="SIGTERM")
    assert (reason.code, ends) == (code, status)
    assert sentence in reason.sentence
    assert "\n" not in reason.sentence or isinstance(error, SettingsError)


def test_an_error_of_the_suite_says_where_it_happened() -> None:
    with pytest.raises(KeyError) as caught:
        raise KeyError("boom")
    reason, _ = reason_of(caught.value, Sanitizer())
    assert "test_reasons.py:" in reason.sentence
    assert reason.hint == "Please report it."


def test_secrets_of_the_sentence_stay_out() -> None:
    reason, _ = reason_of(TargetUnreachable("postgresql://reader:letmein@db.example/x is silent."), Sanitizer())
    assert "letmein" not in reason.sentence


def test_a_result_is_named_after_the_first_line() -> None:
    assert name_of(Reason(code="x", sentence="2 settings are wrong:\n  - a")) == f"{NOT_BEGUN}: 2 settings are wrong"
    long = name_of(Reason(code="x", sentence="word " * 100))
    assert len(long) <= LONGEST_NAME + len(NOT_BEGUN) + 2
    assert long.endswith("…")


def test_a_feature_file_with_nearly_that_name_is_named(tmp_path: Path) -> None:
    (tmp_path / "tables.feature").touch()
    reason, _ = reason_of(FileNotFoundError(f"{tmp_path}/tabels.feature"), Sanitizer())
    assert reason.hint == f"Did you mean {tmp_path}/tables.feature?"
    assert reason_of(FileNotFoundError(f"{tmp_path}/x/y.feature"), Sanitizer())[0].hint == ""


def test_a_name_without_its_ending_that_nothing_has_is_not_called_a_file(tmp_path: Path) -> None:
    (tmp_path / "tables.feature").touch()
    reason, _ = reason_of(InvalidFilenameError(f"{tmp_path}/tables"), Sanitizer())
    assert reason.sentence == f"There is no file or folder {tmp_path}/tables."
    assert reason.hint == f"Did you mean {tmp_path}/tables.feature?"


def test_features_that_a_list_names_are_looked_for_from_its_own_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        (tmp_path / "reports" / "features" / "tables.feature").read_text(encoding="utf-8")
    reason, _ = reason_of(caught.value, Sanitizer())
    assert reason.sentence.endswith("features/tables.feature can't be read or written: No such file or directory.")
    assert reason.hint == OF_A_LIST
    assert reason_of(FileNotFoundError(2, "No such file", "x.toml"), Sanitizer())[0].hint == ""


def test_an_error_in_a_package_is_placed_where_the_project_called_it() -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        Reason.model_validate({})
    assert "(tests/unit/report/test_reasons.py:" in reason_of(caught.value, Sanitizer())[0].sentence


def test_a_file_of_steps_may_be_a_teams_own() -> None:
    reason, _ = reason_of(SyntaxError("invalid syntax", ("steps/own.py", 3, 1, "def x(:")), Sanitizer())
    assert reason.sentence == "An error of the suite: SyntaxError: invalid syntax (steps/own.py:3)."
    assert reason.hint == "Please report it, unless the file is your own."


@pytest.mark.parametrize(
    ("content", "sentence", "hint"),
    [
        (b"\xff\xfeF\x00", "is not UTF-8.", ""),
        (b"\xef\xbb\xbfFeature: Ours\n", "No feature found.", NO_MARK),
    ],
    ids=["UTF-16", "byte order mark"],
)
def test_a_feature_that_an_editor_wrote_in_another_encoding_is_named(
    tmp_path: Path, content: bytes, sentence: str, hint: str
) -> None:
    feature = tmp_path / "ours.feature"
    feature.write_bytes(content)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever behave raises
        parse_file(str(feature))
    reason, status = reason_of(caught.value, Sanitizer())
    assert (reason.code, reason.hint, status) == ("wrong_file", hint, 2)
    assert reason.sentence.startswith("A feature file can't be read: ")
    assert "ours.feature" in reason.sentence
    assert reason.sentence.endswith(sentence)


@pytest.mark.parametrize(
    ("error", "lacks"),
    [
        (MemoryError(), "memory"),
        (RuntimeError("can't start new thread"), "threads"),
        (OSError(errno.EMFILE, "Too many open files"), "open files"),
        (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), "processes or memory"),
    ],
)
def test_the_limits_of_a_machine_are_no_error_of_the_suite(error: Exception, lacks: str) -> None:
    reason, status = reason_of(error, Sanitizer())
    assert (reason.code, reason.hint, status) == ("suite_error", "", 3)
    assert reason.sentence == f"This machine gives the run no more {lacks}: see ulimit -a, and the container's limits."
