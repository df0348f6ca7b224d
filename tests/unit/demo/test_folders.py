"""Where the embedded PostgreSQL keeps its files: folders that can be written, and that its user can reach."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest

from demo import folders
from demo.folders import CACHE, RUN_PREFIX, UNFINISHED_KEPT_S, cache_folder, run_folder, sweep
from demo.libpq import forget_libpq_settings
from demo.server_user import NOBODY, PostgresError, ServerUser

NO_SUCH_PROCESS = 2**22 + 1
"""Above Linux's largest process id."""


@pytest.fixture
def me(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServerUser:
    """A server that runs as this process's user, with the test's own folder for temporary files and no home."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("HOME", "/dev/null")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return ServerUser(os.geteuid(), os.getegid(), switched=False)


def test_another_user_reaches_only_what_lies_in_open_folders(tmp_path: Path) -> None:
    nobody = ServerUser(NOBODY, NOBODY, switched=True)
    assert nobody.reaches(Path("/usr"))
    inner = tmp_path / "private" / "open"
    inner.mkdir(parents=True)
    inner.chmod(0o777)
    inner.parent.chmod(0o700)
    assert not nobody.reaches(inner)


def test_the_cache_is_where_the_caller_says_else_at_home_else_with_temporary_files(
    me: ServerUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_folder(me) == tmp_path / f"{CACHE}-{os.geteuid()}"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder(me) == tmp_path / "home" / ".cache" / CACHE
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "mine"))
    assert cache_folder(me) == tmp_path / "mine" / CACHE
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/path")
    assert cache_folder(me) == tmp_path / "home" / ".cache" / CACHE


def test_the_cache_is_open_whatever_the_umask(me: ServerUser, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        assert cache_folder(me).stat().st_mode & 0o777 == 0o755
    finally:
        os.umask(before)


def test_a_link_in_a_folder_that_others_write_to_is_no_cache(
    me: ServerUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, other = tmp_path / "shared", tmp_path / "other"
    shared.mkdir()
    (shared / f"{CACHE}-{os.geteuid()}").symlink_to(tmp_path)
    monkeypatch.setattr(folders, "_temporary", lambda: [shared, other])
    assert cache_folder(me) == other / f"{CACHE}-{os.geteuid()}"


def test_no_folder_at_all_is_a_sentence_with_the_mend(me: ServerUser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_temporary", lambda: [Path("/dev/null")])
    with pytest.raises(PostgresError, match=r"no folder to keep its files in: .* Set XDG_CACHE_HOME to one that can"):
        cache_folder(me)
    with pytest.raises(PostgresError, match=r"no folder for its data: .* Set TMPDIR to one that can"):
        run_folder(me)


def test_a_runs_folder_is_private_and_carries_its_owners_number(me: ServerUser, tmp_path: Path) -> None:
    folder = run_folder(me)
    assert folder.parent == tmp_path
    assert folder.name.startswith(f"{RUN_PREFIX}{os.getpid()}-")
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_present_folder_is_not_littered(me: ServerUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = run_folder(me)
    assert folder.parent != tmp_path
    folder.rmdir()


def test_a_folder_for_temporary_files_that_is_the_present_one_is_none(
    me: ServerUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", ".")  # as Python takes TMPDIR=. over
    monkeypatch.chdir(tmp_path)
    folder = run_folder(me)
    assert folder.is_absolute()
    assert folder.parent != tmp_path
    folder.rmdir()


def test_what_killed_processes_left_is_swept_and_nothing_else(me: ServerUser, tmp_path: Path) -> None:
    cache = cache_folder(me)
    left = tmp_path / f"{RUN_PREFIX}{NO_SUCH_PROCESS}-x"
    alive = tmp_path / f"{RUN_PREFIX}{os.getpid()}-x"
    old, young = cache / ".making-old", cache / ".making-young"
    for folder in (left, alive, old, young):
        folder.mkdir()
    long_ago = time.time() - UNFINISHED_KEPT_S - 1
    os.utime(old, (long_ago, long_ago))
    sweep(me)
    assert [folder.exists() for folder in (left, alive, old, young)] == [False, True, False, True]


def test_libpqs_variables_are_forgotten_and_others_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGSERVICEFILE", "PGOPTIONS"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("PAGER", "less")
    forget_libpq_settings()
    assert [name for name in os.environ if name.startswith("PG")] == []
    assert os.environ["PAGER"] == "less"
