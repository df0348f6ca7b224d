"""What a question does whose table can't be read any more: it names that, or leaves it out where it only helps."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bookingflow.core.errors import EvidenceHidden
from bookingflow.core.timing import Deadline
from bookingflow.platform.connection import ReadOnlyConnection
from bookingflow.platform.database.questions import Questions, ReadableNoMore, as_far_as_readable
from bookingflow.platform.database_models import Access
from tests.support.fakes import FakeClock


class Session:
    """Answers nothing about tables that are gone."""

    def __init__(self, *gone: str) -> None:
        self.clock, self.gone = FakeClock(), gone

    def ask(self, statement: str, *_: Any) -> list[dict[str, str]]:
        for name in self.gone:
            if name in statement:
                raise EvidenceHidden(f'relation "{name}" does not exist.')
        return [{"asked": statement}]


class House(Questions):
    """Asks for bookings, and for events where they can be read."""

    def __init__(self, session: Session) -> None:
        super().__init__(cast("ReadOnlyConnection", session))
        self.access = Access({"events"})
        self.gone = session.gone

    def check_evidence(self, deadline: Deadline | None = None) -> None:
        assert deadline is not None
        self.access = Access({"events"} - set(self.gone))
        if "bookings" in self.gone:
            raise EvidenceHidden("There is no table bookings: did you mean bookings2?")

    @as_far_as_readable
    def look(self) -> str:
        events = ", events" if "events" in self.access.readable else ""
        return str(self._ask(f"bookings{events}", {})[0]["asked"])

    def events(self) -> None:
        self._ask("events", {})


def test_what_only_helps_is_left_out_once_it_is_gone() -> None:
    assert House(Session()).look() == "bookings, events"
    house = House(Session("events"))
    assert house.look() == "bookings"
    assert house.access.readable == set()
    with pytest.raises(ReadableNoMore, match='relation "events" does not exist'):
        house.events()


def test_what_the_verdict_hangs_on_is_named_as_the_checks_name_it() -> None:
    with pytest.raises(EvidenceHidden, match=r"no table bookings: did you mean bookings2\?"):
        House(Session("bookings")).look()
