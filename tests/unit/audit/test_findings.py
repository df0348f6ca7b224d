"""What the run's own judgement found, grouped by its code."""

from __future__ import annotations

from bookingflow.audit.findings import Found, grouped
from bookingflow.core.failures import Breach

HOLD = Breach("nobodys_hold", "T01 is on hold for nobody")


def notes(number: int) -> Found:
    return Found(Breach("notes_not_stored", "the notes are stored as nothing"), f"B{number}", "BOOK-060")


def test_findings_are_one_for_each_code_the_worst_first_and_nothing_is_counted_twice() -> None:
    twice = Found(Breach("double_booking", "T01 is given to bookings B1 and B2"), scenario="BOOK-026")
    found = grouped([Found(HOLD), notes(1), notes(1), twice, notes(2)])
    assert [(one.code, one.count, one.bookings) for one in found] == [
        ("double_booking", 1, ()),
        ("nobodys_hold", 1, ()),
        ("notes_not_stored", 2, ("B1", "B2")),
    ]
    assert str(found[0].verdict()) == (
        "A table is given to two bookings at the same time. T01 is given to bookings B1 and B2 (BOOK-026). "
        "Who can act: the platform team."
    )
    assert str(found[2].verdict()) == (
        "Guests' notes are not stored. Found in 2 bookings of this run. Who can act: the platform team.\n"
        "  - booking B1 (BOOK-060): the notes are stored as nothing\n"
        "  - booking B2 (BOOK-060): the notes are stored as nothing"
    )


def test_no_more_than_five_examples_are_shown_and_the_rest_is_counted() -> None:
    (found,) = grouped([notes(number) for number in range(9)])
    assert (found.count, len(found.bookings), len(found.examples)) == (9, 9, 5)
    assert str(found.verdict()).endswith("\n  - and 4 more")


def test_what_is_of_no_single_booking_is_found_in_places() -> None:
    (found,) = grouped([Found(HOLD), Found(Breach("nobodys_hold", "T02 is on hold for nobody"))])
    assert found.particulars == "Found in 2 places of this run"
