"""How a process of the demo ended, in words."""

from __future__ import annotations

import pytest

from demo.process_ends import how_ended


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (0, "ended with status 0"),
        (3, "ended with status 3"),
        (-9, "was ended by SIGKILL"),
        (-40, "was ended by signal 40"),
    ],
)
def test_an_end_is_worded_by_its_status_or_its_signal(status: int, said: str) -> None:
    assert how_ended(status) == said
