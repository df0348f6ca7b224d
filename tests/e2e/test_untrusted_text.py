"""Texts that would be obeyed, in the platform's answers: shown everywhere, obeyed nowhere, and nothing is lost."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bookingflow.report import site
from bookingflow.report.page.generator import PageNotMade
from tests.support.browser import NET_LOG, browser, cannot_be_shown, contacted, missing
from tests.support.demo import RunningDemo
from tests.support.gates import passage
from tests.support.whole_runs import run

MARK = "mark-4711"
ODD = (
    f"{MARK} \x1b[31mred\x1b]0;owned\x07 \x00 \x9b2J \u202egnp.exe \ud83d <script>window.planted = 1</script>"
    "<img src=x onerror='window.planted = 1'>\"><svg/onload=window.planted=1> [x](javascript:window.planted=1)\n"
    '::error file=a::planted\n  ::add-mask::planted\n##[error]planted\n=HYPERLINK("http://planted.example","x")'
)
FORMULA = f'=HYPERLINK("http://planted.example","{MARK}")'
OBEYED = [chr(code) for code in (*range(9), *range(11, 32), *range(0x7F, 0xA0), 0x202E, 0x2028)]


def spoiled(method: str, path: str, status: int, body: bytes) -> tuple[int, bytes]:
    """Bookings of four are refused in odd words; the others are answered with odd notes."""
    if method != "POST" or path != "/api/bookings" or status != 201:
        return status, body
    answer = json.loads(body)
    if answer["booking"]["party_size"] == 4:
        details = {"reason": ODD, "fieldErrors": {ODD: [ODD]}}
        return 400, json.dumps({"error": ODD, "code": ODD, "details": details}).encode()
    answer["booking"]["notes"] = ODD
    answer["booking"][ODD] = FORMULA
    return status, json.dumps(answer).encode()


SECTION, LEAF = "[data-testid=tree-section-title]", "[data-testid=tree-leaf]"
PLANTED = """
const planted = frame => { try { return Boolean(frame.planted); } catch { return false; } };
return [window, ...Array.from(window)].some(planted);
"""


@dataclass
class Left:
    """What a run printed and wrote."""

    said: str
    folder: Path
    summary: dict[str, Any]

    def files(self, pattern: str) -> list[Path]:
        found = list(self.folder.rglob(pattern))
        assert found, pattern
        return found


@pytest.fixture(scope="module")
def left(demo_process: RunningDemo, tmp_path_factory: pytest.TempPathFactory) -> Left:
    folder = tmp_path_factory.mktemp("untrusted")
    with passage(demo_process.said["api_base_url"], spoiled) as base_url:
        done, summary = run(
            folder,
            *("--tags=@BOOK-001,@BOOK-002", "-D", "pretty=true"),
            **demo_process.as_live() | {"BOOKING_API_BASE_URL": base_url},
            BOOKING_RATE_BUDGET="0",
            GITHUB_ACTIONS="true",
        )
    assert done.returncode == 1, done.stdout + done.stderr
    return Left(done.stdout + done.stderr, folder, summary)


def test_nothing_moves_the_terminal_and_nothing_is_lost(left: Left) -> None:
    assert MARK in left.said
    assert "\\x1b[31mred" in left.said
    assert [mark for mark in OBEYED if mark in left.said] == []
    assert "\\ud83d" in left.said


def test_no_line_is_a_command_to_a_ci_system(left: Left) -> None:
    lines = [line for line in left.said.splitlines() if "planted" in line]
    assert lines
    assert [line for line in lines if line.lstrip().startswith(("::add-mask", "::error file=a")) or "##[" in line] == []


def test_every_file_can_be_read_and_says_what_came(left: Left) -> None:
    refused = next(result for result in left.summary["results"] if result["id"] == "BOOK-001")
    assert MARK in refused["sentence"]
    root = ElementTree.parse(left.folder / "reports" / "junit.xml").getroot()
    assert any(MARK in (failure.text or "") for failure in root.iter("failure"))
    records = [json.loads(line) for line in (left.folder / "reports" / "phases.jsonl").read_text().splitlines()]
    assert any(MARK in record["message"] for record in records)
    results = [json.loads(path.read_text("utf-8")) for path in left.files("*-result.json")]
    assert any(MARK in (result.get("statusDetails") or {}).get("message", "") for result in results)
    evidence = [path.read_text("utf-8") for path in left.files("*-attachment.json")]
    assert any("\\\\ud83d" in text and MARK in text for text in evidence)
    for path in left.files("*"):
        if path.is_file():
            text = path.read_text("utf-8")
            assert [mark for mark in OBEYED if mark in text] == [], path
    for path in left.files("*.csv"):
        rows = csv.reader(io.StringIO(path.read_text("utf-8")))
        assert not [cell for row in rows for cell in row if cell[:1] in {"=", "@"}]
    for path in left.files("*.svg"):
        ElementTree.parse(path)


def test_no_script_runs_on_any_result_of_the_page(left: Left, tmp_path: Path) -> None:
    if missing():
        cannot_be_shown(missing())
    page = left.folder / "reports" / "allure.html"
    try:
        site.make_page(left.folder / "allure-results", page, left.folder / "reports" / "history.jsonl")
    except PageNotMade as error:
        cannot_be_shown(str(error))
    with browser(tmp_path) as window:
        for section, name in (("", "BOOK-001"), ("The guest learns at once", "BOOK-002")):
            window.open(page.as_uri())
            window.wait_for("BOOK-001")
            if section:
                window.click(section, inside=SECTION)
            window.click(name, inside=LEAF)
            window.wait_for("Test body")
            for attachment in (" exchange", "Evidence", "Status history", "Phase log"):
                if attachment in window.text():
                    window.click(attachment)
            assert MARK in window.wait_for("Overview"), name
            assert window.run(PLANTED) is False, name
    assert contacted(tmp_path / NET_LOG) == []


def test_a_colour_of_ours_is_no_way_in(demo_process: RunningDemo, tmp_path: Path) -> None:
    with passage(demo_process.said["api_base_url"], spoiled) as base_url:
        done, _ = run(
            tmp_path,
            *("--tags=@BOOK-001", "-f", "plain", "-f", "console"),
            **demo_process.as_live() | {"BOOKING_API_BASE_URL": base_url},
            BOOKING_RATE_BUDGET="0",
            FORCE_COLOR="1",
        )
    assert "\x1b[31m✗" in done.stdout
    assert "\x1b[31mred" not in done.stdout
    assert "\x1b]0;" not in done.stdout
