"""The style of the features is kept: what `make lint` asks of them refuses what is broken."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
GOOD = """@owner.bookings
Feature: Guests get tables
  A guest who books gets a table.

  @BOOK-900
  Scenario: A guest gets a table
    Given the demo restaurant
    When I book 2 guests tomorrow at 19:00
    Then it is confirmed with a table within 60s
"""

OUTLINE = """  Scenario Outline: A guest gets <what>
    Given the <unknown> restaurant

    Examples:
      | what    |
      | a table |

  @BOOK-902
  Scenario: Another guest gets a table
"""


def refused(folder: Path, *command: str) -> bool:
    """Whether this command fails on the features of this folder."""
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=folder, capture_output=True, check=False)
    return done.returncode != 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with our rules and one feature that keeps them."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "a.feature").write_text(GOOD, encoding="utf-8")
    return tmp_path


def test_a_good_feature_passes(folder: Path) -> None:
    assert not refused(folder, "behave-lint")
    assert not refused(folder, "behave-format", "--check", "features")


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        ("Feature:", "Featur:"),
        ("  Scenario: A guest gets a table\n", OUTLINE),
        (GOOD[GOOD.index("    Given") :], ""),
        ("  @BOOK-900\n", ""),
        ("  A guest who books gets a table.\n", ""),
        ("  Scenario: A guest", GOOD[GOOD.index("  Scenario") :] + "\n  @BOOK-901\n  Scenario: A guest"),
    ],
    ids=["no feature", "no such column", "no steps", "no tags", "no narrative", "a title twice"],
)
def test_a_broken_feature_fails(folder: Path, part: str, instead: str) -> None:
    feature = folder / "features" / "a.feature"
    feature.write_text(GOOD.replace(part, instead, 1), encoding="utf-8")
    assert refused(folder, "behave-lint")


def test_a_feature_in_another_form_is_not_formatted(folder: Path) -> None:
    (folder / "features" / "a.feature").write_text(GOOD.replace("    Given", "   Given"), encoding="utf-8")
    assert refused(folder, "behave-format", "--check", "features")


def test_each_rule_is_kept_or_off_with_a_reason() -> None:
    known = subprocess.run(
        [BIN / "behave-lint", "--list-rules"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    kept = tomllib.loads(text)["tool"]["behave-lint"]["select"]
    off = [
        name for line in re.findall(r'^    # ("B.+",)  +\S', text, re.MULTILINE) for name in re.findall(r"\w+", line)
    ]
    assert sorted([*kept, *off]) == sorted(re.findall(r"^B[A-Z0-9]+\d{3}", known, re.MULTILINE))


def test_what_lint_and_types_pass_over_has_its_reason() -> None:
    bare = re.compile(r"#\s*(?:noqa|type: ignore)\b(?!.*(?: - |  # )\S)")
    checked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]["files"]
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for name in checked
        for path in ([ROOT / name] if name.endswith(".py") else sorted((ROOT / name).rglob("*.py")))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if bare.search(line) and path != Path(__file__)
    ]
    assert found == []
