"""What the platform keeps of bookings beside their rows: amiss, left out, and one pass for two."""

from __future__ import annotations

from dataclasses import replace

from bookingflow.audit.findings import Found
from bookingflow.audit.related_records import left_out, one_pass_for_two, passes_alike, recorded_amiss
from bookingflow.core.failures import Breach
from bookingflow.platform.database_models import (
    RelatedRecords,
    Snapshot,
)
from tests.support.fakes import CONFIRMED, RESTAURANT_ID
from tests.support.stage import REQUEST
from tests.support.worlds import CONFIRMATION, REFERENCE, answered_with, world


def test_a_booking_that_was_changed_since_may_be_confirmed_once_more() -> None:
    it = world(CONFIRMED)
    vars(it.session.database)["recorded"] = RelatedRecords((CONFIRMATION,) * 2, {}, 1)
    assert recorded_amiss(it.session.database, [CONFIRMED], it.scenario.bookings) != []
    it.scenario.bookings[0].changed = True
    assert recorded_amiss(it.session.database, [CONFIRMED], it.scenario.bookings) == []


def test_what_other_systems_are_sent_names_the_tables_that_a_booking_was_confirmed_with() -> None:
    it = world(CONFIRMED)
    booking = it.scenario.bookings[0]
    news = {"capacity.assignment.sync": {"tableIds": ["another"]}}
    vars(it.session.database)["recorded"] = RelatedRecords((CONFIRMATION,), {}, 1, news)
    booking.study = Snapshot(CONFIRMED)
    other = "other systems were sent other tables than its own (capacity.assignment.sync)"
    assert recorded_amiss(it.session.database, [CONFIRMED], [booking]) == [
        Found(Breach("other_tables_passed_on", other), REFERENCE)
    ]
    vars(it.session.database)["recorded"] = RelatedRecords((CONFIRMATION,) * 2, {}, 1, news)
    twice = recorded_amiss(it.session.database, [CONFIRMED], [booking])
    assert [one.breach.code for one in twice] == ["confirmed_twice"]
    vars(it.session.database)["recorded"] = RelatedRecords((CONFIRMATION,), {}, 1, news)
    booking.study = Snapshot(replace(CONFIRMED, tables=()))  # others moved it since
    assert recorded_amiss(it.session.database, [CONFIRMED], [booking]) == []


def test_a_confirmation_that_others_histories_show_is_missed() -> None:
    it = world(CONFIRMED)
    first = it.scenario.bookings[0]
    other = replace(CONFIRMED, id="00000000-0000-4000-8000-000000000002")
    records = {CONFIRMED.id: RelatedRecords(()), other.id: RelatedRecords((CONFIRMATION,))}
    vars(it.session.database)["related_records"] = lambda ids: {booking_id: records[booking_id] for booking_id in ids}
    assert left_out(it.session.database, [CONFIRMED, other], [first]) == [
        Found(Breach("history_without_confirmation", "its history shows no confirmation"), REFERENCE)
    ]
    assert left_out(it.session.database, [CONFIRMED], [first]) == []


def test_a_customer_is_missed_where_others_are_kept_with_their_own_data() -> None:
    it = world(CONFIRMED)
    right = {"restaurant_id": RESTAURANT_ID, "email": REQUEST.email, "phone": REQUEST.phone}
    renamed = {**right, "full_name": "Somebody Else"}
    other = replace(CONFIRMED, id="00000000-0000-4000-8000-000000000002")
    booking = [it.scenario.bookings[0], answered_with("", other.id)]
    booking[1].request = REQUEST.model_copy(update={"email": "b@example.com", "phone": "+447700900002"})
    theirs = {"restaurant_id": RESTAURANT_ID, "email": "b@example.com", "phone": "+447700900002"}
    for customers, codes in [
        ({CONFIRMED.id: right, other.id: theirs}, []),
        ({CONFIRMED.id: renamed, other.id: theirs}, ["customer_name_differs"]),
        ({CONFIRMED.id: renamed, other.id: {**theirs, "full_name": "X"}}, []),  # all of them: one scenario's affair
    ]:
        vars(it.session.database)["customers"] = lambda _, these=customers: these
        found = recorded_amiss(it.session.database, [CONFIRMED, other], booking)
        assert [one.breach.code for one in found] == codes


def test_no_two_bookings_have_one_pass() -> None:
    first, second = (answered_with("a-pass", booking_id) for booking_id in ("1", "2"))
    assert one_pass_for_two([first, second]) == [
        Found(Breach("pass_shared", "2 bookings were given one and the same pass"))
    ]
    assert one_pass_for_two([first, answered_with("a-pass", "1")]) == []  # one booking, shown twice
    assert (
        one_pass_for_two([first, answered_with("another", "2"), answered_with("", "3"), answered_with("", "4")]) == []
    )


def test_passes_that_are_counted_up_can_be_guessed() -> None:
    first, tenth = (answered_with(f"{number:043d}", str(number)) for number in (9, 10))
    alike = "the passes of two bookings differ in 2 characters only"
    assert passes_alike([first, tenth]) == [Found(Breach("pass_guessable", alike))]
    assert passes_alike([first, first, answered_with("", "3")]) == []  # one pass, shown twice
    by_chance = [answered_with(letters * 22, letters) for letters in ("aB", "cD", "eF")]
    assert passes_alike([*by_chance, answered_with("short", "4")]) == []
