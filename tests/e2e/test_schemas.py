"""Real runs write what the published schemas say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bookingflow.report.schemas import DOCS
from tests.support.processes import finished
from tests.support.whole_runs import breaches, run


def check(schema: str, *instances: Path) -> None:
    named = ("--schemafile", str(DOCS / schema), *map(str, instances))
    done = finished("-m", "check_jsonschema", *named)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "variables", "verdict"),
    [
        (("--tags=@smoke",), {}, "kept"),
        (
            ("--tags=@BOOK-024,@BOOK-002,@BOOK-060",),
            {"BOOKING_DEMO_DEFECTS": "seating-wish-ignored,email-lost"},
            "broken",
        ),
        (("--tags=@BOOK-001",), {"BOOKING_DEMO_DEFECTS": "pending-for-ever", "BOOKING_DEADLINE_CAP": "3"}, "broken"),
        ((), {"BOOKING_PARTY_SIZE": "0"}, "not_judged"),
    ],
    ids=["kept", "broken", "diagnosed", "not begun"],
)
def test_a_run_writes_what_the_schemas_say(
    tmp_path: Path, arguments: tuple[str, ...], variables: dict[str, str], verdict: str
) -> None:
    _, summary = run(tmp_path, *arguments, BOOKING_KNOWN_BREACHES=breaches(tmp_path, "2999-12-31"), **variables)
    assert summary["verdict"] == verdict
    check("summary.schema.json", tmp_path / "reports" / "summary.json")
    lines = (tmp_path / "reports" / "phases.jsonl").read_text(encoding="utf-8").splitlines()
    records = [tmp_path / f"{number}.json" for number in range(len(lines))]
    for path, line in zip(records, lines, strict=True):
        path.write_text(line, encoding="utf-8")
    check("phases.schema.json", *records)
    scenarios = {json.loads(line)["scenario"] for line in lines} - {None}
    assert all(name.startswith("BOOK-") for name in scenarios)
    assert {booking["scenario"] for booking in summary["bookings"]} == scenarios


def test_a_summary_that_lacks_a_field_is_none(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    path.write_text('{"schemaVersion": 2}', encoding="utf-8")
    with pytest.raises(AssertionError, match="runId"):
        check("summary.schema.json", path)
