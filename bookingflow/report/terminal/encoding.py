"""The console's signs where the terminal's encoding lacks them: passed and failed must not look alike there."""

from __future__ import annotations

import codecs
from typing import TextIO

PLAIN = {
    "✓": "+",
    "✗": "x",
    "≈": "~",
    "▸": ">",
    "·": "-",
    "•": "*",
    "–": "-",
    "—": "-",
    "…": "...",
    "→": "->",
    "≤": "<=",
}
"""Each of our signs, and what stands for it in ASCII."""
UNKNOWN = "?"
"""For any other character that the encoding lacks."""
_NAME = "bookingflow.plain_signs"


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(sign, UNKNOWN) for sign in error.object[error.start : error.end]), error.end


codecs.register_error(_NAME, _plain)


def show_what_can_be_shown(stream: TextIO) -> None:
    """Make the stream show plain signs for those it lacks, and every line as soon as it is written."""
    reconfigure = getattr(stream, "reconfigure", None)  # a replaced stream, as of a test, may have none
    if reconfigure is not None:
        reconfigure(errors=_NAME, line_buffering=True)
