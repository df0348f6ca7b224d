"""What is remembered over restarts, and the messages that changes of state are."""

from __future__ import annotations

import datetime
from pathlib import Path

from bookingflow.commands.watching.memory import MOST_WAITING, Change, Memory
from bookingflow.commands.watching.states import Attempt, State
from bookingflow.commands.watching.wording import announcement, moment, round_line, span
from tests.support.fakes import NOW

HERE = "white-horse (http://platform.test)"
SENTENCE = "A booking waits. Booking X for 4 guests: the job is off. Who can act: the platform team."


def at(minutes: float) -> datetime.datetime:
    return NOW + datetime.timedelta(minutes=minutes)


def attempt(state: State, minutes: float) -> Attempt:
    well = state is State.UP
    return Attempt(
        state,
        at(minutes),
        code="" if well else "pending",
        title="" if well else "A booking waits",
        sentence="" if well else SENTENCE,
        seconds=0.42 if well else None,
        restaurant="The White Horse",
        zone="Europe/London",
        trace_id="0af7651916cd43dd8448eb211c80319c",
    )


def test_a_state_that_stays_gives_one_message() -> None:
    memory = Memory(target=HERE)
    assert memory.take(attempt(State.UP, 0), 1, at(0)) is None
    down = memory.take(attempt(State.DOWN, 5), 2, at(6))
    assert down is not None
    assert (down.state, down.previous, down.previous_lasted_s, down.not_up_s) == (State.DOWN, State.UP, 300.0, None)
    assert memory.take(attempt(State.DOWN, 10), 1, at(10)) is None
    blind = memory.take(attempt(State.BLIND, 15), 2, at(16))
    assert blind is not None
    assert (blind.previous_lasted_s, blind.not_up_s) == (600.0, 600.0)
    up = memory.take(attempt(State.UP, 25), 2, at(26))
    assert up is not None
    assert (up.previous_lasted_s, up.not_up_s) == (600.0, 1200.0)
    assert memory.not_up_since is None
    assert (memory.rounds[State.DOWN], memory.attempts) == (2, 8)
    assert announcement(down, "Europe/London") == (
        f"Bookings at The White Horse are down since Mon 23 Nov 12:05. {SENTENCE} "
        "Trace 0af7651916cd43dd8448eb211c80319c."
    )
    assert "can't be judged since Mon 23 Nov 12:15." in announcement(blind, "Europe/London")
    assert "Before that they were down for 10 minutes." in announcement(blind, "Europe/London")
    assert announcement(up, "Europe/London") == (
        "Bookings at The White Horse are up again since Mon 23 Nov 12:25: a guest got a table in 0.42 s. "
        "They were not up for 20 minutes."
    )


def test_a_monitor_that_begins_in_an_outage_says_so() -> None:
    change = Memory(target=HERE).take(attempt(State.DOWN, 0), 2, at(0))
    assert change is not None
    assert change.previous_lasted_s is None


def test_a_restart_knows_what_was(tmp_path: Path) -> None:
    path = tmp_path / "watch.json"
    assert Memory.read(path, HERE) == (Memory(target=HERE), "")
    memory = Memory(target=HERE)
    memory.take(attempt(State.UP, 0), 1, at(0))
    change = memory.take(attempt(State.DOWN, 5), 2, at(6))
    assert change is not None
    memory.wait_with(change)
    path.write_text(memory.written(), encoding="utf-8")
    again, said = Memory.read(path, HERE)
    assert (again, said) == (memory, "")
    assert again.take(attempt(State.DOWN, 10), 1, at(10)) is None


def test_what_can_not_be_read_or_is_of_elsewhere_is_forgotten_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "watch.json"
    for content in ("", "[]", '{"version": 2}', "\x00"):
        path.write_text(content, encoding="utf-8")
        memory, said = Memory.read(path, HERE)
        assert memory == Memory(target=HERE)
        assert "can't be read" in said
    path.write_text(Memory(target="elsewhere").written(), encoding="utf-8")
    memory, said = Memory.read(path, HERE)
    assert memory.target == HERE
    assert "another platform" in said


def test_few_messages_are_kept() -> None:
    memory = Memory(target=HERE)
    for number in range(MOST_WAITING + 3):
        memory.wait_with(
            Change(
                state=State.UP,
                previous=State.DOWN,
                since=at(number),
                previous_lasted_s=None,
                not_up_s=None,
                target=HERE,
            )
        )
    assert (len(memory.waiting), memory.dropped, memory.waiting[0].since) == (MOST_WAITING, 3, at(3))


def test_a_round_is_one_line() -> None:
    up = round_line(attempt(State.UP, 0), 1, "Europe/London")
    assert up == "Mon 23 Nov 12:00  ✓ up         0.42 s"
    down = round_line(attempt(State.DOWN, 0), 2, "")
    assert down == "Mon 23 Nov 12:00 UTC  ✗ down               A booking waits  (2 attempts)"


def test_times_are_the_restaurants_also_when_its_clocks_change() -> None:
    summer = datetime.datetime(2027, 3, 28, 1, 30, tzinfo=datetime.UTC)
    assert moment(summer, "Europe/London") == "Sun 28 Mar 02:30"
    assert moment(summer - datetime.timedelta(hours=1), "Europe/London") == "Sun 28 Mar 00:30"
    assert moment(summer.replace(hour=23), "Europe/London") == "Mon 29 Mar 00:30"


def test_spans_are_in_the_unit_that_fits() -> None:
    assert [span(seconds) for seconds in (0, 119, 120, 7199, 7200, 100_000, 200_000)] == [
        *("0 s", "119 s", "2 minutes", "119 minutes", "2 h 0 min", "27 h 46 min", "2 days 7 h"),
    ]
