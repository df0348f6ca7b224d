"""A process that was started without standard streams has them all the same."""

from __future__ import annotations

import os
import sys

import pytest

from bookingflow.core.standard_streams import open_closed


@pytest.mark.parametrize("closed", [(0,), (1,), (0, 1, 2)])
def test_what_is_closed_is_the_null_device_also_for_children(closed: tuple[int, ...]) -> None:
    kept = {number: os.dup(number) for number in closed}
    for number in closed:
        os.close(number)
    try:
        open_closed()
        found = [os.path.samestat(os.fstat(number), os.stat(os.devnull)) for number in closed]
        inherited = [os.get_inheritable(number) for number in closed]
    finally:
        for number, copy in kept.items():
            os.dup2(copy, number)
            os.close(copy)
    assert all(found)
    assert all(inherited)


def test_what_is_open_stays_as_it_is() -> None:
    before = [os.fstat(number) for number in range(3)]
    open_closed()
    assert all(os.path.samestat(was, os.fstat(number)) for number, was in enumerate(before))


def test_python_has_streams_for_what_was_closed_before_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
        monkeypatch.setattr(sys, f"__{name}__", None)
    open_closed()
    given = [sys.stdin, sys.stdout, sys.stderr]
    assert [sys.__stdin__, sys.__stdout__, sys.__stderr__] == given
    assert [stream.fileno() for stream in given] == [0, 1, 2]
    assert [stream.writable() for stream in given] == [False, True, True]


def test_streams_that_python_has_stay(capsys: pytest.CaptureFixture[str]) -> None:
    open_closed()
    print("shown")
    assert capsys.readouterr().out == "shown\n"
