"""What the rate budget will cost is forecast from what is known, and what is not known is said."""

from __future__ import annotations

import pytest

from bookingflow.platform.pace_forecast import Forecast
from bookingflow.platform.rate_budget import Spent


def test_the_waits_of_the_last_run_are_no_work() -> None:
    spent = {"a": Spent(bookings=50), "b": Spent(bookings=10, waited_s=40.0)}
    forecast = Forecast.of(["a", "b"], 50, spent, {"a": 20.0, "b": 44.0})
    assert forecast == Forecast(limit=50, bookings=60, waiting_s=40.0, total_s=64.0, unknown=0)


def test_work_between_bookings_fills_the_waits() -> None:
    spent = {"a": Spent(bookings=50), "reading": Spent(), "b": Spent(bookings=1)}
    took = {"a": 10.0, "reading": 45.0, "b": 1.0}
    assert Forecast.of(["a", "reading", "b"], 50, spent, took).waiting_s == 5.0
    assert Forecast.of(["a", "b", "reading"], 50, spent, took).waiting_s == 50.0


def test_jobs_share_the_work_but_not_the_budget() -> None:
    forecast = Forecast.of(["a", "b"], 50, {"a": Spent(bookings=50), "b": Spent(bookings=1)}, {"a": 30, "b": 2}, 2)
    assert (forecast.waiting_s, forecast.total_s) == (45.0, 61.0)


def test_it_is_shown_in_round_times() -> None:
    spent = {"a": Spent(bookings=50), "b": Spent(bookings=80)}
    said = str(Forecast.of(["a", "b", "new"], 50, spent, {"a": 5.0, "b": 8.0}))
    assert said == (
        "about 130 bookings count for the platform's limit, and at most 50 a minute are sent "
        "(BOOKING_RATE_BUDGET): about 2 min of waiting, about 2 min 10 s in all, as these scenarios ran last. "
        "Left out: 1 scenario not run here yet."
    )


def test_a_first_run_is_not_guessed_at() -> None:
    assert str(Forecast.of(["new"], 50, {}, {})) == (
        "at most 50 bookings a minute are sent (BOOKING_RATE_BUDGET); "
        "how long a run waits for that is known once it has run here."
    )


@pytest.mark.parametrize("spent", [Spent(), Spent(bookings=4)])
def test_nothing_is_said_where_nothing_is_waited_for(spent: Spent) -> None:
    assert not str(Forecast.of(["a"], 50, {"a": spent}, {"a": 1.0}))


def test_a_run_within_the_limit_so_far_says_what_it_does_not_know() -> None:
    said = str(Forecast.of(["a", "new"], 50, {"a": Spent(bookings=4)}, {"a": 3.0}))
    assert ": no waiting, about 10 s in all" in said
    assert said.endswith("Left out: 1 scenario not run here yet.")
