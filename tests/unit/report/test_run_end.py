"""What a run collects for its end."""

from __future__ import annotations

import datetime
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bookingflow.core.budgets import Budget
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.shards import Share
from bookingflow.report.outputs import OutputFolder
from bookingflow.report.parts import Part, ShardRecord
from bookingflow.report.run_end import RunEnd
from bookingflow.report.run_files import RunFiles
from bookingflow.report.run_speed import RunSpeed
from bookingflow.report.summary import Reason, Summary, TargetSummary
from tests.support.summaries import result, summary


class Selectable:
    """A scenario that can be left out."""

    def __init__(self, number: int) -> None:
        self.name, self.effective_tags, self._row = f"Promise {number}", [f"BOOK-{number:03}"], None
        self.selected = True

    def mark_skipped(self) -> None:
        self.selected = False


@pytest.mark.parametrize(
    ("last", "selected", "said"),
    [
        (summary(result(1), result(2, "failed"), result(3, "not_run")), [2, 3], ""),
        (summary(result(1), result(2), result(3)), [], "Nothing to run again: the last run was green."),
        (summary(reason=Reason(code="unreachable", sentence="Gone.")), [1, 2, 3], ""),
        (None, [1, 2, 3], "There is no last run in .: nothing to run again."),
    ],
    ids=["failed", "green", "not begun", "none"],
)
def test_only_what_was_not_green_runs_again(last: Summary | None, selected: list[int], said: str) -> None:
    end = RunEnd("0123456789", SimpleNamespace())
    scenarios = [Selectable(number) for number in (1, 2, 3)]
    end.features = [SimpleNamespace(walk_scenarios=lambda: scenarios)]
    end.last = last
    assert end.select_last_failed() == said
    assert [one.name for one in scenarios if one.selected] == [f"Promise {number}" for number in selected]


def in_shards(folder: Path) -> RunEnd:
    """The end of a run that two shards made, with a budget that is too small for it."""
    end = RunEnd("0123456789", SimpleNamespace(format=(), outputs=()))
    end.begin(OutputFolder(folder, None))
    end.speed = RunSpeed((Budget(max=0.01),), KnownBreaches([], datetime.date(2030, 5, 10)))
    target = TargetSummary(
        kind="demo", address="http://127.0.0.1:1", restaurant="Demo (demo)", time_zone="Europe/London"
    )
    for number in (1, 2):
        record = ShardRecord(
            number=number,
            count=2,
            shards=(("a:1",), ("b:2",)),
            ends={},
            audited=0,
            bookings=0,
            waited_ms={},
            milliseconds={"total": {f"BOOK-00{number} A promise": (20.0,)}},
            known_met=(f"BOOK-00{number} wish_ignored",),
        )
        end.parts = [*end.parts, Part(folder, summary(target=target), record)]
    return end


def test_the_speed_of_shards_is_judged_as_of_one_run(tmp_path: Path) -> None:
    end = in_shards(tmp_path)
    end.judge_speed()
    assert end.speed is not None
    assert [(budget.ended, budget.bookings) for budget in end.speed.ends] == [("broken", 2)]


def test_what_shards_met_as_known_was_met_in_the_run(tmp_path: Path) -> None:
    assert in_shards(tmp_path).known_met() == {"BOOK-001 wish_ignored", "BOOK-002 wish_ignored"}


STOPPED = Reason(code="cut_off", sentence="Stopped by SIGTERM before any scenario began.")
UNREACHABLE = Reason(code="unreachable", sentence="Gone.")


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (summary(result(1)), summary(reason=STOPPED), None),
        (summary(result(1)), summary(reason=UNREACHABLE), UNREACHABLE),
        (summary(reason=STOPPED), summary(reason=STOPPED), STOPPED),
    ],
    ids=["one of two", "another reason", "both"],
)
def test_a_shard_that_was_stopped_at_its_start_does_not_speak_for_those_that_ran(
    tmp_path: Path, first: Summary, second: Summary, reason: Reason | None
) -> None:
    end = in_shards(tmp_path)
    end.join([replace(part, summary=one) for part, one in zip(end.parts, (first, second), strict=True)], [])
    assert end.reason == reason


@pytest.mark.parametrize(
    "given",
    [
        {"share": Share(1, (("a:1",), ("b:2",)))},
        {"cut_off": "Cut off by SIGTERM."},
        {"reason": Reason(code="unreachable", sentence="Gone.")},
        {"speed": RunSpeed((), KnownBreaches([], datetime.date(2030, 5, 10)))},
    ],
    ids=["a part of a run", "cut off", "not begun", "no budget"],
)
def test_speed_is_not_judged_of(tmp_path: Path, given: dict[str, Any]) -> None:
    end = in_shards(tmp_path)
    for name, value in given.items():
        setattr(end, name, value)
    end.judge_speed()
    assert end.speed is not None
    assert list(end.speed.ends) == []


def test_who_ends_the_process_waits_until_what_is_being_written_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = in_shards(tmp_path)
    begun, disk, order = threading.Event(), threading.Event(), list[str]()

    def slowly(*_: object) -> None:
        begun.set()
        disk.wait(20)
        order.append("written")

    monkeypatch.setattr(RunFiles, "write", slowly)
    monkeypatch.setattr(RunEnd, "_summarize", lambda *_: summary())
    writer = threading.Thread(target=end.write)
    writer.start()
    assert begun.wait(20)
    last_resort = threading.Thread(target=lambda: order.append(f"left with {int(end.write())}"))
    last_resort.start()
    last_resort.join(0.05)  # it has to wait: the process would end with half of its files
    disk.set()
    for thread in (writer, last_resort):
        thread.join()
    assert order == ["written", "left with 0"]
