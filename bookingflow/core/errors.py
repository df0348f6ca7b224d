"""The suite's error tree.

SuiteError                 what kept the suite from judging; one sentence, a stable code, a hint
├── SettingsError          a setting is wrong, unknown or missing
├── NotOneRun              what is to be merged was not left by the shards of one run
├── NotReady               the checks before the first booking found problems; all of them at once
├── TargetUnreachable      the API or the database does not answer
│   ├── LoginRefused       the database answers, and does not let the suite in
│   └── TargetEnded        the demo that was started for this run has ended
├── BehindWall             something that stands before the API answers in its place
├── AskedToWait            the platform, or what stands before it, asks the suite to slow down
├── EvidenceHidden         the database hides rows from the suite's role
├── WrongTable             a scenario's table of details is missing, or has a cell that means nothing
└── ScenarioNotPossible    the platform can't be asked this question now (no slot with room, …)
    └── NotAtThisRestaurant  nor at any other time: this restaurant has no closed day, no such table, …
Verdict (AssertionError)   what a scenario ends with; never a traceback on the console
├── BrokenPromise          the platform broke what the sentence promises
└── NotJudged              something else kept us from judging: no broken promise, no kept one
"""

from __future__ import annotations

from collections.abc import Sequence

from bookingflow.core.failures import Breach, failure_of, worst_first
from bookingflow.core.problems import Problem, listed_problems
from bookingflow.core.text import capitalised, listed


class SuiteError(Exception):
    """Something kept the suite from judging; says what in one sentence, with a hint at what to do."""

    code: str = "suite_error"

    def __init__(self, sentence: str, *, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.sentence} {self.hint}".strip()

    @property
    def title(self) -> str:
        """The constant title of its code."""
        return failure_of(self.code).title

    @property
    def who_can_act(self) -> str:
        """Who can mend it."""
        return failure_of(self.code).who_can_act

    @property
    def is_wrong_use(self) -> bool:
        """Whether a setting itself is wrong."""
        return False


class SettingsError(SuiteError):
    """One or more settings are wrong; `problems` holds all of them, one sentence each."""

    code = "bad_settings"

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        listed = f" {problems[0]}" if len(problems) == 1 else "".join(f"\n  - {problem}" for problem in problems)
        count = "A setting is" if len(problems) == 1 else f"{len(problems)} settings are"
        super().__init__(f"{count} wrong:{listed}")

    @property
    def is_wrong_use(self) -> bool:
        return True


class NotOneRun(SuiteError):
    """What is to be merged was not left by the shards of one run, each once."""

    code = "not_one_run"

    @property
    def is_wrong_use(self) -> bool:
        return True


class NotReady(SuiteError):
    """The checks before the first booking found problems; `problems` holds all of them. Nothing was booked."""

    def __init__(self, problems: Sequence[Problem], notes: Sequence[Problem] = ()) -> None:
        self.problems, self.notes = tuple(problems), tuple(notes)
        self.code = problems[0].code
        count = "" if len(problems) == 1 else f"{len(problems)} problems keep the run from beginning:"
        super().__init__(f"{count}{listed_problems(problems)}")

    @property
    def is_wrong_use(self) -> bool:
        return any(problem.is_wrong_use for problem in self.problems)


class TargetUnreachable(SuiteError):
    """The API or the database of the target does not answer; `problem` says more exactly why, where that is known."""

    code = "unreachable"

    def __init__(self, sentence: str, *, hint: str = "", problem: Problem | None = None) -> None:
        super().__init__(sentence, hint=hint)
        self.problem = problem

    @property
    def who_can_act(self) -> str:
        return super().who_can_act if self.problem is None else self.problem.who_can_act


class LoginRefused(TargetUnreachable):
    """The database, or a pooler before it, refuses the log-in in words: trying again changes nothing."""

    code = "login_refused"


class TargetEnded(TargetUnreachable):
    """The platform that was started for this run has ended: nothing of it will answer any more."""

    code = "demo_ended"

    def __init__(self, how: str) -> None:
        """`how` it ended, as `process 7 was ended by SIGKILL`."""
        self.how = how
        super().__init__(
            f"The demo platform of this run has ended: its {how}.",
            hint="Run again. Did somebody end it, or did this machine run out of memory?",
        )


class BehindWall(SuiteError):
    """A log-in wall, a gateway or a proxy answers in the API's place."""

    code = "wall"


class AskedToWait(SuiteError):
    """The platform, or what stands before it, asks the suite to slow down: what was asked is not answered."""

    code = "rate_limited"


class EvidenceHidden(SuiteError):
    """The database answers, but hides the rows the verdict hangs on."""

    code = "evidence_hidden"


class LeftStanding(SuiteError):
    """Bookings of this run could not be undone."""

    code = "left_standing"


class WrongTable(SuiteError):
    """A scenario's table of details is missing, or has a cell that means nothing."""

    code = "wrong_file"


class ScenarioNotPossible(SuiteError):
    """The platform can't be asked this question now, e.g. no slot has room."""

    code = "not_possible"


class NotAtThisRestaurant(ScenarioNotPossible):
    """The restaurant is not made for this question: on a live platform the scenario is skipped, with this reason."""

    code = "not_at_this_restaurant"


class Verdict(AssertionError):
    """The end of a scenario that did not end well, in a sentence for people.

    Title (constant for its code), this booking and its particulars, why as far as known, who can act; `examples` follow
    as a list. `who_can_act` replaces that of the catalogue where the case knows better. `codes` are those of all its
    breaches, the leading `code` among them.
    """

    def __init__(
        self,
        particulars: str,
        *,
        code: str,
        who_can_act: str | None = None,
        examples: Sequence[str] = (),
        codes: Sequence[str] = (),
    ) -> None:
        failure = failure_of(code)
        self.code = code
        self.codes = tuple(dict.fromkeys([code, *codes]))
        self.title = failure.title
        self.particulars = particulars.strip().removesuffix(".")
        self.who_can_act = who_can_act or failure.who_can_act
        self.examples = tuple(examples)
        listed = "".join(f"\n  - {example}" for example in examples)
        stop = "" if self.particulars.endswith(("?", "!")) else "."
        super().__init__(f"{self.title}. {self.particulars}{stop} Who can act: {self.who_can_act}.{listed}")

    @property
    def sentence(self) -> str:
        """The whole of it."""
        return str(self)


class BrokenPromise(Verdict):
    """The platform broke the promise that the scenario states."""

    @classmethod
    def of(cls, breaches: Sequence[Breach], about: str = "") -> BrokenPromise:
        """The verdict on one breach or more; `about` names the booking.

        The title of the worst leads, the particulars of all follow; of many with the same code those of the first few.
        """
        found = worst_first(breaches)
        by_code = {breach.code: [one.particulars for one in found if one.code == breach.code] for breach in found}
        particulars = "; ".join(listed(list(dict.fromkeys(same))) for same in by_code.values())
        return cls(
            f"{about}: {particulars}" if about else capitalised(particulars),
            code=found[0].code,
            codes=list(by_code),
        )

    def led_by(self, code: str, *, remarks: Sequence[str] = ()) -> BrokenPromise:
        """The same broken promise under the title of this one of its codes, with remarks behind its particulars."""
        particulars = ". ".join([self.particulars, *(remark.removesuffix(".") for remark in remarks)])
        return BrokenPromise(particulars, code=code, codes=self.codes, examples=self.examples)


class NotJudged(Verdict):
    """Whether the promise holds could not be found out; reported as broken, not as failed."""

    allure_status = "broken"
