"""Which clock is apart, by how much, and from when on nothing is judged."""

from __future__ import annotations

import pytest

from bookingflow.core.failures import PLATFORM_OPERATOR, SUITE_OPERATOR
from bookingflow.platform.preflight.clock_checks import check_clocks

DAY = 86400.0


@pytest.mark.parametrize(("api", "database"), [(None, None), (0.6, 0.0), (-4.9, 0.0), (4.0, 4.0)])
def test_clocks_that_agree_are_not_mentioned(api: float | None, database: float | None) -> None:
    assert check_clocks(api, database) == []


@pytest.mark.parametrize(
    ("api", "database", "code", "sentence", "who"),
    [
        (2 * DAY, 2 * DAY, "clocks_apart", "This machine's clock is 2 days behind", SUITE_OPERATOR),
        (3 * DAY, 0.2, "clocks_apart", "The API's clock (Date) is 3 days ahead of this machine's", PLATFORM_OPERATOR),
        (0.0, -7200.0, "clocks_apart", "The database's clock is 2 h behind this machine's", PLATFORM_OPERATOR),
        (None, 600.0, "clocks_apart", "The database's clock is 10 minutes ahead of this machine's", PLATFORM_OPERATOR),
        (70.0, 70.0, "clocks_apart", "This machine's clock is 70 s behind the API's clock (Date) and", SUITE_OPERATOR),
        (20.0, 0.0, "clocks_differ", "The API's clock (Date) is 20 s ahead of this machine's", PLATFORM_OPERATOR),
    ],
)
def test_the_clock_that_is_apart_is_named(
    api: float | None, database: float | None, code: str, sentence: str, who: str
) -> None:
    (problem,) = check_clocks(api, database)
    assert problem.code == code
    assert problem.is_note == (code == "clocks_differ")
    assert problem.sentence.startswith(sentence)
    assert problem.who_can_act == who
