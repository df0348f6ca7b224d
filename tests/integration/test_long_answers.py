"""An answer as long as is read, of whatever characters, costs no more than linear time from the POST to the report."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

import allure_commons
import httpx
import pytest

from bookingflow.audit.bookings import AuditScope, audit
from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.checks.api_answers import answered_as_stored
from bookingflow.checks.information_leaks import shows_everybody_nothing
from bookingflow.checks.refusals import refused_as_agreed, wrong_field
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.platform.api import LARGEST_BODY, TOO_LONG
from bookingflow.platform.api_models import AnswerLost
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database_models import Snapshot
from bookingflow.report.allure_results.records import Evidence
from tests.support.cost import cost, repeated, superlinear
from tests.support.fakes import BOOKING_ID, CONFIRMED
from tests.support.sessions import session
from tests.support.stage import Stage

PIECES = (
    *("a", "é", "1", " ", "\t", "-", ".", "@", "a@", "a.", "+1", "%41", "\\", '"', '\\"', "\\u0041", "&amp;", "<", "["),
    *("eyJ-", "eyJaaaaaaaa-", "token-", "token=", "secret ", "passwd:", "at ", "at /", "com.", "SELECT ", " FROM a "),
    *("host=", "a://a:", "Basic ", "guest_email", '"email":"', "acceptance@example.com ", "\x1b[31m", "\u202e"),
)
"""What answers may be full of; most of these once cost the square of their number."""
ONE_ANSWER_S = 3.0
"""Seconds of CPU for all that is done with an answer of the largest size; about 1 s on a machine of 2026."""


class Hearing:
    """Stands where the report stands."""

    @allure_commons.hookimpl
    def attach_data(self, body: str, name: str, attachment_type: Any, extension: str) -> None:
        body.encode()


class Empty:
    """A database that knows nobody."""

    def holdings(self, _: Any) -> dict[str, Any]:
        return {}

    def guests_among(self, _: Any) -> set[str]:
        return set()


def as_it_is(text: str) -> httpx.Response:
    """No answer of a booking API at all."""
    return httpx.Response(201, content=text.encode(), headers={"Content-Type": "application/json"})


def in_a_booking(text: str) -> httpx.Response:
    """A proper answer, with a long word in it."""
    return httpx.Response(201, json={"booking": {"id": BOOKING_ID, "status": "pending", "notes": text}})


def in_a_refusal(text: str) -> httpx.Response:
    """A proper refusal, with a long reason."""
    return httpx.Response(
        400, json={"error": text, "code": text, "details": {"reason": text, "fieldErrors": {text: 1}}}
    )


FORMS: tuple[Callable[[str], httpx.Response], ...] = (as_it_is, in_a_booking, in_a_refusal)


def whole_flow(answer: httpx.Response) -> TrackedBooking:
    """Book, follow, judge and report, as a run does."""
    stage = Stage((0, Snapshot(CONFIRMED, events=())), answer=answer)
    booking = stage.run()
    words = {"Somebody Else": "name", "else@guest.example": "e-mail", "+447700900999": "phone number"}
    guests = session().guests
    guests.words |= words
    audit(cast("BookingDatabase", Empty()), [], [booking], AuditScope({}, {}, guests))
    shows_everybody_nothing(booking.exchange, words)
    answered_as_stored(booking.exchange.json_object(), CONFIRMED)
    refused_as_agreed(booking.submitted, wrong_field("party"))
    sanitizer = Sanitizer()
    sanitizer.register_secret("correct horse battery")
    sanitizer.register_guest(email="acceptance@example.com", phone="+447700900000")
    sanitizer.knows_secret_in(booking.exchange.response_text)
    attach = Evidence(sanitizer)
    attach.json("HTTP exchange", booking.exchange.evidence())
    attach.phase_log(stage.log.records)
    return booking


@pytest.fixture(autouse=True)
def _heard() -> Any:
    hearing = Hearing()
    allure_commons.plugin_manager.register(hearing)
    yield
    allure_commons.plugin_manager.unregister(hearing)


@pytest.mark.parametrize("form", FORMS)
def test_the_whole_flow_costs_linear_time(form: Callable[[str], httpx.Response]) -> None:
    def grows(piece: str) -> str | None:
        return superlinear(
            lambda text: whole_flow(form(text)), lambda length: repeated(piece, length), smallest=4_000, largest=16_000
        )

    assert {piece: slow for piece in PIECES if (slow := grows(piece))} == {}


@pytest.mark.parametrize("piece", ["a", "token-", "\\", "SELECT "])
def test_an_answer_of_the_largest_size_leaves_time_for_the_rest(piece: str) -> None:
    assert cost(lambda text: whole_flow(as_it_is(text)), repeated(piece, LARGEST_BODY), times=2) < ONE_ANSWER_S


def test_a_longer_answer_is_cut_and_it_is_said() -> None:
    booking = whole_flow(as_it_is(json.dumps({"booking": "a" * 2 * LARGEST_BODY})))
    assert isinstance(booking.submitted, AnswerLost)
    assert booking.submitted.reason == TOO_LONG == "the answer is longer than 1 MB and was cut"
    assert len(booking.exchange.response_text) == LARGEST_BODY


def test_the_codecs_that_cost_the_square_of_a_text_are_not_used() -> None:
    answer = httpx.Response(201, content=b"a" * 200_000, headers={"Content-Type": "text/plain; charset=punycode"})
    assert cost(lambda _: whole_flow(answer), "", times=1) < ONE_ANSWER_S
