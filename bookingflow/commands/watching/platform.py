"""The platform that is watched: joined anew for each attempt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.settings import Settings
from bookingflow.core.timing import Clock
from bookingflow.platform.target import DemoControls, Target
from bookingflow.scenario.session import Session
from bookingflow.world import World


class Platform:
    """One platform; a demo that is started for it stays until `close`, and is replaced where it ended by itself."""

    def __init__(
        self,
        settings: Settings,
        *,
        open_target: Callable[[Settings], Target],
        known_breaches: Callable[[], KnownBreaches],
        clock: Clock,
        complain: Callable[[str], None],
    ) -> None:
        # The monitor chooses day and time itself: whether the restaurant is open at those of the settings is no matter.
        self._settings = settings.model_copy(update={"date": None})
        self._open_target = open_target
        self._known_breaches = known_breaches
        self._clock = clock
        self._complain = complain
        self._target: Target | None = None

    def join(self, sanitizer: Sanitizer) -> World:
        """A session of its own; raises SuiteError, having booked nothing, where that can't be."""
        known = self._known_breaches()
        if self._target is not None and (how := self._target.ended()):
            self._complain(f"The demo platform that was watched has ended: its {how}. Another one is started.")
            self.close()
        if self._target is None:
            self._target = self._open_target(self._settings)
        return World(Session.open(self._settings, _Kept(self._target), clock=self._clock, sanitizer=sanitizer), known)

    def close(self) -> None:
        """Take down what was started."""
        target, self._target = self._target, None
        if target is not None:
            target.close()


class _Kept:
    """A target that outlives the sessions that are opened on it."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)

    @property
    def controls(self) -> DemoControls | None:
        """The demo's switches; None on a live platform."""
        return self._target.controls

    def restaurant_slug(self, kind: str) -> str | None:
        """The restaurant a sentence means."""
        return self._target.restaurant_slug(kind)

    def close(self) -> None:
        """Not yet."""
