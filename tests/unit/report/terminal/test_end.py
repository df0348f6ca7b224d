"""The end of a run on the console."""

from __future__ import annotations

from bookingflow.core.repetitions import Repeating
from bookingflow.report.repetitions import repetitions
from bookingflow.report.summary import Finding, Reason, ScenarioResult, Status, Summary
from bookingflow.report.terminal.end import end_lines, end_sentence, last_line
from tests.support.summaries import result, summary

TWICE = Finding(code="double_booking", title="A table is given twice", sentence="T01 is given to A and B.")


def shown(said: Summary, new: tuple[ScenarioResult, ...] = ()) -> str:
    return "\n".join(end_lines(said, paint=lambda text, color: text, new=new))


def test_a_green_run_ends_in_one_line() -> None:
    assert shown(summary(result(1), result(2))) == "\nKept. 2 promises: 2 kept, in 43.2 s"


def test_failures_stand_once_and_in_full_by_cause() -> None:
    said = shown(summary(result(1), result(60, "failed"), result(61, "failed"), result(7, "error", "unreachable")))
    broken, unjudged = said.index("Broken promises"), said.index("Not judged\n")
    assert broken < unjudged
    assert said.count("\n        Booking 60.\n") == 1
    headline = "2 promises, one cause: guests' notes are not stored (BOOK-060, BOOK-061)"
    assert f"{headline}. Who can act: the platform team.\n" in said
    assert said.count("the platform team") == 1
    assert "features/rooms.feature:60" in said
    assert said.count("Run it again: ") == 1
    assert said.endswith("\nBroken: 2 promises. 4 promises: 1 kept, 1 not judged, in 43.2 s")
    assert "make report" in said


def test_what_the_run_found_is_counted_and_stands_under_its_own_heading() -> None:
    said = shown(summary(result(1), findings=(TWICE,)))
    assert "Also broken, in bookings of other scenarios\n  ✗ A table is given twice\n      T01 is given" in said
    assert said.endswith("\nBroken: 1 finding. 1 promise: 1 kept, in 43.2 s")


def test_a_finding_has_its_title_once() -> None:
    sentences = "A table is given twice. Found in 2 bookings.\n  - booking A\nA table is given twice. At B."
    said = shown(summary(result(1), findings=(TWICE.model_copy(update={"sentence": sentences}),)))
    assert "✗ A table is given twice\n      Found in 2 bookings.\n        - booking A\n      At B.\n" in said


def test_what_was_given_up_is_said_once_with_its_reason() -> None:
    given_up = "Not tried: the last 5 bookings waited (A table is lost)"
    left = [result(number, "not_tried", sentence=given_up) for number in (20, 21, 22)]
    said = shown(summary(result(1, "failed"), *left))
    headline = "3 promises: not tried (BOOK-020, BOOK-021, BOOK-022)"
    reason = "The last 5 bookings waited (A table is lost)."
    assert f"\nNot judged\n  {headline}\n    {reason}\n" in said
    assert said.count("The last 5 bookings") == 1
    assert "features/rooms.feature:20\n      " not in said


SLOW = Finding(code="slower", title="Guests wait longer", sentence="Guests wait longer. 98 % longer.")


def test_a_slow_run_is_red_as_a_whole_and_in_no_other_scenarios_bookings() -> None:
    said = shown(summary(result(1), findings=(SLOW,)))
    assert "\nThe run as a whole\n  ✗ Guests wait longer\n      98 % longer." in said
    assert "bookings of other scenarios" not in said
    assert said.endswith("\nBroken: 1 finding. 1 promise: 1 kept, in 43.2 s")
    known = shown(summary(result(1), findings=(SLOW.model_copy(update={"known": "Until May."}),)))
    assert "Known, of the run as a whole: Guests wait longer. Until May." in known


def test_what_is_new_is_named() -> None:
    said = shown(summary(result(60, "failed"), result(61, "failed")), new=(result(61, "failed"),))
    assert "\nNew since the last run: BOOK-061\n" in said


def test_what_else_is_to_be_said_stands_above_the_verdict() -> None:
    said = "\n".join(end_lines(summary(result(1)), paint=lambda text, color: text, notes=["Healed: BOOK-001."]))
    assert said == "Healed: BOOK-001.\n\nKept. 1 promise: 1 kept, in 43.2 s"


def test_nothing_from_outside_is_obeyed() -> None:
    said = shown(summary(result(60, "failed", sentence="Told:\n::error::x\n##[warning]y \x1b[31m")))
    assert "\n::" not in said.replace(" ", "")
    assert "##[" not in said
    assert "\x1b" not in said


def test_every_count_has_its_word() -> None:
    said = summary(
        *(result(1), result(2, "known"), result(3, "known"), result(4, "not_tried"), result(5, "skipped")),
        *(result(6, "not_run"), result(7, "error")),
        cut_off=True,
    )
    assert last_line(said) == (
        "Cut off. 6 promises: 1 kept, 2 broken as known, 1 not judged, 1 not tried, 1 skipped, 1 not run, in 43.2 s"
    )


def test_standard_error_has_one_line_for_each_kind_of_end() -> None:
    broken = summary(result(60, "failed"), findings=(TWICE,))
    cut_off = "Cut off by SIGTERM: 3 scenarios did not run."
    assert end_sentence(broken, "") == "Broken: 1 promise, 1 finding."
    assert end_sentence(broken, cut_off) == f"Broken: 1 promise, 1 finding. {cut_off}"
    assert end_sentence(summary(result(1), cut_off=True), cut_off) == cut_off
    assert end_sentence(summary(result(1, "error"), result(2, "not_tried")), "") == "Not judged: 2 promises."
    left = Finding(code="suite_error", title="Left behind", sentence="Left.", status="error")
    assert end_sentence(summary(result(1), findings=(left,)), "") == "Not judged: the run as a whole."
    reason = Reason(code="unreachable", sentence="It does not answer.", hint="Is it running?")
    assert end_sentence(summary(reason=reason), "") == "It does not answer. Is it running?"


def repeated(*statuses: Status, times: int = 1) -> Summary:
    """A run that repeated one promise, which ended so each time."""
    results = [result(60, status, repetition=number) for number, status in enumerate(statuses * times, 1)]
    return summary(*results, repetitions=repetitions(Repeating(len(results)), results))


def test_a_failure_that_came_again_and_again_stands_in_full_once() -> None:
    said = shown(repeated("passed", "failed", "passed", "failed", "failed", "failed"))
    assert said.count("Guests' notes are not stored. Booking 60.") == 1
    assert "✗ BOOK-060 Promise 60 (repetition 2)\n" in said
    assert "so too in 3 more repetitions: 4–6\n" in said
    assert "Run it again: behave features/rooms.feature:60\n" in said


def test_the_end_of_many_repetitions_tells_the_rate_with_its_bound() -> None:
    assert "\n0 of 200 repetitions failed: at most 1.5 % at 95 % confidence.\n" in shown(repeated("passed", times=200))
    said = shown(repeated("passed", "failed", "error", "passed"))
    assert "\n1 of 3 repetitions failed: at most 87 % at 95 % confidence.\nFailed in 2.\n" in said
    assert "\n1 repetition was not judged, and is not in this rate: 3.\n" in said
    assert said.endswith("\nBroken: 1 promise. 4 repetitions, 4 promises: 2 kept, 1 not judged, in 43.2 s")
