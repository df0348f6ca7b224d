"""A session that can't write, and that a refused question does not spoil."""

from __future__ import annotations

import contextlib
import socket
import threading
from urllib.parse import urlsplit

import pytest

from bookingflow.core.errors import SuiteError, TargetUnreachable
from bookingflow.core.network import database_addresses
from bookingflow.core.timing import Deadline, SystemClock
from bookingflow.platform import connection
from tests.support.demo import RunningDemo
from tests.support.servers import server


class Wire:
    """Carries what a client and the database send each other, unless it is cut."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.silent = threading.Event()

    def carry(self, client: socket.socket, over: threading.Event) -> None:
        database = socket.create_connection(("127.0.0.1", self.port))
        back = threading.Thread(target=self._pass_on, args=(database, client, over), daemon=True)
        back.start()
        with client, database:
            self._pass_on(client, database, over)

    def _pass_on(self, since: socket.socket, to: socket.socket, over: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while not over.is_set() and (data := since.recv(65536)):
                while self.silent.is_set() and not over.is_set():
                    over.wait(0.02)
                to.sendall(data)


@pytest.mark.parametrize("pooled", [False, True])
def test_a_refused_question_does_not_spoil_the_session(
    demo: RunningDemo, monkeypatch: pytest.MonkeyPatch, pooled: bool
) -> None:
    url = demo.said["database_url"]
    if pooled:
        monkeypatch.setattr(database_addresses, "TRANSACTION_POOLER_PORT", urlsplit(url).port)
    session = connection.ReadOnlyConnection(url, clock=SystemClock())
    with pytest.raises(SuiteError, match="no_such_table"):
        session.ask("SELECT 1 FROM no_such_table", {})
    assert session.ask("SELECT 1 AS one", {}) == [{"one": 1}]
    with pytest.raises(SuiteError, match="read-only transaction"):
        session.ask("UPDATE bookings SET notes = 'changed' RETURNING 1 AS one", {})
    session.close()


def test_a_prepared_statement_that_another_session_never_had_is_asked_anew(demo: RunningDemo) -> None:
    session = connection.ReadOnlyConnection(demo.said["database_url"], clock=SystemClock(), prepare=True)
    for _ in range(connection.PREPARE_AFTER + 2):
        assert session.ask("SELECT 1 AS one", {}) == [{"one": 1}]
    with pytest.raises(SuiteError):  # it has no rows; what psycopg itself sends of this kind it takes note of
        session.ask("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$", {})
    assert session.ask("SELECT 1 AS one", {}) == [{"one": 1}]
    session.close()


@pytest.mark.parametrize("pooled", [False, True])
def test_a_session_that_falls_silent_is_left_in_time_and_made_anew(
    demo: RunningDemo, monkeypatch: pytest.MonkeyPatch, pooled: bool
) -> None:
    monkeypatch.setattr(connection, "ATTEMPT_S", 0.3)
    parts = urlsplit(demo.said["database_url"])
    wire, clock = Wire(int(parts.port or 0)), SystemClock()
    with server(wire.carry) as port:
        if pooled:
            monkeypatch.setattr(database_addresses, "TRANSACTION_POOLER_PORT", port)
        url = parts._replace(netloc=parts.netloc.replace(str(parts.port), str(port))).geturl()
        session = connection.ReadOnlyConnection(url, clock=clock)
        assert session.ask("SELECT 1 AS one", {}) == [{"one": 1}]
        wire.silent.set()
        began = clock.monotonic()
        with pytest.raises(TargetUnreachable, match=r"no answer within 0\.3 s"):
            session.ask("SELECT 1 AS one", {}, Deadline(clock, 0.35))
        assert clock.monotonic() - began < 1.5
        wire.silent.clear()
        assert session.ask("SELECT 2 AS two", {}) == [{"two": 2}]
        session.close()
