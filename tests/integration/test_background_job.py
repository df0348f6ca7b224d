"""The background job as a command: a process of its own, of which nothing outlives the deadline."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bookingflow.core.timing import Deadline, SystemClock
from bookingflow.platform.background_job import CommandJob
from tests.support.fakes import BOOKING_ID

PYTHON = shlex.quote(sys.executable)


def deadline(seconds: float = 10.0) -> Deadline:
    return Deadline(SystemClock(), seconds)


def test_a_command_gets_the_booking_without_a_shell_and_its_output_is_kept() -> None:
    program = "import sys; print('for', sys.argv[1], sys.argv[2])"
    template = f'{PYTHON} -c "{program}" {{booking_id}} "$HOME;x"'
    result = CommandJob(template, clock=SystemClock()).run(BOOKING_ID, deadline())
    assert result.state == "done"
    assert result.evidence["output"] == f"for {BOOKING_ID} $HOME;x\n"


def test_a_command_that_fails_or_is_not_there_is_named() -> None:
    failing = CommandJob(f"""{PYTHON} -c "raise SystemExit('no such table')" {{booking_id}}""", clock=SystemClock())
    assert failing.run(BOOKING_ID, deadline()).said == 'the job\'s command ended with 1 ("no such table")'
    missing = CommandJob("/no/such/program {booking_id}", clock=SystemClock())
    assert "could not be started" in missing.run(BOOKING_ID, deadline()).said
    assert missing.run(BOOKING_ID, deadline()).unusable
    assert failing.run(BOOKING_ID, deadline()).unusable


def test_a_command_and_its_children_are_stopped_at_the_deadline(tmp_path: Path) -> None:
    survived = tmp_path / "survived"
    child = f"import time, pathlib; time.sleep(1.5); pathlib.Path({str(survived)!r}).touch()"
    script = tmp_path / "job.py"
    script.write_text(
        f"import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', {child!r}])\ntime.sleep(30)\n"
    )
    clock = SystemClock()
    limit = deadline(0.5)
    result = CommandJob(f"{PYTHON} {shlex.quote(str(script))} {{booking_id}}", clock=clock).run(BOOKING_ID, limit)
    assert result.state == "failed"
    assert "did not return" in result.said
    assert limit.elapsed < 1.4
    clock.sleep(1.5)
    assert not survived.exists()


def running(mark: str) -> bool:
    """Whether a process with this word in its command line runs."""
    return any(
        mark in word
        for process in psutil.process_iter(["cmdline", "status"])
        if process.info["status"] != psutil.STATUS_ZOMBIE
        for word in process.info["cmdline"] or ()
    )


def test_done_is_when_the_command_ends_and_what_it_left_running_ends_too() -> None:
    program = (
        "import subprocess, sys; "
        "[subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)  # left-running'], "
        "start_new_session=own) for own in (False, True)]; print('started')"
    )
    limit = deadline(20)
    result = CommandJob(f'{PYTHON} -c "{program}"', clock=SystemClock()).run(BOOKING_ID, limit)
    assert (result.state, result.evidence["output"]) == ("done", "started\n")
    assert limit.elapsed < 5
    assert not running("left-running")


def test_a_flood_of_output_is_cut_while_it_runs() -> None:
    program = "import sys; [sys.stdout.write('x' * 1000000) for _ in range(64)]"
    before = psutil.Process().memory_info().rss
    result = CommandJob(f'{PYTHON} -c "{program}"', clock=SystemClock()).run(BOOKING_ID, deadline(20))
    assert result.state == "done"
    assert result.evidence["output"].endswith("(cut: it printed more than 1000000 bytes)")
    assert len(result.evidence["output"]) < 5000
    assert psutil.Process().memory_info().rss - before < 20_000_000


def test_an_interrupt_ends_the_command_with_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    job = CommandJob(f'{PYTHON} -c "import time; time.sleep(60)  # interrupted-job"', clock=SystemClock())
    wait = subprocess.Popen.wait
    monkeypatch.setattr(subprocess.Popen, "wait", lambda self, timeout=None: interrupted() if timeout else wait(self))
    with pytest.raises(KeyboardInterrupt):
        job.run(BOOKING_ID, deadline())
    assert not running("interrupted-job")
