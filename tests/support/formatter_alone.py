"""Real behave on small features, with the Allure formatter alone, as in any project."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.demo import ROOT
from tests.support.processes import finished

STEPS = """
from behave import given
@given("a good step")
def good(context): pass
@given("a broken promise")
def bad(context): assert False, "the table is gone"
@given("a defect in the suite")
def boom(context): raise ValueError("boom")
@given("an interrupt")
def stop(context): raise KeyboardInterrupt()
@given("a judgement withheld")
def withheld(context):
    class NotJudged(AssertionError):
        allure_status = "broken"
    raise NotJudged("nobody knows")
@given("a clean-up that fails")
def cleanup(context):
    def tidy(): raise RuntimeError("tidy failed")
    context.add_cleanup(tidy)
@given("a run clean-up that fails")
def cleanup_run(context):
    def tidy(): raise RuntimeError("tidy failed")
    context.add_cleanup(tidy, layer="testrun")
"""

FORMATTER = ("-f", "bookingflow.report.allure:AllureFormatter", "-o", "results")
GOOD = "Feature: F\n  Scenario: one\n    Given a good step\n  Scenario: two\n    Given a good step\n"


@dataclass
class Outcome:
    """What a run of behave left."""

    exit_status: int
    output: str
    results: list[dict[str, Any]]
    containers: list[dict[str, Any]]
    """What hooks did before and after the results that they belong to."""

    def statuses(self) -> dict[str, str]:
        return {result["name"]: result["status"] for result in self.results}

    def steps(self, name: str) -> list[dict[str, Any]]:
        return next(list(item["steps"]) for item in self.results if item["name"] == name)

    def fixtures(self, name: str) -> dict[str, dict[str, Any]]:
        """The hooks around a scenario, by their names."""
        uuid = next(item["uuid"] for item in self.results if item["name"] == name)
        around = [container for container in self.containers if uuid in container["children"]]
        found = [hook for container in around for kind in ("befores", "afters") for hook in container.get(kind, ())]
        return {hook["name"]: hook for hook in found}

    def message(self, name: str) -> str:
        return next(str(item["statusDetails"]["message"]) for item in self.results if item["name"] == name)


def behave(
    folder: Path,
    feature: str = GOOD,
    environment: str = "",
    arguments: tuple[str, ...] = (),
    formatter: tuple[str, ...] = FORMATTER,
    **variables: str,
) -> Outcome:
    """Run behave with the formatter alone, as any project would."""
    (folder / "steps").mkdir(parents=True, exist_ok=True)
    (folder / "steps" / "steps.py").write_text(STEPS)
    (folder / "a.feature").write_text(feature)
    (folder / "environment.py").write_text(environment)
    given = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    done = finished("-m", "behave", *formatter, *arguments, "a.feature", variables=given, folder=folder)
    results, containers = (
        [json.loads(path.read_text()) for path in sorted((folder / "results").glob(f"*-{kind}.json"))]
        for kind in ("result", "container")
    )
    return Outcome(done.returncode, done.stdout + done.stderr, results, containers)


def labels(result: dict[str, Any]) -> dict[str, list[str]]:
    """The labels of a result by their names."""
    names = {label["name"] for label in result["labels"]}
    return {name: [label["value"] for label in result["labels"] if label["name"] == name] for name in names}
