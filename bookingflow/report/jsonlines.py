"""JSON lines of the phase records, through python-json-logger: one object a line, every key present."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

from bookingflow.core.events import Record
from bookingflow.core.private_files import opener_of_new
from bookingflow.core.text import json_line

_LEVELS = {"INFO": logging.INFO, "WARNING": logging.WARNING, "ERROR": logging.ERROR}
_FORMATTER = JsonFormatter("%(message)s", json_serializer=lambda record, **_: json_line(record))


def as_line(record: Record) -> str:
    """The record as a line of its own, with exactly its keys."""
    # A dict as message becomes the line itself.
    given = logging.LogRecord(
        "bookingflow.core.events", _LEVELS[record.level], "", 0, record.as_json(), args=None, exc_info=None
    )
    return f"{_FORMATTER.format(given)}\n"


class JsonLines:
    """A consumer of records that writes them to a stream as they come."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, record: Record) -> None:
        self._stream.write(as_line(record))
        self._stream.flush()


class RecordFile:
    """A consumer of records that writes them to a new file; on a full disk it ends with the last whole line."""

    def __init__(self, path: Path, on_lost: Callable[[OSError], None]) -> None:
        """Make the file and its folder; `on_lost` is called once, when no more can be written."""
        self._path, self._on_lost = path, on_lost
        self._file: int | None = None
        self._whole = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            self._file = opener_of_new(str(path), os.O_WRONLY | os.O_CREAT)
        except OSError as error:
            on_lost(error)

    def __call__(self, record: Record) -> None:
        self.add(as_line(record))

    def add(self, lines: str) -> None:
        """Write these lines, which are whole."""
        if self._file is None:
            return
        rest = lines.encode("utf-8", "replace")
        length = len(rest)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
            self._whole += length
        except OSError as error:
            os.ftruncate(self._file, self._whole)
            os.close(self._file)
            self._file = None
            self._on_lost(error)

    def close(self) -> None:
        """Write nothing after this; safe to call twice."""
        if self._file is None:
            return
        os.close(self._file)
        self._file = None
        if not self._path.exists():
            self._on_lost(FileNotFoundError(errno.ENOENT, "it was removed during the run"))
