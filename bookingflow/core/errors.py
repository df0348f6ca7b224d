"""The suite's error tree.

SuiteError                 what kept the suite from judging; one sentence, a stable code, a hint
├── SettingsError          a setting is wrong, unknown or missing
├── TargetUnreachable      the API or the database does not answer
├── BehindWall             something that stands before the API answers in its place
├── EvidenceHidden         the database hides rows from the suite's role
└── ScenarioNotPossible    the platform can't be asked this question now (no slot with room, …)
    └── NotAtThisRestaurant  nor at any other time: this restaurant has no closed day, no such table, …
Verdict (AssertionError)   what a scenario ends with; never a traceback on the console
├── BrokenPromise          the platform broke what the sentence promises
└── NotJudged              something else kept us from judging: no broken promise, no kept one
"""

from __future__ import annotations

from typing import ClassVar


class SuiteError(Exception):
    """Something kept the suite from judging; says what in one sentence, with a hint at what to do."""

    code: ClassVar[str] = "suite_error"

    def __init__(self, sentence: str, *, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.sentence} {self.hint}".strip()


class SettingsError(SuiteError):
    """One or more settings are wrong; `problems` holds all of them, one sentence each."""

    code = "bad_settings"

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        listed = problems[0] if len(problems) == 1 else "\n".join(["", *(f"  - {problem}" for problem in problems)])
        count = "A setting is" if len(problems) == 1 else f"{len(problems)} settings are"
        super().__init__(f"{count} wrong: {listed}")


class TargetUnreachable(SuiteError):
    """The API or the database of the target does not answer."""

    code = "unreachable"


class BehindWall(SuiteError):
    """A log-in wall, a gateway or a proxy answers in the API's place."""

    code = "wall"


class EvidenceHidden(SuiteError):
    """The database answers, but hides the rows the verdict hangs on."""

    code = "evidence_hidden"


class ScenarioNotPossible(SuiteError):
    """The platform can't be asked this question now, e.g. no slot has room."""

    code = "not_possible"


class NotAtThisRestaurant(ScenarioNotPossible):
    """The restaurant is not made for this question: on a live platform the scenario is skipped, with this reason."""

    code = "not_at_this_restaurant"


class Verdict(AssertionError):
    """The end of a scenario that did not end well, in a sentence for people."""

    def __init__(self, sentence: str, *, code: str) -> None:
        super().__init__(sentence)
        self.code = code


class BrokenPromise(Verdict):
    """The platform broke the promise that the scenario states."""


class NotJudged(Verdict):
    """Whether the promise holds could not be found out; reported as broken, not as failed."""

    allure_status = "broken"
