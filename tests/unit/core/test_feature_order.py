"""The order of features: serial ones last, a drawn order that can be drawn again."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from behave.parser import parse_file

from bookingflow.core.feature_order import in_order

FOLDER = Path(__file__).resolve().parents[3] / "features"


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
