"""What is found before a run: problems, which keep it from beginning, and notes, which its readers should know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bookingflow.core.failures import NOTES, SUITE_OPERATOR, failure_of

WRONG_USE = frozenset(
    {
        "bad_settings",
        "login_refused",
        "database_missing",
        "restaurant_missing",
        "date_closed",
        "job_command",
        "job_token",
    }
)
"""Codes of what a setting says wrongly; the others are found where the setting points to."""


@dataclass(frozen=True)
class Problem:
    """One thing that is not as it should be: a whole sentence, and what can be done about it in another."""

    code: str
    setting: str
    """The variable that leads to it; empty where none does."""
    sentence: str
    mend: str
    who: str = ""
    """Who can act, where this case knows better than the catalogue."""

    @property
    def title(self) -> str:
        """The constant title of its code."""
        return failure_of(self.code).title

    @property
    def who_can_act(self) -> str:
        """Who can mend it."""
        return self.who or failure_of(self.code).who_can_act

    @property
    def is_note(self) -> bool:
        """Whether it keeps nothing from being judged."""
        return self.code in NOTES

    @property
    def is_wrong_use(self) -> bool:
        """Whether the setting itself is wrong."""
        return self.code in WRONG_USE and self.who_can_act == SUITE_OPERATOR

    def as_json(self) -> dict[str, str]:
        """Return it as a dict for machines."""
        return {
            "code": self.code,
            "title": self.title,
            "setting": self.setting,
            "sentence": self.sentence,
            "mend": self.mend,
            "whoCanAct": self.who_can_act,
        }

    def __str__(self) -> str:
        named = f"{self.setting}: " if self.setting and self.setting not in self.sentence else ""
        return f"{named}{self.sentence} {self.mend}".strip()


def listed_problems(problems: Iterable[Problem]) -> str:
    """All of them for people: one as it stands, several as a list."""
    found = [f"{problem} Who can act: {problem.who_can_act}." for problem in problems]
    return found[0] if len(found) == 1 else "\n".join(["", *(f"  - {problem}" for problem in found)])
