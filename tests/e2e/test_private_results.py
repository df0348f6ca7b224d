"""What a run leaves is the user's own: private files, and nothing written through a link."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.whole_runs import run


def test_files_are_private_and_links_are_not_followed(tmp_path: Path) -> None:
    folder, victim = tmp_path / "out", tmp_path / "victim"
    victim.write_text("mine", encoding="utf-8")
    planted = [
        *("summary.json", "summary.md", "junit.xml", "phases.jsonl", "made.jsonl.lock"),
        *("../allure-results/environment.properties", "../allure-results/categories.json"),
    ]
    for name in planted:
        path = folder / "reports" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.resolve().parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(victim)
    previous = os.umask(0o022)
    try:
        done, summary = run(folder, "--tags=@BOOK-001")
    finally:
        os.umask(previous)
    assert (done.returncode, summary["verdict"]) == (0, "kept"), done.stderr
    assert victim.read_text(encoding="utf-8") == "mine"
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert {"summary.json", "junit.xml", "phases.jsonl", "environment.properties"} <= {path.name for path in files}
    assert [str(path) for path in files if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("name", ["reports", "allure-results"])
def test_a_folder_that_is_a_link_is_refused(tmp_path: Path, name: str) -> None:
    folder, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (elsewhere / "mine-result.json").write_text("mine", encoding="utf-8")
    (folder / name).symlink_to(elsewhere)
    done, _ = run(folder, "--tags=@BOOK-001")
    assert done.returncode == 2
    assert "symbolic link" in done.stderr
    assert [path.name for path in elsewhere.iterdir()] == ["mine-result.json"]
