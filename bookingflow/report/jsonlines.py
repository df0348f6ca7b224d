"""JSON lines of the phase records, through python-json-logger: one object a line, every key present."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

from bookingflow.core.events import Record

_LEVELS = {"INFO": logging.INFO, "WARNING": logging.WARNING, "ERROR": logging.ERROR}


class JsonLines:
    """A consumer of records that writes them to a stream as they come."""

    def __init__(self, stream: TextIO) -> None:
        self._handler = logging.StreamHandler(stream)
        self._handler.setFormatter(JsonFormatter("%(message)s"))

    @classmethod
    def to_file(cls, path: Path, *, append: bool = False) -> JsonLines:
        """Start the file anew, or add to it, making its folder."""
        path.parent.mkdir(parents=True, exist_ok=True)
        return cls(path.open("a" if append else "w", encoding="utf-8"))

    def __call__(self, record: Record) -> None:
        # A dict as message becomes the line itself, with exactly the record's keys.
        line = logging.LogRecord(
            "bookingflow.core.events", _LEVELS[record.level], "", 0, record.as_json(), args=None, exc_info=None
        )
        self._handler.handle(line)

    def close(self) -> None:
        """Flush and close the stream."""
        self._handler.flush()
        self._handler.stream.close()
