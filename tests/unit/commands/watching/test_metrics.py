"""The text file for Prometheus."""

from __future__ import annotations

import re

import pytest

from bookingflow.commands.watching.memory import Memory
from bookingflow.commands.watching.metrics import metrics
from bookingflow.commands.watching.states import Attempt, State
from tests.support.fakes import NOW

LINE = re.compile(
    r"(?:# HELP bookingflow_watch_[a-z_]+ [^\n\\]+|# TYPE bookingflow_watch_[a-z_]+ (?:gauge|counter)|"
    r'bookingflow_watch_[a-z_]+\{target="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z]+="[a-z_]+")?\} (?:NaN|\d+\.\d+(?:e\+\d+)?))'
)


def samples(state: State, target: str = "white-horse") -> dict[str, str]:
    memory = Memory(target=target)
    memory.take(Attempt(state, NOW, seconds=0.25, phases={"submit": 0.2}), 1, NOW)
    text = metrics(memory)
    assert text.endswith("\n")
    lines = text.splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    return dict(line.removeprefix("bookingflow_watch_").rsplit(" ", 1) for line in lines if line[0] != "#")


@pytest.mark.parametrize(
    ("state", "up"), [(State.UP, "1.0"), (State.DEGRADED, "1.0"), (State.DOWN, "0.0"), (State.BLIND, "NaN")]
)
def test_a_blind_monitor_is_no_platform_that_is_down(state: State, up: str) -> None:
    said = samples(state)
    assert said['up{target="white-horse"}'] == up
    assert [one for one in State if said[f'state{{target="white-horse",state="{one}"}}'] == "1.0"] == [state]
    assert said[f'rounds_total{{target="white-horse",result="{state}"}}'] == "1.0"
    assert said['last_round_timestamp_seconds{target="white-horse"}'] == repr(NOW.timestamp())
    assert said['phase_seconds{target="white-horse",phase="submit"}'] == "0.2"


def test_labels_are_escaped() -> None:
    said = samples(State.UP, 'a"} 1\nevil{x="\\')
    assert said['up{target="a\\"} 1\\nevil{x=\\"\\\\"}'] == "1.0"


def test_what_is_not_known_is_left_out() -> None:
    text = metrics(Memory(target="white-horse"))
    assert "table_seconds" not in text
    assert "last_round" not in text
    assert 'rounds_total{target="white-horse",result="up"} 0.0' in text
