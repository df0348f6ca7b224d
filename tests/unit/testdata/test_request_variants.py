"""What clients send instead of a well-written booking: one thing is other, and the proper request stays as it was."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from bookingflow.testdata.request_variants import COUNTED, MANNERS, MISTAKES
from tests.support.stage import REQUEST

WHOLE = frozenset(
    {"an unreadable request", "an empty request", "a list instead of a booking", "everything wrong at once"}
)
"""Mistakes of the request as a whole, not of one field."""


def changed(variant: Callable[[dict[str, Any]], Any]) -> tuple[dict[str, Any], Any]:
    """A proper request, and what the variant makes of it."""
    proper = json.loads(json.dumps(REQUEST.payload()))
    given = copy.deepcopy(proper)
    made = variant(given)
    assert given == proper
    return proper, made


@pytest.mark.parametrize("words", sorted(set(MISTAKES) - WHOLE))
def test_a_mistake_is_one_field(words: str) -> None:
    proper, made = changed(MISTAKES[words])
    fields = {name.removesuffix("Id").removesuffix("Slug") for name, _ in proper.items() ^ made.items()}
    assert len(fields) == 1


@pytest.mark.parametrize("words", sorted(WHOLE))
def test_what_is_wrong_as_a_whole_is_no_proper_request(words: str) -> None:
    proper, made = changed(MISTAKES[words])
    assert made != proper
    assert isinstance(made, bytes | list) or {name for name in proper if made[name] == "?"} > {"date", "party"}


@pytest.mark.parametrize("words", sorted(MANNERS))
def test_a_manner_is_another_way_to_send_the_same(words: str) -> None:
    proper, made = changed(MANNERS[words])
    assert made != proper
    assert {name: str(made.get(name) or proper[name]) for name in proper} == {
        name: str(value) for name, value in proper.items()
    }


def test_a_day_that_is_not_in_the_calendar_is_still_to_come() -> None:
    proper, made = changed(MISTAKES["a day that is not in the calendar"])
    assert made["date"] == f"{int(proper['date'][:4]) + 1}-02-30"


def test_what_counts_for_the_limit_is_a_mistake() -> None:
    assert set(MISTAKES) >= COUNTED
