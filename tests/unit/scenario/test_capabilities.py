"""What a scenario needs (`@uses.…`), and why it is skipped where that is not there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from bookingflow.core.errors import SuiteError
from bookingflow.core.settings import Settings
from bookingflow.scenario.capabilities import unmet_need
from bookingflow.scenario.session import Session
from tests.support.sessions import session

LIVE = {"target": "live", "database_url": "postgresql://x@y/z"}


def platform(*, demo: bool = False, cancels: bool = False, **settings: Any) -> Session:
    made = session(settings=Settings.model_validate({**LIVE, **settings}))
    if demo:
        made.target = cast("Any", SimpleNamespace(controls=object()))
    made.cleaner = cast("Any", SimpleNamespace(cancels=cancels))
    return made


def test_a_scenario_that_needs_nothing_or_has_other_tags_can_be_asked() -> None:
    assert unmet_need([], platform()) is None
    assert unmet_need(["critical", "BOOK-001", "owner.bookings"], platform()) is None


def test_the_demos_switches_are_there_on_the_demo_alone() -> None:
    assert unmet_need(["uses.demo"], platform()) == "needs the demo platform's switches"
    assert unmet_need(["uses.demo"], platform(demo=True)) is None


def test_cancelling_afterwards_is_there_where_it_is_set_up() -> None:
    assert unmet_need(["uses.cleanup"], platform(cancels=True)) is None
    reason = unmet_need(["uses.cleanup"], platform())
    assert reason == "needs bookings to be cancelled afterwards (BOOKING_CLEANUP)"


def test_what_a_platform_may_have_is_there_where_it_is_said_to_be() -> None:
    reason = unmet_need(["uses.exclusive_restaurant"], platform())
    assert reason is not None
    assert reason.startswith("needs exclusive restaurant, which this platform is not said to have")
    assert "BOOKING_EXPECT=exclusive_restaurant" in reason
    assert unmet_need(["uses.exclusive_restaurant"], platform(expect="exclusive_restaurant")) is None


def test_of_several_needs_what_no_setting_can_give_is_named_first() -> None:
    tags = ["uses.cleanup", "uses.demo", "uses.background_job"]
    assert unmet_need(tags, platform()) == "needs the demo platform's switches"
    assert unmet_need(["uses.cleanup", "uses.exclusive_restaurant"], platform(cancels=True)) is not None


def test_a_need_that_nobody_knows_is_no_reason_to_skip_but_an_error() -> None:
    with pytest.raises(SuiteError, match=r"@uses\.demmo is not a need") as raised:
        unmet_need(["uses.demmo"], platform(demo=True))
    assert "cleanup, demo" in raised.value.hint
