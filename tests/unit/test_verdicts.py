"""What the matrix of verdicts counts: caught, named, false alarms; and how runs are planned."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest
from behave.configuration import Configuration
from behave.formatter.base import StreamOpener
from behave.formatter.json import JSONFormatter
from behave.parser import parse_feature
from behave.runner import ModelRunner
from behave.step_registry import StepRegistry

from bookingflow.core.failures import PLATFORM_TEAM
from verdicts.__main__ import main
from verdicts.judging import judge, said_without_it
from verdicts.runs import (
    Defect,
    Run,
    Scenario,
    Summarized,
    features_in,
    features_of,
    is_slow,
    merged,
    scenarios_in,
    shards,
)

DEFECT = Defect("tables-vanish", "Tables vanish.", "BOOK-001", frozenset({"tables"}), "no table", slow=False)


def scenario(name: str, status: str = "passed", message: str = "", *tags: str) -> Scenario:
    return Scenario(name, f"{name} title", frozenset({name, *tags}), status, message)


def ran(*scenarios: Scenario, exit_status: int = 1, defect: Defect | None = DEFECT) -> Run:
    return Run(defect, scenarios, exit_status, "")


def test_a_promise_that_runs_only_where_it_is_asked_for_is_asked_for() -> None:
    assert (is_slow("BOOK-150"), is_slow("BOOK-001")) == (True, False)


def test_a_breach_that_its_promise_names_is_right() -> None:
    one = judge(ran(scenario("BOOK-001", "failed", "It has NO TABLE."), scenario("BOOK-020", "failed", "x", "tables")))
    assert (one.caught, one.named, one.false_alarms, one.right) == (True, True, [], True)


@pytest.mark.parametrize(
    ("scenarios", "caught", "named"),
    [
        ([scenario("BOOK-001")], False, False),
        ([scenario("BOOK-020", "failed", "no table", "tables")], True, False),
        ([scenario("BOOK-001", "failed", "something else")], True, False),
        ([scenario("BOOK-001", "error", "no table")], True, True),
        ([], False, False),
    ],
)
def test_what_its_promise_does_not_say_is_not_named(scenarios: list[Scenario], caught: bool, named: bool) -> None:
    one = judge(ran(*scenarios))
    assert (one.caught, one.named, one.right) == (caught, named, caught and named)


@pytest.mark.parametrize("status", [0, 3, 4])
def test_a_red_scenario_in_a_run_that_says_of_no_broken_promise_is_not_caught(status: int) -> None:
    assert not judge(ran(scenario("BOOK-001", "failed", "no table"), exit_status=status)).caught


@pytest.mark.parametrize(
    ("other", "explained"),
    [
        (Summarized("BOOK-001", "It waits.", "unexplained", PLATFORM_TEAM), False),
        (Summarized("BOOK-001", "It waits.", "capacity", "the restaurant"), False),
        (Summarized("BOOK-001", "It waits.", "background_job_idle", PLATFORM_TEAM), True),
        (Summarized("BOOK-020", "It waits.", "unexplained", PLATFORM_TEAM), True),
    ],
    ids=["without a reason", "of somebody else", "with both", "another promise"],
)
def test_a_promise_without_a_reason_or_of_somebody_else_is_not_right(other: Summarized, explained: bool) -> None:
    summarized = (Summarized("BOOK-001", "It has no table.", "no_table", PLATFORM_TEAM), other)
    one = judge(replace(ran(scenario("BOOK-001", "failed", "no table")), summarized=summarized))
    assert (one.named, one.explained, one.right) == (True, explained, explained)
    assert ("gives no reason" in one.described()) is not explained


@pytest.mark.parametrize(
    ("summarized", "named"),
    [
        (None, True),
        ((Summarized("BOOK-001", "It has no table."),), True),
        ((Summarized("BOOK-001", "It failed."),), False),
        ((Summarized("BOOK-002", "It has no table."),), False),
        ((), False),
    ],
    ids=["killed", "told", "in other words", "of another", "of none"],
)
def test_the_summary_alone_tells_the_breach(summarized: tuple[Summarized, ...] | None, named: bool) -> None:
    one = judge(replace(ran(scenario("BOOK-001", "failed", "no table")), summarized=summarized))
    assert one.named == named
    assert ("in summary.json" in one.described()) != named


def test_red_outside_of_what_is_declared_is_a_false_alarm() -> None:
    one = judge(ran(scenario("BOOK-001", "failed", "no table"), scenario("BOOK-110", "hook_error", "x", "rate_limit")))
    assert [alarm.id for alarm in one.false_alarms] == ["BOOK-110"]
    assert not one.right
    assert "false alarms: BOOK-110" in one.described()


OTHER = Defect("tables-shrink", "Tables shrink.", "BOOK-001", frozenset(), "no table|too small", slow=False)
ELSEWHERE = Defect("notes-vanish", "Notes vanish.", "BOOK-060", frozenset(), "no", slow=False)


def test_what_tells_a_breach_must_not_match_with_another_defect_of_the_same_promise() -> None:
    one = judge(
        ran(scenario("BOOK-001", "failed", "It has no table."), scenario("BOOK-020", "failed", "too small", "tables"))
    )
    other = judge(ran(scenario("BOOK-001", "failed", "It is too small."), defect=OTHER))
    elsewhere = judge(ran(scenario("BOOK-060", "failed", "no notes"), defect=ELSEWHERE))
    assert (one.right, other.right, elsewhere.right) == (True, True, True)
    assert said_without_it([one, other, elsewhere], []) == {"tables-shrink": ["tables-vanish"]}
    assert said_without_it([one, elsewhere], []) == {}


def test_what_tells_a_breach_must_not_match_in_a_healthy_run() -> None:
    one = judge(ran(scenario("BOOK-001", "failed", "It has no table.")))
    healthy = Run(None, (scenario("BOOK-001"),), 0, "Nothing to say.")
    assert said_without_it([one], [healthy]) == {}
    noted = Run(None, (scenario("BOOK-001", "passed", "There is no table free."),), 0, "")
    assert said_without_it([one], [healthy, noted]) == {"tables-vanish": ["no defect"]}
    printed = Run(None, (), 0, "Note: no table was free.")
    assert said_without_it([one], [printed]) == {"tables-vanish": ["no defect"]}


def test_a_run_without_a_defect_is_not_judged_here() -> None:
    with pytest.raises(ValueError, match="without a defect"):
        judge(ran(defect=None))


def test_shards_of_a_run_are_one_run_that_failed_if_any_did() -> None:
    whole = merged([ran(scenario("BOOK-001"), exit_status=0), ran(scenario("BOOK-020", "failed"), exit_status=1)])
    assert [one.id for one in whole.scenarios] == ["BOOK-001", "BOOK-020"]
    assert whole.exit_status == 1
    assert merged([ran(exit_status=0), ran(exit_status=3), ran(exit_status=-9)]).exit_status == -9
    assert merged([ran(exit_status=1), ran(exit_status=4)]).exit_status == 1


def test_only_slow_defects_are_run_in_parts_and_no_feature_is_left_out() -> None:
    assert len(shards(DEFECT)) == 1
    slow = Defect("slow", "Slow.", "BOOK-006", frozenset(), "no answer", slow=True)
    assert sorted(path for part in shards(slow) for path in part) == sorted(shards(DEFECT)[0])
    assert sorted(path for part in shards(DEFECT, halved=True) for path in part) == sorted(shards(DEFECT)[0])
    assert len(shards(DEFECT, halved=True)) == 2
    assert set(features_of("BOOK-006")) < set(shards(DEFECT)[0])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("[\n", []),
        ('[\n{"name": "A"},\n\n{"name": "B"}\n]\n', ["A", "B"]),
        ('[\n{"name": "A"},\n\n{"name": "B"}', ["A", "B"]),
        ('[\n{"name": "A"},\n\n', ["A"]),
    ],
    ids=["nothing", "killed at once", "whole", "killed after a feature", "killed before a feature"],
)
def test_what_a_killed_run_has_judged_counts(text: str, names: list[str]) -> None:
    assert [feature["name"] for feature in features_in(text)] == names


FEATURE = """
Feature: Tables
  Background: Somewhere
    Given a table

  Scenario: Before the rule
    Then it breaks

  Rule: One
    Scenario: Last of a rule
      Then it breaks

  Rule: Two
    Scenario: First
      Then it stands

    Scenario: Last
      Then it breaks
"""


def test_a_scenario_is_red_also_where_a_rule_follows_it() -> None:
    """behave names the feature's background again at each rule, and only then writes how the scenario before ended."""
    assert [(scenario.title, scenario.status) for scenario in scenarios_in(features_in(as_behave_writes(FEATURE)))] == [
        ("Before the rule", "failed"),
        ("Last of a rule", "failed"),
        ("First", "passed"),
        ("Last", "failed"),
    ]


def as_behave_writes(text: str) -> str:
    """What behave's own formatter writes of a run of this feature."""

    def fail(_: object) -> None:
        raise AssertionError("no table")

    steps, written = StepRegistry(), io.StringIO()
    for keyword, sentence, step in (
        ("given", "a table", lambda _: None),
        ("then", "it stands", lambda _: None),
        ("then", "it breaks", fail),
    ):
        steps.add_step_definition(keyword, sentence, step)
    config = Configuration([], load_config=False)
    runner = ModelRunner(config, features=[parse_feature(text)], step_registry=steps)
    runner.formatters = [JSONFormatter(StreamOpener(stream=written), config)]
    with redirect_stdout(io.StringIO()):
        runner.run_model()
    return written.getvalue()


def test_a_defect_that_there_is_not_is_refused_with_the_one_that_was_meant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("verdicts.__main__.defects", lambda: [replace(DEFECT, name="lost-after-confirm")])
    monkeypatch.setattr("sys.argv", ["verdicts", "lost-after-confrm"])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "there is no defect lost-after-confrm; did you mean lost-after-confirm?" in capsys.readouterr().err


def test_a_folder_is_no_file_for_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("verdicts.__main__.defects", lambda: [DEFECT])
    monkeypatch.setattr("sys.argv", ["verdicts", "--output", str(tmp_path)])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert f"--output: {tmp_path} is a folder" in capsys.readouterr().err
