"""`python -m demo` as a program: its port, its signals, its end."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.support.demo import ROOT, RunningDemo
from tests.support.waiting import PATIENCE_S


def start(*arguments: str, **streams: Any) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "demo", *arguments], cwd=ROOT, text=True, **streams)


def test_a_taken_port_is_one_clear_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with start("--port", port, stderr=subprocess.PIPE) as process:
            _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    other = "Choose another: python -m demo --port N, where 0 takes a free one."
    assert said == f"Port {port} can't be used (Address already in use). {other}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_demo_and_its_database(number: signal.Signals) -> None:
    with start("--port", "0", "--json", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        process.send_signal(number)
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == 0
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(said["database_url"])


def test_a_demo_that_stops_waits_for_no_attempt_that_still_pauses() -> None:
    with start(
        "--port", "0", "--json", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        with httpx.Client(base_url=said["api_base_url"], timeout=20) as client:
            running = RunningDemo(said, client)
            running.admin("PUT", "/flags", {"inline_timeout_ms": 50, "assignment_delay_ms": 600_000}).raise_for_status()
            assert running.book().json()["booking"]["status"] == "pending"
        _, complaints = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, complaints) == (0, "")


def test_a_reader_that_has_read_enough_is_no_error() -> None:
    process = start("--list-defects", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    with process:
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_a_demo_whose_database_is_killed_ends_and_says_so() -> None:
    with start(
        "--port", "0", "--json", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8").split()
        os.kill(int(children[0]), signal.SIGKILL)
        assert process.wait(PATIENCE_S) == 1
        assert process.stderr is not None
        said = process.stderr.read()
    assert "The demo ends: its PostgreSQL was ended by SIGKILL." in said


def test_a_standard_input_that_never_was_open_is_a_closed_one() -> None:
    line = f"exec {shlex.quote(sys.executable)} -m demo --port 0 --json <&-"
    done = subprocess.run(
        ["/bin/sh", "-c", line], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_machine_without_loopback_is_one_clear_sentence_at_once() -> None:
    alone = ["unshare", "--net"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no network of its own may be made here")
    line = [*alone, sys.executable, "-m", "demo", "--port", "0"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("This machine's loopback address 127.0.0.1 can't be used (")
    assert done.stderr.endswith("). Bring it up: ip link set lo up.\n")
