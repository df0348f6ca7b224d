"""The background job as a command: a process of its own, of which nothing outlives the deadline."""

from __future__ import annotations

import shlex
import subprocess
import sys
import threading
import uuid

import psutil
import pytest

from bookingflow.core.timing import Deadline, SystemClock
from bookingflow.platform.background_job import CommandJob
from tests.support.fakes import BOOKING_ID
from tests.support.processes import running
from tests.support.waiting import eventually

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
    killed = CommandJob(f"{PYTHON} -c 'import os; os.kill(os.getpid(), 9)' {{booking_id}}", clock=SystemClock())
    assert killed.run(BOOKING_ID, deadline()).said == "the job's command was ended by SIGKILL"
    missing = CommandJob("/no/such/program {booking_id}", clock=SystemClock())
    assert "could not be started" in missing.run(BOOKING_ID, deadline()).said
    assert missing.run(BOOKING_ID, deadline()).unusable
    assert failing.run(BOOKING_ID, deadline()).unusable


@pytest.fixture
def mark() -> str:
    """A word that no other process has in its command line."""
    return uuid.uuid4().hex


def test_a_command_and_its_children_are_stopped_at_the_deadline(mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    child = f"import time; time.sleep(600)  # child of {mark}"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{child}'])"
    limits: list[float] = []
    wait = subprocess.Popen.wait

    def until_the_child_runs(command: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        if timeout is None:
            return wait(command)
        limits.append(timeout)
        eventually(lambda: running(f"child of {mark}"))
        return wait(command, 0.0)

    monkeypatch.setattr(subprocess.Popen, "wait", until_the_child_runs)
    result = CommandJob(f'{PYTHON} -c "{program}" {{booking_id}}', clock=SystemClock()).run(BOOKING_ID, deadline())
    assert result.state == "failed"
    assert "did not return" in result.said
    assert 0 < limits[0] <= 10
    eventually(lambda: not running(mark))


def test_done_is_when_the_command_ends_and_what_it_left_running_ends_too(mark: str) -> None:
    program = (
        "import subprocess, sys; "
        f"[subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)  # {mark}'], "
        "start_new_session=own) for own in (False, True)]; print('started')"
    )
    result = CommandJob(f'{PYTHON} -c "{program}"', clock=SystemClock()).run(BOOKING_ID, deadline(60))
    assert (result.state, result.evidence["output"]) == ("done", "started\n")
    eventually(lambda: not running(mark))


def test_a_flood_of_output_is_cut_while_it_runs() -> None:
    program = "import sys; [sys.stdout.write('x' * 1000000) for _ in range(64)]"
    before = psutil.Process().memory_info().rss
    result = CommandJob(f'{PYTHON} -c "{program}"', clock=SystemClock()).run(BOOKING_ID, deadline(20))
    assert result.state == "done"
    assert result.evidence["output"].endswith("(cut: it printed more than 1000000 bytes)")
    assert len(result.evidence["output"]) < 5000
    assert psutil.Process().memory_info().rss - before < 20_000_000


@pytest.mark.parametrize("begun", [True, False])
def test_an_interrupt_ends_the_command_with_its_children(
    mark: str, monkeypatch: pytest.MonkeyPatch, *, begun: bool
) -> None:
    """Also one that comes before its output is read."""

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    job = CommandJob(f'{PYTHON} -c "import time; time.sleep(600)  # {mark}"', clock=SystemClock())
    wait = subprocess.Popen.wait
    monkeypatch.setattr(subprocess.Popen, "wait", lambda self, timeout=None: interrupted() if timeout else wait(self))
    if not begun:
        monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        job.run(BOOKING_ID, deadline())
    eventually(lambda: not running(mark))
