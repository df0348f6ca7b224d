"""The report as people see it: a real run's page in a real browser, in light and in dark.

With SCREENSHOTS=docs/images the pictures of docs/report.md are made anew.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bookingflow.report import site
from bookingflow.report.page.generator import PageNotMade
from tests.support.axe import serious_problems
from tests.support.browser import NET_LOG, Browser, browser, cannot_be_shown, contacted, missing
from tests.support.whole_runs import breaches, run

LARGEST_SCREENSHOT = 200_000
MOST_BYTES = 8_000_000
"""Of a page of 500 scenarios: what a mailbox takes."""
SECTION, LEAF = "[data-testid=tree-section-title]", "[data-testid=tree-leaf]"
TITLE = "[data-testid=tree-leaf-title]"
DEFECTS = "double-booking,seating-wish-ignored"
TWICE = (
    r"A table is given to two bookings at the same time\. Demo Restaurant, \w{3} \d\d \w{3}: "
    r"T\d\d is given to bookings \w{10} and \w{10} from \d\d:\d\d to \d\d:\d\d\. Who can act: the platform team\."
)
DESCRIPTION = """
const frame = document.querySelector('[data-testid=test-result-description-frame]');
return new DOMParser().parseFromString(frame.srcdoc, 'text/html').body.textContent;
"""
IN_SIGHT = """
return [...document.querySelectorAll('#verdict h1, #verdict td')].filter(element => {
  const box = element.getBoundingClientRect();
  return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth;
}).map(element => element.innerText);
"""
BOXES = """
const boxes = [...document.querySelectorAll('text')].map(e => [e.textContent, e.getBBox()]);
return boxes.map(([words, box]) => [words, box.x, box.y, box.x + box.width, box.y + box.height]);
"""
COLOURS = """
const fill = name => getComputedStyle(document.querySelector(name)).fill.match(/\\d+/g).slice(0, 3).map(Number);
return [fill('.page'), fill('text'), fill('.soft'), fill(arguments[0])];
"""


@dataclass
class Report:
    """A run's page and the results it was made of."""

    page: Path
    results: Path
    history: Path
    by_run: str = ""
    """The history as the run left it, before the page was made."""

    def attachment(self, name: str) -> Path:
        """A picture whose description begins like this."""
        return next(path for path in self.results.glob("*.svg") if name in path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Smoke promises that hold, beside one that a defect of the demo breaks and one that is known to be broken."""
    if missing():
        cannot_be_shown(missing())
    folder = tmp_path_factory.mktemp("report")
    known = breaches(folder, "2999-12-31")
    tags = "--tags=@smoke,@BOOK-026,@BOOK-024"
    done, _ = run(folder, tags, BOOKING_DEMO_DEFECTS=DEFECTS, BOOKING_KNOWN_BREACHES=known)
    assert done.returncode == 1, done.stdout + done.stderr
    reports = folder / "reports"
    made = Report(reports / "allure.html", folder / "allure-results", reports / "history.jsonl")
    made.by_run = made.history.read_text(encoding="utf-8")
    try:
        site.make_page(made.results, made.page, made.history)
    except PageNotMade as error:
        if any(words in error.sentence for words in ("Node.js", "too old", "could not fetch")):
            cannot_be_shown(str(error))
        raise
    return made


@pytest.fixture
def window(report: Report, tmp_path: Path) -> Iterator[Browser]:
    """The report, opened; whatever a test does there, the page contacts nobody."""
    with browser(tmp_path, size=(1180, 1000)) as opened:
        opened.open(report.page.as_uri())
        opened.wait_for("Booking acceptance")
        yield opened
    assert contacted(tmp_path / NET_LOG) == []


def many_results(real: Path, folder: Path, count: int) -> None:
    """So many results in this folder: those of a real run again and again, each with other numbers in its evidence."""
    folder.mkdir()
    numbers = random.Random(1)

    def odd(text: str) -> str:
        return "".join(str(numbers.randrange(10)) if mark.isdigit() else mark for mark in text)

    results = sorted(real.glob("*-result.json"))
    for number in range(count):
        text = results[number % len(results)].read_text(encoding="utf-8")
        for source in set(re.findall(r'"source": "([^"]+)"', text)):
            name = f"{uuid.uuid4()}{source[36:]}"
            (folder / name).write_text(odd((real / source).read_text(encoding="utf-8")), encoding="utf-8")
            text = text.replace(source, name)
        own = {"uuid": str(uuid.uuid4()), "historyId": uuid.uuid4().hex, "testCaseId": uuid.uuid4().hex}
        (folder / f"{own['uuid']}-result.json").write_text(json.dumps({**json.loads(text), **own}), encoding="utf-8")


def keep(window: Browser, name: str, tmp_path: Path) -> None:
    """Save a screenshot that fits into the docs."""
    path = Path(os.environ.get("SCREENSHOTS", tmp_path)) / name
    window.screenshot(path)
    assert 10_000 < path.stat().st_size < LARGEST_SCREENSHOT


def picture_is_shown(window: Browser) -> bool:
    """Whether the picture that was opened last is drawn, in its own size or smaller."""
    widths = window.run("return [...document.images].map(image => image.naturalWidth)")
    return 860 in widths


@pytest.fixture(params=[("light", 1360, 900), ("dark", 1360, 900), ("light", 390, 844)], ids=["light", "dark", "phone"])
def first_look(request: pytest.FixtureRequest, report: Report, tmp_path: Path) -> Iterator[Browser]:
    """The report as it opens, in a window of each kind."""
    colours, width, height = request.param
    with browser(tmp_path, dark=colours == "dark", size=(width, height)) as opened:
        opened.resize(width, height)
        opened.open(report.page.as_uri())
        opened.wait_for("Global Attachments")
        yield opened


def test_verdict_causes_and_who_can_act_are_seen_at_first_look(first_look: Browser, tmp_path: Path) -> None:
    seen = first_look.run(IN_SIGHT)
    for words in (
        "Broken: 1 of 9 promises and 1 finding",
        "A table is given to two bookings at the same time",
        "BOOK-026",
        "the platform team",
    ):
        assert any(words in text for text in seen), (words, seen)
    assert first_look.run("return document.documentElement.scrollWidth <= innerWidth")
    if first_look.run("return innerWidth > 1000 && matchMedia('(prefers-color-scheme: light)').matches"):
        keep(first_look, "report-first-look.png", tmp_path)


def test_axe_finds_nothing_serious_in_what_is_ours(first_look: Browser) -> None:
    assert serious_problems(first_look, "#verdict") == []
    first_look.run("document.querySelector('#verdict p').style.color = '#777'")
    assert [problem.split(":")[0] for problem in serious_problems(first_look, "#verdict")] == ["color-contrast"]


def test_titles_in_the_list_have_the_room_to_be_read(first_look: Browser) -> None:
    script = "return [...document.querySelectorAll(arguments[0])].map(e => e.getBoundingClientRect().width)"
    widths = first_look.until(lambda: first_look.run(script, TITLE) or None, "the list of results")
    assert min(widths) > 150, widths


def test_a_promise_is_one_click_from_the_first_look(first_look: Browser) -> None:
    first_look.click("BOOK-026", inside="#verdict a")
    first_look.wait_for("Test body")
    first_look.until(lambda: first_look.run("return document.getElementById('verdict').hidden"), "the result alone")
    first_look.run("history.back()")
    first_look.wait_for("Broken:")


def test_what_failed_comes_first(window: Browser) -> None:
    names = window.run("return [...document.querySelectorAll(arguments[0])].map(leaf => leaf.innerText)", LEAF)
    assert names.index(next(name for name in names if "BOOK-026" in name)) < 4


def test_the_history_has_the_run_once_and_as_the_generator_writes_it(report: Report) -> None:
    (by_run,) = map(json.loads, report.by_run.splitlines())
    (by_generator,) = map(json.loads, report.history.read_text(encoding="utf-8").splitlines())
    assert by_run["testResults"] == by_generator["testResults"]
    assert sorted(by_run["knownTestCaseIds"]) == sorted(by_generator["knownTestCaseIds"])
    assert by_run.keys() == by_generator.keys()


def test_the_page_of_500_scenarios_is_small(report: Report, tmp_path: Path) -> None:
    many_results(report.results, tmp_path / "results", 500)
    site.make_page(tmp_path / "results", tmp_path / "allure.html", tmp_path / "history.jsonl")
    assert (tmp_path / "allure.html").stat().st_size < MOST_BYTES


def test_the_page_tells_what_was_run_and_where(report: Report, window: Browser) -> None:
    shown = window.text()
    for words in ("Booking acceptance", "the demo platform, started for this run", "Demo Restaurant", "Europe/London"):
        assert words in shown
    ended = Counter(json.loads(path.read_text())["status"] for path in report.results.glob("*-result.json"))
    assert ended["failed"] >= 2
    assert re.search(rf"Failed\s+{ended['failed']}\b", shown)
    assert re.search(rf"Passed\s+{ended['passed']}\b", shown)


def test_a_kept_promise_is_found_with_its_phases_times_and_evidence(window: Browser, tmp_path: Path) -> None:
    window.click("A booking is confirmed with a table", inside=SECTION)
    window.click("BOOK-001", inside=LEAF)
    shown = window.wait_for("Test body")
    for words in ("Passed", "Critical", "When I book 4 guests tomorrow at 19:00", "Booking promise"):
        assert words in shown
    assert "as_id" not in shown
    window.click("When I book 4 guests tomorrow at 19:00")
    window.click(", 4 guests")
    window.wait_for("submit — HTTP 201, confirmed")
    window.click("Then it is confirmed with a table within 90s")
    window.click(", 4 guests")
    opened = window.wait_for("inline_poll — confirmed after")
    assert re.search(r"final_summary — confirmed in the answer, after \d\.\d\d s", opened)
    assert re.search(r"inline_poll — confirmed after \d\.\d\d s, \d checks?\s+\d+ms", opened)
    about = window.run(DESCRIPTION)
    assert "Feature: A guest who books gets a table" in about
    assert "Incident 1: A free table gives a confirmed booking" in about
    window.click("HTTP exchange")
    exchange = window.wait_for('"party"')
    assert '"status": 201' in exchange
    assert "ac***" in exchange
    window.click("HTTP exchange")
    window.click("Timeline")
    window.until(lambda: picture_is_shown(window), "the timeline")
    keep(window, "report-scenario.png", tmp_path)


def test_a_broken_promise_is_explained_first_and_sorted_by_its_cause(window: Browser, tmp_path: Path) -> None:
    window.click("Categories", inside="[data-testid=nav-tab-categories]")
    shown = window.wait_for("Double booking")
    assert "Known breach" in shown
    assert "Product errors" not in shown
    window.click("Results", inside="[data-testid=nav-tab-results]")
    window.click("BOOK-026", inside=LEAF)
    window.wait_for("Category: Double booking")

    def explained() -> str | None:
        text = window.text()
        return text if len(re.findall(TWICE, text)) == 2 else None

    shown = window.until(explained, "the sentence at the top and at its step")
    assert len(set(re.findall(TWICE, shown))) == 1
    about = window.run(DESCRIPTION)
    assert "Promised: And no table is given twice" in about
    assert re.search(r"Run it again: \S*behave features/tables.feature:\d+", about)
    attached = [shown.index(f"\n{name}") for name in ("Evidence", "Timeline 1", "Booking and tables")]
    assert attached == sorted(attached)
    keep(window, "report-failure.png", tmp_path)


def test_the_run_as_a_whole_has_its_results(window: Browser) -> None:
    window.click("A table of a booking is not reserved", inside=LEAF)
    window.wait_for("Critical")
    assert "Failed" in window.wait_for("Promised to every booking")
    window.run("history.back()")
    window.click("Global Attachments")
    window.click("Confirmation times (table)")
    assert "with the answer" in window.wait_for("p95")
    window.click("Promised to every booking")
    assert "A request sent once more is recognised" in window.wait_for("ended")


@pytest.mark.parametrize(
    ("picture", "shape"),
    [("Booking timeline", ".completed"), ("How long guests waited", ".bar")],
    ids=["timeline", "times"],
)
def test_pictures_are_readable_in_light_and_dark(report: Report, picture: str, shape: str, tmp_path: Path) -> None:
    pages = []
    for dark in (False, True):
        folder = tmp_path / str(dark)
        folder.mkdir()
        with browser(folder, dark=dark) as opened:
            opened.open(report.attachment(picture).as_uri())
            page, *words, bar = opened.run(COLOURS, shape)
            boxes = opened.run(BOXES)
            view = opened.run("const box = document.documentElement.viewBox.baseVal; return [box.width, box.height]")
        pages.append(page)
        assert all(contrast(page, colour) >= 4.5 for colour in words), (dark, page, words)
        assert contrast(page, bar) >= 3.0, (dark, page, bar)
        assert outside(boxes, view) == []
        assert overlapping(boxes) == []
    light, dark_page = pages
    assert luminance(light) > 0.9
    assert luminance(dark_page) < 0.1


def contrast(one: list[int], other: list[int]) -> float:
    """The contrast ratio of two colours; text needs 4.5, shapes need 3 (WCAG 2.2, 1.4.3 and 1.4.11)."""
    dim, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour: list[int]) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2, "relative luminance")."""
    parts = [value / 255 for value in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def outside(boxes: list[Any], view: list[float]) -> list[str]:
    """Texts that reach over the picture's edge."""
    width, height = view
    return [
        words for words, left, top, right, bottom in boxes if min(left, top) < 0 or right > width or bottom > height
    ]


def overlapping(boxes: list[Any]) -> list[tuple[str, str]]:
    """Texts that lie on each other, by more than a pixel."""
    return [
        (one[0], other[0])
        for one, other in itertools.combinations(boxes, 2)
        if min(one[3], other[3]) - max(one[1], other[1]) > 1 and min(one[4], other[4]) - max(one[2], other[2]) > 1
    ]
