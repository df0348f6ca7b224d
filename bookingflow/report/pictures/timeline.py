"""The timeline: one booking's phase records as a picture, for people who don't read logs.

One SVG file that stands alone: no fonts, scripts or references from outside, readable in light and dark.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from bookingflow.core.text import as_time
from bookingflow.report.pictures.svg import (
    HEADLINE_FONT,
    LONGEST_TOOLTIP,
    MARGIN,
    WIDTH,
    Anchor,
    clip,
    fit,
    label,
    path,
    px,
    svg,
    width_of,
)
from bookingflow.report.pictures.timeline_story import Bar, Change, State, Story, read

T = TypeVar("T")
Place = Callable[[float], float]
"""From milliseconds since the submit to pixels."""

MOST_TICKS, MOST_MARKERS, MOST_ROWS = 200, 40, 12
"""Limits that keep the picture below 20 KB whatever it is given."""

LEFT, RIGHT = 150.0, 826.0
ROW, BAR, LANE, GAP = 32.0, 15.0, 17.0, 6.0
LANES = 5
WIDEST_CHANGE = 230.0

SIGNS: dict[State, str] = {"completed": "m0 5 4 4 7-8", "failed": "m1 1 8 8m0-8-8 8", "open": "m1 5h1m3 0h1m3 0h1"}
"""Tick, cross and dots, ten units square: drawn, so that no font has to have them and no colour is needed."""

STYLE = """
.bf-pic .completed{fill:#2b6cb0}
.bf-pic .failed{fill:#c2410c}
.bf-pic .open{fill:#dbe2ea;stroke:#52606d;stroke-dasharray:4 3}
.bf-pic .sign{stroke-width:2;stroke-linecap:round;stroke:#2b6cb0}
.bf-pic .sign.bad{stroke:#c2410c}
.bf-pic .within{fill:#fff;stroke:none}
.bf-pic .marker{fill:#6b21a8;stroke:#fff}
.bf-pic .leader{stroke:#6b21a8}
.bf-pic .deadline{stroke:#1f2933;stroke-width:1.5;stroke-dasharray:5 4}
@media (prefers-color-scheme:dark){
.bf-pic .completed{fill:#63a7ea}
.bf-pic .failed{fill:#ff8f66}
.bf-pic .open{fill:#2f3a46;stroke:#a9b7c4}
.bf-pic .sign{stroke:#63a7ea}
.bf-pic .sign.bad{stroke:#ff8f66}
.bf-pic .within{fill:#141a21;stroke:none}
.bf-pic .marker{fill:#c9a6ff;stroke:#141a21}
.bf-pic .leader{stroke:#c9a6ff}
.bf-pic .deadline{stroke:#e6edf3}
}"""
"""What only this picture needs, bound to the pictures' class like the rest."""


def timeline(records: Sequence[Mapping[str, Any]], deadline_s: float, *, as_asked: bool = False) -> str:
    """One booking's records (`Record.as_json()`, in their order) as an SVG below 20 KB; never raises on their content.

    A bar for each phase, open to the right if it never ended; a marker for each change of status; a tick for each
    look whose time is known (`details.lookTimesMs`); the deadline, counted in seconds from the submit like everything
    else. The axis reaches to the deadline only if more than a third of it was used. What is left out is said.
    Of a booking that went `as_asked` no phase is a failure, also where it was to wait in vain.
    """
    story = read(records, deadline_s, as_asked=as_asked)
    if not story.bars and not story.changes:
        return _nothing()
    return _draw(story)


# -- laying out ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Flag:
    """The label of a marker: in which lane above it, and from where to where."""

    x: float
    lane: int
    text: str
    anchor: Anchor
    left: float
    right: float

    @property
    def at(self) -> float:
        """The x at which the text is anchored."""
        return self.left if self.anchor == "start" else self.right

    def overlaps(self, other: _Flag) -> bool:
        """Whether the texts would touch."""
        return self.lane == other.lane and self.left < other.right + 2 * GAP and other.left < self.right + 2 * GAP

    def crosses(self, other: _Flag) -> bool:
        """Whether the line from one of them to its marker would run behind the other's text."""
        low, high = sorted((self, other), key=lambda flag: flag.lane)
        return low.lane < high.lane and low.left - 2 < high.x < low.right + 2


def _flags(points: Sequence[tuple[float, str]]) -> list[_Flag]:
    """Labels for the markers at these places, none over another; the last and the first always get one.

    From the right to the left: labels that reach to the right climb, so that their lines run past the later ones;
    those near the right edge, which reach to the left, descend. The top lane, and the way up to it, are the first's.
    In the end each sinks as low as the others let it.
    """
    placed: list[_Flag] = []
    for index in reversed(range(len(points))):
        x, text = points[index]
        lanes, outermost = range(LANES if index == 0 else LANES - 1), index in {0, len(points) - 1}
        right, left = (
            (_rightwards(x, lane, text) for lane in lanes),
            (_leftwards(x, lane, text) for lane in lanes[::-1]),
        )
        free = [
            flag
            for flag in (*right, *left)
            if flag.left > LEFT and flag.right < WIDTH - MARGIN
            if flag.anchor == "start" or outermost or flag.left > points[0][0] + GAP
            if not any(flag.overlaps(other) for other in placed)
        ]
        clear = [flag for flag in free if not any(flag.crosses(other) for other in placed)]
        placed += (clear or (free if outermost else []))[:1]
    for flag in sorted(placed, key=lambda flag: flag.lane):
        placed.remove(flag)
        lower = (replace(flag, lane=lane) for lane in range(flag.lane))
        fits = (down for down in lower if not any(down.overlaps(other) or down.crosses(other) for other in placed))
        placed.append(next(fits, flag))
    return placed


def _rightwards(x: float, lane: int, text: str) -> _Flag:
    return _Flag(x, lane, text, "start", x + GAP, x + GAP + width_of(text))


def _leftwards(x: float, lane: int, text: str) -> _Flag:
    return _Flag(x, lane, text, "end", x - GAP - width_of(text), x - GAP)


def _beside(left: float, right: float, text: str, avoid: float | None) -> tuple[float, Anchor, bool]:
    """Where a bar's text goes: after it, before it or within; not on the line to avoid, if there is a choice."""
    width = width_of(text)
    choices: list[tuple[float, float, Anchor, bool]] = []
    if right + GAP + width < WIDTH - MARGIN:
        choices.append((right + GAP, right + GAP, "start", False))
    if left - GAP - width > LEFT:
        choices.append((left - GAP - width, left - GAP, "end", False))
    choices.append((left + GAP, left + GAP, "start", True))
    choices.append((right - GAP - width, right - GAP, "end", True))
    for start, x, anchor, within in choices:
        if within and width + 2 * GAP > right - left:
            continue
        if avoid is None or not start - GAP < avoid < start + width + GAP:
            return x, anchor, within
    _, x, anchor, within = choices[0]
    return x, anchor, within


def _ends(items: Sequence[T], most: int) -> list[T]:
    """At most so many, from both ends: how it began and how it ended tell the most."""
    if len(items) <= most:
        return list(items)
    return [*items[: most // 2], *items[len(items) - (most - most // 2) :]]


def _thinned(bars: Sequence[Bar]) -> list[list[float]]:
    """The looks of each phase, thinned evenly to what may be drawn in all."""
    looks = [(row, time) for row, bar in enumerate(bars) for time in bar.look_times]
    if len(looks) > MOST_TICKS:
        looks = [looks[index * len(looks) // MOST_TICKS] for index in range(MOST_TICKS)]
    return [[time for row, time in looks if row == wanted] for wanted in range(len(bars))]


def _step(end: float) -> float:
    """The distance of the axis' numbers: 1, 2 or 5 times a power of ten, at most eight of them."""
    power = 10.0 ** math.floor(math.log10(end / 8))
    return next(step for step in (power, 2 * power, 5 * power, 10 * power) if end / step <= 8)


# -- drawing ---------------------------------------------------------------------------------------------------


def _draw(story: Story) -> str:
    bars, changes = _ends(story.bars, MOST_ROWS), _ends(story.changes, MOST_MARKERS)
    end = story.axis_end

    def place(milliseconds: float) -> float:
        return LEFT + min(milliseconds / end, 1.0) * (RIGHT - LEFT)

    flags = _flags([(place(change.at), _changed(change)) for change in changes])
    lanes = 1 + max((flag.lane for flag in flags), default=-1)
    top = 74.0
    status = top + lanes * LANE + 10 if changes else top
    rows = status + 20 if changes else top + 6
    bottom = rows + len(bars) * ROW
    line = place(story.deadline) if story.deadline is not None and story.reaches_deadline else None

    shapes, texts = [], []
    for number in range(int(end / _step(end)) + 1):
        x = place(number * _step(end))
        shapes.append(path(f"M{px(x)} {px(top)}V{px(bottom)}", "grid"))
        texts.append(label(x, bottom + 16, _axis(number, _step(end), end), "soft", "middle"))
    shapes.append(path(f"M{px(LEFT)} {px(bottom)}H{px(RIGHT)}"))
    ticks = _thinned(bars)
    for row, bar in enumerate(bars):
        drawn = _row(bar, rows + row * ROW, place, [place(time) for time in ticks[row]], line)
        shapes += drawn[0]
        texts += drawn[1]
    if line is not None:
        shapes.append(path(f"M{px(line)} {px(top - 8)}V{px(bottom)}", "deadline"))
    texts += _deadline(story.deadline, line, top - 13)
    if changes:
        texts.append(label(MARGIN + 18, status + 4, "status"))
        shapes += _markers([place(change.at) for change in changes], flags, status)
        texts += [label(flag.at, status - 12 - flag.lane * LANE, flag.text, anchor=flag.anchor) for flag in flags]
    left_out = _left_out(story, len(bars), sum(map(len, ticks)), len(changes), len(flags))
    height = bottom + 28
    if left_out:
        texts.append(label(MARGIN, height + 6, left_out, "soft"))
        height += 18
    state, verdict = story.verdict()
    shapes.append(_sign(state, MARGIN, 17))
    texts.append(label(MARGIN + 18, 27, fit(verdict, (WIDTH - 3 * MARGIN) * 0.85, HEADLINE_FONT), "head"))
    if story.asked:
        texts.append(label(MARGIN + 18, 46, fit(story.asked, WIDTH / 2), "soft"))
    return svg(height, f"Booking timeline: {verdict}", _description(story), STYLE, [*shapes, *texts])


def _row(bar: Bar, y: float, place: Place, ticks: Sequence[float], avoid: float | None) -> tuple[list[str], list[str]]:
    """A phase's bar, sign and ticks, and its texts."""
    left = min(place(bar.began), RIGHT - 2)
    right = RIGHT if bar.ended is None else max(place(bar.ended), left + 2)
    tooltip = f"<title>{clip(f'{bar.name}: {bar.said}', LONGEST_TOOLTIP)}</title>" if bar.said else ""
    box = f'x="{px(left)}" y="{px(y)}" width="{px(right - left)}" height="{px(BAR)}"'
    shapes = [f'<rect class="{bar.state}" {box}>{tooltip}</rect>', _sign(bar.state, MARGIN, y + 2)]
    if bar.ended is None:
        shapes.append(path(f"M{px(RIGHT + 4)} {px(y)}l7 7.5-7 7.5"))
    if ticks:
        shapes.append(path("".join(f"M{px(tick)} {px(y + BAR + 2)}v5" for tick in ticks), "look"))
    x, anchor, within = _beside(left, right + (11 if bar.ended is None else 0), bar.outcome(), avoid)
    style = "within" if within and bar.ended is not None else ""
    name = fit(bar.name, LEFT - MARGIN - 18 - GAP)
    return shapes, [label(MARGIN + 18, y + 12, name), label(x, y + 12, bar.outcome(), style, anchor)]


def _markers(places: Sequence[float], flags: Sequence[_Flag], y: float) -> list[str]:
    """The line the markers stand on, the lines to their labels, and the markers."""
    leaders = "".join(f"M{px(flag.x)} {px(y)}V{px(y - 16 - flag.lane * LANE)}" for flag in flags)
    markers = [path(f"M{px(x)} {px(y - 5)}l5 5-5 5-5-5z", "marker") for x in places]
    return [path(f"M{px(LEFT)} {px(y)}H{px(RIGHT)}"), path(leaders, "leader"), *markers]


def _deadline(deadline: float | None, line: float | None, y: float) -> list[str]:
    """The deadline's label, above its line or pointing to where it lies."""
    if deadline is None:
        return []
    words = f"deadline {deadline / 1000:g} s"
    if line is None:
        return [label(RIGHT, y, f"{words} →", anchor="end")]
    half = width_of(words) / 2
    return [label(min(max(line, MARGIN + half), WIDTH - MARGIN - half), y, words, anchor="middle")]


def _left_out(story: Story, rows: int, ticks: int, markers: int, labels: int) -> str:
    """What the picture does not show, for the line below it; empty when it shows everything."""
    known = sum(len(bar.look_times) for bar in story.bars)
    counts = [
        (rows, len(story.bars), "phases drawn"),
        (ticks, known, "checks drawn"),
        (markers, len(story.changes), "status changes drawn"),
        (labels, markers, "markers labelled"),
    ]
    said = [f"{shown} of {of} {what}" for shown, of, what in counts if shown < of]
    return f"Not everything fits: {', '.join(said)}." if said else ""


def _description(story: Story) -> str:
    """The picture in words, for those who cannot see it."""
    parts = [f"Time from the submit to {as_time(story.elapsed)}."]
    if story.deadline is not None:
        parts.append(f"Deadline {story.deadline / 1000:g} s{'' if story.reaches_deadline else ', beyond the axis'}.")
    parts += [f"{bar.name} {bar.state}: {bar.outcome()}." for bar in _ends(story.bars, MOST_ROWS)]
    parts += [f"Status {_changed(change)}." for change in _ends(story.changes, MOST_MARKERS)]
    return " ".join(parts)


def _nothing() -> str:
    words = "Nothing was recorded of this booking."
    return svg(48, "Booking timeline", words, STYLE, [label(MARGIN, 29, words, "soft")])


def _sign(state: State, x: float, y: float) -> str:
    return path(f"M{px(x)} {px(y)}{SIGNS[state]}", "sign bad" if state == "failed" else "sign")


def _changed(change: Change) -> str:
    return f"{fit(change.text, WIDEST_CHANGE)} at {as_time(change.at)}"


def _axis(number: int, step: float, end: float) -> str:
    if number == 0:
        return "0"
    value = number * step
    return f"{value:.6g} ms" if end < 1000 else f"{value / 1000:.6g} s"
