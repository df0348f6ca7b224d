"""Canaries in everything that a run is given come out of no sink: file, page, console, record, exception."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import allure_commons
import pytest
from allure_commons import model2
from behave.model_type import Status
from hypothesis import example, given
from hypothesis import strategies as st

from bookingflow.core.errors import BrokenPromise, SuiteError
from bookingflow.core.events import EventStream
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.settings import Settings
from bookingflow.report.allure.listener import sanitize_texts
from bookingflow.report.allure_results.records import Evidence
from bookingflow.report.jsonlines import JsonLines
from bookingflow.report.junit import junit_xml
from bookingflow.report.pictures.timeline import timeline
from bookingflow.report.pretty import PrettyLines
from bookingflow.report.reasons import reason_of
from bookingflow.report.scenario_results import result_of
from bookingflow.report.step_errors import StepErrors
from bookingflow.report.terminal.end import end_lines
from bookingflow.report.terminal.progress_line import LiveLine
from bookingflow.report.terminal.stream import ConsoleStream
from tests.support.fakes import FakeClock
from tests.support.scenarios import scenario, step
from tests.support.secrets import FORMS
from tests.support.summaries import summary

CANARY = "c4nary-"
ENTRUSTED: dict[str, Any] = {
    "job_token": "{} job token",
    "demo_admin_token": "{}/admin+token",
    "api_headers": {"X-Gate": "{}gate"},
    "database_url": "postgresql://reader:{}database@db.example/booking",
    "cleanup_database_url": "postgresql://writer:{}%2Fcleanup@db.example/booking",
    "api_base_url": "https://tester:{}basic@stage.example",
    "job_url": "https://jobs.example/{}path?key={}key",
    "webhook": "https://chat.example/{}webhook",
    "heartbeat_url": "https://beat.example/{}beat",
    "notes": "{} wants a cake",
    "guest_name": "Zelda {}name",
    "guest_email": "{}local@guest.example",
}
"""Settings, each with a canary of its own."""


def planted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: planted(item) for name, item in value.items()}
    return value.replace("{}", CANARY)


SECRETS = (
    *("c4nary- job token", "c4nary-/admin+token", "c4nary-gate", "c4nary-database", "c4nary-/cleanup", "c4nary-basic"),
    *("c4nary-path?key=c4nary-key", "c4nary-key", "c4nary-webhook", "c4nary-beat"),
    *("c4nary- wants a cake", "Zelda c4nary-name", "c4nary-local@guest.example"),
)
"""As they are meant."""


class Hearing:
    """Stands where the report stands."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    @allure_commons.hookimpl
    def attach_data(self, body: str, name: str, attachment_type: Any, extension: str) -> None:
        self.heard += [body, name]


def sinks(sanitizer: Sanitizer, said: str) -> Iterator[tuple[str, str]]:
    """What comes out of each sink that is given this, by its name."""
    clock, out = FakeClock(), io.StringIO()
    console: Any = ConsoleStream(out)
    console.masking.masked = sanitizer.masked
    records: list[Any] = []
    stream = EventStream(run_id="r", clock=clock, sanitizer=sanitizer)
    live = LiveLine(console, clock, terminal=True)
    for consumer in (records.append, JsonLines(console), PrettyLines(console), live):
        stream.subscribe(consumer)
    stream.emit("phase_started", said, phase="submit", elapsed_ms=0.0, details={"deadlineS": 1})
    stream.emit("observation", said, details={"status": said, said: [said]}, http={"path": said})
    live.tick()
    print(said, file=console)
    logging.StreamHandler(console).emit(logging.makeLogRecord({"msg": said}))
    yield "records", json.dumps([record.as_json() for record in records], ensure_ascii=False)

    failed = scenario(Status.failed, failed=step(Status.failed, BrokenPromise(said, code="wrong_answer"), name=said))
    failed.name = said
    StepErrors(None, sanitizer.text).result(failed.all_steps[0])
    clean = summary(result_of(failed)).sanitized(sanitizer)
    yield "summary", clean.as_json()
    yield "JUnit", junit_xml(clean, [failed])
    for line in end_lines(clean, paint=lambda text, _: text):
        print(line, file=console)
    yield "console", out.getvalue()

    for error in (SuiteError(said, hint=said), ValueError(said), OSError(1, said, said)):
        yield f"reason: {type(error).__name__}", reason_of(error, sanitizer)[0].model_dump_json()

    hearing = Hearing()
    allure_commons.plugin_manager.register(hearing)
    try:
        attach = Evidence(sanitizer)
        attach.sentence("Diagnosis", said)
        attach.json("HTTP exchange", {"headers": {"X-Gate": said}, "body": said, "deep": [{"x": said}]})
        attach.table("Table", [{"why": said, "notes": said}])
        attach.picture("Timeline", timeline([record.as_json() for record in records], 90.0))
        attach.phase_log(records)
    finally:
        allure_commons.plugin_manager.unregister(hearing)
    yield "attachments", "\n".join(hearing.heard)

    result = model2.TestResult(name=said, statusDetails=model2.StatusDetails(message=said, trace=said))
    result.parameters = [model2.Parameter(name="p", value=said)]
    result.steps = [model2.TestStepResult(name=said, statusDetails=model2.StatusDetails(message=said))]
    sanitize_texts(result, sanitizer.text)
    inner = result.steps[0]
    texts = (result.name, result.statusDetails.message, result.statusDetails.trace, result.parameters[0].value)
    yield "Allure result", "\n".join([*texts, inner.name, inner.statusDetails.message])


@pytest.fixture(scope="module")
def entrusted() -> Sanitizer:
    sanitizer = Sanitizer()
    sanitizer.register_settings(Settings.model_validate(planted(ENTRUSTED)))
    return sanitizer


@example(secret="Zelda c4nary-name", form="as it is", before="\x1b[31m", after="&b=1")
@given(
    secret=st.sampled_from(SECRETS),
    form=st.sampled_from(sorted(FORMS)),
    before=st.sampled_from(["", "told ", "a=", '{"x": "', "\n", "\x1b[31m"]),
    after=st.sampled_from(["", " told", '"}', "&b=1", "\n"]),
)
def test_no_canary_comes_out_of_any_sink(entrusted: Sanitizer, secret: str, form: str, before: str, after: str) -> None:
    if "@" in secret and "Base64" in form:
        return  # a run has hundreds of addresses; in Base64 nobody reads them by chance
    written = FORMS[form](secret)
    leaks = [secret, written.strip("\"'"), CANARY, CANARY.replace("-", "%2D"), "c4nary"]
    for name, shown in sinks(entrusted, f"{before}{written}{after}"):
        assert [leak for leak in leaks if leak in shown] == [], name
        assert "***" in shown or name == "console", name


def test_a_canary_that_nobody_registered_does_come_out() -> None:
    assert all("c4nary" in shown for _, shown in sinks(Sanitizer(), "told c4nary"))
