"""What people read before the first repetition."""

from __future__ import annotations

import pytest

from bookingflow.commands.repeated import how_often
from bookingflow.core.repetitions import Repeating


@pytest.mark.parametrize(
    ("repeating", "said"),
    [
        (Repeating(200), "200 times"),
        (Repeating(1000, until_failure=True), "at most 1000 times, until the first failure"),
        (
            Repeating(200, until_failure=True, within_s=600),
            "at most 200 times, until the first failure, no new one after 10m",
        ),
    ],
)
def test_the_limits_are_said_in_a_sentence(repeating: Repeating, said: str) -> None:
    assert how_often(repeating) == said
