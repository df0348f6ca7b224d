"""What a load is held to, and the exit status that it makes; nothing measured is never green."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bookingflow.core.exit_status import ExitStatus
from load.guest_ends import End, GuestEnd
from load.thresholds import Check, Integrity, Thresholds, checks, status_of

WELL = Integrity(bookings=100, breaches=0)
LIMITS = Thresholds(p95_s=5.0, failures=0.01)


def seated(count: int = 1, seconds: float = 0.5, late: float = 0.0) -> list[GuestEnd]:
    return [GuestEnd(0.0, End.TABLE, late_ms=late * 1000, to_table_ms=seconds * 1000)] * count


def ended(end: End, count: int = 1) -> list[GuestEnd]:
    return [GuestEnd(0.0, end, sentence="Because of the test.")] * count


def judged(guests: Sequence[GuestEnd], *, planned: int | None = None, integrity: Integrity = WELL) -> list[Check]:
    return checks(len(guests) if planned is None else planned, guests, integrity, LIMITS)


@pytest.mark.parametrize(
    ("guests", "status"),
    [
        (seated(100), ExitStatus.KEPT),
        (seated(95) + seated(5, seconds=60), ExitStatus.KEPT),
        (seated(94) + seated(6, seconds=60), ExitStatus.BROKEN),
        (seated(99) + ended(End.FAILED), ExitStatus.KEPT),
        (seated(98) + ended(End.FAILED, 2), ExitStatus.BROKEN),
        (seated(98) + ended(End.DROPPED, 2), ExitStatus.BROKEN),
        (seated(98) + ended(End.FULL, 60), ExitStatus.KEPT),
        (seated(98) + ended(End.NOT_JUDGED, 2), ExitStatus.NOT_JUDGED),
        (seated(97) + ended(End.NOT_JUDGED, 2) + ended(End.FAILED, 2), ExitStatus.BROKEN),
        (ended(End.FAILED, 3), ExitStatus.BROKEN),
        (ended(End.FULL, 3), ExitStatus.NOT_JUDGED),
        (ended(End.NOT_JUDGED, 3), ExitStatus.NOT_JUDGED),
        ([], ExitStatus.NOT_JUDGED),
    ],
)
def test_the_guests_make_the_status(guests: list[GuestEnd], status: ExitStatus) -> None:
    assert status_of(judged(guests)) is status


def test_a_run_in_which_nothing_was_measured_says_so() -> None:
    found = {check.name: check for check in judged([], planned=5, integrity=Integrity(0, 0))}
    assert {check.end for check in found.values()} == {"not judged"}
    assert found["p95 to a table ≤ 5 s"].found == "nothing was measured"
    assert found["everybody came who was to come"].found.startswith("5 of 5 did not come")


def test_what_was_found_in_the_bookings_breaks_the_run_however_fast_it_was() -> None:
    assert status_of(judged(seated(9), integrity=Integrity(9, 1))) is ExitStatus.BROKEN
    assert status_of(judged(seated(9), integrity=Integrity(9, 0, "The database is gone."))) is ExitStatus.NOT_JUDGED


def test_a_guest_that_was_lost_leaves_the_run_not_judged() -> None:
    assert status_of(judged(seated(9), planned=10)) is ExitStatus.NOT_JUDGED


@pytest.mark.parametrize(("took", "late"), [(7.0, 6.5), (7.0, 0.3), (5.1, 0.2)])
def test_a_machine_that_sends_its_guests_too_late_accuses_nobody(took: float, late: float) -> None:
    (slow,) = [check for check in judged(seated(100, seconds=took, late=late)) if check.end != "kept"]
    assert slow.end == "not judged"
    assert f"{took:.2f} s, but this machine was too slow: it sent guests up to {late:.2f} s late" in slow.found
    assert status_of(judged(seated(100, seconds=7.0, late=0.1))) is ExitStatus.BROKEN


def test_nor_does_one_that_is_too_slow_to_send_them_all() -> None:
    assert status_of(judged(seated(90, late=0.6) + ended(End.DROPPED, 10))) is ExitStatus.NOT_JUDGED
    assert status_of(judged(seated(90, late=0.1) + ended(End.DROPPED, 10))) is ExitStatus.BROKEN
    assert status_of(judged(seated(90, late=0.6) + ended(End.FAILED, 10))) is ExitStatus.BROKEN


def test_a_run_that_is_cut_off_is_not_kept_and_a_broken_one_stays_broken() -> None:
    assert status_of(judged(seated(9)), cut_off=True) is ExitStatus.CUT_OFF
    assert status_of(judged(ended(End.FAILED, 9)), cut_off=True) is ExitStatus.BROKEN
