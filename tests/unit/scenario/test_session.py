"""What a scenario draws hangs on the run's seed and its own name alone."""

from __future__ import annotations

from pathlib import Path

from bookingflow.core.settings import Settings
from bookingflow.platform.rate_budget import RateBudget, Spent
from bookingflow.scenario.session import Session
from tests.support.sessions import session

LIVE = {"target": "live", "database_url": "postgresql://x@y/z"}


def draws(run: Session, *scenarios: str) -> dict[str, float]:
    said = {}
    for scenario in scenarios:
        run.enter(scenario)
        said[scenario] = run.rng.random()
    return said


def test_a_scenario_draws_the_same_in_a_shard_as_in_the_run_of_all() -> None:
    whole = draws(session(), "one", "two", "three")
    assert draws(session(), "three") == {"three": whole["three"]}
    assert len(set(whole.values())) == 3


def test_another_seed_draws_otherwise_and_the_same_one_again() -> None:
    by_seed = [draws(session(settings=Settings.model_validate({**LIVE, "seed": seed})), "one") for seed in (1, 2, 1)]
    assert by_seed[0] == by_seed[2] != by_seed[1]


def test_the_second_time_in_one_run_a_scenario_draws_anew() -> None:
    run = session()
    assert draws(run, "one") != draws(run, "one")
    assert run.stream.scenario == "one"


def test_what_a_scenario_took_of_the_budget_is_known_when_it_is_left(tmp_path: Path) -> None:
    run = session()
    run.budget = RateBudget(tmp_path / "pace.json", 50, run.clock)
    run.enter("one (repetition 2)", "one")
    run.budget.take()
    run.leave()
    assert run.budget.spent() == {"one": Spent(bookings=1)}
    assert run.stream.scenario is None
