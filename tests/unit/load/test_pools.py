"""What guests share: a few sessions with the database, and clients that are nobody else's while they are used."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bookingflow.core.errors import TargetUnreachable
from bookingflow.core.timing import Deadline
from bookingflow.platform.api import BookingApi
from load.pools import Clients, SharedConnection
from tests.support.fakes import FakeClock


def test_a_client_is_one_guests_at_a_time_and_then_the_next_ones() -> None:
    clock, made = FakeClock(), list[BookingApi]()

    def make() -> BookingApi:
        made.append(BookingApi("http://platform.test", clock=clock))
        return made[-1]

    clients = Clients(make)
    with clients.borrowed("2001:db8::1") as first, clients.borrowed(None) as second:
        assert first is not second
        assert (first.client_address, second.client_address) == ("2001:db8::1", None)
    with clients.borrowed("2001:db8::3") as third:
        assert third.client_address == "2001:db8::3"
    assert len(made) == 2
    clients.close()


def test_questions_go_to_idle_sessions_and_a_session_that_is_asked_is_nobody_elses() -> None:
    clock = FakeClock()
    shared = SharedConnection("postgresql://x@y/z", clock=clock, prepare=False, sessions=2)
    asked: list[Any] = []

    class Session:
        def __init__(self, name: str) -> None:
            self.name = name

        def ask(self, statement: Any, *_: Any, **__: Any) -> list[Any]:
            asked.append(self.name)
            return shared.ask("SELECT 1", {}, Deadline(clock, 0.0)) if statement == "SELECT 2" else []

    while not shared._idle.empty():
        shared._idle.get()
    for name in ("a", "b"):
        shared._idle.put(cast("Any", Session(name)))
    shared.ask("SELECT 1", {})
    assert asked == ["b"]
    shared.ask("SELECT 2", {})  # asks again while it is asked
    assert asked == ["b", "b", "a"]


def test_where_all_are_busy_a_question_waits_no_longer_than_its_deadline() -> None:
    clock = FakeClock()
    shared = SharedConnection("postgresql://x@y/z", clock=clock, prepare=False, sessions=1)
    shared._idle.get()
    with pytest.raises(TargetUnreachable, match="All 1 sessions with the database wait"):
        shared.ask("SELECT 1", {}, Deadline(clock, 0.0))
