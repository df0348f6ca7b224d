"""In any behave project, as allure-behave has it: hooks as set-up and tear-down, test plans, what it needs to run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.formatter_alone import GOOD, behave

HOOKS = ("all", "feature", "scenario", "step")
PLAIN = "import allure\n" + "".join(
    f"def {when}_{what}(context{'' if what == 'all' else ', thing'}):\n"
    f"    with allure.step('a step of {when} {what}'): pass\n"
    f"    allure.attach('proof', 'a note of {when} {what}')\n"
    for when in ("before", "after")
    for what in HOOKS
)
DECORATED = PLAIN.replace("def ", "@allure_commons.fixture\ndef ").replace(
    "import allure\n", "import allure, allure_commons\n"
)
EVERY_HOOK = {f"{when} {what}" for when in ("before", "after") for what in HOOKS}


@pytest.mark.parametrize("environment", [PLAIN, DECORATED], ids=["plain", "decorated"])
def test_every_hook_that_passes_is_shown_with_its_steps_and_attachments(tmp_path: Path, environment: str) -> None:
    outcome = behave(tmp_path, GOOD, environment)
    assert outcome.exit_status == 0, outcome.output
    for name in ("one", "two"):
        fixtures = outcome.fixtures(name)
        assert fixtures.keys() == EVERY_HOOK
        for hook, shown in fixtures.items():
            assert shown["status"] == "passed"
            assert [step["name"] for step in shown["steps"]] == [f"a step of {hook}"]
            assert [item["name"] for item in shown["attachments"]] == [f"a note of {hook}"]
            assert (tmp_path / "results" / shown["attachments"][0]["source"]).read_text() == "proof"
            assert shown["start"] <= shown["stop"]
    assert [step["name"] for step in outcome.steps("one")] == ["Given a good step"]


def test_hooks_of_one_scenario_are_not_shown_at_another(tmp_path: Path) -> None:
    outcome = behave(tmp_path, GOOD, PLAIN)
    uuids = {result["name"]: result["uuid"] for result in outcome.results}
    of_both = [container for container in outcome.containers if set(uuids.values()) <= set(container["children"])]
    shared = {
        hook["name"] for container in of_both for kind in ("befores", "afters") for hook in container.get(kind, ())
    }
    assert shared == {"before all", "after all", "before feature", "after feature"}


def test_what_a_plain_hook_attaches_stands_where_allure_behave_puts_it_too(tmp_path: Path) -> None:
    outcome = behave(tmp_path, GOOD, PLAIN)
    first = next(result for result in outcome.results if result["name"] == "one")
    assert [item["name"] for item in first["attachments"]] == ["a note of before scenario", "a note of after scenario"]
    step_notes = [item["name"] for item in first["steps"][0]["attachments"]]
    assert step_notes == ["a note of before step", "a note of after step"]


TAGGED = """
@of_feature
Feature: F
  @smoke
  Scenario: one
    Given a good step
  Scenario: two
    Given a good step
  @of_rule
  Rule: R
    Scenario: three
      Given a good step
"""


def test_hooks_of_tags_and_rules_belong_to_what_carries_them(tmp_path: Path) -> None:
    environment = "".join(
        f"def {when}_{what}(context, thing): pass\n" for when in ("before", "after") for what in ("tag", "rule")
    )
    outcome = behave(tmp_path, TAGGED, environment)
    around = {"before tag @of_feature", "after tag @of_feature"}
    assert outcome.fixtures("one").keys() == around | {"before tag @smoke", "after tag @smoke"}
    assert outcome.fixtures("two").keys() == around
    assert outcome.fixtures("three").keys() == around | {
        *("before rule", "after rule"),
        *("before tag @of_rule", "after tag @of_rule"),
    }


@pytest.mark.parametrize("decorated", [False, True])
@pytest.mark.parametrize("hook", ["before_all", "before_feature", "before_scenario", "after_scenario", "after_all"])
def test_a_hook_that_fails_is_shown_as_failed(tmp_path: Path, hook: str, decorated: bool) -> None:
    decorator = "import allure_commons\n@allure_commons.fixture\n" if decorated else ""
    parameters = "context" if hook.endswith("_all") else "context, thing"
    outcome = behave(tmp_path, GOOD, f"{decorator}def {hook}({parameters}): raise RuntimeError('hook down')\n")
    assert outcome.exit_status == 1
    shown = next(name for name, status in outcome.statuses().items() if status == "broken")
    fixture = outcome.fixtures(shown)[hook.replace("_", " ")]
    assert fixture["status"] == "broken"
    assert fixture["statusDetails"]["message"] == "RuntimeError: hook down"


def test_plain_hooks_can_be_left_out(tmp_path: Path) -> None:
    environment = PLAIN.replace("def after_all", "import allure_commons\n@allure_commons.fixture\ndef after_all")
    outcome = behave(tmp_path, GOOD, environment, ("-D", "AllureFormatter.hooks=decorated"))
    assert outcome.fixtures("one").keys() == {"after all"}
    assert [step["name"] for step in outcome.steps("one")] == [
        *("a step of before scenario", "Given a good step", "a step of after scenario"),
    ]


def test_the_texts_of_hooks_go_through_the_sanitizer(tmp_path: Path) -> None:
    environment = (
        "import allure\nfrom bookingflow.report.allure import sanitize_with\n"
        "def before_all(context):\n"
        "    sanitize_with(lambda text: text.replace('hush', '***'))\n"
        "    with allure.step('hush in a step'): pass\n"
        "def after_scenario(context, scenario): raise RuntimeError('hush')\n"
    )
    outcome = behave(tmp_path, GOOD, environment)
    said = json.dumps(outcome.containers)
    assert "hush" not in said
    assert said.count("***") >= 3


# -- the test plan ------------------------------------------------------------------------------------------------

PLANNED = """
Feature: F
  @ABC-001
  Scenario: one
    Given a good step
  @allure.label.as_id:1004
  Scenario: two
    Given a good step
  Scenario: three
    Given a good step
  Scenario Outline: of <n>
    Given a good step
    Examples:
      | n |
      | 1 |
      | 2 |
"""


@pytest.mark.parametrize(
    ("tests", "run"),
    [
        ([{"id": "ABC-001"}], {"ABC-001 one"}),
        ([{"id": 1004}, {"id": "1005"}], {"two"}),
        ([{"selector": "F: three"}], {"three"}),
        ([{"selector": "F: of 2"}], {"of 2"}),
        ([{"id": "9", "selector": "F: three"}, {"id": "ABC-001", "selector": "G: three"}], {"ABC-001 one", "three"}),
    ],
    ids=["own id", "as_id", "full name", "a row", "either"],
)
def test_what_is_not_in_the_test_plan_is_deselected(
    tmp_path: Path, tests: list[dict[str, object]], run: set[str]
) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"version": "1.0", "tests": tests}))
    outcome = behave(tmp_path, PLANNED, ALLURE_TESTPLAN_PATH=str(plan))
    assert outcome.exit_status == 0, outcome.output
    assert outcome.statuses() == dict.fromkeys(run, "passed")
    assert (
        f"{len(run)} scenario{'s' if len(run) > 1 else ''} passed, 0 failed, {5 - len(run)} skipped" in outcome.output
    )


def test_what_is_excluded_can_be_shown(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text('{"tests": [{"selector": "F: three"}, {"selector": "F: of 1"}]}')
    shown = ("-D", "AllureFormatter.hide_excluded=false")
    outcome = behave(tmp_path, PLANNED, arguments=shown, ALLURE_TESTPLAN_PATH=str(plan))
    skipped = ("ABC-001 one", "two", "of 2")
    assert outcome.statuses() == {**dict.fromkeys(skipped, "skipped"), "three": "passed", "of 1": "passed"}
    assert outcome.message("two") == "not in the test plan"
    outcome = behave(tmp_path / "tags", PLANNED, arguments=(*shown, "--tags=@ABC-001"))
    assert outcome.statuses()["three"] == "skipped"


@pytest.mark.parametrize("content", ['{"tests": []}', "{}"])
def test_a_plan_that_plans_nothing_is_none(tmp_path: Path, content: str) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(content)
    assert len(behave(tmp_path, PLANNED, ALLURE_TESTPLAN_PATH=str(plan)).results) == 5


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "can't be read (No such file or directory)"), ("[]", "is no test plan"), ("{", "is no test plan")],
)
def test_a_wrong_plan_is_refused_in_a_sentence(tmp_path: Path, content: str | None, words: str) -> None:
    plan = tmp_path / "plan.json"
    if content is not None:
        plan.write_text(content)
    outcome = behave(tmp_path, PLANNED, ALLURE_TESTPLAN_PATH=str(plan))
    assert outcome.exit_status == 1
    assert f"ALLURE_TESTPLAN_PATH={plan}: " in outcome.output
    assert words in outcome.output
    assert "Traceback" not in outcome.output


# -- what it needs, and what it leaves out --------------------------------------------------------------------------


def test_without_a_folder_it_says_what_is_missing(tmp_path: Path) -> None:
    outcome = behave(tmp_path, formatter=("-f", "bookingflow.report.allure:AllureFormatter"))
    assert outcome.exit_status == 1
    assert "writes into a folder: name it, for instance with -o allure-results" in outcome.output
    assert "Traceback" not in outcome.output


def test_a_run_that_hides_what_is_skipped_has_no_results_of_it(tmp_path: Path) -> None:
    environment = (
        "def before_scenario(context, scenario):\n    if scenario.name == 'one': scenario.skip('no printer')\n"
    )
    assert behave(tmp_path, GOOD, environment).statuses() == {"one": "skipped", "two": "passed"}
    outcome = behave(tmp_path / "again", GOOD, environment, ("--no-skipped",))
    assert outcome.statuses() == {"two": "passed"}


@pytest.mark.parametrize(
    ("step", "message"),
    [("a broken promise", "AssertionError: the table is gone"), ("a bare assert", "AssertionError")],
)
def test_an_assertion_says_that_it_is_one(tmp_path: Path, step: str, message: str) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "bare.py").write_text(
        "from behave import given\n@given('a bare assert')\ndef bare(context): assert False\n"
    )
    outcome = behave(tmp_path, f"Feature: F\n  Scenario: one\n    Given {step}\n")
    assert outcome.message("one") == outcome.steps("one")[0]["statusDetails"]["message"] == message
