"""A booking's phase records as the story that its timeline tells: phases as bars, changes of status, the deadline.

Reads whatever the records hold: what is no number, or no text that a picture can show, is passed over.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bookingflow.core.text import as_time, counted

State = Literal["completed", "failed", "open"]

DEADLINE_SHOWN_FROM = 1 / 3
"""Part of the deadline a booking must have used for the axis to reach to it; else its phases would be slivers."""
LONGEST_TEXT = 500
"""Characters of a text that are read."""


@dataclass
class Bar:
    """A phase; times in milliseconds since the submit, `ended` and `duration` None while it is open."""

    name: str
    began: float
    ended: float | None = None
    duration: float | None = None
    failed: bool = False
    looks: int | None = None
    look_times: Sequence[float] = ()
    said: str = ""

    @property
    def state(self) -> State:
        """How it ended, if it did."""
        if self.ended is None:
            return "open"
        return "failed" if self.failed else "completed"

    def outcome(self) -> str:
        """`2.01 s · failed · 34 checks`"""
        parts = ["not finished" if self.duration is None else as_time(self.duration)]
        if self.failed:
            parts.append("failed")
        if self.looks is not None:
            parts.append(counted(self.looks, "check"))
        return " · ".join(parts)


@dataclass(frozen=True)
class Change:
    """A change of status, and when it was seen."""

    at: float
    text: str


@dataclass(frozen=True)
class Story:
    """What the picture tells; `deadline` is None when there is none to draw."""

    bars: Sequence[Bar]
    changes: Sequence[Change]
    asked: str
    elapsed: float
    deadline: float | None

    @property
    def axis_end(self) -> float:
        """Milliseconds at the right edge."""
        return max(self.elapsed, self.deadline or 0.0) if self.reaches_deadline else self.elapsed

    @property
    def reaches_deadline(self) -> bool:
        """Whether the deadline lies on the axis."""
        return self.deadline is not None and self.elapsed > self.deadline * DEADLINE_SHOWN_FROM

    def verdict(self) -> tuple[State, str]:
        """How it ended: the summary's sentence, else what the last phase said."""
        if not self.bars:
            return "open", "no phase was recorded"
        summaries = [bar for bar in self.bars if bar.name == "final_summary" and bar.ended is not None]
        if summaries:
            return summaries[-1].state, summaries[-1].said or "final_summary"
        last = self.bars[-1]
        return last.state, f"{last.name}: {last.said or 'not finished'}"


def read(records: Sequence[Mapping[str, Any]], deadline_s: float, *, as_asked: bool) -> Story:
    """One booking's records (`Record.as_json()`, in their order) as its story; never raises on their content.

    Of a booking that went `as_asked` no phase is a failure.
    """
    bars: list[Bar] = []
    changes: list[Change] = []
    asked, elapsed = "", 0.0
    for record in records:
        at, event = _number(record.get("elapsedMs")), _clean(record.get("event"))
        if at is None:
            continue
        elapsed = max(elapsed, at)
        said = _clean(record.get("message"))
        details = record.get("details")
        details = details if isinstance(details, Mapping) else {}
        if event == "phase_started":
            bars.append(Bar(_clean(record.get("phase")) or "?", at))
            asked = asked or (said if record.get("phase") == "submit" else "")
        elif event in {"phase_completed", "phase_failed"}:
            duration = _number(record.get("durationMs"))
            bar = _opened(bars, _clean(record.get("phase")) or "?", at, duration)
            bar.ended, bar.said = max(at, bar.began), said
            bar.failed = event == "phase_failed" and not as_asked
            bar.duration = bar.ended - bar.began if duration is None else duration
            looks = _number(details.get("looks"))
            bar.looks = None if looks is None else int(looks)
            bar.look_times = _times(details.get("lookTimesMs"), bar.began, bar.ended)
        elif event == "observation":
            changes.append(Change(at, said or _clean(details.get("status")) or "changed"))
    deadline = _number(deadline_s * 1000)
    return Story(bars, changes, asked, max(elapsed, 1.0), deadline or None)


def _opened(bars: list[Bar], name: str, at: float, duration: float | None) -> Bar:
    """The open phase of this name; one whose start is missing began its duration ago."""
    for bar in reversed(bars):
        if bar.name == name and bar.ended is None:
            return bar
    bars.append(Bar(name, max(0.0, at - (duration or 0.0))))
    return bars[-1]


def _times(value: Any, began: float, ended: float) -> Sequence[float]:
    """The times of the looks that lie in their phase, a millisecond's rounding allowed."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return ()
    times = [time for time in map(_number, value) if time is not None]
    return sorted(time for time in times if began - 1 <= time <= ended + 1)


def _number(value: Any) -> float | None:
    """A number that can be drawn: finite, and not below 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and 0 <= number < 1e12 else None


def _clean(value: Any) -> str:
    """A text on one line, without what XML forbids or what breaks the layout: controls, bidi, piled-up accents."""
    if not isinstance(value, str):
        return ""
    text = " ".join(value[:LONGEST_TEXT].split())
    if text.isascii() and text.isprintable():
        return text
    text = unicodedata.normalize("NFKC", text)[:LONGEST_TEXT]
    kept = ""
    for mark in text:
        piled = unicodedata.combining(mark) and (not kept or unicodedata.combining(kept[-1]))
        if not piled and not unicodedata.category(mark).startswith("C"):
            kept += mark
    return kept
