"""What behave knows of a scenario, as the result that every view shows."""

from __future__ import annotations

import errno
from types import SimpleNamespace
from typing import Any

import pytest
from behave.model_type import Status

from bookingflow.core.errors import BrokenPromise, NotJudged, TargetUnreachable
from bookingflow.core.failures import FAILURES
from bookingflow.report.scenario_results import again_together, asked_for, result_of, shown_defines
from tests.support.scenarios import scenario, step
from tests.support.summaries import result

PROMISE = BrokenPromise("Four are pending", code="refused")


def test_a_kept_promise_says_where_it_stands_and_how_it_is_run_again() -> None:
    said = result_of(scenario(Status.passed), " -D party_size=6", ["c-1"])
    assert (said.id, said.name, said.status, said.duration_ms) == ("BOOK-001", "Four get a table", "passed", 250.0)
    assert (said.location, said.feature, said.rule) == ("features/rooms.feature:7", "Rooms", "")
    assert said.again.endswith("behave -D party_size=6 features/rooms.feature:7")
    assert said.correlation_ids == ("c-1",)
    assert (said.code, said.sentence, said.known) == (None, None, None)


@pytest.mark.parametrize(
    ("ended", "status", "code", "words"),
    [
        (scenario(Status.failed, failed=step(Status.failed, PROMISE)), "failed", "refused", "Four are pending."),
        (
            scenario(Status.failed, failed=step(Status.failed, NotJudged("Nobody answers", code="unreachable"))),
            *("error", "unreachable", "Nobody answers"),
        ),
        (
            scenario(Status.error, failed=step(Status.error, ValueError("boom"))),
            *("error", "suite_defect", "An error of the suite: ValueError: boom."),
        ),
        (
            scenario(
                Status.error, failed=step(Status.error, OSError(errno.ENOSPC, "No space left on device", "made.jsonl"))
            ),
            *("error", "wrong_file", "made.jsonl can't be read or written: No space left on device."),
        ),
        (
            scenario(Status.error, failed=step(Status.error, RuntimeError("can't start new thread"))),
            *("error", "suite_error", "This machine gives the run no more threads"),
        ),
        (
            scenario(Status.failed, failed=step(Status.failed, AssertionError())),
            *("failed", "suite_defect", "An assertion failed"),
        ),
        (
            scenario(Status.undefined, failed=step(Status.undefined)),
            *("error", "undefined_step", "No step definition fits: Then it is confirmed"),
        ),
        (
            scenario(Status.error, failed=step(Status.error, KeyboardInterrupt("SIGINT"))),
            *("error", "cut_off", "The run was stopped here."),
        ),
        (
            scenario(Status.hook_error, exception=PROMISE, error_message="HOOK-ERROR in after_scenario"),
            *("failed", "refused", "Four are pending."),
        ),
        (
            scenario(Status.hook_error, exception=TargetUnreachable("It is gone."), error_message="HOOK-ERROR"),
            *("error", "unreachable", "It is gone."),
        ),
        (scenario(Status.cleanup_error), "error", "suite_defect", "a hook or clean-up failed"),
    ],
    ids=[
        *("broken", "not judged", "error", "full disk", "no thread", "wordless", "undefined", "stopped"),
        *("audit", "hook", "clean-up"),
    ],
)
def test_what_went_wrong_has_status_code_and_sentence(ended: Any, status: str, code: str, words: str) -> None:
    said = result_of(ended)
    assert (said.status, said.code) == (status, code)
    assert words in (said.sentence or "")
    assert said.title


def test_title_and_who_can_act_are_those_of_the_catalogue_unless_the_case_knows_better() -> None:
    said = result_of(scenario(Status.failed, failed=step(Status.failed, PROMISE)))
    assert (said.title, said.who_can_act) == (FAILURES["refused"].title, "the platform team")
    here = BrokenPromise("Four are turned away", code="refused", who_can_act="the restaurant")
    assert result_of(scenario(Status.failed, failed=step(Status.failed, here))).who_can_act == "the restaurant"


def test_what_a_step_and_a_hook_met_alike_is_said_once() -> None:
    gone = "Nobody listens. Who can act: the team that runs the platform."
    both = scenario(
        Status.hook_error,
        failed=step(Status.error, NotJudged(gone, code="unreachable")),
        exception=TargetUnreachable("Nobody listens."),
    )
    said = result_of(both).sentence
    assert said is not None
    assert said.count("Nobody listens.") == 1


def test_a_broken_promise_weighs_more_than_the_hook_that_failed_after_it() -> None:
    said = result_of(
        scenario(
            Status.hook_error,
            failed=step(Status.failed, PROMISE),
            exception=OSError("disk"),
            error_message="HOOK-ERROR",
        )
    )
    assert (said.status, said.code) == ("failed", "refused")
    assert "Four are pending." in (said.sentence or "")
    assert "OSError: disk" in (said.sentence or "")


@pytest.mark.parametrize(
    ("reason", "status", "known"),
    [
        ("needs merges", "skipped", None),
        ("not tried: the last 5 bookings waited", "not_tried", None),
        ("Known breach: Wishes are ignored (https://t/1, until 2999-12-31) — It is.", "known", "Wishes are ignored"),
    ],
)
def test_what_was_skipped_has_its_reason(reason: str, status: str, known: str | None) -> None:
    said = result_of(scenario(Status.skipped, skip_reason=reason))
    assert (said.status, said.sentence) == (status, reason)
    assert (said.known or "").startswith(known or "")
    assert (said.known is None) == (known is None)


def test_what_the_run_did_not_reach_is_not_run() -> None:
    assert result_of(scenario(Status.untested)).status == "not_run"


@pytest.mark.parametrize(
    ("ended", "asked"),
    [
        (scenario(Status.passed), True),
        (scenario(Status.untested), True),
        (scenario(Status.untested, should_run=lambda config=None: False), False),
        (scenario(Status.skipped), False),
        (scenario(Status.skipped, skip_reason="needs merges"), True),
    ],
)
def test_only_what_was_selected_counts(ended: Any, asked: bool) -> None:
    assert asked_for(ended, SimpleNamespace()) == asked


def test_an_outlines_row_has_no_number_of_behaves() -> None:
    row = SimpleNamespace(cells=["6", "indoor"])
    name = "Everybody has a seat: 6 guests -- @1.2 sizes"
    assert result_of(scenario(Status.passed, name=name, _row=row)).name == "Everybody has a seat: 6 guests"
    name = "Everybody has a seat -- @1.2 sizes"
    assert result_of(scenario(Status.passed, name=name, _row=row)).name == "Everybody has a seat (6, indoor)"


def test_one_command_runs_all_again() -> None:
    few = [result(number, "failed") for number in (1, 2, 2)]
    assert again_together(few).endswith("behave features/rooms.feature:1 features/rooms.feature:2")
    many = [result(number, "failed") for number in range(1, 12)]
    assert again_together(many).endswith("behave -D last_failed=true")


def test_options_are_repeated_without_what_must_not_be_shown() -> None:
    defined = {"party_size": "6", "guest_email": "a@b.example", "job_token": "secret", "notes": "by the window"}
    assert shown_defines(defined) == " -D party_size=6 -D 'notes=by the window'"
