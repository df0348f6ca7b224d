"""Guests who ask too often: until they are told to wait, and after that wait."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import httpx

from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.core.errors import ScenarioNotPossible
from bookingflow.platform.answers import retry_after
from bookingflow.platform.api_models import BookingRequest, Exchange, NotSent, RateLimited
from bookingflow.platform.rate_budget import WINDOW_S
from bookingflow.scenario.bookings import Bookings
from bookingflow.scenario.sending import Sender
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import ScenarioState
from bookingflow.testdata.guests import Guest

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

REFUSED_AT = datetime.time(3, 7)
"""A time at which no restaurant seats guests: such a request counts for the limit, and nothing of it is stored."""
AT_ONCE = 8
"""Requests under way at once, so that a minute's limit is met within the minute."""
MOST_REQUESTS = 128
"""The limit is 60 in a window of a minute: 128 requests within one meet it wherever the window begins; a higher one
takes twice as many, too.
"""
MOST_LOOKUPS = 48
"""The same for the lookups of a contact, of which 20 a minute are allowed."""
KNOCK_S = 10.0
"""Seconds that each of them may take."""
CUT_OFF_S = 1.0
"""Seconds by which a wait that is said in whole seconds may be too long."""
LEAST_LEFT_S = 5.0
"""Seconds of the limited minute that must be left for the proper request that follows."""


class RateLimitActs:
    """Meets the platform's limits on what one address may ask for."""

    def __init__(self, session: Session, state: ScenarioState, bookings: Bookings, sender: Sender) -> None:
        self._session = session
        self._state = state
        self._bookings = bookings
        self._sender = sender

    def exceed_limit(self) -> None:
        """Ask from one address until told to wait, then book properly in the same minute."""
        request = self._sender.request(2)
        limited = self._ask_until_limited()
        if limited is not None and 0 < (left := limited.retry_after or 0) < LEAST_LEFT_S:
            if self._next_minute_began():
                self._session.next_address()
            else:
                self._session.clock.sleep(left)
                self._state.waited_s = left
            self._ask_until_limited()
        self._sender.submit(request, counts=False)

    def _next_minute_began(self) -> bool:
        """Whether the demo's next minute has begun since the last moments of one: requests that were under way then
        count for either, so that nobody knows how many more the same address may send.
        """
        return self._session.settings.on_demo and self._state.now.timestamp() % WINDOW_S < WINDOW_S / 2

    def _ask_until_limited(self) -> RateLimited | None:
        """Ask for what is refused anyway; the first answer that says to wait, None when there is none."""
        session, state, minute = self._session, self._state, self._minute()
        began, state.let_in = session.clock.monotonic(), 0
        most = max(MOST_REQUESTS, 2 * state.bookings_a_minute + AT_ONCE)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for answers in _in_rounds(pool, self._knock, self._hopeless, most):
                if lost := next((one for one in answers if isinstance(one.submitted, NotSent)), None):
                    raise self._bookings.verdict(lost)
                state.one_minute = self._minute() == minute
                limited = [one.submitted for one in answers if isinstance(one.submitted, RateLimited)]
                state.let_in += len(answers) - len(limited)
                if limited:
                    if not session.settings.on_demo:
                        state.one_minute = self._in_one_window(began, limited[0])
                    session.stream.note(f"one address was let in {state.let_in} times, and then told to wait")
                    return limited[0]
        self._demand_fast(began, most)
        return None

    def _in_one_window(self, began: float, limited: RateLimited) -> bool:
        """Whether what was asked since then counts for one minute of the platform's, by when the next one begins."""
        left = WINDOW_S if limited.retry_after is None else limited.retry_after
        return self._session.clock.monotonic() - began < WINDOW_S - left - CUT_OFF_S

    def _demand_fast(self, began: float, requests: int) -> None:
        """Raise ScenarioNotPossible when this many requests took too long to meet a limit that counts by the minute."""
        took = self._session.clock.monotonic() - began
        if took > WINDOW_S:
            raise ScenarioNotPossible(
                f"{requests} requests took {took:.0f} s: so slowly the limit can't be met.",
                hint="Is the platform, or the way to it, slower than usual?",
            )

    def _knock(self, request: BookingRequest) -> TrackedBooking:
        return self._session.submission.knock(request, restaurant_id=self._state.restaurant.id, seconds=KNOCK_S)

    def _hopeless(self) -> BookingRequest:
        """A request that is refused, of another guest each time: the limit is the address's."""
        return self._sender.request(2).model_copy(update={"time": REFUSED_AT})

    def _minute(self) -> int:
        return int(self._state.now.timestamp() // WINDOW_S)

    def look_up_too_often(self) -> None:
        """Look up one stranger's bookings after the other until told to wait."""
        session, state, minute = self._session, self._state, self._minute()
        began, state.let_in = session.clock.monotonic(), 0
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for answers in _in_rounds(pool, self._look_up, session.guests.next, MOST_LOOKUPS):
                state.one_minute = self._minute() == minute
                turned_away = [one for one in answers if one.status == httpx.codes.TOO_MANY_REQUESTS]
                state.let_in += len(answers) - len(turned_away)
                if turned_away:
                    state.turned_away = turned_away[0]
                    return
        self._demand_fast(began, MOST_LOOKUPS)

    def _look_up(self, guest: Guest) -> Exchange:
        return self._session.api.lookup(guest.email, guest.phone, self._state.restaurant.id, may_be_limited=True)

    def wait_as_asked(self) -> None:
        """Set the platform's clock later by the seconds that it asked to wait."""
        state, limited = self._state, self._state.booking.submitted
        seconds = limited.retry_after if isinstance(limited, RateLimited) else None
        state.set_clock(state.now + datetime.timedelta(seconds=seconds or 0))
        state.count_anew()
        state.waited_s = seconds

    def leave_minute(self) -> None:
        """Have the next request from the same address, if there is one, wait until a limited minute is over."""
        session, state = self._session, self._state
        answers = [*([state.turned_away] if state.turned_away else []), *(one.exchange for one in state.bookings)]
        waits = [retry_after(answer) or 0 for answer in answers if answer.status == httpx.codes.TOO_MANY_REQUESTS]
        if waits and not session.settings.on_demo:
            session.limited_until = session.clock.monotonic() + min(max(waits), WINDOW_S)


def _in_rounds(
    pool: ThreadPoolExecutor, ask: Callable[[Asked], Answer], for_what: Callable[[], Asked], most: int
) -> Iterator[list[Answer]]:
    """Answers, so many asked for at once, until the reader knows enough."""
    for _ in range(most // AT_ONCE):
        yield list(pool.map(ask, [for_what() for _ in range(AT_ONCE)]))
