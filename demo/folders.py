"""The folders of the embedded PostgreSQL: a cache that stays, and one for each run that is removed at its end."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from demo.server_user import PostgresError, ServerUser
from demo.shared_memory import remove_left

RUN_PREFIX = "bookingflow-pg-"
CACHE = "bookingflow-demo"
UNFINISHED = (".building-*", ".making-*")
UNFINISHED_KEPT_S = 3600
"""Seconds after which what was being made in the cache was left by a process that was killed."""


def cache_folder(user: ServerUser) -> Path:
    """Return the folder of templates and copied binaries, where the server's user can reach it.

    `$XDG_CACHE_HOME`, else `/var/cache` for root and `~/.cache` for others, else the temporary folder; raises
    PostgresError when none of these can be written.
    """
    tried = list(_cache_candidates(user))
    for folder in tried:
        with contextlib.suppress(OSError):
            if _usable(folder, user):
                return folder
    raise PostgresError(
        f"The embedded PostgreSQL finds no folder to keep its files in: {_listed(tried)} can't be written. Set "
        "XDG_CACHE_HOME to one that can."
    )


def _cache_candidates(user: ServerUser) -> Iterator[Path]:
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(chosen):
        yield Path(chosen, CACHE)
    if user.switched:
        yield Path("/var/cache", CACHE)
    else:
        with contextlib.suppress(RuntimeError):  # no HOME, and no entry in /etc/passwd
            yield Path.home() / ".cache" / CACHE
    for base in _temporary():
        yield base / f"{CACHE}-{os.geteuid()}"


def _usable(folder: Path, user: ServerUser) -> bool:
    """Make the folder where it is missing; whether it is ours, can be written, and can be reached by the server."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(exist_ok=True)
        place.chmod(0o755)  # whatever the umask
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        return False
    if not user.reaches(folder):
        folder.chmod(0o755)  # an older one, made under umask 077
    return os.access(folder, os.W_OK | os.X_OK) and user.reaches(folder)


def run_folder(user: ServerUser) -> Path:
    """Return a new folder for one run, in the temporary folder or where the server's user can reach one."""
    tried = [*_temporary(), *_cache_candidates(user)]
    for base in tried:
        with contextlib.suppress(OSError):
            if user.reaches(base):
                return _new_folder(base, user)
    raise PostgresError(
        f"The embedded PostgreSQL finds no folder for its data: {_listed(tried)} can't be written, or not be reached "
        "by the user it runs as. Set TMPDIR to one that can."
    )


def _new_folder(base: Path, user: ServerUser) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"{RUN_PREFIX}{os.getpid()}-", dir=base))
    try:
        user.give(folder)
    except PostgresError:
        folder.rmdir()
        raise
    return folder


def _temporary() -> list[Path]:
    """Return the folders for temporary files, `$TMPDIR` first where it is there."""
    found = [Path("/tmp"), Path("/var/tmp")]  # noqa: S108 - mkdtemp makes private folders in them
    with contextlib.suppress(OSError):
        chosen = Path(tempfile.gettempdir()).absolute()  # Python leaves `.` as it is, which the server starts elsewhere
        if chosen != Path.cwd():  # which Python takes when it finds nothing else; it is no place to litter
            found.insert(0, chosen)
    return list(dict.fromkeys(found))


def _listed(folders: list[Path]) -> str:
    return ", ".join(str(folder) for folder in dict.fromkeys(folders))


def sweep(user: ServerUser) -> None:
    """Remove what processes that were killed left: runs' folders and their servers' shared memory, unless these still
    run, and unfinished files of the cache.
    """
    bases = [*_temporary(), *_cache_candidates(user)]
    for folder in (found for base in bases for found in _matching(base, f"{RUN_PREFIX}*")):
        owner = folder.name.removeprefix(RUN_PREFIX).split("-")[0]
        if owner.isdigit() and not _alive(int(owner)) and not _serving(folder):
            remove_left(folder / "data")
            shutil.rmtree(folder, ignore_errors=True)
    for unfinished in (
        found for base in _cache_candidates(user) for name in UNFINISHED for found in _matching(base, name)
    ):
        with contextlib.suppress(OSError):
            if time.time() - unfinished.stat().st_mtime > UNFINISHED_KEPT_S:
                shutil.rmtree(unfinished, ignore_errors=True)


def _matching(base: Path, pattern: str) -> list[Path]:
    with contextlib.suppress(OSError):
        return list(base.glob(pattern))
    return []


def _serving(folder: Path) -> bool:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return _alive(int((folder / "data" / "postmaster.pid").read_text().splitlines()[0]))
    return False


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
