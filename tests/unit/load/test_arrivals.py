"""Guests arrive by the clock: as many as the rates make, at their moments, whatever became of those before."""

from __future__ import annotations

import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookingflow.platform.slots import Slot
from load.arrivals import Arrival, Stage, WrongPlan, busiest, dispatch, moments, share, stages_of
from tests.support.fakes import FakeClock

SLOT = Slot(datetime.date(2026, 12, 1), datetime.time(19), "Europe/London")
RATES = st.floats(0, 50)
STAGES = st.lists(st.builds(Stage, RATES, RATES, st.floats(0.5, 20)), min_size=1, max_size=4)


def arrivals(*at: float) -> list[Arrival]:
    return [Arrival(moment, SLOT, 2) for moment in at]


def test_a_steady_stage_spaces_its_guests_evenly() -> None:
    assert moments(stages_of("2:3")) == pytest.approx([0.25, 0.75, 1.25, 1.75, 2.25, 2.75])


def test_a_ramp_brings_more_and_more_and_the_next_stage_goes_on() -> None:
    at = moments(stages_of("0-4:5, 4:2"))
    assert len(at) == 18
    assert sum(1 for moment in at if moment < 2.5) == 2  # a quarter of the ramp's ten, a half of it being over
    assert at[10:] == pytest.approx([5.125 + 0.25 * number for number in range(8)])


def test_a_ramp_down_brings_fewer_and_fewer() -> None:
    gaps = [later - earlier for earlier, later in pairwise(moments(stages_of("4-0:5")))]
    assert gaps == sorted(gaps)


@given(STAGES)
def test_the_rates_make_the_number_and_the_order(stages: list[Stage]) -> None:
    at = moments(stages)
    assert abs(len(at) - sum(stage.guests for stage in stages)) <= 0.5 + 1e-6
    assert at == sorted(at)
    assert all(0 <= moment <= sum(stage.seconds for stage in stages) + 1e-6 for moment in at)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("0:20", "nobody would arrive"),
        ("0.01:10", "nobody would arrive"),
        ("501:1", "from 0 to 500"),
        ("0-900:1", "from 0 to 500"),
        ("nan:1", "from 0 to 500"),
        ("inf:1", "from 0 to 500"),
        ("5:inf", "lasts some seconds"),
        ("5:0", "lasts some seconds"),
        ("5", "is no stage"),
        ("-5:3", "is no stage"),
        ("", "is no stage"),
        ("5:10,", "is no stage"),
        ("100:300", "at most 20,000"),
        ("0.1:100000", "at most 43,200"),
    ],
)
def test_rates_that_can_not_be_are_refused_in_a_sentence(written: str, said: str) -> None:
    with pytest.raises(WrongPlan, match=said):
        stages_of(written)


@given(st.lists(st.integers()), st.integers(1, 9))
def test_workers_share_all_guests_and_each_guest_once(items: list[int], workers: int) -> None:
    parts = [share(items, index, workers) for index in range(workers)]
    assert sorted(item for part in parts for item in part) == sorted(items)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_the_busiest_minute_is_found_wherever_it_begins() -> None:
    assert busiest([0, 30, 59, 60, 61, 200], 60) == 4
    assert busiest([0, 30, 59, 60], 60) == 3
    assert busiest([], 60) == 0


def test_an_arrival_survives_its_way_to_a_worker() -> None:
    (arrival,) = arrivals(1.5)
    assert Arrival.from_message(arrival.as_message()) == arrival


def test_each_is_begun_at_its_moment() -> None:
    clock, begun = FakeClock(), list[tuple[float, float]]()
    clock.at = 100.0
    assert dispatch(arrivals(0.5, 1.0, 4.0), clock, lambda _, due: begun.append((due, clock.at)), lambda: False) == 3
    assert begun == [(100.5, 100.5), (101.0, 101.0), (104.0, 104.0)]


def test_who_is_overdue_is_begun_at_once_and_keeps_its_moment() -> None:
    clock, begun = FakeClock(), list[tuple[float, float]]()

    def begin(_: Arrival, due: float) -> None:
        begun.append((due, clock.at))
        clock.at += 3.0 if len(begun) == 1 else 0.0  # something held the process up

    dispatch(arrivals(1.0, 2.0, 3.0, 5.0), clock, begin, lambda: False)
    assert begun == [(1.0, 1.0), (2.0, 4.0), (3.0, 4.0), (5.0, 5.0)]


def test_nobody_is_begun_once_it_is_stopped() -> None:
    clock, begun = FakeClock(), list[float]()
    assert dispatch(arrivals(1.0, 2.0, 3.0), clock, lambda _, due: begun.append(due), lambda: clock.at > 1.5) == 1
    assert begun == [1.0]
    assert clock.at < 2.0
