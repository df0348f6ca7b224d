"""Each cell of the table ends in the right verdict, with who can act, in time."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.faults.cells import CELLS, FAULTS, LIMIT_S, PHASES, POSSIBLE, table
from tests.faults.rig import WAITING, Ended, Place, run_cell
from tests.support.demo import ROOT

AT_ONCE = 8
"""Cells that run side by side: they wait more than they work."""

Cell = tuple[str, str]


@pytest.fixture(scope="module")
def ends(
    place: Place, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[Cell, Future[Ended]]:
    """How each cell that is asked for ended: first those whose bookings are confirmed at once, then the others."""
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    asked = [item["cell"] for item in params if "cell" in item]
    found: dict[Cell, Future[Ended]] = {}
    for waiting in (False, True):
        place.auto_assign(not waiting)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for name, phase in asked:
                if (phase in WAITING) is waiting:
                    folder = tmp_path_factory.mktemp(f"{name}-{phase}")
                    found[name, phase] = pool.submit(run_cell, place, name, phase, folder)
    return found


def test_the_table_names_every_cell_or_says_why_it_can_not_exist() -> None:
    assert len(CELLS) == len(FAULTS) * len(PHASES)
    for name, phase in CELLS:
        fault = FAULTS[name]
        assert (phase in fault.cells) != (phase in fault.impossible), (name, phase)


@pytest.mark.parametrize("cell", POSSIBLE, ids=map("-".join, POSSIBLE))
def test_a_fault_ends_in_the_right_sentence_in_time(ends: Mapping[Cell, Future[Ended]], cell: Cell) -> None:
    name, phase = cell
    expected, ended = FAULTS[name].cells[phase], ends[cell].result()
    assert (ended.verdict, ended.code) == (expected.verdict, expected.code), ended
    assert expected.who_can_act in ended.who_can_act, ended
    assert ended.seconds <= LIMIT_S[phase], ended


def test_the_docs_show_this_table() -> None:
    assert table() in (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
