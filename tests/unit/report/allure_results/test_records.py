"""Phases in the report: under their booking, in the sentence's step, and red only where that is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from allure_commons import model2
from behave.model_type import Status

from bookingflow.core.errors import BrokenPromise, NotJudged
from bookingflow.core.events import BookingLog
from bookingflow.report.allure_results import records
from bookingflow.report.allure_results.records import AllureRecords
from tests.support.fakes import NOW, FakeClock, Stream

FAILED = BrokenPromise("it waits", code="unexplained")
WITHHELD = NotJudged("nobody knows", code="unreachable")


class Stage:
    """Bookings that emit records, and the steps that the report is given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = FakeClock()
        self.stream = Stream.on(self.clock).stream
        self.records = AllureRecords()
        self.stream.subscribe(self.records)
        self.shown: list[model2.TestStepResult] = []
        monkeypatch.setattr(records, "add_steps", self.shown.extend)

    def booking(self, number: int = 1) -> BookingLog:
        return BookingLog(self.stream, correlation_id=f"c{number}")

    def submit(self, log: BookingLog, party: int = 2) -> None:
        with log.phase("submit") as phase:
            self.clock.sleep(0.5)
            phase.complete("HTTP 201, pending", party=party)

    def wait_in_vain(self, log: BookingLog) -> None:
        with log.phase("post_job_poll") as phase:
            log.observe("pending, no table", status="pending", reference="C35G2K7TQ")
            self.clock.sleep(4)
            phase.fail("pending after 4.00 s, 12 checks")

    def end_step(self, status: Status = Status.passed, error: Exception | None = None) -> None:
        self.records.step_ends(SimpleNamespace(status=status, exception=error, error_message="", keyword="", name=""))


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


def test_phases_stand_under_their_booking_with_their_own_times(stage: Stage) -> None:
    log = stage.booking()
    stage.submit(log)
    stage.end_step()
    (booking,) = stage.shown
    assert booking.name == "booking, 2 guests"
    (phase,) = booking.steps
    began = int(NOW.timestamp() * 1000)
    assert (phase.name, phase.status) == ("submit — HTTP 201, pending", "passed")
    assert (phase.start, phase.stop) == (booking.start, booking.stop) == (began, began + 500)


def test_a_booking_has_its_reference_once_it_is_known_in_earlier_steps_too(stage: Stage) -> None:
    log = stage.booking()
    stage.submit(log)
    stage.end_step()
    stage.wait_in_vain(log)
    stage.end_step()
    assert [step.name for step in stage.shown] == ["booking C35G2K7TQ, 2 guests"] * 2


def test_of_a_crowd_each_has_its_own_step_however_their_records_mix(stage: Stage) -> None:
    first, second = stage.booking(1), stage.booking(2)
    with first.phase("submit") as one, second.phase("submit") as other:
        one.complete("HTTP 201", party=1)
        other.complete("HTTP 409", party=5)
    stage.end_step()
    assert [(step.name, [phase.name for phase in step.steps]) for step in stage.shown] == [
        ("booking, 1 guest", ["submit — HTTP 201"]),
        ("booking, 5 guests", ["submit — HTTP 409"]),
    ]


@pytest.mark.parametrize(
    ("status", "error", "colour"),
    [
        (Status.passed, None, "passed"),
        (Status.skipped, None, "passed"),
        (Status.failed, FAILED, "failed"),
        (Status.error, WITHHELD, "broken"),
    ],
    ids=["waiting is asked for", "a known breach", "broken", "not judged"],
)
def test_a_phase_that_ends_without_a_table_is_red_only_where_its_sentence_is(
    stage: Stage, status: Status, error: Any, colour: str
) -> None:
    log = stage.booking()
    stage.submit(log)
    stage.wait_in_vain(log)
    stage.end_step(status, error)
    (booking,) = stage.shown
    assert [phase.status for phase in booking.steps] == ["passed", colour]
    assert booking.status == colour
    assert all(phase.statusDetails is None for phase in booking.steps), "its name says it already"


def test_phases_outside_of_steps_are_shown_at_the_scenarios_end_and_the_log_begins_anew(stage: Stage) -> None:
    stage.submit(stage.booking())
    assert len(stage.records.take_log()) == 2
    assert [step.name for step in stage.shown] == ["booking, 2 guests"]
    assert stage.records.take_log() == []
    assert len(stage.shown) == 1


def test_a_phase_that_was_cut_off_is_no_success(stage: Stage) -> None:
    log = stage.booking()
    open_phase = log.phase("inline_poll")
    open_phase.__enter__()
    stage.end_step()
    (booking,) = stage.shown
    assert [(phase.name, phase.status) for phase in booking.steps] == [("inline_poll", "broken")]
    open_phase.__exit__(None, None, None)
