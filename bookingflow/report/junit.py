"""The run as JUnit XML, for CI systems that show nothing else: `reports/junit.xml`.

behave's own reporter (`--junit`) writes a file a feature, counts what nobody asked for as skipped, and knows neither
why a scenario was skipped nor what fails outside of scenarios; this is one file that tells what the report tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from behave.model_type import Status

from bookingflow.core.sanitizer import Sanitizer
from bookingflow.report.allure import status_of
from bookingflow.report.allure_environment import REPORT_NAME
from bookingflow.report.console import BAD, explain, title_of

THE_RUN, AS_A_WHOLE = "The run", "The run as a whole"


def write_junit(path: Path, scenarios: Iterable[Any], of_the_run: Sequence[Exception], sanitizer: Sanitizer) -> None:
    """Write it, sanitized: a suite for each feature, and one for the run with what its hooks met.

    A broken promise is a `failure`, everything else that went wrong an `error`; both have the code as their type.
    What was skipped, known breaches among it, has the reason as its message.
    """
    writer = _Writer(sanitizer)
    root = Element("testsuites", name=REPORT_NAME)
    for feature, members in groupby(scenarios, key=lambda scenario: scenario.feature):
        suite = SubElement(root, "testsuite", name=writer.text(feature.name))
        for scenario in members:
            writer.scenario(suite, feature.name, scenario)
    suite = SubElement(root, "testsuite", name=THE_RUN)
    for error in of_the_run:
        writer.problem(writer.case(suite, THE_RUN, AS_A_WHOLE, 0.0), error, str(error))
    if not of_the_run:
        writer.case(suite, THE_RUN, AS_A_WHOLE, 0.0)
    _count(root)
    indent(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


class _Writer:
    """Adds cases to suites; the one way for a text into the file."""

    def __init__(self, sanitizer: Sanitizer) -> None:
        self._sanitizer = sanitizer

    def text(self, words: str) -> str:
        """Sanitized, which makes it possible in XML too."""
        return self._sanitizer.text(words)

    def case(self, suite: Element, group: str, name: str, seconds: float) -> Element:
        """A case that went well, unless more is said."""
        return SubElement(suite, "testcase", classname=self.text(group), name=self.text(name), time=f"{seconds:.3f}")

    def scenario(self, suite: Element, group: str, scenario: Any) -> None:
        """A scenario with its end."""
        case = self.case(suite, group, title_of(scenario), scenario.duration)
        if scenario.status in BAD:
            step = next((step for step in scenario.all_steps if step.status in BAD), None)
            self.problem(case, step.exception if step is not None else scenario.exception, explain(scenario))
        elif scenario.status != Status.passed:
            SubElement(case, "skipped", message=self.text(str(scenario.skip_reason or "not run")))

    def problem(self, case: Element, error: BaseException | None, told: str) -> None:
        """What went wrong with this case."""
        kind = "failure" if error is not None and status_of(error) == "failed" else "error"
        code = getattr(error, "code", None) or (type(error).__name__ if error is not None else "undefined")
        element = SubElement(case, kind, type=self.text(str(code)), message=self.text(told.splitlines()[0]))
        element.text = self.text(told)


def _count(root: Element) -> None:
    """The numbers that readers of the format expect on each suite and on the whole."""
    for part in (*root.findall("testsuite"), root):
        cases = list(part.iter("testcase"))
        part.set("tests", str(len(cases)))
        for kind, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            part.set(name, str(sum(1 for case in cases if case.find(kind) is not None)))
        part.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
