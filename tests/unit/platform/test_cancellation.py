"""Undoing over a database that does not answer."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from bookingflow.core.errors import SuiteError
from bookingflow.platform import cancellation
from bookingflow.platform.cancellation import DatabaseCleaner, Ownership
from tests.support.fakes import BOOKING_ID


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


def test_a_pooler_that_takes_no_transaction_is_found_out_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    class ByStatement:
        closed = False

        def transaction(self) -> None:
            raise psycopg.errors.ProtocolViolation("transaction blocks not allowed in statement pooling mode")

        def execute(self, *_: Any) -> list[Any]:
            return []

        def close(self) -> None: ...

    monkeypatch.setattr(cancellation, "connect", lambda *_, **__: ByStatement())
    with pytest.raises(SuiteError, match="statement pooling mode"):
        DatabaseCleaner("postgresql://cleaner@127.0.0.1/x", delete=False).check()
