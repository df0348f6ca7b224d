"""The run as a whole, in the report: what was measured over all its bookings, and what all of them are promised.

A promise that did not hold is a result beside the scenarios. Those that held are none, so that the report counts what
the console counts: they stand in one table among the report's global attachments, with the confirmation times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from allure_commons.types import Severity

from bookingflow.core.errors import BrokenPromise, SuiteError, Verdict
from bookingflow.core.text import counted
from bookingflow.report.allure import result_of_the_run
from bookingflow.report.allure_records import Evidence, attach_to_run
from bookingflow.report.confirmation_times import confirmation_times, times_picture, times_table
from bookingflow.world import World

PROMISED = "Promised to every booking"
TIMES = "Confirmation times"


@dataclass(frozen=True)
class RunPromise:
    """What is promised to every booking of a run, and what looks whether it holds."""

    name: str
    severity: Severity
    check: Callable[[], None]


def promises_of(world: World) -> Sequence[RunPromise]:
    """In the order in which they are judged."""
    audit = world.audit
    return (
        RunPromise("No table is given twice at the same time", Severity.BLOCKER, audit.check_no_table_twice),
        RunPromise(
            "What was confirmed stays confirmed, what was cancelled stays cancelled",
            Severity.CRITICAL,
            audit.check_still_standing,
        ),
        RunPromise(
            "Every booking is kept as it was asked for, and there is no other",
            Severity.CRITICAL,
            audit.check_house_rules,
        ),
        RunPromise("A request sent once more is recognised", Severity.CRITICAL, audit.check_request_remembered),
    )


def judge_run(world: World) -> None:
    """Judge a run that booked anything, and write what the report shows of it.

    Raises what was found, several at once as an ExceptionGroup.
    """
    if not world.session.reports:
        return
    found: list[Exception] = []
    ends: list[dict[str, str]] = []
    for promise in promises_of(world):
        end = "kept"
        try:
            with result_of_the_run(promise.name, PROMISED, promise.severity):
                promise.check()
        except (Verdict, SuiteError) as error:
            found.append(error)
            end = "broken" if isinstance(error, BrokenPromise) else "not judged"
        ends.append({"promise": promise.name, "ended": end})
    _attach(world, ends)
    if len(found) == 1:
        raise found[0]
    if found:
        raise ExceptionGroup("The run as a whole did not hold", found)


def _attach(world: World, ends: Sequence[dict[str, str]]) -> None:
    reports = world.session.reports
    attach = Evidence(world.session.sanitizer, attach=attach_to_run)
    bookings = counted(len(reports), "booking")
    attach.table(f"{PROMISED}: {world.audit.audited} of {bookings} checked", ends)
    times = confirmation_times(report.booking for report in reports)
    if times:
        attach.picture(TIMES, times_picture(times))
        attach.table(f"{TIMES} (table)", times_table(times))
    else:
        attach.sentence(TIMES, f"None of {bookings} was confirmed.")
