"""From a promise to the platform's log in one click: one trace a booking, the same in all that a run leaves."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from xml.etree import ElementTree

from tests.support.whole_runs import run

JOB = """
import os, pathlib, sys
pathlib.Path(sys.argv[1]).write_text(os.environ.get("TRACEPARENT", ""))
"""


def test_a_bookings_trace_is_in_records_summary_junit_and_report(tmp_path: Path) -> None:
    done, summary = run(
        tmp_path, "--tags=@BOOK-002", BOOKING_TRACE_LINK="https://traces.example/trace/{trace_id}?from=acceptance"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (booking,) = summary["bookings"]
    trace = booking["traceId"]
    assert booking["correlationId"].replace("-", "") == trace
    lines = (tmp_path / "reports" / "phases.jsonl").read_text(encoding="utf-8").splitlines()
    submit = next(r for r in map(json.loads, lines) if (r["phase"], r["event"]) == ("submit", "phase_completed"))
    assert submit["details"]["traceId"] == trace
    root = ElementTree.parse(tmp_path / "reports" / "junit.xml").getroot()
    assert [item.get("value") for item in root.iter("property") if item.get("name") == "trace"] == [trace]
    results = [json.loads(path.read_text("utf-8")) for path in (tmp_path / "allure-results").glob("*-result.json")]
    (result,) = [result for result in results if result["name"].startswith("BOOK-002")]
    links = {link["url"]: link["name"] for link in result["links"]}
    assert links[f"https://traces.example/trace/{trace}?from=acceptance"] == f"Trace of booking {booking['reference']}"
    exchange = next(item for item in result["attachments"] if item["name"] == "HTTP exchange")
    sent = json.loads((tmp_path / "allure-results" / exchange["source"]).read_text("utf-8"))["request"]["headers"]
    assert sent["traceparent"].startswith(f"00-{trace}-")


def test_the_command_of_the_job_learns_the_trace(tmp_path: Path) -> None:
    program, said = tmp_path / "job.py", tmp_path / "received"
    program.write_text(JOB, encoding="utf-8")
    _, summary = run(
        tmp_path,
        "--tags=@BOOK-003",
        BOOKING_JOB_COMMAND=f"{shlex.quote(sys.executable)} {program} {said} {{booking_id}}",
        BOOKING_DEADLINE_CAP="5",
    )
    assert said.read_text(encoding="utf-8").startswith(f"00-{summary['bookings'][0]['traceId']}-")
