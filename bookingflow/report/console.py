"""What people see in the terminal: a line a scenario, a live line while one waits, what is broken at the end."""

from __future__ import annotations

import contextlib
import datetime
import os
import sys
from collections.abc import Sequence
from typing import Any, TextIO

from behave.formatter.base import Formatter
from behave.model import Feature, Scenario

from bookingflow.core.events import EventStream
from bookingflow.core.text import for_terminal
from bookingflow.core.timing import Ticker
from bookingflow.report.allure import rule_of
from bookingflow.report.job_summary import error_commands, on_github
from bookingflow.report.repetitions import end_of, repetition_words
from bookingflow.report.run_end import RunEnd
from bookingflow.report.scenario_results import (
    NOT_REACHED,
    NOT_TRIED,
    asked_for,
    counts,
    reason_not_tried,
    result_of,
    shown_defines,
)
from bookingflow.report.summary import ScenarioResult, Summary, verdict_of
from bookingflow.report.terminal.end import end_lines, end_sentence, indented
from bookingflow.report.terminal.folding import folded_for, is_terminal
from bookingflow.report.terminal.progress_line import LiveLine
from bookingflow.report.terminal.stream import ConsoleStream

_SHOWN = {
    "passed": ("✓", "32"),
    "failed": ("✗", "31"),
    "error": ("!", "31"),
    "known": ("≈", "35"),
    "skipped": ("–", "33"),
    "not_tried": ("–", "33"),
    "not_run": ("–", "33"),
}
_OF_REPETITION = {
    "held": _SHOWN["passed"],
    "known": _SHOWN["known"],
    "failed": _SHOWN["failed"],
    "not judged": _SHOWN["error"],
}
REDRAWN_EVERY_S = 0.2
"""Often enough to look alive, seldom enough to cost nothing."""


class ConsoleFormatter(Formatter):
    """A behave formatter for people; a scenario's line is printed once its hooks and clean-ups are done.

    The end is printed by our runner, which knows more of it; under another one by the formatter itself.
    """

    name = "console"
    description = "A line a scenario, failures explained at the end"

    def __init__(self, stream_opener: Any, config: Any) -> None:
        super().__init__(stream_opener, config)
        self._out: TextIO = self.open()
        self._colored = colored(config, self._out)
        self._scenario: Scenario | None = None
        self._feature, self._rule = "", ""
        """Under whose headings the last line stands."""
        self._results: list[ScenarioResult] = []
        self._noted: set[str] = set()
        """Promises that were shown once and are not again."""
        self._reason = ""
        """Why the last scenario was not tried; said once while it stays the same."""
        self.prints_end = True
        """Whether nobody else does, who knows more of the run."""
        self.lists_scenarios = True
        """Whether each has its line; where they are repeated, each repetition has one."""
        self._live: LiveLine | None = None
        self._ticker: Ticker | None = None
        self._began = datetime.datetime.now(datetime.UTC)

    def attend(self, stream: EventStream) -> None:
        """Show what the stream tells while scenarios wait."""
        self._live = LiveLine(self._out, stream.clock, terminal=is_terminal(self._out))
        stream.subscribe(self._live)
        stream.subscribe_looks(self._live.looked)
        self._ticker = Ticker(self._live.tick, REDRAWN_EVERY_S)

    # -- behave's events ---------------------------------------------------------------------------------------

    def feature(self, feature: Feature) -> None:  # noqa: ARG002 - behave's signature
        self._finish_scenario()

    def rule(self, rule: Any) -> None:  # noqa: ARG002 - behave's signature
        self._finish_scenario()

    def scenario(self, scenario: Scenario) -> None:
        self._finish_scenario()
        self._scenario = scenario
        if self.lists_scenarios and not self.config.dry_run and scenario.should_run(self.config):
            self._head(str(scenario.feature.name), rule_of(scenario))

    def eof(self) -> None:
        self._finish_scenario()

    def close(self) -> None:
        self._finish_scenario()
        if self._ticker is not None:
            self._ticker.stop()
        if self._live is not None:
            self._live.clear()
        if self.prints_end and not self.config.dry_run:
            self._print_end()
        super().close()

    # -- printing ----------------------------------------------------------------------------------------------

    def _finish_scenario(self) -> None:
        scenario, self._scenario = self._scenario, None
        if scenario is None or self.config.dry_run or scenario.status in NOT_REACHED or not self.lists_scenarios:
            return
        if not asked_for(scenario, self.config):
            return
        self.show(result_of(scenario, shown_defines(dict(self.config.userdata_defines or ()))))

    def show(self, result: ScenarioResult) -> None:
        """Print how a scenario ended, under its headings."""
        self._head(result.feature, result.rule)
        self._results.append(result)
        self._line(result)

    def show_repetition(self, number: int, results: Sequence[ScenarioResult], *, width: int) -> None:
        """Print in one line how a repetition ended; `width` is that of the largest number.

        What is shown of a scenario that is not asked, or known to be broken, stands below its first repetition.
        """
        mark, color = _OF_REPETITION[end_of(result.status for result in results)]
        took = f"  {sum(result.duration_ms for result in results) / 1000:.2f} s"
        what = for_terminal(repetition_words(results))
        self._write(f"  {number:>{width}} {self._paint(mark, color)}{what and ' '}{what}{self._paint(took, '2')}")
        for result in results:
            if result.status in {"skipped", "known", "not_tried"} and result.promise not in self._noted:
                self._noted.add(result.promise)
                self._line(result)

    def _line(self, result: ScenarioResult) -> None:
        mark, color = _SHOWN[result.status]
        label = for_terminal(result.label)
        took = f"  {result.duration_ms / 1000:.2f} s" if result.status in {"passed", "failed", "error"} else ""
        self._write(f"  {self._paint(mark, color)} {label}{self._why(result)}{self._paint(took, '2')}")
        if result.status == "known":
            self._write(indented(result.sentence or "", "      "))

    def _why(self, result: ScenarioResult) -> str:
        """What stands behind a scenario that was not run; why none is tried any more stands there once."""
        if result.status == "not_tried":
            before, self._reason = self._reason, reason_not_tried(result)
            return f" — {NOT_TRIED}" + ("" if self._reason == before else f": {for_terminal(self._reason)}")
        return f" — skipped: {for_terminal(result.sentence or '')}" if result.status == "skipped" else ""

    def _head(self, feature: str, rule: str) -> None:
        """The headings that a scenario's line stands under, unless the last one stands there too."""
        if feature != self._feature:
            self._write(f"\n{self._paint(feature, '1')}")
        if rule and (feature, rule) != (self._feature, self._rule):
            self._write(f"  {rule}")
        self._feature, self._rule = feature, rule

    def _print_end(self) -> None:
        results = tuple(self._results)
        verdict, status = verdict_of(results, (), cut_off=False)
        summary = Summary(
            run_id="",
            verdict=verdict,
            exit_status=int(status),
            started_at=self._began.isoformat(),
            ended_at=datetime.datetime.now(datetime.UTC).isoformat(),
            suite="",
            scenarios=counts(results),
            results=results,
        )
        for line in end_lines(summary, paint=self._paint):
            self._write(line)

    def _paint(self, text: str, color: str) -> str:
        return painted(text, color) if self._colored else text

    def _write(self, text: str) -> None:
        if self._live is not None:
            self._live.clear()
        self._out.write(folded_for(self._out, text) + "\n")
        self._out.flush()


def print_end(end: RunEnd, config: Any, console: ConsoleStream, notes: Sequence[str] = ()) -> None:
    """Say what came out: on standard output in full, with the notes; on standard error in a line when not green.

    On GitHub Actions the failures are annotated.
    """
    summary = end.summary
    if summary is None:
        return
    if on_github(os.environ):
        for command in error_commands(summary):
            console.command(command)
    paint = painted if colored(config, console) else _unpainted
    if not end.nothing_again and (summary.reason is None or summary.results):
        for line in end_lines(summary, paint=paint, new=end.new, notes=notes):
            print(folded_for(console, line))
    if console.lost:
        say(f"Nothing more could be printed ({console.lost}); the results are in {end.folder / 'reports'}.")
    for name, why in end.lost.items():
        say(f"{name} could not be written: {why}.")
    say_end(end)


def say_end(end: RunEnd) -> None:
    """The line on standard error that a run which is not green ends with."""
    if end.summary is not None and end.summary.exit_status:
        say(end_sentence(end.summary, end.cut_off))


def say(sentence: str) -> None:
    """A line for people on standard error, where results on standard output don't hide it."""
    with contextlib.suppress(OSError, ValueError):
        print(folded_for(sys.stderr, sentence), file=sys.stderr, flush=True)


def colored(config: Any, out: Any) -> bool:
    """Whether to use colours: --color decides, then NO_COLOR, FORCE_COLOR, and whether it is a terminal that can."""
    if config.color in {"on", "always", "yes"} or config.color in {"off", "never", "no"}:
        return bool(config.has_colored_mode(out))
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in {"", "0", "false"}:
        return True
    return os.environ.get("TERM") != "dumb" and bool(config.has_colored_mode(out))


def painted(text: str, color: str) -> str:
    """The text in this colour."""
    return f"\x1b[{color}m{text}\x1b[0m" if text else text


def _unpainted(text: str, color: str) -> str:  # noqa: ARG001 - what `painted` takes
    return text
