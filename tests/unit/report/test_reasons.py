"""Why a run could not begin: a sentence and a status, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from behave.exception import ConfigError, InvalidFilenameError
from behave.parser import ParserError

from bookingflow.core.errors import EvidenceHidden, SettingsError, TargetUnreachable
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.report.reasons import LONGEST_NAME, NOT_BEGUN, name_of, reason_of
from bookingflow.report.summary import Reason


@pytest.mark.parametrize(
    ("error", "code", "sentence", "status"),
    [
        (SettingsError(["BOOKING_TIME=25:00: is no time."]), "bad_settings", "BOOKING_TIME=25:00", 2),
        (TargetUnreachable("It does not answer.", hint="Is it running?"), "unreachable", "It does not answer.", 3),
        (EvidenceHidden("Rows are hidden."), "evidence_hidden", "Rows are hidden.", 3),
        (KeyboardInterrupt(), "cut_off", "Stopped by SIGTERM before any scenario began.", 4),
        (FileNotFoundError("features/x.feature"), "wrong_file", "There is no feature file features/x.feature.", 2),
        (InvalidFilenameError("README.md"), "wrong_file", "README.md is no feature file", 2),
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
