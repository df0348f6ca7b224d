"""Allure's listener for scenarios, with the labels, links and hooks that allure-behave's leaves out."""

from __future__ import annotations

import os
import socket
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import allure_commons
from allure_behave.listener import AllureListener as StockListener
from allure_behave.utils import (
    get_fullname,
    get_title_path,
    scenario_history_id,
    scenario_name,
    scenario_parameters,
)
from allure_commons.mapping import labels_set, parse_tag
from allure_commons.model2 import ExecutableItem, Label, Link, Parameter, Status, TestResult
from allure_commons.types import LabelType, LinkType, Severity
from allure_commons.utils import md5, now, platform_label, uuid4

from bookingflow.report.allure.fixtures import Fixtures
from bookingflow.report.allure.outcomes import outcome_of, writable

LABEL_TAGS = {"owner": "owner", "layer": "layer"}
ISSUE_TAGS = frozenset({"issue", "regression"})


class Listener(StockListener):
    """The stock listener, with the labels and the hooks it leaves out."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.epic = str(config.userdata.get("AllureFormatter.epic", ""))
        self._history_ids: Counter[str] = Counter()
        self.sanitize: Callable[[str], str] = writable
        self.fixtures = Fixtures(self.logger, lambda item: sanitize_texts(item, self.sanitize))

    def open_scenario(self, scenario: Any) -> TestResult:
        """Begin a scenario's result."""
        result = TestResult(uuid=uuid4(), start=now())
        own_id = next((tag for tag in scenario.tags if _is_id(tag)), None)
        repetition = repetition_of(scenario)
        result.name = numbered(f"{own_id} {title_of(scenario)}" if own_id else title_of(scenario), repetition)
        result.fullName = get_fullname(scenario)
        result.titlePath = get_title_path(scenario)
        result.parameters = scenario_parameters(scenario) or []
        if repetition is not None:  # by its parameters Allure 3 tells results of one scenario from each other
            result.parameters.append(Parameter(name="repetition", value=str(repetition)))
        result.historyId = self._history_id(scenario, own_id, result.parameters)
        result.testCaseId = md5(own_id or result.fullName)
        result.description = "\n".join(scenario.description)
        parsed = [self._parsed(tag) for tag in scenario.effective_tags]
        result.links.extend(item for item in parsed if isinstance(item, Link))
        severity = [Label(name=LabelType.SEVERITY, value=Severity.NORMAL)]
        result.labels.extend(labels_set(severity + [item for item in parsed if isinstance(item, Label)]))
        if own_id:
            result.labels.append(Label(name=LabelType.ID, value=own_id))
        result.labels.extend(self.run_labels(scenario.feature.name, rule_of(scenario)))
        self.current_scenario_uuid = result.uuid
        self.fixtures.enter("scenario")
        self.logger.schedule_test(result.uuid, result)
        return result

    def _history_id(self, scenario: Any, own_id: str | None, parameters: list[Parameter]) -> str:
        """What Allure recognises a scenario by, from run to run; never the same for two of one run, for Allure would
        show them as one that was tried again, and hide the first."""
        if own_id:
            known = str(md5(own_id, *(f"{parameter.name}={parameter.value}" for parameter in parameters)))
        elif repetition_of(scenario) is not None:
            known = str(md5(scenario_history_id(scenario), f"repetition={repetition_of(scenario)}"))
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

    def close_scenario(self, result: TestResult) -> None:
        """Write a scenario's result, and its set-up and tear-down."""
        result.stop = now()
        sanitize_texts(result, self.sanitize)
        self.logger.close_test(result.uuid)
        self.fixtures.belongs(result.uuid)
        self.fixtures.leave("scenario")
        self.current_scenario_uuid = None

    def drop_scenario(self, result: TestResult) -> None:
        """Forget a scenario that nobody asked for."""
        self.logger.drop_test(result.uuid)
        self.fixtures.leave("scenario")

    def ids_of(self, scenario: Any) -> list[str]:
        """The ids by which a test plan may name it: its own, and the label `as_id`."""
        parsed = [self._parsed(tag) for tag in scenario.effective_tags]
        labels = [str(item.value) for item in parsed if isinstance(item, Label) and item.name == LabelType.ID]
        return [*labels, *(tag for tag in scenario.tags if _is_id(tag))]

    @allure_commons.hookimpl
    def start_fixture(self, uuid: str, name: str, parameters: Any) -> None:
        self.fixtures.start(uuid, name, dict(parameters or {}))

    @allure_commons.hookimpl
    def stop_fixture(self, uuid: str, exc_val: Any) -> None:
        self.fixtures.stop(uuid, exc_val)

    @allure_commons.hookimpl
    def stop_step(self, uuid: str, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:  # noqa: ARG002 - Allure's signature
        status, details = (Status.PASSED, None) if exc_val is None else outcome_of(exc_val)
        self.logger.stop_step(uuid, stop=now(), status=status, statusDetails=details)

    @allure_commons.hookimpl
    def attach_data(self, body: Any, name: str, attachment_type: Any, extension: str | None) -> None:
        body = writable(body) if isinstance(body, str) else body
        if self.logger.get_last_item(ExecutableItem) is None:
            self.global_attach_data(body, name, attachment_type, extension)
        else:
            super().attach_data(body, name, attachment_type, extension)

    @allure_commons.hookimpl
    def attach_file(self, source: Any, name: str, attachment_type: Any, extension: str | None) -> None:
        if self.logger.get_last_item(ExecutableItem) is None:
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


def title_of(scenario: Any) -> str:
    """The scenario's name, for a row of an outline without behave's numbers, but telling which row it is: no other
    row has the same.
    """
    title, row = _without_number(scenario), scenario._row
    if row is None or (any(cell in title for cell in row.cells) and not _is_shared(title, scenario)):
        return title
    return f"{title} ({', '.join(row.cells)})"


def _without_number(scenario: Any) -> str:
    return str(scenario_name(scenario)).split(" -- @")[0]


def _is_shared(title: str, scenario: Any) -> bool:
    """Whether several rows of the scenario's outline have this name."""
    rows = getattr(scenario.parent, "scenarios", ())
    return [_without_number(row) for row in rows].count(title) > 1


def repetition_of(scenario: Any) -> int | None:
    """The number of the repetition that runs now, where a runner that repeats scenarios says so in an attribute of
    this name; None where nothing is repeated.
    """
    number: int | None = getattr(scenario, "repetition", None)
    return number


def numbered(title: str, repetition: int | None) -> str:
    """The title with the number of its repetition, as every view shows it."""
    return title if repetition is None else f"{title} (repetition {repetition})"


def rule_of(scenario: Any) -> str:
    """The Rule that a scenario, or the outline it comes from, stands under."""
    while scenario is not None and scenario.type != "rule":
        scenario = getattr(scenario, "parent", None)
    return str(scenario.name) if scenario is not None else ""


def sanitize_texts(item: Any, sanitize: Callable[[str], str]) -> None:
    """Whatever people read of a result and its steps."""
    item.name = sanitize(item.name or "")
    for details in filter(None, [item.statusDetails]):
        details.message, details.trace = (text and sanitize(text) for text in (details.message, details.trace))
    for parameter in item.parameters or ():
        parameter.value = sanitize(str(parameter.value))
    for label in getattr(item, "labels", ()):
        label.value = sanitize(str(getattr(label.value, "value", label.value)))  # a severity is an enumeration
    for step in item.steps:
        sanitize_texts(step, sanitize)


def _is_id(tag: str) -> bool:
    """Whether a tag is an id such as ABC-001."""
    group, _, number = tag.partition("-")
    return tag.isascii() and group.isalnum() and group[0].isalpha() and group.isupper() and number.isdecimal()
