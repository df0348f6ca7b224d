"""No failure hides: real behave on small features, judged by the result files it leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

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

GOOD = "Feature: F\n  Scenario: one\n    Given a good step\n  Scenario: two\n    Given a good step\n"


@dataclass
class Outcome:
    """What a run of behave left."""

    exit_status: int
    output: str
    results: list[dict[str, Any]]

    def statuses(self) -> dict[str, str]:
        return {result["name"]: result["status"] for result in self.results}

    def message(self, name: str) -> str:
        return next(str(item["statusDetails"]["message"]) for item in self.results if item["name"] == name)


def behave(folder: Path, feature: str = GOOD, environment: str = "", arguments: tuple[str, ...] = ()) -> Outcome:
    """Run behave with the formatter alone, as any project would."""
    (folder / "steps").mkdir(exist_ok=True)
    (folder / "steps" / "steps.py").write_text(STEPS)
    (folder / "a.feature").write_text(feature)
    (folder / "environment.py").write_text(environment)
    formatter = ("-f", "bookingflow.report.allure:AllureFormatter", "-o", "results")
    done = subprocess.run(
        [sys.executable, "-m", "behave", *formatter, *arguments, "a.feature"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    files = sorted((folder / "results").glob("*-result.json")) if (folder / "results").is_dir() else []
    return Outcome(done.returncode, done.stdout + done.stderr, [json.loads(path.read_text()) for path in files])


def test_what_passes_passes_with_its_labels(tmp_path: Path) -> None:
    outcome = behave(tmp_path)
    assert outcome.exit_status == 0, outcome.output
    assert outcome.statuses() == {"one": "passed", "two": "passed"}
    labels = {label["name"] for label in outcome.results[0]["labels"]}
    assert {"host", "thread", "feature", "severity"} <= labels


@pytest.mark.parametrize(
    ("step", "status", "words"),
    [
        ("a broken promise", "failed", "the table is gone"),
        ("a defect in the suite", "broken", "ValueError: boom"),
        ("a judgement withheld", "broken", "nobody knows"),
        ("an undefined step", "broken", "No step definition fits"),
        ("a clean-up that fails", "broken", "tidy failed"),
        ("an interrupt", "broken", "KeyboardInterrupt"),
    ],
)
def test_a_step_that_ends_badly_colours_only_its_scenario(tmp_path: Path, step: str, status: str, words: str) -> None:
    feature = (
        f"Feature: F\n  Scenario: zero\n    Given a good step\n  Scenario: one\n    Given {step}\n    And a good step\n"
    )
    outcome = behave(tmp_path, feature)
    assert outcome.exit_status == 1
    assert outcome.statuses() == {"zero": "passed", "one": status}, outcome.output
    assert words in outcome.message("one")


@pytest.mark.parametrize("hook", ["before_scenario", "after_scenario", "before_step", "after_step", "before_tag"])
def test_a_failing_hook_of_a_scenario_breaks_its_scenario(tmp_path: Path, hook: str) -> None:
    environment = (
        f"def {hook}(context, thing):\n    if context.scenario.name == 'one': raise RuntimeError('hook down')\n"
    )
    outcome = behave(tmp_path, GOOD.replace("  Scenario: one", "  @tagged\n  Scenario: one"), environment)
    assert outcome.exit_status == 1
    assert outcome.statuses() == {"one": "broken", "two": "passed"}, outcome.output
    assert f"{hook} failed: RuntimeError: hook down" in outcome.message("one")


@pytest.mark.parametrize("hook", ["before_all", "after_all", "before_feature", "after_feature"])
def test_a_failing_hook_around_scenarios_becomes_a_result_of_its_own(tmp_path: Path, hook: str) -> None:
    arguments = "context" if hook.endswith("all") else "context, feature"
    outcome = behave(tmp_path, environment=f"def {hook}({arguments}): raise RuntimeError('hook down')\n")
    assert outcome.exit_status == 1
    statuses = outcome.statuses()
    assert statuses.pop(f"{hook} (hook)") == "broken", outcome.output
    assert "hook down" in outcome.message(f"{hook} (hook)")
    assert set(statuses.values()) <= ({"passed"} if hook.startswith("after") else {"skipped"}), statuses


def test_a_failing_clean_up_of_the_run_becomes_a_result_of_its_own(tmp_path: Path) -> None:
    outcome = behave(tmp_path, "Feature: F\n  Scenario: one\n    Given a run clean-up that fails\n")
    assert outcome.exit_status == 1
    assert outcome.statuses() == {"one": "passed", "clean-up of the testrun (hook)": "broken"}, outcome.output


def test_rules_with_tables_and_texts_keep_their_steps_apart(tmp_path: Path) -> None:
    feature = (
        "Feature: F\n  Background:\n    Given a good step\n"
        "  Rule: R\n"
        '    Scenario: one\n      Given a good step\n        """\n        text\n        """\n'
        "      And a broken promise\n        | a | b |\n        | 1 | 2 |\n"
        "    Scenario: two\n      Given a good step\n"
    )
    outcome = behave(tmp_path, feature)
    assert outcome.statuses() == {"one": "failed", "two": "passed"}, outcome.output
    steps = {result["name"]: [step["name"] for step in result["steps"]] for result in outcome.results}
    assert steps["one"] == ["Given a good step", "Given a good step", "And a broken promise"]
    assert steps["two"] == ["Given a good step", "Given a good step"]


def test_outline_rows_are_told_apart(tmp_path: Path) -> None:
    examples = "    Examples: E\n      | n |\n      | 1 |\n      | 2 |\n"
    feature = f"Feature: F\n  Scenario Outline: of <n>\n    Given a good step\n{examples}"
    outcome = behave(tmp_path, feature)
    assert len({result["historyId"] for result in outcome.results}) == 2
    assert sorted(result["parameters"][0]["value"] for result in outcome.results) == ["1", "2"]


def test_skipped_at_run_time_is_shown_deselected_is_not(tmp_path: Path) -> None:
    environment = "def before_scenario(context, scenario):\n    if scenario.name == 'two': scenario.skip('not today')\n"
    feature = GOOD + "  @other\n  Scenario: three\n    Given a good step\n"
    outcome = behave(tmp_path, feature, environment, ("--tags=not @other",))
    assert outcome.statuses() == {"one": "passed", "two": "skipped"}, outcome.output
    assert outcome.message("two") == "not today"


def test_a_run_that_selected_nothing_says_so(tmp_path: Path) -> None:
    outcome = behave(tmp_path, arguments=("--tags=@nobody",))
    assert outcome.statuses() == {"nothing ran (hook)": "broken"}, outcome.output


def test_a_dry_run_leaves_no_results(tmp_path: Path) -> None:
    assert behave(tmp_path, arguments=("--dry-run",)).results == []


def test_given_twice_it_refuses_in_a_sentence(tmp_path: Path) -> None:
    outcome = behave(tmp_path, arguments=("-f", "bookingflow.report.allure:AllureFormatter", "-o", "other"))
    assert outcome.exit_status == 1
    assert "given twice" in outcome.output
    assert "Traceback" not in outcome.output


def test_steps_labels_and_attachments_from_anywhere_land_where_they_belong(tmp_path: Path) -> None:
    environment = (
        "import allure\n"
        "def before_all(context): allure.attach('early', 'early note')\n"
        "def after_scenario(context, scenario):\n"
        "    allure.dynamic.label('owner', 'team')\n"
        "    with allure.step('summing up'): allure.attach('late', 'late note')\n"
    )
    outcome = behave(tmp_path, "Feature: F\n  Scenario: one\n    Given a good step\n", environment)
    assert outcome.exit_status == 0, outcome.output
    (result,) = outcome.results
    assert [step["name"] for step in result["steps"]] == ["Given a good step", "summing up"]
    assert result["steps"][1]["attachments"][0]["name"] == "late note"
    assert {"name": "owner", "value": "team"} in result["labels"]
