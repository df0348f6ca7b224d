"""The monitor's loop: a simulated month, its beat, and what it says when."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bookingflow.commands.watching.loop import Watch
from bookingflow.commands.watching.memory import Memory
from bookingflow.commands.watching.notices import Notices
from bookingflow.commands.watching.states import Attempt, State
from tests.support.fakes import NOW, FakeClock
from tests.support.simulated_month import (
    EVERY_S,
    MONTH,
    STATE_OF,
    Heard,
    Life,
    Quiet,
    Spell,
    expected,
    through_the_flow,
    watched,
)
from tests.support.simulated_platform import SLOW_S, Health, SimulatedPlatform

TEN_MINUTES = 600.0
SECONDS: dict[Health, float] = {"well": 0.2, "slow": SLOW_S, "failing": 2.0, "waiting": 90.0, "unreachable": 0.1}


def outcome(clock: FakeClock, health: Callable[[float], Health]) -> Callable[[], Attempt]:
    """Attempts that end as bookings at such a platform do, without making them."""

    def attempt() -> Attempt:
        began, now = clock.now(), health(clock.at)
        clock.sleep(SECONDS[now])
        served = now in {"well", "slow"}
        return Attempt(
            State(STATE_OF[now]),
            began,
            code="" if now == "well" else now,
            seconds=SECONDS[now] if served else None,
            zone="Europe/London",
        )

    return attempt


def check(heard: Heard, life: Life) -> None:
    """Each phase was heard once, within ten minutes, and so was its end; nothing else was."""
    deserved = expected(life)
    assert [state for state, _ in heard.changes()] == [state for state, _ in deserved]
    for (_, at), (state, spell) in zip(heard.changes(), deserved, strict=True):
        since = spell.until if state == "up" else spell.since
        assert since <= at < since + TEN_MINUTES


@pytest.mark.parametrize("seed", [1, 2])
def test_a_month_without_a_false_page(seed: int) -> None:
    clock, heard, life = FakeClock(), Heard(), Life.drawn(seed, MONTH)
    heard.deaf = lambda: clock.at % 86_400 < 3600  # nobody takes messages between noon and one o'clock
    memory = watched(outcome(clock, life.health), clock, MONTH + 10, heard, restarts=30)
    assert sum(memory.rounds.values()) >= MONTH
    assert {spell.health for spell in life.phases()} == {"failing", "waiting", "slow", "unreachable"}
    assert sum(spell.is_blip for spell in life.spells) > 50
    check(heard, life)
    assert memory.waiting == []
    assert len({one["id"] for one in heard.messages}) == len(heard.messages)
    assert 0 < heard.beats <= memory.rounds[State.UP] + memory.rounds[State.DEGRADED]
    assert len(memory.written()) < 2000


def test_half_a_day_through_the_whole_flow() -> None:
    """Session, booking, observation, promise, audit and tear-down are the suite's own; nothing is left of it."""
    clock, heard, complaints = FakeClock(), Heard(), list[str]()
    kinds: list[tuple[float, Health]] = [(1200, "waiting"), (9000, "slow"), (30_000, "failing")]
    blips = [Spell(beat - 1, beat + 1, health) for beat, health in kinds]
    phases = [
        Spell(2000, 2600, "failing"),
        Spell(7000, 8000, "slow"),
        Spell(13_000, 13_900, "unreachable"),
        Spell(20_000, 21_000, "waiting"),
    ]
    life = Life(sorted([*blips, *phases], key=lambda spell: spell.since))
    locked = itertools.cycle([True] * 9 + [False])
    platform = SimulatedPlatform(clock, life.health, obeys=lambda: next(locked))
    memory = watched(through_the_flow(platform, complain=complaints.append), clock, 144, heard, restarts=1)
    assert memory.attempts > sum(memory.rounds.values()) > 140
    assert platform.most_held == 1
    assert platform.rows == {}
    assert complaints
    assert all("could not be cancelled (locked)" in sentence for sentence in complaints)
    check(heard, life)


class Script:
    """Attempts that take so many seconds each and end as told; a blank one is up."""

    def __init__(self, clock: FakeClock, *ends: tuple[State, float]) -> None:
        self._clock = clock
        self._ends: Iterator[tuple[State, float]] = itertools.chain(ends, itertools.repeat((State.UP, 0.2)))
        self.began: list[float] = []

    def __call__(self) -> Attempt:
        self.began.append(self._clock.at)
        began, (state, seconds) = self._clock.now(), next(self._ends)
        self._clock.sleep(seconds)
        return Attempt(state, began, code="" if state is State.UP else "a_cause", title="A cause")


def watch(attempt: Callable[[], Attempt], clock: FakeClock, heard: Heard, *, until: float = 0.0) -> Watch:
    return Watch(
        attempt=attempt,
        clock=clock,
        memory=Memory(target="here"),
        notices=Notices("https://hooks.test/x", "https://alive.test/x", ask=heard.ask),
        save=lambda _: None,
        console=Quiet(),
        again_s=30.0,
        to_stop=lambda: clock.at >= until > 0,
        trace_link="https://traces.test/{trace_id}",
    )


def test_rounds_keep_their_beat_and_do_not_pile_up() -> None:
    clock = FakeClock()
    script = Script(clock, (State.UP, 1.0), (State.UP, 700.0), (State.UP, 1.0))
    with pytest.raises(KeyboardInterrupt):
        watch(script, clock, Heard(), until=1400.0).run(EVERY_S)
    assert script.began == [0.0, 300.0, 1200.0, 1500.0]


def test_a_machine_that_slept_makes_up_for_nothing() -> None:
    class Sleepy(FakeClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds if seconds < 200 or self.at > 1000 else 20_000.0)

    clock = Sleepy()
    script = Script(clock)
    with pytest.raises(KeyboardInterrupt):
        watch(script, clock, Heard(), until=20_200.0).run(EVERY_S)
    assert script.began == pytest.approx([0.0, 20_000.2, 20_100.0, 20_400.0])


def test_a_clock_that_is_set_back_gives_no_negative_time() -> None:
    memory = Memory(target="here")
    down = Attempt(State.DOWN, NOW, code="x")
    memory.take(down, 2, NOW)
    change = memory.take(replace(down, state=State.UP, began=NOW.replace(hour=3)), 2, NOW)
    assert change is not None
    assert (change.previous_lasted_s, change.not_up_s) == (0.0, 0.0)


def test_a_second_attempt_comes_soon_and_a_stop_prevents_it() -> None:
    clock = FakeClock()
    script = Script(clock, (State.DOWN, 2.0), (State.DOWN, 2.0))
    assert watch(script, clock, Heard()).round() is State.DOWN
    assert script.began == [0.0, 32.0]
    stopping = Script(FakeClock(), (State.DOWN, 2.0))
    monitor = watch(stopping, stopping._clock, Heard(), until=1.0)
    with pytest.raises(KeyboardInterrupt):
        monitor.round()
    assert monitor.memory.since is None


def test_a_message_that_nobody_takes_waits_and_is_sent_once() -> None:
    clock, heard, deaf = FakeClock(), Heard(), True
    heard.deaf = lambda: deaf
    monitor = watch(Script(clock, (State.DOWN, 1.0), (State.DOWN, 1.0)), clock, heard)
    monitor.round()
    assert [change.state for change in monitor.memory.waiting] == [State.DOWN]
    monitor.round()
    assert [change.state for change in monitor.memory.waiting] == [State.DOWN, State.UP]
    deaf = False
    monitor.round()
    monitor.round()
    assert [state for state, _ in heard.changes()] == ["down", "up"]
    assert monitor.memory.waiting == []


def test_the_heartbeat_is_silent_while_down_or_blind() -> None:
    ends = [(State.UP, 1.0), *[(State.DOWN, 1.0)] * 3, *[(State.BLIND, 1.0)] * 3, *[(State.DEGRADED, 1.0)] * 2]
    clock, heard = FakeClock(), Heard()
    monitor = watch(Script(clock, *ends), clock, heard)
    beats = []
    for state in (State.UP, State.DOWN, State.DOWN, State.BLIND, State.BLIND, State.DEGRADED):
        assert monitor.round() is state
        beats.append(heard.beats)
    assert beats == [1, 1, 1, 1, 1, 2]


def test_a_message_mentions_nobody_in_a_chat_and_keeps_its_words_for_programs() -> None:
    clock, heard = FakeClock(), Heard()
    said = "Wait. <!channel> <https://evil.test|here> Who can act: the platform team."

    def attempt() -> Attempt:
        return Attempt(State.DOWN, clock.now(), code="x", sentence=said, trace_id="0af7651916cd43dd8448eb211c80319c")

    watch(attempt, clock, heard).round()
    [message] = heard.messages
    assert "<" not in message["text"]
    assert "https:// evil.test" in message["text"]
    assert message["sentence"] == said
    assert message["traceLink"] == "https://traces.test/0af7651916cd43dd8448eb211c80319c"
