"""The ledger of what runs made at live platforms: it survives runs, so that what was left can still be undone.

    {"api": …, "restaurant": …, "id": …, "key": …, "madeAt": …, "undoneAt": …, "kept": …, "pid": …}

One JSON object a line, added and never changed: the last line of a key and id holds, and a line with an id ends the one
of its key without. A line is written before a booking is sent, and again with its id when that is known. No contact of
a guest stands in it.
"""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bookingflow.core.private_files import opener
from bookingflow.core.timing import Clock

FILE = "made.jsonl"
"""Under `reports/` of the output folder; `make clean` leaves it."""
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
        return json.dumps({names.get(name, name): value for name, value in asdict(self).items()})


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
    """Add lines, each whole, on the disk before this returns; the file is the owner's alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = opener(str(path), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(handle, "".join(f"{entry.line()}\n" for entry in entries).encode())
    finally:
        os.close(handle)


def read(path: Path) -> list[Entry]:
    """Every booking of the ledger as its last line says, oldest first; a torn line is passed over."""
    entries: dict[tuple[str | None, str | None], Entry] = {}
    if not path.exists():
        return []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
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
        except (ValueError, KeyError, TypeError):
            continue
        if entry.id is not None:
            entries.pop((entry.key, None), None)
        entries[entry.key, entry.id] = entry
    return list(entries.values())


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
