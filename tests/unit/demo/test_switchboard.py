"""What can be switched on, and under which names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import demo
from demo.defects import DEFECTS, NAMES, Switchboard
from demo.defects.responses import CHANGES
from demo.defects.rows import CONFIRMED, LATER, MADE
from demo.defects.switchboard import SINGLE
from demo.defects.unlisted import LISTED_TODAY, SWITCHES

DEMO = Path(demo.__file__).parent
ASKED = re.compile(r'defects\.on\("([a-z-]+)"\)')


def test_no_name_is_given_twice() -> None:
    names = [*(defect.name for defect in DEFECTS), *(switch.name for switch in SWITCHES), "today"]
    assert len(set(names)) == len(names) == len(NAMES)


def test_what_is_not_listed_can_be_switched_on_alone() -> None:
    for switch in SWITCHES:
        board = Switchboard([switch.name])
        assert board.names() == [switch.name]
        assert board.on(switch.name)


def test_today_stands_for_all_that_the_platform_does() -> None:
    board = Switchboard(["today", "notes-lost"])
    todays = {switch.name for switch in SWITCHES if switch.today}
    assert set(board.names()) == {*todays, *LISTED_TODAY, "notes-lost"}
    assert not board.on("unified-refusals")
    with pytest.raises(KeyError):
        board.on("today")


def test_listed_defects_of_today_are_listed() -> None:
    assert set(LISTED_TODAY) <= {defect.name for defect in DEFECTS}


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown defects: no-such;"):
        Switchboard(["no-such", "today"])


def test_what_changes_rows_and_responses_has_a_name() -> None:
    assert {*MADE, *CONFIRMED, *LATER, *CHANGES} <= NAMES


def test_what_the_demos_code_asks_for_has_a_name() -> None:
    asked = {name for path in DEMO.rglob("*.py") for name in ASKED.findall(path.read_text(encoding="utf-8"))}
    assert asked
    assert asked <= SINGLE
