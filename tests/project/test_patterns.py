"""Regular expressions are made in one place, where their cost is looked after."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "bookingflow"
THE_ONE_PLACE = PACKAGE / "core" / "patterns.py"


def calls_of_re(source: str) -> Iterator[int]:
    """The lines that call a function of `re`, or take one out of it; flags and types are neither."""
    for node in ast.walk(ast.parse(source)):
        taken = isinstance(node, ast.ImportFrom) and node.module == "re"
        used = isinstance(node, ast.Attribute) and ast.unparse(node.value) == "re" and node.attr.islower()
        if taken or used:
            yield getattr(node, "lineno", 0)


def test_no_module_calls_re_itself() -> None:
    modules = [path for path in sorted(PACKAGE.rglob("*.py")) if path != THE_ONE_PLACE]
    assert len(modules) > 50
    found = [f"{path.relative_to(PACKAGE)}:{line}" for path in modules for line in calls_of_re(path.read_text("utf-8"))]
    assert found == [], "make it with bookingflow.core.patterns.pattern"


def test_calls_are_found_and_flags_are_not() -> None:
    source = "import re\nre.sub('a', 'b', re.I)\nfrom re import compile\nkind: re.Pattern[str]"
    assert sorted(calls_of_re(source)) == [2, 3]
