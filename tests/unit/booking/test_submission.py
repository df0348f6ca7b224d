"""What becomes of a request that a signal leaves behind: its answer decides whether there is anything to undo."""

from __future__ import annotations

import threading
from pathlib import Path

import httpx
import pytest

from bookingflow.booking.submission import Submission
from bookingflow.core import ledger as ledgers
from bookingflow.core.events import BookingLog
from bookingflow.core.ledger import Ledger, read
from bookingflow.core.timing import SystemClock
from bookingflow.platform.api import BookingApi
from tests.support.fakes import BOOKING_ID, RESTAURANT_ID, Stream
from tests.support.stage import REQUEST

ACCEPTED = httpx.Response(201, json={"booking": {"id": BOOKING_ID, "status": "pending"}, "duplicate": False})
REFUSED = httpx.Response(400, json={"error": "No", "code": "INVALID"})


@pytest.mark.parametrize("moment", [(Submission, "_watch"), (BookingLog, "phase")], ids=["waiting", "just begun"])
@pytest.mark.parametrize(("answer", "left"), [(ACCEPTED, [BOOKING_ID]), (REFUSED, [])])
def test_the_answer_to_a_request_that_was_cut_off_is_waited_for(
    answer: httpx.Response,
    left: list[str],
    moment: tuple[type, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ledgers, "_lives_on", lambda *_: False)
    clock, path, gate = SystemClock(), tmp_path / "made.jsonl", threading.Event()

    def slow(_: httpx.Request) -> httpx.Response:
        gate.wait(20)
        return answer

    api = BookingApi("http://platform.test", clock=clock, transport=httpx.MockTransport(slow))
    ledger = Ledger(path, api="http://platform.test", clock=clock, keep=False)
    submission = Submission(api, Stream.on(clock).stream, clock, ledger)

    def signalled(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(*moment, signalled)
    assert not submission.under_way
    with pytest.raises(KeyboardInterrupt):
        submission.submit(REQUEST, restaurant_id=RESTAURANT_ID, seconds=20.0)
    assert submission.under_way
    gate.set()
    submission.settle()
    assert not submission.under_way
    assert [entry.id for entry in read(path) if entry.open] == left


@pytest.mark.parametrize(
    ("answer", "left", "over"),
    [
        (httpx.Response(429, html="<h1>429</h1>"), 1, True),
        (httpx.Response(504, html="<h1>504</h1>"), 1, False),
        (REFUSED, 0, True),
    ],
)
def test_what_a_limit_before_the_platform_may_have_passed_on_stays_in_the_ledger(
    answer: httpx.Response, left: int, over: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgers, "_lives_on", lambda *_: False)
    clock, path = SystemClock(), tmp_path / "made.jsonl"
    api = BookingApi("http://platform.test", clock=clock, transport=httpx.MockTransport(lambda _: answer))
    ledger = Ledger(path, api="http://platform.test", clock=clock, keep=False)
    submission = Submission(api, Stream.on(clock).stream, clock, ledger)
    booking = submission.submit(REQUEST, restaurant_id=RESTAURANT_ID, seconds=5.0)
    assert sum(entry.open for entry in read(path)) == left
    assert (booking.idempotency_key in submission.over) is over
