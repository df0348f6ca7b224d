"""Guests are unique, and those of a scenario hang on nothing but the scenario."""

from __future__ import annotations

import random
from itertools import chain, pairwise

from bookingflow.core.settings import Settings
from bookingflow.platform.own_guests import OwnGuests
from bookingflow.testdata.guests import Guest, GuestBook
from tests.support.stage import REQUEST

SETTINGS = Settings(target="live", database_url="postgresql://x@y/z")
WISH = "A quiet corner, please"


def drawn(book: GuestBook, scenario: str, count: int = 3) -> list[Guest]:
    book.enter(scenario)
    return [book.next() for _ in range(count)]


def test_a_scenarios_guests_are_the_same_whatever_ran_before_it() -> None:
    alone, after_others = (GuestBook(SETTINGS, "run", random.Random(1)) for _ in range(2))
    for scenario in ("BOOK-001 one", "BOOK-002 two"):
        drawn(after_others, scenario)
    said = [
        [(guest.name, guest.email, guest.notes, guest.marketing_opt_in) for guest in drawn(book, "BOOK-003 three")]
        for book in (alone, after_others)
    ]
    assert said[0] == said[1]


def test_no_two_guests_of_a_run_share_a_name_or_a_contact() -> None:
    book = GuestBook(SETTINGS, "run", random.Random(1))
    guests = list(chain.from_iterable(drawn(book, f"BOOK-{number:03d} title", 5) for number in range(40)))
    assert len({guest.email for guest in guests}) == len({guest.phone for guest in guests}) == len(guests)
    assert len({guest.name for guest in guests}) == len(guests)
    assert {guest.marketing_opt_in for guest in guests} == {True, False}
    assert len({guest.notes for guest in guests}) > 2


def test_a_guest_is_known_by_earlier_contacts_too_and_no_stranger_with_it() -> None:
    book = GuestBook(Settings.model_validate({"target": "demo"}), "run", random.Random(1))
    book.know(name="First Guest", email="First@example.com", phone="+447700900001", notes="By the window, please")
    book.know(name="First Guest", email="second@example.com", phone="+447700900001", notes=None)
    book.know(name="Other Guest", email="other@example.com", phone="+447700900002", notes="By the door, please")
    assert book.emails == {"first@example.com", "second@example.com", "other@example.com"}
    again = REQUEST.model_copy(update={"name": "First Guest", "email": "second@example.com", "phone": "+447700900001"})
    contacts = {"first@example.com", "second@example.com", "+447700900001"}
    assert book.known_of(again) == {"First Guest", "By the window, please", *contacts}
    assert book.contacts_of(again) == contacts


def test_a_name_too_short_to_tell_anybody_is_not_looked_for_in_answers() -> None:
    book = GuestBook(Settings.model_validate({"target": "demo"}), "run", random.Random(1))
    book.know(name="Al", email="al@example.com", phone="+447700900003", notes="Lunch")
    assert set(book.words) == {"al@example.com", "+447700900003"}


def test_notes_tell_a_guest_where_nobody_else_noted_the_same() -> None:
    book = GuestBook(Settings.model_validate({"target": "demo"}), "run", random.Random(1))
    for number in (1, 2):
        book.know(name=f"Guest {number}", email=f"{number}@example.com", phone=f"+44770090000{number}", notes=WISH)
    assert book.words[WISH] == "notes"
    for number in (1, 2):
        contact = {"email": f"{number}@example.com", "phone": f"+44770090000{number}"}
        mine = REQUEST.model_copy(update={"name": f"Guest {number}", "notes": WISH, **contact})
        assert WISH in book.known_of(mine)
        assert book.contacts_of(mine) == set(contact.values())


def test_guests_who_come_one_after_the_other_note_different_things() -> None:
    guests = drawn(GuestBook(SETTINGS, "run", random.Random(1)), "BOOK-003 three", 16)
    assert all(one.notes != other.notes for one, other in pairwise(guests) if one.notes or other.notes)
    assert len({(guest.name.rpartition(" ")[2], guest.notes) for guest in guests}) > 8


def test_the_pattern_of_the_suites_own_guests_takes_no_sign_of_their_contact_for_a_wildcard() -> None:
    settings = Settings.model_validate({"target": "demo", "guest_email": "a_b@example.com"})
    own = GuestBook(settings, "run", random.Random(1)).own
    assert own.any_run == ["a\\_b+%-%@example.com", "acceptance+%-%@example.com"]
    assert (own.this_run, OwnGuests.of("a@example.com").this_run) == ("a\\_b+run-%@example.com", "")


def test_the_suites_own_guests_are_known_by_their_address_whichever_run_made_them() -> None:
    book = GuestBook(SETTINGS.model_copy(update={"guest_email": "our_team@example.com"}), "run", random.Random(1))
    assert all(book.own.include(guest.email.upper()) for guest in drawn(book, "BOOK-001 one"))
    assert book.own.include("acceptance+4cdcfbd3ad-22a5360c-1@example.com")
    assert not any(map(book.own.include, ["our_team@example.com", "ourXteam+1-2@example.com", "guest@example.com"]))
    assert not OwnGuests().include("acceptance+4cdcfbd3ad-22a5360c-1@example.com")
