"""The run as JUnit XML, for CI systems that show nothing else: `reports/junit.xml`.

behave's own reporter (`--junit`) writes a file a feature, counts what nobody asked for as skipped, and knows neither
why a scenario was skipped nor what fails outside of scenarios; this is one file that tells what the report tells.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from bookingflow.core.patterns import pattern
from bookingflow.core.trace import trace_id_of
from bookingflow.report.allure_results.environment import REPORT_NAME
from bookingflow.report.reasons import CUT_OFF, name_of
from bookingflow.report.scenario_results import owner_of, severity_of
from bookingflow.report.summary import ScenarioResult, Summary

THE_RUN = "The run"
_TRAILING = pattern(r"(?<![ \t])[ \t]++(?=\n|$)", adversarial=(" ", "\t "))


def junit_xml(summary: Summary, scenarios: Sequence[Any], cut_off: str = "") -> str:
    """The document: a suite for each feature, and one for the run with what belongs to no scenario.

    `scenarios` are behave's, for the first results of the summary, which is sanitized already. Repetitions of a feature
    are one suite. A broken promise is a `failure`, everything else that went wrong an `error`; both have the code as
    their type. What was skipped, known breaches among it, has the reason as its message. `cut_off` says why the run
    ended before its end.
    """
    root = Element("testsuites", name=REPORT_NAME)
    members: dict[str, list[tuple[ScenarioResult, Any]]] = {}
    for result, scenario in zip_longest(summary.results, scenarios):
        members.setdefault(result.feature, []).append((result, scenario))
    for feature, pairs in members.items():
        suite = _suite(root, feature, summary)
        for result, scenario in pairs:
            said = {} if scenario is None else {"severity": severity_of(scenario), "owner": owner_of(scenario)}
            _scenario(suite, result, said)
    _of_the_run(root, summary, cut_off)
    _count(root)
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(root: Element, name: str, summary: Summary) -> Element:
    return SubElement(
        root,
        "testsuite",
        name=_text(name),
        timestamp=summary.started_at.removesuffix("Z").partition(".")[0],
        hostname=_text(socket.gethostname()),
    )


def _case(suite: Element, group: str, name: str, seconds: float) -> Element:
    return SubElement(suite, "testcase", classname=_text(group), name=_text(name), time=f"{seconds:.3f}")


def _scenario(suite: Element, result: ScenarioResult, said: dict[str, str]) -> None:
    """A scenario with its end."""
    case = _case(suite, result.feature, result.label, result.duration_ms / 1000)
    file, _, line = result.location.rpartition(":")
    case.set("file", _text(file))
    case.set("line", line)
    given = {"id": result.id, "repetition": str(result.repetition or ""), **said, "code": result.code or ""}
    properties = SubElement(case, "properties")
    for name, value in given.items():
        if value:
            SubElement(properties, "property", name=name, value=_text(value))
    for identifier in result.correlation_ids:
        SubElement(properties, "property", name="trace", value=trace_id_of(identifier))
    if result.status in {"failed", "error"}:
        _problem(case, result.status, result.code or "", result.sentence or "")
    elif result.status != "passed":
        SubElement(case, "skipped", message=_text(result.sentence or "not run: the run ended before its turn"))


def _of_the_run(root: Element, summary: Summary, cut_off: str) -> None:
    if summary.reason is None and not summary.findings and not cut_off:
        return
    suite = _suite(root, THE_RUN, summary)
    if summary.reason is not None:
        said = f"{summary.reason.sentence} {summary.reason.hint}".strip()
        _problem(_case(suite, THE_RUN, name_of(summary.reason), 0.0), "error", summary.reason.code, said)
    for finding in summary.findings:
        case = _case(suite, THE_RUN, finding.title, 0.0)
        if finding.known is None:
            _problem(case, finding.status, finding.code, finding.sentence)
        else:
            SubElement(case, "skipped", message=_text(finding.known))
    if cut_off:
        _problem(_case(suite, THE_RUN, "The run was cut off", 0.0), "error", CUT_OFF, cut_off)


def _problem(case: Element, status: str, code: str, said: str) -> None:
    kind = "failure" if status == "failed" else "error"
    lines = said.splitlines() or [code]
    element = SubElement(case, kind, type=_text(code), message=_text(lines[0]))
    element.text = _text(said)


def _text(words: str) -> str:
    """Strip trailing blanks; what is sanitized is possible in XML."""
    return _TRAILING.sub("", words)


def _count(root: Element) -> None:
    """The numbers that readers of the format expect on each suite and on the whole."""
    for part in (*root.findall("testsuite"), root):
        cases = list(part.iter("testcase"))
        part.set("tests", str(len(cases)))
        for kind, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            part.set(name, str(sum(1 for case in cases if case.find(kind) is not None)))
        part.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
