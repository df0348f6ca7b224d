"""What people see in the terminal: a line a scenario, failures first at the end, each with its sentence."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, TextIO

from behave.formatter.base import Formatter
from behave.model import Feature, Scenario, Step
from behave.model_type import Status

from bookingflow.errors import Verdict

_SHOWN = {
    Status.passed: ("✓", "32"),
    Status.skipped: ("–", "33"),
    Status.failed: ("✗", "31"),
    Status.error: ("!", "31"),
    Status.hook_error: ("!", "31"),
    Status.cleanup_error: ("!", "31"),
    Status.undefined: ("?", "31"),
}
BAD = frozenset(_SHOWN) - {Status.passed, Status.skipped}


@dataclass(frozen=True)
class Problem:
    """A scenario that did not end well."""

    scenario: Any
    sentence: str


class ConsoleFormatter(Formatter):
    """A behave formatter for people; a scenario's line is printed once its hooks and clean-ups are done."""

    name = "console"
    description = "A line a scenario, failures explained at the end"

    def __init__(self, stream_opener: Any, config: Any) -> None:
        super().__init__(stream_opener, config)
        self._out: TextIO = self.open()
        self._colored = config.has_colored_mode(self._out)
        self._feature: Feature | None = None
        self._scenario: Scenario | None = None
        self._counts: Counter[str] = Counter()
        self._problems: list[Problem] = []
        self._began = time.monotonic()

    # -- behave's events ---------------------------------------------------------------------------------------

    def feature(self, feature: Feature) -> None:
        self._finish_scenario()
        self._feature = feature
        self._write(f"\n{self._paint(feature.name, '1')}")

    def rule(self, rule: Any) -> None:
        self._finish_scenario()
        self._write(f"  {rule.name}")

    def scenario(self, scenario: Scenario) -> None:
        self._finish_scenario()
        self._scenario = scenario

    def eof(self) -> None:
        self._finish_scenario()

    def close(self) -> None:
        self._finish_scenario()
        if not self.config.dry_run:
            self._print_end()
        super().close()

    # -- printing ----------------------------------------------------------------------------------------------

    def _finish_scenario(self) -> None:
        scenario, self._scenario = self._scenario, None
        if scenario is None or self.config.dry_run or scenario.status in {Status.untested, Status.untested_pending}:
            return
        if scenario.status == Status.skipped and not scenario.skip_reason:
            return  # deselected: nobody asked for it
        mark, color = _SHOWN.get(scenario.status, ("?", "31"))
        self._counts[scenario.status.name] += 1
        reason = f" — skipped: {scenario.skip_reason}" if scenario.status == Status.skipped else ""
        took = "" if scenario.status == Status.skipped else f"  {scenario.duration:.2f} s"
        self._write(f"  {self._paint(mark, color)} {_title(scenario)}{reason}{self._paint(took, '2')}")
        if scenario.status in BAD:
            problem = Problem(scenario, _explain(scenario))
            self._problems.append(problem)
            self._write(_indented(problem.sentence, "      "))

    def _print_end(self) -> None:
        if self._problems:
            self._write(f"\n{self._paint('What did not hold', '1;31')}")
            for problem in self._problems:
                self._write(f"  {self._paint('✗', '31')} {_title(problem.scenario)}")
                self._write(_indented(problem.sentence, "      "))
                self._write(self._paint(f"      again: behave {problem.scenario.location}", "2"))
        listed = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(self._counts.items()))
        total = sum(self._counts.values())
        self._write(f"\n{total} scenarios: {listed or 'none ran'}, in {time.monotonic() - self._began:.1f} s")

    def _paint(self, text: str, color: str) -> str:
        return f"\x1b[{color}m{text}\x1b[0m" if self._colored and text else text

    def _write(self, text: str) -> None:
        self._out.write(text + "\n")
        self._out.flush()


def _title(scenario: Scenario) -> str:
    ids = [tag for tag in scenario.effective_tags if tag.startswith("BOOK-")]
    return f"{ids[0]} {scenario.name}" if ids else str(scenario.name)


def _explain(scenario: Scenario) -> str:
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
