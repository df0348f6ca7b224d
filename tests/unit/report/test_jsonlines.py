"""The file of records: whole lines, also when the disk is full."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from bookingflow.core.events import EventStream
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.report.jsonlines import RecordFile
from tests.support.fakes import FakeClock


def stream(file: RecordFile) -> EventStream:
    made = EventStream(run_id="run", clock=FakeClock(), sanitizer=Sanitizer())
    made.subscribe(file)
    return made


def test_every_record_is_a_line_with_all_its_keys(tmp_path: Path) -> None:
    lost: list[OSError] = []
    file = RecordFile(tmp_path / "reports" / "phases.jsonl", lost.append)
    stream(file).note("told", waitsS=3)
    file.close()
    (line,) = (tmp_path / "reports" / "phases.jsonl").read_text(encoding="utf-8").splitlines()
    said = json.loads(line)
    assert (said["message"], said["event"], said["details"], said["phase"]) == ("told", "note", {"waitsS": 3}, None)
    assert lost == []


def test_a_full_disk_keeps_whole_lines_and_is_reported_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lost: list[OSError] = []
    path = tmp_path / "phases.jsonl"
    file = RecordFile(path, lost.append)
    records = stream(file)
    records.note("kept")
    write = os.write

    def half(number: int, data: bytes) -> int:
        if len(data) < 40:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(number, data[:30])

    monkeypatch.setattr(os, "write", half)
    records.note("torn")
    records.note("later")
    monkeypatch.undo()
    assert [json.loads(line)["message"] for line in path.read_text(encoding="utf-8").splitlines()] == ["kept"]
    assert [error.errno for error in lost] == [errno.ENOSPC]


def test_a_file_that_can_not_be_made_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    lost: list[OSError] = []
    stream(RecordFile(tmp_path / "file" / "phases.jsonl", lost.append)).note("told")
    assert len(lost) == 1


def test_a_file_that_was_removed_meanwhile_is_reported(tmp_path: Path) -> None:
    lost: list[OSError] = []
    file = RecordFile(tmp_path / "phases.jsonl", lost.append)
    (tmp_path / "phases.jsonl").unlink()
    file.close()
    assert [error.errno for error in lost] == [errno.ENOENT]
