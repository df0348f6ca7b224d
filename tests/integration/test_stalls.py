"""Real stalls: whatever the platform or the network does, the verdict stands at most a second after the deadline."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import cast

import pytest

from bookingflow.booking.observation import Observation
from bookingflow.booking.submission import Submission
from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.core.timing import SystemClock
from bookingflow.platform.api import LARGEST_BODY, TOO_LONG, BookingApi
from bookingflow.platform.background_job import BackgroundJob, DisabledJob, HttpJob
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database_models import Snapshot
from tests.support.fakes import RESTAURANT_ID, PlaybackDatabase, Stream, row
from tests.support.servers import dripping, server, silent
from tests.support.stage import REQUEST

LIMIT_S = 0.6
SLACK_S = 1.0


def follow(
    api_port: int, database: object, job: BackgroundJob, seconds: float = LIMIT_S
) -> tuple[TrackedBooking, float]:
    """Book and follow; how long it took in all."""
    clock = SystemClock()
    api = BookingApi(f"http://127.0.0.1:{api_port}", clock=clock)
    stream = Stream.on(clock).stream
    began = clock.monotonic()
    booking = Submission(api, stream, clock).submit(REQUEST, restaurant_id=RESTAURANT_ID, seconds=seconds)
    Observation(cast("BookingDatabase", database), job, stream, clock).follow(booking, inline_window=0)
    took = clock.monotonic() - began
    api.close()
    return booking, took


def accepting(connection: socket.socket, over: threading.Event) -> None:
    """Accepts a booking at once."""
    body = b'{"booking": {"id": "778d4d7b-5cc1-47c2-8453-2aa55b383a7e", "status": "pending"}, "duplicate": false}'
    head = f"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with connection:
        connection.recv(65536)
        connection.sendall(head.encode() + body)
        over.wait(10)


@pytest.mark.parametrize("stall", [silent, dripping], ids=["accepts and never answers", "drips its headers"])
def test_an_api_that_never_answers(stall: Callable[[socket.socket, threading.Event], None]) -> None:
    with server(stall) as port:
        booking, took = follow(port, PlaybackDatabase(SystemClock()), DisabledJob())
    assert booking.outcome == "answer_lost"
    assert took < LIMIT_S + SLACK_S


def endless(connection: socket.socket, over: threading.Event) -> None:
    """Answers with one word without an end."""
    with connection, contextlib.suppress(OSError):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n\r\n")
        while not over.is_set():
            connection.sendall(b"a" * 65536)


def test_an_answer_without_an_end() -> None:
    began = time.process_time()
    with server(endless) as port:
        booking, took = follow(port, PlaybackDatabase(SystemClock()), DisabledJob())
    assert booking.outcome == "answer_lost"
    assert booking.exchange.problem == TOO_LONG
    assert len(booking.exchange.response_text) == LARGEST_BODY
    assert took < LIMIT_S + SLACK_S
    assert time.process_time() - began < SLACK_S


def test_a_database_that_hangs() -> None:
    with server(accepting) as api_port, server(silent) as database_port:
        url = f"postgresql://reader:pw@127.0.0.1:{database_port}/booking"
        database = BookingDatabase(url, clock=SystemClock())
        booking, took = follow(api_port, database, DisabledJob())
        database.close()
    assert booking.outcome == "unreachable"
    assert took < LIMIT_S + SLACK_S


def test_a_job_that_never_returns() -> None:
    pending = PlaybackDatabase(SystemClock(), (0, Snapshot(row(), events=())))
    with server(accepting) as api_port, server(silent) as job_port:
        job = HttpJob(f"http://127.0.0.1:{job_port}/job", None, clock=SystemClock())
        booking, took = follow(api_port, pending, job)
    assert booking.outcome == "background_job_failed"
    assert took < LIMIT_S + SLACK_S
