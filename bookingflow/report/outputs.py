"""The folder that a run writes to: settled first, held by one run at a time, emptied, then filled."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from bookingflow.core.private_files import PRIVATE, opener_of_new

SUMMARY, MARKDOWN, JUNIT, PHASES, SHARD = "summary.json", "summary.md", "junit.xml", "phases.jsonl", "shard.json"
"""What a run writes into `reports/` of itself alone: its next one removes it."""
LOCK = "run.lock"
"""What is in `reports/` as soon as a run has begun there, and stays."""
READABLE = 0o644
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
ALLURE_LEFTOVERS = (
    *("*-result.json", "*-container.json", "*-attachment.*", "*-attachment", "*-globals.json", "*.tmp"),
    *("environment.properties", "executor.json", "categories.json"),
)


class OutputFolder:
    """The folder of this run's files. What can't be written there ends no run: `lost` keeps it for the end."""

    def __init__(self, folder: Path, lock: FileLock | None, *, shared_with: Path | None = None) -> None:
        self.path = folder
        self.shared_with = shared_with
        """The folder that was asked for, when another run holds it."""
        self.lost: dict[str, str] = {}
        """What could not be written, and why."""
        self._lock = lock

    @classmethod
    def settle(cls, wanted: Path, run_id: str) -> OutputFolder:
        """Take the folder, or `reports/run-<id>/` in it while another run holds it.

        Raises OSError, having written nothing, when nothing can be written there.
        """
        reports = wanted / "reports"
        for folder in (reports, wanted / "allure-results"):
            if folder.is_symlink():
                raise OSError(errno.ELOOP, "it is a symbolic link, which no result is written through", str(folder))
        try_out(reports)
        lock = FileLock(reports / LOCK, mode=PRIVATE)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            own = reports / f"run-{run_id}"
            try_out(own / "reports")
            return cls(own, None, shared_with=wanted)
        except OSError as error:
            if error.errno not in NO_SPACE:
                raise
            return cls(wanted, None)
        except NotImplementedError:  # a file system without locks
            return cls(wanted, None)
        return cls(wanted, lock)

    def report(self, name: str) -> Path:
        """The path of a file in `reports/`."""
        return self.path / "reports" / name

    def empty(self, allure_folders: Iterable[Path], more: Iterable[str] = ()) -> None:
        """Remove what an earlier run left of the files that this one writes, `more` in `reports/` among them."""
        for name in (SUMMARY, MARKDOWN, JUNIT, PHASES, SHARD, *more):
            self._remove(self.report(name))
        for folder in allure_folders:
            for pattern in ALLURE_LEFTOVERS:
                for leftover in folder.glob(pattern):
                    self._remove(leftover)

    def write(self, name: str, text: str, *, readable: bool = False, replaces: bool = False) -> None:
        """Write a file into `reports/` in one piece; what an earlier run left under this name goes in any case, unless
        the file `replaces` one that holds as long as there is no other.

        It is its owner's alone, unless it is to be `readable` by every user of the machine.
        """
        path = self.report(name)
        unfinished = path.with_name(f".{name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open_private(unfinished, "w") as file:
                file.write(text)
            if readable:
                unfinished.chmod(READABLE)
            unfinished.replace(path)
        except OSError as error:
            self.note_lost(path, error)
            for left in (unfinished,) if replaces else (unfinished, path):
                with contextlib.suppress(OSError):
                    left.unlink()

    def note_lost(self, path: Path | str, error: OSError) -> None:
        """Keep for the end what could not be written."""
        self.lost.setdefault(str(path), error.strerror or type(error).__name__)

    def release(self) -> None:
        """Let other runs have the folder."""
        if self._lock is not None:
            self._lock.release()

    def _remove(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            self.note_lost(path, error)


def open_private(path: Path, mode: str) -> IO[str]:
    """Open a new file that its owner alone reads; whatever stood there, a link too, is replaced, never followed."""
    path.unlink(missing_ok=True)
    return open(path, mode, encoding="utf-8", opener=opener_of_new)


def read_json(path: Path) -> Any:
    """What a file of an earlier run holds; None when there is none, or none that can be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def try_out(folder: Path) -> None:
    """Raise OSError of this folder unless files can be made in it; a full disk is no reason to refuse it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        if error.errno not in NO_SPACE:
            raise OSError(error.errno, error.strerror, str(folder)) from error
