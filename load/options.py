"""What can be said on the command line; what is wrong with it is one sentence, and nothing is booked."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from load.arrivals import Stage, WrongPlan, stages_of
from load.thresholds import Thresholds

DEFAULT_ARRIVALS = "0-4:5,4:20"
"""90 guests in 25 s, which an empty demo bears with ease."""
MOST_WORKERS = 64
MOST_IN_FLIGHT = 500
PAGE_PORT, MASTER_PORT = 8089, 5557
"""Locust's own."""


@dataclass(frozen=True)
class Options:
    """A load, as it was asked for."""

    written: str
    stages: tuple[Stage, ...]
    limits: Thresholds
    most_in_flight: int
    over_rate_budget: bool
    page: int | None
    """The port of Locust's page; None without one."""
    workers: int
    """Processes that this one starts on this machine."""
    expect: int
    """Workers that are started elsewhere."""
    bind: str
    port: int
    worker_of: str | None
    """The machine of the master that this process works for; None where it is no worker."""

    @property
    def distributed(self) -> bool:
        """Whether guests come from other processes than this one."""
        return self.workers + self.expect > 0


def read(arguments: Sequence[str]) -> Options:
    """Read them; ends the process with status 2 and a sentence where they can't be."""
    parser = argparse.ArgumentParser(
        prog="python -m load",
        usage="%(prog)s [options], which --help lists",
        description="Guests who arrive by the clock, at the demo or the platform of the settings (docs/load.md).",
    )
    parser.add_argument(
        "--arrivals",
        default=DEFAULT_ARRIVALS,
        metavar="STAGES",
        help="guests a second and for how many seconds: RATE:SECONDS or FROM-TO:SECONDS, separated by commas "
        f"(default {DEFAULT_ARRIVALS})",
    )
    parser.add_argument("--max-p95", type=_positive, default=Thresholds.p95_s, metavar="SECONDS", help="p95 to a table")
    parser.add_argument(
        "--max-failures", type=_percent, default=Thresholds.failures, metavar="PERCENT", help="share of failures"
    )
    parser.add_argument(
        "--most-in-flight",
        type=_from(1, 10_000),
        default=MOST_IN_FLIGHT,
        metavar="GUESTS",
        help="guests on their way at once, of all workers together; who comes beyond that is not sent, and a failure",
    )
    parser.add_argument(
        "--over-rate-budget", action="store_true", help="book more often than BOOKING_RATE_BUDGET on a live platform"
    )
    parser.add_argument(
        "--page",
        type=_from(1, 65_535),
        nargs="?",
        const=PAGE_PORT,
        metavar="PORT",
        help=f"Locust's own page on this machine (port {PAGE_PORT}), until Ctrl-C",
    )
    parser.add_argument(
        "--workers", type=_from(1, MOST_WORKERS), default=0, metavar="N", help="processes that share the guests, here"
    )
    parser.add_argument(
        "--expect", type=_from(1, MOST_WORKERS), default=0, metavar="N", help="workers that are started elsewhere"
    )
    parser.add_argument("--bind", default="127.0.0.1", metavar="HOST", help="where workers reach the master")
    parser.add_argument("--port", type=_from(1, 65_535), metavar="PORT", help=f"the master's port ({MASTER_PORT})")
    parser.add_argument("--worker-of", type=_known, metavar="HOST", help="be a worker of the master on this machine")
    given = parser.parse_args(arguments)
    try:
        stages = stages_of(given.arrivals)
    except WrongPlan as error:
        parser.error(f"--arrivals: {error}")
    if given.worker_of and (given.workers or given.expect or given.page):
        parser.error("--worker-of: a worker has no workers and no page of its own")
    return Options(
        written=given.arrivals,
        stages=tuple(stages),
        limits=Thresholds(given.max_p95, given.max_failures),
        most_in_flight=given.most_in_flight,
        over_rate_budget=given.over_rate_budget,
        page=given.page,
        workers=given.workers,
        expect=given.expect,
        bind=given.bind,
        # Without workers from elsewhere any port that is free will do.
        port=given.port or (MASTER_PORT if given.expect or given.worker_of else 0),
        worker_of=given.worker_of,
    )


def _known(host: str) -> str:
    """A machine whose name has an address; Locust would look for another one for ever."""
    try:
        socket.getaddrinfo(host, None)
    except (OSError, UnicodeError) as error:
        raise argparse.ArgumentTypeError("no machine of this name is known here") from error
    return host


def _positive(text: str) -> float:
    return _between(text, 0.001, 3600.0, "a number of seconds above 0, up to 3600")


def _percent(text: str) -> float:
    return _between(text, 0.0, 100.0, "a number from 0 to 100") / 100


def _from(least: int, most: int) -> Callable[[str], int]:
    """Whole numbers of a range."""

    def whole(text: str) -> int:
        allowed = f"a whole number from {least} to {most}"
        if not text.isdecimal():
            raise argparse.ArgumentTypeError(f"must be {allowed}")
        return int(_between(text, least, most, allowed))

    return whole


def _between(text: str, least: float, most: float, allowed: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be {allowed}") from error
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"must be {allowed}")
    return value
