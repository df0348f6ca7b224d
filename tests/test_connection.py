"""A session that can't write, and that a refused question does not spoil."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from bookingflow import connection
from bookingflow.errors import SuiteError
from bookingflow.polling import SystemClock
from tests.demo.conftest import RunningDemo, demo, demo_process

__all__ = ["demo", "demo_process"]


@pytest.mark.parametrize("pooled", [False, True])
def test_a_refused_question_does_not_spoil_the_session(
    demo: RunningDemo, monkeypatch: pytest.MonkeyPatch, pooled: bool
) -> None:
    url = demo.said["database_url"]
    if pooled:
        monkeypatch.setattr(connection, "POOLER_PORT", urlsplit(url).port)
    session = connection.ReadOnlyConnection(url, clock=SystemClock())
    with pytest.raises(SuiteError, match="no_such_table"):
        session.ask("SELECT 1 FROM no_such_table", {})
    assert session.ask("SELECT 1 AS one", {}) == [{"one": 1}]
    with pytest.raises(SuiteError, match="read-only transaction"):
        session.ask("UPDATE bookings SET notes = 'changed' RETURNING 1 AS one", {})
    session.close()
