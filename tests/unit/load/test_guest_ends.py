"""Figures over many guests: nearest rank, and a guest without a table never had one."""

from __future__ import annotations

import pytest

from load.guest_ends import NEVER, End, GuestEnd, percentile, phase_times, times_to_table


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [
        ([], 0.95, None),
        ([3.0], 0.5, 3.0),
        ([1.0, 2.0], 0.5, 1.0),
        (list(range(1, 101)), 0.95, 95),
        (list(range(100, 0, -1)), 0.99, 99),
        ([1.0] * 94 + [NEVER] * 6, 0.95, NEVER),
        ([1.0] * 95 + [NEVER] * 5, 0.95, 1.0),
    ],
)
def test_the_percentile_is_a_value_that_was_measured(values: list[float], share: float, found: float | None) -> None:
    assert percentile(values, share) == found


def test_who_failed_or_was_not_sent_never_had_a_table_and_who_met_a_full_house_is_not_counted() -> None:
    guests = [
        GuestEnd(0.0, End.TABLE, late_ms=100.0, to_table_ms=600.0),
        GuestEnd(0.0, End.FAILED),
        GuestEnd(0.0, End.DROPPED),
        GuestEnd(0.0, End.FULL),
        GuestEnd(0.0, End.NOT_JUDGED),
    ]
    assert times_to_table(guests) == [0.6, NEVER, NEVER]
    assert times_to_table(guests, without_our_lateness=True) == [0.5, NEVER, NEVER]


def test_phases_are_those_of_the_guests_who_went_through_them() -> None:
    guests = [
        GuestEnd(0.0, End.TABLE, phases_ms={"submit": 20.0, "inline_poll": 100.0}),
        GuestEnd(0.0, End.FULL, phases_ms={"submit": 40.0}),
    ]
    assert phase_times(guests) == {"submit": [0.02, 0.04], "inline_poll": [0.1]}


def test_a_guest_survives_the_way_to_the_master() -> None:
    guest = GuestEnd(1.0, End.FAILED, 2.0, None, {"submit": 3.0}, "missing", "It is gone.", "a@b.example", "key", "id")
    assert GuestEnd.from_message(guest.as_message()) == guest
