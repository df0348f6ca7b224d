"""The specification as a whole: ids, labels and needs that people and other tools rely on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from behave.configuration import Configuration
from behave.model import Feature, ScenarioOutline
from behave.parser import parse_file

from bookingflow.core.selection import SLOW
from bookingflow.scenario.capabilities import KNOWN
from demo.defects import DEFECTS, Defect
from tests.support.specification import REGRESSIONS

FOLDER = Path(__file__).resolve().parents[2] / "features"
OWN = FOLDER / "own"
"""Promises that a team added for itself: held to the same form, not proven by a defect of the demo."""
FEATURES: list[Feature] = [parse_file(str(path)) for path in sorted(FOLDER.rglob("*.feature"))]
NO_DOOR = re.compile(r"https?:|/api/|\bSELECT\b|\bHTTP\b|\b(?:4|5)\d\d\b(?! (?:characters|letters))|_at\b|\w+_\w+|[{}]")
"""What product people don't read: addresses, JSON, SQL, status codes, names of columns."""


def written() -> Iterator[Any]:
    """Scenarios and outlines as they are written."""
    for feature in FEATURES:
        yield from feature.walk_scenarios(with_outlines=True)


SCENARIOS = [item for item in written() if isinstance(item, ScenarioOutline) or "@" not in str(item.name)]
TITLES = [f"{item.filename}:{item.line}" for item in SCENARIOS]


def ids(tags: Any) -> list[str]:
    return [str(tag) for tag in tags if re.fullmatch(r"BOOK-\d{3}", tag)]


def is_own(feature: Feature) -> bool:
    """Whether a team added this feature for itself."""
    return OWN in Path(feature.filename).resolve().parents


def test_there_are_at_least_seventy() -> None:
    assert sum(1 for feature in FEATURES for _ in feature.walk_scenarios()) >= 70


def test_a_teams_own_ids_stand_apart() -> None:
    """From BOOK-900 on, so that no later scenario of ours takes one."""
    apart = [item.name for item in SCENARIOS for name in ids(item.tags) if (name >= "BOOK-900") != is_own(item.feature)]
    assert apart == []


def test_ids_are_unique() -> None:
    counted = Counter(name for item in SCENARIOS for name in ids(item.tags))
    assert [name for name, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: str(feature.name))
def test_scenarios_stand_in_the_order_of_their_ids(feature: Feature) -> None:
    """Within a rule, and before the first: behave takes no scenario after a rule for one outside of it."""
    for items in ([*feature.scenarios], *([*rule.scenarios] for rule in feature.rules)):
        stand = [name for item in items for name in ids(item.tags)]
        assert stand == sorted(stand)


@pytest.mark.parametrize("item", SCENARIOS, ids=TITLES)
def test_each_has_an_id_a_severity_and_an_owner(item: Any) -> None:
    tags = item.effective_tags
    assert len(ids(tags)) == 1
    assert len({"blocker", "critical", "normal", "minor", "trivial"} & set(tags)) == 1
    assert sum(1 for tag in tags if tag.startswith("owner.")) == 1


@pytest.mark.parametrize("item", SCENARIOS, ids=TITLES)
def test_each_declares_only_known_needs(item: Any) -> None:
    assert {tag.removeprefix("uses.") for tag in item.effective_tags if tag.startswith("uses.")} <= KNOWN


@pytest.mark.parametrize("item", SCENARIOS, ids=TITLES)
def test_each_speaks_the_language_of_the_product(item: Any) -> None:
    sentences = [str(item.name), *(str(step.name) for step in item.all_steps)]
    assert [text for text in sentences if NO_DOOR.search(re.sub(r"<\w[\w ]*>", "", text))] == []


def test_what_runs_alone_is_a_whole_feature() -> None:
    alone = [item for item in SCENARIOS if "serial" in item.effective_tags]
    assert alone
    assert all("serial" in item.feature.tags for item in alone)


def test_what_is_slow_is_a_whole_feature_and_runs_only_where_it_is_asked_for() -> None:
    slow = [item for item in SCENARIOS if SLOW in item.effective_tags]
    assert slow
    assert all(SLOW in item.feature.tags for item in slow)
    usual, asked = (Configuration(words, load_config=True) for words in ([], [f"--tags=@{SLOW}"]))
    assert not any(item.should_run(usual) for item in slow)
    assert all(item.should_run(asked) for item in slow)
    assert any(item.should_run(usual) for item in SCENARIOS)


@pytest.mark.parametrize("number", REGRESSIONS)
def test_each_regression_has_its_scenario(number: int) -> None:
    assert [item.name for item in SCENARIOS if f"regression.{number}" in item.effective_tags]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: str(defect.name))
def test_each_defect_breaks_a_promise_that_exists(defect: Defect) -> None:
    tags = {str(tag) for item in SCENARIOS for tag in item.effective_tags}
    assert re.fullmatch(r"BOOK-\d{3}", defect.promise)
    assert {defect.promise, *defect.may_break} <= tags
    assert defect.tells
    re.compile(defect.tells)


def test_each_feature_file_is_proven_by_a_defect() -> None:
    proven = {defect.promise for defect in DEFECTS}
    unproven = [
        feature.name
        for feature in FEATURES
        if not is_own(feature)
        and not proven & {name for item in feature.walk_scenarios() for name in ids(item.effective_tags)}
    ]
    assert unproven == []
