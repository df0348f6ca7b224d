"""What behave knows of a scenario at its end, as the result that every view shows."""

from __future__ import annotations

import functools
import os
import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from behave.model_type import Status as BehaveStatus

from bookingflow.core.errors import NotJudged, SuiteError, Verdict
from bookingflow.core.failures import failure_of
from bookingflow.core.known_breaches import PREFIX as KNOWN
from bookingflow.core.patterns import pattern
from bookingflow.core.scenario_ids import id_among
from bookingflow.report.allure import numbered, repetition_of, rule_of, title_of
from bookingflow.report.reasons import OF_THE_MACHINE, WRONG_FILE, of_a_file, of_the_machine, of_the_suite, place_of
from bookingflow.report.summary import ScenarioResult, Status

NOT_REACHED = frozenset({BehaveStatus.untested, BehaveStatus.untested_pending, BehaveStatus.untested_undefined})
NOT_TRIED = "not tried"
"""How the reason of a scenario begins that was given up beforehand."""
SEVERITIES = ("blocker", "critical", "normal", "minor", "trivial")
SECRET_SETTING = pattern(r"token|database|url|command|email|phone|header|key|cert|hook")
"""Settings whose values stay out of sight."""
MOST_LOCATIONS = 10
"""Scenarios that a command names one by one; more of them are those that failed last."""


@dataclass(frozen=True)
class Problem:
    """What ended a scenario, or was met beside them, taken from the exception that said so."""

    status: Status
    code: str
    sentence: str
    who_can_act: str
    codes: tuple[str, ...] = ()
    """Those of all breaches, `code` among them."""

    @property
    def title(self) -> str:
        """The constant title of its code."""
        return failure_of(self.code).title

    @classmethod
    def of(cls, error: BaseException | None, noted: str) -> Problem:
        """Read the exception, or what behave noted where it kept none."""
        if isinstance(error, KeyboardInterrupt):
            error = NotJudged("The run was stopped here", code="cut_off")
        broken = isinstance(error, AssertionError) and not isinstance(error, NotJudged)
        status: Status = "failed" if broken else "error"
        if isinstance(error, Verdict | SuiteError):
            codes = error.codes if isinstance(error, Verdict) else (error.code,)
            return cls(status, error.code, str(error), error.who_can_act, codes)
        code = "suite_defect"
        sentence = str(error) if broken else noted.strip()
        if error is not None and (limit := of_the_machine(error)):
            code, sentence = OF_THE_MACHINE, limit
        elif isinstance(error, OSError) and error.filename:
            code, sentence = WRONG_FILE, of_a_file(error)
        elif error is not None and not broken:
            sentence = of_the_suite(error)
        elif error is not None and not sentence:
            sentence = f"An assertion failed ({place_of(error)})."
        return cls(status, code, sentence, failure_of(code).who_can_act, (code,))


def problems_of(scenario: Any) -> list[Problem]:
    """What went wrong: in its first step that did, then in a hook, if that is another thing; empty when nothing did."""
    if scenario.status == BehaveStatus.passed or scenario.status in NOT_REACHED:
        return []
    found = []
    step = next((step for step in scenario.all_steps if step.status.has_failed()), None)
    if step is not None and step.status in {BehaveStatus.undefined, BehaveStatus.pending}:
        sentence = f"No step definition fits: {step.keyword} {step.name}"
        found.append(Problem("error", "undefined_step", sentence, failure_of("undefined_step").who_can_act))
    elif step is not None:
        found.append(Problem.of(step.exception, str(step.error_message or step.status.name)))
    hook_failed = scenario.status in {BehaveStatus.hook_error, BehaveStatus.cleanup_error}
    if not found or (hook_failed and scenario.exception is not None):
        noted = str(scenario.error_message or "a hook or clean-up failed")
        of_hook = Problem.of(scenario.exception, noted)
        said = any(of_hook.status == one.status and of_hook.sentence in one.sentence for one in found)
        found += [of_hook] if scenario.status.has_failed() and not said else []
    return found


def status_of(scenario: Any, problems: Sequence[Problem]) -> Status:
    """The scenario's status in every view."""
    if problems:
        return "failed" if any(problem.status == "failed" for problem in problems) else "error"
    if scenario.status == BehaveStatus.passed:
        return "passed"
    if scenario.status in NOT_REACHED:
        return "not_run"
    reason = str(scenario.skip_reason or "")
    return "known" if reason.startswith(KNOWN) else "not_tried" if reason.lower().startswith(NOT_TRIED) else "skipped"


def result_of(scenario: Any, defines: str = "", correlation_ids: Iterable[str] = ()) -> ScenarioResult:
    """The scenario's result. `defines` are the options to repeat; the last failure is the worst one."""
    problems = problems_of(scenario)
    status = status_of(scenario, problems)
    worst = next((problem for problem in problems if problem.status == status), None)
    reason = str(scenario.skip_reason or "") or None
    known = reason.removeprefix(f"{KNOWN}: ").partition(" — ")[0] if reason and status == "known" else None
    return ScenarioResult(
        id=scenario_id(scenario),
        name=title_of(scenario),
        repetition=repetition_of(scenario),
        feature=str(scenario.feature.name),
        rule=rule_of(scenario),
        location=location_of(scenario),
        status=status,
        code=worst.code if worst else None,
        codes=worst.codes if worst else (),
        title=worst.title if worst else None,
        sentence="\n".join(problem.sentence for problem in problems) if problems else reason,
        who_can_act=worst.who_can_act if worst else None,
        duration_ms=round(scenario.duration * 1000, 1),
        again=again(location_of(scenario), defines, repetition_of(scenario)),
        correlation_ids=tuple(correlation_ids),
        known=known,
    )


def reason_not_tried(result: ScenarioResult) -> str:
    """Why a scenario was given up beforehand, without the words that say so."""
    said = result.sentence or ""
    return said[len(NOT_TRIED) :].lstrip(": ") if said.lower().startswith(NOT_TRIED) else said


def asked_for(scenario: Any, config: Any) -> bool:
    """Whether this run was to run it: it was selected, or skipped with a reason."""
    if scenario.status == BehaveStatus.skipped:
        return bool(scenario.skip_reason)
    return scenario.status not in NOT_REACHED or bool(scenario.should_run(config))


def counts(results: Iterable[ScenarioResult]) -> dict[Status, int]:
    """How many there are of each status."""
    return dict(Counter(result.status for result in results))


def scenario_id(scenario: Any) -> str:
    """Its stable id; empty without one."""
    return id_among(scenario.effective_tags) or ""


def promise_of(scenario: Any) -> str:
    """Its id and name, the same in all repetitions."""
    return f"{scenario_id(scenario)} {title_of(scenario)}".strip()


def label_of(scenario: Any) -> str:
    """Its id and name, with the number of its repetition, as every view shows them."""
    return numbered(promise_of(scenario), repetition_of(scenario))


def severity_of(scenario: Any) -> str:
    """How much hangs on it, by its tags."""
    return next((tag for tag in scenario.effective_tags if tag in SEVERITIES), "normal")


def owner_of(scenario: Any) -> str:
    """Who owns it, by its tags; empty when nobody does."""
    return next((tag.partition(".")[2] for tag in scenario.effective_tags if tag.startswith("owner.")), "")


def location_of(scenario: Any) -> str:
    """File and line, from the folder where one stands."""
    return f"{_from(os.getcwd(), scenario.location.filename)}:{scenario.location.line}"


@functools.lru_cache(maxsize=128)
def _from(folder: str, path: str) -> str:
    return os.path.relpath(path, folder)


def again(locations: str, defines: str = "", repetition: int | None = None) -> str:
    """The command that runs these once more; of a repetition the very one, whose seed is among the options."""
    program = _program("behave") if repetition is None else f"{_program('bookingflow')} run --repetition {repetition}"
    return f"{program}{defines} {locations}"


def again_together(results: Sequence[ScenarioResult]) -> str:
    """One command that runs all of these once more; where they are of several repetitions, those of the first one."""
    results = [result for result in results if result.repetition == results[0].repetition]
    program = results[0].again.removesuffix(results[0].location).rstrip()
    if len(results) > MOST_LOCATIONS:
        return f"{program} -D last_failed=true"
    return f"{program} {' '.join(shlex.quote(place) for place in dict.fromkeys(result.location for result in results))}"


def shown_defines(defined: Mapping[str, str]) -> str:
    """The -D options of this run, but for what must not be shown."""
    shown = {name: value for name, value in defined.items() if not SECRET_SETTING.search(name)}
    return "".join(f" -D {shlex.quote(f'{name}={value}')}" for name, value in shown.items())


def _program(name: str) -> str:
    """How a program of this environment is started here, from the folder where one stands."""
    here = Path(sys.prefix)
    return f"{here.relative_to(Path.cwd())}/bin/{name}" if here.is_relative_to(Path.cwd()) else name
