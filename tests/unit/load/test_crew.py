"""A guest goes the way of a scenario's booking; how it ended, whose affair that is, and from when its time counts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from bookingflow.core.errors import TargetUnreachable
from bookingflow.core.settings import Settings
from bookingflow.platform.database_models import Occupation
from bookingflow.platform.rate_budget import RateBudget
from bookingflow.platform.slots import LONGEST_STAY, Slot
from load.arrivals import Arrival
from load.crew import Crew
from load.guest_ends import End, GuestEnd
from load.pools import Clients
from tests.support.acting import TABLES
from tests.support.fakes import BOOKING_ID
from tests.support.promises import Scene
from tests.support.stored import KEPT, REQUEST

ARRIVAL = Arrival(0.0, Slot(REQUEST.date, REQUEST.time, "Europe/London"), 4)
TAKEN = {"booking": {"id": BOOKING_ID, "status": "confirmed"}, "duplicate": False}
LIVE = Settings(target="live", database_url="postgresql://x@y/z", timeout=10)


class Guests:
    """A crew at a scene; guests are on their way until they are `let_go`."""

    def __init__(self, *, most: int = 10, at_once: bool = True, within_budget: bool = True) -> None:
        self.scene = Scene(LIVE)
        self.ended: list[GuestEnd] = []
        self.ways: list[Callable[[], None]] = []
        session = self.scene.session
        self.crew = Crew(
            session,
            Clients(lambda: session.api),
            spawn=(lambda way: way()) if at_once else self.ways.append,
            on_end=self.ended.append,
            most_in_flight=most,
            within_budget=within_budget,
        )
        self.scene.answers(201, TAKEN)
        self.scene.house.rows[BOOKING_ID] = KEPT
        self.crew.start()

    def come(self, *, late: float = 0.0) -> GuestEnd:
        self.crew.begin(ARRIVAL, self.scene.clock.at - late)
        return self.ended[-1]


def test_a_guest_who_gets_a_table_tells_phases_and_what_was_booked() -> None:
    guests = Guests()
    ended = guests.come()
    assert (ended.end, ended.code, ended.booking_id) == (End.TABLE, "confirmed_inline_api", BOOKING_ID)
    assert list(ended.phases_ms) == ["submit", "inline_poll"]
    sent = guests.scene.asked[0]
    assert ended.key == sent.headers["idempotency-key"]
    assert ended.email in sent.content.decode()
    assert guests.scene.session.submission.keys == [ended.key]


def test_the_time_counts_from_the_moment_at_which_it_was_to_arrive() -> None:
    guests = Guests()
    guests.scene.clock.at = 50.0
    on_time, late = guests.come(), guests.come(late=4.0)
    assert (on_time.late_ms, late.late_ms) == (0.0, 4000.0)
    assert late.to_table_ms is not None
    assert on_time.to_table_ms is not None
    assert late.to_table_ms - on_time.to_table_ms == pytest.approx(4000.0)
    assert late.due_s < on_time.due_s


def test_each_guest_asks_over_a_connection_and_under_a_contact_of_its_own() -> None:
    guests = Guests()
    first, second = guests.come(), guests.come()
    assert first.email != second.email
    assert first.key != second.key


def test_who_comes_while_too_many_are_on_their_way_is_not_sent_and_counted() -> None:
    guests = Guests(most=2, at_once=False)
    for _ in range(3):
        guests.crew.begin(ARRIVAL, 0.0)
    assert [guest.end for guest in guests.ended] == [End.DROPPED]
    assert guests.scene.asked == []
    for way in guests.ways:
        way()
    assert [guest.end for guest in guests.ended] == [End.DROPPED, End.TABLE, End.TABLE]
    assert guests.crew.in_flight == 0


@pytest.mark.parametrize(
    ("status", "body", "end", "code"),
    [
        (400, {"error": "We are closed then", "code": "OPERATING_HOURS_CLOSED"}, End.FAILED, "refused"),
        (409, {"ok": False, "issues": [{"code": "CAPACITY_EXCEEDED", "message": "Full"}]}, End.FULL, "refused"),
        (429, {"error": "Too many requests"}, End.NOT_JUDGED, "rate_limited"),
    ],
)
def test_a_refusal_is_the_platforms_fault_unless_the_house_is_full_or_it_is_asked_too_often(
    status: int, body: object, end: End, code: str
) -> None:
    guests = Guests()
    guests.scene.answers(status, body)
    guests.scene.house.rows.clear()
    ended = guests.come()
    assert (ended.end, ended.code) == (end, code)
    assert ended.to_table_ms is None
    assert ended.sentence


FULL = {"ok": False, "issues": [{"code": "CAPACITY_EXCEEDED", "message": "Full"}]}


def turned_away(*free: str) -> GuestEnd:
    """A guest who is refused as if the house were full, while these tables are free."""
    guests, slot = Guests(), ARRIVAL.slot
    house = guests.scene.house
    house.rows.clear()
    house.tables = TABLES
    house.taken = [
        Occupation(one.id, slot.start_at, slot.start_at + LONGEST_STAY, "assignment", "another", "confirmed")
        for one in TABLES
        if one.id not in free
    ]
    guests.scene.answers(409, FULL)
    return guests.come()


def test_a_house_that_is_called_full_is_looked_at() -> None:
    assert turned_away().end is End.FULL
    assert turned_away("T2").end is End.FULL, "a table for two seats no four"
    ended = turned_away("T4")
    assert (ended.end, ended.code) == (End.FAILED, "tables_unused")
    assert "it was refused as if the house were full, though T4 (4 seats) is free" in ended.sentence


def test_a_house_that_can_not_be_looked_at_accuses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> None:
        raise TargetUnreachable("The database does not answer.")

    guests = Guests()
    guests.scene.answers(409, FULL)
    guests.scene.house.rows.clear()
    guests.scene.house.tables = TABLES
    monkeypatch.setattr(guests.scene.house, "occupations", silent)
    ended = guests.come()
    assert (ended.end, ended.code, ended.sentence) == (End.NOT_JUDGED, "unreachable", "The database does not answer.")


def test_a_platform_that_is_not_reached_is_not_accused() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nothing listens", request=request)

    guests = Guests()
    guests.scene.answer = refuse
    assert guests.come().end is End.NOT_JUDGED


def test_an_error_of_ours_ends_one_guest_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    guests = Guests()
    with monkeypatch.context() as patch:
        patch.setattr(guests.scene.session.guests, "next", lambda: 1 / 0)
        ended = guests.come()
    assert (ended.end, ended.code, ended.sentence) == (End.NOT_JUDGED, "suite_error", "division by zero")
    assert guests.crew.in_flight == 0
    assert guests.come().end is End.TABLE


def test_a_budget_that_others_use_up_is_not_waited_for(tmp_path: Path) -> None:
    guests = Guests()
    session = guests.scene.session
    session.budget = RateBudget(tmp_path / "pace.json", 1, session.clock)
    assert guests.come().end is End.TABLE
    at = guests.scene.clock.at
    ended = guests.come()
    assert (ended.end, guests.scene.clock.at) == (End.NOT_JUDGED, at)
    assert ended.sentence.startswith("The rate budget of this machine is used up")


def test_it_is_not_asked_where_that_was_said(tmp_path: Path) -> None:
    guests = Guests(within_budget=False)
    session = guests.scene.session
    session.budget = RateBudget(tmp_path / "pace.json", 1, session.clock)
    assert [guests.come().end for _ in range(3)] == [End.TABLE] * 3
