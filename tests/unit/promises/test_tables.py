"""Which tables a booking has: each promise about them kept, and broken with its code and sentence."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest

from bookingflow.booking.tracked_booking import Outcome
from bookingflow.checks.tables import house_in_order
from bookingflow.core.settings import Settings
from bookingflow.platform.database_models import BookingRow, Holdings, Occupation, Table
from bookingflow.platform.slots import Slot
from bookingflow.promises.tables import TablePromises
from tests.support.fakes import BOOKING_ID, RESTAURANT_ID
from tests.support.promises import ALONE, LIVE, Scene, broken
from tests.support.stored import KEPT, START, TABLE

OTHER = replace(TABLE, table_id="id-T06", number="T06")


def scene(*tables: object, settings: Settings = LIVE, **changes: object) -> tuple[Scene, TablePromises]:
    made = Scene(settings)
    stored: dict[str, Any] = {"tables": tables or (TABLE,), **changes}
    made.booked(replace(KEPT, **stored))
    return made, made.promises.tables


def test_a_table_of_just_its_size_for_the_whole_stay_keeps_every_promise() -> None:
    made, tables = scene()
    tables.seat_everybody()
    tables.fit_exactly()
    tables.fit_closely()
    scene(replace(TABLE, capacity=5))[1].fit_closely()
    tables.stand("indoor")
    tables.needed()
    tables.held_for_the_stay()
    tables.nothing_else_held()
    tables.none_twice()
    made.state.tables_wanted = frozenset({TABLE.table_id})
    tables.one_of_those()


@pytest.mark.parametrize(
    ("tables", "promise", "code", "said"),
    [
        ([replace(TABLE, capacity=3)], "seat_everybody", "too_few_seats", "4 guests were given T05, which seats 3"),
        ([replace(TABLE, in_service=False)], "seat_everybody", "table_out_of_service", "T05 is out of service"),
        (
            [TABLE, replace(OTHER, zone="Garden")],
            "seat_everybody",
            "joined_across_zones",
            "T05 and T06 stand in different zones",
        ),
        ([replace(TABLE, capacity=6)], "fit_exactly", "seats_wasted", "it was given T05 (6 seats), though a table of"),
        ([replace(TABLE, capacity=6)], "fit_closely", "seats_wasted", "T05 (6 seats), though a table with one"),
        ([TABLE, TABLE], "fit_closely", "seats_wasted", "it was given T05 (4 seats) and T05 (4 seats), though"),
        ([replace(TABLE, capacity=3)], "fit_closely", "too_few_seats", "4 guests were given T05, which seats 3"),
        ([replace(TABLE, restaurant_id="x")], "fit_closely", "table_of_another_house", "T05 stands in another"),
        ([replace(TABLE, restaurant_id="x")], "fit_exactly", "table_of_another_house", "T05 stands in another"),
        ([TABLE, TABLE], "needed", "table_held_twice", "it holds T05 twice"),
        ([TABLE, OTHER], "needed", "too_many_tables", "were given T05 and T06, more than they need"),
        ([replace(TABLE, end_at=None)], "held_for_the_stay", "table_time_missing", "T05 is kept without saying"),
        ([TABLE], "one_of_those", "freed_table_unused", "it was given T05 instead of a table that had just become"),
    ],
)
def test_other_tables_than_promised_are_a_breach(tables: list[object], promise: str, code: str, said: str) -> None:
    made, promises = scene(*tables)
    made.state.tables_wanted = frozenset({OTHER.table_id})
    verdict = broken(getattr(promises, promise))
    assert code in verdict.codes
    assert said in verdict.sentence


def test_a_table_elsewhere_than_wished_is_a_breach() -> None:
    verdict = broken(scene()[1].stand, "outdoor")
    assert verdict.code == "wish_ignored"
    assert "its guests asked to sit outdoors and were given T05 (indoor)" in verdict.sentence


def test_tables_held_beside_its_own_are_a_breach_also_of_one_that_waits() -> None:
    made, tables = scene()
    made.house.held[BOOKING_ID] = Holdings(holds=2)
    verdict = broken(tables.nothing_else_held)
    assert verdict.code == "holds_left"
    assert "2 tables are still on hold for it" in verdict.sentence
    assert set(broken(tables.none).codes) == {"holds_left", "waiting_keeps_tables"}


def test_one_that_waits_has_no_table() -> None:
    made, tables = scene(status="pending")
    verdict = broken(tables.none)
    assert verdict.codes == ("waiting_keeps_tables",)
    assert "it is pending and has 1 table" in verdict.sentence
    made.now_stored(replace(KEPT, status="pending", tables=()))
    tables.none()


def test_one_that_lost_its_table_is_reported_as_that() -> None:
    made, tables = scene()
    made.now_stored(replace(KEPT, tables=()))
    verdict = broken(tables.needed)
    assert verdict.code == "tables_withdrawn"
    assert "it was confirmed, and now it is confirmed with no table" in verdict.sentence
    made.now_stored(None)
    assert broken(tables.needed).code == "booking_lost"


def twin() -> BookingRow:
    """Somebody else's booking of the same table at the same time."""
    return replace(KEPT, id="other", reference="OTHER", customer_email="else@example.com", idempotency_key="k2")


def test_a_table_given_twice_is_a_breach() -> None:
    made, tables = scene()
    made.house.rows["other"] = twin()
    verdict = broken(tables.none_twice)
    assert verdict.code == "double_booking"
    assert "T05 is given to bookings HMNJRNJDGY and OTHER from 19:00 to 20:20" in verdict.sentence


def test_what_concerns_strangers_alone_is_reported_only_where_nobody_else_books() -> None:
    strangers = replace(twin(), tables=())
    made, tables = scene()
    made.house.rows["other"] = strangers
    tables.none_twice()
    made, tables = scene(settings=ALONE)
    made.house.rows["other"] = strangers
    assert broken(tables.none_twice).code == "confirmed_without_table"


def test_guests_of_scenarios_that_run_beside_it_are_judged_by_those() -> None:
    made, tables = scene(settings=ALONE)
    beside = replace(twin(), tables=(), customer_email="acceptance+0123456789-2@example.com")
    made.house.rows["other"] = beside
    tables.none_twice()
    made.house.rows["other"] = replace(beside, tables=KEPT.tables)
    assert broken(tables.none_twice).code == "double_booking"
    booking = made.state.bookings[0]
    booking.request = booking.request.model_copy(update={"email": beside.customer_email})
    made.house.rows["other"] = beside
    assert broken(tables.none_twice).code == "confirmed_without_table"


def test_what_was_wrong_before_is_not_held_against_those_who_book_now() -> None:
    made, tables = scene(settings=ALONE)
    tables.in_order_but_for_before()
    made.house.rows["other"] = replace(twin(), tables=())
    made.state.wrong_before = house_in_order(list(made.house.rows.values()), "Europe/London")
    tables.in_order_but_for_before()
    made.house.rows["third"] = replace(twin(), id="third", reference="THIRD")
    verdict = broken(tables.in_order_but_for_before)
    assert verdict.codes == ("double_booking",)
    assert "OTHER" not in verdict.sentence


def left_without_table(made: Scene) -> None:
    """One more guest books, and waits."""
    made.booked(replace(KEPT, id=f"{BOOKING_ID[:-1]}0", reference="WAITS", status="pending", tables=()), key="waits")


def test_every_table_of_a_full_house_has_guests() -> None:
    made, tables = scene()
    made.house.tables = [Table("id-T05", "T05", 4, "zone", "Dining room", "indoor", True)]
    made.state.slot = Slot(KEPT.date, KEPT.start_time, "Europe/London")
    tables.all_taken()


@pytest.mark.parametrize(
    ("kind", "said"),
    [("hold", "T06 is free; T06 is on hold or reserved"), ("assignment", "T06 is free.")],
)
def test_a_table_left_free_in_a_full_house_is_a_breach_that_says_what_blocks_it(kind: str, said: str) -> None:
    made, tables = scene()
    left_without_table(made)
    made.house.tables = [
        Table(f"id-{number}", number, 4, "zone", "Dining room", "indoor", True) for number in ("T05", "T06")
    ]
    made.house.taken = [Occupation("id-T06", START, START + datetime.timedelta(hours=1), kind, None, None)]
    made.state.slot = Slot(KEPT.date, KEPT.start_time, "Europe/London")
    verdict = broken(tables.all_taken)
    assert verdict.code == "tables_unused"
    assert said in verdict.sentence


def test_a_table_that_has_guests_at_another_time_of_the_day_is_free_in_a_full_house() -> None:
    made, tables = scene()
    left_without_table(made)
    made.house.tables = [
        Table(f"id-{number}", number, 4, "zone", "Dining room", "indoor", True) for number in ("T05", "T06")
    ]
    made.state.slot = Slot(KEPT.date, KEPT.start_time, "Europe/London")
    earlier = START - datetime.timedelta(hours=5)
    lunch = replace(OTHER, start_at=earlier, end_at=earlier + datetime.timedelta(hours=1))
    made.house.rows["lunch"] = replace(twin(), id="lunch", start_at=earlier, tables=(lunch,))
    assert "T06 is free." in broken(tables.all_taken).sentence


def test_promises_of_tables_ask_about_the_restaurant_of_the_scenario() -> None:
    made, tables = scene()
    left_without_table(made)
    assert made.state.restaurant.id == RESTAURANT_ID
    made.state.booking.outcome = Outcome.PENDING_TIMEOUT
    made.now_stored(replace(KEPT, status="pending", tables=()))
    assert broken(tables.fit_exactly).code == broken(made.promises.confirmation.confirmed).code
