"""A Given arranges, a When acts, and a Then only looks: by what each step calls. Each is said in a feature."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from behave.parser import parse_file
from behave.runner_util import load_step_modules
from behave.step_registry import registry

ROOT = Path(__file__).resolve().parents[2]
PART_OF = {"given": {"arrange"}, "when": {"act"}, "then": {"promises"}}
"""The part of the context that a step of each kind calls."""
LOOKS = {"calendar", "lookup", "restaurants"}
"""What the API may be asked for in a Then: it changes nothing, and uses nothing up."""
ACTING = {"cleaner", "controls", "demo", "observation", "submission"}
"""Parts of a session that send, switch or undo something."""


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sorted((ROOT / "steps").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield path.name, node


def kinds(function: ast.FunctionDef) -> set[str]:
    """The keywords of a step's sentences."""
    calls = [one.func for one in function.decorator_list if isinstance(one, ast.Call)]
    return {func.id for func in calls if isinstance(func, ast.Name) and func.id in PART_OF}


def parts(function: ast.FunctionDef) -> set[str]:
    """The parts of the context that it uses, but for the table of its sentence."""
    return {
        node.attr
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "context"
    } - {"table"}


STEPS = [(f"{name}:{function.name}", function) for name, function in functions() if kinds(function)]


@pytest.mark.parametrize("function", [one for _, one in STEPS], ids=[name for name, _ in STEPS])
def test_each_step_is_one_call_of_the_part_of_its_keyword(function: ast.FunctionDef) -> None:
    (kind,) = kinds(function)
    assert ast.get_docstring(function)
    assert len(function.body) == 2
    assert parts(function) == PART_OF[kind]


def test_no_promise_acts() -> None:
    paths = sorted((ROOT / "bookingflow" / "promises").glob("*.py"))
    acting, looking = [], set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Attribute):
                continue
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if owner == "api":
                looking.add(node.attr)
            if (owner == "session" and node.attr in ACTING) or (owner == "api" and node.attr not in LOOKS):
                acting.append(f"{path.name}:{node.lineno}: {owner}.{node.attr}")
    assert acting == []
    assert looking == LOOKS


def test_each_step_is_said_in_a_feature() -> None:
    if not any(registry.steps.values()):
        load_step_modules([str(ROOT / "steps")])
    features = [parse_file(str(path)) for path in sorted((ROOT / "features").rglob("*.feature"))]
    sentences = [step for feature in features for scenario in feature.walk_scenarios() for step in scenario.all_steps]
    said = {match.func for match in map(registry.find_match, sentences) if match is not None}
    written = {matcher.func for matchers in registry.steps.values() for matcher in matchers}
    assert [step.__name__ for step in written - said] == []
