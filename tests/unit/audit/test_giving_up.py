"""When later scenarios are not tried any more, and when they are."""

from __future__ import annotations

import pytest

from bookingflow.audit.giving_up import NOT_TRIED, UNREACHABLE, GivingUp
from bookingflow.booking.diagnosis import diagnose
from bookingflow.scenario.session import BookingReport
from tests.support.failure_cases import case

CONFIRMING = ["I book 4 guests for that time", "it is confirmed with a table within 60s"]
OTHERS = ["I try to book with no date", "it is refused because something in it is wrong"]


def ended(outcome: str, *, waited: float = 90.0) -> BookingReport:
    """A booking that ended so after so many seconds of its ninety."""
    found = case(outcome)
    found.booking.metrics.total_ms = waited * 1000
    return BookingReport("A scenario", found.booking, diagnose(found))


def confirmed() -> BookingReport:
    found = case("confirmed_inline_api")
    return BookingReport("A scenario", found.booking)


def after(*reports: BookingReport, limit: int | None = 5) -> GivingUp:
    giving_up = GivingUp(limit)
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


def test_a_platform_that_answers_nothing_is_asked_nothing_more() -> None:
    giving_up = GivingUp(5)
    for _ in range(5):
        assert not giving_up.unreachable
        giving_up.scenario_over([], not_asked=UNREACHABLE)
    assert giving_up.unreachable
    assert "did not answer 5 times" in (giving_up.reason_to_skip(OTHERS) or "")


def test_what_holds_for_every_booking_stops_at_once_whatever_a_scenario_says() -> None:
    giving_up = GivingUp(None)
    giving_up.stop("the database is another platform's")
    assert giving_up.reason_to_skip(OTHERS) == f"{NOT_TRIED}: the database is another platform's"


def test_a_wall_is_not_run_into_again_and_again() -> None:
    walled = [ended("wall", waited=2.0) for _ in range(5)]
    assert after(*walled[:4]).reason_to_skip(OTHERS) is None
    assert after(*walled).reason_to_skip(OTHERS) == (
        f"{NOT_TRIED}: something else answered instead of the platform 5 times, one after the other"
    )
    assert not after(*walled).unreachable
