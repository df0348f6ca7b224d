"""The stream that a run prints to: it masks secrets, outlives its reader, and keeps behave's own remarks out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from behave.formatter.base import StreamOpener

from bookingflow.core.patterns import pattern
from bookingflow.core.text import for_terminal, json_without_commands
from bookingflow.report.terminal.encoding import show_what_can_be_shown

_OWN = pattern(r"\r?+\x1b\[(?:K|\d{0,3}A|[0-9;]{0,8}m)", adversarial=("\r", "\x1b[", "\x1b[1"))
"""Erase the line, go up, a colour: what behave's formatters and ours print. What comes from the platform was made
visible before (`Sanitizer.text`).
"""
REMARKS = ("USING RUNNER: ", "HOOK-ERROR in ", "\nABORTED: By user.")
"""How behave's remarks begin that a sentence of ours replaces; each is printed by one call."""


@dataclass
class Masking:
    """What takes secrets and personal data out of all streams of a process, once they are known."""

    masked: Callable[[str], str] = str


class ConsoleStream:
    """A text stream that forwards to another one, and goes silent when nothing can be written there any more.

    What anybody prints here, tracebacks included, is without secrets, and moves no terminal and no CI system.
    """

    def __init__(self, stream: Any, masking: Masking | None = None, shown: Callable[[str], str] | None = None) -> None:
        """`shown` makes a text harmless for the reader of the stream, a terminal unless it is given."""
        self._stream = stream
        self._after_remark = False
        self._shown = shown or _on_terminal
        self.masking = masking or Masking()
        self.lost = ""
        """Why nothing is printed any more; empty while it is."""

    def write(self, text: str) -> int:
        """Write it, unless it is a remark of behave's."""
        if text.startswith(REMARKS):
            self._after_remark = True
        elif self._after_remark and text == "\n":
            self._after_remark = False  # the end of that line
        elif not self.lost:
            self._after_remark = False
            self._attempt(self._stream.write, self._shown(self.masking.masked(text)))
        return len(text)

    def command(self, line: str) -> None:
        """Write a line that a CI system is to obey."""
        if not self.lost:
            self._attempt(self._stream.write, f"{line}\n")

    def flush(self) -> None:
        """Hand on what is buffered."""
        if not self.lost:
            self._attempt(self._stream.flush)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _attempt(self, action: Any, *arguments: Any) -> None:
        try:
            action(*arguments)
        except (OSError, ValueError) as error:  # ValueError: it is closed
            self.lost = getattr(error, "strerror", None) or "it is closed"
            _lead_nowhere(self._stream)


def speak_through(*, json: bool = False) -> None:
    """Let what this process prints, where behave has no part in it, go through a ConsoleStream from here on.

    Standard output may be `json` for a machine.
    """
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name)
        show_what_can_be_shown(stream)
        setattr(sys, name, ConsoleStream(stream, shown=json_without_commands if json and name == "stdout" else None))


def take_over(config: Any) -> ConsoleStream:
    """Let everything that this process prints, behave's formatters included, go through a ConsoleStream.

    Returns the one for people.
    """
    show_what_can_be_shown(sys.stdout)
    show_what_can_be_shown(sys.stderr)
    masking = Masking()
    console, aside = (ConsoleStream(stream, masking) for stream in (sys.stdout, sys.stderr))
    printing = _printing(config)
    for name, opener in printing.items():
        opener.stream = ConsoleStream(console, masking, json_without_commands) if _is_json(name) else console
    # What a formatter prints for machines stays alone; what is for people stands beside it.
    sys.stdout = aside if any(map(_is_json, printing)) else console
    sys.stderr = aside
    return sys.stdout


def prints_json(config: Any) -> bool:
    """Whether standard output is JSON for a machine: a format of JSON has no file."""
    return any(map(_is_json, _printing(config)))


def _is_json(name: str) -> bool:
    return name.startswith("json")


def _printing(config: Any) -> dict[str, Any]:
    """The openers of formats that print, by the formats' names; formats without a file get one."""
    formats = list(config.format or ())
    while len(config.outputs) < len(formats):
        config.outputs.append(StreamOpener(stream=sys.stdout))
    return {name: opener for name, opener in zip(formats, config.outputs, strict=False) if opener.name is None}


def mask_with(masked: Callable[[str], str]) -> None:
    """Send all that is printed through this from here on."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, ConsoleStream):
            stream.masking.masked = masked


def _on_terminal(text: str) -> str:
    """The text for a terminal, with the colours and movements that are behave's and ours."""
    parts, at = [], 0
    for own in _OWN.finditer(text):
        parts += [for_terminal(text[at : own.start()]), own.group()]
        at = own.end()
    return "".join([*parts, for_terminal(text[at:])])


def _lead_nowhere(stream: Any) -> None:
    """What is buffered must not fail once more when Python flushes it at its exit."""
    try:
        number = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
    except (OSError, ValueError):
        return
