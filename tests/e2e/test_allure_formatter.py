"""No failure hides: real behave on small features, judged by the result files it leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.formatter_alone import GOOD, behave, labels


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
    cut_off = {"The run was cut off": "broken"} if step == "an interrupt" else {}
    assert outcome.statuses() == {"zero": "passed", "one": status, **cut_off}, outcome.output
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


def test_a_failing_clean_up_of_a_feature_becomes_a_result_of_its_own(tmp_path: Path) -> None:
    environment = (
        "def tidy(): raise RuntimeError('tidy failed')\n"
        "def before_feature(context, feature): context.add_cleanup(tidy)\n"
    )
    outcome = behave(tmp_path, environment=environment)
    assert outcome.exit_status == 1
    own = "clean-up of the feature (hook)"
    assert outcome.statuses() == {"one": "passed", "two": "passed", own: "broken"}, outcome.output
    assert "tidy failed" in outcome.message(own)


@pytest.mark.parametrize("hook", ["before_rule", "after_rule", "before_tag", "after_tag"])
def test_a_failing_hook_of_a_rule_or_of_a_features_tag_is_reported(tmp_path: Path, hook: str) -> None:
    feature = "@tagged\nFeature: F\n  Rule: R\n    Scenario: one\n      Given a good step\n"
    outcome = behave(tmp_path, feature, f"def {hook}(context, thing): raise RuntimeError('hook down')\n")
    assert outcome.exit_status == 1
    assert outcome.statuses()[f"{hook} (hook)"] == "broken", outcome.output
    assert "hook down" in outcome.message(f"{hook} (hook)")


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


def test_a_step_that_fails_under_a_rule_fails_its_scenario_with_its_table_and_text(tmp_path: Path) -> None:
    feature = (
        "Feature: F\n  Rule: R\n    Background:\n      Given a good step\n"
        '    Scenario: one\n      Given a defect in the suite\n        """\n        words\n        """\n'
        "    Scenario: two\n      Given a broken promise\n        | a |\n        | 1 |\n"
        "    Scenario: three\n      Given a good step\n"
    )
    outcome = behave(tmp_path, feature)
    assert outcome.exit_status == 1
    assert outcome.statuses() == {"one": "broken", "two": "failed", "three": "passed"}, outcome.output
    assert outcome.message("one") == "ValueError: boom"
    attached = [step["attachments"][0]["name"] for name in ("one", "two") for step in outcome.steps(name)[1:]]
    assert attached == ["text", "table"]


def test_outline_rows_are_distinguished(tmp_path: Path) -> None:
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


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        (
            "after_feature(context, feature): feature.scenarios[0].set_status('failed')",
            "one: behave says failed, the report passed",
        ),
        (
            "after_feature(context, feature): [path.unlink() for path in FOLDER]",
            "two: behave says passed, the report lost its result",
        ),
        (
            "after_all(context): [path.write_text('{}') for path in FOLDER]",
            "two: behave says passed, the report lost its result",
        ),
        (
            "before_feature(context, feature):\n"
            "    for item in feature.scenarios: item.run = type(item).run.__get__(item)",
            "one: behave says passed, the report has no result",
        ),
        (
            "before_feature(context, feature):\n"
            "    once = feature.scenarios[0].run\n"
            "    feature.scenarios[0].run = lambda runner: once(runner) or once(runner)",
            "one: behave says passed, the report has 2 results",
        ),
    ],
)
def test_a_report_that_differs_from_behave_fails_the_run_and_names_the_scenario(
    tmp_path: Path, hook: str, said: str
) -> None:
    environment = f"import pathlib\nFOLDER = pathlib.Path('results').glob('*-result.json')\ndef {hook}\n"
    outcome = behave(tmp_path, environment=environment)
    assert outcome.exit_status == 1
    assert "The Allure report differs from behave's verdicts" in outcome.output
    assert said in outcome.output
    assert "Traceback" not in outcome.output


def test_a_report_that_agrees_with_behave_says_nothing(tmp_path: Path) -> None:
    environment = "def before_scenario(context, scenario):\n    if scenario.name == 'two': scenario.skip('not today')\n"
    outcome = behave(tmp_path, environment=environment, arguments=("--stop",))
    assert outcome.exit_status == 0
    assert "differs" not in outcome.output


def test_what_an_interrupt_leaves_unrun_is_no_difference(tmp_path: Path) -> None:
    feature = "Feature: F\n  Scenario: one\n    Given an interrupt\n  Scenario: two\n    Given a good step\n"
    outcome = behave(tmp_path, feature)
    assert outcome.exit_status == 1
    assert outcome.statuses().items() >= {("one", "broken")}
    assert "differs" not in outcome.output


def test_a_dry_run_leaves_no_results(tmp_path: Path) -> None:
    assert behave(tmp_path, arguments=("--dry-run",)).results == []


def test_given_twice_it_refuses_in_a_sentence(tmp_path: Path) -> None:
    outcome = behave(tmp_path, arguments=("-f", "bookingflow.report.allure:AllureFormatter", "-o", "other"))
    assert outcome.exit_status == 1
    assert "given twice" in outcome.output
    assert "Traceback" not in outcome.output


def test_beside_the_one_of_allure_behave_it_refuses_in_a_sentence(tmp_path: Path) -> None:
    outcome = behave(tmp_path, arguments=("-f", "allure_behave.formatter:AllureFormatter", "-o", "other"))
    assert outcome.exit_status == 1
    assert "allure_behave's formatter is given beside the Allure formatter" in outcome.output
    assert "Traceback" not in outcome.output


def test_labels_from_a_hook_and_steps_of_a_step_land_where_they_belong(tmp_path: Path) -> None:
    environment = "import allure\ndef after_scenario(context, scenario): allure.dynamic.label('owner', 'team')\n"
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "nesting.py").write_text(
        "import allure\nfrom behave import given\n"
        "@given('a nested step')\ndef nested(context):\n"
        "    with allure.step('inside'): allure.attach('proof', 'a note')\n"
    )
    outcome = behave(tmp_path, "Feature: F\n  Scenario: one\n    Given a nested step\n", environment)
    assert outcome.exit_status == 0, outcome.output
    (result,) = outcome.results
    (inside,) = result["steps"][0]["steps"]
    assert (inside["name"], inside["attachments"][0]["name"]) == ("inside", "a note")
    assert {"name": "owner", "value": "team"} in result["labels"]


TAGGED = """
@owner.bookings
Feature: F
  @ABC-001 @critical @regression.7 @layer.api
  Scenario: one
    Given a good step
  Rule: The guest learns at once
    @ABC-002
    Scenario Outline: of <n>
      Given a good step
      Examples:
        | n |
        | 1 |
        | 2 |
"""


def test_tags_and_rules_become_title_labels_and_links(tmp_path: Path) -> None:
    settings = ("-D", "AllureFormatter.epic=Our promise", "-D", "AllureFormatter.issue_pattern=incidents.md#no-{}")
    outcome = behave(tmp_path, TAGGED, arguments=settings)
    names = {"ABC-001 one", "ABC-002 of 1", "ABC-002 of 2"}
    assert outcome.statuses().keys() == names, outcome.output
    first, *rows = sorted(outcome.results, key=lambda result: str(result["name"]))
    said = labels(first)
    assert (said["epic"], said["feature"], said["severity"]) == (["Our promise"], ["F"], ["critical"])
    assert (said["owner"], said["layer"], said["as_id"], said["tag"]) == (
        ["bookings"],
        ["api"],
        ["ABC-001"],
        ["ABC-001"],
    )
    assert "story" not in said
    assert first["links"] == [{"type": "issue", "url": "incidents.md#no-7", "name": "regression 7"}]
    assert [labels(row)["story"] for row in rows] == [["The guest learns at once"]] * 2
    assert [labels(row)["severity"] for row in rows] == [["normal"]] * 2
    assert len({row["historyId"] for row in rows}) == 2


def test_rows_whose_title_does_not_tell_them_apart_name_their_values(tmp_path: Path) -> None:
    feature = TAGGED.replace("of <n>", "of many")
    assert behave(tmp_path, feature).statuses().keys() == {"ABC-001 one", "ABC-002 of many (1)", "ABC-002 of many (2)"}


def test_without_a_pattern_a_tag_stays_a_tag_and_without_an_epic_there_is_none(tmp_path: Path) -> None:
    outcome = behave(tmp_path, "Feature: F\n  @regression.7\n  Scenario: one\n    Given a good step\n")
    (result,) = outcome.results
    assert labels(result)["tag"] == ["regression.7"]
    assert "links" not in result
    assert "epic" not in labels(result)


def test_the_history_of_a_scenario_with_an_id_outlives_another_name(tmp_path: Path) -> None:
    ids = set()
    for name in ("one", "renamed"):
        outcome = behave(tmp_path, f"Feature: {name}\n  @ABC-001\n  Scenario: {name}\n    Given a good step\n")
        ids.add(outcome.results[-1]["historyId"])
        for left in (tmp_path / "results").iterdir():
            left.unlink()
    assert len(ids) == 1


@pytest.mark.parametrize("tag", ["", "@ABC-001"])
def test_two_scenarios_never_pass_for_one_that_was_tried_again(tmp_path: Path, tag: str) -> None:
    twins = "".join(f"  {tag}\n  Scenario: twin\n    Given {step}\n" for step in ("a broken promise", "a good step"))
    outcome = behave(tmp_path, f"Feature: F\n{twins}")
    assert {result["status"] for result in outcome.results} == {"failed", "passed"}
    assert len({result["historyId"] for result in outcome.results}) == 2


CODED_STEPS = """
from behave import given
class Refused(AssertionError):
    code = "refused"
@given("a coded breach")
def coded(context): raise Refused("It was refused.")
@given("a foreign code")
def foreign(context): raise OSError(2, "gone")
"""


def test_the_code_of_an_error_ends_the_message_once(tmp_path: Path) -> None:
    feature = "Feature: F\n" + "".join(
        f"  Scenario: {name}\n    Given {step}\n"
        for name, step in {"one": "a coded breach", "two": "a foreign code"}.items()
    )
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "coded.py").write_text(CODED_STEPS)
    environment = (
        "def after_scenario(context, scenario):\n"
        "    error = AssertionError('lost as well')\n    error.code = 'withdrawn'\n"
        "    if scenario.name == 'one': raise error\n"
    )
    outcome = behave(tmp_path, feature, environment)
    assert outcome.message("one") == "It was refused.\nafter_scenario failed: lost as well\n[refused]"
    assert outcome.message("two") == "FileNotFoundError: [Errno 2] gone"
    first = next(result for result in outcome.results if result["name"] == "one")
    assert first["steps"][0]["statusDetails"] == {"message": "It was refused. [refused]"}


def test_what_did_not_end_well_is_labelled_with_its_cause_and_who_can_act(tmp_path: Path) -> None:
    feature = GOOD + "  Scenario: three\n    Given a good step\n  Scenario: four\n    Given a broken promise\n"
    environment = (
        "class Lost(AssertionError):\n"
        "    code, title, who_can_act = 'table_lost', 'A table is lost', 'the hush team'\n"
        "class Coded(Exception): code = 'other'\n"
        "def before_all(context):\n"
        "    from bookingflow.report.allure import sanitize_with\n"
        "    sanitize_with(lambda text: text.replace('hush', '***'))\n"
        "def after_step(context, step):\n"
        "    if context.scenario.name == 'one': step.exception, step.status = Lost('gone'), 'failed'\n"
        "def after_scenario(context, scenario):\n"
        "    if scenario.name == 'two': raise Coded('x')\n"
        "    if scenario.name == 'three': raise KeyError('x')\n"
        "def after_all(context): raise Lost('all gone')\n"
    )
    environment = environment.replace("'failed'", "__import__('behave').model_type.Status.failed")
    found = {result["name"]: labels(result) for result in behave(tmp_path, feature, environment).results}
    for name in ("one", "after_all (hook)"):
        assert (found[name]["cause"], found[name]["who can act"]) == (
            ["A table is lost [table_lost]"],
            ["the *** team"],
        )
    assert [found[name]["cause"] for name in ("two", "three")] == [["other"], ["KeyError"]]
    assert "cause" not in found["four"]


def test_a_check_of_the_run_that_holds_is_no_result(tmp_path: Path) -> None:
    environment = (
        "from bookingflow.report.allure import result_of_the_run\n"
        "def after_all(context):\n"
        "    with result_of_the_run('All is well', 'At the end'): pass\n"
    )
    outcome = behave(tmp_path, GOOD, environment)
    assert outcome.exit_status == 0, outcome.output
    assert outcome.statuses() == {"one": "passed", "two": "passed"}


def test_a_result_of_the_run_that_fails_is_shown_once_and_fails_the_run(tmp_path: Path) -> None:
    environment = (
        "from bookingflow.report.allure import result_of_the_run\n"
        "def after_all(context):\n"
        "    with result_of_the_run('All is well', 'At the end', 'blocker'): assert 0, 'a table was given twice'\n"
    )
    outcome = behave(tmp_path, GOOD, environment)
    assert outcome.exit_status == 1
    assert outcome.statuses() == {"one": "passed", "two": "passed", "All is well": "failed"}, outcome.output
    assert outcome.message("All is well") == "AssertionError: a table was given twice"
    found = labels(next(result for result in outcome.results if result["name"] == "All is well"))
    assert (found["feature"], found["story"], found["severity"]) == (["The run"], ["At the end"], ["blocker"])


def test_what_a_scenario_failed_with_is_not_reported_of_the_run_again(tmp_path: Path) -> None:
    environment = (
        "from bookingflow.report.allure import result_of_the_run\n"
        "class Twice(AssertionError): code = 'given_twice'\n"
        "def after_step(context, step):\n"
        "    if context.scenario.name == 'one': step.exception, step.status = Twice('here'), type(step.status).failed\n"
        "def after_all(context):\n"
        "    with result_of_the_run('All is well'): raise Twice('there')\n"
    )
    outcome = behave(tmp_path, GOOD, environment)
    assert outcome.exit_status == 1
    assert outcome.statuses() == {"one": "failed", "two": "passed"}, outcome.output


def test_every_text_goes_through_the_sanitizer_that_is_given(tmp_path: Path) -> None:
    environment = (
        "from bookingflow.report.allure import sanitize_with\n"
        "def before_all(context): sanitize_with(lambda text: text.replace('hush', '***'))\n"
        "def after_feature(context, feature): raise RuntimeError('hush')\n"
    )
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "telling.py").write_text(
        "import allure\nfrom behave import given\n"
        "@given('a hush {word}')\ndef telling(context, word):\n"
        "    with allure.step('hush inside'): raise ValueError('hush')\n"
    )
    examples = "    Examples:\n      | word |\n      | hush |\n"
    said = (
        '    Given a good step\n      | hush |\n      | hush |\n    And a good step\n      """\n      hush\n      """\n'
    )
    outcome = behave(
        tmp_path, f"Feature: F\n  Scenario Outline: of <word>\n{said}    Given a hush <word>\n{examples}", environment
    )
    attached = [path.read_text() for path in (tmp_path / "results").glob("*-attachment.*")]
    assert len(attached) == 2
    assert not [text for text in attached if "hush" in text or "***" not in text]
    assert len(outcome.results) == 2
    for result in outcome.results:
        said = json.dumps({**result, "fullName": ""})
        assert "hush" not in said, said
        assert "***" in said


def test_half_a_character_loses_no_evidence(tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "telling.py").write_text(
        "import allure\nfrom behave import given\n"
        "@given('half a character')\ndef telling(context):\n"
        "    allure.attach('seen \\ud83d', name='what was seen')\n"
        "    raise ValueError('half \\ud83d')\n"
    )
    outcome = behave(tmp_path, "Feature: F\n  Scenario: one\n    Given half a character\n", "")
    assert outcome.statuses() == {"one": "broken"}
    assert "half \\ud83d" in outcome.message("one")
    assert [path.read_text() for path in (tmp_path / "results").glob("*-attachment*")] == ["seen \\ud83d"]
