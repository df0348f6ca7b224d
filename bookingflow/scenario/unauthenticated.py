"""Requests of somebody who has not signed in: what strangers try, and what the link in a confirmation opens."""

from __future__ import annotations

from typing import Any

from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.core.failures import Breach
from bookingflow.platform.answers import demand_answer
from bookingflow.platform.api_models import CLOSED_ACTS, CLOSED_LISTS, STAFFS_ACTS, TIMES_OF_NOBODY, Exchange
from bookingflow.platform.slots import ONE_DAY
from bookingflow.scenario.bookings import Bookings
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import LinkKind, OpenedLink, ScenarioState, StrangersRequest
from bookingflow.testdata.moments import HALF_AN_HOUR

TEST_ENTRANCE = "/api/test/bookings"
"""docs/platform.md, "Reading"."""
THROUGH_TEST_ENTRANCE = "book through the test-only entrance"
LINK_LENGTH = 43
"""Characters of the token in a link; a made-up one has as many."""
IN_RESTAURANTS_NAME = " in the restaurant's name"
STRANGERS_WORDS = {"startIso": "2999-01-01T12:00:00Z", "partySize": 1, "notes": "changed by a stranger"}
"""Nothing that a platform would refuse to a guest: the day must not be past."""


class Unauthenticated:
    """Asks for what only a guest may see or change, and keeps the answer in the scenario's state for the promises.

    Each method raises TargetUnreachable when no answer came.
    """

    def __init__(self, session: Session, state: ScenarioState, bookings: Bookings) -> None:
        self._session = session
        self._state = state
        self._bookings = bookings

    def try_to(self, act: str) -> None:
        """A stranger tries to read, change or cancel the booking; it is read just before, and must be this run's."""
        booking = self._state.booking
        before, (method, path) = self._bookings.own_row(booking), CLOSED_ACTS[act]
        body = STRANGERS_WORDS if method == "PUT" else None
        exchange = self._ask(method, f"/api/bookings/{before.id}{path}", body)
        self._state.strangers_request = StrangersRequest(act, exchange, before)

    def try_as_staff(self, act: str) -> None:
        """The same in the restaurant's name, by the entrance of its staff."""
        before, (method, path) = self._bookings.own_row(self._state.booking), STAFFS_ACTS[act]
        tables = {"tableIds": [table.table_id for table in before.tables]}
        bodies = {"change": STRANGERS_WORDS, "take the tables from": tables}
        exchange = self._ask(method, f"/api/ops/bookings/{before.id}{path}", bodies.get(act))
        self._state.strangers_request = StrangersRequest(act, exchange, before, IN_RESTAURANTS_NAME)

    def ask_for(self, list_name: str) -> None:
        """A stranger asks for a list of bookings."""
        exchange = self._ask("GET", CLOSED_LISTS[list_name].format(restaurant_id=self._state.restaurant.id))
        self._state.strangers_request = StrangersRequest(list_name, exchange)

    def ask_for_times(self, whose: str) -> None:
        """Somebody asks for the times of a restaurant or a day that does not exist."""
        today = self._state.slots.today.isoformat()
        asked_for = {"slug": self._state.restaurant.slug, "day": today, **TIMES_OF_NOBODY[whose]}
        exchange = demand_answer(self._session.api.times_as_asked(**asked_for))
        self._state.strangers_request = StrangersRequest(whose, exchange)

    def book_through_test_entrance(self) -> None:
        """A stranger asks the entrance for tests for a booking, without its key."""
        self._state.strangers_request = StrangersRequest(THROUGH_TEST_ENTRANCE, self._ask("POST", TEST_ENTRANCE, {}))

    def _ask(self, method: str, path: str, body: Any = None) -> Exchange:
        return demand_answer(self._session.api.stranger(method, path, body))

    def open_link(self) -> None:
        """The guest opens the link in the confirmation."""
        self._open("given", self._token(self._state.booking))

    def open_link_again(self) -> None:
        """The guest opens a link that was opened before."""
        self._open("used", self._token(self._state.booking))

    def open_link_later(self) -> None:
        """The guest opens the link in the confirmation half an hour after it was given."""
        self._state.set_clock(self._state.now + HALF_AN_HOUR)
        self.open_link()

    def open_link_late(self) -> None:
        """The guest opens the link in the confirmation a day after it was given."""
        self._state.set_clock(self._state.now + ONE_DAY)
        self._open("expired", self._token(self._state.booking))

    def open_made_up_link(self) -> None:
        """Somebody opens a link that was never given out."""
        self._open("made up", "x" * LINK_LENGTH)

    def _token(self, booking: TrackedBooking) -> str:
        """The token in the answer to the booking; raises the verdict when the guest was given none."""
        token = booking.exchange.json_object().get("confirmationToken")
        if not token:
            raise self._bookings.broken(booking, Breach("link_missing", "its guest is given no link to it"))
        return str(token)

    def _open(self, kind: LinkKind, token: str) -> None:
        correlation_id = self._state.booking.log.correlation_id
        exchange = demand_answer(self._session.api.confirmation(token, correlation_id=correlation_id))
        self._state.opened_link = OpenedLink(kind, exchange)
