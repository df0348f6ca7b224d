"""How many guests a party has: a number, or what the house's tables make of a measure."""

from __future__ import annotations

import re

import pytest

from bookingflow.core.errors import NotAtThisRestaurant
from bookingflow.platform.database_models import Table
from bookingflow.testdata.parties import MEASURES, PATTERN, Party

TABLES = [Table(f"T{seats}", f"T{seats}", seats, "hall", "Hall", "indoor", True) for seats in (4, 2, 8, 6)]


@pytest.mark.parametrize(
    ("words", "size"),
    [
        ("1 guest", 1),
        ("12 guests", 12),
        ("as many guests as the smallest table seats", 2),
        ("as many guests as the largest table seats", 8),
        ("one guest more than the smallest table seats", 3),
        ("one guest more than the largest table seats", 9),
        ("as many guests as the two largest tables seat", 14),
        ("one guest more than the two largest tables seat", 15),
        ("more guests than the house seats", 21),
    ],
)
def test_a_party_is_as_large_as_its_words_say(words: str, size: int) -> None:
    assert Party(words).size(TABLES) == size
    assert str(Party(words)) == words
    assert re.fullmatch(PATTERN, words)


def test_every_measure_can_be_taken_of_a_house_with_one_table() -> None:
    assert [measure(TABLES[:1]) for measure in MEASURES.values()] == [4, 4, 5, 5, 4, 5, 5]


@pytest.mark.parametrize("words", ["4 guests", "more guests than the house seats"])
def test_a_restaurant_without_tables_is_not_asked(words: str) -> None:
    with pytest.raises(NotAtThisRestaurant, match="no table in service"):
        Party(words).size([])
