"""The console formatter: a line a scenario under its headings, colours where they can be shown."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest
from behave.model_type import Status

from bookingflow.core.errors import BrokenPromise
from bookingflow.report.console import ConsoleFormatter, colored
from tests.support.scenarios import FEATURE, HOURS, scenario, step
from tests.support.summaries import result

SUNDAYS = SimpleNamespace(name="Sundays", type="rule", parent=FEATURE)
HOLIDAYS = SimpleNamespace(name="Holidays", type="rule", parent=FEATURE)
BROKEN = BrokenPromise("Booking 4711", code="notes_not_stored")


def config(**given: Any) -> Any:
    known = {"color": "never", "dry_run": False, "userdata_defines": [], "has_colored_mode": lambda out: False}
    return SimpleNamespace(**{**known, **given})


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(*scenarios: Any, ends: bool = True, out: io.StringIO | None = None) -> list[str]:
    out = out or io.StringIO()
    formatter = ConsoleFormatter(SimpleNamespace(name=None, open=lambda: out, close=lambda: None, stream=out), config())
    formatter.prints_end = ends
    for one in scenarios:
        formatter.scenario(one)
    formatter.eof()
    formatter.close()
    return out.getvalue().splitlines()


def test_every_scenario_has_its_line_under_its_headings() -> None:
    lines = printed(
        scenario(Status.passed, name="A", parent=SUNDAYS),
        scenario(Status.passed, name="B", parent=SUNDAYS),
        scenario(Status.skipped, HOURS, name="C", skip_reason="needs merges"),
        ends=False,
    )
    assert lines == [
        *("", "Rooms", "  Sundays", "  ✓ BOOK-001 A  0.25 s", "  ✓ BOOK-001 B  0.25 s"),
        *("", "Hours", "  – BOOK-001 C — skipped: needs merges"),
    ]


def test_why_nothing_more_is_tried_is_said_once() -> None:
    lost, gone = "Not tried: the last 5 bookings waited", "Not tried: the demo has ended"
    lines = printed(
        *(scenario(Status.skipped, name=name, skip_reason=lost) for name in "AB"),
        *(scenario(Status.skipped, name=name, skip_reason=gone) for name in "CD"),
        ends=False,
    )
    assert lines[2:] == [
        "  – BOOK-001 A — not tried: the last 5 bookings waited",
        "  – BOOK-001 B — not tried",
        "  – BOOK-001 C — not tried: the demo has ended",
        "  – BOOK-001 D — not tried",
    ]


def test_in_random_order_each_stands_under_its_own_rule() -> None:
    lines = printed(
        scenario(Status.passed, name="A", parent=SUNDAYS),
        scenario(Status.passed, name="B", parent=HOLIDAYS),
        scenario(Status.passed, name="C", parent=SUNDAYS),
        ends=False,
    )
    assert [line.strip() for line in lines if "✓" not in line] == ["", "Rooms", "Sundays", "Holidays", "Sundays"]


def test_what_nobody_asked_for_has_none() -> None:
    assert printed(scenario(Status.skipped, should_run=lambda config=None: False), ends=False) == []


def test_on_a_terminal_no_word_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("TERM", "xterm")
    long = scenario(
        Status.failed,
        name="A party too large for any one table waits and is told why",
        failed=step(Status.failed, BROKEN),
    )
    lines = printed(long, out=Terminal())
    assert lines[2:4] == ["  ✗ BOOK-001 A party too large for any one table", "    waits and is told why  0.25 s"]
    assert max(len(line) for line in lines if not line.startswith("Run it again")) <= 50


def test_a_failure_is_shown_once_at_the_end() -> None:
    lines = printed(scenario(Status.passed), scenario(Status.failed, name="B", failed=step(Status.failed, BROKEN)))
    said = "\n".join(lines)
    assert said.count("Booking 4711") == 1
    assert said.index("✗ BOOK-001 B  0.25 s") < said.index("Broken promises") < said.index("Booking 4711")
    assert lines[-1].startswith("Broken: 1 promise. 2 promises: 1 kept, in ")


def test_under_another_runner_that_prints_the_end_it_prints_none() -> None:
    lines = printed(scenario(Status.failed, failed=step(Status.failed, BROKEN)), ends=False)
    assert lines == ["", "Rooms", "  ✗ BOOK-001 Four get a table  0.25 s"]


@pytest.mark.parametrize(
    ("variables", "color", "terminal", "shown"),
    [
        ({}, "auto", True, True),
        ({}, "auto", False, False),
        ({"NO_COLOR": "1"}, "auto", True, False),
        ({"TERM": "dumb"}, "auto", True, False),
        ({"FORCE_COLOR": "1"}, "auto", False, True),
        ({"FORCE_COLOR": "0"}, "auto", False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, "auto", True, False),
        ({"NO_COLOR": "1"}, "always", False, True),
        ({"FORCE_COLOR": "1"}, "never", True, False),
    ],
)
def test_colours(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], color: str, terminal: bool, shown: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    mode = {"always": True, "never": False}.get(color, terminal)
    assert colored(config(color=color, has_colored_mode=lambda out: mode), None) == shown


def test_a_repetition_has_one_line_and_what_is_left_out_is_said_once() -> None:
    out = io.StringIO()
    formatter = ConsoleFormatter(SimpleNamespace(name=None, open=lambda: out, close=lambda: None, stream=out), config())
    formatter.lists_scenarios = False
    left_out = result(7, "skipped", sentence="needs merges")
    for number, one in enumerate((result(1), result(1, "failed"), result(1, "error", "unreachable")), 1):
        formatter.scenario(scenario(Status.passed))
        formatter.eof()
        formatter.show_repetition(number, [one, left_out], width=3)
    assert out.getvalue().splitlines() == [
        "    1 ✓ 1 kept  0.50 s",
        "  – BOOK-007 Promise 7 — skipped: needs merges",
        "    2 ✗ guests' notes are not stored (BOOK-001)  0.50 s",
        "    3 ! guests' notes are not stored (BOOK-001)  0.50 s",
    ]
