"""The rate budget waits instead of exceeding, is shared by what shares its file, and heeds what answers state."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bookingflow.platform.api_models import Exchange
from bookingflow.platform.rate_budget import Pace, RateBudget, Spent
from tests.support.fakes import FakeClock
from tests.support.promises import exchange

LIMIT = 60
RUN: Sequence[tuple[int, float]] = (
    (24, 4.8), (8, 3.9), (1, 0.1), (16, 1.8), (23, 2.3), (13, 1.7), (0, 6.0), (6, 0.4), (16, 2.0), (25, 3.2), (8, 2.2),
)  # fmt: skip
"""Counted bookings and seconds of work by feature, as a whole run on a demo taken for a live platform came to."""


@dataclass
class Platform:
    """A limiter that counts in windows of the clock minute, or from the first request on."""

    clock: FakeClock
    limit: int = LIMIT
    aligned: bool = True
    states: bool = False
    """Whether every answer states the limit, not only a 429."""
    others: int = 0
    """Requests that somebody else sends in each window, before ours."""
    refused: int = 0
    _began: float = -math.inf
    _hits: Counter[float] = field(default_factory=Counter)

    def answer(self) -> Exchange:
        """One more request of ours."""
        now = self.clock.now().timestamp()
        if now >= self._began + 60:
            self._began = now // 60 * 60 if self.aligned else now
            self._hits[self._began] = self.others
        self._hits[self._began] += 1
        left, ends_at = self.limit - self._hits[self._began], self._began + 60
        self.refused += left < 0
        stated = {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(max(0, left)),
            "x-ratelimit-reset": str(round(ends_at * 1000)),
            "date": f"{self.clock.now():%a, %d %b %Y %H:%M:%S} GMT",
        }
        if left < 0:
            return exchange(429, headers={**stated, "retry-after": str(math.ceil(ends_at - now))})
        return exchange(201, headers=stated if self.states else {})


def run(budget: RateBudget, platform: Platform, sequence: Sequence[tuple[int, float]] = RUN) -> tuple[int, float]:
    """Send this sequence; how many bookings were counted, and how long the suite waited."""
    sent, waited = 0, 0.0
    for bookings, work_s in sequence:
        for _ in range(bookings):
            waited += budget.take()
            budget.heed(platform.answer())
            platform.clock.sleep(work_s / (bookings + 1))
            sent += 1
        platform.clock.sleep(work_s / (bookings + 1))
    return sent, waited


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("states", [True, False])
@pytest.mark.parametrize("starts_at", [0.0, 31.7, 59.0])
def test_a_whole_run_waits_no_longer_than_it_must(
    tmp_path: Path, *, aligned: bool, states: bool, starts_at: float
) -> None:
    clock = FakeClock()
    clock.sleep(starts_at)
    platform = Platform(clock, aligned=aligned, states=states)
    budget = RateBudget(tmp_path / "pace.json", None, clock)
    sent, waited = run(budget, platform)
    assert platform.refused == 0
    assert 0 < waited <= (math.ceil(sent / budget.limit) - 1) * 60 * 1.1


def test_a_full_minute_makes_the_next_one_wait(tmp_path: Path) -> None:
    clock = FakeClock()
    one, other = (RateBudget(tmp_path / "pace.json", 3, clock) for _ in range(2))
    assert [one.take(), other.take(), one.take()] == [0.0, 0.0, 0.0]
    clock.sleep(10)
    assert round(other.take()) == 50
    assert round(clock.at) == 60


def test_no_budget_never_waits_and_writes_nothing(tmp_path: Path) -> None:
    budget = RateBudget(tmp_path / "pace.json", 0, FakeClock())
    budget.enter("BOOK-001 A party of four")
    assert [budget.take() for _ in range(100)] == [0.0] * 100
    assert (budget.limit, budget.spent()) == (0, {})
    assert not (tmp_path / "pace.json").exists()


@pytest.mark.parametrize("text", ["{", "[1.5, 2.5]", Pace(platform="http://elsewhere", limit=1).model_dump_json()])
def test_a_broken_file_or_another_platforms_is_begun_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / "pace.json").write_text(text)
    budget = RateBudget(tmp_path / "pace.json", None, FakeClock(), "http://here")
    assert budget.take() == 0.0
    assert budget.limit == 50


def test_a_limit_that_an_answer_states_is_the_next_run_s_budget_too(tmp_path: Path) -> None:
    clock = FakeClock()
    RateBudget(tmp_path / "pace.json", None, clock).heed(exchange(429, headers={"x-ratelimit-limit": "20"}))
    assert RateBudget(tmp_path / "pace.json", None, clock).limit == 16


def test_a_budget_that_was_set_is_not_changed_by_answers(tmp_path: Path) -> None:
    clock = FakeClock()
    budget = RateBudget(tmp_path / "pace.json", 40, clock)
    budget.heed(exchange(429, headers={"x-ratelimit-limit": "20", "retry-after": "30"}))
    assert (budget.limit, budget.take()) == (40, 0.0)


def test_after_a_refusal_the_next_window_is_waited_for(tmp_path: Path) -> None:
    clock = FakeClock()
    budget = RateBudget(tmp_path / "pace.json", None, clock)
    budget.heed(exchange(429, headers={"retry-after": "17"}))
    assert round(budget.take()) == 17


def test_what_others_use_up_is_waited_for_where_answers_say_what_is_left(tmp_path: Path) -> None:
    clock = FakeClock()
    platform = Platform(clock, states=True, others=35)
    sent, _ = run(RateBudget(tmp_path / "pace.json", None, clock), platform)
    assert (sent, platform.refused) == (140, 0)


@pytest.mark.parametrize("written", ["", "-1", "lots", "9" * 40, "٣", "1.5"])
def test_what_is_no_number_teaches_nothing(tmp_path: Path, written: str) -> None:
    headers = {f"x-ratelimit-{name}": written for name in ("limit", "remaining", "reset")}
    budget = RateBudget(tmp_path / "pace.json", None, FakeClock())
    budget.heed(exchange(201, headers=headers))
    assert (budget.limit, budget.take()) == (50, 0.0)


def test_a_clock_that_was_set_back_makes_nobody_wait_for_the_time_that_it_took_back(tmp_path: Path) -> None:
    clock = FakeClock()
    clock.sleep(3600)
    budget = RateBudget(tmp_path / "pace.json", None, clock)
    for _ in range(50):
        budget.take()
    budget.heed(exchange(429, headers={"retry-after": "17"}))
    clock.at = 0.0
    assert budget.take() == 0.0
    assert [budget.take() for _ in range(49)] == [0.0] * 49
    assert budget.take() == 60.0


def test_what_each_scenario_takes_is_kept_for_the_next_run(tmp_path: Path) -> None:
    clock = FakeClock()
    budget = RateBudget(tmp_path / "pace.json", 2, clock)
    for name, bookings in (("one", 2), ("none", 0), ("another", 1)):
        budget.enter(name)
        for _ in range(bookings):
            budget.take()
        assert name not in RateBudget(tmp_path / "pace.json", 2, clock).spent(), "a scenario that is not over yet"
        budget.leave()
    budget.take()  # by none
    kept = RateBudget(tmp_path / "pace.json", 2, clock).spent()
    assert kept == {"one": Spent(bookings=2), "none": Spent(), "another": Spent(bookings=1, waited_s=60.0)}


def test_what_was_sent_before_the_next_window_does_not_count_in_it(tmp_path: Path) -> None:
    budget = RateBudget(tmp_path / "pace.json", None, FakeClock())
    for _ in range(50):
        budget.take()
    budget.heed(exchange(429, headers={"retry-after": "17"}))
    assert [round(budget.take()), round(budget.take())] == [17, 0]


def test_of_answers_side_by_side_the_least_one_holds(tmp_path: Path) -> None:
    clock = FakeClock()
    budget = RateBudget(tmp_path / "pace.json", None, clock)
    ends_at = str(round((clock.now().timestamp() + 40) * 1000))
    for left in ("0", "3"):
        stated = {"x-ratelimit-remaining": left, "x-ratelimit-reset": ends_at}
        budget.heed(exchange(201, headers={**stated, "date": f"{clock.now():%a, %d %b %Y %H:%M:%S} GMT"}))
    assert round(budget.take()) == 40
