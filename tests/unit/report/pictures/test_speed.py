"""This run beside the last ones, as a picture: true places, the scenarios of this run alone, small and complete."""

from __future__ import annotations

import datetime
import re
from itertools import pairwise
from xml.etree import ElementTree

from bookingflow.core.speed_history import Times
from bookingflow.report.pictures.speed import speed_picture

SVG = "{http://www.w3.org/2000/svg}"
MOMENT = datetime.datetime(2030, 5, 10, 19, 0, tzinfo=datetime.UTC)


def runs(*times: Times) -> list[tuple[datetime.datetime, Times]]:
    return [(MOMENT + datetime.timedelta(days=number), one) for number, one in enumerate(times)]


def texts(source: str) -> list[str]:
    root = ElementTree.fromstring(source)
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def boxes(source: str) -> list[tuple[str, float, float]]:
    """Class, left edge and top of each box."""
    root = ElementTree.fromstring(source)
    found = [element for element in root.iter(f"{SVG}rect") if element.get("class") in {"then", "now"}]
    return [(str(box.get("class")), float(str(box.get("x"))), float(str(box.get("y")))) for box in found]


STEADY = {"a": [100.0, 110.0, 120.0]}


def test_each_run_is_a_line_with_its_numbers_this_one_the_last() -> None:
    said = texts(speed_picture("the time to a table", runs(STEADY, STEADY, {"a": [200.0, 220.0, 240.0]})))
    assert said[0] == "The time to a table: this run beside the last ones"
    assert {"10 May 19:00", "11 May 19:00", "this run"} <= set(said)
    assert said.count("p50 110 ms, p95 120 ms, 3 bookings") == 2
    assert "p50 220 ms, p95 240 ms, 3 bookings" in said


def test_a_slower_run_lies_further_to_the_right() -> None:
    drawn = boxes(speed_picture("the time to a table", runs(STEADY, {"a": [200.0, 220.0, 240.0]})))
    (then, fast, above), (now, slow, below) = drawn
    assert (then, now) == ("then", "now")
    assert slow > fast
    assert below > above


def test_of_former_runs_only_what_this_run_has_too_is_shown() -> None:
    mixed = {"a": [100.0], "b": [9000.0]}
    said = texts(speed_picture("the time to a table", runs({"b": [9000.0]}, mixed, STEADY)))
    assert "p50 100 ms, p95 100 ms, 1 booking" in said
    assert "10 May 19:00" not in said, "nothing is left of a run of other scenarios"


def test_limits_are_lines_whose_words_do_not_cover_each_other() -> None:
    source = speed_picture("the time to a table", runs(STEADY), {"p95": 5.1, "p50": 5.0, "max": 5.2})
    assert source.count('class="limit"') == 3
    places = [float(x) for x, words in re.findall(r'<text x="([\d.]+)"[^>]*>([^<]*≤[^<]*)<', source)]
    assert len(places) == 3
    assert all(right - left > 60 for left, right in pairwise(places))


def test_it_is_small_for_any_number_of_bookings_and_stands_alone() -> None:
    many = {f"BOOK-{number:03} <&>": [10.0 + number] * 200 for number in range(100)}
    source = speed_picture("the time to a table", runs(*[many] * 11), {"p95": 5.0})
    assert len(source.encode()) < 20_000
    assert re.findall(r"https?:[^\"' ]+", source) == ["http://www.w3.org/2000/svg"]
    assert "@media (prefers-color-scheme:dark)" in source
    described = ElementTree.fromstring(source).findtext(f"{SVG}desc") or ""
    assert "this run: p50" in described
