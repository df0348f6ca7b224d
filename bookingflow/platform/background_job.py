"""The background job that assigns tables later: started by HTTP, by a command, or not at all.

All adapters answer with a JobResult and never raise for what the job does. Safe to repeat by the platform's promise.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import httpx

from bookingflow.core.problems import Problem
from bookingflow.core.processes import kill_group
from bookingflow.core.stop_signals import signal_name
from bookingflow.core.text import one_line
from bookingflow.core.timing import Clock, Deadline, TimeUpError, within
from bookingflow.core.trace import HEADER, VARIABLE, traceparent
from bookingflow.platform.api_models import Exchange, HttpMetrics
from bookingflow.platform.http_access import HttpAccess
from bookingflow.platform.http_problems import http_problem, in_words, trouble_of
from bookingflow.platform.walls import UNREADABLE, Wall, find_wall, is_markup, refuses_in_its_place

DISABLED_STATUSES = frozenset({404, 501})
"""docs/live-platform.md, "The background job": 404 and 501 mean switched off, any 2xx accepted, the rest failed."""
REFUSED_STATUSES = frozenset({401, 403})
"""Failed, and most likely for a wrong token."""
NOT_RUN: Mapping[int, str] = {
    **dict.fromkeys(REFUSED_STATUSES, ": is BOOKING_JOB_TOKEN right?"),
    405: ": is BOOKING_JOB_URL right?",
    429: ": it asks this suite to slow down",
}
"""Statuses with which the job was not run, for how or how often it was asked, each with what to look at."""
CHECK_S = 3.0
"""Seconds within which it answers to a check."""
JOB_URL = "BOOKING_JOB_URL"
OUTPUT_KEPT = 4000
"""Characters of a job's output that go into the evidence: from the end of a command's, from the start of an answer."""
MOST_OUTPUT = 1_000_000
"""Bytes of a command's output that are looked at; the rest is read and dropped."""
MOST_SAID = 160
"""Characters of what a command said last that a sentence repeats."""
DRAIN_S = 0.2
"""Seconds that what a command printed last may take to arrive, while a child of it still holds the pipe."""
FAMILY = "BOOKINGFLOW_JOB"
"""The environment variable by which a command's children are known."""


@dataclass(frozen=True)
class JobResult:
    """How starting the job ended. `finished` tells a job that is done from one merely accepted (HTTP 202)."""

    state: Literal["done", "failed", "disabled"]
    said: str
    duration_ms: float
    finished: bool = True
    evidence: dict[str, Any] = field(default_factory=dict)
    unusable: bool = False
    """Whether it failed by how the suite was set up to start it (address, token, command), and not by what it did."""
    by_command: bool = False
    """Whether a command of the suite's own was run: that it ended well does not say that it was the platform's job."""


class BackgroundJob(Protocol):
    """A way to start the platform's assignment job for one booking."""

    def run(self, booking_id: str, deadline: Deadline, *, correlation_id: str = "") -> JobResult:
        """Start it and wait for it, never past the deadline; in the trace of the booking with this correlation id."""

    def check(self, deadline: Deadline) -> list[Problem]:
        """What would keep it from being started, before anything is booked; no booking is touched."""


class DisabledJob:
    """No job is configured."""

    def run(self, booking_id: str, deadline: Deadline, *, correlation_id: str = "") -> JobResult:  # noqa: ARG002 - the protocol's signature
        return JobResult("disabled", "no background job is configured (BOOKING_JOB_URL or BOOKING_JOB_COMMAND)", 0.0)

    def check(self, deadline: Deadline) -> list[Problem]:  # noqa: ARG002 - the protocol's signature
        """Nothing: what is not configured is said when a booking needs it."""
        return []


class HttpJob:
    """POST {"bookingId": …} to a URL, with a bearer token when one is set."""

    def __init__(
        self,
        url: str,
        token: str | None,
        *,
        clock: Clock,
        access: HttpAccess | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = url
        self._access = access or HttpAccess(url)
        self.token = token
        self.clock = clock
        self._transport = transport

    def run(self, booking_id: str, deadline: Deadline, *, correlation_id: str = "") -> JobResult:
        began = self.clock.monotonic()
        try:
            response, body = within(
                deadline.remaining, lambda: self._post(booking_id, deadline.remaining, correlation_id)
            )
        except (TimeUpError, httpx.TimeoutException):
            return self._result("failed", "the job did not return before the deadline", began)
        except httpx.HTTPError as error:
            begun = isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError)
            begun = begun and not isinstance(error, httpx.ConnectError)
            what = "no whole answer came from the job" if begun else "the job could not be started"
            said = f"{what} ({in_words(error)})"
            return self._result("failed", said, began, unusable=True)
        evidence = {"status": response.status_code, "body": body}
        wall = _wall_before(response, body)
        if wall is not None:
            return self._result("failed", wall.sentence, began, evidence, unusable=True)
        if response.is_success:
            return self._result("done", "the job ran", began, evidence, finished=response.status_code != 202)
        if response.status_code in DISABLED_STATUSES:
            return self._result("disabled", f"the job is switched off (HTTP {response.status_code})", began, evidence)
        said = f"the job answered HTTP {response.status_code}{NOT_RUN.get(response.status_code, '')}"
        return self._result("failed", said, began, evidence, unusable=response.status_code in NOT_RUN)

    def check(self, deadline: Deadline) -> list[Problem]:
        """Start it for a booking that does not exist, as the platform's job ends quietly then: an id is named, so that
        no job takes the request for "all that wait", and the answer to an unknown id, 404 too, says nothing.
        """
        limit = min(CHECK_S, deadline.remaining)
        try:
            response, body = within(limit, lambda: self._post(str(uuid.uuid4()), limit))
        except (TimeUpError, httpx.ReadTimeout):
            sentence = f"The background job did not answer within {limit:.0f} s, asked for an unknown booking."
            return [Problem("job_unanswered", JOB_URL, sentence, "Its time counts against the deadline of a booking.")]
        except httpx.HTTPError as error:
            trouble, what = trouble_of(error), "The background job"
            proxy = self._access.proxy_for(self.url)
            return [
                http_problem(
                    trouble,
                    what=what,
                    url=self.url,
                    setting=JOB_URL,
                    proxy="" if proxy is None else proxy.variable,
                    code="job_unreachable",
                )
            ]
        wall = _wall_before(response, body)
        if wall is not None:
            sentence = f"At the background job's address {wall.sentence}."
            return [Problem("job_unreachable", JOB_URL, sentence, wall.hint)]
        if response.status_code in REFUSED_STATUSES:
            sentence = f"The background job refuses BOOKING_JOB_TOKEN (HTTP {response.status_code})."
            mend = "Check BOOKING_JOB_TOKEN." if self.token else "Set BOOKING_JOB_TOKEN to the token that it asks for."
            return [Problem("job_token", "BOOKING_JOB_TOKEN", sentence, mend)]
        if response.status_code == httpx.codes.NOT_IMPLEMENTED:
            sentence = "The background job is switched off (HTTP 501): what is not confirmed at once waits."
            return [Problem("job_off", JOB_URL, sentence, "Switch it on, or leave the setting out.")]
        return []

    def _post(self, booking_id: str, seconds: float, correlation_id: str = "") -> tuple[httpx.Response, str]:
        """The answer, and the beginning of its body."""
        headers = httpx.Headers(self._access.headers_for(self.url))
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if correlation_id:
            headers[HEADER] = traceparent(correlation_id)
        with (
            self._access.client(self.url, transport=self._transport, timeout=max(seconds, 0.001)) as client,
            client.stream("POST", self.url, json={"bookingId": booking_id}, headers=headers) as response,
        ):
            body = b""
            for piece in response.iter_bytes():
                body += piece
                if len(body) > OUTPUT_KEPT * 4:
                    break
            return response, body.decode("utf-8", "replace")[:OUTPUT_KEPT]

    def _result(
        self,
        state: Literal["done", "failed", "disabled"],
        said: str,
        began: float,
        evidence: dict[str, Any] | None = None,
        *,
        finished: bool = True,
        unusable: bool = False,
    ) -> JobResult:
        shown = {"host": urlsplit(self.url).hostname, **(evidence or {})}
        return JobResult(state, said, (self.clock.monotonic() - began) * 1000, finished, shown, unusable)


def _wall_before(response: httpx.Response, body: str) -> Wall | None:
    """What answered in the job's place; None where it is the job's own answer, whatever form that has."""
    metrics = HttpMetrics("POST", response.url.path, response.status_code, 0, len(body), 0.0)
    exchange = Exchange(metrics, {}, None, dict(response.headers), body)
    status, wall = response.status_code, find_wall(exchange)
    if wall is not None and wall.code == UNREADABLE:
        return None
    by_proxy = response.is_redirect or status == httpx.codes.PROXY_AUTHENTICATION_REQUIRED
    in_words = isinstance(exchange.json_object().get("error"), str)
    by_gateway = response.is_server_error and status not in DISABLED_STATUSES and not in_words
    if wall is not None and (by_proxy or by_gateway or is_markup(body)):
        return wall
    # A job has a form of its own: frameworks mark a bare "ok" as HTML, and a token may be refused without a word.
    has_meaning = status in DISABLED_STATUSES or status in NOT_RUN
    return refuses_in_its_place(exchange) if response.is_client_error and not has_meaning else None


def _end_of(status: int) -> str:
    """How a command ended: by itself, or by a signal."""
    return f"ended with {status}" if status >= 0 else f"was ended by {signal_name(-status)}"


class CommandJob:
    """Run a command, without a shell. It is done when the command itself ends; whatever it started ends with it."""

    def __init__(self, template: str, *, clock: Clock) -> None:
        self.template = template
        self.clock = clock

    def check(self, deadline: Deadline) -> list[Problem]:  # noqa: ARG002 - the protocol's signature
        """Whether there is such a program; nothing is started."""
        program = shlex.split(self.template)[0]
        if shutil.which(program):
            return []
        path = Path(program)
        if path.is_dir():
            why, mend = "is a folder", "Name the program itself."
        elif path.exists():
            why, mend = "can't be executed", f"chmod +x {shlex.quote(program)}"
        else:
            why, mend = "is not there", "Check its path; a name without a path is looked up in PATH."
        sentence = f'The program "{program}" of the background job {why}.'
        return [Problem("job_command", "BOOKING_JOB_COMMAND", sentence, mend)]

    def run(self, booking_id: str, deadline: Deadline, *, correlation_id: str = "") -> JobResult:
        """Run it for a booking, never past the deadline."""
        began = self.clock.monotonic()
        argv = [word.replace("{booking_id}", booking_id) for word in shlex.split(self.template)]
        family = uuid.uuid4().hex
        try:
            process = subprocess.Popen(  # noqa: S603 - the command is the operator's own setting, and no shell reads it
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={
                    **os.environ,
                    FAMILY: family,
                    **({VARIABLE: traceparent(correlation_id)} if correlation_id else {}),
                },
            )
        except OSError as error:
            said = f"the job's command could not be started ({error.strerror or error}): is BOOKING_JOB_COMMAND right?"
            return JobResult("failed", said, (self.clock.monotonic() - began) * 1000, unusable=True)
        # The platform's own function swallows its errors: one that the command ends with is of what is around it.
        broke = False
        try:
            output = _Output(process)
            broke = process.wait(deadline.remaining) != 0
            output.wait(DRAIN_S)
            said = f"the job's command {_end_of(process.returncode)}{output.last_line()}" if broke else "the job ran"
        except subprocess.TimeoutExpired:
            said = "the job's command did not return before the deadline and was stopped"
        finally:
            _end_family(process, family)
        evidence = {"exitStatus": process.returncode, "output": output.text()}
        state: Literal["done", "failed"] = "done" if process.returncode == 0 else "failed"
        took_ms = (self.clock.monotonic() - began) * 1000
        return JobResult(state, said, took_ms, evidence=evidence, unusable=broke, by_command=True)


class _Output:
    """The end of what a command prints, read while it runs: a flood neither fills memory nor stops the command."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._kept = bytearray()
        self._read = 0
        self._process = process
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        pipe = self._process.stdout
        with contextlib.suppress(OSError, ValueError):  # closed under us, when all is over
            while pipe is not None and (piece := os.read(pipe.fileno(), 65536)):
                self._read += len(piece)
                if self._read <= MOST_OUTPUT:
                    self._kept += piece
                    del self._kept[: -OUTPUT_KEPT * 4]

    def wait(self, seconds: float) -> None:
        """Wait for what is still on its way."""
        self._thread.join(seconds)

    def last_line(self) -> str:
        """What it said last, in quotation marks, to be put behind a sentence; empty where it said nothing."""
        lines = self.text().strip().splitlines()
        return f' ("{one_line(lines[-1], MOST_SAID)}")' if lines else ""

    def text(self) -> str:
        """The last characters, and whether there was more than is read."""
        cut = f"\n(cut: it printed more than {MOST_OUTPUT} bytes)" if self._read > MOST_OUTPUT else ""
        return bytes(self._kept).decode("utf-8", "replace")[-OUTPUT_KEPT:] + cut


def _end_family(process: subprocess.Popen[bytes], family: str) -> None:
    """Kill the command and all it started, also what went into a session of its own: each carries the family's mark."""
    import psutil  # only where a command is the job

    kill_group(process)
    for other in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if other.environ().get(FAMILY) == family:
                other.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
