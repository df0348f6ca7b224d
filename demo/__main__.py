"""`python -m demo`: the demo platform and its database, until Ctrl-C (or, with --json, until standard input closes)."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import difflib
import errno
import json
import logging
import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Iterator

import uvicorn

from demo.admin import ADMIN
from demo.app import JOB, build
from demo.clock import Clock
from demo.defects import DEFECTS, NAMES, Switchboard
from demo.defects.rows import arrange
from demo.platform import Platform, connection_pool
from demo.postgres import EmbeddedPostgres
from demo.rate_limit import RateLimiter
from demo.seed import ROLES, prepared
from demo.server_user import PostgresError

HOST = "127.0.0.1"
LAST_PORT = 65535
GRACE_S = 2
"""Seconds that requests under way, and then the background jobs, get when the demo goes down."""
LOOPBACK_S = 5
"""Seconds in which a connection from here to here is made."""
LOOK_S = 0.02
"""Between two looks whether it is to go down; uvicorn's are five times as far apart, and a run may last a second."""


class PortError(Exception):
    """The demo can't listen; the message is a sentence for people, with a hint."""


def main() -> int:
    """Run the demo; return the exit status."""
    options = _options()
    if options.list_defects:
        _print(json.dumps([defect.as_json() for defect in DEFECTS], indent=2))
        return 0
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    stop = _Stop()
    try:
        with _listen(options.port) as listener, EmbeddedPostgres.start(prepared(), roles=ROLES) as postgres:
            lost = _serve(options, listener, postgres, stop)
    except KeyboardInterrupt:
        return _failed(options, "The demo was stopped before it answered.")
    except (PortError, PostgresError) as error:
        return _failed(options, str(error))
    if lost:
        print(lost, file=sys.stderr)
    return 1 if lost else 0


def _failed(options: argparse.Namespace, sentence: str) -> int:
    """Say why there is no demo, with --json as the line that machines wait for; return the exit status."""
    if options.json:
        _print(json.dumps({"error": sentence}))
    else:
        print(sentence, file=sys.stderr)
    return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description="A booking platform that keeps its promises.")
    parser.add_argument("--port", type=int, default=3000, help="0 takes a free one (default: 3000)")
    parser.add_argument("--json", action="store_true", help="one line for machines; stops when standard input closes")
    parser.add_argument("--defect", action="append", default=[], metavar="NAME", help="break a promise; repeatable")
    parser.add_argument("--list-defects", action="store_true", help="the promises it can break, as JSON")
    options = parser.parse_args()
    if not 0 <= options.port <= LAST_PORT:
        parser.error(f"argument --port: {options.port} is no port; 0 to {LAST_PORT} are")
    unknown = sorted(set(options.defect) - NAMES)
    if unknown:
        close = [match for name in unknown for match in difflib.get_close_matches(name, NAMES, n=1)]
        meant = f" (did you mean {', '.join(close)}?)" if close else ""
        parser.error(f"no such defect: {', '.join(unknown)}{meant}; --list-defects and docs/demo.md name them")
    return options


def _listen(port: int) -> socket.socket:
    """Return a listening socket on this port, 0 for any; raises PortError."""
    # With the protocol named, asyncio sets TCP_NODELAY on each connection; without it answers wait 40 ms for an ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if port == 0 or error.errno == errno.EADDRNOTAVAIL:
            raise _no_loopback(error) from error
        other = "Choose another: python -m demo --port N, where 0 takes a free one."
        raise PortError(f"Port {port} can't be used ({error.strerror}). {other}") from error
    try:  # the database is reached in the same way
        socket.create_connection(listener.getsockname(), timeout=LOOPBACK_S).close()
    except OSError as error:
        listener.close()
        raise _no_loopback(error) from error
    return listener


def _no_loopback(error: OSError) -> PortError:
    why = error.strerror or str(error)
    return PortError(f"This machine's loopback address {HOST} can't be used ({why}). Bring it up: ip link set lo up.")


def _serve(options: argparse.Namespace, listener: socket.socket, postgres: EmbeddedPostgres, stop: _Stop) -> str:
    """Serve until somebody ends it; why it can serve no longer, where that is the reason."""
    with connection_pool(postgres.dsn("booking_platform")) as pool:
        clock = Clock()
        platform = Platform(
            pool,
            job_token=secrets.token_urlsafe(18),
            admin_token=secrets.token_urlsafe(18),
            clock=clock,
            limiter=RateLimiter(clock),
            defects=Switchboard(options.defect),
        )
        arrange(platform)
        config = uvicorn.Config(build(platform), log_config=None, access_log=False, proxy_headers=False, lifespan="off")
        config.date_header = False  # the platform's own clock dates its answers
        config.timeout_graceful_shutdown = GRACE_S
        # With a defect on, answers break off on purpose; a traceback of it would only be noise.
        logging.getLogger("uvicorn.error").addFilter(lambda _: not platform.defects.names())
        server = _Server(config)
        server.when_started = lambda: _announce(options, listener, postgres, platform)
        server.when_stopping = platform.stopping.set
        stop.server = server
        if options.json:
            threading.Thread(target=_stop_with_stdin, args=(server,), daemon=True).start()
        lost: list[str] = []
        threading.Thread(target=_stop_with_database, args=(server, postgres, lost), daemon=True).start()
        server.run(sockets=[listener])
        platform.finish(GRACE_S)
        return "".join(lost)


class _Server(uvicorn.Server):
    """Calls back when it answers and when it stops; leaves signals to this program, which stops PostgreSQL."""

    when_started = staticmethod(lambda: None)
    when_stopping = staticmethod(lambda: None)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.when_started()

    async def main_loop(self) -> None:
        counter = 0  # at which uvicorn sets the headers of all answers
        while not await self.on_tick(counter):
            counter = 1
            await asyncio.sleep(LOOK_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.when_stopping()
        if self.server_state.tasks:  # requests are under way
            await super().shutdown(sockets)
            return
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Stop:
    """What SIGINT, SIGTERM and SIGHUP do: the first one ends the demo, or breaks off its start; more change nothing.

    They stay caught to the very end: an impatient second Ctrl-C must not leave PostgreSQL behind.
    """

    def __init__(self) -> None:
        self.server: uvicorn.Server | None = None
        self._asked = False
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number is not None and (name != "SIGHUP" or signal.getsignal(number) != signal.SIG_IGN):
                signal.signal(number, self._stop)

    def _stop(self, *_: object) -> None:
        first, self._asked = not self._asked, True
        if self.server is not None:
            self.server.should_exit = True
        elif first:
            raise KeyboardInterrupt


def _stop_with_stdin(server: uvicorn.Server) -> None:
    with contextlib.suppress(OSError, ValueError):
        while sys.stdin is not None and os.read(sys.stdin.fileno(), 4096):  # None: it never was open
            pass
    server.should_exit = True


def _stop_with_database(server: uvicorn.Server, postgres: EmbeddedPostgres, lost: list[str]) -> None:
    how = postgres.wait()
    if not server.should_exit:
        lost.append(f"The demo ends: its PostgreSQL {how}.")
        server.should_exit = True


def _announce(
    options: argparse.Namespace, listener: socket.socket, postgres: EmbeddedPostgres, platform: Platform
) -> None:
    base = f"http://{HOST}:{listener.getsockname()[1]}"
    observer = postgres.dsn("booking_observer")
    env = {
        "BOOKING_TARGET": "demo",
        "BOOKING_API_BASE_URL": base,
        "BOOKING_DATABASE_URL": observer,
        "BOOKING_JOB_URL": base + JOB,
        "BOOKING_JOB_TOKEN": platform.job_token,
        "BOOKING_DEMO_ADMIN_URL": base + ADMIN,
        "BOOKING_DEMO_ADMIN_TOKEN": platform.admin_token,
    }
    if options.json:
        addresses = {
            "api_base_url": base,
            "database_url": postgres.dsn("booking_platform"),
            "observer_database_url": observer,
            "job_url": base + JOB,
            "env": env,
        }
        _print(json.dumps(addresses))
        return
    exports = "\n".join(f"export {name}='{value}'" for name, value in env.items())
    _print(
        f"The demo booking platform answers at {base}. Ctrl-C stops it.\n\nFor the suite, in another terminal:\n\n"
        + exports
    )


def _print(text: str) -> None:
    """Print at once; a reader that is gone, or has read enough, is no error."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # What is left in the buffer must not fail once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
