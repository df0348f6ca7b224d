"""The codes of broken promises that the library's code can raise, read from the code itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from bookingflow.booking.diagnosis import RULES, UNEXPLAINED
from bookingflow.checks.api_answers import LINK_NAMES, SHOWN_IN
from bookingflow.core.failures import OTHER_FACTS

LIBRARY = Path(__file__).resolve().parents[2] / "bookingflow"
ROOMS = ("checks", "booking", "scenario", "audit", "promises")
"""The packages that judge; of the platform only verdicts that it raises itself are looked at."""


def raised_codes() -> set[str]:
    """All of them: of breaches, of verdicts, and of the rules of the diagnosis."""
    trees = [tree for room in ROOMS for tree in _trees(LIBRARY / room)]
    takers = {"Breach": 0, **{name: at for tree in trees for name, at in _takers(tree)}}
    found = {rule.code for rule in (*RULES, UNEXPLAINED) if rule.judged}
    for tree in trees:
        for node in ast.walk(tree):
            found |= set(_codes(node, takers))
    for tree in _trees(LIBRARY / "platform"):
        for node in ast.walk(tree):
            found |= set(_codes(node, {})) if isinstance(node, ast.Call) else set()
    return found | _families()


def _trees(folder: Path) -> list[ast.AST]:
    return [ast.parse(path.read_text(encoding="utf-8")) for path in folder.rglob("*.py")]


def _families() -> set[str]:
    """Those whose codes are put together from a place and a fact."""
    shown = {f"{where}_{fact}_differs" for where in SHOWN_IN for fact in OTHER_FACTS if where != "link"}
    linked = {f"link_{fact}_differs" for fact in LINK_NAMES.values()}
    return shown | linked | {f"list_{name}_differs" for name in ("slug", "name", "timezone")}


def _takers(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Functions with a parameter `code`, and at which place it stands in a call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [argument.arg for argument in node.args.args if argument.arg not in {"self", "cls"}]
            if "code" in names:
                yield node.name, names.index("code")


def _codes(node: ast.AST, takers: dict[str, int]) -> Iterator[str]:
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in takers and len(node.args) > takers[name]:
            yield from _texts(node.args[takers[name]])
        if name == "BrokenPromise":
            yield from (text for keyword in node.keywords if keyword.arg == "code" for text in _texts(keyword.value))
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _assigned(target, node.value)
    elif isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.value, ast.Dict):
        name = getattr(node.target, "id", "")
        values = node.value.keys if name == "INSIDE" else node.value.values
        if name in {"INSIDE", "OTHERS", "ACT_ALLOWED", "LIST_OPENED"}:
            yield from (text for value in values if value is not None for text in _texts(value))
    elif isinstance(node, ast.Tuple | ast.Dict):
        # A table of codes, as `("refusal_zone_wrong", "timezone", …)` or `{"stranger_learns_name": …}`.
        parts = node.elts[:1] if isinstance(node, ast.Tuple) else [key for key in node.keys if key is not None]
        yield from (text for part in parts for text in _texts(part) if text.startswith(("refusal_", "stranger_")))


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[str]:
    """What is assigned to the name `code`, alone or as the first of several."""
    if isinstance(target, ast.Tuple):
        first = target.elts[0]
        choices = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
        for choice in choices:
            if isinstance(choice, ast.Tuple):
                yield from _assigned(first, choice.elts[0])
    elif isinstance(target, ast.Name) and target.id == "code":
        yield from _texts(value)


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
