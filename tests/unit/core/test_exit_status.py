"""Which kind of end a run has where several hold."""

from __future__ import annotations

import pytest

from bookingflow.core.exit_status import ExitStatus


@pytest.mark.parametrize(
    ("held", "status"),
    [
        ([], 0),
        ([0, 3], 3),
        ([3, 4], 4),
        ([4, 2], 2),
        ([2, 1], 1),
        ([0, 1, 2, 3, 4], 1),
    ],
)
def test_one_before_two_before_four_before_three(held: list[int], status: int) -> None:
    assert ExitStatus.first(map(ExitStatus, held)) == status
