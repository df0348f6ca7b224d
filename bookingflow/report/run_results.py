"""The run as a whole, in the report: what was measured over all its bookings, and what all of them are promised.

Each of these is a result of its own, beside the scenarios.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bookingflow.core.errors import SuiteError, Verdict
from bookingflow.core.text import counted
from bookingflow.report.allure import result_of_the_run
from bookingflow.report.allure_records import Evidence
from bookingflow.report.confirmation_times import confirmation_times, times_picture, times_table
from bookingflow.world import World

MEASURED, PROMISED = "Measured over all bookings", "Promised to every booking"
TIMES = "Confirmation times"
NO_TABLE_TWICE = "No table is given twice at the same time"
STANDING = "What was confirmed stays confirmed, what was cancelled stays cancelled"
KEPT = "Every booking is kept as it was asked for, and there is no other"
REMEMBERED = "A request sent once more is recognised"


def judge_run(world: World) -> None:
    """Write the results of a run that booked anything.

    Raises what was found, several at once as an ExceptionGroup.
    """
    if not world.session.reports:
        return
    with result_of_the_run(TIMES, MEASURED):
        _attach_times(world)
    promises: Mapping[str, Callable[[], None]] = {
        NO_TABLE_TWICE: world.audit.check_no_table_twice,
        STANDING: world.audit.check_still_standing,
        KEPT: world.audit.check_house_rules,
        REMEMBERED: world.audit.check_request_remembered,
    }
    found: list[Exception] = []
    for name, check in promises.items():
        try:
            with result_of_the_run(name, PROMISED):
                Evidence(world.session.sanitizer).sentence("Checked", _checked(world))
                check()
        except (Verdict, SuiteError) as error:
            found.append(error)
    if len(found) == 1:
        raise found[0]
    if found:
        raise ExceptionGroup("The run as a whole did not hold", found)


def _attach_times(world: World) -> None:
    reports = world.session.reports
    times = confirmation_times(report.booking for report in reports)
    attach = Evidence(world.session.sanitizer)
    if not times:
        attach.sentence("Confirmation times", f"None of {counted(len(reports), 'booking')} was confirmed.")
        return
    attach.picture("Confirmation times", times_picture(times))
    attach.table("Confirmation times (table)", times_table(times))


def _checked(world: World) -> str:
    return (
        f"{world.audit.audited} of {counted(len(world.session.reports), 'booking')}, each with its tables, at the "
        "end of its scenario and, but for those of scenarios that failed, once more later."
    )
