"""The output folder: held by one run, emptied of what it writes, filled as far as that goes."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from bookingflow.report.outputs import OutputFolder, read_json


@pytest.fixture
def output(tmp_path: Path) -> OutputFolder:
    return OutputFolder.settle(tmp_path / "out", "0123456789")


def test_a_folder_that_a_living_run_holds_is_shared_by_a_folder_of_its_own(output: OutputFolder) -> None:
    second = OutputFolder.settle(output.path, "second")
    assert second.path == output.path / "reports" / "run-second"
    assert second.shared_with == output.path
    second.write("summary.json", "{}")
    assert (second.path / "reports" / "summary.json").is_file()
    assert not output.report("summary.json").exists()


def test_a_folder_that_was_released_is_taken_again(output: OutputFolder) -> None:
    output.release()
    assert OutputFolder.settle(output.path, "second").path == output.path


def test_where_nothing_can_be_written_nothing_is(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("somebody's", encoding="utf-8")
    with pytest.raises(OSError, match=r"Not a directory|File exists"):
        OutputFolder.settle(file, "0123456789")
    assert file.read_text(encoding="utf-8") == "somebody's"


def test_what_refuses_is_the_folder_and_no_file_that_was_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(tmp_path / "reports" / "tmp4x7"))

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(OSError, match="Read-only file system") as caught:
        OutputFolder.settle(tmp_path, "0123456789")
    assert caught.value.filename == str(tmp_path / "reports")


def test_only_what_a_run_writes_is_removed(output: OutputFolder) -> None:
    results = output.path / "allure-results"
    results.mkdir()
    old = ["1-result.json", "1-attachment.txt", "environment.properties", "executor.json"]
    for name in [*old, "notes.txt"]:
        (results / name).write_text("old", encoding="utf-8")
    for name in (
        "summary.json",
        "summary.md",
        "junit.xml",
        "phases.jsonl",
        "matrix.json",
        "made.jsonl",
        "history.jsonl",
    ):
        output.report(name).write_text("old", encoding="utf-8")
    output.empty([results], ["matrix.json"])
    assert {path.name for path in results.iterdir()} == {"notes.txt"}
    assert {path.name for path in (output.path / "reports").glob("*.*")} == {"made.jsonl", "history.jsonl", "run.lock"}


def test_files_are_private_and_links_are_not_followed(output: OutputFolder, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("somebody's", encoding="utf-8")
    output.report("summary.json").symlink_to(elsewhere)
    output.write("summary.json", "{}")
    assert elsewhere.read_text(encoding="utf-8") == "somebody's"
    path = output.report("summary.json")
    assert not path.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_can_not_be_written_takes_the_old_file_with_it_and_is_reported(
    output: OutputFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    output.write("summary.json", "old")

    def full(path: str, flags: int, mode: int = 0o777) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)

    monkeypatch.setattr(os, "open", full)
    output.write("summary.json", "new")
    monkeypatch.undo()
    assert not output.report("summary.json").exists()
    assert output.lost == {str(output.report("summary.json")): "No space left on device"}
    assert [path.name for path in (output.path / "reports").iterdir()] == ["run.lock"]


def test_a_state_that_can_not_be_written_stays_as_it_was(output: OutputFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    output.write("watch.json", "old", replaces=True)

    def full(path: str, flags: int, mode: int = 0o777) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)

    with monkeypatch.context() as broken:
        broken.setattr(os, "open", full)
        output.write("watch.json", "new", replaces=True)
    assert output.report("watch.json").read_text(encoding="utf-8") == "old"
    assert output.lost == {str(output.report("watch.json")): "No space left on device"}
    output.write("watch.json", "new", replaces=True)
    assert output.report("watch.json").read_text(encoding="utf-8") == "new"


def test_a_folder_that_vanished_is_made_again(output: OutputFolder) -> None:
    (output.path / "reports" / "run.lock").unlink()
    (output.path / "reports").rmdir()
    output.write("summary.json", "{}")
    assert output.report("summary.json").read_text(encoding="utf-8") == "{}"
    assert output.lost == {}


@pytest.mark.parametrize(("text", "read"), [('{"a": 1}', {"a": 1}), ("{", None), ("[" * 100_000, None), (None, None)])
def test_what_an_earlier_run_left_is_read_if_it_can_be(tmp_path: Path, text: str | None, read: object) -> None:
    path = tmp_path / "summary.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    assert read_json(path) == read
