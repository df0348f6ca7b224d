"""A process that runs behave for another one."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from bookingflow.commands import processes
from bookingflow.core.errors import SettingsError


class NeverRuns:
    """Stands for a way to start processes; none of them comes to do anything."""

    def set_forkserver_preload(self, modules: list[str]) -> None:
        """As it is asked for."""

    def Process(self, **_: Any) -> NeverRuns:  # noqa: N802 - multiprocessing's name
        """One of them."""
        return self

    def start(self) -> None:
        """Begin, and go no further."""


def test_what_a_process_prints_can_be_read_before_it_has_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multiprocessing, "get_context", lambda _: NeverRuns())
    printed = tmp_path / "output.txt"
    processes.fork(lambda: 0, (), folder=tmp_path, environment={}, printed=printed)
    assert printed.read_text() == ""


def test_settings_of_behave_that_can_not_be_read_are_named_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".behaverc").write_text("[behave\nx", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"can't read its settings: File contains no section headers\.") as caught:
        processes.configuration([])
    assert len(str(caught.value).splitlines()) == 1
    assert ".behaverc" in str(caught.value)


def test_the_files_that_behave_takes_settings_from_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(home))
    (tmp_path / "behave.ini").write_text("[behave]\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"does not take these arguments: .*HERE\)\.\Z"):
        processes.configuration(["--tags=not ("])
    (home / ".behaverc").write_text("[behave]\nstop = maybe\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"Not a boolean: maybe\. It takes settings from .*/home/\.behaverc too\."):
        processes.configuration([])
