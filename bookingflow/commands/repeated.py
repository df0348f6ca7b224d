"""One run that repeats its scenarios: `bookingflow run --repeat`. Every repetition counts, none is tried again."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

from bookingflow.commands.arguments import in_words
from bookingflow.core.errors import SettingsError
from bookingflow.core.repetitions import Repeating
from bookingflow.core.settings import Settings
from bookingflow.core.text import counted
from bookingflow.report.console import ConsoleFormatter
from bookingflow.report.scenario_results import asked_for, label_of
from bookingflow.report.summary import NOT_GREEN, RED, ScenarioResult
from bookingflow.runner import AcceptanceRunner
from bookingflow.scenario.session import Session

MOST_NAMED = 5
"""Promises that are named one by one before the first repetition."""


class RepeatingRunner(AcceptanceRunner):
    """Runs the features again and again, in one process and at one platform, each time with new guests.

    behave's own scenario objects run again, told which repetition it is, by which everything is drawn and named.
    """

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.repeating: Repeating = config.repeating
        self.end.repeating = self.repeating

    def _load(self) -> Settings:
        """The settings, with a seed in any case; without giving up, unless somebody asked for it: the rate counts."""
        settings = super()._load()
        if settings.repeat > 1:
            raise SettingsError(
                [
                    f"BOOKING_REPEAT={settings.repeat} repeats the requested booking within its scenario, and this "
                    "command repeats scenarios: give one of them."
                ]
            )
        seed = settings.seed
        if seed is None and self.repeating.as_drawn:
            raise SettingsError(["--repetition draws what that one drew: give its run's seed too, as BOOKING_SEED."])
        seed = random.SystemRandom().randrange(10**6) if seed is None else seed
        self.config.userdata_defines = [
            *((name, value) for name, value in self.config.userdata_defines or () if name != "seed"),
            ("seed", str(seed)),
        ]
        self.end.seed = seed
        give_up = settings.give_up if "give_up" in settings.model_fields_set else None
        return settings.model_copy(update={"seed": seed, "give_up": give_up})

    def _pace(self, of_all_shards: Sequence[Any], session: Session) -> str:
        """What all repetitions cost; where it is not known how many there will be, what one does."""
        times = self.repeating.most if self.repeating.counts_on else 1
        return super()._pace([*of_all_shards] * times, session)

    def _run_features(self, features: Any) -> None:
        del features
        super()._run_features(self._repeated())

    def _repeated(self) -> Iterator[Any]:
        """The features of one repetition after the other, for behave to run."""
        scenarios = [scenario for scenario in self.end.scenarios() if asked_for(scenario, self.config)]
        places = {id(scenario.feature) for scenario in scenarios}
        features = [feature for feature in self.features if id(feature) in places]
        asked = {id(scenario): (scenario.should_skip, scenario.skip_reason) for scenario in scenarios}
        self._announce(scenarios)
        began, last = time.monotonic(), self.repeating.numbers[-1]
        for number in self.repeating.numbers:
            for scenario in scenarios:
                _make_new(scenario, number, *asked[id(scenario)])
            which = "" if self.repeating.alone else f"repetition {number} of {last}"
            self.end.begin_repetition(which and f" in {which}")
            yield from features
            if self.aborted and self.signals.received:
                return  # what was cut off in it stands in the scenarios
            results = self.end.end_repetition(which and f" after {which}")
            self._show(number, results)
            statuses = {result.status for result in results}
            if self.aborted or (self.config.stop and not RED.isdisjoint(statuses)):
                self.end.unfinished = number != last
                return
            over = self.repeating.is_over(time.monotonic() - began, failed=self._has_failed(results))
            if over or statuses == {"not_tried"}:
                return

    def _has_failed(self, results: Sequence[ScenarioResult]) -> bool:
        """Whether something is broken or was not judged, in a scenario or, by now, in a booking."""
        found = self.world is not None and self.world.audit.found_unasked
        return found or any(result.status in NOT_GREEN for result in results)

    # -- what people see ---------------------------------------------------------------------------------------

    def _consoles(self) -> Iterator[ConsoleFormatter]:
        return (formatter for formatter in self.formatters if isinstance(formatter, ConsoleFormatter))

    def _announce(self, scenarios: Sequence[Any]) -> None:
        if self.repeating.alone:
            return
        named = len(scenarios) <= MOST_NAMED
        what = map(label_of, scenarios) if named else [counted(len(scenarios), "promise")]
        drawn = f"drawn with seed {self.end.seed}; BOOKING_SEED={self.end.seed} repeats them all"
        print("\n".join(["", *what, f"Repeated {how_often(self.repeating)}; {drawn}.", ""]))
        for console in self._consoles():
            console.lists_scenarios = False

    def _show(self, number: int, results: Sequence[ScenarioResult]) -> None:
        if not self.repeating.alone:
            for console in self._consoles():
                console.show_repetition(number, results, width=len(str(self.repeating.numbers[-1])))


def how_often(repeating: Repeating) -> str:
    """`200 times`; `at most 1000 times, until the first failure, no new one after 10m`."""
    limits = ["until the first failure"] if repeating.until_failure else []
    limits += [f"no new one after {in_words(repeating.within_s)}"] if repeating.within_s is not None else []
    times = f"{repeating.most} times"
    return ", ".join([f"at most {times}" if limits else times, *limits])


def _make_new(scenario: Any, repetition: int, should_skip: bool, skip_reason: str | None) -> None:
    """Let a scenario of behave's run once more, as if it never had.

    Its own `reset` forgets the row of an outline, and that somebody left it out.
    """
    scenario.repetition = repetition
    scenario.clear_status()
    scenario.should_skip, scenario.skip_reason = should_skip, skip_reason
    scenario.hook_failed = False
    scenario.exception = scenario.exc_traceback = scenario.error_message = None
    for step in scenario.all_steps:
        step.reset()
        step.known = None
