"""A session with the database waits for nothing that can't come any more."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from bookingflow.core.errors import TargetEnded, TargetUnreachable
from bookingflow.core.timing import Deadline
from bookingflow.platform.connection import ReadOnlyConnection
from tests.support.fakes import FakeClock


def test_what_is_asked_of_a_demo_that_ends_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, over = FakeClock(), [""]
    session = ReadOnlyConnection("postgresql://x@y/z", clock=clock, ended=lambda: over[0])

    def break_off(*_: Any) -> None:
        over[0] = "process 7 was ended by SIGKILL"
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(session, "_attempt", break_off)
    began = clock.monotonic()
    with pytest.raises(TargetEnded, match="its process 7 was ended by SIGKILL"):
        session.ask("SELECT 1", {}, Deadline(clock, 90.0))
    assert clock.monotonic() - began < 1
    with pytest.raises(TargetEnded):
        session.ask("SELECT 1", {})


def test_a_pooler_that_takes_no_transaction_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, asked = FakeClock(), []

    def refuse(*_: Any) -> None:
        asked.append(clock.monotonic())
        raise psycopg.errors.ProtocolViolation("transaction blocks not allowed in statement pooling mode")

    session = ReadOnlyConnection("postgresql://x@db.example/z", clock=clock)
    monkeypatch.setattr(session, "_attempt", refuse)
    with pytest.raises(TargetUnreachable, match=r"The pooler at db.example:5432 gives each statement .*pool_mode"):
        session.ask("SELECT 1", {}, Deadline(clock, 90.0))
    assert len(asked) == 1


@pytest.mark.parametrize(
    "error",
    [
        psycopg.DatabaseError('lost synchronization with server: got message type "x"'),
        psycopg.errors.IdleInTransactionSessionTimeout("terminating connection due to idle-in-transaction timeout"),
    ],
)
def test_what_only_ends_the_session_is_asked_again(error: psycopg.Error, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, errors = FakeClock(), [error]

    def attempt(*_: Any) -> list[dict[str, bool]]:
        if errors:
            raise errors.pop()
        return [{"ok": True}]

    session = ReadOnlyConnection("postgresql://x@db.example/z", clock=clock)
    monkeypatch.setattr(session, "_attempt", attempt)
    assert session.ask("SELECT 1", {}, Deadline(clock, 90.0)) == [{"ok": True}]
    assert errors == []
