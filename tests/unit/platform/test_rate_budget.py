"""The rate budget waits instead of exceeding, and is shared by what shares its file."""

from __future__ import annotations

from pathlib import Path

from bookingflow.platform.rate_budget import RateBudget
from tests.support.fakes import FakeClock


def test_a_full_minute_makes_the_next_one_wait(tmp_path: Path) -> None:
    clock = FakeClock()
    one, other = (RateBudget(tmp_path / "pace.json", 3, clock) for _ in range(2))
    assert [one.take(), other.take(), one.take()] == [0.0, 0.0, 0.0]
    clock.sleep(10)
    assert round(other.take()) == 50
    assert round(clock.at) == 60


def test_no_budget_never_waits_and_writes_nothing(tmp_path: Path) -> None:
    budget = RateBudget(tmp_path / "pace.json", 0, FakeClock())
    assert [budget.take() for _ in range(100)] == [0.0] * 100
    assert not (tmp_path / "pace.json").exists()


def test_a_broken_file_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "pace.json").write_text("{")
    assert RateBudget(tmp_path / "pace.json", 1, FakeClock()).take() == 0.0
