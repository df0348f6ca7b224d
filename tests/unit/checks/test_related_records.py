"""Comparing what is recorded of a confirmation: each breach is found, and what is kept is not."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from bookingflow.checks import related_records
from bookingflow.core.failures import Breach
from bookingflow.platform.database_models import RelatedRecords, StatusChange
from tests.support.stored import KEPT


def change(was: str | None, became: str) -> StatusChange:
    return StatusChange(was, became, KEPT.created_at, None)


CONFIRMATION = change("pending", "confirmed")


GOOD = RelatedRecords((CONFIRMATION,), {"capacity.assignment.sync": 1, "capacity.hold.confirmed": 1}, 1)


SYNC = "capacity.assignment.sync"
OWN = {
    "bookingId": KEPT.id.upper(),
    "restaurantId": KEPT.restaurant_id.upper(),
    "tableIds": [table.table_id for table in KEPT.tables],
    "startAt": f"{KEPT.tables[0].start_at:%Y-%m-%dT%H:%M:%S%z}",
    "endAt": f"{KEPT.tables[0].end_at:%Y-%m-%dT%H:%M:%S}",
}
"""What other systems are sent of a booking; the platform writes instants with their zone, or without one."""


def test_news_that_tell_what_is_so_break_nothing() -> None:
    visit = {"startAt": f"{KEPT.start_at:%Y-%m-%dT%H:%M:%S%z}", "endAt": f"{KEPT.end_at:%Y-%m-%dT%H:%M:%S%z}"}
    odd = ({"startAt": "soon"}, OWN | {"startAt": "1999-01-01T00:00:00"}, {"tableIds": "T01"}, {"tableIds": [{}, 7]})
    in_capitals = {"tableIds": [table.table_id.upper() for table in KEPT.tables]}
    for news in (OWN, {}, visit, in_capitals, *odd):
        assert related_records.confirmed_once(replace(GOOD, news={SYNC: news}), KEPT) == []


def test_news_of_other_things_than_the_confirmation_may_name_anything() -> None:
    drift = {"tableIds": ["another"], "bookingId": "another", "startAt": "1999-01-01T00:00:00Z"}
    assert related_records.confirmed_once(replace(GOOD, news={"capacity.policy.drift": drift}), KEPT) == []


@pytest.mark.parametrize("records", [GOOD, RelatedRecords((change(None, "pending"), CONFIRMATION)), RelatedRecords()])
def test_a_confirmation_that_is_recorded_once_breaks_nothing(records: RelatedRecords) -> None:
    assert related_records.confirmed_once(records, KEPT) == []


@pytest.mark.parametrize(
    ("records", "code", "words"),
    [
        (replace(GOOD, history=()), "history_without_confirmation", "its history shows no confirmation"),
        (replace(GOOD, history=(CONFIRMATION,) * 2), "confirmed_twice", "its history shows 2 confirmations"),
        (
            replace(GOOD, history=(change("cancelled", "confirmed"),)),
            "history_before_differs",
            "its history says it was cancelled before it was confirmed",
        ),
        (
            replace(GOOD, history=(CONFIRMATION, change("confirmed", "cancelled"))),
            "history_end_differs",
            "it is confirmed, and its history ends with cancelled",
        ),
        (
            replace(GOOD, passed_on={"capacity.hold.confirmed": 1}),
            "not_passed_on",
            "no other system was sent its confirmation (capacity.assignment.sync)",
        ),
        (
            replace(GOOD, passed_on={"capacity.assignment.sync": 1, "capacity.hold.confirmed": 2}),
            "passed_on_twice",
            "its confirmation was sent to other systems 2 times (capacity.hold.confirmed)",
        ),
        (
            replace(GOOD, news={"capacity.hold.confirmed": OWN | {"tableIds": ["another"]}}),
            "other_tables_passed_on",
            "other systems were sent other tables than its own (capacity.hold.confirmed)",
        ),
        (
            replace(GOOD, news={SYNC: OWN | {"bookingId": "5b6f1c64-0000-4000-8000-000000000000"}}),
            "other_booking_passed_on",
            f"other systems were sent another booking's id ({SYNC})",
        ),
        *(
            (
                replace(GOOD, news={SYNC: OWN | {name: "2026-11-24T18:00:00Z"}}),
                "other_time_passed_on",
                f"other systems were sent another time than its table is kept for ({SYNC})",
            )
            for name in ("startAt", "endAt")
        ),
        (
            replace(GOOD, news={SYNC: OWN | {"restaurantId": "5b6f1c64-0000-4000-8000-000000000000"}}),
            "other_house_passed_on",
            f"other systems were sent another restaurant's id ({SYNC})",
        ),
        (
            replace(GOOD, history=(replace(CONFIRMATION, at=KEPT.created_at - datetime.timedelta(hours=1)),)),
            "history_time_wrong",
            "its history says it was confirmed 60 minutes before it was made",
        ),
        (
            replace(GOOD, history=(replace(CONFIRMATION, at=KEPT.updated_at + datetime.timedelta(hours=1)),)),
            "history_time_wrong",
            "its history says it was confirmed 60 minutes after it was made",
        ),
        (replace(GOOD, ledger=0), "not_in_ledger", "the platform's own ledger shows no tables given to it"),
        (replace(GOOD, ledger=2), "assigned_twice", "by the platform's own ledger it was given tables 2 times"),
    ],
)
def test_a_confirmation_is_recorded_once(records: RelatedRecords, code: str, words: str) -> None:
    assert related_records.confirmed_once(records, KEPT) == [Breach(code, words)]
