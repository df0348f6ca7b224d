"""An Allure formatter for behave in which no failure hides.

On top of allure-behave's, which shows failed hooks and clean-ups as passed or not at all and stumbles over `Rule:`.
Works alone in any behave project: `-f bookingflow.report.allure:AllureFormatter -o allure-results`.

- A scenario's result is written after its hooks and clean-ups, with behave's own verdict.
- What fails outside of scenarios (before_all, after_feature, a clean-up of the run, …) becomes a result of its own.
- At the end every scenario that ran has exactly one result with behave's verdict, or the run fails saying which differ.

Labels come from the feature files: the Feature is the feature, a Rule the story, and tags tell the rest:

    @ABC-001                an id of the scenario: begins its title, and its history outlives another name
    @blocker … @trivial     the severity
    @owner.name             the owner; @layer.name the layer
    @issue.N @regression.N  a link to an issue, if `AllureFormatter.issue_pattern` says where (userdata of behave.ini)

`AllureFormatter.epic` names the epic of all of them. An exception's own `allure_status` decides between failed, broken
and skipped; its `code`, a lower-case word, ends the result's message in brackets, for categories to hold on to.
"""

from __future__ import annotations

import json
import os
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import allure_commons
from allure_behave.formatter import AllureFormatter as StockFormatter
from allure_behave.listener import AllureListener as StockListener
from allure_behave.utils import (
    get_fullname,
    get_title_path,
    scenario_history_id,
    scenario_name,
    scenario_parameters,
    step_table,
)
from allure_commons.mapping import labels_set, parse_tag
from allure_commons.model2 import Label, Link, Parameter, Status, StatusDetails, TestResult, TestStepResult
from allure_commons.types import AttachmentType, LabelType, LinkType, Severity
from allure_commons.utils import format_traceback, md5, now, platform_label, uuid4
from behave.exception import ConfigError
from behave.model_type import Status as BehaveStatus
from behave.runner import Context, ModelRunner

SCENARIO_HOOKS = frozenset(
    {"before_scenario", "after_scenario", "before_step", "after_step", "before_tag", "after_tag"}
)
NOT_RUN = frozenset({BehaveStatus.untested, BehaveStatus.skipped, BehaveStatus.untested_pending})

ID_TAG = re.compile(r"[A-Z][A-Z0-9]*-\d+")
LABEL_TAGS = {"owner": "owner", "layer": "layer"}
ISSUE_TAGS = frozenset({"issue", "regression"})
CODE = re.compile(r"[a-z][a-z0-9_]*")
THE_RUN = "The run"
"""The feature of results that belong to no scenario."""

_active: list[AllureFormatter] = []


def results_folder() -> Path | None:
    """Where the active formatter writes; None without one."""
    return Path(_active[-1].stream_opener.name) if _active and not _active[-1].config.dry_run else None


def sanitize_with(sanitize: Callable[[str], str]) -> None:
    """From here on every text of a result goes through this on its way out."""
    for formatter in _active:
        formatter.sanitize = sanitize


@contextmanager
def result_of_the_run(name: str, story: str = "") -> Iterator[None]:
    """A result for what belongs to no scenario: what is attached meanwhile is its own, an exception fails it.

    The exception goes on; the hook that it leaves is not reported a second time for it.
    """
    if not _active:
        yield
        return
    with _active[-1].result_of_the_run(name, story):
        yield


def retitle_step(uuid: str, title: str) -> None:
    """Rename a step that is still open; nothing happens when no formatter is active or the step is closed."""
    for formatter in _active:
        step = formatter.listener.logger.get_item(uuid)
        if step is not None:
            step.name = title


@dataclass(frozen=True)
class Trouble:
    """A hook or clean-up that failed."""

    where: str
    error: BaseException


class Listener(StockListener):
    """The stock listener, with the labels and the hooks it leaves out."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.epic = str(config.userdata.get("AllureFormatter.epic", ""))
        self._history_ids: Counter[str] = Counter()

    def open_scenario(self, scenario: Any) -> TestResult:
        """Begin a scenario's result."""
        result = TestResult(uuid=uuid4(), start=now())
        own_id = next((tag for tag in scenario.tags if ID_TAG.fullmatch(tag)), None)
        result.name = f"{own_id} {_title(scenario)}" if own_id else _title(scenario)
        result.fullName = get_fullname(scenario)
        result.titlePath = get_title_path(scenario)
        result.parameters = scenario_parameters(scenario) or []
        result.historyId = self._history_id(scenario, own_id, result.parameters)
        result.testCaseId = md5(own_id or result.fullName)
        result.description = "\n".join(scenario.description)
        parsed = [self._parsed(tag) for tag in scenario.effective_tags]
        result.links.extend(item for item in parsed if isinstance(item, Link))
        severity = [Label(name=LabelType.SEVERITY, value=Severity.NORMAL)]
        result.labels.extend(labels_set(severity + [item for item in parsed if isinstance(item, Label)]))
        if own_id:
            result.labels.append(Label(name=LabelType.ID, value=own_id))
        result.labels.extend(self.run_labels(scenario.feature.name, _rule_of(scenario)))
        self.current_scenario_uuid = result.uuid
        self.logger.schedule_test(result.uuid, result)
        return result

    def _history_id(self, scenario: Any, own_id: str | None, parameters: list[Parameter]) -> str:
        """What Allure recognises a scenario by, from run to run; never the same for two of one run, for Allure would
        show them as one that was tried again, and hide the first."""
        if own_id:
            known = str(md5(own_id, *(f"{parameter.name}={parameter.value}" for parameter in parameters)))
        else:
            known = str(scenario_history_id(scenario))
        self._history_ids[known] += 1
        return known if self._history_ids[known] == 1 else str(md5(known, str(self._history_ids[known])))

    def _parsed(self, tag: str) -> Label | Link:
        kind, _, value = tag.partition(".")
        if value and kind in LABEL_TAGS:
            return Label(name=LABEL_TAGS[kind], value=value)
        if value and kind in ISSUE_TAGS and self.issue_pattern:
            return Link(type=LinkType.ISSUE, url=self.issue_pattern.format(value), name=f"{kind} {value}")
        parsed: Label | Link = parse_tag(tag, issue_pattern=self.issue_pattern, link_pattern=self.link_pattern)
        return parsed

    def run_labels(self, feature: str, story: str = "") -> list[Label]:
        """What Allure groups by: what a result is about, where and how it came to be."""
        labels = [
            (LabelType.EPIC, self.epic),
            (LabelType.FEATURE, feature),
            (LabelType.STORY, story),
            (LabelType.FRAMEWORK, "behave"),
            (LabelType.LANGUAGE, platform_label()),
            (LabelType.HOST, socket.gethostname()),
            (LabelType.THREAD, f"{os.getpid()}-{threading.current_thread().name}"),
        ]
        return [Label(name=name, value=value) for name, value in labels if value]

    def close_scenario(self, result: TestResult, sanitize: Callable[[str], str]) -> None:
        """Write a scenario's result."""
        result.stop = now()
        _sanitize_texts(result, sanitize)
        self.logger.close_test(result.uuid)
        self.current_scenario_uuid = None

    @allure_commons.hookimpl
    def stop_step(self, uuid: str, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:  # noqa: ARG002 - Allure's signature
        status, details = (Status.PASSED, None) if exc_val is None else _outcome(exc_val)
        self.logger.stop_step(uuid, stop=now(), status=status, statusDetails=details)

    @allure_commons.hookimpl
    def attach_data(self, body: Any, name: str, attachment_type: Any, extension: str | None) -> None:
        if self.logger.get_test(None) is None:
            self.global_attach_data(body, name, attachment_type, extension)
        else:
            super().attach_data(body, name, attachment_type, extension)

    @allure_commons.hookimpl
    def attach_file(self, source: Any, name: str, attachment_type: Any, extension: str | None) -> None:
        if self.logger.get_test(None) is None:
            self.global_attach_file(source, name, attachment_type, extension)
        else:
            super().attach_file(source, name, attachment_type, extension)

    @allure_commons.hookimpl
    def add_title(self, test_title: str) -> None:
        test = self.logger.get_test(None)
        if test is not None:
            test.name = test_title

    @allure_commons.hookimpl
    def add_label(self, label_type: str, labels: tuple[str, ...]) -> None:
        test = self.logger.get_test(None)
        if test is not None:
            if label_type in {LabelType.SEVERITY, LabelType.FEATURE, LabelType.EPIC, LabelType.STORY}:
                test.labels = [label for label in test.labels if label.name != label_type]
            test.labels.extend(Label(name=label_type, value=value) for value in labels)

    @allure_commons.hookimpl
    def add_parameter(self, name: str, value: Any, excluded: bool | None, mode: Any) -> None:
        test = self.logger.get_test(None)
        if test is not None:
            shown = None if mode is None else mode.value
            test.parameters.append(Parameter(name=name, value=str(value), excluded=excluded, mode=shown))


class AllureFormatter(StockFormatter):
    """Writes one truthful result a scenario."""

    name = "allure"
    description = "Allure results in which no failure hides"

    def __init__(self, stream_opener: Any, config: Any) -> None:
        if _active:
            raise ConfigError("The Allure formatter is given twice (command line and behave.ini?); give it once.")
        try:
            super().__init__(stream_opener, config)
        except OSError as error:
            raise ConfigError(
                f"The folder for Allure results can't be made: {stream_opener.name} ({error})."
            ) from error
        allure_commons.plugin_manager.unregister(self.listener)
        self.listener: Listener = Listener(config)
        if config.dry_run:
            allure_commons.plugin_manager.unregister(self.file_logger)
        allure_commons.plugin_manager.register(self.listener)
        self._scenario: Any = None
        self._open_steps: dict[int, str] = {}
        self._shown_steps: set[int] = set()
        self._trouble: list[Trouble] = []
        self._features: list[Any] = []
        self._results: dict[int, list[str]] = {}
        self._own_results = 0
        self._feature_name = ""
        self._unfinished = ""
        self._cut_off = False
        self._told_errors: list[BaseException] = []
        self.sanitize: Callable[[str], str] = str
        self._undo = _watch_hooks(self._hook_failed)
        _active.append(self)

    # -- behave's events ---------------------------------------------------------------------------------------

    def uri(self, uri: str) -> None:
        pass

    def feature(self, feature: Any) -> None:
        if not self._features and not self.config.dry_run:
            self._write_unfinished()
        self._feature_name = feature.name
        self._features.append(feature)
        for scenario in feature.walk_scenarios():
            scenario.run = self._wrapped(scenario, scenario.run)

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
        pass

    def close(self) -> None:
        try:
            if not self.config.dry_run:
                self._end_run()
        finally:
            self._undo()
            _active.remove(self)
            super().close()

    # -- scenarios ---------------------------------------------------------------------------------------------

    def _wrapped(self, scenario: Any, run: Callable[[Any], bool]) -> Callable[[Any], bool]:
        def run_and_report(runner: Any) -> bool:
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
            self.listener.logger.drop_test(result.uuid)
            return
        for step in scenario.all_steps:
            if id(step) in self._open_steps:
                self._close_step(step)
            elif id(step) not in self._shown_steps:
                self._open_step(step)
                self._close_step(step)
        result.status, result.statusDetails = self._judge(scenario, interrupted)
        self.listener.close_scenario(result, self.sanitize)
        self._results.setdefault(id(scenario), []).append(result.uuid)

    def _worth_showing(self, scenario: Any) -> bool:
        """Scenarios nobody asked for stay out; those skipped or left out at run time are shown."""
        if scenario.skip_reason or self._trouble:
            return True
        asked = scenario.should_run_with_tags(self.config.tag_expression) and scenario.should_run_with_name_select(
            self.config
        )
        return scenario.status != BehaveStatus.skipped and bool(asked)

    def _judge(self, scenario: Any, interrupted: BaseException | None) -> tuple[str, StatusDetails | None]:
        """The scenario's verdict: the first bad step decides, then hooks and clean-ups; behave's has the last word."""
        bad = next((step for step in scenario.all_steps if _is_bad(step.status)), None)
        told = [_told(item) for item in self._trouble]
        if bad is not None:
            status, details = _step_outcome(bad)
            message = "\n".join([details.message if details else str(bad.status.name), *told])
            trace = details.trace if details else None
            return status, StatusDetails(message=_coded(message, bad.exception), trace=trace)
        error = self._trouble[0].error if self._trouble else interrupted
        if error is not None:
            message = "\n".join(told) or f"interrupted: {type(error).__name__}"
            return status_of(error), StatusDetails(message=_coded(message, error), trace=_trace(error))
        if scenario.status == BehaveStatus.passed:
            return Status.PASSED, None
        if scenario.status in NOT_RUN:
            reason = scenario.skip_reason or "not run: the run ended before its turn"
            return Status.SKIPPED, StatusDetails(message=str(reason))
        return Status.BROKEN, StatusDetails(message=str(scenario.error_message or scenario.status.name))

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
            text = self.sanitize(step.text)
            self.listener.logger.attach_data(uuid4(), text, name="text", attachment_type=AttachmentType.TEXT)
        if step.table:
            csv = self.sanitize(step_table(step))
            self.listener.logger.attach_data(uuid4(), csv, name="table", attachment_type=AttachmentType.CSV)

    def _close_step(self, step: Any) -> None:
        status, details = _step_outcome(step)
        uuid = self._open_steps.pop(id(step))
        self.listener.logger.stop_step(uuid, stop=now(), status=status, statusDetails=details)

    # -- hooks, clean-ups, the run -----------------------------------------------------------------------------

    def _hook_failed(self, where: str, error: BaseException, *, of_scenario: bool) -> None:
        trouble = Trouble(where, error)
        met = error.exceptions if isinstance(error, BaseExceptionGroup) else [error]
        if all(any(item is told for told in self._told_errors) for item in met):
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
        message = _coded(_told(trouble), trouble.error)
        result.statusDetails = StatusDetails(message=message, trace=_trace(trouble.error))
        result.stop = now()
        self._own_results += 1
        _sanitize_texts(result, self.sanitize)
        self.file_logger.report_result(result)

    def _write_unfinished(self) -> None:
        """A result that says that what is shown is not all: it goes when the run has come to its end."""
        result = self._own_result("The run came to its end", THE_RUN, "")
        result.status = Status.BROKEN
        result.statusDetails = StatusDetails(message="The run was cut off, or goes on: what is shown here is not all.")
        result.stop = now()
        self.file_logger.report_result(result)
        self._unfinished = result.uuid

    def _own_result(self, name: str, feature: str, story: str) -> TestResult:
        result = TestResult(uuid=uuid4(), start=now(), name=name)
        result.fullName = f"{feature}: {name}"
        result.historyId = result.testCaseId = md5(result.fullName)
        result.titlePath = [feature]
        result.labels.extend(self.listener.run_labels(feature, story))
        return result

    @contextmanager
    def result_of_the_run(self, name: str, story: str) -> Iterator[None]:
        """See the function of this name."""
        result = self._own_result(name, THE_RUN, story)
        self.listener.logger.schedule_test(result.uuid, result)
        result.status = Status.PASSED
        try:
            yield
        except BaseException as error:
            result.status, result.statusDetails = _outcome(error)
            result.statusDetails.message = _coded(result.statusDetails.message, error)
            self._told_errors.append(error)
            raise
        finally:
            self.listener.close_scenario(result, self.sanitize)

    def _end_run(self) -> None:
        written = _results_in(Path(self.stream_opener.name))
        if self._unfinished in written and not self._cut_off:
            written[self._unfinished].path.unlink()
        if not self._results and not self._own_results:
            self._write_own(Trouble("nothing ran", RuntimeError("no scenario was selected")), THE_RUN)
        differing = list(self._differing({uuid: result.status for uuid, result in written.items()}))
        if differing:
            raise ConfigError(f"The Allure report differs from behave's verdicts: {'; '.join(differing)}")

    def _differing(self, statuses: Mapping[str, str]) -> Iterator[str]:
        """The scenarios that ran and whose one result, as it lies in the folder, does not say what behave says."""
        for scenario in (scenario for feature in self._features for scenario in feature.walk_scenarios()):
            reported = [statuses.get(uuid) for uuid in self._results.get(id(scenario), ())]
            named = f"{scenario.location} {scenario.name}: behave says {scenario.status.name}, the report "
            if len(reported) > 1:
                yield f"{named}has {len(reported)} results"
            elif not reported and scenario.status not in NOT_RUN:
                yield f"{named}has no result"
            elif self._cut_off and scenario.status in NOT_RUN:
                continue  # behave forgets the one that it was stopped in
            elif reported and reported[0] is None:
                yield f"{named}lost its result"
            elif reported and _report_family(str(reported[0])) != _family(scenario.status):
                yield f"{named}{reported[0]}"


@dataclass(frozen=True)
class Written:
    """A result that lies in the folder."""

    path: Path
    status: str


def _results_in(folder: Path) -> dict[str, Written]:
    """The results in the folder, by their uuids; what can't be read is none."""
    found = {}
    for path in folder.glob("*-result.json"):
        try:
            result = json.loads(path.read_bytes())
            found[str(result["uuid"])] = Written(path, str(result["status"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def _watch_hooks(failed: Callable[..., None]) -> Callable[[], None]:
    """Be told of failing hooks and clean-ups, which behave prints and forgets; returns what undoes the watching.

    behave hands formatters no runner, so its classes are wrapped while the formatter lives.
    """
    run_hook, do_cleanups = ModelRunner.run_hook, Context._do_cleanups

    def watched_run_hook(self: Any, hook_name: str, *args: Any) -> Any:
        hook = self.hooks.get(hook_name)
        if hook is None:
            return run_hook(self, hook_name, *args)

        def told(*hook_args: Any) -> Any:
            try:
                return hook(*hook_args)
            except BaseException as error:
                failed(hook_name, error, of_scenario=hook_name in SCENARIO_HOOKS)
                raise

        self.hooks[hook_name] = told
        try:
            return run_hook(self, hook_name, *args)
        finally:
            self.hooks[hook_name] = hook

    def watched_cleanups(self: Any) -> None:
        layer = self._stack[0].get("@layer") or "testrun"
        try:
            do_cleanups(self)
        except Exception as error:
            failed(f"clean-up of the {layer}", error, of_scenario=layer == "scenario")
            raise

    ModelRunner.run_hook, Context._do_cleanups = watched_run_hook, watched_cleanups

    def undo() -> None:
        ModelRunner.run_hook, Context._do_cleanups = run_hook, do_cleanups

    return undo


def status_of(error: BaseException) -> str:
    """Failed for assertions, broken for the rest; an exception's own `allure_status` wins."""
    own = getattr(error, "allure_status", None)
    if own in {Status.FAILED, Status.BROKEN, Status.SKIPPED}:
        return str(own)
    return str(Status.FAILED if isinstance(error, AssertionError) else Status.BROKEN)


def _told(trouble: Trouble) -> str:
    text = str(trouble.error)
    if not isinstance(trouble.error, AssertionError):
        text = f"{type(trouble.error).__name__}: {text}"
    return f"{trouble.where} failed: {text}"


def _outcome(error: BaseException) -> tuple[str, StatusDetails]:
    message = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
    return status_of(error), StatusDetails(message=message, trace=_trace(error))


def _trace(error: BaseException) -> str | None:
    """Where in the code; of no use to anybody where a code says that the sentence explains it all."""
    return None if _code_of(error) else str(format_traceback(error.__traceback__) or "")


def _code_of(error: BaseException | None) -> str | None:
    code = getattr(error, "code", None)
    return code if isinstance(code, str) and CODE.fullmatch(code) else None


def _coded(message: str, error: BaseException | None) -> str:
    """The message with the error's code at its end, one code at most, where categories look for it."""
    code = _code_of(error)
    return message if code is None else f"{message}{chr(10) if chr(10) in message else ' '}[{code}]"


def _title(scenario: Any) -> str:
    """The scenario's name, for a row of an outline without behave's numbers, but telling which row it is."""
    title, row = str(scenario_name(scenario)).split(" -- @")[0], scenario._row
    if row is None or any(cell in title for cell in row.cells):
        return title
    return f"{title} ({', '.join(row.cells)})"


def _rule_of(scenario: Any) -> str:
    """The Rule that a scenario, or the outline it comes from, stands under."""
    while scenario is not None and scenario.type != "rule":
        scenario = getattr(scenario, "parent", None)
    return str(scenario.name) if scenario is not None else ""


def _sanitize_texts(item: Any, sanitize: Callable[[str], str]) -> None:
    """Whatever people read of a result and its steps."""
    item.name = sanitize(item.name or "")
    for details in filter(None, [item.statusDetails]):
        details.message, details.trace = (text and sanitize(text) for text in (details.message, details.trace))
    for parameter in item.parameters or ():
        parameter.value = sanitize(str(parameter.value))
    for step in item.steps:
        _sanitize_texts(step, sanitize)


def _is_bad(status: BehaveStatus) -> bool:
    return status not in NOT_RUN | {BehaveStatus.passed}


def _step_outcome(step: Any) -> tuple[str, StatusDetails | None]:
    if step.status == BehaveStatus.passed:
        return Status.PASSED, None
    if step.status in NOT_RUN:
        return Status.SKIPPED, None
    if step.exception is not None:
        return _outcome(step.exception)
    if step.status == BehaveStatus.undefined:
        return Status.BROKEN, StatusDetails(message=f"No step definition fits: {step.keyword} {step.name}")
    return Status.BROKEN, StatusDetails(message=str(step.error_message or step.status.name))


def _family(status: BehaveStatus) -> str:
    return "passed" if status == BehaveStatus.passed else "skipped" if status in NOT_RUN else "bad"


def _report_family(status: str) -> str:
    return status if status in {Status.PASSED, Status.SKIPPED} else "bad"
