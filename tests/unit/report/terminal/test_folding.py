"""Long lines on a terminal."""

from __future__ import annotations

import io
import sys

import pytest

from bookingflow.report.console import say
from bookingflow.report.terminal.folding import columns_of, folded

PLACE = "  ✗ BOOK-021 A party too large for any one table sits at tables that stand together  0.13 s"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_long_line_is_broken_between_words_and_goes_on_behind_its_margin() -> None:
    assert folded(PLACE, 60).split("\n") == [
        "  ✗ BOOK-021 A party too large for any one table sits at",
        "    tables that stand together  0.13 s",
    ]


def test_each_line_of_a_text_is_broken_for_itself_and_short_ones_stay() -> None:
    assert folded(f"\nBroken promises\n{PLACE}", 60).split("\n")[:3] == ["", "Broken promises", folded(PLACE, 60)[:56]]
    assert folded(PLACE, len(PLACE)) == PLACE


def test_colours_take_no_room() -> None:
    painted = PLACE.replace("✗", "\x1b[31m✗\x1b[0m")
    assert folded(painted, len(PLACE)) == painted
    assert folded(painted, 60).replace("\x1b[31m✗\x1b[0m", "✗") == folded(PLACE, 60)


def test_a_number_keeps_its_unit() -> None:
    assert folded(PLACE, len(PLACE) - 1).endswith("  0.13 s")


def test_a_word_longer_than_the_line_stays_whole() -> None:
    assert "x" * 90 in folded(f"    {'x' * 90} and more", 60).split("\n")[0]


@pytest.mark.parametrize("columns", [0, 10])
def test_nothing_is_broken_where_there_is_no_terminal_or_a_tiny_one(columns: int) -> None:
    assert folded(PLACE, columns) == PLACE


def test_a_command_stays_in_one_piece_to_be_copied() -> None:
    command = f"\nRun it again: .venv/bin/behave {' '.join(f'features/tables.feature:{line}' for line in range(9))}"
    assert folded(command, 60) == command


def test_only_a_terminal_has_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "66")
    monkeypatch.setenv("TERM", "xterm")
    assert (columns_of(Terminal()), columns_of(io.StringIO())) == (66, 0)
    monkeypatch.setenv("TERM", "dumb")
    assert columns_of(Terminal()) == 0


def test_what_is_said_aside_is_folded_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "66")
    monkeypatch.setenv("TERM", "xterm")
    for stream, shown in ((Terminal(), folded(PLACE, 66)), (io.StringIO(), PLACE)):
        monkeypatch.setattr(sys, "stderr", stream)
        say(PLACE)
        assert stream.getvalue() == f"{shown}\n"
    assert folded(PLACE, 66) != PLACE
