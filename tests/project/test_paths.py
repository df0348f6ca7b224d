"""The documents name files, folders and functions that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOR_DEVELOPERS = {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "AGENTS.md"}
DOCUMENTS = [*FOR_DEVELOPERS, *(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]
MADE_LATER = ("allure-results", "reports", "features/own/", ".venv", "known-breaches.toml", "budgets.toml")
"""What runs and teams make."""
SPAN = re.compile(r"`([^`\n]+)`|\]\(([^)#\s]+)")
PATH = re.compile(r"(?P<path>\.?[\w-]+(?:\.\w+|/[\w.-]+)*/?)(?::(?P<name>[\w.]+))?")
KINDS = {".feature", ".ini", ".lock", ".md", ".png", ".py", ".sql", ".toml", ".txt"}
TOP = {path.name for path in ROOT.iterdir()}


def named_paths(document: str) -> set[tuple[str, str]]:
    """(path, name within it or nothing) of each file or folder of this project that the document names; a link goes
    from the document's own folder.
    """
    found = set()
    for match in SPAN.finditer((ROOT / document).read_text(encoding="utf-8")):
        text = match[1] or match[2]
        parts = PATH.fullmatch(text)
        path = parts["path"] if parts else ""
        is_path = Path(path).suffix in KINDS or path.endswith("/") or path.split("/")[0] in TOP
        if parts and is_path and not path.startswith(MADE_LATER):
            found.add((path if match[1] else str(Path(document).parent / path), parts["name"] or ""))
    return found


def defined(path: Path) -> set[str]:
    """Functions, classes and their methods of a module, as `Class.method`."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{item.name}" for item in node.body if isinstance(item, ast.FunctionDef)}
    return names


NAMED = sorted({(document, *named) for document in DOCUMENTS for named in named_paths(document)})


def test_each_document_for_developers_names_some() -> None:
    assert {document for document, _, _ in NAMED} >= FOR_DEVELOPERS


@pytest.mark.parametrize(("document", "path", "name"), NAMED)
def test_what_is_named_is_there(document: str, path: str, name: str) -> None:
    assert (ROOT / path).exists()
    assert not name or name in defined(ROOT / path)


def test_the_rules_for_agents_are_short() -> None:
    assert len((ROOT / "AGENTS.md").read_text(encoding="utf-8").splitlines()) <= 60
