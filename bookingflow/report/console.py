"""What people see in the terminal: a line a scenario, a live line while one waits, failures first at the end."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from behave.formatter.base import Formatter
from behave.model import Feature, Scenario, Step
from behave.model_type import Status

from bookingflow.core.errors import Verdict
from bookingflow.core.events import EventStream
from bookingflow.core.known_breaches import PREFIX as KNOWN
from bookingflow.core.patterns import pattern
from bookingflow.core.scenario_ids import id_among
from bookingflow.core.text import counted
from bookingflow.core.timing import Ticker
from bookingflow.report.progress_line import LiveLine

_SHOWN = {
    Status.passed: ("✓", "32"),
    Status.skipped: ("–", "33"),
    Status.failed: ("✗", "31"),
    Status.error: ("!", "31"),
    Status.hook_error: ("!", "31"),
    Status.cleanup_error: ("!", "31"),
    Status.undefined: ("?", "31"),
}
_KNOWN_MARK = ("≈", "35")
BAD = frozenset(_SHOWN) - {Status.passed, Status.skipped}
REDRAWN_EVERY_S = 0.2
"""Often enough to look alive, seldom enough to cost nothing."""


SECRET_SETTING = pattern(r"token|database|url|command|email|phone")
"""Settings whose values stay out of sight."""


@dataclass(frozen=True)
class Problem:
    """What did not end well: a scenario, or with no way to run it again the run as a whole."""

    title: str
    sentence: str
    again: str = ""


class ConsoleFormatter(Formatter):
    """A behave formatter for people; a scenario's line is printed once its hooks and clean-ups are done."""

    name = "console"
    description = "A line a scenario, failures explained at the end"

    def __init__(self, stream_opener: Any, config: Any) -> None:
        super().__init__(stream_opener, config)
        self._out: TextIO = self.open()
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        self._colored = config.has_colored_mode(self._out) and not plain
        self._scenario: Scenario | None = None
        self._headings: list[str] = []
        self._counts: Counter[str] = Counter()
        self._problems: list[Problem] = []
        self._of_the_run: Sequence[Problem] = ()
        self._live: LiveLine | None = None
        self._ticker: Ticker | None = None
        self._began = getattr(config, "run_began", time.monotonic())

    def attend(self, stream: EventStream, of_the_run: Sequence[Problem]) -> None:
        """Show what the stream tells while scenarios wait; at the end `of_the_run` holds what hooks of the run met."""
        self._of_the_run = of_the_run
        terminal = bool(getattr(self._out, "isatty", lambda: False)())
        self._live = LiveLine(self._out, stream.clock, terminal=terminal)
        stream.subscribe(self._live)
        stream.subscribe_looks(self._live.looked)
        self._ticker = Ticker(self._live.tick, REDRAWN_EVERY_S)

    # -- behave's events ---------------------------------------------------------------------------------------

    def feature(self, feature: Feature) -> None:
        self._finish_scenario()
        self._headings = [f"\n{self._paint(feature.name, '1')}"]

    def rule(self, rule: Any) -> None:
        self._finish_scenario()
        self._headings = [*(line for line in self._headings if line.startswith("\n")), f"  {rule.name}"]

    def scenario(self, scenario: Scenario) -> None:
        self._finish_scenario()
        self._scenario = scenario

    def eof(self) -> None:
        self._finish_scenario()

    def close(self) -> None:
        self._finish_scenario()
        if self._ticker is not None:
            self._ticker.stop()
        if not self.config.dry_run:
            self._print_end()
        super().close()

    def _defines(self) -> str:
        """The -D options of this run, but for what must not be shown."""
        defined = dict(self.config.userdata_defines or ())
        shown = {name: value for name, value in defined.items() if not SECRET_SETTING.search(name)}
        return "".join(f" -D {shlex.quote(f'{name}={value}')}" for name, value in shown.items())

    # -- printing ----------------------------------------------------------------------------------------------

    def _finish_scenario(self) -> None:
        scenario, self._scenario = self._scenario, None
        if scenario is None or self.config.dry_run or scenario.status in {Status.untested, Status.untested_pending}:
            return
        if scenario.status == Status.skipped and not scenario.skip_reason:
            return  # deselected: nobody asked for it
        for heading in self._headings:
            self._write(heading)
        self._headings = []
        known = scenario.status == Status.skipped and str(scenario.skip_reason).startswith(KNOWN)
        mark, color = _KNOWN_MARK if known else _SHOWN.get(scenario.status, ("?", "31"))
        self._counts["known breach" if known else scenario.status.name] += 1
        took = "" if scenario.status == Status.skipped else f"  {scenario.duration:.2f} s"
        skipped = f" — skipped: {scenario.skip_reason}" if scenario.status == Status.skipped and not known else ""
        self._write(f"  {self._paint(mark, color)} {title_of(scenario)}{skipped}{self._paint(took, '2')}")
        if known:
            self._write(_indented(str(scenario.skip_reason), "      "))
        if scenario.status in BAD:
            again = f"{_behave()}{self._defines()} {shlex.quote(str(scenario.location))}"
            problem = Problem(title_of(scenario), explain(scenario), again)
            self._problems.append(problem)
            self._write(_indented(problem.sentence, "      "))

    def _print_end(self) -> None:
        problems = [*self._problems, *self._of_the_run]
        if problems:
            self._write(f"\n{self._paint('What did not hold', '1;31')}")
        for problem in problems:
            self._write(f"  {self._paint('✗', '31')} {problem.title}")
            self._write(_indented(problem.sentence, "      "))
            if problem.again:
                self._write(self._paint(f"      again: {problem.again}", "2"))
        listed = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(self._counts.items()))
        total = sum(self._counts.values())
        self._write(
            f"\n{counted(total, 'scenario')}: {listed or 'none ran'}, in {time.monotonic() - self._began:.1f} s"
        )

    def _paint(self, text: str, color: str) -> str:
        return f"\x1b[{color}m{text}\x1b[0m" if self._colored and text else text

    def _write(self, text: str) -> None:
        if self._live is not None:
            self._live.clear()
        self._out.write(text + "\n")
        self._out.flush()


def _behave() -> str:
    """How behave is started here, from the folder where one stands."""
    here = Path(sys.prefix)
    return f"{here.relative_to(Path.cwd())}/bin/behave" if here.is_relative_to(Path.cwd()) else "behave"


def title_of(scenario: Scenario) -> str:
    """The scenario's id and name."""
    own_id = id_among(scenario.effective_tags)
    return f"{own_id} {scenario.name}" if own_id else str(scenario.name)


def explain(scenario: Scenario) -> str:
    """The verdict's own sentence; for anything unforeseen what behave noted."""
    step = next((step for step in scenario.all_steps if step.status in BAD), None)
    if step is None:
        return str(scenario.error_message or "a hook or clean-up failed").strip()
    if step.status == Status.undefined:
        return f"No step definition fits: {step.keyword} {step.name}"
    if isinstance(step.exception, Verdict | AssertionError):
        return f"{step.keyword} {step.name}: {step.exception}"
    return f"{step.keyword} {step.name}: {_note(step)}"


def _note(step: Step) -> str:
    return str(step.error_message or step.exception or step.status.name).strip()


def _indented(text: str, margin: str) -> str:
    return "\n".join(margin + row for row in text.splitlines())
