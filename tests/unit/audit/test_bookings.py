"""What is found in bookings though no scenario asks: an answer that can't be read, but no broken connection."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any, cast

import pytest

from bookingflow.audit.bookings import AuditScope, audit, broken_off, sundays_weaker
from bookingflow.audit.findings import Found
from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.core.events import BookingLog
from bookingflow.core.failures import Breach
from bookingflow.core.timing import Deadline
from bookingflow.platform.api_models import Accepted, AnswerLost, BookingRequest, Exchange, HttpMetrics
from bookingflow.platform.business_rules import STAY_MINUTES
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database_models import BookingRow, Holdings
from tests.support.fakes import RESTAURANT_ID, FakeClock
from tests.support.promises import accepted
from tests.support.sessions import session
from tests.support.stage import Stage
from tests.support.stored import KEPT, PLACE, REQUEST, START, TABLE


class Unreserved:
    """A database that shows no reservation for any booking, and these bookings when they are read again."""

    def __init__(self, now: list[BookingRow]) -> None:
        self._now = now

    def holdings(self, ids: list[str]) -> dict[str, Holdings]:
        return {one: Holdings(allocated={}) for one in ids}

    def reread(self, _: list[str]) -> list[BookingRow]:
        return self._now

    def guests_among(self, _: Any) -> set[str]:
        return set()


ANOTHER_ID = "22222222-2222-4222-8222-222222222222"


class Empty:
    """A database that knows nothing beside bookings."""

    def holdings(self, _: Any) -> dict[str, Any]:
        return {}

    def guests_among(self, _: Any) -> set[str]:
        return set()


ASK = cast("BookingDatabase", Empty())


def lost(status: int | None, problem: str | None) -> TrackedBooking:
    clock = FakeClock()
    metrics = HttpMetrics("POST", "/api/bookings", status, 10, 10, 5.0)
    answer = AnswerLost(Exchange(metrics, {}, {}, {}, "", problem), problem or f"HTTP {status}")
    log = BookingLog(Stage().log.stream, correlation_id="c")
    return TrackedBooking(REQUEST, RESTAURANT_ID, "key", Deadline(clock, 90), log, answer)


@pytest.mark.parametrize(
    ("status", "problem", "code", "words"),
    [
        (500, None, "platform_error", "the guest got an error (HTTP 500)"),
        (201, None, "answer_lost", "the guest got no answer that can be read (HTTP 201)"),
        (201, "time is up", None, ""),
        (None, "the connection broke", None, ""),
    ],
)
def test_an_answer_that_can_not_be_read_is_found(
    status: int | None, problem: str | None, code: str | None, words: str
) -> None:
    booking = lost(status, problem)
    scope = AuditScope({}, {}, session().guests)
    found = audit(ASK, [], [booking], scope)
    assert found == ([Found(Breach(code, f"{booking.label}: {words}"))] if code else [])


def test_an_answer_that_names_another_guests_booking_is_found() -> None:
    stranger = REQUEST.model_copy(update={"email": "two@example.com", "phone": "+447700900002", "name": "Guest Two"})
    theirs = replace(KEPT, id=ANOTHER_ID, reference="THEIRS0001", customer_name=stranger.name)
    theirs = replace(theirs, customer_email=stranger.email, customer_phone=stranger.phone, idempotency_key="b")
    guests = session().guests
    for one in (REQUEST, stranger):
        guests.know(name=one.name, email=one.email, phone=one.phone, notes="The same notes of both")

    def found(request: BookingRequest = stranger, **more: Any) -> list[str]:
        mine = answered(REQUEST, KEPT, accepted(KEPT, **more))
        both = [mine, answered(request, theirs, accepted(theirs if request is stranger else KEPT))]
        return [one.breach.code for one in audit(ASK, [KEPT, theirs], both, AuditScope({}, {}, guests))]

    assert found() == []
    assert found(previous=theirs.reference) == ["others_booking_shown"]
    assert found(near={"bookingId": theirs.id}) == ["others_booking_shown"]
    assert found(REQUEST, previous=theirs.reference) == []  # the same guest's own


def test_an_answer_with_another_guests_booking_is_named_by_that_alone() -> None:
    stranger = REQUEST.model_copy(update={"email": "two@example.com", "phone": "+447700900002", "name": "Guest Two"})
    theirs = replace(KEPT, id=ANOTHER_ID, customer_name=stranger.name, idempotency_key="b")
    theirs = replace(theirs, customer_email=stranger.email, customer_phone=stranger.phone)
    own = answered(stranger, theirs, accepted(theirs))
    mixed_up = answered(REQUEST, replace(theirs, idempotency_key="a"), accepted(theirs))
    found = audit(ASK, [theirs], [own, mixed_up], AuditScope({RESTAURANT_ID: PLACE}, STAY_MINUTES, session().guests))
    assert [one.breach.code for one in found] == ["foreign_booking"]


def test_the_answer_to_a_request_sent_again_is_not_missed_for_a_new_one() -> None:
    first, again = answered(REQUEST, KEPT, accepted(KEPT)), answered(REQUEST, KEPT, accepted(KEPT, status=200))
    scope = AuditScope({RESTAURANT_ID: PLACE}, STAY_MINUTES, session().guests)
    assert audit(ASK, [KEPT], [first, again], scope) == []
    assert [one.breach.code for one in audit(ASK, [KEPT], [again], scope)] == ["answer_not_new"]


def test_one_request_id_at_two_restaurants_is_no_request_stored_twice() -> None:
    booking = answered(REQUEST, KEPT, accepted(KEPT))
    scope = AuditScope({}, {}, session().guests)
    for restaurant, found in ((RESTAURANT_ID, ["booked_twice"]), (ANOTHER_ID, [])):
        rows = [KEPT, replace(KEPT, id=ANOTHER_ID, restaurant_id=restaurant)]
        assert [one.breach.code for one in audit(ASK, rows, [booking], scope)] == found


AN_HOUR_LATER = replace(
    KEPT,
    start_time=datetime.time(20),
    end_time=datetime.time(22),
    start_at=START + datetime.timedelta(hours=1),
    end_at=START + datetime.timedelta(hours=3),
)


@pytest.mark.parametrize(
    ("stored", "codes"),
    [
        (KEPT, []),
        (replace(KEPT, notes="Other"), ["notes_not_stored"]),
        (replace(KEPT, notes="Other", reference="OTHERREF00"), ["notes_not_stored", "answer_reference_differs"]),
        (replace(KEPT, tables=()), ["confirmed_without_table"]),
        (replace(KEPT, party_size=1), ["party_not_stored"]),
        (replace(KEPT, party_size=9), ["party_not_stored"]),
        (AN_HOUR_LATER, ["start_not_stored", "end_not_stored"]),
        (replace(KEPT, tables=(replace(TABLE, capacity=2),)), ["too_few_seats"]),
    ],
)
def test_an_answer_that_shows_what_was_asked_is_right(stored: BookingRow, codes: list[str]) -> None:
    booking, guests = answered(REQUEST, KEPT, accepted(KEPT, confirmationToken="t" * 43)), session().guests
    scope = AuditScope({RESTAURANT_ID: PLACE}, STAY_MINUTES, guests)
    assert [one.breach.code for one in audit(ASK, [stored], [booking], scope)] == codes


@pytest.mark.parametrize(
    ("now", "codes"),
    [
        ([KEPT], ["table_not_reserved"]),
        ([replace(KEPT, status="cancelled", tables=())], []),
        ([replace(KEPT, tables=(replace(TABLE, table_id="x"),))], []),
        ([], []),
    ],
)
def test_what_is_held_for_a_booking_that_was_changed_while_it_was_read_accuses_nobody(
    now: list[BookingRow], codes: list[str]
) -> None:
    booking, guests = answered(REQUEST, KEPT, accepted(KEPT)), session().guests
    scope = AuditScope({RESTAURANT_ID: PLACE}, STAY_MINUTES, guests)
    ask = cast("BookingDatabase", Unreserved(now))
    assert [one.breach.code for one in audit(ask, [KEPT], [booking], scope)] == codes


def answered(request: BookingRequest, row: BookingRow, exchange: Exchange) -> TrackedBooking:
    """A booking that this answer says is confirmed."""
    log = BookingLog(Stage().log.stream, correlation_id="c")
    answer = Accepted(exchange, row.id, "confirmed", duplicate=False)
    key = row.idempotency_key or "none"
    booking = TrackedBooking(request, RESTAURANT_ID, key, Deadline(FakeClock(), 90), log, answer)
    log.booking_id = row.id
    return booking


@pytest.mark.parametrize(
    ("problems", "found"),
    [
        (["the connection broke"] * 2, []),
        (["time is up"] * 9, []),
        (
            ["the connection broke"] * 3 + [None],
            ["3 of 4 answers broke off before they were whole (the connection broke)"],
        ),
    ],
)
def test_answers_that_break_off_are_found_when_they_are_several(problems: list[str | None], found: list[str]) -> None:
    breaches = [Found(Breach("answers_broken_off", words)) for words in found]
    assert broken_off([lost(201, problem) for problem in problems]) == breaches
    assert broken_off([lost(None, problem) for problem in problems]) == []


SUNDAY, MONDAY = datetime.date(2026, 11, 29), datetime.date(2026, 11, 30)
REGULAR, BY_FALLBACK = {"channel": "api.capacity_safe"}, {"fallback": "missing_rpc_booking_record"}


@pytest.mark.parametrize(
    ("on_sundays", "on_mondays", "found"),
    [
        ([BY_FALLBACK, BY_FALLBACK], [REGULAR], 2),
        ([BY_FALLBACK, {}], [REGULAR, {}], 1),
        ([BY_FALLBACK], [REGULAR, BY_FALLBACK], 0),
        ([BY_FALLBACK, REGULAR], [REGULAR], 0),
        ([BY_FALLBACK], [BY_FALLBACK], 0),
        ([BY_FALLBACK], [{}], 0),
        ([REGULAR], [REGULAR], 0),
    ],
)
def test_sundays_are_booked_in_a_weaker_way_where_it_is_the_day_that_decides(
    on_sundays: list[dict[str, str]], on_mondays: list[dict[str, str]], found: int
) -> None:
    days = [(SUNDAY, ways) for ways in on_sundays] + [(MONDAY, ways) for ways in on_mondays]
    rows = [replace(KEPT, date=date, details=ways) for date, ways in days]
    breach = Breach("sunday_fallback", "it was stored through the fallback, and bookings of other days are not")
    assert sundays_weaker(rows) == [Found(breach, KEPT.reference)] * found
