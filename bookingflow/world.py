"""What a run is put together from: the session, its audit and tear-down, and the scenario at hand (`context.world`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from bookingflow.audit.giving_up import GivingUp
from bookingflow.audit.run import RunAudit
from bookingflow.audit.teardown import Teardown
from bookingflow.core.errors import EvidenceHidden, NotJudged, ScenarioNotPossible
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.settings import Settings
from bookingflow.core.text import counted
from bookingflow.platform.target import Target
from bookingflow.promises import Promises
from bookingflow.scenario.act import Act
from bookingflow.scenario.arrange import Arrange
from bookingflow.scenario.bookings import OTHER_DATABASE, Bookings
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import ScenarioState
from bookingflow.testdata.deadlines import stated_seconds


class World:
    """Everything a run is made of. What each part promises is said by the part."""

    def __init__(self, session: Session, known_breaches: KnownBreaches) -> None:
        self.session = session
        self.known_breaches = known_breaches
        self.giving_up = GivingUp(session.settings.give_up)
        self.audit = RunAudit(session, known_breaches)
        self.teardown = Teardown(session, self.audit, self.giving_up)
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
        if left := session.left_over():
            print(
                f"Note: an earlier run left {counted(left, 'booking')} here; `bookingflow sweep` undoes what it made."
            )
        return cls(session, known_breaches)

    def enter(self, name: str, sentences: Iterable[str]) -> tuple[Arrange, Act, Promises]:
        """Begin a scenario; its sentences are read for the deadlines they state. What its steps work with."""
        state = ScenarioState(self.session, name, [stated_seconds(sentence) for sentence in sentences])
        bookings = Bookings(self.session, state)
        act = Act(self.session, state, bookings)
        self._scenario, self._act = state, act
        self.session.enter(name)
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

    def hidden(self) -> NotJudged | None:
        """Why nobody is to be accused now: the database does not show everything; None where it does."""
        try:
            self.session.demand_sight()
        except EvidenceHidden as error:
            return NotJudged(self.session.sanitizer.text(str(error)), code=error.code)
        return None

    def stop_where_nothing_can_be_seen(self, errors: Iterable[object]) -> None:
        """Try nothing more once these errors of a scenario show that no booking can be watched in this database."""
        for error in errors:
            if not isinstance(error, NotJudged):
                continue
            if error.code == OTHER_DATABASE or (error.code == EvidenceHidden.code and self.hidden()):
                self.giving_up.stop(error.particulars)

    def leave(self, *, failed: bool, codes: Collection[str] = ()) -> None:
        """End the scenario, which may have `failed` with these codes: judge its bookings as a whole, then put back what
        it changed.
        """
        state, act = self.scenario, self._act
        try:
            try:
                self.audit.scenario_over(state, failed=failed, codes=codes)
            finally:
                self.teardown.put_back(state)
            if act is not None:
                act.leave_minute()
        finally:
            self.session.stream.scenario = None
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
