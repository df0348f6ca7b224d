"""The rules by which a booking's verdict is made, on recorded sequences, without waiting."""

from __future__ import annotations

import json

import httpx
import pytest

from bookingflow.booking.diagnosis import Diagnosis
from bookingflow.booking.diagnosis import diagnose as diagnose_case
from bookingflow.booking.failure_context import FailureContext
from bookingflow.booking.observation import MISSING_AFTER_S
from bookingflow.booking.tracked_booking import WAITING_OUTCOMES, TrackedBooking
from bookingflow.core.errors import EvidenceHidden, TargetUnreachable
from bookingflow.core.timing import Deadline
from bookingflow.platform.background_job import JobResult
from bookingflow.platform.database_models import BookingRow, Snapshot
from tests.support.fakes import (
    BOOKING_ID,
    CONFIRMED,
    event,
    row,
    table,
)
from tests.support.stage import DISABLED, DONE, FAILED, FULL, GAVE_UP, Stage


def diagnose(booking: TrackedBooking) -> Diagnosis:
    """The diagnosis when nothing is known of the house."""
    return diagnose_case(FailureContext(booking))


def test_confirmed_in_the_answer_needs_two_good_looks() -> None:
    stage = Stage((0, Snapshot(CONFIRMED, events=())), answer="confirmed")
    booking = stage.run()
    assert booking.outcome == "confirmed_inline_api"
    assert booking.metrics.inline_looks == 2
    assert booking.metrics.table_numbers == ["T05"]
    assert booking.deadline.elapsed == pytest.approx(0.1)
    assert stage.events() == [
        "submit:phase_started",
        "submit:phase_completed",
        "inline_poll:phase_started",
        "inline_poll:phase_completed",
        "final_summary:phase_started",
        "final_summary:phase_completed",
    ]


def test_what_the_answer_said_long_before_is_looked_at_twice_all_the_same() -> None:
    booking = Stage((0, Snapshot(CONFIRMED, events=())), answer="confirmed").run(followed_after=3)
    assert (booking.outcome, booking.metrics.inline_looks) == ("confirmed_inline_api", 2)
    assert booking.deadline.elapsed == pytest.approx(3.1)


def test_a_passing_confirmation_does_not_stand_because_the_answer_said_it_long_before() -> None:
    gone = Snapshot(row(), events=(event("auto_assign.started"),))
    booking = Stage((0, Snapshot(CONFIRMED, events=())), (3.05, gone), answer="confirmed").run(followed_after=3)
    assert not booking.confirmed


def test_confirmed_after_the_answer_is_found_by_polling() -> None:
    booking = Stage(
        (0, Snapshot(row(), events=(event("auto_assign.started"),))), (5, Snapshot(CONFIRMED, events=()))
    ).run()
    assert booking.outcome == "confirmed_inline_poll"
    assert 5.0 <= booking.deadline.elapsed < 5.5


def test_each_polling_phase_tells_when_it_looked() -> None:
    stage = Stage((0, Snapshot(row(), events=(event("auto_assign.started"),))), (25, Snapshot(CONFIRMED, events=())))
    stage.run()
    began: dict[str, float] = {}
    for record in stage.log.records:
        if record.event == "phase_started":
            began[str(record.phase)] = record.elapsed_ms or 0.0
        elif "lookTimesMs" in record.details:
            times = record.details["lookTimesMs"]
            assert times == sorted(times)
            assert began[str(record.phase)] - 1 <= times[0] <= times[-1] <= (record.elapsed_ms or 0.0) + 1
            began.pop(str(record.phase))
    assert set(began) == {"submit", "final_summary"}


def test_a_confirmation_that_vanishes_between_two_looks_is_none() -> None:
    pending = Snapshot(row(), events=())
    booking = Stage((0, Snapshot(CONFIRMED, events=())), (0.05, pending)).run(seconds=30)
    assert not booking.confirmed
    assert booking.outcome == "background_job_disabled"


def test_confirmed_without_a_table_is_never_a_success() -> None:
    booking = Stage((0, Snapshot(row("confirmed"), events=())), answer="confirmed").run(seconds=30)
    assert booking.outcome == "confirmed_without_table"
    assert "no table is assigned" in diagnose(booking).sentence


def test_the_window_ends_early_when_nothing_was_started() -> None:
    stage = Stage((0, Snapshot(row(), events=())), (2.5, Snapshot(CONFIRMED, events=())), job=DONE)
    booking = stage.run()
    assert booking.outcome == "confirmed_background"
    assert stage.job.runs == 1
    assert 2.0 <= booking.metrics.inline_ms / 1000 <= 2.3


def test_the_window_ends_early_when_the_platforms_job_gave_up() -> None:
    stage = Stage((0, Snapshot(row(last_result={"reason": FULL}), events=GAVE_UP)), job=DISABLED)
    booking = stage.run()
    assert booking.outcome == "pending_settled"
    assert booking.deadline.elapsed < 1, "nothing will confirm it any more: the verdict does not wait"
    assert FULL in diagnose(booking).sentence
    assert "gave up after its only attempt" in diagnose(booking).sentence


def test_a_job_under_way_is_waited_for_and_no_second_one_started() -> None:
    started = Snapshot(row(), events=(event("auto_assign.started"),))
    stage = Stage((0, started), (50, Snapshot(CONFIRMED, events=started.events)), job=DONE)
    booking = stage.run()
    assert booking.outcome == "confirmed_background"
    assert stage.job.runs == 0
    assert 50 <= booking.deadline.elapsed < 51


@pytest.mark.parametrize(
    "study",
    [
        Snapshot(row(last_result={"reason": "INLINE_TIMEOUT"}), events=()),
        Snapshot(row(), events=None),
    ],
    ids=["a late commit is possible", "events can't be read"],
)
def test_without_evidence_the_whole_window_is_waited(study: Snapshot) -> None:
    booking = Stage((0, study), (10, Snapshot(CONFIRMED, events=study.events))).run()
    assert booking.outcome == "confirmed_inline_poll"


@pytest.mark.parametrize("job", [DONE, DISABLED, FAILED])
def test_what_may_wait_is_not_waited_for_where_events_can_not_be_read(job: JobResult) -> None:
    stage = Stage((0, Snapshot(row(last_result={"reason": FULL}), events=None)), job=job)
    booking = stage.run(may_wait=True)
    assert booking.outcome in WAITING_OUTCOMES
    assert stage.job.runs == 1
    assert 4 <= booking.deadline.elapsed < 6


@pytest.mark.parametrize(
    ("study", "may_wait"),
    [
        (Snapshot(row(last_result={"reason": FULL}), events=None), False),
        (Snapshot(row(last_result={"reason": FULL}), events=()), True),
        (Snapshot(row(last_result={"reason": "INLINE_TIMEOUT"}), events=None), True),
        (Snapshot(row(), events=None), True),
    ],
    ids=["it is to be confirmed", "events can be read", "a late commit is possible", "it says no reason"],
)
def test_otherwise_a_late_confirmation_is_waited_for(study: Snapshot, may_wait: bool) -> None:
    booking = Stage((0, study), (40, Snapshot(CONFIRMED, events=study.events))).run(may_wait=may_wait)
    assert booking.outcome == "confirmed_background"


def test_without_a_summary_the_verdict_waits_for_the_deadline() -> None:
    booking = Stage((0, Snapshot(row(), events=())), (80, Snapshot(CONFIRMED, events=()))).run()
    assert booking.outcome == "confirmed_background"


def test_the_deadline_is_never_restarted() -> None:
    booking = Stage((0, Snapshot(row(), events=())), job=DONE).run(seconds=30)
    assert booking.outcome == "pending_timeout"
    assert 30 <= booking.deadline.elapsed <= 31


def test_a_failing_job_is_named() -> None:
    booking = Stage((0, Snapshot(row(), events=())), job=FAILED).run(seconds=30)
    assert booking.outcome == "background_job_failed"
    assert "HTTP 500" in diagnose(booking).sentence


def test_a_terminal_status_ends_at_once() -> None:
    booking = Stage((0, Snapshot(row(), events=())), (1, Snapshot(row("cancelled"), events=()))).run()
    assert booking.outcome_code == "terminal_cancelled"
    assert booking.deadline.elapsed < 1.3


def test_a_booking_the_database_does_not_show_is_hidden_not_pending() -> None:
    booking = Stage((0, Snapshot(None, events=()))).run(seconds=20)
    assert booking.outcome == "evidence_hidden"
    assert not diagnose(booking).judged


def test_a_booking_that_would_be_seen_and_is_not_there_is_a_broken_promise() -> None:
    stage = Stage((0, Snapshot(None, events=())))
    stage.database.access.every_booking = True
    booking = stage.run(seconds=90)
    assert booking.outcome_code == "terminal_missing"
    assert 10 <= booking.deadline.elapsed < 11, "what is not stored ten seconds after the answer is not waited for"
    assert diagnose(booking).judged


@pytest.mark.parametrize("shown", [Snapshot(None, events=()), Snapshot(row("confirmed"), events=())])
def test_what_is_missing_is_hidden_where_the_role_lost_its_sight(shown: Snapshot) -> None:
    stage = Stage((0, shown))
    stage.database.access.every_booking = True
    stage.database.hidden = EvidenceHidden("Row-level security hides it now.")
    booking = stage.run(seconds=90)
    assert booking.outcome == "evidence_hidden"
    assert not diagnose(booking).judged
    assert diagnose(booking).particulars.endswith("could not be watched: Row-level security hides it now")


def test_a_redirect_names_no_booking_and_is_not_waited_for() -> None:
    booking = Stage(answer=httpx.Response(307, headers={"Location": "/sign-in"})).run(seconds=90)
    assert booking.outcome == "wall"
    assert booking.deadline.elapsed < 3
    assert not diagnose(booking).judged


def test_a_booking_that_a_gateway_let_through_is_found_and_followed() -> None:
    stage = Stage((0, Snapshot(CONFIRMED, events=())), answer=httpx.Response(504, text="upstream timed out"))
    stage.database.by_key = lambda: [CONFIRMED]
    booking = stage.run()
    assert booking.outcome == "confirmed_inline_poll"
    assert stage.posts == 1


def test_a_booking_whose_answer_took_the_whole_deadline_is_still_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, left = Stage((0, Snapshot(CONFIRMED, events=()))), list[float]()
    stage.database.by_key = lambda: [CONFIRMED]
    find = stage.database.find_by_key

    def silent(_: httpx.Request) -> httpx.Response:
        stage.clock.sleep(90.0)
        raise httpx.ReadTimeout("slow")

    def find_by_key(restaurant_id: str, key: str, deadline: Deadline) -> list[BookingRow]:
        left.append(deadline.remaining)
        return find(restaurant_id, key, deadline)

    monkeypatch.setattr(stage, "handle", silent)
    monkeypatch.setattr(stage.database, "find_by_key", find_by_key)
    booking = stage.run(seconds=90.0)
    assert booking.confirmed
    assert left[-1] >= 0.4


def test_a_lost_answer_is_looked_up_by_key_and_never_sent_again() -> None:
    stage = Stage((0, Snapshot(CONFIRMED, events=())), answer=httpx.ReadTimeout("slow"))
    stage.database.by_key = lambda: [CONFIRMED]
    booking = stage.run()
    assert stage.posts == 1
    assert booking.outcome == "confirmed_inline_poll"
    assert booking.booking_id == BOOKING_ID


def test_a_booking_is_looked_for_a_while_after_its_connection_broke_not_to_its_deadline() -> None:
    cut = httpx.RemoteProtocolError("Server disconnected without sending a response.")
    stage = Stage(answer=cut)
    stage.database.by_key = list
    booking = stage.run(seconds=90.0)
    assert booking.outcome == "answer_lost"
    assert MISSING_AFTER_S <= booking.metrics.total_ms / 1000 <= MISSING_AFTER_S + 1.5
    late = Stage(answer=cut)
    late.database.by_key = list
    assert late.run(seconds=90.0, followed_after=40.0).metrics.total_ms / 1000 <= 41, "others were followed meanwhile"
    stored = Stage((0, Snapshot(CONFIRMED, events=())), answer=cut)
    stored.database.by_key = lambda: [CONFIRMED] if stored.clock.monotonic() > 8 else []
    assert stored.run(seconds=90.0).confirmed


def test_an_error_without_a_booking_is_the_platforms() -> None:
    page = httpx.Response(500, text="<html>Internal Server Error</html>")
    booking = Stage(answer=page).run(seconds=20)
    assert booking.outcome == "platform_error"
    assert "HTTP 500" in diagnose(booking).sentence


def test_a_refusal_ends_the_flow_with_the_platforms_words() -> None:
    body = {"error": "Selected time is outside operating hours.", "code": "OPERATING_HOURS_CLOSED"}
    booking = Stage(answer=httpx.Response(400, json=body)).run()
    assert booking.outcome == "refused"
    assert "OPERATING_HOURS_CLOSED" in diagnose(booking).sentence


def test_too_many_requests_is_a_clean_end_with_its_wait() -> None:
    stage = Stage(
        answer=httpx.Response(429, json={"error": "x", "code": "RATE_LIMITED"}, headers={"Retry-After": "57"})
    )
    booking = stage.run()
    assert booking.outcome == "rate_limited"
    assert stage.posts == 1
    assert "57 s" in diagnose(booking).sentence
    assert not diagnose(booking).judged


def test_no_connection_is_unreachable_and_nothing_is_looked_up() -> None:
    booking = Stage(answer=httpx.ConnectError("refused")).run()
    assert booking.outcome == "unreachable"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(TargetUnreachable("gone"), "unreachable"), (EvidenceHidden("hidden"), "evidence_hidden")],
)
def test_a_database_that_can_not_be_asked_is_no_broken_promise(error: Exception, outcome: str) -> None:
    stage = Stage((0, Snapshot(row(), events=())))

    def fail(*_: object) -> Snapshot:
        raise error

    stage.database.full_look = fail  # type: ignore[method-assign, assignment]  # for this stage alone
    booking = stage.run()
    assert booking.outcome == outcome
    assert not diagnose(booking).judged


def test_about_280_looks_in_90_seconds_at_most() -> None:
    stage = Stage((0, Snapshot(row(), events=None)))
    stage.run()
    assert 200 <= stage.database.looks + stage.database.full_looks <= 280


def test_every_phase_that_opens_closes_and_knows_its_booking() -> None:
    stage = Stage((0, Snapshot(row(), events=())), job=FAILED)
    stage.run(seconds=30)
    opened = [name.split(":")[0] for name in stage.events() if name.endswith("started")]
    closed = [name.split(":")[0] for name in stage.events() if not name.endswith("started")]
    assert opened == closed == ["submit", "inline_poll", "background_job", "post_job_poll", "final_summary"]
    assert all(record.booking_id == BOOKING_ID for record in stage.log.records[1:])
    line = json.loads(json.dumps(stage.log.records[1].as_json()))
    assert line["http"]["status"] == 201
    assert line["correlationId"]


def test_seat_waste_counts_the_empty_seats() -> None:
    two = row("confirmed", table("T01", 4), table("T02", 4))
    booking = Stage((0, Snapshot(two, events=())), answer="confirmed").run()
    assert booking.metrics.seat_waste == 4
    assert booking.metrics.tables == 2
