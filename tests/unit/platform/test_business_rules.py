"""How long a table is kept from others, by party, time of day and time zone."""

from __future__ import annotations

import datetime

import pytest

from bookingflow.platform.business_rules import table_stay, table_taken_until


@pytest.mark.parametrize(
    ("start", "party", "minutes"),
    [
        ("13:00", 2, 65),
        ("13:00", 4, 80),
        ("13:00", 6, 90),
        ("13:00", 12, 90),
        ("16:59", 12, 90),
        ("17:00", 12, 95),
        ("20:40", 4, 80),
        ("20:41", 4, 80),
        ("20:46", 4, 79),
        ("21:59", 4, 6),
        ("22:00", 4, 80),
    ],
)
def test_a_table_is_kept_for_the_party_and_not_beyond_the_end_of_dinner(start: str, party: int, minutes: int) -> None:
    assert table_stay(datetime.time.fromisoformat(start), party) == datetime.timedelta(minutes=minutes)


def test_lunch_and_dinner_are_the_restaurants_own() -> None:
    instant = datetime.datetime(2026, 11, 24, 16, tzinfo=datetime.UTC)
    untils = [table_taken_until(instant, 12, zone) for zone in ("Europe/London", "Europe/Paris")]
    assert untils == [(instant + datetime.timedelta(minutes=minutes),) * 2 for minutes in (90, 95)]
