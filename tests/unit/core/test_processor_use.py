"""What others use of the processors, with the operating system's numbers played back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NamedTuple

import psutil
import pytest

from bookingflow.core.processor_use import ProcessorUse


class Times(NamedTuple):
    """Of all processors, in seconds, as on Linux: guests' time is a part of the user's."""

    user: float
    idle: float
    iowait: float = 0.0
    guest: float = 0.0


def play(monkeypatch: pytest.MonkeyPatch, *moments: tuple[Times, float, float | Exception]) -> None:
    """All processors, this process and its child, moment by moment."""
    left = iter(moments)
    now: list[tuple[Times, float, float | Exception]] = []

    def all_processors() -> Times:
        now[:] = [next(left)]
        return now[0][0]

    def child() -> Any:
        used = now[0][2]
        if isinstance(used, Exception):
            raise used
        return SimpleNamespace(user=used / 2, system=0.0, children_user=used / 2, children_system=0.0)

    monkeypatch.setattr("psutil.cpu_times", all_processors)
    monkeypatch.setattr("os.times", lambda: (now[0][1], 0.0, 0.0, 0.0, 99.0))
    one = SimpleNamespace(cpu_times=child)
    monkeypatch.setattr("psutil.Process", lambda: SimpleNamespace(children=lambda recursive: [one][:recursive]))


def test_what_the_run_used_itself_is_not_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    play(monkeypatch, (Times(1000, 1000), 10, 0), (Times(1015, 1005), 14, 6))
    assert ProcessorUse().others() == pytest.approx((15 - 4 - 6) / 20)


def test_waiting_for_disks_is_idle_and_a_guests_time_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    play(monkeypatch, (Times(0, 0), 0, 0), (Times(4, 10, 6, 4), 0, 0))
    assert ProcessorUse().others() == pytest.approx(4 / 20)


def test_a_process_that_is_over_or_somebody_elses_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    play(monkeypatch, (Times(0, 0), 0, psutil.NoSuchProcess(1)), (Times(5, 5), 0, psutil.AccessDenied(1)))
    assert ProcessorUse().others() == 0.5


def test_it_stays_between_nothing_and_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    play(monkeypatch, (Times(0, 0), 0, 0), (Times(1, 9), 5, 5))
    assert ProcessorUse().others() == 0.0
    play(monkeypatch, (Times(3, 3), 0, 0), (Times(3, 3), 0, 0))
    assert ProcessorUse().others() == 0.0
