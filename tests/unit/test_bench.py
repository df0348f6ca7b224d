"""The benchmarks' table: ratios, goals, numbers that people read; and the parts that it is made of."""

from __future__ import annotations

import importlib

import pytest

from bench import LONG, PARTS
from bench.figures import Figure, Goal, as_markdown, as_text


@pytest.mark.parametrize(
    ("figure", "ratio", "met"),
    [
        (Figure("start", 0.4, "s", goal=Goal("≤", 0.5)), None, True),
        (Figure("start", 0.6, "s", goal=Goal("≤", 0.5)), None, False),
        (Figure("flow", 130, "ms", "a bare loop", 100, goal=Goal("≤", 1.3)), 1.3, True),
        (Figure("flow", 140, "ms", "a bare loop", 100, goal=Goal("≤", 1.3)), 1.4, False),
        (Figure("2 shards", 20, "s", "the single run", 40, speedup=True, goal=Goal("≥", 1.7)), 2.0, True),
        (Figure("2 shards", 30, "s", "the single run", 40, speedup=True, goal=Goal("≥", 1.7)), 4 / 3, False),
        (Figure("size", 3, "MB"), None, None),
        (Figure("flow", 3, "ms", "a look that cost nothing", 0.0, goal=Goal("≤", 1.3)), None, None),
        (Figure("2 shards", 0.0, "s", "the single run", 40, speedup=True, goal=Goal("≥", 1.7)), None, None),
    ],
)
def test_a_goal_is_about_the_ratio_where_there_is_a_yardstick(
    figure: Figure, ratio: float | None, met: bool | None
) -> None:
    assert (figure.ratio, figure.met) == (ratio, met)


def test_the_table_says_what_was_measured_against_what() -> None:
    figure = Figure("2 shards", 20, "s", "the single run", 40, speedup=True, goal=Goal("≥", 1.7))
    assert figure.as_row() == ("2 shards", "20 s", "the single run: 40 s", "2.00×", "≥ 1.70×", "yes")
    assert figure.as_json() == {
        "what": "2 shards",
        "value": 20,
        "unit": "s",
        "yardstick": "the single run",
        "yardstickValue": 40,
        "ratio": 2.0,
        "goal": "≥ 1.7",
        "met": True,
    }


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0042, "0.0042 s"), (0, "0 s"), (0.437, "0.44 s"), (12.34, "12.3 s"), (1234.5, "1,234 s"), (5, "5 s")],
)
def test_numbers_have_as_many_digits_as_people_read(value: float, said: str) -> None:
    assert Figure("it", value, "s").as_row()[1] == said


def test_columns_of_the_terminal_stand_below_each_other() -> None:
    lines = as_text([Figure("a", 1, "s", goal=Goal("≤", 2)), Figure("a longer one", 3, "s", goal=Goal("≤", 2))])
    first, second, third = lines.splitlines()
    assert first.index("value") == second.index("1 s") == third.index("3 s")
    assert (second.split()[-1], third.split()[-1]) == ("yes", "no")


def test_the_markdown_names_the_machine_and_escapes_what_would_end_a_cell() -> None:
    table = as_markdown([Figure("a | b", 1, "s")], {"cpu": "A CPU", "cores": "2 cores"})
    assert table.splitlines() == [
        "Measured on A CPU, 2 cores.",
        "",
        "| what | value | yardstick | ratio | goal | met |",
        "| --- | --- | --- | --- | --- | --- |",
        r"| a \| b | 1 s |  |  |  |  |",
    ]


@pytest.mark.parametrize("name", [*PARTS, *LONG])
def test_each_part_measures_and_says_how(name: str) -> None:
    part = importlib.import_module(f"bench.{name}")
    assert callable(part.measure)
    assert part.__doc__
