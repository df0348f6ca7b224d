"""What a killed PostgreSQL leaves outside of its folder: a System V segment by which it saw that it runs once."""

from __future__ import annotations

import contextlib
import ctypes
from pathlib import Path

TABLE = Path("/proc/sysvipc/shm")
_REMOVE = 0
"""IPC_RMID: it goes with the last process that has it."""


def remove_left(data: Path) -> None:
    """Remove the segment of the server that ended in this data folder, unless it did so itself.

    It is small, but stays until the machine is started anew, and there can be 4,096 of them.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        key, segment = (data / "postmaster.pid").read_text().splitlines()[6].split()
        rows = [line.split() for line in TABLE.read_text().splitlines()]
        if any(row[:2] == [key, segment] for row in rows):
            ctypes.CDLL(None).shmctl(int(segment), _REMOVE, None)
