"""What the readers of GitHub, GitLab and Jenkins take of JUnit XML, as a small schema.

GitHub has no reader of its own; the actions that are used most (dorny/test-reporter, mikepenz/action-junit-report)
read `file` and `line` of a case, and `type`, `message` and text of what went wrong. GitLab reads `classname`, `name`,
`file`, `time` of a case, its `failure`, `error` or `skipped` (docs.gitlab.com, "Unit test reports"). Jenkins' JUnit
plugin reads `name`, `timestamp`, `hostname` and `time` of a suite, cases as GitLab does, and the `properties` of both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

NUMBER, SECONDS, SOME = r"\d+", r"\d+\.\d{3}", r"(?s).+"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
COUNTS = {"tests": NUMBER, "failures": NUMBER, "errors": NUMBER, "skipped": NUMBER, "time": SECONDS}


@dataclass(frozen=True)
class Rule:
    """What an element must have, may have, and may hold, in this order."""

    required: Mapping[str, str]
    optional: Mapping[str, str]
    children: tuple[str, ...] = ()


SCHEMA: Mapping[str, Rule] = {
    "testsuites": Rule({"name": SOME, **COUNTS}, {}, ("testsuite",)),
    "testsuite": Rule({"name": SOME, "timestamp": MOMENT, "hostname": SOME, **COUNTS}, {}, ("testcase",)),
    "testcase": Rule(
        {"classname": SOME, "name": SOME, "time": SECONDS},
        {"file": r".+\.feature", "line": NUMBER},
        ("properties", "failure", "error", "skipped"),
    ),
    "properties": Rule({}, {}, ("property",)),
    "property": Rule({"name": SOME, "value": SOME}, {}),
    "failure": Rule({"type": r"[a-z][a-z0-9_]*", "message": SOME}, {}),
    "error": Rule({"type": r"[a-z][a-z0-9_]*", "message": SOME}, {}),
    "skipped": Rule({"message": SOME}, {}),
}


def objections(root: Element) -> list[str]:
    """What the readers would not take; empty when all is well."""
    return list(_objections(root, root.tag))


def _objections(element: Element, path: str) -> Iterator[str]:
    rule = SCHEMA.get(element.tag)
    if rule is None:
        yield f"{path}: no reader knows this element"
        return
    allowed = {**rule.required, **rule.optional}
    for name, shape in allowed.items():
        value = element.get(name)
        if value is None:
            if name in rule.required:
                yield f"{path}: {name} is missing"
        elif not re.fullmatch(shape, value):
            yield f"{path}: {name}={value!r}"
        elif value != value.strip():
            yield f"{path}: {name}={value!r} has blanks around it"
    yield from (f"{path}: {name} is unknown" for name in set(element.keys()) - allowed.keys())
    order = [rule.children.index(child.tag) if child.tag in rule.children else -1 for child in element]
    if order != sorted(order) or -1 in order:
        yield f"{path}: holds {[child.tag for child in element]}"
    for number, child in enumerate(element):
        yield from _objections(child, f"{path}/{child.tag}[{number}]")
