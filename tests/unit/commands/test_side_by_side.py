"""Scenarios are split by the durations of this suite, and by nothing that is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bookingflow.commands.side_by_side import Plan
from bookingflow.core.errors import SettingsError
from bookingflow.core.shards import Item

ITEMS = [Item("features/x.feature:1", "BOOK-020 title", 3, serial=False)]


@pytest.mark.parametrize("stated", [{"BOOK-020 title": -1}, {"BOOK-020 title": 1.5}, {"BOOK-020 title": 10**400}, []])
def test_what_is_no_file_of_durations_is_refused_where_it_is_named_and_passed_over_where_it_lies(
    stated: object, tmp_path: Path
) -> None:
    path = tmp_path / "reports" / "durations.json"
    path.parent.mkdir()
    path.write_text(json.dumps(stated), encoding="utf-8")
    assert Plan((), jobs=2).durations(ITEMS, tmp_path) == {}
    with pytest.raises(SettingsError, match="is no file of durations"):
        Plan((), jobs=2, durations_file=path).durations(ITEMS, tmp_path)


def test_those_of_the_last_run_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "durations.json"
    path.parent.mkdir()
    path.write_text('{"BOOK-020 title": 12}', encoding="utf-8")
    assert Plan((), jobs=2).durations(ITEMS, tmp_path) == {"BOOK-020 title": 12}
    assert Plan((), shard=(1, 2)).durations(ITEMS, tmp_path) == {}, "other machines don't have them"


def test_a_file_of_durations_that_is_not_there_is_called_that(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"--durations: there is no file .*/nowhere\.json"):
        Plan((), jobs=2, durations_file=tmp_path / "nowhere.json").durations(ITEMS, tmp_path)
