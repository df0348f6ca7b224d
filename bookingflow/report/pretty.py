"""Phase records in a form for people: one short line each."""

from __future__ import annotations

from typing import TextIO

from bookingflow.core.events import Record

_MARKS = {"phase_started": "▸", "phase_completed": "✓", "phase_failed": "✗", "observation": "·", "note": "•"}


def line(record: Record) -> str:
    """`   0.43 s  ✓ submit          HTTP 201, confirmed (0.43 s)`"""
    at = "" if record.elapsed_ms is None else f"{record.elapsed_ms / 1000:.2f} s"
    took = "" if record.duration_ms is None else f" ({record.duration_ms / 1000:.2f} s)"
    return f"    {at:>8}  {_MARKS[record.event]} {record.phase or '':<15} {record.message}{took}"


class PrettyLines:
    """A consumer of records that prints them for people."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, record: Record) -> None:
        self._stream.write(line(record) + "\n")
        self._stream.flush()
