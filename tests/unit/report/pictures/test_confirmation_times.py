"""The confirmation times of a run: true numbers, every path in its place, a small picture that stands alone."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from bookingflow.booking.tracked_booking import confirmation_times
from bookingflow.report.pictures.confirmation_times import BY_PHASE, phase_times, times_picture, times_table

SVG = "{http://www.w3.org/2000/svg}"


def confirmed(outcome: str, milliseconds: float) -> Any:
    """What the flow keeps of a booking that was answered, and seen confirmed, after so many milliseconds."""
    return SimpleNamespace(
        outcome=outcome,
        confirmed=True,
        seen=[(milliseconds / 1000, "confirmed", 1)],
        metrics=SimpleNamespace(submit_ms=milliseconds),
    )


MIXED = [
    confirmed("confirmed_background", 2400.0),
    *(confirmed("confirmed_inline_api", 100.0 + number) for number in range(100)),
    confirmed("confirmed_inline_poll", 700.0),
]


def texts(source: str) -> list[str]:
    root = ElementTree.fromstring(source)
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def bars(source: str) -> list[tuple[float, float, float]]:
    """Left edge, height and foot of each bar."""
    root = ElementTree.fromstring(source)
    found = [element for element in root.iter(f"{SVG}rect") if element.get("class") == "bar"]
    numbers = [[float(element.get(name, "nan")) for name in ("x", "height", "y")] for element in found]
    return [(x, height, y + height) for x, height, y in numbers]


def test_paths_come_in_their_order_with_their_numbers() -> None:
    rows = times_table(confirmation_times(MIXED))
    assert [row["confirmed"] for row in rows] == ["with the answer", "soon after it", "in the background"]
    assert list(rows[0].values())[1:] == [100, "100 ms", "150 ms", "194 ms", "199 ms"]
    assert list(rows[0])[1:] == ["bookings", "min", "p50", "p95", "max"]


def test_a_path_that_is_new_is_shown_by_its_name() -> None:
    assert times_table({"confirmed_by_carrier_pigeon": [5.0]})[0]["confirmed"] == "confirmed_by_carrier_pigeon"


def test_nothing_confirmed_is_no_row() -> None:
    assert times_table({}) == []


def test_the_picture_tells_the_numbers_of_every_path() -> None:
    said = texts(times_picture(confirmation_times(MIXED)))
    assert {"with the answer", "100 bookings", "p50 150 ms", "p95 194 ms", "max 199 ms"} <= set(said), said
    assert {"in the background", "1 booking", "p50 2.40 s", "max 2.40 s"} <= set(said)
    assert any(text.startswith("102 bookings; ") for text in said)


def test_the_phases_of_confirmed_bookings_have_a_picture_too() -> None:
    spent = {"total_ms": 900.0, "submit_ms": 20.0, "inline_ms": 300.0, "job_ms": 500.0, "post_job_ms": 80.0}
    at_once = {**spent, "job_ms": 0.0, "post_job_ms": 0.0}
    bookings: list[Any] = [
        SimpleNamespace(confirmed=confirmed, metrics=SimpleNamespace(**metrics))
        for confirmed, metrics in ((True, spent), (True, at_once), (False, spent))
    ]
    times = phase_times(bookings)
    assert {phase: len(measured) for phase, measured in times.items()} == {
        "in all": 2,
        "submit": 2,
        "inline": 2,
        "job": 1,
        "post-job": 1,
    }
    said = texts(times_picture(times, BY_PHASE))
    assert any(text.startswith("2 bookings; ") for text in said), "each is counted once"
    assert {"in all", "post-job", "p50 900 ms", "max 80 ms"} <= set(said)
    named = texts(times_picture(times, BY_PHASE, "3 bookings, 2 confirmed, at 1 table"))
    assert any(text.startswith("3 bookings, 2 confirmed, at 1 table; in all") for text in named)


def test_bars_lie_where_their_times_are_and_reach_as_high_as_they_count() -> None:
    drawn = bars(times_picture({"confirmed_inline_api": [100.0] * 8 + [1000.0] * 2, "confirmed_background": [10000.0]}))
    (fast, many, row), (slow, few, same_row), (slowest, alone, another) = drawn
    assert fast < slow < slowest
    assert slowest - slow == pytest.approx(slow - fast, abs=12.0), "a decade is a decade"
    assert (many, alone) == (40.0, 40.0)
    assert few == pytest.approx(10.0)
    assert row == pytest.approx(same_row)
    assert another > row


@pytest.mark.parametrize("time", [0.0, 0.4, 1.0, 99.9, 100.0, 199.0, 200.0, 90_000.0, 600_000.0])
def test_any_time_lies_within_the_picture(time: float) -> None:
    source = times_picture({"confirmed_background": [time]})
    ((left, _, _),) = bars(source)
    assert 159 <= left <= 826
    assert not re.search(r"nan|inf\b", "".join(re.findall(r' d="([^"]*)"', source)))
    for x, anchor, words in re.findall(r'<text x="([\d.]+)"[^>]*?(end|middle|)"?>([^<]*)<', source):
        width = 6.6 * len(words)
        reach = float(x) + {"end": 0.0, "middle": width / 2, "": width}[anchor]
        assert reach <= 860, (words, x)


def test_it_is_small_for_any_number_of_bookings_and_stands_alone() -> None:
    source = times_picture({f"confirmed_{number}<&>": [10.0 + each for each in range(7_000)] for number in range(3)})
    assert len(source.encode()) < 20_000
    assert re.findall(r"https?:[^\"' ]+", source) == ["http://www.w3.org/2000/svg"]
    assert "confirmed_0<&>" in texts(source)
    assert "@media (prefers-color-scheme:dark)" in source


def test_it_says_in_words_what_it_shows() -> None:
    source = times_picture(confirmation_times(MIXED))
    described = ElementTree.fromstring(source).findtext(f"{SVG}desc") or ""
    assert "with the answer: 100 bookings, p50 150 ms, p95 194 ms, max 199 ms." in described
    assert "in the background: 1 booking, p50 2.40 s" in described
