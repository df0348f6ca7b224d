"""Workers tell how their guests ended; one that ends, or falls silent, is named, and what it said is kept."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bookingflow.core.errors import SuiteError
from load.guest_ends import End, GuestEnd
from load.integrity import Judged
from load.members import SILENT_S, Member, Members
from load.messages import GUEST, HERE, JUDGED, OVER, READY, WRONG
from tests.support.fakes import FakeClock

SEATED = GuestEnd(0.0, End.TABLE, to_table_ms=10.0, key="key", email="a@example.com")


@dataclass
class Process:
    pid: int
    status: int | None = None

    def poll(self) -> int | None:
        return self.status


class Crew:
    """Two workers, the first of them started here."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.reported: list[GuestEnd] = []
        self.missing: set[str] = set()
        self.members = Members(self.clock, self.reported.append)
        self.process = Process(pid=11)
        self.members.processes = [self.process]
        self.members.add(["a", "b"])
        for client, pid in (("a", 11), ("b", 22)):
            self.members.hear(READY, client, {"pid": pid})
        for member in self.members.all:
            member.given = 3

    def look_after(self) -> None:
        self.members.look_after(self.missing.__contains__)

    @property
    def both(self) -> tuple[Member, Member]:
        first, second = self.members.all
        return first, second


def test_a_worker_says_that_it_listens_before_it_is_one_of_the_run() -> None:
    members = Members(FakeClock(), list[GuestEnd]().append)
    members.hear(READY, "a", {"pid": 11})
    members.hear(HERE, "b", {})
    assert members.here == {"b"}
    assert members.all == []


def test_guests_are_reported_and_counted_by_worker() -> None:
    crew = Crew()
    crew.members.hear(GUEST, "a", {"guest": SEATED.as_message(), "onTheWay": 2})
    crew.members.hear(OVER, "b", {})
    first, second = crew.both
    assert crew.reported == [SEATED]
    assert (first.guests, first.in_flight, first.over) == ([SEATED], 2, False)
    assert second.over


def test_one_that_is_no_worker_of_this_run_is_passed_over() -> None:
    crew = Crew()
    crew.members.hear(GUEST, "stranger", {"guest": SEATED.as_message(), "onTheWay": 2})
    assert crew.reported == []


@pytest.mark.parametrize("wrong_use", [True, False])
def test_why_a_worker_can_not_begin_is_a_sentence(wrong_use: bool) -> None:
    crew = Crew()
    crew.members.hear(WRONG, "b", {"sentence": "The database hides rows.", "use": wrong_use})
    (error,) = crew.members.wrong
    assert isinstance(error, SuiteError)
    assert "Worker 2 can't begin: The database hides rows." in str(error)
    assert error.is_wrong_use is wrong_use


def test_one_that_ended_is_given_up_at_once_and_what_it_said_is_kept() -> None:
    crew = Crew()
    crew.members.hear(GUEST, "a", {"guest": SEATED.as_message(), "onTheWay": 2})
    crew.process.status = -9
    crew.look_after()
    crew.look_after()
    assert crew.members.losses == ["Worker 1 ended with status -9: of its 3 guests 1 were heard of"]
    assert [member.number for member in crew.members.living] == [2]
    assert crew.members.unattended() == [SEATED]


def test_silence_is_waited_out_for_a_while() -> None:
    crew = Crew()
    crew.missing.add("b")
    crew.look_after()
    crew.clock.at += SILENT_S - 1
    crew.look_after()
    assert crew.members.losses == []
    crew.missing.clear()  # it was heard of again
    crew.look_after()
    crew.missing.add("b")
    crew.look_after()
    crew.clock.at += SILENT_S - 1
    crew.look_after()
    assert crew.members.losses == []
    crew.clock.at += 1
    crew.look_after()
    assert crew.members.losses == ["Worker 2 fell silent: of its 3 guests 0 were heard of"]


def test_what_was_found_is_put_together_and_who_did_not_look_is_named() -> None:
    crew = Crew()
    judged = Judged(looked_at=7).as_message()
    crew.members.hear(GUEST, "a", {"guest": SEATED.as_message(), "onTheWay": 0})
    crew.members.hear(JUDGED, "a", {"judged": judged, "left": ["X is held."], "undid": True})
    found, left = crew.members.judged()
    assert (found.looked_at, found.errors) == (7, ["worker 2 did not look at its bookings again"])
    assert left == ["X is held."]
    assert crew.members.unattended() == []
