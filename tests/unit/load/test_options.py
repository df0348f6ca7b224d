"""The command line: what is wrong with it is one sentence and status 2."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Sequence
from unittest.mock import Mock

import pytest

from load import __main__ as program
from load.options import DEFAULT_ARRIVALS, read


def test_by_default_a_small_load_comes_from_this_process() -> None:
    options = read([])
    assert options.written == DEFAULT_ARRIVALS
    assert sum(stage.seconds for stage in options.stages) <= 30
    assert not options.distributed
    assert (options.limits.p95_s, options.limits.failures) == (5.0, 0.01)


def test_a_master_of_workers_elsewhere_listens_where_they_look_for_it() -> None:
    assert read(["--expect", "2"]).port == 5557
    assert read(["--workers", "2"]).port == 0
    assert read(["--worker-of", "127.0.0.1"]).port == 5557


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--arrivals", "0:10"], "nobody would arrive"),
        (["--arrivals", "9000:10"], "from 0 to 500 guests"),
        (["--max-p95", "0"], "must be a number of seconds above 0"),
        (["--max-p95", "soon"], "must be a number of seconds above 0"),
        (["--max-failures", "101"], "must be a number from 0 to 100"),
        (["--workers", "0"], "must be a whole number from 1 to 64"),
        (["--workers", "1000"], "must be a whole number from 1 to 64"),
        (["--most-in-flight", "1.5"], "must be a whole number from 1"),
        (["--worker-of", "127.0.0.1", "--workers", "2"], "a worker has no workers"),
        (["--rate", "5"], "unrecognized arguments"),
    ],
)
def test_what_is_wrong_is_said(arguments: Sequence[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("error", [socket.gaierror("unknown"), UnicodeError("label too long")])
def test_a_master_that_nobody_knows_is_said_at_once(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Mock(side_effect=error))
    with pytest.raises(SystemExit) as ended:
        read(["--worker-of", "load-1"])
    assert ended.value.code == 2
    assert "--worker-of: no machine of this name is known here" in capsys.readouterr().err


def test_without_locust_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert program.main() == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "make load" in said
    assert "pip install -r requirements-load.txt" in said
