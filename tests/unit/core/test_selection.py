"""Which scenarios run, and in which order: what is named runs, serial ones last, a drawn order can be drawn again."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest
from behave.configuration import Configuration
from behave.parser import parse_file

from bookingflow.core.selection import in_order, mean_what_is_named, misspelt_tags
from tests.support.demo import ROOT

FOLDER = ROOT / "features"


def parsed() -> list[Any]:
    return [parse_file(str(path)) for path in sorted(FOLDER.glob("*.feature"))]


def names(features: list[Any]) -> list[str]:
    return [scenario.name for feature in features for scenario in feature.walk_scenarios()]


def test_as_written_but_serial_last() -> None:
    features = parsed()
    ordered = in_order(features)
    assert "serial" not in features[-1].tags
    assert "serial" in ordered[-1].tags
    others = [feature.name for feature in features if "serial" not in feature.tags]
    assert [feature.name for feature in ordered[: len(others)]] == others


def test_drawn_with_the_same_seed_it_is_the_same_and_nothing_is_lost() -> None:
    once, again = in_order(parsed(), random.Random(7)), in_order(parsed(), random.Random(7))
    assert names(once) == names(again)
    assert names(once) != names(in_order(parsed()))
    assert sorted(names(once)) == sorted(names(parsed()))
    assert "serial" in once[-1].tags


def test_scenarios_are_shuffled_within_their_rules_too() -> None:
    def rules(features: list[Any]) -> list[list[str]]:
        return sorted([item.name for item in rule.run_items] for feature in features for rule in feature.rules)

    assert rules(in_order(parsed(), random.Random(7))) != rules(parsed())


@pytest.mark.parametrize(
    ("arguments", "slow_too"),
    [
        ([], False),
        (["features"], False),
        (["features/matrix.feature"], True),
        (["features/tables.feature:10", "features/matrix.feature:27"], True),
        (["--tags=not @slow", "features/matrix.feature"], False),
        (["--tags=@slow"], True),
    ],
)
def test_a_slow_scenario_runs_where_it_is_named(
    arguments: list[str], slow_too: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    config = Configuration(arguments)
    mean_what_is_named(config)
    assert config.tag_expression.check(["slow", "BOOK-150"]) == slow_too


@pytest.mark.parametrize(
    ("tags", "hint"),
    [
        ("@smoek", "No scenario has the tag @smoek; did you mean @smoke?"),
        ("@smoke and not @BOOK-0001", "No scenario has the tag @BOOK-0001; did you mean @BOOK-001?"),
        ("@BOOK-1", "No scenario has the tag @BOOK-1; did you mean @BOOK-001?"),
        ("@book-01", "No scenario has the tag @book-01; did you mean @BOOK-001?"),
        ("@smoke and @BOOK-001", ""),
        ("not @nothing-like-it", ""),
    ],
)
def test_a_misspelt_tag_is_named_with_the_one_that_was_meant(tags: str, hint: str) -> None:
    scenario = SimpleNamespace(effective_tags=["smoke", "BOOK-001", "BOOK-101", "slow"])
    assert misspelt_tags(Configuration([f"--tags={tags}"], load_config=False), [scenario]) == hint
