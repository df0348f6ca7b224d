"""What the ledger says at a run's end of requests that were not answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bookingflow.audit.giving_up import GivingUp
from bookingflow.audit.run import RunAudit
from bookingflow.audit.teardown import Teardown
from bookingflow.core import ledger as ledgers
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.ledger import Ledger, read
from bookingflow.platform.cancellation import Ownership, Undone
from bookingflow.platform.database_models import BookingRow
from bookingflow.scenario.session import BookingReport
from tests.support.fakes import BOOKING_ID, CONFIRMED, FakeClock
from tests.support.sessions import session
from tests.support.stage import Stage

WALL = httpx.Response(403, html="<h1>Forbidden</h1>")
GAVE_UP = httpx.Response(504, html="<h1>504 Gateway Time-out</h1>")


class Database:
    """Holds these bookings."""

    def __init__(self, *rows: BookingRow) -> None:
        self.rows = rows

    def of_guests(self, *, emails: Sequence[str], keys: Sequence[str]) -> list[BookingRow]:
        return [row for row in self.rows if row.idempotency_key in keys]


class Cleaner:
    """Undoes all."""

    cancels = True

    def check(self) -> None:
        """Ready."""

    def undo(self, booking_ids: Sequence[str], ours: Ownership) -> Undone:
        return Undone()


@pytest.mark.parametrize(
    ("answer", "stored", "left"),
    [(WALL, False, 0), (GAVE_UP, False, 1), (httpx.ReadTimeout("slow"), False, 1), (GAVE_UP, True, 0)],
)
def test_what_is_not_stored_at_the_end_is_not_called_left(
    answer: Any, stored: bool, left: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgers, "_lives_on", lambda *_: False)
    booking = Stage(answer=answer).run(seconds=3.0)
    row = replace(CONFIRMED, id=BOOKING_ID, idempotency_key=booking.idempotency_key)
    it = session(database=Database(*[row] if stored else []), cleaner=Cleaner())
    it.ledger = Ledger(tmp_path / "made.jsonl", api="http://platform.test", clock=FakeClock(), keep=False)
    it.ledger.sent(booking.restaurant_id, booking.idempotency_key)
    it.submission.keys.append(booking.idempotency_key)
    it.reports.append(BookingReport("BOOK-001", booking))
    audit = RunAudit(it, KnownBreaches([], FakeClock().now().date()))
    Teardown(it, audit, GivingUp(None, lambda: None)).leave_nothing()
    entries = read(tmp_path / "made.jsonl")
    assert sum(entry.open for entry in entries) == left
    assert [entry.id for entry in entries] == [BOOKING_ID if stored else None]
