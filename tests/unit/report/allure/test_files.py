"""The results folder: one that was removed and made anew is not the one that results were written into."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bookingflow.report.allure import files


def test_a_folder_that_was_removed_and_made_anew_has_lost_its_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_lost", [])
    results = files.ResultFiles(str(tmp_path / "results"))
    results.demand_same_folder()
    assert files.lost_results() is None
    shutil.rmtree(tmp_path / "results")
    (tmp_path / "results").mkdir()  # file systems give it the number of the one that went
    results.demand_same_folder()
    assert str(files.lost_results()) == "[Errno 2] the folder was removed during the run"
