"""The background job over HTTP: what each answer means, before anything is booked and for a booking."""

from __future__ import annotations

import json

import httpx
import pytest

from bookingflow.core.timing import Deadline, SystemClock
from bookingflow.core.trace import HEADER, trace_id_of
from bookingflow.platform.background_job import DisabledJob, HttpJob
from tests.support.fakes import BOOKING_ID


def deadline(seconds: float = 10.0) -> Deadline:
    return Deadline(SystemClock(), seconds)


def job(answer: httpx.Response | Exception, token: str | None = None) -> HttpJob:
    """A job that answers so."""

    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return HttpJob("http://job.test/run", token, clock=SystemClock(), transport=httpx.MockTransport(handle))


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
    asked = HttpJob("http://job.test/run", "t0ken", clock=SystemClock(), transport=transport)
    result = asked.run(BOOKING_ID, deadline(), correlation_id=BOOKING_ID)
    assert (result.state, result.finished) == (state, finished)
    assert json.loads(seen[0].content) == {"bookingId": BOOKING_ID}
    assert seen[0].headers["authorization"] == "Bearer t0ken"
    assert trace_id_of(BOOKING_ID) in seen[0].headers[HEADER]


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
    result = job(answer).run(BOOKING_ID, deadline())
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
        (httpx.Response(501), ["job_off"]),
        (httpx.ReadTimeout("slow"), ["job_unanswered"]),
        (httpx.ConnectError("refused"), ["job_unreachable"]),
    ],
)
def test_what_would_keep_it_from_being_run_is_found_beforehand(
    answer: httpx.Response | Exception, codes: list[str]
) -> None:
    assert [problem.code for problem in job(answer).check(deadline())] == codes


def test_a_job_that_can_not_be_reached_failed() -> None:
    result = job(httpx.ConnectError("refused")).run(BOOKING_ID, deadline())
    assert (result.state, result.unusable) == ("failed", True)


def test_a_job_that_takes_too_long_failed_by_what_it_did() -> None:
    result = job(httpx.ReadTimeout("slow")).run(BOOKING_ID, deadline())
    assert (result.state, result.unusable) == ("failed", False)
    assert "did not return before the deadline" in result.said


@pytest.mark.parametrize(("token", "advice"), [("t0ken", "Check BOOKING_JOB_TOKEN"), (None, "Set BOOKING_JOB_TOKEN")])
def test_a_refused_token_is_to_be_checked_or_set(token: str | None, advice: str) -> None:
    (problem,) = job(httpx.Response(403), token).check(deadline())
    assert problem.mend.startswith(advice)


def test_no_job_is_disabled_not_failed() -> None:
    assert DisabledJob().run(BOOKING_ID, deadline()).state == "disabled"


def test_a_flood_of_an_answer_is_cut() -> None:
    result = job(httpx.Response(200, content=b"y" * 50_000_000)).run(BOOKING_ID, deadline())
    assert (result.state, len(result.evidence["body"])) == ("done", 4000)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "illegal header line: bytearray(b'Set-Cookie: session=secret')",
            "no whole answer came from the job (illegal header line)",
        ),
        ("illegal request line", "came from the job (what came is not HTTP)"),
    ],
)
def test_a_broken_answer_is_named_without_its_bytes(said: str, shown: str) -> None:
    result = job(httpx.RemoteProtocolError(said)).run(BOOKING_ID, deadline())
    assert result.unusable
    assert shown in result.said


def test_a_job_that_was_not_reached_was_not_started() -> None:
    result = job(httpx.ConnectError("refused")).run(BOOKING_ID, deadline())
    assert result.said == "the job could not be started (refused)"
    assert job(httpx.ReadError("reset")).run(BOOKING_ID, deadline()).said == "no whole answer came from the job (reset)"
