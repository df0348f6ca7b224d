"""The console script: what kept a command from its work is one line, and never the status of a broken promise."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bookingflow.__main__ import main
from bookingflow.core.errors import SettingsError, TargetUnreachable


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (SettingsError(["BOOKING_X is not a setting."]), 2, "A setting is wrong: BOOKING_X is not a setting."),
        (TargetUnreachable("Nobody is there."), 3, "Nobody is there."),
        (IsADirectoryError(21, "Is a directory", "made.jsonl"), 2, "made.jsonl can't be read or written: Is a"),
        (KeyError("x"), 3, "An error of the suite: KeyError: 'x' (tests/unit/commands/test_main.py:"),
        (KeyboardInterrupt(), 4, "Interrupted"),
    ],
)
def test_what_ends_a_command_is_one_line(
    error: BaseException, status: int, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def raising(_: object) -> int:
        raise error

    really = importlib.import_module
    commands = {"bookingflow.commands.sweep": SimpleNamespace(main=raising)}

    def import_module(name: str) -> Any:
        return commands.get(name) or really(name)

    monkeypatch.setattr(importlib, "import_module", import_module)
    assert main(["sweep"]) == status
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(("name", "hint"), [("prefligth", "Did you mean preflight?"), ("x", "There are matrix, ")])
def test_a_misspelt_command_names_the_one_meant(name: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name]) == 2
    assert f"there is no command '{name}'. {hint}" in capsys.readouterr().err


def test_a_folder_in_the_ledgers_place_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "reports" / "made.jsonl").mkdir(parents=True)
    monkeypatch.setenv("BOOKING_OUTPUT_DIR", str(tmp_path))
    assert main(["sweep", "--dry-run"]) == 2
    assert "made.jsonl can't be read or written: Is a directory." in capsys.readouterr().err
