"""The confirmation times of a run: true numbers, every path in its place, a small picture that stands alone."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from bookingflow.report.pictures.confirmation_times import (
    BY_PHASE,
    confirmation_times,
    phase_times,
    times_picture,
    times_table,
)

SVG = "{http://www.w3.org/2000/svg}"


def booking(outcome: str, *seen: tuple[float, str, int], answered_ms: float = 20.0) -> Any:
    """What the flow keeps of a booking that it booking; seen at seconds after the submit."""
    confirmed = outcome.startswith("confirmed_")
    return SimpleNamespace(
        outcome=outcome, confirmed=confirmed, seen=list(seen), metrics=SimpleNamespace(submit_ms=answered_ms)
    )


def confirmed(outcome: str, milliseconds: float) -> Any:
    return booking(outcome, (milliseconds / 1000, "confirmed", 1), answered_ms=milliseconds)


MIXED = [
    confirmed("confirmed_background", 2400.0),
    *(confirmed("confirmed_inline_api", 100.0 + number) for number in range(100)),
    confirmed("confirmed_inline_poll", 700.0),
]


def test_what_the_answer_said_does_not_wait_for_the_look_that_agrees() -> None:
    late_look = booking("confirmed_inline_api", (2.5, "confirmed", 1), answered_ms=31.0)
    assert confirmation_times([late_look]) == {"confirmed_inline_api": [31.0]}


def test_an_answer_that_came_before_the_table_counts_from_the_table() -> None:
    early = booking("confirmed_inline_api", (0.03, "confirmed", 0), (1.5, "confirmed", 1), answered_ms=25.0)
    assert confirmation_times([early]) == {"confirmed_inline_api": [1500.0]}


def test_a_confirmation_that_was_taken_back_counts_from_the_one_that_stood() -> None:
    wavering = ((0.1, "pending", 0), (0.5, "confirmed", 1), (0.6, "pending", 0), (3.0, "confirmed", 2))
    assert confirmation_times([booking("confirmed_background", *wavering)]) == {"confirmed_background": [3000.0]}


def test_an_answer_whose_confirmation_was_taken_back_is_not_when_the_wait_ended() -> None:
    wavering = ((0.1, "confirmed", 1), (0.2, "pending", 0), (3.0, "confirmed", 1))
    taken_back = booking("confirmed_inline_api", *wavering, answered_ms=25.0)
    assert confirmation_times([taken_back]) == {"confirmed_inline_api": [3000.0]}


def test_who_was_not_confirmed_is_not_counted() -> None:
    assert confirmation_times([booking("refused"), booking("pending_timeout", (0.1, "pending", 0))]) == {}


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
    times = confirmation_times([confirmed("confirmed_by_carrier_pigeon", 5.0)])
    assert times_table(times)[0]["confirmed"] == "confirmed_by_carrier_pigeon"


def test_nothing_confirmed_is_no_path() -> None:
    assert confirmation_times([]) == {}
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
    many = [confirmed(f"confirmed_{number % 3}<&>", 10.0 + number) for number in range(20_000)]
    source = times_picture(confirmation_times(many))
    assert len(source.encode()) < 20_000
    assert re.findall(r"https?:[^\"' ]+", source) == ["http://www.w3.org/2000/svg"]
    assert "confirmed_0<&>" in texts(source)
    assert "@media (prefers-color-scheme:dark)" in source


def test_it_says_in_words_what_it_shows() -> None:
    source = times_picture(confirmation_times(MIXED))
    described = ElementTree.fromstring(source).findtext(f"{SVG}desc") or ""
    assert "with the answer: 100 bookings, p50 150 ms, p95 194 ms, max 199 ms." in described
    assert "in the background: 1 booking, p50 2.40 s" in described
