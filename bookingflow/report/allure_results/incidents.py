"""What went wrong once and must not come back: docs/platform.md, "Regressions", read for the report."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from bookingflow.core.patterns import pattern

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "platform.md"
TAG = "regression."
_ROW = pattern(
    r'^\| <a id="incident-(?P<number>\d++)"></a>\d++ \| (?P<must>[^|\n]++)\| (?P<was>[^|\n]++)\|$',
    re.MULTILINE,
    adversarial=('| <a id="incident-1"></a>1 | a', "| a | "),
)


@functools.cache
def incidents() -> Mapping[str, str]:
    """A sentence for each incident, by its number; empty where the document is not there."""
    if not DOCUMENT.is_file():
        return {}
    rows = _ROW.finditer(DOCUMENT.read_text(encoding="utf-8").replace("`", ""))
    return {row["number"]: _sentence(row["must"].strip(), row["was"].strip()) for row in rows}


def incidents_of(tags: Iterable[str]) -> list[str]:
    """The incidents that a scenario with these tags guards against: `Incident 18: …`, in the order of its tags."""
    numbers = [tag.removeprefix(TAG) for tag in tags if tag.startswith(TAG)]
    return [f"Incident {number}: {incidents()[number]}" for number in numbers if number in incidents()]


def _sentence(must: str, was: str) -> str:
    return f"{must[0].upper()}{must[1:]}. It went wrong once: {was}."
