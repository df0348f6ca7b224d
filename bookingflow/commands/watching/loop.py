"""The monitor's loop: rounds at a steady pace, each settled, remembered, reported and written down."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

from bookingflow.commands.watching.memory import Change, Memory
from bookingflow.commands.watching.notices import Notices
from bookingflow.commands.watching.states import Attempt, State, settled
from bookingflow.commands.watching.wording import announcement, round_line, span
from bookingflow.core.text import chat_text, counted
from bookingflow.core.timing import Clock


class Console(Protocol):
    """Where the monitor speaks."""

    def say(self, line: str) -> None:
        """A line for people who follow it."""

    def complain(self, sentence: str) -> None:
        """What went wrong around it."""


class Watch:
    """One monitor of one target. What it needs of the world is given to it: a clock, attempts, a place to write."""

    def __init__(
        self,
        *,
        attempt: Callable[[], Attempt],
        clock: Clock,
        memory: Memory,
        notices: Notices,
        save: Callable[[Memory], None],
        console: Console,
        again_s: float,
        to_stop: Callable[[], bool] = lambda: False,
        trace_link: str | None = None,
    ) -> None:
        """`save` writes the memory and the metrics; `again_s` passes before an attempt that shall confirm another;
        once `to_stop` says so nothing new is begun, and KeyboardInterrupt is raised instead.
        """
        self.memory = memory
        self._attempt = attempt
        self._clock = clock
        self._notices = notices
        self._save = save
        self._console = console
        self._again_s = again_s
        self._to_stop = to_stop
        self._trace_link = trace_link
        self._complained = ""

    def run(self, every_s: float) -> None:
        """A round now and then every `every_s` seconds, until KeyboardInterrupt.

        Rounds keep to their beat by the monotonic clock, whatever is done to the machine's time. Where one lasts longer
        than the interval, or the machine slept, the beats that passed are left out, not made up for.
        """
        due = self._clock.monotonic()
        while True:
            self.round()
            late = self._clock.monotonic() - due
            passed = math.floor(late / every_s)
            if passed:
                left_out = counted(passed, "round was", "rounds were")
                self._console.complain(f"The last round ended {span(late)} after it was due: {left_out} left out.")
            due += every_s * (passed + 1)
            self._wait(due - self._clock.monotonic())

    def round(self) -> State:
        """Make one round; how it ended."""
        attempts = [self._attempt()]
        while (said := settled(attempts, self.memory.state)) is None:
            self._wait(self._again_s)
            attempts.append(self._attempt())
        change = self.memory.take(said, len(attempts), self._clock.now())
        self._console.say(round_line(said, len(attempts), self.memory.zone))
        if change is not None:
            self._tell(change)
        self._save(self.memory)
        self._report(said.state)
        return said.state

    def _wait(self, seconds: float) -> None:
        if self._to_stop():
            raise KeyboardInterrupt
        self._clock.sleep(seconds)

    def _tell(self, change: Change) -> None:
        text = announcement(change, self.memory.zone)
        self._console.say(text)
        if self._notices.has_webhook:
            link = self._trace_link.replace("{trace_id}", change.trace_id) if self._trace_link else ""
            shown = {"text": chat_text(text), "trace_link": link if change.trace_id else ""}
            self.memory.wait_with(change.model_copy(update=shown))

    def _report(self, state: State) -> None:
        """Hand out what waits; the memory is saved before and after, so that a restart neither forgets nor repeats."""
        problems = [self._notices.deliver(self.memory, sent=lambda: self._save(self.memory))]
        if state.judged and state is not State.DOWN:
            problems.append(self._notices.beat())
        said = " ".join(filter(None, problems))
        if said and said != self._complained:
            self._console.complain(said)
        self._complained = said
