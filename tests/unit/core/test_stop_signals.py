"""Signals end a run in order, then at once, and never in the middle of a file."""

from __future__ import annotations

import os
import signal
import sys
import threading

import pytest

from bookingflow.core.stop_signals import (
    LAST_MOMENT_S,
    SAME_PRESS_S,
    StopSignals,
    forget_handlers,
    interrupt_quietly,
    signal_name,
    signals_wait,
)
from tests.support.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def signals(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> StopSignals:
    monkeypatch.setattr(threading.Timer, "start", lambda timer: None)
    return StopSignals(monotonic=clock.monotonic)


def press(signals: StopSignals, clock: FakeClock) -> None:
    clock.sleep(1)
    signals.handle(signal.SIGINT)


def test_the_first_one_interrupts_and_is_named(signals: StopSignals) -> None:
    with signals.handled(), pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
    assert signals.received == ["SIGTERM"]


def test_handlers_are_as_they_were_afterwards(signals: StopSignals) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with signals.handled():
        assert signal.getsignal(signal.SIGTERM) == signals.handle
    assert signal.getsignal(signal.SIGTERM) == before


def test_signals_that_come_before_they_are_handled_wait_for_it(signals: StopSignals) -> None:
    with signals_wait():
        signal.raise_signal(signal.SIGTERM)  # to this thread: another one of pytest's would not wait
        with signals.held(), signals.handled():
            assert signals.received == ["SIGTERM"]
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()


def test_a_fork_does_by_itself_what_signals_do(signals: StopSignals) -> None:
    with signals.handled():
        forget_handlers()
        now = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert now == [signal.default_int_handler, signal.SIG_DFL]


def test_under_nohup_a_fork_outlives_the_terminal_too() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        forget_handlers()
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_under_nohup_a_terminal_that_goes_ends_no_run(signals: StopSignals) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals.handled():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    assert signals.received == []


def test_where_the_run_is_shielded_the_first_one_is_a_wish_and_the_second_interrupts(
    signals: StopSignals, clock: FakeClock
) -> None:
    wishes: list[int] = []
    signals.on_wish = lambda: wishes.append(1)
    with signals.shielded():
        press(signals, clock)
        assert wishes == [1]
        with pytest.raises(KeyboardInterrupt):
            press(signals, clock)
    assert signals.hurried


def test_a_step_that_waits_is_interrupted_although_the_run_is_shielded(signals: StopSignals, clock: FakeClock) -> None:
    with signals.shielded():
        signals.open()
        with pytest.raises(KeyboardInterrupt):
            press(signals, clock)


def test_after_the_step_the_shield_holds_again(signals: StopSignals, clock: FakeClock) -> None:
    with signals.shielded():
        signals.open()
        signals.shut()
        press(signals, clock)
    assert signals.received == ["SIGINT"]


def test_what_is_held_is_never_interrupted(signals: StopSignals, clock: FakeClock) -> None:
    with signals.held():
        for _ in range(3):
            press(signals, clock)
    assert signals.received == ["SIGINT", "SIGINT"], "a third one changes nothing"


def test_signals_of_one_press_count_once(signals: StopSignals, clock: FakeClock) -> None:
    with signals.shielded():
        clock.sleep(1)
        for _ in range(3):
            signals.handle(signal.SIGINT)
            clock.sleep(SAME_PRESS_S / 5)
    assert not signals.hurried
    assert signals.received == ["SIGINT"]


def test_the_second_one_ends_the_process_from_a_thread_if_nothing_else_does(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[threading.Timer] = []
    monkeypatch.setattr(threading.Timer, "start", lambda timer: started.append(timer))
    signals = StopSignals(monotonic=clock.monotonic, last_moment_s=1.25)
    signals.last_resort = lambda: None
    with signals.held():
        press(signals, clock)
        assert started == []
        press(signals, clock)
    (timer,) = started
    assert (timer.function, timer.daemon) == (signals.last_resort, True)
    assert timer.interval == 1.25
    assert LAST_MOMENT_S < 2


def test_a_signal_without_a_name_is_called_by_its_number() -> None:
    assert [signal_name(number) for number in (9, 40)] == ["SIGKILL", "signal 40"]


def test_an_interrupt_that_nobody_takes_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    others: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: others.append(kind))
    interrupt_quietly()
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    sys.excepthook(ValueError, ValueError("told as before"), None)
    assert capsys.readouterr().err == "Interrupted.\n"
    assert others == [ValueError]
