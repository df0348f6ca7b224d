"""What attempts in a row amount to."""

from __future__ import annotations

import pytest

from bookingflow.commands.watching.states import Attempt, State, settled
from bookingflow.core.exit_status import ExitStatus
from tests.support.fakes import NOW

UP, DEGRADED, DOWN, BLIND = State.UP, State.DEGRADED, State.DOWN, State.BLIND
SAID = {"u": UP, "s": DEGRADED, "b": BLIND, "1": DOWN, "2": DOWN, "3": DOWN}
"""Up, slow, blind, and broken for one of three causes."""


def attempts(said: str) -> list[Attempt]:
    return [Attempt(SAID[one], NOW, code=one if one.isdecimal() else "") for one in said]


@pytest.mark.parametrize("known", State)
def test_what_is_known_already_needs_no_second_attempt(known: State) -> None:
    said = {UP: "u", DEGRADED: "s", DOWN: "1", BLIND: "b"}[known]
    found = settled(attempts(said), known)
    assert found is not None
    assert found.state is known


@pytest.mark.parametrize(
    ("known", "said"),
    [(UP, "1"), (UP, "b"), (UP, "s"), (DOWN, "u"), (BLIND, "1"), (UP, "12"), (UP, "1b"), (DOWN, "us")],
)
def test_attempts_that_do_not_agree_yet_need_another(known: State, said: str) -> None:
    assert settled(attempts(said), known) is None


@pytest.mark.parametrize(
    ("known", "said", "state"),
    [
        *((UP, "11", DOWN), (UP, "bb", BLIND), (UP, "ss", DEGRADED), (DOWN, "uu", UP), (BLIND, "11", DOWN)),
        # one blip changes nothing, one lucky booking ends no outage
        *((UP, "1u", UP), (UP, "bu", UP), (UP, "su", UP), (DOWN, "u1", DOWN), (DOWN, "u2", DOWN), (UP, "12u", UP)),
        *((UP, "122", DOWN), (UP, "1bb", BLIND), (UP, "123", DOWN), (UP, "121", DOWN)),
        # never down while one of three was not judged, or was kept
        *((UP, "1b1", BLIND), (UP, "b1b", BLIND), (BLIND, "1s2", DEGRADED), (BLIND, "1u1", DEGRADED)),
        *((UP, "s1s", DEGRADED), (DOWN, "usu", UP), (UP, "1sb", BLIND), (UP, "s1b", BLIND)),
    ],
)
def test_attempts_in_a_row_decide(known: State, said: str, state: State) -> None:
    found = settled(attempts(said), known)
    assert found is not None
    assert found.state is state


def test_a_round_has_at_most_three_attempts() -> None:
    for known in State:
        for said in ("12b", "1s2", "us1", "bs1", "sub", "b1u"):
            assert settled(attempts(said), known) is not None


@pytest.mark.parametrize(
    ("state", "status"),
    [(UP, ExitStatus.KEPT), (DEGRADED, ExitStatus.KEPT), (DOWN, ExitStatus.BROKEN), (BLIND, ExitStatus.NOT_JUDGED)],
)
def test_one_round_ends_with_the_status_of_a_run(state: State, status: ExitStatus) -> None:
    assert state.exit_status is status
