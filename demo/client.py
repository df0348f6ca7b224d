"""Start the demo platform as a child process, and drive its admin interface.

Programs that use the demo (the acceptance suite, a benchmark) need only this module; it imports nothing of theirs.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, Literal, Protocol

import httpx

from demo.libpq import forget_libpq_settings
from demo.process_ends import how_ended

START_S = 60.0
"""Seconds that the demo may take to start; it takes about one, the first time on a slow disk a few."""
STOP_S = 10.0
"""Seconds that it may take to stop once its standard input closes."""
LAST_WORDS_S = 1.0
"""Seconds between the end of what it prints and its own."""
DYING_S = 1.0
"""Seconds for which a killed process that has hung up may still count as running; some milliseconds are usual."""
HANG_UP_S = 0.2
"""Seconds in which a request is cut off where nobody listens any more."""
ADMIN_S = 10.0
"""Seconds that the admin interface may take to answer."""
KEPT_OPEN_S = 2.0
"""Seconds for which an idle connection is kept: less than the server's, or a request may meet its end."""
RESTAURANTS = {
    "across the ocean": "demo-overseas",
    "with closed days": "demo-closed-days",
    "with large tables": "demo-large-tables",
    "with few tables": "demo-few-tables",
}


class DemoError(Exception):
    """The demo did not start, or refused what it was asked; the message is a sentence for people."""


class DemoSilent(DemoError):
    """The demo does not answer any more."""


class DemoAdmin:
    """A client of the demo's admin interface: cancels bookings, sets flags, clock, hours and defects."""

    def __init__(self, url: str, token: str) -> None:
        # Loading certificates would cost as much as a scenario, and loopback needs none.
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=ADMIN_S,
            limits=httpx.Limits(keepalive_expiry=KEPT_OPEN_S),
            trust_env=False,
            verify=False,  # noqa: S501 - on loopback nothing is encrypted
        )
        self._lease: httpx.Response | None = None

    def take_lease(self) -> None:
        """Have the demo for this process alone, until `close` or its end; raises DemoError when another one has it."""
        request = self._client.build_request("POST", "/lease", json={"holder": f"process {os.getpid()}"})
        response = self._sent(request, stream=True)
        if response.status_code == httpx.codes.CONFLICT:
            response.read()
            raise DemoError(
                f"This demo is in use by another run ({response.json()['holder']}), and its clock and switches serve "
                "one run at a time. Wait until that run ends, or start another demo: make demo, or python -m demo "
                "--port 0 --json."
            )
        self._demand_done(response)
        self._lease = response

    def cancel(self, booking_id: str, by: Literal["staff", "guest"] = "staff") -> bool:
        """Cancel a booking; its tables are free again. False when there is no such booking."""
        return self._call("POST", f"/bookings/{booking_id}/cancel", {"by": by}, may_be_gone=True)

    def cancel_all(self, booking_ids: Sequence[str]) -> None:
        """Cancel these as the restaurant would; unknown ids are passed over."""
        self._call("POST", "/bookings/cancel", {"ids": list(booking_ids)})

    def edit(self, booking_id: str, *, party: int | None = None, time: datetime.time | None = None) -> None:
        """Change the party or the time on the same day; the booking is assigned anew."""
        start = None if time is None else time.isoformat()
        self._call("POST", f"/bookings/{booking_id}/edit", {"party": party, "time": start})

    def move(self, booking_id: str, table: str) -> None:
        """Move a booking to another table."""
        self._call("POST", f"/bookings/{booking_id}/move", {"table": table})

    def set_flags(self, **flags: Any) -> None:
        """Change some of the platform's flags."""
        self._call("PUT", "/flags", flags)

    def set_clock(self, now: datetime.datetime | None) -> None:
        """Set the platform's clock, which runs on from there; None follows the real one."""
        self._call("PUT", "/clock", {"now": None if now is None else now.isoformat()})

    def set_date(
        self, slug: str, date: datetime.date, opens: datetime.time | None, closes: datetime.time | None
    ) -> None:
        """Give a restaurant's date hours of its own; None closes it."""
        hours: dict[str, Any] = {"is_closed": opens is None or closes is None}
        if opens is not None and closes is not None:
            hours |= {"opens_at": opens.isoformat(), "closes_at": closes.isoformat()}
        self._call("PUT", f"/restaurants/{slug}/dates/{date.isoformat()}", hours)

    def set_defects(self, names: Sequence[str]) -> None:
        """Switch these defects on and all others off."""
        self._call("PUT", "/defects", {"defects": list(names)})

    def reset(self) -> None:
        """Put flags, clock, defects, hours and rate windows back as at the start."""
        self._call("POST", "/reset", {})

    def hangs_up(self) -> bool:
        """Return whether a request is cut off; one that waits for its answer is not."""
        try:
            self._client.get("/flags", timeout=HANG_UP_S)
        except httpx.TimeoutException:
            return False
        except httpx.HTTPError:
            return True
        return False

    def close(self) -> None:
        """Close the connection, and give the lease back."""
        if self._lease is not None:
            self._lease.close()
        self._client.close()

    def _call(self, method: str, path: str, body: dict[str, Any], *, may_be_gone: bool = False) -> bool:
        """Return True when it was done, False when `may_be_gone` and the booking is; raises DemoError."""
        response = self._sent(self._client.build_request(method, path, json=body))
        if may_be_gone and response.status_code == httpx.codes.NOT_FOUND:
            return False
        self._demand_done(response)
        return True

    def _sent(self, request: httpx.Request, *, stream: bool = False) -> httpx.Response:
        try:
            return self._client.send(request, stream=stream)
        except httpx.HTTPError as error:
            raise DemoSilent("The demo's admin interface does not answer.") from error

    def _demand_done(self, response: httpx.Response) -> None:
        if response.status_code == httpx.codes.UNAUTHORIZED:
            raise DemoError("The demo's admin interface refuses the token: is it the one that this demo printed?")
        if not response.is_success:
            request = response.request
            raise DemoError(
                f"The demo's admin interface answered HTTP {response.status_code} to {request.method} "
                f"{request.url.path}."
            )


class Program(Protocol):
    """The demo's process; `subprocess.Popen` is one."""

    @property
    def stdin(self) -> IO[str] | None:
        """Its standard input; it ends once that closes."""

    @property
    def stdout(self) -> IO[str] | None:
        """Its standard output."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def poll(self) -> int | None:
        """Return its exit status, negative for the signal that ended it; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit status; raises subprocess.TimeoutExpired when it runs longer than `timeout` seconds."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it."""


def in_new_interpreter(arguments: Sequence[str]) -> Program:
    """Start `python -m demo` with these arguments, its standard input and output as pipes."""
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "demo", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parent.parent,
        # Ctrl-C goes to the whole foreground group; the demo must outlive the suite's own clean-up.
        start_new_session=True,
    )


begin: Callable[[Sequence[str]], Program] = in_new_interpreter
"""How a demo's process is started; `demo.forked` is a cheaper one for those who start many."""


class Demo:
    """A running demo platform: its addresses, its switches, and, when it is ours, its process."""

    def __init__(
        self,
        *,
        api_base_url: str,
        database_url: str,
        job_url: str | None,
        job_token: str | None,
        controls: DemoAdmin | None,
        process: Program | None = None,
    ) -> None:
        self.api_base_url = api_base_url
        self.database_url = database_url
        self.job_url = job_url
        self.job_token = job_token
        self.controls = controls
        self._process = process

    def restaurant_slug(self, kind: str) -> str | None:
        """Return the slug of the seeded restaurant of this kind (docs/demo.md, "Restaurants")."""
        return RESTAURANTS.get(kind)

    def ended(self, *, to_the_moment: bool = False) -> str:
        """Return what became of the demo's process where it was started here and is over, as `process 7 was ended by
        SIGKILL`; empty while it runs. `to_the_moment`: also where it has hung up and is about to be over, which takes a
        request to know.
        """
        if self._process is None:
            return ""
        unknown = to_the_moment and self._process.poll() is None
        if unknown and self.controls is not None and self.controls.hangs_up():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(DYING_S)
        return _end_of(self._process)

    def close(self) -> None:
        """Close the connection, and stop the demo with its database when it was started here."""
        if self.controls is not None:
            self.controls.close()
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            process.stdin.close()  # type: ignore[union-attr]  # a pipe, in every program that was begun
        try:
            for harder in (process.terminate, process.kill):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(STOP_S)
                    return
                harder()
            process.wait(STOP_S)
        finally:
            process.stdout.close()  # type: ignore[union-attr]  # a pipe, too


def start_demo(defects: Sequence[str] = ()) -> Demo:
    """Start a demo on free loopback ports; raises DemoError when it does not start.

    Sessions of this process see none of libpq's variables from now on: they are meant for other databases.
    """
    forget_libpq_settings()
    arguments = [word for name in defects for word in ("--defect", name)]
    process = begin(["--port", "0", "--json", *arguments])
    line = _first_line(process)
    try:
        said = json.loads(line)
    except ValueError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(LAST_WORDS_S if not line else 0)
        how = _end_of(process) or f"process {process.pid} did not answer within {START_S:g} s"
        process.kill()
        process.wait()
        raise DemoError(f"The demo platform did not start: its {how}. What it said itself stands above.") from None
    if "error" in said:
        process.wait()
        raise DemoError(f"The demo platform did not start. {said['error']}")
    env = said["env"]
    return Demo(
        api_base_url=said["api_base_url"],
        database_url=said["observer_database_url"],
        job_url=said["job_url"],
        job_token=env["BOOKING_JOB_TOKEN"],
        controls=DemoAdmin(env["BOOKING_DEMO_ADMIN_URL"], env["BOOKING_DEMO_ADMIN_TOKEN"]),
        process=process,
    )


def attach_demo(
    *,
    api_base_url: str,
    database_url: str,
    job_url: str | None,
    job_token: str | None,
    admin_url: str | None,
    admin_token: str | None,
) -> Demo:
    """Use a running demo; without the admin's address and token its switches stay as they are.

    With them it is this process's alone. Raises DemoError when either is wrong, or another process has the demo.
    """
    controls = DemoAdmin(admin_url, admin_token) if admin_url and admin_token else None
    if controls is not None:
        try:
            controls.take_lease()
        except DemoError:
            controls.close()
            raise
    return Demo(
        api_base_url=api_base_url, database_url=database_url, job_url=job_url, job_token=job_token, controls=controls
    )


def _end_of(process: Program) -> str:
    """Return which process ended, and how; empty while it runs."""
    status = process.poll()
    return "" if status is None else f"process {process.pid} {how_ended(status)}"


def _first_line(process: Program) -> str:
    """Return the line that the demo prints once it answers; empty when it dies or takes too long."""
    found: list[str] = []

    def read() -> None:
        for line in process.stdout or ():
            if line.startswith("{"):  # what this machine's Python prints when it starts is no answer
                found.append(line)
                return

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(START_S)
    return found[0] if found else ""
