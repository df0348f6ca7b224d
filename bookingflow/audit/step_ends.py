"""What an error in a step means: its scenario is skipped, goes on after a known breach, or ends with a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bookingflow.core.errors import (
    BrokenPromise,
    NotAtThisRestaurant,
    NotJudged,
    ScenarioNotPossible,
    SuiteError,
    Verdict,
)
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import ScenarioState


@dataclass(frozen=True)
class StepEnd:
    """How a step ends that raised an error."""

    status: Literal["passed", "skipped", "failed", "error"]
    """passed: its scenario goes on; skipped: the scenario is left, which is no failure."""
    error: Exception | None = None
    """What is shown where it failed, or could not be judged."""
    reason: str = ""
    """Why it passed, or is skipped, all the same."""


class StepEnds:
    """Decides how steps end in one run."""

    def __init__(self, session: Session, known_breaches: KnownBreaches) -> None:
        self._session = session
        self._known = known_breaches

    def end_of(self, error: Exception, state: ScenarioState) -> StepEnd | None:
        """How a step of this scenario ends that raised this error; None where the error speaks for itself.

        What a restaurant is not made for is skipped; those of the demo that scenarios name are made for everything. A
        known breach ends neither the scenario nor the run's green: the scenario remembers its excuse, and what needs
        what is missing since is not checked. An error of the suite is not judged, nor is a breach while evidence is
        hidden, nor anything once the demo of this run has ended.
        """
        over = self._session.ended(to_the_moment=True) if isinstance(error, SuiteError | Verdict) else None
        if over is not None:
            return StepEnd("error", NotJudged(f"Its {over.how}. {over.hint}", code=over.code))
        if isinstance(error, NotAtThisRestaurant) and not self._is_made_for_all(state):
            return StepEnd("skipped", reason=str(error))
        if isinstance(error, ScenarioNotPossible) and state.excuses:
            return StepEnd("passed", reason=f"Not checked, since what it needs is missing: {error}")
        if isinstance(error, SuiteError):
            return StepEnd("error", NotJudged(str(error), code=error.code, who_can_act=error.who_can_act))
        if isinstance(error, NotJudged):
            return StepEnd("error", error)
        if isinstance(error, BrokenPromise):
            return self._broken(error, state)
        return None

    def _is_made_for_all(self, state: ScenarioState) -> bool:
        """Whether its restaurant is one of the demo's own, and not one that somebody put into it."""
        settings = self._session.settings
        return settings.on_demo and (state.elsewhere is not None or settings.names_no_restaurant)

    def _broken(self, error: BrokenPromise, state: ScenarioState) -> StepEnd:
        hidden = self._session.hidden_evidence()
        if hidden is not None:
            return StepEnd("error", hidden)
        if way := self._session.not_evident(error.codes):
            return StepEnd("error", way)
        excuse = self._known.excuse(state.id, error)
        if excuse is None:
            return StepEnd("failed", self._known.beside(state.id, error))
        state.excuses[error.code] = excuse
        return StepEnd("passed", reason=excuse)
