"""A session with the database waits for nothing that can't come any more."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from bookingflow.core.errors import EvidenceHidden, TargetEnded, TargetUnreachable
from bookingflow.core.failures import PLATFORM_OPERATOR
from bookingflow.core.timing import Deadline, TimeUpError
from bookingflow.platform.connection import OUTAGE_S, ReadOnlyConnection
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


def test_the_servers_own_words_are_kept_when_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    errors = iter([psycopg.errors.LockNotAvailable("canceling statement due to lock timeout"), TimeUpError("0.4 s")])

    def attempt(*_: Any) -> None:
        clock.sleep(0.4)
        raise next(errors)

    session = ReadOnlyConnection("postgresql://x@db.example/z", clock=clock)
    monkeypatch.setattr(session, "_attempt", attempt)
    with pytest.raises(
        TargetUnreachable, match=r"A table that the suite reads is locked in the database at db"
    ) as raised:
        session.ask("SELECT 1", {}, Deadline(clock, 1.0))
    assert raised.value.who_can_act == PLATFORM_OPERATOR


@pytest.mark.parametrize("error", [psycopg.errors.UndefinedTable("gone"), psycopg.errors.UndefinedColumn("renamed")])
def test_what_is_not_there_is_hidden_evidence_and_asked_once(
    error: psycopg.Error, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def attempt(*_: Any) -> None:
        asked.append(1)
        raise error

    session = ReadOnlyConnection("postgresql://x@db.example/z", clock=FakeClock())
    monkeypatch.setattr(session, "_attempt", attempt)
    with pytest.raises(EvidenceHidden, match=r"could not answer: (gone|renamed)\. Is this the platform's database"):
        session.ask("SELECT 1", {})
    assert len(asked) == 1


@pytest.mark.parametrize(("down_s", "answered"), [(20.0, True), (1000.0, False)])
def test_a_restart_is_waited_for_and_an_outage_is_not_waited_for_to_the_deadline(
    down_s: float, answered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()

    def attempt(*_: Any) -> list[dict[str, bool]]:
        if clock.monotonic() < down_s:
            raise psycopg.OperationalError("connection refused")
        return [{"ok": True}]

    session = ReadOnlyConnection("postgresql://x@db.example/z", clock=clock)
    monkeypatch.setattr(session, "_attempt", attempt)
    if answered:
        assert session.ask("SELECT 1", {}, Deadline(clock, 90.0)) == [{"ok": True}]
    else:
        with pytest.raises(TargetUnreachable):
            session.ask("SELECT 1", {}, Deadline(clock, 90.0))
        assert OUTAGE_S - 2 < clock.monotonic() <= OUTAGE_S


def test_before_the_first_booking_no_question_outlives_the_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()

    def locked(*_: Any) -> None:
        clock.sleep(0.4)
        raise psycopg.errors.LockNotAvailable("canceling statement due to lock timeout")

    session = ReadOnlyConnection("postgresql://x@db.example/z", clock=clock)
    monkeypatch.setattr(session, "_attempt", locked)
    with session.ends_by(Deadline(clock, 3.0)), pytest.raises(TargetUnreachable):
        session.ask("SELECT 1", {})
    assert clock.monotonic() <= 3.5
    session._silent, began = False, clock.monotonic()
    with pytest.raises(TargetUnreachable):
        session.ask("SELECT 1", {})
    assert clock.monotonic() - began > 5
