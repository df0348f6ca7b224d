"""Requests without a session: what is sent, and what is refused before anything is sent."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from bookingflow.core.errors import SuiteError, TargetUnreachable
from bookingflow.scenario.unauthenticated import LINK_LENGTH, STRANGERS_WORDS, Unauthenticated
from tests.support.fakes import BOOKING_ID, RESTAURANT_ID
from tests.support.promises import Scene, accepted, broken
from tests.support.stored import KEPT


def prepared(token: str | None = None) -> tuple[Scene, Unauthenticated]:
    """A confirmed booking whose answer has this token for its link; everything without a session is refused."""
    made = Scene()
    made.booked(answer=accepted(KEPT, confirmationToken=token))
    made.answers(401, {"error": "Sign in"})
    return made, Unauthenticated(made.session, made.state, made.bookings)


AS_GUEST = (Unauthenticated.try_to, "/api/bookings", "")
AS_STAFF = (Unauthenticated.try_as_staff, "/api/ops/bookings", " in the restaurant's name")


@pytest.mark.parametrize(
    ("entrance", "act", "method", "path", "body"),
    [
        (AS_GUEST, "read", "GET", "", None),
        (AS_GUEST, "read the history of", "GET", "/history", None),
        (AS_GUEST, "change", "PUT", "", STRANGERS_WORDS),
        (AS_GUEST, "cancel", "DELETE", "", None),
        (AS_STAFF, "read the history of", "GET", "/history", None),
        (AS_STAFF, "see the tables of", "GET", "/manual-context", None),
        (AS_STAFF, "change", "PATCH", "", STRANGERS_WORDS),
        (AS_STAFF, "cancel", "DELETE", "", None),
        (AS_STAFF, "take the tables from", "DELETE", "/assign-tables", {"tableIds": [KEPT.tables[0].table_id]}),
    ],
)
def test_a_stranger_tries_one_thing_and_the_answer_is_kept(
    entrance: tuple[Callable[[Unauthenticated, str], None], str, str],
    act: str,
    method: str,
    path: str,
    body: dict[str, object] | None,
) -> None:
    try_to, bookings, guise = entrance
    made, unauthenticated = prepared()
    try_to(unauthenticated, act)
    (sent,) = made.asked
    assert (sent.method, sent.url.path) == (method, f"{bookings}/{BOOKING_ID}{path}")
    assert (json.loads(sent.content) if sent.content else None) == body
    kept = made.state.strangers_request
    assert kept is not None
    assert (kept.what, kept.exchange.status, kept.before, kept.guise) == (act, 401, KEPT, guise)


def test_nothing_is_tried_with_a_booking_that_is_not_this_runs() -> None:
    made, unauthenticated = prepared()
    made.session.submission.keys.clear()
    made.now_stored(replace(KEPT, customer_email="guest@example.com", idempotency_key="another"))
    with pytest.raises((SuiteError, AssertionError), match="somebody else's"):
        unauthenticated.try_to("cancel")
    assert made.asked == []


@pytest.mark.parametrize(
    ("list_name", "path"),
    [
        ("a guest's own bookings", "/api/bookings?me=1"),
        ("the restaurant's bookings", f"/api/ops/bookings?restaurantId={RESTAURANT_ID}"),
    ],
)
def test_a_stranger_asks_for_a_list(list_name: str, path: str) -> None:
    made, unauthenticated = prepared()
    unauthenticated.ask_for(list_name)
    assert [str(one.url) for one in made.asked] == [f"http://platform.test{path}"]


def test_a_link_is_opened_by_its_token_and_a_made_up_one_is_as_long() -> None:
    made, unauthenticated = prepared("t" * LINK_LENGTH)
    unauthenticated.open_link()
    unauthenticated.open_link_again()
    unauthenticated.open_made_up_link()
    tokens = [one.url.params["token"] for one in made.asked]
    assert tokens == ["t" * LINK_LENGTH, "t" * LINK_LENGTH, "x" * LINK_LENGTH]
    assert made.state.opened_link is not None
    assert made.state.opened_link.kind == "made up"


@pytest.mark.parametrize(
    ("opened", "after", "kind"),
    [
        (Unauthenticated.open_link_late, datetime.timedelta(days=1), "expired"),
        (Unauthenticated.open_link_later, datetime.timedelta(minutes=30), "given"),
    ],
    ids=["too late", "within its time"],
)
def test_a_link_is_opened_later_by_the_platforms_clock(
    opened: Callable[[Unauthenticated], None], after: datetime.timedelta, kind: str
) -> None:
    made, unauthenticated = prepared("t" * LINK_LENGTH)
    clock: list[datetime.datetime] = []
    made.session.target = cast("Any", SimpleNamespace(controls=SimpleNamespace(set_clock=clock.append)))
    given = made.state.now
    opened(unauthenticated)
    assert clock == [given + after]
    assert made.state.opened_link is not None
    assert made.state.opened_link.kind == kind


def test_an_answer_without_a_link_is_a_breach() -> None:
    made, unauthenticated = prepared()
    verdict = broken(unauthenticated.open_link)
    assert verdict.code == "link_missing"
    assert "its guest is given no link to it" in verdict.sentence
    assert made.asked == []


def test_a_request_that_got_no_answer_gives_no_answer_to_judge() -> None:
    made, unauthenticated = prepared()

    def reset(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("connection reset")

    made.answer = reset
    with pytest.raises(TargetUnreachable, match="No answer came to POST /api/test/bookings"):
        unauthenticated.book_through_test_entrance()
    assert made.state.strangers_request is None
