"""Whether the suite's verdict on a defect was right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bookingflow.booking.diagnosis import UNEXPLAINED
from bookingflow.core.exit_status import ExitStatus
from bookingflow.core.failures import PLATFORM_TEAM
from verdicts.runs import Defect, Run, Scenario

OUTPUT_KEPT = 20_000
"""Characters at the end of what a run printed, kept where it gave a false alarm: what fails in a hook is said there."""


@dataclass(frozen=True)
class Judgement:
    """What the suite said with one defect on."""

    defect: Defect
    run: Run

    @property
    def caught(self) -> bool:
        """(a) At least one scenario failed, and the run says that a promise is broken; "not judged" is no catch."""
        return bool(self.run.red) and self.run.exit_status == ExitStatus.BROKEN

    @property
    def telling(self) -> list[Scenario]:
        """The red scenarios of the promise that the defect breaks, whose message tells the breach."""
        return [
            scenario
            for scenario in self.run.red
            if scenario.id == self.defect.promise and tells(self.defect, scenario.message)
        ]

    @property
    def named(self) -> bool:
        """(b) and (d) The scenario of the broken promise is among them, and says it, in summary.json too."""
        return bool(self.telling) and bool(self.defect.tells) and self.summarized

    @property
    def summarized(self) -> bool:
        """Whether the breach is named in summary.json alone; a run that was killed left none."""
        return self.run.summarized is None or any(
            one.id == self.defect.promise and re.search(self.defect.tells, one.sentence, re.IGNORECASE)
            for one in self.run.summarized
        )

    @property
    def explained(self) -> bool:
        """Whether each failure of the promise has a reason, which the evidence of every defect holds, and names the
        platform as who can act.
        """
        return all(
            one.code != UNEXPLAINED.code and one.who_can_act.startswith(PLATFORM_TEAM)
            for one in self.run.summarized or ()
            if one.id == self.defect.promise
        )

    @property
    def false_alarms(self) -> list[Scenario]:
        """(c) What failed outside of what the defect declares it may break."""
        allowed = {self.defect.promise, *self.defect.may_break}
        return [scenario for scenario in self.run.red if not scenario.tags & allowed]

    @property
    def right(self) -> bool:
        """Whether nothing is to be mended."""
        return self.caught and self.named and self.explained and not self.false_alarms

    def described(self) -> str:
        """The judgement in a line."""
        ids = sorted({scenario.id for scenario in self.run.red})
        parts = [f"red: {' '.join(ids) or 'nothing'}"]
        if not self.run.scenarios:
            parts.append(f"the run did not begin: {self.run.output.strip()[-300:]}")
        if not self.named:
            said = next((s.message for s in self.run.red if s.id == self.defect.promise), "it is green")
            where = "" if self.summarized else " in summary.json"
            parts.append(f"{self.defect.promise or 'no promise'} does not tell it{where}: {said.strip()[:200]}")
        if not self.explained:
            parts.append(f"{self.defect.promise} gives no reason, or names somebody else than the platform")
        if self.false_alarms:
            alarms = sorted({scenario.id for scenario in self.false_alarms})
            parts.append(f"false alarms: {' '.join(alarms)}")
        return "; ".join(parts)

    def as_json(self) -> dict[str, Any]:
        """A row of the matrix."""
        return {
            "breaks": self.defect.breaks,
            "promise": self.defect.promise,
            "caught": self.caught,
            "named": self.named,
            "explained": self.explained,
            "seconds": round(self.run.seconds),
            "false_alarms": sorted({scenario.title for scenario in self.false_alarms}),
            "red": {scenario.title: scenario.message for scenario in self.run.red},
            "statuses": _by_id(self.run),
            "output": self.run.output[-OUTPUT_KEPT:] if self.false_alarms else "",
        }


def judge(run: Run) -> Judgement:
    """Judge a run with a defect on; raises ValueError for one without."""
    if run.defect is None:
        raise ValueError("a run without a defect is judged by being green")
    return Judgement(run.defect, run)


def tells(defect: Defect, text: str) -> bool:
    """Whether a text tells what this defect breaks."""
    return re.search(defect.tells, text, re.IGNORECASE) is not None


def said_without_it(judged: Sequence[Judgement], healthy: Sequence[Run]) -> dict[str, list[str]]:
    """The defects whose pattern matches where they are not on, and where: such a pattern proves nothing.

    Looked at are runs without any defect, whatever they say, and the promise's scenarios with another defect of the
    same promise.
    """
    found: dict[str, list[str]] = {}
    for one in judged:
        others = [other for other in judged if other is not one and other.defect.promise == one.defect.promise]
        places = [other.defect.name for other in others if _says(other.run, one.defect)]
        if any(tells(one.defect, text) for run in healthy for text in (run.output, *_messages(run))):
            places.append("no defect")
        if places:
            found[one.defect.name] = places
    return found


def _says(run: Run, defect: Defect) -> bool:
    return any(tells(defect, scenario.message) for scenario in run.red if scenario.id == defect.promise)


def _messages(run: Run) -> list[str]:
    return [scenario.message for scenario in run.scenarios]


def _by_id(run: Run) -> dict[str, str]:
    """The worst status of each scenario id."""
    found: dict[str, str] = {}
    for scenario in run.scenarios:
        if scenario.is_red or scenario.id not in found:
            found[scenario.id] = "red" if scenario.is_red else scenario.status
    return found
