"""The live line: where a waiting booking stands."""

from __future__ import annotations

import io

import pytest

from bookingflow.core.events import BookingLog, EventStream
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.report.terminal.progress_line import ERASE, LiveLine
from tests.support.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def live(clock: FakeClock, *, terminal: bool) -> tuple[io.StringIO, LiveLine, BookingLog]:
    out = io.StringIO()
    line = LiveLine(out, clock, terminal=terminal)
    stream = EventStream(run_id="r", clock=clock, sanitizer=Sanitizer())
    stream.subscribe(line)
    stream.subscribe_looks(line.looked)
    stream.scenario = "Dinner for four"
    return out, line, BookingLog(stream, correlation_id="c", limit_s=90.0)


def test_a_terminal_sees_phase_status_looks_and_time(clock: FakeClock) -> None:
    out, line, log = live(clock, terminal=True)
    with log.phase("submit"):
        line.tick()
    assert out.getvalue() == f"{ERASE}    … submit: no answer yet, no check, 0 s of 90 s — Dinner for four"
    with log.phase("inline_poll"):
        log.observe("pending, no table", status="pending")
        log.stream.looked()
        clock.sleep(7)
        line.tick()
    assert out.getvalue().endswith("… inline_poll: pending, 1 check, 7 s of 90 s — Dinner for four")


def test_a_narrow_terminal_keeps_room_for_the_ctrl_c_that_it_shows(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    out, line, log = live(clock, terminal=True)
    with log.phase("submit"):
        line.tick()
    assert out.getvalue() == f"{ERASE}    … submit: no answer yet"
    assert len(f"{out.getvalue().removeprefix(ERASE)}^C") < 30


def test_the_line_makes_room_for_what_stays(clock: FakeClock) -> None:
    out, line, log = live(clock, terminal=True)
    with log.phase("submit"):
        line.tick()
        line.clear()
        line.clear()
    assert out.getvalue().endswith(f"Dinner for four{ERASE}")


def test_nothing_is_said_when_nobody_waits(clock: FakeClock) -> None:
    out, line, log = live(clock, terminal=True)
    line.tick()
    with log.phase("final_summary"):
        pass
    line.tick()
    assert out.getvalue() == ""


def test_a_pipe_gets_plain_lines_now_and_then(clock: FakeClock) -> None:
    out, line, log = live(clock, terminal=False)
    with log.phase("submit"), log.phase("inline_poll"):
        for _ in range(300):
            clock.sleep(0.1)
            line.tick()
    said = out.getvalue().splitlines()
    assert ERASE not in out.getvalue()
    assert [row.split(", ")[-1].split(" of")[0] for row in said] == ["5 s", "15 s", "25 s"]


def test_each_booking_starts_afresh(clock: FakeClock) -> None:
    out, line, log = live(clock, terminal=True)
    with log.phase("submit"):
        log.observe("pending, no table", status="pending")
        log.stream.looked()
    with BookingLog(log.stream, correlation_id="d", limit_s=10.0).phase("submit"):
        line.tick()
    assert "no answer yet, no check, 0 s of 10 s" in out.getvalue()
