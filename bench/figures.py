"""What a benchmark found: a value, beside a yardstick that was measured in the same run, and a goal if there is one."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

COLUMNS = ("what", "value", "yardstick", "ratio", "goal", "met")
COMPARISONS = {"≤": operator.le, "≥": operator.ge}


@dataclass(frozen=True)
class Goal:
    """What a figure is to be: its ratio where it has a yardstick, else its value."""

    sign: Literal["≤", "≥"]
    limit: float

    def met_by(self, measured: float) -> bool:
        """Whether this is as good as wanted."""
        return bool(COMPARISONS[self.sign](measured, self.limit))


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    value: float
    unit: str = ""
    yardstick: str = ""
    """What it is measured against, in words."""
    against: float | None = None
    """The yardstick's own value, in the same unit."""
    speedup: bool = False
    """Whether the ratio is how many times faster than the yardstick this is, instead of how many times as large."""
    goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the yardstick; None without one, and where what it is divided by is nothing."""
        if self.against is None or not (self.value if self.speedup else self.against):
            return None
        return self.against / self.value if self.speedup else self.value / self.against

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one, and where it is a ratio that there is not."""
        if self.goal is None or (self.ratio is None and self.against is not None):
            return None
        return self.goal.met_by(self.value if self.ratio is None else self.ratio)

    def as_json(self) -> dict[str, Any]:
        """As it stands in reports/bench.json."""
        return {
            "what": self.what,
            "value": self.value,
            "unit": self.unit,
            "yardstick": self.yardstick or None,
            "yardstickValue": self.against,
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "goal": None if self.goal is None else f"{self.goal.sign} {self.goal.limit:g}",
            "met": self.met,
        }

    def as_row(self) -> tuple[str, ...]:
        """As it stands in the table, by COLUMNS."""
        yardstick = self.yardstick
        if self.against is not None:
            yardstick = f"{yardstick}: {_with_unit(self.against, self.unit)}"
        goal = ""
        if self.goal is not None:
            unit = self.unit if self.against is None else "×"
            goal = f"{self.goal.sign} {_with_unit(self.goal.limit, unit)}"
        return (
            self.what,
            _with_unit(self.value, self.unit),
            yardstick,
            "" if self.ratio is None else f"{self.ratio:.2f}×",
            goal,
            {None: "", True: "yes", False: "no"}[self.met],
        )


def _with_unit(value: float, unit: str) -> str:
    digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2
    number = f"{value:,.{digits}f}" if abs(value) >= 0.01 or value == 0 else f"{value:.2g}"
    return f"{number}{unit}" if unit == "×" else f"{number} {unit}".strip()


def as_text(figures: Sequence[Figure]) -> str:
    """The table for a terminal."""
    rows = [COLUMNS, *(figure.as_row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def as_markdown(figures: Sequence[Figure], machine: Mapping[str, str]) -> str:
    """The table for docs/performance.md, with the machine above it."""
    lines = [f"Measured on {', '.join(machine.values())}.", ""]
    lines += [_markdown_row(COLUMNS), _markdown_row(["---"] * len(COLUMNS))]
    lines += [_markdown_row(figure.as_row()) for figure in figures]
    return "\n".join(lines)


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
