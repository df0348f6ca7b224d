"""What was found beside the scenarios, for the summary: by the run's own judgement, and by what its hooks met."""

from __future__ import annotations

from collections.abc import Sequence

from bookingflow.audit import findings as audit
from bookingflow.report.scenario_results import Problem
from bookingflow.report.summary import Finding


def findings_of(errors: Sequence[Exception], judged: Sequence[audit.Finding] = ()) -> list[Finding]:
    """What the run's own judgement found (`judged`, which `errors` repeat) and what its hooks met.

    One finding for each code, nothing twice.
    """
    found = [
        Finding(
            code=one.code,
            title=one.title,
            sentence=str(one.verdict()),
            who_can_act=one.verdict().who_can_act,
            count=one.count,
            bookings=one.bookings,
            examples=one.examples,
            known=one.known or None,
        )
        for one in judged
    ]
    met: dict[str, list[Problem]] = {}
    for error in errors:
        problem = Problem.of(error, str(error))
        known = any(problem.sentence == one.sentence for one in found)
        if not known and problem not in met.setdefault(problem.code, []):
            met[problem.code].append(problem)
    found += [
        Finding(
            code=code,
            title=problems[0].title,
            sentence="\n".join(problem.sentence for problem in problems),
            who_can_act=problems[0].who_can_act,
            status="failed" if problems[0].status == "failed" else "error",
            count=len(problems),
        )
        for code, problems in met.items()
        if problems
    ]
    return found
