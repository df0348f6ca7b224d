"""Every booking right as a whole: kept, and broken wherever one looks."""

from __future__ import annotations

from dataclasses import replace

from bookingflow.platform.database_models import Holdings, RelatedRecords, StatusChange
from tests.support.fakes import BOOKING_ID, NOW
from tests.support.promises import Scene, broken
from tests.support.stored import KEPT, REQUEST

CONFIRMATION = StatusChange("pending", "confirmed", NOW, None)


def scene() -> Scene:
    made = Scene()
    made.booked()
    return made


def test_a_booking_right_in_every_detail_keeps_the_promise() -> None:
    made = scene()
    made.house.records[BOOKING_ID] = RelatedRecords(history=(CONFIRMATION,))
    made.promises.completeness.to_the_last_detail()


def test_all_that_is_wrong_of_row_table_reservation_and_history_is_reported_together() -> None:
    made = scene()
    made.house.rows[BOOKING_ID] = replace(KEPT, notes="Nuts")
    made.house.rows["other"] = replace(KEPT, id="other", reference="OTHERONESX", idempotency_key="other")
    made.house.held[BOOKING_ID] = Holdings(holds=1)
    made.house.records[BOOKING_ID] = RelatedRecords(history=(CONFIRMATION, CONFIRMATION))
    verdict = broken(made.promises.completeness.to_the_last_detail)
    assert {"notes_not_stored", "holds_left", "confirmed_twice"} <= set(verdict.codes)
    assert "Of 1 booking made one after the other" in verdict.sentence
    assert "HMNJRNJDGY" in verdict.sentence


def test_a_booking_left_out_of_a_history_that_others_have_is_a_breach() -> None:
    made = scene()
    other = "11111111-1111-4111-8111-111111111111"
    request = REQUEST.model_copy(update={"email": "second@example.com", "phone": "+447700900222", "name": "Second One"})
    row = replace(
        KEPT,
        id=other,
        reference="SECONDONES",
        idempotency_key="second",
        customer_email="second@example.com",
        customer_phone="+447700900222",
        customer_name="Second One",
        tables=(replace(KEPT.tables[0], table_id="id-T06", number="T06"),),
    )
    made.booked(row, request=request, key="second")
    made.house.records = {BOOKING_ID: RelatedRecords(history=(CONFIRMATION,)), other: RelatedRecords(history=())}
    verdict = broken(made.promises.completeness.to_the_last_detail)
    assert verdict.codes == ("history_without_confirmation",)
    assert "SECONDONES" in verdict.sentence
