"""What an error in a step means: skipped, gone on after a known breach, not judged, or broken."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bookingflow.audit.step_ends import StepEnd, StepEnds
from bookingflow.core.errors import (
    BrokenPromise,
    EvidenceHidden,
    NotAtThisRestaurant,
    NotJudged,
    ScenarioNotPossible,
    TargetUnreachable,
)
from bookingflow.core.failures import Breach
from bookingflow.core.known_breaches import KnownBreach, KnownBreaches
from bookingflow.core.settings import Settings
from bookingflow.platform.database_models import Access
from bookingflow.platform.target import LiveTarget
from bookingflow.scenario.state import ScenarioState
from tests.support.sessions import HOME, session

LIVE = Settings(target="live", database_url="postgresql://x@y/z")
DEMO = Settings(target="demo")
IGNORED, WASTED = Breach("wish_ignored", "they sit outdoors"), Breach("seats_wasted", "at ten seats")


def known(*codes: str) -> KnownBreaches:
    """These codes are known of BOOK-024."""
    entry = {"scenario": "BOOK-024", "reason": "Known.", "link": "https://t.example/1"}
    expires = datetime.date(2999, 1, 1)
    entries = [KnownBreach.model_validate({**entry, "code": code, "expires": expires}) for code in codes]
    return KnownBreaches(entries, datetime.date(2026, 1, 1))


@dataclass
class OverTarget(LiveTarget):
    """A platform that ends in this moment, as `over` says; empty while it runs."""

    over: str = ""

    def ended(self, *, to_the_moment: bool = False) -> str:
        return self.over if to_the_moment else ""


class Case:
    """A step of BOOK-024, of a run with these settings and known breaches, whose database may hide rows, and whose
    platform may have ended.
    """

    def __init__(
        self, *codes: str, settings: Settings = DEMO, hides: bool = False, over: str = "", sees_every_table: bool = True
    ) -> None:
        self._hides = hides
        target = OverTarget("http://platform.test", "postgresql://x@y/z", over=over)
        seen = SimpleNamespace(check_evidence=self._check_evidence, access=Access(every_table=sees_every_table))
        run = session(
            settings=settings,
            database=seen,
            target=target,
        )
        self.state = ScenarioState(run, "BOOK-024 A wish is kept")
        self._ends = StepEnds(run, known(*codes))

    def _check_evidence(self, deadline: object) -> None:
        if self._hides:
            raise EvidenceHidden("The role sees no rows.")

    def end_of(self, error: Exception) -> StepEnd | None:
        return self._ends.end_of(error, self.state)


def ended(case: Case, error: Exception) -> StepEnd:
    """The end of a step that raised this, which does not speak for itself."""
    end = case.end_of(error)
    assert end is not None
    return end


@pytest.mark.parametrize(
    "raised",
    [
        NotJudged("The platform asked us to wait.", code="rate_limited"),
        TargetUnreachable("The platform asked us to wait."),
    ],
)
def test_what_was_not_judged_is_no_failure(raised: Exception) -> None:
    end = ended(Case(), raised)
    assert end.status == "error"
    assert isinstance(end.error, NotJudged)
    assert "The platform asked us to wait. Who can act:" in str(end.error)


def test_an_error_of_the_suite_keeps_its_code() -> None:
    error = ended(Case(), TargetUnreachable("Nothing answers.")).error
    assert isinstance(error, NotJudged)
    assert error.code == "unreachable"


@pytest.mark.parametrize(("settings", "status"), [(LIVE, "skipped"), (DEMO, "error")])
def test_what_a_restaurant_is_not_made_for_is_skipped_on_a_live_platform_alone(settings: Settings, status: str) -> None:
    end = ended(Case(settings=settings), NotAtThisRestaurant("It never closes."))
    assert (end.status, end.reason) == (status, "It never closes." if status == "skipped" else "")


def test_a_restaurant_that_somebody_put_into_the_demo_is_not_made_for_everything() -> None:
    case = Case(settings=DEMO.model_copy(update={"restaurant_slug": "h-onetable"}))
    never = NotAtThisRestaurant("It never closes.")
    assert ended(case, never).status == "skipped"
    case.state.elsewhere = HOME
    assert ended(case, never).status == "error"


def test_a_known_breach_lets_its_scenario_go_on() -> None:
    case = Case("wish_ignored")
    end = ended(case, BrokenPromise.of([IGNORED]))
    assert (end.status, end.error) == ("passed", None)
    assert end.reason.startswith("Known breach: Known.")
    assert case.state.excuses == {"wish_ignored": end.reason}


def test_a_breach_beside_a_known_one_is_red_and_leads() -> None:
    case = Case("seats_wasted")
    end = ended(case, BrokenPromise.of([IGNORED, WASTED]))
    assert end.status == "failed"
    assert isinstance(end.error, BrokenPromise)
    assert (end.error.code, set(end.error.codes)) == ("wish_ignored", {"wish_ignored", "seats_wasted"})
    assert case.state.excuses == {}


@pytest.mark.parametrize("excused", [True, False])
def test_what_needs_the_missing_thing_is_not_checked_after_a_known_breach(excused: bool) -> None:
    case = Case("wish_ignored")
    if excused:
        case.state.excuses["wish_ignored"] = "Known breach: …"
    end = ended(case, ScenarioNotPossible("No time was chosen yet."))
    assert end.status == ("passed" if excused else "error")
    assert end.reason.startswith("Not checked, since what it needs is missing") == excused


@pytest.mark.parametrize("hides", [True, False])
def test_nobody_is_accused_while_evidence_is_hidden(hides: bool) -> None:
    broken = BrokenPromise("Booking ABC", code="missing")
    end = ended(Case(hides=hides), broken)
    assert end.status == ("error" if hides else "failed")
    assert (end.error is broken) != hides
    assert cast("Any", end.error).code == ("evidence_hidden" if hides else "missing")


@pytest.mark.parametrize("sees_all", [True, False])
def test_a_table_that_a_view_may_leave_out_accuses_nobody(sees_all: bool) -> None:
    case = Case(settings=LIVE, sees_every_table=sees_all)
    end = ended(case, BrokenPromise("Booking ABC", code="confirmed_without_table"))
    assert end.status == ("failed" if sees_all else "error")
    assert cast("Any", end.error).code == ("confirmed_without_table" if sees_all else "evidence_hidden")
    beside = BrokenPromise.of([Breach("confirmed_without_table", "none"), Breach("name_not_stored", "another")])
    assert ended(case, beside).status == "failed"


@pytest.mark.parametrize(
    "raised",
    [
        TargetUnreachable("Nothing listens."),
        NotJudged("It does not answer", code="unreachable"),
        BrokenPromise("Booking ABC", code="missing"),
    ],
)
def test_a_demo_that_has_ended_is_named_and_accused_of_nothing(raised: Exception) -> None:
    end = ended(Case("missing", over="process 7 was ended by SIGKILL"), raised)
    assert end.status == "error"
    assert isinstance(end.error, NotJudged)
    assert end.error.code == "demo_ended"
    assert str(end.error).startswith("The demo platform of this run has ended. Its process 7 was ended by SIGKILL.")


def test_an_error_in_our_own_code_speaks_for_itself() -> None:
    assert Case().end_of(TypeError("no such thing")) is None
