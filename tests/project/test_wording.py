"""The project's own words: names and sentences that read as translated do not come back."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("bench", "bookingflow", "demo", "docs", "features", "load", "steps", "tests", "verdicts")
FILES = [
    path
    for path in (*ROOT.glob("*.py"), *ROOT.glob("*.md"), *(one for name in FOLDERS for one in (ROOT / name).rglob("*")))
    if path.suffix in {".py", ".md", ".feature"} and path != Path(__file__)
]
LEFT = re.compile(
    r"\bwho(?:m)?ever\b|\bthe platform's team\b|\barrive to no seat|\btold with \d|\bno known cause fits|"
    r"\bWhat did not hold\b|\bOne bend\b|\bTo carry on\b|\bin a drawn order\b|\bnobody has been before\b|"
    r"\bin other letters\b|\bwants no letters\b|\bnobody calls that\b|\bthe own booking\b|\bguest's own making\b",
    re.IGNORECASE,
)
"""Forms that were replaced by plainer ones."""


def names(path: Path) -> Iterator[str]:
    """What a module names: functions, classes, arguments, variables, attributes."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr


def test_nothing_is_named_told() -> None:
    """A breach, a message, what is shown or reported: the thing has a name of its own."""
    named = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES
        if path.suffix == ".py"
        for name in names(path)
        if "told" in name.lower().split("_")
    }
    assert named == set()


def test_no_form_that_was_replaced_is_left() -> None:
    left = [
        f"{path.relative_to(ROOT)}:{number}: {found.group()}"
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if (found := LEFT.search(line))
    ]
    assert left == []
