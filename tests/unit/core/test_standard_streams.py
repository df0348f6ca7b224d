"""A process that was started without standard streams has them all the same."""

from __future__ import annotations

import os

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
