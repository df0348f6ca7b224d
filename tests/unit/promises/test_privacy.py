"""A guest's data is the guest's own: each promise about it kept, and broken with its code and sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from bookingflow.checks.api_answers import stored_facts
from bookingflow.core.errors import AskedToWait, BrokenPromise, NotJudged, ScenarioNotPossible, TargetUnreachable
from bookingflow.core.failures import BETWEEN
from bookingflow.platform.api_models import CLOSED_ACTS, STAFFS_ACTS
from bookingflow.promises.privacy import ACT_ALLOWED, LIST_OPENED, PrivacyPromises
from bookingflow.scenario.unauthenticated import Unauthenticated
from tests.support.fakes import BOOKING_ID
from tests.support.promises import Scene, accepted, broken
from tests.support.stored import KEPT, REQUEST

STRANGER = "stranger@example.com"
ITEM = json.loads(json.dumps(stored_facts(KEPT), default=lambda instant: instant.isoformat()))
LINK = {
    "id": KEPT.id,
    "reference": KEPT.reference,
    "date": "2026-11-24",
    "startTime": "19:00",
    "endTime": "21:00",
    "partySize": 4,
    "bookingType": "dinner",
    "seating": "any",
    "notes": None,
    "status": "confirmed",
    "restaurantName": "Demo Restaurant",
}


def scene(status: int = 200, body: Any = None, **booked: Any) -> tuple[Scene, PrivacyPromises]:
    """A confirmed booking; the API answers so to whatever is asked about it."""
    made = Scene()
    made.booked(**booked)
    made.session.guests.know(name="Somebody Else", email=STRANGER, phone="+447700900111", notes="By the door, please")
    made.answers(status, body)
    return made, made.promises.privacy


def unanswered(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("connection reset")


# -- the answer to a booking -------------------------------------------------------------------------------------------


def test_an_answer_that_shows_its_own_guest_alone_keeps_both_promises() -> None:
    _, privacy = scene(answer=accepted(KEPT, bookings=[ITEM], contact="hello@restaurant.example"))
    privacy.answer_shows_own_only()
    privacy.answer_without_secret()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"near": "Somebody Else"}, "others_name_shown"),
        ({"near": STRANGER}, "others_email_shown"),
        ({"near": "+447700900111"}, "others_phone_shown"),
        ({"kitchen": ["By the door, please"]}, "others_notes_shown"),
        ({"near": {"customer_email": "who@example.com"}}, "others_email_shown"),
        ({"near": "kept@example.com"}, "others_email_shown"),
        ({"bookings": [{"id": "another"}]}, "others_booking_shown"),
        ({"bookings": ["another"]}, "others_booking_shown"),
    ],
)
def test_an_answer_that_shows_somebody_else_is_a_breach(more: dict[str, Any], code: str) -> None:
    made, privacy = scene(answer=accepted(KEPT, **more))
    made.house.known = {"kept@example.com"}
    verdict = broken(privacy.answer_shows_own_only)
    assert verdict.code == code
    assert STRANGER not in verdict.sentence


def test_an_answer_that_names_the_booking_of_the_scenarios_other_guest_is_a_breach() -> None:
    theirs = replace(KEPT, id="another", reference="THEIRS0001", customer_email=STRANGER)
    asked = {"name": "Somebody Else", "email": STRANGER, "phone": "+447700900111"}
    for named, code in (("THEIRS0001", "others_booking_shown"), (KEPT.reference, None)):
        made = Scene()
        made.booked(theirs, request=REQUEST.model_copy(update=asked), key="theirs")
        made.booked(answer=accepted(KEPT, next=named))
        if code is None:
            made.promises.privacy.answer_shows_own_only()
        else:
            assert broken(made.promises.privacy.answer_shows_own_only).code == code


def test_an_address_stored_in_place_of_the_guests_own_is_no_strangers() -> None:
    other = replace(KEPT, customer_email="stored@example.com")
    _, privacy = scene(row=other, answer=accepted(other, bookings=[{**ITEM, "customer_email": "stored@example.com"}]))
    privacy.answer_shows_own_only()


def test_an_answer_that_shows_the_inside_or_a_secret_is_a_breach() -> None:
    _, privacy = scene(answer=accepted(KEPT, debug="postgresql://app@db/main"))
    verdict = broken(privacy.answer_without_secret)
    assert verdict.code == "database_address_shown"
    assert "postgresql://" not in verdict.sentence
    made, privacy = scene(answer=accepted(KEPT, debug="token-of-the-suite-7f3a"))
    privacy.answer_without_secret()
    made.session.sanitizer.register_secret("token-of-the-suite-7f3a")
    verdict = broken(privacy.answer_without_secret)
    assert verdict.code == "suite_secret_shown"
    assert "7f3a" not in verdict.sentence


def test_an_id_in_capitals_is_the_same_id() -> None:
    capitals = {**ITEM, "id": ITEM["id"].upper()}
    scene(answer=accepted(KEPT, bookings=[capitals]))[1].answer_shows_own_only()
    scene(200, {"bookings": [capitals]})[1].lookup(email="my", phone="my", found=True)
    made, found = scene(200, {"bookings": [], "booking": capitals})
    made.state.booking.was_cancelled()
    assert broken(found.lookup, email="my", phone="my", found=False).code == "lookup_finds_cancelled"


# -- looking up --------------------------------------------------------------------------------------------------------


def test_its_own_guest_finds_it_as_it_is_stored() -> None:
    made, privacy = scene(200, {"bookings": [ITEM]})
    privacy.lookup(email="my", phone="my", found=True)
    privacy.lookup(email="my capitalised", phone="my spaced", found=True)
    asked = [request.url.params for request in made.asked]
    assert [one["email"] for one in asked] == [REQUEST.email, REQUEST.email.upper()]
    assert [one["phone"] for one in asked] == ["+447700900000", "+44770090 0000"]


@pytest.mark.parametrize(
    ("bookings", "code", "said"),
    [
        ([], "lookup_finds_nothing", "its own guest does not find it"),
        ([ITEM, ITEM], "lookup_finds_twice", "its own guest finds it 2 times"),
        ([{**ITEM, "party_size": 5}], "list_party_size_differs", "5 instead of 4"),
        ([ITEM, {"id": "another"}], "others_booking_shown", "lists another guest's booking"),
        ([{**ITEM, "by": STRANGER}], "others_email_shown", "shows another guest's e-mail"),
    ],
)
def test_a_lookup_that_shows_something_else_is_a_breach(bookings: list[Any], code: str, said: str) -> None:
    verdict = broken(scene(200, {"bookings": bookings})[1].lookup, email="my", phone="my", found=True)
    assert verdict.code == code
    assert said in verdict.sentence


def test_a_guest_finds_each_of_several_bookings() -> None:
    later = replace(KEPT, id="11111111-1111-4111-8111-111111111111", reference="SECONDONES")
    second = json.loads(json.dumps(stored_facts(later), default=lambda instant: instant.isoformat()))
    for listed, said in (
        ([ITEM, second], None),
        ([ITEM], "its own guest does not find it; it is confirmed, and 1 other booking is found"),
        ([], "its own guest does not find it; it is confirmed."),
    ):
        made, privacy = scene(200, {"bookings": listed})
        made.booked(later, key="another key")
        if said is None:
            privacy.finds_all()
        else:
            verdict = broken(privacy.finds_all)
            assert verdict.code == "lookup_finds_nothing"
            assert said in verdict.sentence
    made.answers(500, {})
    assert broken(privacy.finds_all).code == "lookup_failed"


def test_a_phone_number_is_no_end_of_one() -> None:
    made, privacy = scene(200, {"bookings": []})
    privacy.lookup(email="my", phone="a similar", found=False)
    assert made.asked[-1].url.params["phone"] == "+547700900000"


def test_an_e_mail_is_no_pattern() -> None:
    made, privacy = scene(200, {"bookings": []})
    privacy.lookup(email="a similar", phone="my", found=False)
    assert made.asked[-1].url.params["email"] == f"_{REQUEST.email[1:]}"
    scene(400, {"error": "Invalid email"})[1].lookup(email="a similar", phone="my", found=False)
    verdict = broken(scene(200, {"bookings": [ITEM]})[1].lookup, email="a similar", phone="my", found=False)
    assert verdict.code == "half_contact_enough"
    assert "it is shown to somebody whose e-mail address only resembles its guest's" in verdict.sentence


@pytest.mark.parametrize(
    ("email", "phone", "asked", "known"),
    [
        ("part of my", "my", (REQUEST.email[1:], REQUEST.phone), "a part of its guest's e-mail address"),
        ("my", "part of my", (REQUEST.email, REQUEST.phone[:-1]), "a part of its guest's phone number"),
    ],
)
def test_a_part_of_a_contact_is_none(email: str, phone: str, asked: tuple[str, str], known: str) -> None:
    made, privacy = scene(200, {"bookings": []})
    privacy.lookup(email=email, phone=phone, found=False)
    params = made.asked[-1].url.params
    assert (params["email"], params["phone"]) == asked
    scene(400, {"error": "Invalid contact"})[1].lookup(email=email, phone=phone, found=False)
    verdict = broken(scene(200, {"bookings": [ITEM]})[1].lookup, email=email, phone=phone, found=False)
    assert verdict.code == "half_contact_enough"
    assert f"it is shown to somebody who knows {known} only" in verdict.sentence


@pytest.mark.parametrize(("email", "phone"), [("another", "my"), ("my", "another"), ("my", "a similar"), ("no", "my")])
def test_half_a_contact_finds_nothing(email: str, phone: str) -> None:
    scene(200, {"bookings": []})[1].lookup(email=email, phone=phone, found=False)
    verdict = broken(scene(200, {"bookings": [ITEM]})[1].lookup, email=email, phone=phone, found=False)
    assert verdict.code == "half_contact_enough"
    assert "it is shown to somebody who knows only half of the contact" in verdict.sentence
    named = scene(200, {"bookings": [], "hint": {"customerEmail": "who@example.com"}})[1]
    assert broken(named.lookup, email=email, phone=phone, found=False).code == "half_contact_enough"


@pytest.mark.parametrize(("email", "phone", "found"), [("my", "my", True), ("no", "my", False)])
def test_a_lookup_too_many_is_no_answer_to_the_guest(email: str, phone: str, found: bool) -> None:
    _, privacy = scene(429, {"error": "Too many requests"})
    with pytest.raises(AskedToWait, match=r"/api/bookings: too many requests .* Retry-After says nothing") as raised:
        privacy.lookup(email=email, phone=phone, found=found)
    assert raised.value.code == "rate_limited"


def test_half_a_contact_may_be_refused_and_a_whole_one_may_not() -> None:
    _, privacy = scene(400, {"error": "Both are needed"})
    privacy.lookup(email="no", phone="my", found=False)
    verdict = broken(privacy.lookup, email="my", phone="my", found=True)
    assert verdict.code == "lookup_failed"
    assert "looking it up failed (HTTP 400)" in verdict.sentence
    assert broken(scene(500, {})[1].lookup, email="no", phone="my", found=False).code == "lookup_failed"


def test_a_cancelled_booking_that_is_still_found_is_a_breach() -> None:
    made, privacy = scene(200, {"bookings": [ITEM]})
    with pytest.raises(ScenarioNotPossible, match="Nobody cancelled the booking"):
        privacy.lookup(email="my", phone="my", found=False)
    made.state.booking.was_cancelled()
    verdict = broken(privacy.lookup, email="my", phone="my", found=False)
    assert verdict.code == "lookup_finds_cancelled"
    scene(200, {"bookings": []})[1].lookup(email="my", phone="my", found=False)


def test_what_a_lookup_that_finds_nothing_gives_away_is_a_breach_all_the_same() -> None:
    _, privacy = scene(200, {"bookings": [], "debug": "postgresql://app@db/main"})
    assert broken(privacy.lookup, email="another", phone="my", found=False).code == "database_address_shown"


def test_a_lookup_without_any_answer_accuses_nobody() -> None:
    made, privacy = scene()
    made.answer = unanswered
    with pytest.raises(TargetUnreachable, match="No answer came to GET /api/bookings"):
        privacy.lookup(email="my", phone="my", found=True)


# -- strangers ---------------------------------------------------------------------------------------------------------


def stranger(status: int, body: Any = None) -> Scene:
    """A confirmed booking; a stranger, whatever is asked, is answered so."""
    return scene(status, body)[0]


def asked_for(made: Scene, name: str) -> PrivacyPromises:
    """A stranger has asked for this list."""
    Unauthenticated(made.session, made.state, made.bookings).ask_for(name)
    return made.promises.privacy


def tried_to(made: Scene, act: str) -> PrivacyPromises:
    """A stranger has tried to do this with the booking."""
    Unauthenticated(made.session, made.state, made.bookings).try_to(act)
    return made.promises.privacy


def tried_as_staff(made: Scene, act: str) -> PrivacyPromises:
    """A stranger has tried to do this with the booking, in the restaurant's name."""
    Unauthenticated(made.session, made.state, made.bookings).try_as_staff(act)
    return made.promises.privacy


def at_the_entrance(made: Scene) -> PrivacyPromises:
    """A stranger has come to the entrance of tests."""
    Unauthenticated(made.session, made.state, made.bookings).book_through_test_entrance()
    return made.promises.privacy


@pytest.mark.parametrize("name", sorted(LIST_OPENED))
def test_a_list_of_bookings_is_closed_to_strangers(name: str) -> None:
    asked_for(stranger(401, {"error": "Sign in"}), name).list_not_shown()
    verdict = broken(asked_for(stranger(200, {"bookings": []}), name).list_not_shown)
    assert verdict.code == LIST_OPENED[name]
    assert f"Asked for {name} without signing in, the platform answered HTTP 200" in verdict.sentence
    verdict = broken(asked_for(stranger(500, {}), name).list_not_shown)
    assert verdict.code == "refused_with_error"
    assert "(HTTP 500); nothing was shown" in verdict.sentence
    verdict = broken(asked_for(stranger(403, {"error": "No", "owner": STRANGER}), name).list_not_shown)
    assert verdict.codes == ("stranger_learns_email",)
    verdict = broken(asked_for(stranger(500, {"owner": STRANGER}), name).list_not_shown)
    assert "nothing was shown" not in verdict.sentence


@pytest.mark.parametrize("act", sorted(CLOSED_ACTS))
def test_a_booking_is_closed_to_strangers(act: str) -> None:
    made = stranger(401, {"error": "Sign in"})
    tried_to(made, act).booking_closed()
    assert made.asked[-1].url.path.startswith(f"/api/bookings/{BOOKING_ID}")
    verdict = broken(tried_to(stranger(200, {}), act).booking_closed)
    assert verdict.code == ACT_ALLOWED[act]
    assert f"a stranger who has not signed in could {act} it (HTTP 200)" in verdict.sentence
    verdict = broken(tried_to(stranger(500, {}), act).booking_closed)
    assert verdict.code == "refused_with_error"
    assert "; nothing was changed or shown" in verdict.sentence


@pytest.mark.parametrize(
    ("shown", "code", "what"),
    [
        (REQUEST.name, "stranger_learns_name", "name"),
        (REQUEST.email.upper(), "stranger_learns_email", "e-mail"),
        (REQUEST.phone, "stranger_learns_phone", "phone number"),
        (KEPT.reference, "stranger_learns_reference", "reference"),
    ],
)
def test_a_refusal_that_shows_a_stranger_something_is_a_breach(shown: str, code: str, what: str) -> None:
    verdict = broken(tried_to(stranger(403, {"error": "No", "of": shown}), "read").booking_closed)
    assert verdict.codes == (code,)
    assert f"the answer to a stranger shows the guest's {what}" in verdict.sentence


def test_a_refusal_that_shows_a_stranger_what_the_guest_noted_is_a_breach() -> None:
    noted = REQUEST.model_copy(update={"notes": "A surprise:\nplease don't call"})
    for said, codes in ((noted.notes, ("stranger_learns_notes",)), ("A surprise", None)):
        made = scene(403, {"error": "No", "of": said}, request=noted)[0]
        privacy = tried_to(made, "read")
        if codes is None:
            privacy.booking_closed()
        else:
            assert broken(privacy.booking_closed).codes == codes


@pytest.mark.parametrize("act", sorted(STAFFS_ACTS))
def test_a_booking_is_closed_to_strangers_in_the_restaurants_name(act: str) -> None:
    for status in (401, 404, 500):  # how that entrance says no is its own matter
        tried_as_staff(stranger(status, {"error": "Sign in"}), act).booking_closed()
    verdict = broken(tried_as_staff(stranger(200, {}), act).booking_closed)
    assert verdict.code == ACT_ALLOWED[act]
    could = f"a stranger who has not signed in could {act} it in the restaurant's name (HTTP 200)"
    assert could in verdict.sentence


def test_a_stranger_who_is_let_in_and_changes_it_is_one_breach() -> None:
    made, _ = scene()

    def cancel(request: httpx.Request) -> httpx.Response:
        made.now_stored(replace(KEPT, status="cancelled", tables=()))
        return httpx.Response(200, json={"status": "cancelled"})

    made.answer = cancel
    assert broken(tried_as_staff(made, "cancel").booking_closed).codes == ("stranger_cancels",)


def test_what_a_refused_stranger_changed_all_the_same_is_a_breach() -> None:
    made, _ = scene()

    def change(request: httpx.Request) -> httpx.Response:
        made.now_stored(replace(KEPT, notes="changed by a stranger"))
        return httpx.Response(403, json={"error": "No"})

    made.answer = change
    verdict = broken(tried_to(made, "change").booking_closed)
    assert verdict.codes == ("stranger_changes",)
    assert "a stranger who tried to change it changed it" in verdict.sentence


def test_what_the_platform_itself_notes_meanwhile_is_no_strangers_doing() -> None:
    made, _ = scene()

    def note(request: httpx.Request) -> httpx.Response:
        made.now_stored(replace(KEPT, last_result={"reason": "looked again"}))
        return httpx.Response(403, json={"error": "No"})

    made.answer = note
    tried_to(made, "read").booking_closed()


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_the_entrance_of_tests_is_shut(status: int) -> None:
    at_the_entrance(stranger(status, {"error": "No"})).entrance_closed()


@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_entrance_of_tests_that_answers_before_it_asks_for_its_key_is_a_breach(status: int) -> None:
    verdict = broken(at_the_entrance(stranger(status, {})).entrance_closed)
    assert verdict.code == "test_entrance_open"
    assert f"A request without its key was not refused (HTTP {status})" in verdict.sentence


@pytest.mark.parametrize(
    "promise", [PrivacyPromises.list_not_shown, PrivacyPromises.booking_closed, PrivacyPromises.link_shows_nothing]
)
def test_what_nobody_tried_is_not_judged(promise: Callable[[PrivacyPromises], None]) -> None:
    with pytest.raises(ScenarioNotPossible, match="yet"):
        promise(at_the_entrance(stranger(401, {"error": "No"})))


# -- the link ----------------------------------------------------------------------------------------------------------


def linked(status: int = 200, body: Any = None) -> tuple[Unauthenticated, PrivacyPromises]:
    """A booking whose answer gave a link; links are answered so."""
    made, privacy = scene(status, body, answer=accepted(KEPT, confirmationToken="t" * 43))
    made.session.target = cast("Any", SimpleNamespace(controls=SimpleNamespace(set_clock=lambda _: None)))
    return Unauthenticated(made.session, made.state, made.bookings), privacy


def test_the_link_shows_the_booking_as_it_is_stored() -> None:
    act, privacy = linked(200, {"booking": LINK})
    act.open_link()
    privacy.link_shows_booking()


def test_a_restaurant_that_was_renamed_is_shown_by_its_name_of_now() -> None:
    act, privacy = linked(200, {"booking": {**LINK, "restaurantName": "The New Name"}})
    act.open_link()
    vars(privacy.session.database)["name"] = "The New Name"
    privacy.link_shows_booking()


@pytest.mark.parametrize(
    ("status", "body", "code", "said"),
    [
        (404, {"error": "No such link"}, "link_never_opens", "the link to it does not open (HTTP 404)"),
        (200, {"booking": None}, "link_never_opens", "the link to it does not open (HTTP 200)"),
        (200, {"booking": {**LINK, "partySize": 5}}, "link_party_size_differs", "5 instead of 4"),
        (200, {"booking": {**LINK, "restaurantName": "Other"}}, "link_restaurant_differs", "another restaurant"),
        (200, {"booking": LINK, "near": STRANGER}, "others_email_shown", "shows another guest's e-mail"),
        (200, {"booking": LINK, "near": "host=db port=5"}, "database_address_shown", "the address of a database"),
    ],
)
def test_a_link_that_shows_something_else_is_a_breach(status: int, body: Any, code: str, said: str) -> None:
    act, privacy = linked(status, body)
    act.open_link()
    verdict = broken(privacy.link_shows_booking)
    assert verdict.code == code
    assert said in verdict.sentence


@pytest.mark.parametrize(
    ("opened", "status", "code", "said"),
    [
        (Unauthenticated.open_link_again, 410, "link_opens_twice", "a link that was used before still opens"),
        (Unauthenticated.open_link_late, 410, "link_opens_late", "a link whose time is over still opens"),
        (Unauthenticated.open_made_up_link, 404, "made_up_link_opens", "a made-up link opens"),
    ],
)
def test_a_link_that_must_not_open_stays_shut(
    opened: Callable[[Unauthenticated], None], status: int, code: str, said: str
) -> None:
    def promise(status: int, body: Any) -> Callable[[], None]:
        act, privacy = linked(status, body)
        opened(act)
        return privacy.link_shows_nothing

    promise(status, {"error": "No such link"})()
    promise(400, {"error": "No such link"})()
    verdict = broken(promise(409, {"error": "No such link"}))
    assert verdict.code == "refusal_status_wrong"
    assert "is refused with HTTP 409 instead of HTTP" in verdict.sentence
    assert f"HTTP {status}" in verdict.sentence
    verdict = broken(promise(200, {"booking": LINK}))
    assert verdict.code == code
    assert f"{said} (HTTP 200)" in verdict.sentence
    assert broken(promise(410, {"of": KEPT.reference})).code == code
    verdict = broken(promise(500, {}))
    assert verdict.code == "refused_with_error"
    assert "(HTTP 500); nothing was shown" in verdict.sentence


@pytest.mark.parametrize("body", ["", "default backend - 404", {"message": "no Route matched"}])
@pytest.mark.parametrize("status", [404, 408])
def test_what_refuses_in_the_platforms_place_accuses_nobody(status: int, body: Any) -> None:
    act, privacy = linked(status, body)
    act.open_link()
    lookup = partial(scene(status, body)[1].lookup, email="my", phone="my", found=True)
    for promise in (privacy.link_shows_booking, lookup):
        with pytest.raises(NotJudged, match="is not the booking API") as caught:
            promise()
        assert (caught.value.code, caught.value.who_can_act) == ("wall", BETWEEN)


def test_a_success_that_is_not_json_let_no_stranger_in() -> None:
    for body, kind in (("OK", NotJudged), ("true", NotJudged), ({"booking": {}}, BrokenPromise)):
        made, privacy = scene(200, body)
        Unauthenticated(made.session, made.state, made.bookings).try_to("read")
        with pytest.raises(kind):
            privacy.booking_closed()
        Unauthenticated(made.session, made.state, made.bookings).ask_for("a guest's own bookings")
        with pytest.raises(kind):
            privacy.list_not_shown()


def test_a_link_that_must_not_open_is_never_taken_for_the_guests_own() -> None:
    act, privacy = linked(200, {"booking": LINK})
    act.open_link()
    with pytest.raises(ScenarioNotPossible):
        privacy.link_shows_nothing()
