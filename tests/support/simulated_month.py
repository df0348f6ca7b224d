"""A month of a platform's life, drawn by a seed, and what a monitor made of it.

`python -m tests.support.simulated_month` runs 8,640 rounds of it through the suite's whole flow: session, booking,
observation, promise, audit and tear-down; only the clock and the platform are simulated.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bookingflow.commands.watching.bookings import BookingAttempts, Pace
from bookingflow.commands.watching.loop import Watch
from bookingflow.commands.watching.memory import Memory
from bookingflow.commands.watching.metrics import metrics
from bookingflow.commands.watching.notices import Notices
from bookingflow.commands.watching.states import Attempt
from bookingflow.core.settings import Settings
from bookingflow.core.stop_signals import StopSignals
from tests.support.fakes import NOW, FakeClock
from tests.support.simulated_platform import Health, SimulatedPlatform

EVERY_S, AGAIN_S, SLOW_AFTER_S = 300.0, 30.0, 10.0
MONTH = 8640
MINUTE = 60.0
STATE_OF: dict[Health, str] = {
    "failing": "down",
    "waiting": "down",
    "slow": "degraded",
    "unreachable": "blind",
    "well": "up",
}


@dataclass(frozen=True)
class Spell:
    """A time in which the platform is not well. A blip ends before anybody can look twice."""

    since: float
    until: float
    health: Health

    @property
    def is_blip(self) -> bool:
        return self.until - self.since < AGAIN_S


@dataclass
class Life:
    """Its spells, drawn so that each stands alone."""

    spells: list[Spell]

    @classmethod
    def drawn(cls, seed: int, rounds: int) -> Life:
        """Per day about five blips, each seen by one attempt, and an outage, a slow or a blind phase from 10 minutes
        on, beginning at any moment.
        """
        rng, spells = random.Random(seed), []
        at, end = 1800.0, rounds * EVERY_S - 4 * 3600
        while at < end:
            health: Health = rng.choice(("failing", "waiting", "slow", "unreachable"))
            if rng.random() < 0.8:
                beat = round(at / EVERY_S) * EVERY_S
                spells.append(Spell(beat - 1, beat + 1, health))
            else:
                spells.append(Spell(at, at + rng.uniform(10 * MINUTE, 180 * MINUTE), health))
            at = spells[-1].until + rng.uniform(30 * MINUTE, 8 * 60 * MINUTE)
        return cls(spells)

    def health(self, at: float) -> Health:
        """How it is at a moment."""
        return next((spell.health for spell in self.spells if spell.since <= at < spell.until), "well")

    def phases(self) -> list[Spell]:
        """The spells that are worth a message."""
        return [spell for spell in self.spells if not spell.is_blip]


@dataclass
class Heard:
    """What others heard of the monitor."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    beats: int = 0
    deaf: Callable[[], bool] = lambda: False

    def ask(self, method: str, url: str, body: Any) -> str:
        if self.deaf():
            return "it is down"
        if method == "GET":
            self.beats += 1
        else:
            self.messages.append(json.loads(json.dumps(body)))
        return ""

    def changes(self) -> list[tuple[str, float]]:
        """Each message's state, and the second of the simulation at which it began."""
        return [(one["state"], _second(one["since"])) for one in self.messages]


class Quiet:
    """A console that keeps the last lines only."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines = [*self.lines[-20:], line]

    complain = say


def watched(
    attempt: Callable[[], Attempt], clock: FakeClock, rounds: int, heard: Heard, *, restarts: int = 0
) -> Memory:
    """So many rounds of the monitor's own loop, started anew so often in between; its memory in the end."""
    written = ""

    def save(memory: Memory) -> None:
        nonlocal written
        written = memory.written()
        assert metrics(memory)

    until = rounds * EVERY_S
    for part in range(1, restarts + 2):
        stop_at = until * part / (restarts + 1)
        memory = Memory.model_validate_json(written) if written else Memory(target="white-horse (http://platform.test)")
        watch = Watch(
            attempt=attempt,
            clock=clock,
            memory=memory,
            notices=Notices("https://hooks.test/x", "https://alive.test/x", ask=heard.ask),
            save=save,
            console=Quiet(),
            again_s=AGAIN_S,
            to_stop=partial(_is_past, clock, stop_at - EVERY_S / 2),
        )
        clock.sleep(-(-clock.at // EVERY_S) * EVERY_S - clock.at)
        with contextlib.suppress(KeyboardInterrupt):
            watch.run(EVERY_S)
    return Memory.model_validate_json(written)


def expected(life: Life) -> list[tuple[str, Spell]]:
    """The messages that this life deserves: one for each phase, one for its end."""
    return [pair for spell in life.phases() for pair in ((STATE_OF[spell.health], spell), ("up", spell))]


def through_the_flow(platform: SimulatedPlatform, **complaints: Any) -> BookingAttempts:
    """Attempts that go through the suite's whole flow."""
    settings = Settings(target="live", database_url="postgresql://x@y/z", party_size=4)
    return BookingAttempts(
        lambda _: platform.world(settings),
        pace=Pace(SLOW_AFTER_S, EVERY_S),
        clock=platform.clock,
        signals=StopSignals(),
        show_by=lambda _: None,
        complain=complaints.get("complain", lambda _: None),
    )


def _is_past(clock: FakeClock, end: float) -> bool:
    return clock.at >= end


def _second(written: str) -> float:
    return (datetime.datetime.fromisoformat(written) - NOW).total_seconds()


def main(rounds: int, seed: int) -> None:
    """Simulate, and print what came of it."""
    clock, heard, life = FakeClock(), Heard(), Life.drawn(seed, rounds)
    platform = SimulatedPlatform(clock, life.health)
    began = time.perf_counter()
    memory = watched(through_the_flow(platform), clock, rounds, heard, restarts=30)
    outages = [spell for spell in life.phases() if STATE_OF[spell.health] == "down"]
    down = [at for state, at in heard.changes() if state == "down"]
    found = [one for one in outages if any(one.since <= at <= one.until for at in down)]
    false = [at for at in down if not any(one.since <= at <= one.until for one in outages)]
    print(
        f"{sum(memory.rounds.values())} rounds, {memory.attempts} bookings attempted, {len(life.spells)} spells, "
        f"{len(outages)} outages of 10 minutes or more: {len(found)} found, {len(false)} false pages; "
        f"{len(heard.messages)} messages ({len(expected(life))} deserved), {heard.beats} heartbeats; "
        f"{len(platform.rows)} bookings left, at most {platform.most_held} in a service period; "
        f"{time.perf_counter() - began:.0f} s"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MONTH, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
