"""The formatter: behave's events in, one truthful result a scenario out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import allure_commons
from allure_behave.formatter import AllureFormatter as StockFormatter
from allure_behave.utils import get_fullname, step_table
from allure_commons.model2 import ExecutableItem, Label, Status, StatusDetails, TestResult, TestStepResult
from allure_commons.types import AttachmentType, LabelType, Severity
from allure_commons.utils import md5, now, uuid4
from behave.exception import ConfigError
from behave.model_type import Status as BehaveStatus

from bookingflow.report.allure.files import THE_RUN, UNFINISHED, ResultFiles, lost_results, note_state
from bookingflow.report.allure.hooks import watch_hooks
from bookingflow.report.allure.listener import Listener, sanitize_texts
from bookingflow.report.allure.outcomes import (
    CAUSE,
    NOT_RUN,
    WHO_CAN_ACT,
    Trouble,
    cause_labels,
    code_of,
    is_bad,
    outcome_of,
    status_of,
    step_outcome,
    trace_of,
    with_code,
)
from bookingflow.report.allure.reconciling import ScenarioEnd, differing, results_in
from bookingflow.report.allure.testplan import NOT_PLANNED, read_test_plan

CUT_OFF = "The run was cut off"
NO = frozenset({"false", "no", "off", "0"})

_active: list[AllureFormatter] = []


def results_folder() -> Path | None:
    """The folder that the active formatter writes to; None without one."""
    return Path(_active[-1].stream_opener.name) if _active and not _active[-1].config.dry_run else None


def sanitize_with(sanitize: Callable[[str], str]) -> None:
    """Send every text of a result through this from here on."""
    for formatter in _active:
        formatter.listener.sanitize = sanitize


@contextmanager
def result_of_the_run(name: str, story: str = "", severity: str = Severity.NORMAL) -> Iterator[None]:
    """A result for what belongs to no scenario, where it ends with an exception; what holds leaves none.

    Nor does what a scenario failed with already, by its code. The exception goes on; the hook that it leaves is not
    reported a second time for it.
    """
    if not _active:
        yield
        return
    with _active[-1].result_of_the_run(name, story, severity):
        yield


def note_cut_off(message: str, who_can_act: str = "") -> None:
    """The run is ending early: its results will say so, in these words."""
    for formatter in _active:
        formatter.cut_off_message, formatter.who_can_go_on = message, who_can_act


def count_own_result() -> None:
    """Somebody else wrote a result for the run: nobody has to say that nothing ran."""
    for formatter in _active:
        formatter.own_results += 1


def leave_to_parent() -> None:
    """In a fork: the formatter that is open is the parent's, and this process may have one of its own."""
    while _active:
        _active[-1].detach()


def add_steps(steps: Sequence[TestStepResult]) -> None:
    """Put these finished steps into what is open: a step, a hook, a scenario; without any they are dropped."""
    for formatter in _active:
        parent = formatter.listener.logger.get_last_item(ExecutableItem)
        if parent is not None:
            parent.steps.extend(steps)


class AllureFormatter(StockFormatter):
    """Writes one truthful result a scenario."""

    name = "allure"
    description = "Allure results in which no failure hides"

    def __init__(self, stream_opener: Any, config: Any) -> None:
        if _active:
            raise ConfigError("The Allure formatter is given twice (command line and behave.ini?); give it once.")
        named = [(config.more_formatters or {}).get(name, name) for name in config.format or ()]
        if any(name.startswith("allure_behave.") for name in named):
            raise ConfigError(
                "allure_behave's formatter is given beside the Allure formatter (behave.ini?), which writes the same "
                "results: leave it out."
            )
        if not stream_opener.name:
            raise ConfigError(
                "The Allure formatter writes into a folder: name it, for instance with -o allure-results."
            )
        self.plan = read_test_plan()
        try:
            super().__init__(stream_opener, config)
        except OSError as error:
            raise ConfigError(
                f"The folder for Allure results can't be made: {stream_opener.name} ({error})."
            ) from error
        allure_commons.plugin_manager.unregister(self.listener)
        allure_commons.plugin_manager.unregister(self.file_logger)
        self.listener: Listener = Listener(config)
        self.file_logger: ResultFiles = ResultFiles(stream_opener.name)
        if not config.dry_run:
            allure_commons.plugin_manager.register(self.file_logger)
        allure_commons.plugin_manager.register(self.listener)
        self._scenario: Any = None
        self._open_steps: dict[int, str] = {}
        self._shown_steps: set[int] = set()
        self._trouble: list[Trouble] = []
        self._begun = False
        """Whether a feature has begun."""
        self._open: list[Any] = []
        """Features that have begun and are not over: one, unless a run is cut off in it."""
        self._over: list[ScenarioEnd] = []
        """How the scenarios ended that are over; they may run once more, as other results."""
        self._results: dict[int, list[str]] = {}
        """The results of the open features' scenarios, by uuid."""
        self.own_results = 0
        self._feature_name = ""
        self._state: str | None = UNFINISHED
        self._cut_off = False
        self.cut_off_message = self.who_can_go_on = ""
        self._reported_errors: list[BaseException] = []
        self._codes: set[str | None] = set()
        """Of the errors that scenarios failed with."""
        userdata = config.userdata
        self._hides_excluded = str(userdata.get("AllureFormatter.hide_excluded", "true")).lower() not in NO
        self._shows_every_hook = userdata.get("AllureFormatter.hooks", "all") != "decorated"
        self._undo = watch_hooks(self)
        _active.append(self)

    # -- behave's events ---------------------------------------------------------------------------------------

    def uri(self, uri: str) -> None:
        pass

    def feature(self, feature: Any) -> None:
        if not self._begun and not self.config.dry_run:
            self._state = self._note_state(UNFINISHED)
        self._begun = True
        self._feature_name = feature.name
        self._open.append(feature)
        self.listener.fixtures.enter("feature")
        for scenario in feature.walk_scenarios():
            if not self._planned(scenario):
                scenario.skip(reason=None if self._hides_excluded else NOT_PLANNED)
            if not self._hides_excluded or (self._asked_for(scenario) and self._planned(scenario)):
                scenario.run = self._wrapped(scenario, scenario.run)

    def rule(self, rule: Any) -> None:  # noqa: ARG002 - behave's signature
        self.listener.fixtures.enter("rule")

    def rule_finished(self) -> None:
        self.listener.fixtures.leave("rule")

    def step(self, step: Any) -> None:
        pass

    def match(self, match: Any) -> None:  # noqa: ARG002 - behave's signature
        step = self._next_step()
        if step is not None:
            self._open_step(step)

    def result(self, step: Any) -> None:
        if self._scenario is not None:
            if id(step) not in self._open_steps:
                self._open_step(step)
            self._close_step(step)

    def eof(self) -> None:
        self.listener.fixtures.leave("feature")
        self._settle()

    def close(self) -> None:
        try:
            if not self.config.dry_run:
                self._end_run()
        finally:
            self.detach()

    def detach(self) -> None:
        """Hear of nothing any more, and write nothing."""
        self._undo()
        _active.remove(self)
        super().close()

    # -- scenarios ---------------------------------------------------------------------------------------------

    def _wrapped(self, scenario: Any, run: Callable[[Any], bool]) -> Callable[[Any], bool]:
        def run_and_report(runner: Any) -> bool:
            scenario.run = run  # a runner may let it run once more
            result = self.listener.open_scenario(scenario)
            self._scenario, self._trouble = scenario, []
            self._open_steps, self._shown_steps = {}, set()
            interrupted: BaseException | None = None
            try:
                return bool(run(runner))
            except BaseException as error:
                interrupted = error
                raise
            finally:
                self._finish(scenario, result, interrupted)
                self._scenario = None
                self._cut_off = self._cut_off or interrupted is not None or bool(getattr(runner, "aborted", False))

        return run_and_report

    def _finish(self, scenario: Any, result: TestResult, interrupted: BaseException | None) -> None:
        if self.config.dry_run or (scenario.status in NOT_RUN and not self._worth_showing(scenario)):
            self.listener.drop_scenario(result)
            return
        for step in scenario.all_steps:
            if id(step) in self._open_steps:
                self._close_step(step)
            elif id(step) not in self._shown_steps:
                self._open_step(step)
                self._close_step(step)
        result.status, result.statusDetails, error = self._judge(scenario, interrupted)
        result.labels.extend(cause_labels(error))
        self._codes.add(code_of(error))
        self.listener.close_scenario(result)
        self._results.setdefault(id(scenario), []).append(result.uuid)

    def _worth_showing(self, scenario: Any) -> bool:
        """Scenarios skipped with a reason or left out at run time are shown, unless the user hides what is skipped."""
        if scenario.status == BehaveStatus.skipped and not self.config.show_skipped:
            return False
        said = scenario.skip_reason or self._trouble or not self._hides_excluded
        return bool(said) or scenario.status != BehaveStatus.skipped

    def _planned(self, scenario: Any) -> bool:
        """Whether the test plan has it, if there is one."""
        return self.plan is None or self.plan.holds(self.listener.ids_of(scenario), get_fullname(scenario))

    def _asked_for(self, scenario: Any) -> bool:
        """Whether the run's selection has it; what nobody asked for has no result."""
        by_tags = scenario.should_run_with_tags(self.config.tag_expression)
        return bool(by_tags and scenario.should_run_with_name_select(self.config))

    def _judge(
        self, scenario: Any, interrupted: BaseException | None
    ) -> tuple[str, StatusDetails | None, BaseException | None]:
        """The scenario's verdict, and the error it comes from: the first bad step decides, then hooks and clean-ups.

        behave's own verdict has the last word.
        """
        bad = next((step for step in scenario.all_steps if is_bad(step.status)), None)
        failed_hooks = [item.sentence for item in self._trouble]
        if bad is not None:
            status, details = step_outcome(bad)
            if failed_hooks and details is not None:
                own = outcome_of(bad.exception)[1] if bad.exception else details
                message = with_code("\n".join([own.message, *failed_hooks]), bad.exception)
                details = StatusDetails(message=message, trace=own.trace)
            return status, details, bad.exception
        error = self._trouble[0].error if self._trouble else interrupted
        if error is not None:
            message = "\n".join(failed_hooks) or f"interrupted: {type(error).__name__}"
            return status_of(error), StatusDetails(message=with_code(message, error), trace=trace_of(error)), error
        if scenario.status == BehaveStatus.passed:
            return Status.PASSED, None, None
        if scenario.status in NOT_RUN:
            reason = scenario.skip_reason or "not run: the run ended before its turn"
            return Status.SKIPPED, StatusDetails(message=str(reason)), None
        return Status.BROKEN, StatusDetails(message=str(scenario.error_message or scenario.status.name)), None

    # -- steps -------------------------------------------------------------------------------------------------

    def _next_step(self) -> Any:
        if self._scenario is None:
            return None
        return next((step for step in self._scenario.all_steps if id(step) not in self._shown_steps), None)

    def _open_step(self, step: Any) -> None:
        uuid = uuid4()
        self._open_steps[id(step)] = uuid
        self._shown_steps.add(id(step))
        self.listener.logger.start_step(None, uuid, TestStepResult(name=f"{step.keyword} {step.name}", start=now()))
        if step.text:
            text = self.listener.sanitize(step.text)
            self.listener.logger.attach_data(uuid4(), text, name="text", attachment_type=AttachmentType.TEXT)
        if step.table:
            csv = self.listener.sanitize(step_table(step))
            self.listener.logger.attach_data(uuid4(), csv, name="table", attachment_type=AttachmentType.CSV)

    def _close_step(self, step: Any) -> None:
        status, details = step_outcome(step)
        uuid = self._open_steps.pop(id(step))
        self.listener.logger.stop_step(uuid, stop=now(), status=status, statusDetails=details)

    # -- hooks, clean-ups, the run -----------------------------------------------------------------------------

    def hook_starts(self, name: str, arguments: tuple[Any, ...]) -> str | None:
        """See `Watcher`."""
        if not self._shows_every_hook:
            return None
        uuid: str = uuid4()
        given = {str(number): argument for number, argument in enumerate(arguments)}
        self.listener.fixtures.start(uuid, name, given, mirrored=True)
        return uuid

    def hook_stops(self, shown: str, error: BaseException | None) -> None:
        """See `Watcher`."""
        self.listener.fixtures.stop(shown, error)

    def hook_failed(self, where: str, error: BaseException, *, of_scenario: bool) -> None:
        """See `Watcher`."""
        trouble = Trouble(where, error)
        met = error.exceptions if isinstance(error, BaseExceptionGroup) else [error]
        if all(any(item is reported for reported in self._reported_errors) for item in met):
            return
        if of_scenario and self._scenario is not None:
            self._trouble.append(trouble)
        elif not self.config.dry_run:
            of_run = where.endswith("_all") or "testrun" in where
            self._write_own(trouble, THE_RUN if of_run else self._feature_name)

    def _write_own(self, trouble: Trouble, feature: str) -> None:
        """A result of its own for a hook or clean-up that belongs to no scenario."""
        result = self._own_result(f"{trouble.where} (hook)", feature, "")
        result.status = status_of(trouble.error)
        message = with_code(trouble.sentence, trouble.error)
        result.statusDetails = StatusDetails(message=message, trace=trace_of(trouble.error))
        result.labels.extend(cause_labels(trouble.error))
        self._report_own(result)

    def _report_own(self, result: TestResult) -> None:
        result.stop = now()
        self.own_results += 1
        self.listener.fixtures.belongs(result.uuid)
        sanitize_texts(result, self.listener.sanitize)
        self.file_logger.report_result(result)

    def _write_cut_off(self) -> None:
        """A result that says that what is shown is not all."""
        result = self._own_result(CUT_OFF, THE_RUN, "")
        result.status = Status.BROKEN
        result.labels.append(Label(name=CAUSE, value=f"{CUT_OFF} [cut_off]"))
        if self.who_can_go_on:
            result.labels.append(Label(name=WHO_CAN_ACT, value=self.who_can_go_on))
        message = self.cut_off_message or "The run was cut off: what is shown here is not all."
        result.statusDetails = StatusDetails(message=f"{message} [cut_off]")
        self._report_own(result)

    def _note_state(self, state: str | None) -> str | None:
        with self.file_logger.losing():
            return note_state(Path(self.stream_opener.name), state)
        return None

    def _own_result(self, name: str, feature: str, story: str) -> TestResult:
        result = TestResult(uuid=uuid4(), start=now(), name=name)
        result.fullName = f"{feature}: {name}"
        result.historyId = result.testCaseId = md5(result.fullName)
        result.titlePath = [feature]
        result.labels.extend(self.listener.run_labels(feature, story))
        return result

    @contextmanager
    def result_of_the_run(self, name: str, story: str, severity: str) -> Iterator[None]:
        """See the function of this name."""
        result = self._own_result(name, THE_RUN, story)
        self.listener.logger.schedule_test(result.uuid, result)  # what is attached meanwhile stands in it
        try:
            yield
        except BaseException as error:
            result.labels.extend([Label(name=LabelType.SEVERITY, value=severity), *cause_labels(error)])
            result.status, result.statusDetails = outcome_of(error)
            result.statusDetails.message = with_code(result.statusDetails.message, error)
            self._reported_errors.append(error)
            if code_of(error) is None or code_of(error) not in self._codes:
                self._report_own(result)
            raise
        finally:
            self.listener.logger.drop_test(result.uuid)

    def _settle(self) -> None:
        """Keep how the scenarios of the open features ended, less those that nobody asked for."""
        for scenario in (scenario for feature in self._open for scenario in feature.walk_scenarios()):
            results = tuple(self._results.pop(id(scenario), ()))
            if results or scenario.status not in NOT_RUN:
                self._over.append(ScenarioEnd(scenario.location, scenario.name, scenario.status, results))
        self._open.clear()

    def _end_run(self) -> None:
        self.listener.fixtures.close()
        self._settle()
        written = results_in(Path(self.stream_opener.name))
        if self._state != UNFINISHED:  # noted before us, and ended by its own writer
            self._note_state(self._state)
        if self._cut_off or self.cut_off_message:
            self._write_cut_off()
        if not any(end.results for end in self._over) and not self.own_results:
            self._write_own(Trouble("nothing ran", RuntimeError("no scenario was selected")), THE_RUN)
        self.file_logger.demand_same_folder()
        if lost_results():
            return  # what is missing is known
        unlike = list(differing(self._over, written, cut_off=bool(self._cut_off)))
        if unlike:
            raise ConfigError(f"The Allure report differs from behave's verdicts: {'; '.join(unlike)}")
