"""The speed of a run beside its budgets: judged once for the whole run, shown, and kept for the next ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from allure_commons.types import Severity

from bookingflow.audit.budgets import TIMES, BudgetEnd, findings, judge
from bookingflow.audit.findings import Finding
from bookingflow.core.budgets import Budget, Phase
from bookingflow.core.errors import BrokenPromise
from bookingflow.core.failures import SPEED_CODES
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.processor_use import ProcessorUse
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.speed_history import PastRun, PhaseTimes, written
from bookingflow.core.text import capitalised
from bookingflow.report.allure import result_of_the_run
from bookingflow.report.allure_results.records import Evidence, attach_to_run, attach_to_scenario
from bookingflow.report.pictures.speed import speed_picture
from bookingflow.report.summary import BudgetSummary

BUDGETS = "Budgets"
RUNS_SHOWN = 10
"""Former runs in the picture."""


class RunSpeed:
    """How fast the run was: its end beside each budget, and what the next runs are compared with."""

    def __init__(self, budgets: Sequence[Budget], known_breaches: KnownBreaches) -> None:
        self._budgets = budgets
        self._known = known_breaches
        self._former: Sequence[PastRun] = ()
        self._run: PastRun | None = None
        self._processors = ProcessorUse() if budgets else None
        self.ends: Sequence[BudgetEnd] = ()
        self.found: Sequence[Finding] = ()

    def others(self) -> float:
        """The part of this machine's processors that others used since the run began."""
        return self._processors.others() if self._processors is not None else 0.0

    @property
    def asked(self) -> bool:
        """Whether there is any budget."""
        return bool(self._budgets)

    def judge(
        self, run: PastRun, times: PhaseTimes, former: Sequence[PastRun], *, zone: ZoneInfo, sanitizer: Sanitizer
    ) -> None:
        """Judge what this run measured, and write what the report shows, by the clock of `zone`.

        `run` is what is kept of it, `former` are all runs that were kept, of which only those under the same
        circumstances are compared.
        """
        self._run, self._former = run, former
        alike = [one for one in former if one.circumstances == run.circumstances]
        self.ends = judge(self._budgets, times, alike, others=run.others)
        self.found = [
            replace(one, known=self._known.excuse_finding(one.code, one.particulars)) for one in findings(self.ends)
        ]
        self._show([*alike[-RUNS_SHOWN:], run], zone, sanitizer)

    def _show(self, runs: Sequence[PastRun], zone: ZoneInfo, sanitizer: Sanitizer) -> None:
        pictures: dict[Phase, str] = {}
        for budget in self._budgets:
            times = [(run.ended_at.astimezone(zone), run.milliseconds.get(budget.phase, {})) for run in runs]
            if times[-1][1]:
                pictures[budget.phase] = speed_picture(TIMES[budget.phase], times, budget.limits)
        for finding in self.found:
            if not finding.known:
                self._report(finding, pictures, sanitizer)
        attach = Evidence(sanitizer, attach=attach_to_run)
        attach.table(BUDGETS, [{"budget": capitalised(end.sentence), "ended": end.ended} for end in self.ends])
        for phase, picture in pictures.items():
            attach.picture(f"{capitalised(TIMES[phase])}, beside the last runs", picture)

    def _report(self, finding: Finding, pictures: Mapping[Phase, str], sanitizer: Sanitizer) -> None:
        ends = [end for end in self.ends if end.ended == "broken" and end.breach.code == finding.code]
        attach = Evidence(sanitizer, attach=attach_to_scenario)
        try:
            with result_of_the_run(finding.title, BUDGETS, Severity.NORMAL):
                for phase in dict.fromkeys(end.phase for end in ends):
                    attach.picture("This run beside the last ones", pictures[phase])
                raise finding.verdict()
        except BrokenPromise:
            pass  # it is among the findings

    # -- what others show --------------------------------------------------------------------------------------

    def summaries(self) -> tuple[BudgetSummary, ...]:
        """For the summary."""
        return tuple(
            BudgetSummary(
                phase=end.phase,
                measure=end.measure,
                limit=end.limit,
                status="not_judged" if end.ended == "not judged" else end.ended,
                measured=None if end.measured is None else round(end.measured, 3),
                bookings=end.bookings,
                runs=end.runs,
                chance=None if end.chance is None else round(end.chance, 6),
                sentence=f"{capitalised(end.sentence)}.",
            )
            for end in self.ends
        )

    def unjudged(self) -> frozenset[str]:
        """The codes of findings that this run could not have had."""
        judged = {end.breach.code for end in self.ends if end.ended != "not judged"}
        return SPEED_CODES - judged

    def history(self) -> str | None:
        """The content of the file of runs with this one, for one that was green; None where it adds nothing.

        One that was found slower is not added, not even where that is known: else slow would become usual.
        """
        if self._run is None or self.found or not any(self._run.milliseconds.values()):
            return None
        return written([*self._former, self._run])
