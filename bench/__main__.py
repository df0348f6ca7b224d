"""`make bench`: how fast the suite starts, runs and notices, each against a yardstick measured in the same run.

Numbers go to reports/bench.json; nothing here passes or fails, timed tests do not belong into a test suite.
"""

from __future__ import annotations

import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import timeit
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench.guests import book
from bench.noticing import look_times, simulated, watched
from bookingflow.core.timing import SystemClock
from bookingflow.core.trace import trace_id_of, traceparent
from bookingflow.platform.api import BookingApi
from bookingflow.platform.api_models import CONFIRMED, Accepted, Exchange, HttpMetrics
from bookingflow.report.page_generator import PageNotMade
from bookingflow.report.site import make_page
from bookingflow.report.summary import spread
from demo.client import start_demo

ROOT = Path(__file__).resolve().parent.parent
SCENARIOS = 200
GUESTS_AT_ONCE = 8
BOOKINGS_A_GUEST = 80
TRACED = 2000

PLAIN_STEPS = """
from behave import given
@given("a step")
def step(context): pass
"""
OUR_ENVIRONMENT = """
from bookingflow.core.events import BookingLog, EventStream
from bookingflow.core.timing import SystemClock
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.report.allure import sanitize_with
from bookingflow.report.allure_records import AllureRecords, Evidence
from bookingflow.report.jsonlines import RecordFile
from bookingflow.report.timeline import timeline
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
REPORTED = 500


def main() -> None:
    """Measure everything and write it down."""
    results: dict[str, Any] = {
        "firstSmokeS": first_smoke(),
        "oneScenarioS": one_scenario(),
        "stackColdS": stack_start(cold=True),
        "stackWarmS": statistics.median(stack_start(cold=False) for _ in range(3)),
        "smokeS": seconds(lambda: run([sys.executable, "-m", "behave", "--tags=@smoke"], ROOT)),
        **throughput(),
        **harness_overhead(),
        **report(),
        "noticing": {f"ready within {most:g} s": simulated(most) for most in (2.0, 20.0)},
        "noticingInDatabase": watched(),
        "looksIn90S": len(look_times(90.0)) - 1,
    }
    target = ROOT / "reports" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(results, indent=2) + "\n")
    print(json.dumps(results, indent=2))


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds of a piece of work."""
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 3)


def run(argv: list[str], folder: Path, **environment: str) -> None:
    """Run a program quietly; a failure of it is a failure of the benchmark."""
    subprocess.run(argv, cwd=folder, env={**os.environ, **environment}, check=True, capture_output=True)  # noqa: S603


def first_smoke() -> float:
    """Seconds of the first `make smoke` in a fresh clone, set-up by uv included, with what uv keeps on this machine."""
    with tempfile.TemporaryDirectory(prefix="bench-clone-") as name:
        run(["git", "clone", "--quiet", str(ROOT), name], ROOT)
        return seconds(lambda: run(["make", "smoke"], Path(name)))


def one_scenario() -> float:
    """Seconds of the whole process of one scenario that is confirmed at once, with a running demo: the best of 5."""
    argv = [sys.executable, "-m", "behave", "--tags=@BOOK-004"]
    with running_demo() as line, tempfile.TemporaryDirectory(prefix="bench-one-") as name:
        where = {**line["env"], "BOOKING_OUTPUT_DIR": name}
        return min(seconds(lambda: run(argv, ROOT, **where)) for _ in range(5))


def stack_start(*, cold: bool) -> float:
    """Seconds from nothing to the first answered request; cold makes the database's template first."""
    with tempfile.TemporaryDirectory(prefix="bench-cache-") as cache:
        Path(cache).chmod(0o755)
        began = time.perf_counter()
        with running_demo(**({"XDG_CACHE_HOME": cache} if cold else {})) as line:
            httpx.get(f"{line['api_base_url']}/api/events").raise_for_status()
            return round(time.perf_counter() - began, 3)


@contextmanager
def running_demo(**environment: str) -> Iterator[dict[str, Any]]:
    """A demo in a process of its own, gone afterwards; what it says of itself."""
    argv = [sys.executable, "-m", "demo", "--port", "0", "--json"]
    environment = {**os.environ, **environment}
    with subprocess.Popen(argv, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as demo:  # noqa: S603
        yield json.loads(demo.stdout.readline())  # type: ignore[union-attr]  # a pipe


def throughput() -> dict[str, Any]:
    """Bookings the demo confirms in a second, driven by the suite's own client, and how long each answer takes."""
    demo = start_demo()
    try:
        clients = [BookingApi(demo.api_base_url, clock=SystemClock()) for _ in range(GUESTS_AT_ONCE)]
        for number, client in enumerate(clients):
            client.client_address = f"192.0.2.{number + 1}"
        if demo.controls is not None:
            demo.controls.set_flags(rate_limit=False)
        began = time.perf_counter()
        with ThreadPoolExecutor(GUESTS_AT_ONCE) as pool:
            times = list(pool.map(_book_for_a_while, clients, range(GUESTS_AT_ONCE)))
        took = time.perf_counter() - began
    finally:
        demo.close()
    confirmed = [spent for guest in times for spent in guest]
    return {"confirmedPerS": round(len(confirmed) / took, 1), "postMs": spread(confirmed)}


def _book_for_a_while(client: BookingApi, guest: int) -> list[float]:
    """Milliseconds of each confirmed booking of one guest after the other."""
    confirmed = []
    for number in range(BOOKINGS_A_GUEST):
        answer = book(
            client,
            f"bench{guest}-{number}",
            f"+4477{guest:03d}{number:06d}",
            days_ahead=3 + number % 40 + 40 * guest,
            time=datetime.time(12 + 2 * (number // 40)),
        )
        if isinstance(answer, Accepted) and answer.status == CONFIRMED:
            confirmed.append(answer.exchange.metrics.duration_ms)
    client.close()
    return confirmed


def harness_overhead() -> dict[str, float]:
    """Milliseconds a scenario that records and Allure cost above plain behave."""
    plain = timed_features("null", "", "")
    ours = timed_features("bookingflow.report.allure:AllureFormatter", "results", OUR_ENVIRONMENT)
    return {
        "plainBehaveMsPerScenario": round(plain / SCENARIOS * 1000, 2),
        "oursMsPerScenario": round(ours / SCENARIOS * 1000, 2),
        "overheadMsPerScenario": round((ours - plain) / SCENARIOS * 1000, 2),
        "traceMsPerScenario": round(traced(), 4),
    }


def traced() -> float:
    """Milliseconds that the trace of one booking costs: a header for each of three requests, its id in the record, and
    the names of the request taken from the answer.
    """
    correlation_id, answer = str(uuid.uuid4()), {f"x-header-{number}": "value" for number in range(20)}
    exchange = Exchange(HttpMetrics("POST", "/", 201, 0, 0, 1.0), {}, None, {**answer, "cf-ray": "8f3a-FRA"}, "")

    def booking() -> None:
        for _ in range(3):
            traceparent(correlation_id)
        trace_id_of(correlation_id)
        exchange.request_ids()

    return timeit.timeit(booking, number=TRACED) / TRACED * 1000


def timed_features(formatter: str, outfile: str, environment: str) -> float:
    """Seconds behave takes for many small scenarios, its own start not counted."""
    with tempfile.TemporaryDirectory(prefix="bench-behave-") as name:
        took = [run_scenarios(Path(name), count, formatter, outfile, environment) for count in (1, SCENARIOS + 1)]
        return took[1] - took[0]


def run_scenarios(folder: Path, count: int, formatter: str, outfile: str, environment: str) -> float:
    """Seconds behave takes for so many small scenarios in this folder."""
    (folder / "steps").mkdir(exist_ok=True)
    (folder / "steps" / "steps.py").write_text(PLAIN_STEPS)
    (folder / "environment.py").write_text(environment)
    scenarios = "".join(f"  Scenario: s{n}\n" + "    Given a step\n" * 3 for n in range(count))
    (folder / "a.feature").write_text(f"Feature: F\n{scenarios}")
    argv = [sys.executable, "-m", "behave", "-f", formatter, *(("-o", outfile) if outfile else ()), "--no-summary"]
    return seconds(lambda: run([*argv, "a.feature"], folder, PYTHONPATH=str(ROOT)))


def report() -> dict[str, Any]:
    """Bytes of a passing scenario's results, and the seconds and bytes of the page of many; no page without Node.js."""
    with tempfile.TemporaryDirectory(prefix="bench-report-") as name:
        folder = Path(name)
        run_scenarios(folder, REPORTED, "bookingflow.report.allure:AllureFormatter", "results", OUR_ENVIRONMENT)
        held = sum(path.stat().st_size for path in (folder / "results").iterdir())
        measured: dict[str, Any] = {"resultsKBPerScenario": round(held / REPORTED / 1000, 1)}
        page, history = folder / "allure.html", folder / "history.jsonl"
        try:
            took = seconds(lambda: make_page(folder / "results", page, history))
        except PageNotMade as error:
            return {**measured, "page": str(error)}
        return {**measured, "pageScenarios": REPORTED, "pageS": took, "pageMB": round(page.stat().st_size / 1e6, 1)}


if __name__ == "__main__":
    main()
