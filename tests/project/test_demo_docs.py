"""docs/demo.md names all that the demo can be switched to beside its listed defects."""

from __future__ import annotations

import re
from pathlib import Path

from demo.defects.unlisted import LISTED_TODAY, SWITCHES

DEMO = (Path(__file__).resolve().parents[2] / "docs" / "demo.md").read_text(encoding="utf-8")


def test_each_switch_has_its_row_and_today_names_its_members() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (yes|) *\| .+ \|$", DEMO, re.MULTILINE)
    expected = [(name, "yes") for name in LISTED_TODAY]
    expected += [(switch.name, "yes" if switch.today else "") for switch in SWITCHES]
    assert sorted(rows) == sorted(expected)
