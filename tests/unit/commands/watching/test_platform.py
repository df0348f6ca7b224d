"""The platform that is watched: one demo for all attempts, and another one where it ended."""

from __future__ import annotations

import datetime
from typing import Any, cast

import pytest

from bookingflow.commands.watching.platform import Platform
from bookingflow.core.errors import TargetUnreachable
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.settings import Settings
from bookingflow.platform.target import Target
from bookingflow.scenario.session import Session
from bookingflow.world import World
from tests.support.fakes import FakeClock


class Demo:
    """A demo that was started for the monitor, as far as it is asked."""

    def __init__(self) -> None:
        self.end = ""
        self.closed = 0

    def ended(self) -> str:
        return self.end

    def close(self) -> None:
        self.closed += 1


class Watched:
    """The monitor's platform, the demos that it started, and what was complained of."""

    def __init__(self) -> None:
        self.demos: list[Demo] = []
        self.complaints: list[str] = []
        self.can_start = True
        self.platform = Platform(
            Settings(target="demo"),
            open_target=self._start,
            known_breaches=lambda: KnownBreaches([], datetime.date(2026, 11, 26)),
            clock=FakeClock(),
            complain=self.complaints.append,
        )

    def _start(self, _: Settings) -> Target:
        if not self.can_start:
            raise TargetUnreachable("The demo platform did not come up.")
        self.demos.append(Demo())
        return cast("Target", self.demos[-1])

    def join(self) -> World:
        return self.platform.join(Sanitizer())


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    def opened(*_: Any, **__: Any) -> Any:
        return None

    monkeypatch.setattr(Session, "open", opened)
    monkeypatch.setattr(World, "__init__", lambda *_: None)
    return Watched()


def test_one_demo_is_watched_until_the_end(watched: Watched) -> None:
    watched.join()
    watched.join()
    watched.platform.close()
    assert ([demo.closed for demo in watched.demos], watched.complaints) == ([1], [])


def test_a_demo_that_ended_is_replaced_and_that_is_said_once(watched: Watched) -> None:
    watched.join()
    watched.demos[0].end = "process 7 was ended by SIGKILL"
    watched.join()
    watched.join()
    assert [demo.closed for demo in watched.demos] == [1, 0]
    assert watched.complaints == [
        "The demo platform that was watched has ended: its process 7 was ended by SIGKILL. Another one is started."
    ]


def test_where_none_comes_up_the_next_attempt_tries_again(watched: Watched) -> None:
    watched.join()
    watched.demos[0].end = "process 7 was ended by SIGKILL"
    watched.can_start = False
    with pytest.raises(TargetUnreachable):
        watched.join()
    watched.can_start = True
    watched.join()
    assert [demo.closed for demo in watched.demos] == [1, 0]
    assert len(watched.complaints) == 1
