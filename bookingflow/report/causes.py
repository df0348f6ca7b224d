"""Failures by cause: one entry for each code, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bookingflow.core.failures import weight_of
from bookingflow.core.text import capitalised, counted
from bookingflow.report.scenario_results import reason_not_tried
from bookingflow.report.summary import ScenarioResult


@dataclass(frozen=True)
class Cause:
    """Scenarios that failed with one code."""

    code: str
    title: str
    results: Sequence[ScenarioResult]

    @property
    def who_can_act(self) -> str:
        """Who can act; empty where nobody is named."""
        return next((result.who_can_act for result in self.results if result.who_can_act), "")

    @property
    def not_tried(self) -> bool:
        """Whether these scenarios were given up beforehand, and so have no failure of their own."""
        return self.results[0].status == "not_tried"

    @property
    def reasons_not_tried(self) -> list[str]:
        """Why, in sentences, each once; empty for failures, which say it for each scenario."""
        said = dict.fromkeys(map(reason_not_tried, self.results)) if self.not_tried else ()
        return [f"{capitalised(reason)}." for reason in said if reason]

    def headline(self) -> str:
        """`15 promises, one cause: guests' notes are not stored (BOOK-060 ×5, BOOK-061)`."""
        if self.not_tried:
            return f"{counted(len(self.results), 'promise')}: {self.words()}"
        of = f"{counted(len(self.results), 'promise')}, one cause: " if len(self.results) > 1 else ""
        return f"{of}{self.words()}"

    def words(self) -> str:
        """`guests' notes are not stored (BOOK-060 ×5, BOOK-061)`."""
        return f"{self.title[:1].lower()}{self.title[1:]} ({listed_ids(self.results)})"


def causes_of(results: Iterable[ScenarioResult]) -> list[Cause]:
    """The causes: broken promises before what was not judged, then by the weight that the catalogue gives them."""
    groups: dict[tuple[str, str], list[ScenarioResult]] = {}
    for result in results:
        groups.setdefault((result.status, result.code or ""), []).append(result)
    found = [
        Cause(code, members[0].title or code or status.replace("_", " "), members)
        for (status, code), members in groups.items()
    ]
    return sorted(found, key=lambda cause: (cause.results[0].status != "failed", weight_of(cause.code)))


def listed_ids(results: Iterable[ScenarioResult]) -> str:
    """`BOOK-060 ×5, BOOK-061`."""
    numbers = Counter(result.id or result.name for result in results)
    return ", ".join(f"{name} ×{number}" if number > 1 else name for name, number in numbers.items())
