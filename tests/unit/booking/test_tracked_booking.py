"""A booking whose scenario is over is small, and still says what the run's end asks of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.platform.database_models import Snapshot
from tests.support.fakes import BOOKING_ID, CONFIRMED, event
from tests.support.stage import REQUEST, Stage

ANSWER = {"booking": {"id": BOOKING_ID, "status": "confirmed"}, "duplicate": False, "confirmationToken": "a-pass"}


def confirmed() -> TrackedBooking:
    study = Snapshot(CONFIRMED, (), (event("auto_assign.started"), event("auto_assign.summary", result="succeeded")))
    return Stage((0.0, study), answer=httpx.Response(201, json=ANSWER)).run()


def test_an_answer_that_names_another_requests_booking_says_nothing_of_its_own() -> None:
    booking = confirmed()
    named = booking.idempotency_key
    for stored, uncertain in ((named, False), ("another", True), (None, True)):
        booking.study = replace(booking.study, booking=replace(CONFIRMED, idempotency_key=stored))
        assert booking.uncertain is uncertain
    booking.study = Snapshot(None)
    assert not booking.uncertain


def test_what_the_end_of_the_run_needs_stays() -> None:
    booking = confirmed()
    before = (booking.request, booking.row, booking.seen, booking.metrics, booking.label, booking.answered_confirmed)
    booking.settle()
    booking.settle()
    after = (booking.request, booking.row, booking.seen, booking.metrics, booking.label, booking.answered_confirmed)
    assert after == before
    assert (booking.request, booking.row) == (REQUEST, CONFIRMED)
    assert (booking.confirmed, booking.exchange.status, booking.pass_given) == (True, 201, "a-pass")


def test_it_can_stand_open_again_and_be_settled_again() -> None:
    booking, as_it_was = confirmed(), confirmed()
    for _ in range(2):
        booking.settle()
        assert "metrics" not in vars(booking)
        booking.unpack()
        booking.unpack()
        assert vars(booking).keys() - {"_packed"} == vars(as_it_was).keys()
        assert (booking.request, booking.row, booking.metrics.tables) == (REQUEST, CONFIRMED, as_it_was.metrics.tables)


def test_what_only_its_scenario_needed_is_let_go() -> None:
    booking = confirmed()
    assert booking.study.events
    assert booking.exchange.response_text
    booking.settle()
    assert booking.study == Snapshot(CONFIRMED)
    assert (booking.exchange.response_text, booking.exchange.request_body) == ("", None)
    assert not booking.exchange.response_headers


def test_a_name_that_there_is_not_is_an_error_before_and_after() -> None:
    booking = confirmed()
    for _ in range(2):
        with pytest.raises(AttributeError, match="TrackedBooking has no requests"):
            getattr(booking, "requests")  # noqa: B009 - a name that is misspelt
        booking.settle()


@pytest.mark.parametrize(
    ("key", "stored", "changed", "others"),
    [
        ("mine", "mine", {"customer_email": "else@example.com", "customer_phone": "0000000"}, False),
        ("mine", "another", {"customer_email": "else@example.com"}, True),
        ("mine", "another", {}, False),
        ("mine", None, {"customer_email": "else@example.com"}, False),
        ("", "another", {"customer_email": "else@example.com"}, True),
        ("", "", {"customer_email": "else@example.com"}, False),
        ("", "", {"customer_email": "else@example.com", "customer_phone": "0000000"}, True),
        ("", None, {"customer_email": "else@example.com", "customer_phone": "0000000"}, True),
    ],
)
def test_a_booking_is_anothers_by_its_key_or_where_there_is_none_by_its_guest(
    key: str, stored: str | None, changed: dict[str, str], others: bool
) -> None:
    booking = confirmed()
    booking.idempotency_key = key
    own: dict[str, Any] = {"customer_email": REQUEST.email, "customer_phone": REQUEST.phone}
    row = replace(CONFIRMED, idempotency_key=stored, **{**own, **changed})
    assert booking.is_of_another(row) is others
