"""What an answer shows, compared with what is stored: each difference is found, and what is right is not."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bookingflow.checks import api_answers
from bookingflow.core.failures import FAILURES, LINK_FACTS, OTHER_FACTS, Breach
from bookingflow.platform.api import BookingApi
from bookingflow.platform.api_models import Exchange
from tests.support.fakes import FakeClock
from tests.support.promises import exchange
from tests.support.stored import KEPT, REQUEST

WORDS = {
    **dict.fromkeys(["Acceptance Guest 1", "Acceptance Guest 2", 'Zoë "Z" B'], "name"),
    "two@example.com": "e-mail",
    "+447700900002": "phone number",
    "Nut allergy!\nIt's Zoë's birthday": "notes",
}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (json.dumps({"booking": {"customer_name": REQUEST.name, "notes": None}, "bookings": []}), []),
        ('{"near": {"guests": ["Acceptance Guest 2"]}}', ["others_name_shown"]),
        ('{"Acceptance Guest 2": true}', ["others_name_shown"]),
        ('{"guest": "Zo\\u00eb \\"Z\\" B", "n": 1}', ["others_name_shown"]),
        ('{"phone": "+447700900002"}', ["others_phone_shown"]),
        ('{"error": "known: Two@Example.com, \\ud800"}', ["others_email_shown"]),
        ('<p title="Acceptance Guest 2">two@example.com</p>', ["others_email_shown", "others_name_shown"]),
        (json.dumps({"kitchen": ["Nut allergy!\nIt's Zoë's birthday"]}), ["others_notes_shown"]),
        (json.dumps({"error": "Acceptance Guest 2 has this table."}), ["others_name_shown"]),
        (json.dumps({"error": "Acceptance Guest 22 has it, and XAcceptance Guest 2."}), []),
        ("no object", []),
    ],
)
def test_what_another_guest_is_known_by_is_recognised_wherever_it_stands(text: str, codes: list[str]) -> None:
    own = {REQUEST.name, REQUEST.email.lower(), REQUEST.phone}
    found = api_answers.shows_others(exchange(body=text), own, WORDS)
    assert [breach.code for breach in found] == codes
    assert [breach for breach in found if not breach.particulars.startswith("the answer shows another guest's ")] == []


def test_a_word_of_another_guest_within_the_guests_own_is_the_guests_own() -> None:
    own = {"Acceptance Guest 2 Junior"}
    assert api_answers.shows_others(exchange(body='{"name": "Acceptance Guest 2 Junior"}'), own, WORDS) == []
    assert api_answers.shows_others(exchange(body='{"name": "Acceptance Guest 2"}'), (), WORDS) != []


def test_names_within_texts_are_looked_for_of_the_latest_guests() -> None:
    words = {f"Guest number {number}": "name" for number in range(api_answers.LATEST + 1)}
    texts = [f'{{"error": "Guest number {number} sits there"}}' for number in (0, 1)]
    found = [api_answers.shows_others(exchange(body=text), (), words) for text in texts]
    assert [[breach.code for breach in one] for one in found] == [[], ["others_name_shown"]]


@pytest.mark.parametrize(
    ("headers", "codes"),
    [
        ({"set-cookie": f"own={REQUEST.email}; Path=/\nname={REQUEST.name}", "date": "Fri, 27 Nov 2026"}, []),
        ({"x-last-guest": "two@example.com"}, ["others_email_shown"]),
        ({"set-cookie": "sr_confirm=x; Path=/\nguest=Two%40Example.com; Secure"}, ["others_email_shown"]),
        ({"set-cookie": 'guest="Acceptance Guest 2"; Secure'}, ["others_name_shown"]),
        ({"x-seated-near": "Acceptance%20Guest%202, +447700900002"}, ["others_name_shown", "others_phone_shown"]),
    ],
)
def test_another_guest_is_recognised_in_headers_too(headers: dict[str, str], codes: list[str]) -> None:
    own = {REQUEST.name, REQUEST.email.lower(), REQUEST.phone}
    found = api_answers.shows_others(exchange(body="{}", headers=headers), own, WORDS)
    assert [breach.code for breach in found] == codes


def shown(**changes: Any) -> dict[str, Any]:
    """The row as an answer shows it, with these differences."""
    facts = {
        name: value.isoformat() if isinstance(value, datetime.datetime) else value
        for name, value in api_answers.stored_facts(KEPT).items()
    }
    return facts | changes


def test_an_answer_that_shows_what_is_stored_breaks_nothing() -> None:
    assert KEPT.start_at is not None
    elsewhere = KEPT.start_at.astimezone(datetime.timezone(datetime.timedelta(hours=2)))
    body = {"booking": shown(start_at=elsewhere.isoformat()), "bookings": [shown(status="pending")], "new": 1}
    assert api_answers.answered_as_stored(body, KEPT) == []


def test_an_answer_may_write_ids_in_capitals_and_times_without_seconds() -> None:
    row = replace(KEPT, id=KEPT.id.replace("0", "a"))
    ids = {"id": row.id.upper(), "restaurant_id": row.restaurant_id.upper()}
    body = {"booking": shown(**ids, start_time="19:00", end_time="21:00"), "bookings": [shown(**ids, party_size=99)]}
    assert [breach.code for breach in api_answers.answered_as_stored(body, row)] == ["list_party_size_differs"]
    for none, other in ((None, ""), ("", None)):
        answer = {"booking": shown(notes=none)}
        assert api_answers.answered_as_stored(answer, replace(KEPT, notes=other)) == []
    later = {"booking": shown(id=row.id, start_time="19:15")}
    assert [breach.code for breach in api_answers.answered_as_stored(later, row)] == ["answer_start_time_differs"]


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (
            {"booking": shown(notes="else")},
            "answer_notes_differs",
            'the answer shows other notes than are stored: "else" instead of nothing',
        ),
        (
            {"booking": shown(start_time="20:30:00")},
            "answer_start_time_differs",
            "the answer shows another start than is stored: 20:30 instead of 19:00",
        ),
        (
            {"booking": shown(booking_date="2026-11-25")},
            "answer_booking_date_differs",
            "the answer shows another day than is stored: Wed 25 Nov instead of Tue 24 Nov",
        ),
        (
            {"booking": shown(booking_date="soon")},
            "answer_booking_date_differs",
            'the answer shows another day than is stored: "soon" instead of Tue 24 Nov',
        ),
        (
            {"booking": shown(start_at="2026-11-24T19:00:00+02:00")},
            "answer_start_at_differs",
            "the answer shows another instant as its start than is stored",
        ),
        (
            {"booking": shown(start_at=None)},
            "answer_start_at_differs",
            "the answer shows another instant as its start than is stored",
        ),
        (
            {"booking": shown(customer_email="else@example.com")},
            "answer_customer_email_differs",
            "the answer shows another e-mail address than is stored",
        ),
        (
            {"booking": shown(), "idempotencyKey": "other"},
            "answer_of_another_request",
            "the answer names another request than the guest's (idempotency key)",
        ),
        (
            {"booking": shown(client_request_id="one"), "clientRequestId": "other"},
            "answer_of_another_request",
            "the answer names another request than the guest's (client request id)",
        ),
        (
            {"booking": shown(), "bookings": []},
            "list_shows_nothing",
            "the answer's list of the guest's bookings is empty",
        ),
        (
            {"booking": shown(), "bookings": [shown(), {"id": "other"}, shown()]},
            "list_shows_twice",
            "the answer lists the guest's booking 2 times",
        ),
        (
            {"booking": shown(), "bookings": [shown(party_size=99)]},
            "list_party_size_differs",
            "the list of the guest's bookings shows another number of guests than is stored: 99 instead of 4",
        ),
        (
            {"booking": shown(status="pending")},
            "answer_status_differs",
            'the answer shows another status than is stored: "pending" instead of "confirmed"',
        ),
    ],
)
def test_an_answer_that_shows_something_else_is_found(body: dict[str, Any], code: str, words: str) -> None:
    assert api_answers.answered_as_stored(body, KEPT) == [Breach(code, words)]


def test_an_answer_without_a_booking_shows_no_fact_as_it_is_stored() -> None:
    found = api_answers.answered_as_stored({}, KEPT)
    missing = {"notes"}  # which are not stored either
    assert [breach.code for breach in found] == [
        f"answer_{fact}_differs" for fact in OTHER_FACTS if fact not in missing
    ]


def test_the_link_shows_what_is_stored() -> None:
    right = {name: shown()[fact] for name, fact in api_answers.LINK_NAMES.items()} | {
        "startTime": "19:00",
        "endTime": "21:00",
    }
    assert api_answers.link_as_stored(right, KEPT) == []
    assert api_answers.link_as_stored(right | {"startTime": "20:00"}, KEPT) == [
        Breach("link_start_time_differs", "the link shows another start than is stored: 20:00 instead of 19:00")
    ]


def test_the_facts_that_are_compared_are_those_of_the_catalogue() -> None:
    assert list(api_answers.stored_facts(KEPT)) == list(OTHER_FACTS)
    assert set(api_answers.LINK_NAMES.values()) == set(LINK_FACTS)
    families = [f"{where}_{fact}_differs" for where in ("answer", "list") for fact in OTHER_FACTS]
    assert {*families, *(f"link_{fact}_differs" for fact in LINK_FACTS)} <= FAILURES.keys()
    assert {f"{where}_{fact}_differs" for where in api_answers.SHOWN_IN for fact in LINK_FACTS} <= FAILURES.keys()


def answer(*cookies: str, body: Mapping[str, Any] | None = None, **headers: str) -> Exchange:
    sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
    sent += [("set-cookie", cookie) for cookie in cookies]
    transport = httpx.MockTransport(lambda _: httpx.Response(201, headers=sent, json=body or {}))
    api = BookingApi("http://platform.test", clock=FakeClock(), transport=transport)
    try:
        return api.exchange("GET", "/", seconds=5)
    finally:
        api.close()


@pytest.mark.parametrize(
    ("cookies", "codes"),
    [
        (["sr_confirm=x; Expires=Sun, 22 Nov 2026 09:16:31 GMT; Secure; HttpOnly; SameSite=lax"], []),
        (["a=1; Path=/", "sr_confirm=x; Secure; HttpOnly; SameSite=lax", "b=2; Path=/"], []),
        (["sr_confirm=x; Secure; SameSite=lax", "b=2; HttpOnly"], ["pass_open_to_scripts"]),
        (["sr_confirm=x"], ["pass_open_to_scripts", "pass_sent_in_the_open", "pass_sent_elsewhere"]),
        (["sr_confirm=x; Path=/thank-you; Max-Age=3600; Secure; HttpOnly; SameSite=lax"], []),
        (["sr_confirm=x; Path=/app/thank-you/; Secure; HttpOnly; SameSite=lax"], []),
        (["sr_confirm=x; Path=/; Secure; HttpOnly; SameSite=lax"], ["pass_sent_too_widely"]),
        (["sr_confirm=x; Max-Age=3601; Secure; HttpOnly; SameSite=lax"], ["pass_kept_too_long"]),
        (["theme=dark"], []),
        (["sr_confirm\x01=x"], []),
    ],
)
def test_the_pass_in_the_browser_is_kept_safe(cookies: list[str], codes: list[str]) -> None:
    assert [breach.code for breach in api_answers.pass_kept_safe(answer(*cookies))] == codes


@pytest.mark.parametrize(
    ("cookies", "body", "given"),
    [
        (["sr_confirm=x; Secure"], {}, True),
        (["sr_confirm=; Max-Age=0", "theme=dark"], {"confirmationToken": None}, False),
        ([], {"confirmationToken": "x"}, True),
    ],
)
def test_a_pass_is_given_in_the_body_or_to_the_browser(
    cookies: list[str], body: Mapping[str, Any], given: bool
) -> None:
    assert api_answers.gives_pass(answer(*cookies, body=body)) is given


def test_a_list_that_has_other_bookings_only_or_is_of_a_cancelled_one_breaks_nothing() -> None:
    assert api_answers.answered_as_stored({"booking": shown(), "bookings": [{"id": "other"}]}, KEPT) == []
    cancelled = replace(KEPT, status="cancelled")
    assert api_answers.answered_as_stored({"booking": shown(status="cancelled"), "bookings": []}, cancelled) == []


def test_the_browser_keeps_the_pass_of_its_own_booking() -> None:
    safe = "sr_confirm=x; Secure; HttpOnly; SameSite=lax"
    assert api_answers.pass_kept_safe(answer(safe, body={"confirmationToken": "x"})) == []
    found = api_answers.pass_kept_safe(answer(safe, body={"confirmationToken": "another"}))
    assert [breach.code for breach in found] == ["pass_of_another"]


def test_an_answer_says_that_it_is_json() -> None:
    assert api_answers.marked_as_json(answer()) == []
    assert api_answers.marked_as_json(answer(content_type="text/html")) == [
        Breach("answer_could_run", "the answer is marked as text/html instead of JSON")
    ]


@pytest.mark.parametrize(
    ("token", "found"),
    [
        ("x" * 43, []),
        (None, []),
        ("short", [Breach("pass_guessable", "the pass to the booking has only 5 characters")]),
    ],
)
def test_a_pass_that_can_be_guessed_is_found(token: str | None, found: list[Breach]) -> None:
    assert api_answers.pass_hard_to_guess(answer(body={"confirmationToken": token})) == found


BOOKED = {
    "id": "0b0c7d9e-6c1f-4a53-9d7a-2f8f1f0f7a11",
    "reference": "SEVENSEATS",
    "customer_email": "guest@example.com",
}


@pytest.mark.parametrize(
    ("token", "what"),
    [
        (BOOKED["id"] * 2, "its id"),
        ("pass-" + BOOKED["id"].replace("-", "") + "-of-its-guest", "its id"),
        (hashlib.sha256(BOOKED["id"].encode()).hexdigest(), "its id"),
        (hashlib.sha512(uuid.UUID(BOOKED["id"]).bytes).hexdigest()[:43], "its id"),
        (base64.b64encode(hashlib.sha256(BOOKED["id"].encode()).digest()).decode(), "its id"),
        (hashlib.md5(b"SEVENSEATS", usedforsecurity=False).hexdigest(), "its reference"),
        ("SEVENSEATS" + "x" * 30, "its reference"),
        (base64.urlsafe_b64encode(b"guest@example.com").decode() + "x" * 20, "its guest's e-mail address"),
        ("6hodcoRzHzsxIxS2DU3eTBUlH9BZLqo7OFlyiuln1MM", None),
        (hashlib.sha256(b"a secret" + BOOKED["id"].encode()).hexdigest(), None),
    ],
)
def test_a_pass_that_is_made_of_what_others_know_is_found(token: str, what: str | None) -> None:
    found = api_answers.pass_hard_to_guess(answer(body={"confirmationToken": token, "booking": BOOKED}))
    expected = [] if what is None else [Breach("pass_guessable", f"the pass to the booking is made of {what}")]
    assert found == expected


@pytest.mark.parametrize("booking", [None, [], {}, {"id": None, "reference": 7, "customer_email": ""}])
def test_a_pass_beside_a_booking_that_tells_nothing_is_none_that_can_be_guessed(booking: object) -> None:
    assert api_answers.pass_hard_to_guess(answer(body={"confirmationToken": "x" * 43, "booking": booking})) == []
