"""Many small scenarios of a behave project that has nothing but a step, with and without what this suite records."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.processes import ROOT, run, seconds

STEPS = """
from behave import given
@given("a step")
def step(context): pass
"""
OUR_ENVIRONMENT = """
from bookingflow.core.events import BookingLog, EventStream
from bookingflow.core.timing import SystemClock
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.report.allure import sanitize_with
from bookingflow.report.allure_results.records import AllureRecords, Evidence
from bookingflow.report.jsonlines import RecordFile
from bookingflow.report.pictures.timeline import timeline
from pathlib import Path

REQUEST = {"name": "Acceptance Guest", "email": "guest@example.com", "phone": "+447700900123", "notes": "n" * 200}
ANSWER = {"status": 201, "body": {"booking": {f"field_{n}": "a value of it" for n in range(60)}}}

def before_all(context):
    context.stream = EventStream(run_id="bench", clock=SystemClock(), sanitizer=Sanitizer())
    context.records = AllureRecords()
    context.stream.subscribe(RecordFile(Path("phases.jsonl"), print))
    context.stream.subscribe(context.records)
    sanitize_with(context.stream.sanitizer.text)

def after_scenario(context, scenario):
    log = BookingLog(context.stream, correlation_id="c")
    for name in ("submit", "inline_poll", "background_job", "post_job_poll", "final_summary"):
        with log.phase(name) as phase:
            log.observe("pending, 0 tables", status="pending")
            phase.complete("pending after 2.00 s, 7 looks", looks=7, lookTimesMs=[round(log.elapsed_ms)] * 7)
    records = context.records.take_log()
    attach = Evidence(context.stream.sanitizer, 45_000)
    attach.picture("Timeline", timeline([record.as_json() for record in records], 90.0))
    attach.table("Booking and tables", [{"booking": "HMNJRNJDGY", "table": "T05", "seats": 4}] * 2)
    attach.table("Status history", [{"booking": "HMNJRNJDGY", "from": "pending", "to": "confirmed"}] * 2)
    attach.json("HTTP exchange", {"request": {"body": REQUEST}, "response": ANSWER})
    attach.phase_log(records)
"""
"""A scenario's records and evidence, in the amount of one that needed the background job."""
PLAIN = ("null", "", "")
OURS = ("bookingflow.report.allure:AllureFormatter", "results", OUR_ENVIRONMENT)
"""Formatter, its results' folder, environment.py."""


def run_scenarios(folder: Path, count: int, flavour: tuple[str, str, str]) -> float:
    """Seconds that behave takes for this many of them in this folder."""
    formatter, results, environment = flavour
    (folder / "steps").mkdir(exist_ok=True)
    (folder / "steps" / "steps.py").write_text(STEPS)
    (folder / "environment.py").write_text(environment)
    scenarios = "".join(f"  Scenario: s{number}\n" + "    Given a step\n" * 3 for number in range(count))
    (folder / "a.feature").write_text(f"Feature: F\n{scenarios}")
    argv = [sys.executable, "-m", "behave", "-f", formatter, *(("-o", results) if results else ()), "--no-summary"]
    return seconds(lambda: run([*argv, "a.feature"], folder, PYTHONPATH=str(ROOT)))
