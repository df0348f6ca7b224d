"""Undoing over a database that does not answer."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import psycopg
import pytest

from bookingflow.core.errors import SuiteError, TargetUnreachable
from bookingflow.core.failures import BETWEEN
from bookingflow.platform import cancellation
from bookingflow.platform.cancellation import DatabaseCleaner, Ownership
from tests.support.fakes import BOOKING_ID

OTHER_ID = "00000000-0000-4000-8000-000000000002"


def test_a_database_that_did_not_answer_is_waited_for_less_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def silent(*_: Any, timeout_s: float, **__: Any) -> psycopg.Connection:
        waited.append(timeout_s)
        raise psycopg.OperationalError("connection timeout expired")

    monkeypatch.setattr(cancellation, "connect", silent)
    cleaner = DatabaseCleaner("postgresql://cleaner@127.0.0.1/x", delete=False)
    for _ in range(3):
        assert list(cleaner.undo([BOOKING_ID], Ownership()).left) == [BOOKING_ID]
    assert waited == [cancellation.CONNECT_S, cancellation.AGAIN_S, cancellation.AGAIN_S]


def test_a_way_that_is_cut_is_not_called_the_roles_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: Any, **__: Any) -> None:
        raise psycopg.OperationalError(
            'connection failed: connection to server at "127.0.0.1", port 5432 failed: server closed the connection '
            "unexpectedly"
        )

    monkeypatch.setattr(cancellation, "connect", cut)
    cleaner = DatabaseCleaner("postgresql://cleaner@127.0.0.1/x", delete=False)
    for ask in (cleaner.check, lambda: cleaner.find(BOOKING_ID, "key")):
        with pytest.raises(TargetUnreachable, match=r"is cut \(server closed the connection unexpectedly\)") as raised:
            ask()
        assert raised.value.who_can_act == BETWEEN
        assert raised.value.problem is not None
        assert raised.value.problem.setting == "BOOKING_CLEANUP_DATABASE_URL"


def test_a_pooler_that_takes_no_transaction_is_found_out_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    class ByStatement:
        closed = False

        def transaction(self) -> None:
            raise psycopg.errors.ProtocolViolation("transaction blocks not allowed in statement pooling mode")

        def execute(self, *_: Any) -> list[Any]:
            return []

        def close(self) -> None: ...

    monkeypatch.setattr(cancellation, "connect", lambda *_, **__: ByStatement())
    with pytest.raises(SuiteError, match=r"The pooler at 127.0.0.1:5432 .* takes no transaction"):
        DatabaseCleaner("postgresql://cleaner@127.0.0.1/x", delete=False).check()


class Connection:
    """A session in which undoing meets these errors, one after the other; some end it."""

    def __init__(self, errors: list[psycopg.Error]) -> None:
        self.errors = errors
        self.closed = False

    def transaction(self) -> AbstractContextManager[None]:
        if self.errors:
            error = self.errors.pop(0)
            self.closed = isinstance(error, psycopg.errors.AdminShutdown)
            raise error
        return nullcontext()

    def execute(self, *_: Any) -> Connection:
        return self

    def fetchone(self) -> tuple[bool]:
        return (True,)

    def close(self) -> None:
        self.closed = True


def undone(errors: list[psycopg.Error], monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, str], int]:
    """What is left of two bookings where undoing meets these errors, and how many connections were made."""
    made: list[Connection] = []

    def connect(*_: Any, **__: Any) -> Connection:
        made.append(Connection(errors))
        return made[-1]

    monkeypatch.setattr(cancellation, "connect", connect)
    cleaner = DatabaseCleaner("postgresql://cleaner@127.0.0.1/x", delete=False)
    return dict(cleaner.undo([BOOKING_ID, OTHER_ID], Ownership()).left), len(made)


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.SerializationFailure("two met"),
        psycopg.errors.AdminShutdown("terminating connection"),
        psycopg.errors.InternalError_("DbHandler exited"),
    ],
)
def test_a_passing_fault_leaves_nothing(error: psycopg.Error, monkeypatch: pytest.MonkeyPatch) -> None:
    assert undone([error], monkeypatch) == ({}, 2)


def test_a_fault_that_stays_is_named_after_the_second_try(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = psycopg.errors.AdminShutdown("terminating connection")
    left, connections = undone([gone] * 9, monkeypatch)
    assert (set(left), connections) == ({BOOKING_ID, OTHER_ID}, 2)
    assert "terminating connection" in left[BOOKING_ID]
    assert left[BOOKING_ID].endswith("`bookingflow sweep` undoes it once the database lets it.")


@pytest.mark.parametrize(
    ("error", "mend"),
    [
        (psycopg.errors.LockNotAvailable("canceling statement due to lock timeout"), "sweep"),
        (psycopg.errors.InsufficientPrivilege("permission denied"), "Check BOOKING_CLEANUP_DATABASE_URL"),
        (
            psycopg.errors.ReadOnlySqlTransaction("cannot execute UPDATE"),
            "takes no changes now (is it a standby",
        ),
    ],
)
def test_what_was_waited_for_or_may_not_be_done_is_tried_once(
    error: psycopg.Error, mend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, connections = undone([error], monkeypatch)
    assert (list(left), connections) == ([BOOKING_ID], 1)
    assert mend in left[BOOKING_ID]
