"""The guests of one process: each goes the way that a scenario's booking goes, and says how it ended."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NoReturn

from bookingflow.booking.observation import Observation
from bookingflow.booking.submission import Submission
from bookingflow.booking.tracked_booking import TrackedBooking, waited_ms
from bookingflow.core.errors import BrokenPromise, NotJudged, SuiteError
from bookingflow.core.failures import Breach
from bookingflow.platform.api import BookingApi
from bookingflow.platform.api_models import BookingRequest
from bookingflow.platform.http_access import HttpAccess
from bookingflow.platform.seating import Seating
from bookingflow.scenario.act import Act
from bookingflow.scenario.bookings import Bookings
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import ScenarioState
from load.arrivals import Arrival
from load.guest_ends import End, GuestEnd
from load.pools import Clients, SharedDatabase

SCENARIO = "load"
"""What stands as the scenario in the records of these guests."""
FULL_HOUSE = frozenset({"capacity", "no_room_left_by_tests"})
"""Why a guest waits when the house is full; neither is the platform's fault."""
NEW_CONNECTION = {"Connection": "close"}
"""What each guest's request says, so that the next guest does not come over its connection."""
NOTED = ("submit", "inline_poll", "background_job", "post_job_poll")
"""The phases whose times are kept: those in which a guest waits."""


class OverBudgetError(SuiteError):
    """The rate budget is used up, by other processes of this machine too."""

    code = "rate_limited"


class Crew:
    """Guests of one session. `spawn` runs a call beside the others; `on_end` hears of each guest once, at its end."""

    def __init__(
        self,
        session: Session,
        clients: Clients,
        *,
        spawn: Callable[[Callable[[], None]], object],
        on_end: Callable[[GuestEnd], None],
        most_in_flight: int,
        within_budget: bool = True,
    ) -> None:
        self.session = session
        self.in_flight = 0
        self.began_at = session.clock.monotonic()
        self._spawn, self._on_end = spawn, on_end
        self._most = most_in_flight
        self._within_budget = within_budget
        self._lock = threading.Lock()
        self._clients = clients
        session.stream.scenario = SCENARIO

    def start(self) -> None:
        """From here on the guests' seconds count."""
        self.began_at = self.session.clock.monotonic()

    def begin(self, arrival: Arrival, due: float) -> None:
        """Let a guest come who is `due` at this reading of the clock, which may be over; never waits for others."""
        with self._lock:
            taken = self.in_flight < self._most
            self.in_flight += taken
        if not taken:
            sentence = f"{self._most} guests were on their way already; this one was not sent."
            self._on_end(GuestEnd(due - self.began_at, End.DROPPED, code="not_sent", sentence=sentence))
            return
        self._spawn(lambda: self._accompany(arrival, due))

    def _accompany(self, arrival: Arrival, due: float) -> None:
        try:
            ended = self._ended(arrival, due)
        except Exception as error:  # noqa: BLE001 - whatever befalls one guest, the others come
            ended = GuestEnd(due - self.began_at, End.NOT_JUDGED, code="suite_error", sentence=self._said(error))
        finally:
            with self._lock:
                self.in_flight -= 1
        self._on_end(ended)

    def _ended(self, arrival: Arrival, due: float) -> GuestEnd:
        session = self.session
        state = ScenarioState(session, SCENARIO, slot=arrival.slot)
        bookings = Bookings(session, state)
        with self._lock:  # guests are numbered
            request = Act(session, state, bookings).request(arrival.party)
            address = next(session.client_addresses) if session.settings.on_demo else None
        if self._within_budget:
            session.budget.take(before_waiting=_over_budget)
        sent = session.clock.monotonic()
        booking = self._submitted(request, state, address)
        bookings.add([booking])
        bookings.follow(booking)
        ended = GuestEnd(
            due_s=due - self.began_at,
            end=End.TABLE,
            late_ms=(sent - due) * 1000,
            phases_ms={name: spent for name, spent in booking.log.durations_ms.items() if name in NOTED},
            code=booking.outcome_code or "",
            email=request.email.strip().lower(),
            key=booking.idempotency_key,
            booking_id=booking.booking_id,
        )
        if booking.confirmed:
            return replace(ended, to_table_ms=ended.late_ms + waited_ms(booking))
        if booking.refused_as_full:
            return self._turned_away(ended, state, bookings, booking)
        return self._without_table(ended, bookings, booking)

    def _submitted(self, request: BookingRequest, state: ScenarioState, address: str | None) -> TrackedBooking:
        session = self.session
        with self._clients.borrowed(address) as api:
            find, heed = session.database.find_by_key, session.budget.heed
            submission = Submission(api, session.stream, session.clock, session.ledger, find, heed)
            submission.keys, submission.over = session.submission.keys, session.submission.over
            return submission.submit(
                request,
                restaurant_id=state.restaurant.id,
                seconds=session.settings.deadline(None),
                idempotency_key=str(uuid.uuid4()),
            )

    def _without_table(self, ended: GuestEnd, bookings: Bookings, booking: TrackedBooking) -> GuestEnd:
        """Whose affair it is that there is no table, from the evidence."""
        try:
            verdict: BrokenPromise | NotJudged | SuiteError = bookings.verdict(booking)
        except SuiteError as error:
            verdict = error
        end = End.FAILED if isinstance(verdict, BrokenPromise) else End.NOT_JUDGED
        if verdict.code in FULL_HOUSE:
            end = End.FULL
        return replace(ended, end=end, code=verdict.code, sentence=self._said(verdict))

    def _turned_away(
        self, ended: GuestEnd, state: ScenarioState, bookings: Bookings, booking: TrackedBooking
    ) -> GuestEnd:
        """Whether the house is as full as the refusal says: nobody gives a table back while guests come, so that one
        which is free now was free then.
        """
        party, slot = booking.request.party, state.slot
        try:
            free = [] if slot is None else Seating(state.tables, state.slots.free_at(slot)).single(party)
        except SuiteError as error:
            return replace(ended, end=End.NOT_JUDGED, code=error.code, sentence=self._said(error))
        if not free:
            verdict = bookings.verdict(booking)
            return replace(ended, end=End.FULL, code=verdict.code, sentence=self._said(verdict))
        table = f"{free[0].number} ({free[0].capacity} seats)"
        breach = Breach("tables_unused", f"it was refused as if the house were full, though {table} is free")
        broken = bookings.broken(booking, breach)
        return replace(ended, end=End.FAILED, code=broken.code, sentence=self._said(broken))

    def _said(self, error: BaseException) -> str:
        return self.session.sanitizer.text(str(error) or type(error).__name__)


@contextmanager
def shared(session: Session) -> Iterator[tuple[Session, Clients]]:
    """The session with a database that many guests can ask at once, and clients for them; both are closed at the end,
    the session is its opener's.
    """
    settings, clock = session.settings, session.clock
    url, access = session.target.database_url, session.database.access
    database = SharedDatabase(url, clock=clock, prepare=settings.on_demo, access=access)
    job, interval = session.observation.job, settings.poll_interval
    observation = Observation(database, job, session.stream, clock, poll_interval=interval)
    clients = Clients(lambda: _client(session))
    try:
        yield replace(session, database=database, observation=observation), clients
    finally:
        clients.close()
        database.close()


def _client(session: Session) -> BookingApi:
    """A client for one guest after the other, each over a connection of its own, as guests come."""
    settings, url = session.settings, session.target.api_base_url
    access = HttpAccess.of(settings.model_copy(update={"api_headers": {**settings.api_headers, **NEW_CONNECTION}}), url)
    direct, known = settings.reached_directly, session.api.own_servers
    return BookingApi(url, clock=session.clock, access=access, direct=direct, own_servers=known)


def _over_budget(seconds: float) -> NoReturn:
    raise OverBudgetError(
        f"The rate budget of this machine is used up for {seconds:.0f} s more.",
        hint="Do other runs book at this platform at the same time?",
    )
