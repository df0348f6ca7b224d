"""The ways to start the background job: what each answer means, and that nothing outlives the deadline."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from bookingflow.core.timing import Deadline, SystemClock
from bookingflow.platform.background_job import CommandJob, DisabledJob, HttpJob
from tests.support.fakes import BOOKING_ID

PYTHON = shlex.quote(sys.executable)


def deadline(seconds: float = 10.0) -> Deadline:
    return Deadline(SystemClock(), seconds)


@pytest.mark.parametrize(
    ("status", "state", "finished"),
    [
        (200, "done", True),
        (204, "done", True),
        (202, "done", False),
        (404, "disabled", True),
        (501, "disabled", True),
        (500, "failed", True),
        (401, "failed", True),
    ],
)
def test_what_an_answer_of_the_job_means(status: int, state: str, finished: bool) -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status)

    transport = httpx.MockTransport(handle)
    result = HttpJob("http://job.test/run", "t0ken", clock=SystemClock(), transport=transport).run(
        BOOKING_ID, deadline()
    )
    assert (result.state, result.finished) == (state, finished)
    assert json.loads(seen[0].content) == {"bookingId": BOOKING_ID}
    assert seen[0].headers["authorization"] == "Bearer t0ken"


@pytest.mark.parametrize(
    ("answer", "state", "unusable", "words"),
    [
        (httpx.Response(200, html="<h1>Sign in</h1>"), "failed", True, "a page of HTML (HTTP 200)"),
        (httpx.Response(200, html="ok"), "done", False, "the job ran"),
        (httpx.Response(404, html="<h1>Cannot POST /job</h1>"), "failed", True, "a page of HTML (HTTP 404)"),
        (httpx.Response(302, headers={"Location": "/sign-in"}), "failed", True, "a log-in page (HTTP 302"),
        (httpx.Response(502, html="<h1>502 Bad Gateway</h1>"), "failed", True, "a gateway answers"),
        (httpx.Response(503, json={"error": "No worker is free."}), "failed", False, "HTTP 503"),
        (httpx.Response(413, text="too large"), "failed", True, "something that is not the booking API (HTTP 413)"),
        (httpx.Response(409, json={"error": "It runs already."}), "failed", False, "HTTP 409"),
        (httpx.Response(401, json={"error": "Unauthorized"}), "failed", True, "is BOOKING_JOB_TOKEN right?"),
        (httpx.Response(403), "failed", True, "is BOOKING_JOB_TOKEN right?"),
        (httpx.Response(405), "failed", True, "is BOOKING_JOB_URL right?"),
        (httpx.Response(429, json={"error": "Too many requests"}), "failed", True, "asks this suite to slow down"),
    ],
)
def test_what_answers_in_the_jobs_place_is_no_failure_of_the_job(
    answer: httpx.Response, state: str, unusable: bool, words: str
) -> None:
    transport = httpx.MockTransport(lambda _: answer)
    result = HttpJob("http://job.test/run", None, clock=SystemClock(), transport=transport).run(BOOKING_ID, deadline())
    assert (result.state, result.unusable) == (state, unusable)
    assert words in result.said


@pytest.mark.parametrize(
    ("answer", "codes"),
    [
        (httpx.Response(404, json={"error": "No such booking"}), []),
        (httpx.Response(200, html="<h1>Sign in</h1>"), ["job_unreachable"]),
        (httpx.Response(404, html="<h1>Cannot POST /job</h1>"), ["job_unreachable"]),
        (httpx.Response(302, headers={"Location": "/sign-in"}), ["job_unreachable"]),
        (httpx.Response(407), ["job_unreachable"]),
        (httpx.Response(401), ["job_token"]),
    ],
)
def test_what_answers_in_the_jobs_place_is_found_beforehand(answer: httpx.Response, codes: list[str]) -> None:
    job = HttpJob("http://job.test/run", None, clock=SystemClock(), transport=httpx.MockTransport(lambda _: answer))
    assert [problem.code for problem in job.check(deadline())] == codes


def test_a_job_that_can_not_be_reached_failed() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    job = HttpJob("http://job.test/run", None, clock=SystemClock(), transport=httpx.MockTransport(refuse))
    assert (job.run(BOOKING_ID, deadline()).state, job.run(BOOKING_ID, deadline()).unusable) == ("failed", True)


def test_a_command_gets_the_booking_without_a_shell_and_its_output_is_kept() -> None:
    program = "import sys; print('for', sys.argv[1], sys.argv[2])"
    template = f'{PYTHON} -c "{program}" {{booking_id}} "$HOME;x"'
    result = CommandJob(template, clock=SystemClock()).run(BOOKING_ID, deadline())
    assert result.state == "done"
    assert result.evidence["output"] == f"for {BOOKING_ID} $HOME;x\n"


def test_a_command_that_fails_or_is_not_there_is_named() -> None:
    failing = CommandJob(f"""{PYTHON} -c "raise SystemExit('no such table')" {{booking_id}}""", clock=SystemClock())
    assert failing.run(BOOKING_ID, deadline()).said == 'the job\'s command ended with 1 ("no such table")'
    missing = CommandJob("/no/such/program {booking_id}", clock=SystemClock())
    assert "could not be started" in missing.run(BOOKING_ID, deadline()).said
    assert missing.run(BOOKING_ID, deadline()).unusable
    assert failing.run(BOOKING_ID, deadline()).unusable


def test_a_command_and_its_children_are_stopped_at_the_deadline(tmp_path: Path) -> None:
    survived = tmp_path / "survived"
    child = f"import time, pathlib; time.sleep(1.5); pathlib.Path({str(survived)!r}).touch()"
    script = tmp_path / "job.py"
    script.write_text(
        f"import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', {child!r}])\ntime.sleep(30)\n"
    )
    clock = SystemClock()
    limit = deadline(0.5)
    result = CommandJob(f"{PYTHON} {shlex.quote(str(script))} {{booking_id}}", clock=clock).run(BOOKING_ID, limit)
    assert result.state == "failed"
    assert "did not return" in result.said
    assert limit.elapsed < 1.4
    clock.sleep(1.5)
    assert not survived.exists()


def test_no_job_is_disabled_not_failed() -> None:
    assert DisabledJob().run(BOOKING_ID, deadline()).state == "disabled"


def running(mark: str) -> bool:
    """Whether a process with this word in its command line runs."""
    return any(
        mark in word
        for process in psutil.process_iter(["cmdline", "status"])
        if process.info["status"] != psutil.STATUS_ZOMBIE
        for word in process.info["cmdline"] or ()
    )


def test_done_is_when_the_command_ends_and_what_it_left_running_ends_too() -> None:
    program = (
        "import subprocess, sys; "
        "[subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)  # left-running'], "
        "start_new_session=own) for own in (False, True)]; print('started')"
    )
    limit = deadline(20)
    result = CommandJob(f'{PYTHON} -c "{program}"', clock=SystemClock()).run(BOOKING_ID, limit)
    assert (result.state, result.evidence["output"]) == ("done", "started\n")
    assert limit.elapsed < 5
    assert not running("left-running")


def test_a_flood_of_output_is_cut_while_it_runs() -> None:
    program = "import sys; [sys.stdout.write('x' * 1000000) for _ in range(64)]"
    before = psutil.Process().memory_info().rss
    result = CommandJob(f'{PYTHON} -c "{program}"', clock=SystemClock()).run(BOOKING_ID, deadline(20))
    assert result.state == "done"
    assert result.evidence["output"].endswith("(cut: it printed more than 1000000 bytes)")
    assert len(result.evidence["output"]) < 5000
    assert psutil.Process().memory_info().rss - before < 20_000_000


def test_an_interrupt_ends_the_command_with_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    job = CommandJob(f'{PYTHON} -c "import time; time.sleep(60)  # interrupted-job"', clock=SystemClock())
    wait = subprocess.Popen.wait
    monkeypatch.setattr(subprocess.Popen, "wait", lambda self, timeout=None: interrupted() if timeout else wait(self))
    with pytest.raises(KeyboardInterrupt):
        job.run(BOOKING_ID, deadline())
    assert not running("interrupted-job")


def test_a_flood_of_an_answer_is_cut() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=b"y" * 50_000_000))
    result = HttpJob("http://job.test/run", None, clock=SystemClock(), transport=transport).run(BOOKING_ID, deadline())
    assert (result.state, len(result.evidence["body"])) == ("done", 4000)
