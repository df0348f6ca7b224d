"""How long guests waited for their confirmation, by path, and how long phases took: as a picture and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bookingflow.audit.budgets import phases_ms
from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.core.text import as_time, counted
from bookingflow.report.pictures.svg import HEADLINE_FONT, MARGIN, WIDTH, Anchor, fit, label, path, px, svg, width_of
from bookingflow.report.pictures.time_axis import TimeAxis, number
from bookingflow.report.summary import spread

PATHS: Mapping[str, str] = {
    "confirmed_inline_api": "with the answer",
    "confirmed_inline_poll": "soon after it",
    "confirmed_background": "in the background",
}
"""The ways to be confirmed (docs/observing.md, "Outcomes"), in words for the picture, from the fastest on."""

LEFT, RIGHT = 160.0, WIDTH - 34.0
TOP, ROW, HEIGHT, LANE = 72.0, 92.0, 40.0, 15.0
BARS = 60
"""Bars from the left to the right edge: the file is as small for ten thousand bookings as for ten."""
STYLE = """
.bf-pic .bar{fill:#2b6cb0}
.bf-pic .mark{stroke:#6b21a8;stroke-width:1.5}
@media (prefers-color-scheme:dark){
.bf-pic .bar{fill:#63a7ea}
.bf-pic .mark{stroke:#c9a6ff}
}"""

Times = Mapping[str, Sequence[float]]
"""Milliseconds, by path or by phase."""


@dataclass(frozen=True)
class Captions:
    """The words of a picture: its headline, from when to when it counts, and its rows."""

    headline: str
    counted: str
    words: Mapping[str, str]
    apart: bool
    """Whether each booking stands in one row only."""


BY_PATH = Captions(
    "How long guests waited for their confirmation", "from the submit until a table was certain", PATHS, apart=True
)
BY_PHASE = Captions(
    "How long the phases of confirmed bookings took", "in all: from the submit to the last look", {}, apart=False
)


def phase_times(bookings: Iterable[TrackedBooking]) -> Times:
    """How long each phase of the confirmed ones took; phases nobody went through are left out."""
    times: dict[str, list[float]] = {}
    for booking in bookings:
        if booking.confirmed:
            for name, took in [("in all", booking.metrics.total_ms), *phases_ms(booking).items()]:
                times.setdefault(name, []).extend([took] if took else [])
    return {name: values for name, values in times.items() if values}


def times_table(times: Times) -> list[dict[str, Any]]:
    """A row a path, for people: how many bookings, and their least, p50, p95 and longest time."""
    rows = []
    for name, measured in times.items():
        found = spread(measured) or {}
        shown = {key: as_time(found[key]) for key in ("min", "p50", "p95", "max")}
        rows.append({"confirmed": PATHS.get(name, name), "bookings": len(measured), **shown})
    return rows


def times_picture(times: Times, captions: Captions = BY_PATH, of: str = "") -> str:
    """A histogram for each row with p50, p95 and max; `times` holds at least one. `of` says of which bookings, where
    there is more to say than their number.
    """
    axis = TimeAxis.over((time for measured in times.values() for time in measured), LEFT, RIGHT)
    bottom = TOP + len(times) * ROW
    sizes = [len(measured) for measured in times.values()]
    count = sum(sizes) if captions.apart else max(sizes)
    note = f"{of or counted(count, 'booking')}; {captions.counted}; logarithmic scale"
    texts = [
        label(MARGIN, 27, fit(captions.headline, WIDTH - 3 * MARGIN, HEADLINE_FONT), "head"),
        label(MARGIN, 46, note, "soft"),
    ]
    shapes = []
    for mark in axis.marks():
        shapes.append(path(f"M{px(axis.place(mark))} {px(TOP)}V{px(bottom)}", "grid"))
        texts.append(label(axis.place(mark), bottom + 16, number(mark), "soft", "middle"))
    shapes.append(path(f"M{px(LEFT)} {px(bottom)}H{px(RIGHT)}"))
    for row, (name, measured) in enumerate(times.items()):
        drawn = _row(axis, captions.words.get(name, name), measured, TOP + (row + 1) * ROW - 10)
        shapes += drawn[0]
        texts += drawn[1]
    said = [_said(captions.words.get(name, name), measured) for name, measured in times.items()]
    return svg(bottom + 28, captions.headline, " ".join([f"{note}.", *said]), STYLE, [*shapes, *texts])


def _said(words: str, measured: Sequence[float]) -> str:
    """A row for those who can't see it."""
    found = spread(measured) or {}
    times = ", ".join(f"{key} {as_time(found[key])}" for key in ("p50", "p95", "max"))
    return f"{words}: {counted(len(measured), 'booking')}, {times}."


def _row(axis: TimeAxis, name: str, measured: Sequence[float], base: float) -> tuple[list[str], list[str]]:
    """A row's histogram on its base line, and its texts; `name` in words."""
    width = (RIGHT - LEFT) / BARS
    counts = [0] * BARS
    for time in measured:
        counts[min(BARS - 1, int((axis.place(time) - LEFT) / width))] += 1
    shapes = [path(f"M{px(LEFT)} {px(base)}H{px(RIGHT)}", "grid")]
    for index, count in enumerate(counts):
        if count:
            high = max(2.0, HEIGHT * count / max(counts))
            box = f'width="{px(width - 1)}" height="{px(high)}"'
            shapes.append(f'<rect class="bar" x="{px(LEFT + index * width)}" y="{px(base - high)}" {box}/>')
    texts = [
        label(MARGIN, base - 13, fit(name, LEFT - 2 * MARGIN)),
        label(MARGIN, base + 3, counted(len(measured), "booking"), "soft"),
    ]
    found = spread(measured) or {}
    for key, lane, towards in (("p50", 0, "end"), ("p95", 0, "start"), ("max", 1, "start")):
        x, words = axis.place(found[key]), f"{key} {as_time(found[key])}"
        top = base - HEIGHT - 4 - lane * LANE
        anchor: Anchor = "end" if towards == "end" or x + 5 + width_of(words) > WIDTH - MARGIN else "start"
        if key == "p95" and anchor == "end":
            top -= 2 * LANE  # p50 stands there already
        shapes.append(path(f"M{px(x)} {px(base)}V{px(top - 8)}", "mark"))
        texts.append(label(x - 5 if anchor == "end" else x + 5, top, words, anchor=anchor))
    return shapes, texts
