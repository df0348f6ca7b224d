"""How fast this run was beside the last ones: a line for each, as a picture."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from statistics import quantiles

from bookingflow.core.budgets import Measure
from bookingflow.core.speed_history import Times
from bookingflow.core.text import as_time, capitalised, counted
from bookingflow.report.pictures.svg import HEADLINE_FONT, MARGIN, WIDTH, fit, label, path, px, svg, width_of
from bookingflow.report.pictures.time_axis import TimeAxis, number
from bookingflow.report.summary import spread

LEFT, RIGHT = 112.0, WIDTH - 330.0
TOP, ROW, BOX = 84.0, 26.0, 12.0
STYLE = """
.bf-pic .then{fill:#9aa5b1}
.bf-pic .now{fill:#2b6cb0}
.bf-pic .mark{stroke:#1f2933;stroke-width:2}
.bf-pic .limit{stroke:#b3261e;stroke-width:1.5;stroke-dasharray:5 3}
@media (prefers-color-scheme:dark){
.bf-pic .then{fill:#6b7885}
.bf-pic .now{fill:#63a7ea}
.bf-pic .mark{stroke:#e6edf3}
.bf-pic .limit{stroke:#ff8a80}
}"""


def speed_picture(
    what: str, runs: Sequence[tuple[datetime.datetime, Times]], limits: Mapping[Measure, float] | None = None
) -> str:
    """The runs from the oldest to this one, each with the moment of its end; `what` is measured, limits in seconds.

    Of the others only scenarios are shown that this run has too; what remains of none of them is left out.
    """
    limits = limits or {}
    scenarios = runs[-1][1].keys()
    values = [(at, [value for name in scenarios for value in times.get(name, ())]) for at, times in runs]
    rows = [(at, measured) for at, measured in values if measured]
    limits_ms = [limit * 1000 for limit in limits.values()]
    axis = TimeAxis.over([*(value for _, measured in rows for value in measured), *limits_ms], LEFT, RIGHT)
    bottom = TOP + len(rows) * ROW
    headline = f"{capitalised(what)}: this run beside the last ones"
    note = "box: the middle half of the bookings; mark: p50; line: from the fastest to p95; logarithmic scale"
    texts = [
        label(MARGIN, 27, fit(headline, WIDTH - 3 * MARGIN, HEADLINE_FONT), "head"),
        label(MARGIN, 46, note, "soft"),
    ]
    shapes = []
    free = 0.0
    for mark in axis.marks():
        x, half = axis.place(mark), width_of(number(mark)) / 2
        shapes.append(path(f"M{px(x)} {px(TOP)}V{px(bottom)}", "grid"))
        if x - half >= free:
            texts.append(label(x, bottom + 16, number(mark), "soft", "middle"))
            free = x + half + 4
    shapes.append(path(f"M{px(LEFT)} {px(bottom)}H{px(RIGHT)}"))
    said = []
    for row, (at, measured) in enumerate(rows):
        name = "this run" if row == len(rows) - 1 else f"{at:%d %b %H:%M}"
        shapes += _shapes(axis, measured, TOP + row * ROW + ROW / 2, "now" if row == len(rows) - 1 else "then")
        words = _words(measured)
        texts.append(label(MARGIN, TOP + row * ROW + 17, name, "" if row == len(rows) - 1 else "soft"))
        texts.append(label(RIGHT + 12, TOP + row * ROW + 17, words, "" if row == len(rows) - 1 else "soft"))
        said.append(f"{name}: {words}.")
    end = MARGIN
    for measure, limit in sorted(limits.items(), key=lambda item: item[1]):
        x, words = axis.place(limit * 1000), f"{measure} ≤ {limit:g} s"
        start = max(end, x - width_of(words) / 2)
        shapes.append(path(f"M{px(x)} {px(TOP - 8)}V{px(bottom)}", "limit"))
        texts.append(label(start, TOP - 14, words))
        end = start + width_of(words) + MARGIN
    return svg(bottom + 28, headline, " ".join([f"{note}.", *reversed(said)]), STYLE, [*shapes, *texts])


def _shapes(axis: TimeAxis, measured: Sequence[float], middle: float, style: str) -> list[str]:
    """A run's line, box and mark."""
    low, median, high = quantiles(measured, n=4, method="inclusive") if len(measured) > 1 else [measured[0]] * 3
    reach = spread(measured) or {}
    left, right = axis.place(low), axis.place(high)
    box = f'width="{px(max(2.0, right - left))}" height="{px(BOX)}"'
    return [
        path(f"M{px(axis.place(reach['min']))} {px(middle)}H{px(axis.place(reach['p95']))}"),
        f'<rect class="{style}" x="{px(left)}" y="{px(middle - BOX / 2)}" {box}/>',
        path(f"M{px(axis.place(median))} {px(middle - BOX / 2 - 2)}V{px(middle + BOX / 2 + 2)}", "mark"),
    ]


def _words(measured: Sequence[float]) -> str:
    found = spread(measured) or {}
    return f"p50 {as_time(found['p50'])}, p95 {as_time(found['p95'])}, {counted(len(measured), 'booking')}"
