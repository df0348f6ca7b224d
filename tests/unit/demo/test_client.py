"""What a program that uses the demo knows of the demo's process."""

from __future__ import annotations

import io
import json
import subprocess
from typing import IO, Any

import httpx
import pytest
import uvicorn

from demo import client
from demo.client import Demo, DemoAdmin, start_demo


class Dying:
    """A demo's process that is being killed: it counts as running until somebody waits for it."""

    pid = 7
    stdin: IO[str] | None = None
    stdout: IO[str] | None = io.StringIO()

    def __init__(self) -> None:
        self.status: int | None = None

    def poll(self) -> int | None:
        return self.status

    def wait(self, timeout: float | None = None) -> int:
        self.status = -9
        return self.status

    def terminate(self) -> None:
        raise subprocess.TimeoutExpired("demo", 0)

    kill = terminate


def demo_with(answer: httpx.MockTransport) -> tuple[Demo, Dying]:
    process, controls = Dying(), DemoAdmin("http://admin.test", "token")
    controls._client = httpx.Client(base_url="http://admin.test", transport=answer)
    demo = Demo(
        api_base_url="http://api.test",
        database_url="postgresql://x@y/z",
        job_url=None,
        job_token=None,
        controls=controls,
        process=process,
    )
    return demo, process


def test_what_the_python_of_a_machine_prints_first_is_not_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {
        "api_base_url": "http://api.test",
        "observer_database_url": "postgresql://x@y/z",
        "job_url": "http://j.test",
    }
    env = {"BOOKING_JOB_TOKEN": "t", "BOOKING_DEMO_ADMIN_URL": "http://admin.test", "BOOKING_DEMO_ADMIN_TOKEN": "t"}
    process = Dying()
    process.stdout = io.StringIO("site-wide start-up\n" + json.dumps({**said, "env": env}) + "\n")
    monkeypatch.setattr(client, "begin", lambda _: process)
    assert start_demo().api_base_url == "http://api.test"


def test_whether_it_has_ended_costs_no_request_until_something_failed() -> None:
    asked: list[str] = []

    def hang_up(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        raise httpx.ReadError("gone")

    demo, process = demo_with(httpx.MockTransport(hang_up))
    assert demo.ended() == ""
    assert (asked, process.status) == ([], None)
    assert demo.ended(to_the_moment=True) == "process 7 was ended by SIGKILL"
    assert asked == ["/flags"]
    assert demo.ended() == "process 7 was ended by SIGKILL"


def test_a_demo_that_answers_has_not_ended() -> None:
    demo, process = demo_with(httpx.MockTransport(lambda request: httpx.Response(200, json={})))
    assert demo.ended(to_the_moment=True) == ""
    assert process.status is None


def test_a_demo_that_is_slow_has_not_ended() -> None:
    def wait(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    demo, process = demo_with(httpx.MockTransport(wait))
    assert demo.ended(to_the_moment=True) == ""
    assert process.status is None


def test_no_request_is_sent_over_a_connection_that_the_demo_may_be_closing(monkeypatch: pytest.MonkeyPatch) -> None:
    made, limits = httpx.Client, list[httpx.Limits]()

    def noted(**how: Any) -> httpx.Client:
        limits.append(how["limits"])
        return made(**how)

    monkeypatch.setattr(httpx, "Client", noted)
    DemoAdmin("http://admin.test", "token").close()
    (kept_open,) = [limit.keepalive_expiry for limit in limits]
    assert kept_open is not None
    assert kept_open < uvicorn.Config("app").timeout_keep_alive
