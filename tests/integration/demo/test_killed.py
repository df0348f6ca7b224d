"""A demo that is killed is known to be over as soon as it does not answer any more."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from contextlib import closing

import pytest

from demo import client

TIMES = 5
"""Without waiting for its end, three of five are not known to be over."""


def test_a_demo_that_is_killed_is_over_once_a_request_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[client.Program] = []

    def begin(arguments: Sequence[str]) -> client.Program:
        begun.append(client.in_new_interpreter(arguments))
        return begun[-1]

    monkeypatch.setattr(client, "begin", begin)
    for _ in range(TIMES):
        with closing(client.start_demo()) as demo:
            assert demo.controls is not None
            assert demo.ended() == ""
            pid = begun[-1].pid
            killer = threading.Timer(0.05, os.kill, (pid, signal.SIGKILL))
            killer.start()
            with pytest.raises(client.DemoError):
                _ask_on(demo.controls)
            assert demo.ended(to_the_moment=True) == f"process {pid} was ended by SIGKILL"
            killer.join()


def _ask_on(controls: client.DemoAdmin) -> None:
    while True:
        controls.set_flags(rate_limit=False)
