"""The ledger of what runs made at live platforms: it survives runs, so that what was left can still be undone.

    {"api": …, "restaurant": …, "id": …, "key": …, "madeAt": …, "undoneAt": …, "kept": …, "pid": …}

One JSON object a line, added and never changed: the last line of a key and id holds, and a line with an id ends the one
of its key without. A line is written before a booking is sent, and again with its id when that is known. No contact of
a guest stands in it. Lines of what was undone go once the file has grown (`compact`).
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # there the file is only added to

from bookingflow.core.private_files import opener
from bookingflow.core.text import counted
from bookingflow.core.timing import Clock

FILE = "made.jsonl"
"""Under `reports/` of the output folder; `make clean` leaves it."""
COMPACT_FROM = 65_536
"""Bytes: a smaller file is not worth it. So is one that is not twice as large as when it was last looked through."""
ROUNDED_S = 2.0
"""Seconds by which the times of bookings and of processes may differ: either is rounded."""


@dataclass(frozen=True)
class Entry:
    """A booking that was sent; `id` is None while no answer named it, `key` None where it was sent without one."""

    api: str
    restaurant: str
    id: str | None
    key: str | None
    made_at: str
    undone_at: str | None = None
    kept: bool = False
    """Whether it was left on purpose."""
    pid: int = 0
    """The process that made it: while that runs, it is not left over."""

    @property
    def open(self) -> bool:
        """Whether it may still stand though nobody wanted it to."""
        return self.undone_at is None and not self.kept and not _lives_on(self.pid, self.made_at)

    def line(self) -> str:
        """Return the line that the file has of it."""
        names = {"made_at": "madeAt", "undone_at": "undoneAt"}
        return json.dumps({names.get(name, name): value for name, value in vars(self).items()})


class Ledger:
    """Writes down what one run sends to one platform; without a path nothing is written, or remembered."""

    def __init__(self, path: Path | None, *, api: str, clock: Clock, keep: bool) -> None:
        self._path = path
        self._api = api
        self._clock = clock
        self._keep = keep
        self._entries: dict[tuple[str | None, str | None], Entry | None] = {}
        """By key and id; None for what is undone, of which nothing more is to be written."""

    def sent(self, restaurant: str, key: str) -> None:
        """A booking is about to be sent; raises OSError where that can't be written."""
        self._write(Entry(self._api, restaurant, None, key or None, self._now(), kept=self._keep, pid=os.getpid()))

    def made(self, restaurant: str, booking_id: str, key: str) -> None:
        """An answer named the booking."""
        made_at = self._now()
        self._write(Entry(self._api, restaurant, booking_id, key or None, made_at, kept=self._keep, pid=os.getpid()))

    def found(self, restaurant: str, booking_id: str, key: str | None) -> None:
        """A booking is stored that no answer named."""
        if (key, booking_id) not in self._entries:
            self.made(restaurant, booking_id, key or "")

    def not_made(self, key: str) -> None:
        """It was refused, or not let in, or is not stored: nothing is left of it."""
        entry = self._entries.get((key or None, None))
        if entry is not None:
            self._write(replace(entry, undone_at=self._now()))

    def undone(self, booking_ids: Iterable[str]) -> None:
        """These were undone."""
        wanted = set(booking_ids)
        for entry in [entry for entry in self._entries.values() if entry is not None and entry.id in wanted]:
            self._write(replace(entry, undone_at=self._now()))

    def close_entry(self, entry: Entry) -> None:
        """What an earlier run left is undone."""
        self._write(replace(entry, undone_at=self._now()))

    def _now(self) -> str:
        return self._clock.now().isoformat(timespec="seconds")

    def _write(self, entry: Entry) -> None:
        if self._path is None:
            return
        if entry.id is not None:
            self._entries.pop((entry.key, None), None)
        self._entries[entry.key, entry.id] = entry if entry.undone_at is None else None
        append(self._path, [entry])


def append(path: Path, entries: Iterable[Entry]) -> None:
    """Add lines, each whole, on the disk before this returns; the file is the owner's alone. Raises OSError where that
    can't be, also where only a part could be written.
    """
    try:
        _append(path, entries)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error  # os.write names no file


def _append(path: Path, entries: Iterable[Entry]) -> None:
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{entry.line()}\n" for entry in entries).encode()
    with _opened_to_add(path) as handle:
        if not _ends_with_its_line(handle):
            lines = b"\n" + lines  # a line that a full disk cut off takes no other along
        if os.write(handle, lines) < len(lines):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def read(path: Path) -> list[Entry]:
    """Every booking of the ledger as its last line says, oldest first; a torn line is passed over."""
    if not path.exists():
        return []
    return _understood(path.read_text(encoding="utf-8", errors="replace").splitlines())[0]


def left_behind(path: Path, api: str) -> str:
    """A note for people on the bookings that earlier runs, cut off before they could undo them, made at this platform;
    empty where there are none.
    """
    left = sum(1 for entry in read(path) if entry.open and entry.api == api)
    if not left:
        return ""
    return f"Note: an earlier run left {counted(left, 'booking')} here; `bookingflow sweep` undoes what it made."


_looked_through: dict[Path, int] = {}
"""How large each ledger was when this process last looked it through."""


def compact(path: Path) -> None:
    """Leave out the lines of what was undone, once that makes the file much smaller; what can't be done is left.

    Others who add a line meanwhile wait, and add it to the new file; the old one stays until the new one is whole.
    """
    with contextlib.suppress(OSError):
        size = path.stat().st_size
        if size >= max(COMPACT_FROM, 2 * _looked_through.get(path, 0)):
            _compact(path)
            _looked_through[path] = path.stat().st_size


def _compact(path: Path) -> None:
    handle = opener(str(path), os.O_RDONLY)
    with open(handle, encoding="utf-8", errors="surrogateescape") as file:
        if fcntl is None:
            return
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _is_at(path, handle):
            return
        whole = file.read()
        entries, unread = _understood(whole.splitlines())
        kept = "".join(f"{line}\n" for line in [*unread, *(one.line() for one in entries if one.undone_at is None)])
        if len(kept) > len(whole) / 2:
            return
        new = path.with_name(f".{path.name}.new")
        try:
            _write(new, kept)
            new.replace(path)
        except OSError:
            new.unlink(missing_ok=True)
            raise


def _write(path: Path, text: str) -> None:
    """Write a file that is whole on the disk before this returns, whatever an earlier try left of it."""
    handle = opener(str(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    with open(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
        file.flush()
        os.fsync(handle)


def _understood(lines: Iterable[str]) -> tuple[list[Entry], list[str]]:
    """Every booking as its last line says, oldest first, and the lines that say nothing that can be read."""
    entries: dict[tuple[str | None, str | None], Entry] = {}
    unread = []
    for line in lines:
        try:
            said = json.loads(line)
            entry = Entry(
                api=str(said["api"]),
                restaurant=str(said["restaurant"]),
                id=said["id"],
                key=said["key"],
                made_at=str(said["madeAt"]),
                undone_at=said["undoneAt"],
                kept=bool(said.get("kept")),
                pid=int(said.get("pid") or 0),
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            unread += [line] if line.strip() else []
            continue
        if entry.id is not None:
            entries.pop((entry.key, None), None)
        entries[entry.key, entry.id] = entry
    return list(entries.values()), unread


@contextlib.contextmanager
def _opened_to_add(path: Path) -> Iterator[int]:
    """The file that has the name, and keeps it until this is over."""
    while True:
        handle = opener(str(path), os.O_RDWR | os.O_APPEND | os.O_CREAT)
        try:
            if fcntl is not None:
                with contextlib.suppress(OSError):  # a file system without locks, on which nothing is compacted either
                    fcntl.flock(handle, fcntl.LOCK_SH)
            if _is_at(path, handle):
                yield handle
                return
        finally:
            os.close(handle)


def _is_at(path: Path, handle: int) -> bool:
    """Whether this open file is the one that has the name."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _ends_with_its_line(handle: int) -> bool:
    if os.fstat(handle).st_size == 0:
        return True
    os.lseek(handle, -1, os.SEEK_END)
    return os.read(handle, 1) == b"\n"


def _lives_on(pid: int, made_at: str) -> bool:
    """Whether the process that made something then runs still; another one that has its number by now does not count,
    as in a container, where each life has the same.
    """
    if pid <= 0:
        return False
    import psutil  # only where something is left open

    try:
        began = psutil.Process(pid).create_time()
        return began <= datetime.datetime.fromisoformat(made_at).timestamp() + ROUNDED_S
    except psutil.NoSuchProcess:
        return False
    except (psutil.Error, ValueError):
        return True
