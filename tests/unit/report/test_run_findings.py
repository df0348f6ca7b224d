"""What was found beside the scenarios, as the summary has it."""

from __future__ import annotations

from dataclasses import replace

from bookingflow.audit.findings import Found, grouped
from bookingflow.core.errors import SuiteError
from bookingflow.core.failures import Breach
from bookingflow.report.run_findings import findings_of


def moved(*references: str) -> list[Found]:
    return [Found(Breach("tables_moved", "it had T01 and now has T02"), reference) for reference in references]


def test_what_the_run_judged_is_one_finding_a_code_with_its_bookings() -> None:
    judged = grouped([*moved("A1", "B7"), Found(Breach("nobodys_hold", "T01 is on hold for nobody"))])
    errors = [finding.verdict() for finding in judged]
    tables, hold = findings_of(errors, judged)
    assert (tables.code, tables.count, tables.bookings, tables.known) == ("tables_moved", 2, ("A1", "B7"), None)
    assert tables.sentence == str(errors[0])
    assert (hold.code, hold.count, hold.bookings) == ("nobodys_hold", 1, ())


def test_a_known_finding_says_why_it_is_excused() -> None:
    (finding,) = grouped(moved("A1"))
    (found,) = findings_of([], [replace(finding, known="Being mended.")])
    assert (found.code, found.known) == ("tables_moved", "Being mended.")


def test_what_the_run_found_is_one_finding_for_each_code() -> None:
    (twice,) = grouped([Found(Breach("double_booking", table)) for table in ("T01", "T02")])
    errors = [
        twice.verdict(),
        SuiteError("Two bookings are left."),
        SuiteError("Two bookings are left."),
        SuiteError("The clock stands."),
    ]
    found, left = findings_of(errors, [twice])
    assert (found.code, found.status, found.count) == ("double_booking", "failed", 2)
    assert found.title == "A table is given to two bookings at the same time"
    assert found.who_can_act == "the platform team"
    assert (left.code, left.status, left.count) == ("suite_error", "error", 2)
    assert left.sentence == "Two bookings are left.\nThe clock stands."
