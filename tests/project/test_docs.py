"""What code and docs say of each other is there: sections that are cited, settings, incidents."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bookingflow.core.settings import Settings
from demo.defects.catalogue import DEFECTS
from tests.support.specification import REGRESSIONS

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    path
    for folder in ("bench", "bookingflow", "demo", "features", "load", "steps", "tests", "verdicts")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".sql", ".feature"}
]
CITED = re.compile(r'docs/(?P<doc>[\w-]+)\.md(?:[,:]? (?P<names>"[^"]+"(?:(?:, | and )"[^"]+")*))?')


def citations() -> set[tuple[str, str]]:
    """(document, section) of every citation; an empty section where the whole document is meant."""
    found = set()
    for path in SOURCES:
        for match in CITED.finditer(path.read_text(encoding="utf-8")):
            names = [" ".join(name.split()) for name in re.findall(r'"([^"]+)"', match["names"] or "")]
            found |= {(match["doc"], name) for name in names or [""]}
    return found


@pytest.mark.parametrize(("doc", "section"), sorted(citations()))
def test_what_is_cited_is_there(doc: str, section: str) -> None:
    text = (ROOT / "docs" / f"{doc}.md").read_text(encoding="utf-8")
    assert not section or re.search(rf"^(?:#+ {re.escape(section)}$|\*\*{re.escape(section)}\b)", text, re.MULTILINE)


def test_every_setting_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text[text.index("## Settings") : text.index("## Why each")]
    variables = [f"BOOKING_{name.upper()}".replace("BOOKING_GUEST", "TEST_CUSTOMER") for name in Settings.model_fields]
    assert [name for name in variables if f"`{name}`" not in table] == []


def test_every_incident_has_its_anchor() -> None:
    text = (ROOT / "docs" / "platform.md").read_text(encoding="utf-8")
    assert re.findall(r'<a id="incident-(\d+)"></a>\1 \|', text) == [str(number) for number in REGRESSIONS]


def test_each_defect_names_a_regression_or_a_paragraph_of_the_platforms_facts() -> None:
    text = (ROOT / "docs" / "platform.md").read_text(encoding="utf-8")
    paragraphs = {name.lower() for name in re.findall(r"^\*\*(.+?)\.?\*\*", text, re.MULTILINE)}
    known = paragraphs | {f"regression {number}" for number in REGRESSIONS}
    assert {defect.name: defect.origin for defect in DEFECTS if defect.origin not in known} == {}


def test_the_readme_counts_the_defects() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"each of its (\d+) defects", text) == [str(len(DEFECTS))]
