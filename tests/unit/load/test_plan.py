"""Who comes when is worked out before the first guest, within the budget of a live platform."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bookingflow.core.errors import SettingsError
from bookingflow.core.settings import Settings
from bookingflow.platform.rate_budget import RateBudget
from bookingflow.platform.slots import Slot
from load import plan
from load.options import read
from load.plan import planned
from tests.support.promises import LIVE, Scene
from tests.support.stored import REQUEST

SLOT = Slot(REQUEST.date, REQUEST.time, "Europe/London")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The parties that a place was looked for; there is one for seven guests."""
    parties: list[Any] = []

    def places(_: object, guests: int, party: int | None) -> tuple[list[tuple[Slot, int]], int]:
        parties.append(party)
        return [(SLOT, party or 2)] * guests, min(guests, 7)

    monkeypatch.setattr(plan, "places", places)
    return parties


def scene(folder: Path, budget: int | None, settings: Settings = LIVE) -> Scene:
    made = Scene(settings)
    made.session.budget = RateBudget(folder / "pace.json", budget, made.session.clock)
    return made


def test_each_guest_has_its_moment_and_its_table(tmp_path: Path, asked: list[Any]) -> None:
    made = planned(scene(tmp_path, 50).session, read(["--arrivals", "2:2"]))
    assert [arrival.at for arrival in made.arrivals] == pytest.approx([0.25, 0.75, 1.25, 1.75])
    assert {(arrival.slot, arrival.party) for arrival in made.arrivals} == {(SLOT, 2)}
    assert made.in_words == ["4 guests will arrive in 2 s, by the clock (2:2), for tables on 1 day."]
    assert asked == [None]


def test_a_party_that_is_set_is_everybodys(tmp_path: Path, asked: list[Any]) -> None:
    settings = LIVE.model_copy(update={"party_size": 6})
    made = planned(scene(tmp_path, 50, settings).session, read(["--arrivals", "2:2"]))
    assert {arrival.party for arrival in made.arrivals} == {6}


def test_a_house_that_will_be_full_is_said_beforehand(tmp_path: Path, asked: list[Any]) -> None:
    made = planned(scene(tmp_path, 50).session, read(["--arrivals", "5:2"]))
    assert made.in_words[-1].startswith("Note: there are free tables for 7 of them only")


@pytest.mark.parametrize(
    ("budget", "arguments"),
    [
        (50, ["--arrivals", "0.83:600"]),
        (None, ["--arrivals", "50:1"]),
        (0, ["--arrivals", "100:10"]),
        (50, ["--arrivals", "100:10", "--over-rate-budget"]),
    ],
)
def test_what_the_budget_allows_may_come(
    tmp_path: Path, asked: list[Any], budget: int | None, arguments: Sequence[str]
) -> None:
    assert planned(scene(tmp_path, budget).session, read(arguments)).arrivals


@pytest.mark.parametrize(("budget", "fewer"), [(50, "0.83:60"), (5, "0.083:60"), (None, "0.83:60")])
def test_what_it_does_not_is_refused_with_what_it_would(
    tmp_path: Path, asked: list[Any], budget: int | None, fewer: str
) -> None:
    with pytest.raises(SettingsError, match=r"90 guests would book within one minute") as refused:
        planned(scene(tmp_path, budget).session, read([]))
    assert f"--arrivals {fewer}" in str(refused.value)
    assert asked == []
    assert planned(scene(tmp_path, budget).session, read(["--arrivals", fewer])).arrivals
