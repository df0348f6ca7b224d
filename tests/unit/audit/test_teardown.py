"""What a run made is undone: after a while, at once where room is needed, and all of it at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bookingflow.audit.giving_up import GivingUp
from bookingflow.audit.run import RunAudit
from bookingflow.audit.teardown import REST_S, Teardown
from bookingflow.core import ledger as ledgers
from bookingflow.core.errors import SuiteError, TargetUnreachable
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.ledger import Ledger, read
from bookingflow.platform.cancellation import Ownership, Undone
from bookingflow.platform.database_models import BookingRow
from bookingflow.scenario.session import BookingReport
from bookingflow.scenario.state import ScenarioState
from bookingflow.world import World
from tests.support.fakes import BOOKING_ID, CONFIRMED, FakeClock
from tests.support.sessions import session
from tests.support.stage import Stage
from tests.support.worlds import Cleaner, world

WALL = httpx.Response(403, html="<h1>Forbidden</h1>")
OTHER_ID = f"{BOOKING_ID[:-1]}0"
LIMITED = httpx.Response(429, html="<h1>Too Many Requests</h1>")
REFUSED = httpx.Response(400, json={"error": "Closed then."})
GAVE_UP = httpx.Response(504, html="<h1>504 Gateway Time-out</h1>")


class Database:
    """Holds these bookings."""

    def __init__(self, *rows: BookingRow) -> None:
        self.rows = rows

    def of_guests(self, *, emails: Sequence[str], keys: Sequence[str]) -> list[BookingRow]:
        return [row for row in self.rows if row.idempotency_key in keys]


@pytest.mark.parametrize(
    ("answer", "stored", "left"),
    [
        (WALL, False, 0),
        (GAVE_UP, False, 1),
        (httpx.ReadTimeout("slow"), False, 1),
        (GAVE_UP, True, 0),
        (LIMITED, True, 0),
        (LIMITED, False, 0),
        (REFUSED, True, 0),
    ],
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
    it.submission.over |= {booking.idempotency_key} if booking.request_is_over else set()
    it.reports.append(BookingReport("BOOK-001", booking))
    audit = RunAudit(it, KnownBreaches([], FakeClock().now().date()))
    Teardown(it, audit, GivingUp(None, lambda: None)).leave_nothing()
    entries = read(tmp_path / "made.jsonl")
    assert sum(entry.open for entry in entries) == left
    assert [entry.id for entry in entries] == [BOOKING_ID if stored else None]


def resting(*rows: BookingRow, cleaner: Cleaner) -> World:
    """A world that was put back, whose scenario had two bookings at a time that was chosen for its room."""
    it = world(*rows, cleaner=cleaner)
    it.scenario.created.append(OTHER_ID)
    it.teardown.put_back(it.scenario)
    return it


def test_what_has_its_room_rests_a_moment_but_for_the_runs_first_which_stays() -> None:
    cleaner = Cleaner()
    it = resting(CONFIRMED, cleaner=cleaner)
    assert cleaner.asked == []
    it.session.clock.sleep(REST_S)
    it.teardown.put_back(ScenarioState(it.session, "BOOK-009"))
    assert cleaner.asked == [OTHER_ID]
    it.teardown.leave_nothing()
    assert cleaner.asked == [OTHER_ID, BOOKING_ID]


def test_what_rests_is_undone_at_once_where_others_need_the_room() -> None:
    cleaner = Cleaner()
    it = resting(CONFIRMED, cleaner=cleaner)
    assert it.session.make_room()
    assert cleaner.asked == [OTHER_ID]
    assert not it.session.make_room()


def test_where_nothing_is_undone_there_is_no_room_to_make() -> None:
    cleaner = Cleaner()
    cleaner.cancels = False
    it = resting(CONFIRMED, cleaner=cleaner)
    assert not it.session.make_room()
    it.teardown.leave_nothing()
    assert cleaner.asked == []


def test_what_could_not_be_undone_is_named_and_tried_again_and_what_is_foreign_is_not() -> None:
    cleaner = Cleaner(Undone({BOOKING_ID: "Booking X is held on to."}, frozenset({OTHER_ID})))
    it = world(CONFIRMED, cleaner=cleaner)
    it.scenario.slot = None  # so that it does not rest
    it.scenario.created.append(OTHER_ID)
    with pytest.raises(SuiteError, match="Booking X is held on to"):
        it.teardown.put_back(it.scenario)
    assert (it.session.made.undone, it.session.made.foreign) == (set(), {OTHER_ID})
    it.teardown.leave_nothing()
    assert cleaner.asked == [BOOKING_ID, OTHER_ID, BOOKING_ID]
    assert it.session.made.undone == {BOOKING_ID}


def test_a_clean_up_that_was_stopped_is_taken_up_again() -> None:
    cleaner = Cleaner(KeyboardInterrupt())
    it = world(CONFIRMED, cleaner=cleaner)
    it.scenario.slot = None  # so that it does not rest
    with pytest.raises(KeyboardInterrupt):
        it.teardown.put_back(it.scenario)
    it.teardown.leave_nothing(it.scenario)
    it.teardown.leave_nothing(it.scenario)
    assert cleaner.asked == [BOOKING_ID]


def test_a_scenario_that_could_not_be_put_back_is_left_all_the_same() -> None:
    it = world(CONFIRMED, cleaner=Cleaner(KeyboardInterrupt()))
    it.scenario.slot = None
    with pytest.raises(KeyboardInterrupt):
        it.leave(failed=True)
    assert not it.inside
    assert it.session.stream.scenario is None


def test_what_is_known_is_undone_where_the_rest_can_not_be_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    undone: list[str] = []
    cleaner, database = Cleaner(), Database()
    it = session(database=database, cleaner=cleaner)
    it.made.made[BOOKING_ID] = None
    it.submission.keys.append("a key of which no answer came")

    def silent(**_: Any) -> list[BookingRow]:
        raise TargetUnreachable("The database does not answer.")

    def undo(booking_ids: Sequence[str], _: Ownership) -> Undone:
        undone.extend(booking_ids)
        return Undone()

    monkeypatch.setattr(database, "of_guests", silent)
    monkeypatch.setattr(cleaner, "undo", undo)
    audit = RunAudit(it, KnownBreaches([], FakeClock().now().date()))
    with pytest.raises(TargetUnreachable):
        Teardown(it, audit, GivingUp(None, lambda: None)).leave_nothing()
    assert undone == [BOOKING_ID]
