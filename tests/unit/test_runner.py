"""What a run selects before anything else decides."""

from __future__ import annotations

import pytest
from behave.configuration import Configuration

from bookingflow.runner import mean_what_is_named
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
