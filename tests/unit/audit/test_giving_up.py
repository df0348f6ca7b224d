"""When later scenarios are not tried any more, and when they are."""

from __future__ import annotations

import pytest

from bookingflow.audit.giving_up import NOT_TRIED, GivingUp
from bookingflow.booking.diagnosis import diagnose
from bookingflow.core.errors import BrokenPromise, LoginRefused, NotJudged, TargetEnded, TargetUnreachable
from bookingflow.scenario.session import BookingReport
from tests.support.failure_cases import case

CONFIRMING = ["I book 4 guests for that time", "it is confirmed with a table within 60s"]
BROKEN = BrokenPromise("Booking ABC", code="missing")
OTHERS = ["I try to book with no date", "it is refused because something in it is wrong"]


def ended(outcome: str, *, waited: float = 90.0) -> BookingReport:
    """A booking that ended so after so many seconds of its ninety."""
    found = case(outcome)
    found.booking.metrics.total_ms = waited * 1000
    return BookingReport("A scenario", found.booking, diagnose(found))


def confirmed() -> BookingReport:
    found = case("confirmed_inline_api")
    return BookingReport("A scenario", found.booking)


def counting(limit: int | None = 5, *, hidden: bool = False) -> GivingUp:
    """A run that gives up after so many bookings, on a database that hides something or nothing."""
    return GivingUp(limit, lambda: hidden)


def after(*reports: BookingReport, limit: int | None = 5) -> GivingUp:
    giving_up = counting(limit)
    for report in reports:
        giving_up.scenario_over([report])
    return giving_up


def test_after_five_that_waited_for_the_same_cause_confirmations_are_not_tried() -> None:
    waiting = [ended("background_job_disabled") for _ in range(5)]
    assert after(*waiting[:4]).reason_to_skip(CONFIRMING) is None
    reason = after(*waiting).reason_to_skip(CONFIRMING) or ""
    assert reason.startswith(f"{NOT_TRIED}: the last 5 bookings waited their whole deadline")
    assert "there is no background job" in reason
    assert after(*waiting).reason_to_skip(OTHERS) is None


@pytest.mark.parametrize(
    "between", [confirmed(), ended("background_job_failed")], ids=["a confirmed one", "another cause"]
)
def test_what_comes_between_begins_the_row_anew(between: BookingReport) -> None:
    waiting = [ended("background_job_disabled") for _ in range(4)]
    assert after(*waiting, between, *waiting).reason_to_skip(CONFIRMING) is None


def test_what_did_not_wait_does_not_count() -> None:
    quick = [ended("refused", waited=0.1) for _ in range(9)]
    assert after(*quick).reason_to_skip(CONFIRMING) is None
    waiting = [ended("background_job_disabled") for _ in range(5)]
    assert after(*waiting[:3], *quick, *waiting[3:]).reason_to_skip(CONFIRMING) is not None


def test_never_is_never() -> None:
    assert after(*[ended("background_job_disabled") for _ in range(50)], limit=None).reason_to_skip(CONFIRMING) is None


@pytest.mark.parametrize(
    ("code", "why"),
    [(TargetUnreachable.code, "the platform did not answer"), (LoginRefused.code, "the database refused the log-in")],
)
def test_a_platform_that_answers_nothing_is_asked_nothing_more(code: str, why: str) -> None:
    giving_up = counting()
    for _ in range(5):
        assert not giving_up.unreachable
        giving_up.scenario_over([], [None, NotJudged("Nothing answers", code=code)])
    assert giving_up.unreachable
    assert f"{why} 5 times" in (giving_up.reason_to_skip(OTHERS) or "")


def test_a_demo_that_has_ended_is_asked_nothing_more_whatever_the_limit() -> None:
    over: list[TargetEnded] = []
    giving_up = GivingUp(None, lambda: False, lambda: over[0] if over else None)
    assert (giving_up.reason_to_skip(OTHERS), giving_up.unreachable) == (None, False)
    over.append(TargetEnded("process 7 was ended by SIGKILL"))
    reason = f"{NOT_TRIED}: The demo platform of this run has ended: its process 7 was ended by SIGKILL"
    assert (giving_up.reason_to_skip(OTHERS), giving_up.unreachable) == (reason, True)


def test_what_was_asked_and_not_judged_for_another_reason_does_not_count() -> None:
    giving_up = counting()
    for _ in range(9):
        giving_up.scenario_over([], [None, NotJudged("No slot has room", code="not_possible"), BROKEN])
    assert giving_up.reason_to_skip(OTHERS) is None


def test_an_error_of_a_scenario_counts_once_beside_its_bookings() -> None:
    giving_up = counting()
    for _ in range(4):
        giving_up.scenario_over([ended("wall", waited=2.0)], [NotJudged("A log-in wall", code="wall")])
    assert giving_up.reason_to_skip(OTHERS) is None


@pytest.mark.parametrize(
    ("code", "hidden", "stops"),
    [("other_database", False, True), ("evidence_hidden", True, True), ("evidence_hidden", False, False)],
)
def test_where_no_booking_can_be_watched_nothing_more_is_tried(code: str, hidden: bool, stops: bool) -> None:
    giving_up = counting(None, hidden=hidden)
    giving_up.scenario_over([], [BROKEN, NotJudged("The database is another platform's", code=code)])
    reason = f"{NOT_TRIED}: The database is another platform's"
    assert giving_up.reason_to_skip(OTHERS) == (reason if stops else None)


def test_a_wall_is_not_run_into_again_and_again() -> None:
    walled = [ended("wall", waited=2.0) for _ in range(5)]
    assert after(*walled[:4]).reason_to_skip(OTHERS) is None
    assert after(*walled).reason_to_skip(OTHERS) == (
        f"{NOT_TRIED}: something else answered instead of the platform 5 times, one after the other"
    )
    assert not after(*walled).unreachable
