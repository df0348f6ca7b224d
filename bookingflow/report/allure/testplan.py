"""Allure's test plan: the scenarios that somebody chose in a report, or in a test management system."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from behave.exception import ConfigError

VARIABLE = "ALLURE_TESTPLAN_PATH"
NOT_PLANNED = "not in the test plan"


@dataclass(frozen=True)
class TestPlan:
    """The ids and full names of the scenarios to run."""

    ids: frozenset[str]
    selectors: frozenset[str]

    def holds(self, ids: Iterable[str], full_name: str) -> bool:
        """Whether a scenario with these ids and this full name ("Feature: Scenario") is planned."""
        return full_name in self.selectors or not self.ids.isdisjoint(ids)


def read_test_plan(environ: Mapping[str, str] = os.environ) -> TestPlan | None:
    """The plan that the environment names; None without one, or for one that plans nothing. Raises ConfigError."""
    name = environ.get(VARIABLE)
    if not name:
        return None
    try:
        plan: Any = json.loads(Path(name).read_text(encoding="utf-8-sig"))
        tests = [(test.get("id"), test.get("selector")) for test in plan.get("tests", [])]
    except OSError as error:
        raise ConfigError(f"{VARIABLE}={name}: the test plan can't be read ({error.strerror}).") from error
    except (ValueError, AttributeError, TypeError) as error:
        raise ConfigError(f'{VARIABLE}={name}: this is no test plan; one is {{"tests": [{{"id": "1"}}]}}.') from error
    ids = frozenset(str(own_id) for own_id, _ in tests if own_id is not None)
    selectors = frozenset(str(selector) for _, selector in tests if selector)
    return TestPlan(ids, selectors) if ids or selectors else None
