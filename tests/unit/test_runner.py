"""What a run selects before anything else decides."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from behave.configuration import Configuration

from bookingflow.runner import mean_what_is_named, misspelt_tags, without_step
from tests.support.demo import ROOT


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
        ("@smoke and @BOOK-001", ""),
        ("not @nothing-like-it", ""),
    ],
)
def test_a_misspelt_tag_is_named_with_the_one_that_was_meant(tags: str, hint: str) -> None:
    scenario = SimpleNamespace(effective_tags=["smoke", "BOOK-001", "slow"])
    assert misspelt_tags(Configuration([f"--tags={tags}"], load_config=False), [scenario]) == hint


def test_each_sentence_without_a_step_is_named_once_with_its_place() -> None:
    steps = [SimpleNamespace(location=f"a.feature:{line}", keyword="Then", name="it has a view") for line in (3, 3, 7)]
    assert without_step(steps) == ["a.feature:3: Then it has a view", "a.feature:7: Then it has a view"]
