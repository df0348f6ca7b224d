"""The catalogue of failures: one title for a code, wherever it is raised."""

from __future__ import annotations

import pytest

from bookingflow.core import errors
from bookingflow.core.errors import BrokenPromise, TargetUnreachable
from bookingflow.core.failures import BROKEN_CODES, FAILURES, Breach, failure_of, worst_first
from tests.support.raised_codes import raised_codes


def test_every_code_that_is_raised_stands_in_the_catalogue_and_the_other_way_round() -> None:
    raised = raised_codes()
    assert sorted(raised - BROKEN_CODES) == []
    assert sorted(BROKEN_CODES - raised) == []


def test_titles_are_constant_and_tell_codes_apart() -> None:
    titles = [failure.title for failure in FAILURES.values()]
    assert sorted({title for title in titles if titles.count(title) > 1}) == []
    assert not [title for title in titles if title.endswith(".") or "{" in title or not title[0].isupper()]


def test_a_code_that_nobody_knows_is_a_defect_of_the_suite() -> None:
    assert failure_of("never_heard_of").code == "suite_defect"


def test_a_broken_promise_says_title_particulars_and_who_can_act() -> None:
    error = BrokenPromise("Booking X, checked for 4 s.", code="confirmed_without_table", examples=["one", "two"])
    assert str(error) == (
        'No table is reserved for a guest who was told "confirmed". Booking X, checked for 4 s. '
        "Who can act: the platform team.\n  - one\n  - two"
    )
    assert (error.title, error.code) == (FAILURES[error.code].title, "confirmed_without_table")
    assert error.codes == ("confirmed_without_table",)


NOTES = Breach("notes_not_stored", "the notes are stored as nothing")
PARTY = Breach("party_not_stored", "the number of guests is stored as 3 instead of 4")


@pytest.mark.parametrize("order", [[NOTES, PARTY], [PARTY, NOTES]])
def test_of_several_breaches_the_worst_leads_and_the_others_follow(order: list[Breach]) -> None:
    error = BrokenPromise.of(order, "Booking X")
    assert error.codes == ("party_not_stored", "notes_not_stored")
    assert str(error) == (
        "The number of guests is not stored. Booking X: the number of guests is stored as 3 instead of 4; "
        "the notes are stored as nothing. Who can act: the platform team."
    )


def test_of_many_breaches_with_one_code_the_first_few_are_named() -> None:
    many = [Breach("double_booking", f"T0{number} is given twice") for number in range(5)]
    error = BrokenPromise.of([*many, NOTES])
    assert error.particulars == (
        "T00 is given twice; T01 is given twice; T02 is given twice; and 2 more; the notes are stored as nothing"
    )


def test_another_of_its_codes_can_lead() -> None:
    error = BrokenPromise.of([NOTES, PARTY], "Booking X").led_by("notes_not_stored", remarks=["It was known."])
    assert (error.code, error.title) == ("notes_not_stored", "Guests' notes are not stored")
    assert set(error.codes) == {"notes_not_stored", "party_not_stored"}
    assert error.particulars.endswith("the notes are stored as nothing. It was known")


def test_what_is_shown_to_others_is_worse_than_what_is_not_stored() -> None:
    found = [NOTES, Breach("others_name_shown", "…"), Breach("double_booking", "…"), Breach("never_heard_of", "…")]
    assert [breach.code for breach in worst_first(found)] == [
        *("others_name_shown", "double_booking", "notes_not_stored", "never_heard_of")
    ]


def test_an_error_of_the_suite_has_its_title_too() -> None:
    assert TargetUnreachable("Nobody answers.").title == "The platform does not answer"
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.SuiteError)]
    assert {kind.code for kind in kinds} <= FAILURES.keys()
