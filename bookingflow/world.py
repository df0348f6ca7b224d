"""What a run is put together from: the session, its audit and tear-down, and the scenario at hand (`context.world`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bookingflow.audit.giving_up import GivingUp
from bookingflow.audit.run import RunAudit
from bookingflow.audit.step_ends import StepEnd, StepEnds
from bookingflow.audit.teardown import Teardown
from bookingflow.core.errors import BrokenPromise, ScenarioNotPossible
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.settings import Settings
from bookingflow.platform.target import Target
from bookingflow.promises import Promises
from bookingflow.scenario.act import Act
from bookingflow.scenario.arrange import Arrange
from bookingflow.scenario.bookings import Bookings
from bookingflow.scenario.capabilities import unmet_need
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import ScenarioState
from bookingflow.testdata.deadlines import stated_seconds


class World:
    """Everything a run is made of. What each part promises is said by the part."""

    def __init__(self, session: Session, known_breaches: KnownBreaches) -> None:
        self.session = session
        self.known_breaches = known_breaches
        self.giving_up = GivingUp(session.settings.give_up, session.hidden_evidence, session.ended)
        self.audit = RunAudit(session, known_breaches)
        self.teardown = Teardown(session, self.audit, self.giving_up)
        self._step_ends = StepEnds(session, known_breaches)
        self._scenario: ScenarioState | None = None
        self._act: Act | None = None

    @classmethod
    def open(
        cls,
        settings: Settings,
        open_target: Callable[[Settings], Target],
        known_breaches: KnownBreaches,
        sanitizer: Sanitizer | None = None,
        run_id: str = "",
    ) -> World:
        """Join the platform that the settings name; raises SuiteError, having booked nothing, where that can't be."""
        session = Session.open(settings, open_target(settings), sanitizer=sanitizer, run_id=run_id)
        if note := session.left_behind():
            print(note)
        return cls(session, known_breaches)

    def reason_to_skip(self, tags: Iterable[str], sentences: Sequence[str]) -> str | None:
        """Why a scenario with these tags and sentences is not tried on this platform; None where it is."""
        return unmet_need(tags, self.session) or self.giving_up.reason_to_skip(sentences)

    def enter(self, name: str, sentences: Iterable[str], promise: str = "") -> tuple[Arrange, Act, Promises]:
        """Begin a scenario; its sentences are read for the deadlines they state. What its steps work with.

        `promise` is its name without the number of the repetition, where it is repeated.
        """
        self.session.leave_limited_minute()
        deadlines = [stated_seconds(sentence) for sentence in sentences]
        state = ScenarioState(self.session, name, deadlines, promise=promise or name)
        state.bookings_a_minute = self.session.settings.rate_limit or state.bookings_a_minute
        bookings = Bookings(self.session, state)
        act = Act(self.session, state, bookings)
        self._scenario, self._act = state, act
        self.session.enter(name, state.promise)
        return Arrange(self.session, state, bookings, act), act, Promises(self.session, state, bookings)

    @property
    def inside(self) -> bool:
        """Whether a scenario was entered and not left yet."""
        return self._scenario is not None

    @property
    def scenario(self) -> ScenarioState:
        """The scenario at hand; raises ScenarioNotPossible outside of one."""
        if self._scenario is None:
            raise ScenarioNotPossible("No scenario runs now.")
        return self._scenario

    def end_of_step(self, error: Exception) -> StepEnd | None:
        """How a step of the scenario at hand ends that raised this; None where the error speaks for itself."""
        return self._step_ends.end_of(error, self.scenario)

    def leave(self, errors: Iterable[object] = (), *, failed: bool) -> None:
        """End the scenario, whose steps raised these and which may have `failed`: judge its bookings as a whole, then
        put back what it changed.
        """
        state, act, errors = self.scenario, self._act, list(errors)
        codes = [code for error in errors if isinstance(error, BrokenPromise) for code in error.codes]
        try:
            self.giving_up.scenario_over(map(self.session.report_of, state.bookings), errors)
            try:
                self.audit.scenario_over(state, failed=failed, codes=codes)
            finally:
                self.teardown.put_back(state)
            if act is not None:
                act.rate_limit.leave_minute()
        finally:
            for booking in state.bookings:
                if booking is not self.session.made.watched:  # that one is sent once more
                    booking.settle()
            self.session.leave()
            self._scenario = self._act = None

    def close(self) -> None:
        """Cancel what was left, take down what was built; safe to call at any point."""
        try:
            if not self.session.settings.starts_demo:  # a demo of our own goes with its bookings
                self.teardown.leave_nothing(self._scenario)
        except Exception as error:  # noqa: BLE001 - whatever it is, the rest is taken down all the same
            print(f"Left behind: {error}")
        finally:
            self.session.close()
