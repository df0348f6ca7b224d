"""A step's table of details as the fields of a request; a cell that nobody knows is named."""

from __future__ import annotations

from typing import Any

import pytest

from bookingflow.core.errors import WrongTable
from bookingflow.testdata.booking_details import request_fields
from bookingflow.testdata.guests import Guest

GUEST = Guest("Acceptance Guest", "guest+1@example.com", "+447700900123456789", None, False)


@pytest.mark.parametrize(
    ("what", "words", "field", "value"),
    [
        ("notes", "By the window", "notes", "By the window"),
        ("notes", "", "notes", None),
        ("notes", "<two lines>", "notes", "By the window.\nA high chair, please."),
        ("name", "Zoë <3", "name", "Zoë <3"),
        ("seating", "anywhere", "seating", "any"),
        ("seating", "outdoors", "seating", "outdoor"),
        ("marketing", "yes", "marketing_opt_in", True),
        ("marketing", "no", "marketing_opt_in", False),
        ("occasion", "lunch", "booking_type", "lunch"),
        ("e-mail", "<in capitals>", "email", "GUEST+1@EXAMPLE.COM"),
        ("phone", "<with a space>", "phone", "+447700 900123456789"),
        ("phone", "<with a hyphen>", "phone", "+447700-900123456789"),
        ("phone", "<of 20 characters>", "phone", "+4477009001234567897"),
    ],
)
def test_a_cell_becomes_the_field_that_it_means(what: str, words: str, field: str, value: Any) -> None:
    assert request_fields([(what, words)], GUEST) == {field: value}


@pytest.mark.parametrize(
    ("what", "words", "length"), [("notes", "<500 characters>", 500), ("name", "<120 characters>", 120)]
)
def test_the_longest_texts_are_as_long_as_they_say(what: str, words: str, length: int) -> None:
    (text,) = request_fields([(what, words)], GUEST).values()
    assert len(text) == length


def test_all_cells_of_a_table_are_taken_and_none_makes_none() -> None:
    fields = request_fields([("notes", "Nuts"), ("seating", "indoors")], GUEST)
    assert fields == {"notes": "Nuts", "seating": "indoor"}
    assert request_fields([], GUEST) == {}


@pytest.mark.parametrize(
    ("what", "words", "named", "known"),
    [
        ("colour", "red", 'The cell "colour" can\'t be read as detail', "notes, name, seating"),
        ("seating", "on the roof", 'The cell "on the roof" can\'t be read as seating', "anywhere, indoors, outdoors"),
        ("notes", "<a poem>", 'The cell "<a poem>" can\'t be read as notes', "<500 characters>"),
        ("e-mail", "me@example.com", 'The cell "me@example.com" can\'t be read as e-mail', "<in capitals>"),
        ("marketing", "perhaps", "can't be read as marketing", "yes, no"),
    ],
)
def test_a_cell_that_nobody_knows_is_named_with_what_it_may_say(what: str, words: str, named: str, known: str) -> None:
    with pytest.raises(WrongTable) as raised:
        request_fields([(what, words)], GUEST)
    assert named in raised.value.sentence
    assert known in raised.value.hint


def test_a_sentence_without_its_table_is_refused() -> None:
    with pytest.raises(WrongTable, match="has no table of details") as raised:
        request_fields(None, GUEST)
    assert raised.value.title == "A file or folder of the suite is wrong"
    assert "notes, name, seating" in raised.value.hint
