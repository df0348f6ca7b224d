"""The run as a whole, in the report: what was measured over all its bookings, and what all of them are promised.

A promise that did not hold is a result beside the scenarios. Those that held are none, so that the report counts what
the console counts: they stand in one table among the report's global attachments, with the confirmation times.
"""

from __future__ import annotations

from collections.abc import Iterable

from allure_commons.types import Severity

from bookingflow.audit.run import Judged
from bookingflow.core.errors import SuiteError, TargetUnreachable, Verdict
from bookingflow.core.failures import WITHOUT_TABLE_CODES
from bookingflow.core.problems import Problem
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.text import counted
from bookingflow.report.allure import result_of_the_run
from bookingflow.report.allure_results.records import Evidence, attach_to_run
from bookingflow.report.pictures.confirmation_times import BY_PHASE, phase_times, times_picture, times_table
from bookingflow.report.repetitions import measured_headline, measured_rows
from bookingflow.report.summary import PreflightItem, booking_summary, run_metrics
from bookingflow.world import World

PROMISED = "Promised to every booking"
TIMES = "Confirmation times"
MEASURED = "Bookings made"
NOTED = "Noted before the first booking"


def report_judgement(world: World) -> None:
    """Let a run that booked anything be judged, and write what the report shows of it.

    Raises what was found and is not known, several at once as an ExceptionGroup; TargetUnreachable where the run was
    given up because nothing answers, so that nothing can be judged.
    """
    if over := world.session.ended():
        raise over
    if world.giving_up.unreachable:
        raise TargetUnreachable("The run was given up: nothing can be asked any more.", hint="Is it still running?")
    if not world.session.reports:
        return
    promises = world.audit.judge()
    results: dict[str, Verdict | SuiteError] = {
        finding.title: finding.verdict() for finding in world.audit.findings if not finding.known
    }
    results |= {promise.name: promise.error for promise in promises if promise.error is not None}
    found: list[Exception] = []
    for name, error in results.items():
        severity = Severity.BLOCKER if error.code in WITHOUT_TABLE_CODES else Severity.CRITICAL
        try:
            with result_of_the_run(name, PROMISED, severity):
                raise error
        except (Verdict, SuiteError) as reported:
            found.append(reported)
    attach_judgement(world.audit.judged, world.session.preflight.notes, world.session.sanitizer)
    if len(found) == 1:
        raise found[0]
    if found:
        raise ExceptionGroup("The run as a whole did not hold", found)


def attach_judgement(judged: Judged, notes: Iterable[Problem | PreflightItem], sanitizer: Sanitizer) -> None:
    """Attach to the run how each promise to all its bookings ended, what was noted, and the confirmation times."""
    attach = Evidence(sanitizer, attach=attach_to_run)
    bookings = counted(judged.bookings, "booking")
    ends = [{"promise": promise, "ended": end} for promise, end in judged.ends.items()]
    attach.table(f"{PROMISED}: {judged.audited} of {bookings} checked", ends)
    attach.table(NOTED, [{"noted": one.sentence, "mend": one.mend, "who can act": one.who_can_act} for one in notes])
    if judged.waited_ms:
        attach.picture(TIMES, times_picture(judged.waited_ms))
        attach.table(f"{TIMES} (table)", times_table(judged.waited_ms))
    else:
        attach.sentence(TIMES, f"None of {bookings} was confirmed.")


def attach_measured(world: World) -> None:
    """Attach to the run what was measured of many bookings: each phase as a row, and as a picture."""
    attach = Evidence(world.session.sanitizer, attach=attach_to_run)
    metrics = run_metrics([booking_summary(report) for report in world.session.reports])
    times = phase_times(report.booking for report in world.session.reports)
    if times:
        attach.picture(MEASURED, times_picture(times, BY_PHASE, measured_headline(metrics)))
        distinct = {"measured": "different tables", "max": metrics.distinct_tables}
        attach.table(f"{MEASURED} (table)", [*measured_rows(metrics), distinct])
