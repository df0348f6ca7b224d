"""Guests who ask too often: asked to wait, and for how long."""

from __future__ import annotations

from bookingflow.core.errors import NotJudged
from bookingflow.core.failures import Breach
from bookingflow.core.text import capitalised, counted
from bookingflow.platform.answers import limit_stated, reset_in_s, retry_after, wait_in_words
from bookingflow.platform.api_models import AnswerLost, Exchange, RateLimited, Refused
from bookingflow.platform.rate_budget import WINDOW_S
from bookingflow.platform.walls import refuses_in_its_place
from bookingflow.promises.base import Promise

LOOKUPS_A_MINUTE = 20
"""docs/platform.md, "Rate limits"."""


class RateLimitPromises(Promise):
    """A limit that is met, and said."""

    def asked_to_wait(self) -> None:
        """The platform says how long, in the place agreed for it."""
        limited = self._turned_away()
        self._demand_platforms_limit(limited.exchange)
        if self.session.settings.on_demo:
            self._demand_let_in_as_agreed()
        else:
            self._demand_limit_as_agreed(limited.exchange, self.scenario.let_in, self.scenario.bookings_a_minute)
        self._demand_wait(limited.exchange)
        self._demand_limit_shown(limited.exchange)
        self._demand_one_wait(limited)

    def _turned_away(self) -> RateLimited:
        """The answer to who asked too often; raises the verdict where it is none that asks to wait."""
        self.demand_platforms_answer(self.scenario.booking)
        self.demand_whole_answer(self.scenario.booking)
        limited = self.scenario.booking.submitted
        if isinstance(limited, AnswerLost | Refused):
            instead = f"a guest who asks too often was answered HTTP {limited.exchange.status}, not asked to wait (429)"
            raise self.bookings.breach(Breach("limit_missing", instead))
        if not isinstance(limited, RateLimited):
            self.demand_done(self.scenario.let_in, "Nobody asked too often")
            never = f"after {counted(self.scenario.let_in, 'request')} one address was still not asked to wait"
            raise self.bookings.breach(Breach("limit_missing", never))
        return limited

    def _demand_let_in_as_agreed(self) -> None:
        """Raise where the demo let in fewer requests of one address, or in one of its minutes more, than it may."""
        let_in, allowed = self.scenario.let_in, self.scenario.bookings_a_minute
        if let_in < allowed:
            early = f"one address was asked to wait after {counted(let_in, 'request')}; {allowed} a minute are allowed"
            if let_in == 0 and self.scenario.waited_s is not None:
                early = f"a guest waited {self.scenario.waited_s:g} s, as the answer said, and was asked to wait again"
            raise self.bookings.breach(Breach("limit_too_low", early))
        if self.scenario.one_minute and let_in > allowed:
            late = f"one address made {let_in} requests in one minute; {allowed} are allowed"
            raise self.bookings.breach(Breach("limit_too_high", late))

    def _demand_limit_shown(self, exchange: Exchange) -> None:
        """Raise unless the answer says how many requests are allowed, that none is left, and why, in words."""
        allowed = self.scenario.bookings_a_minute
        limit, remaining = (exchange.header(f"x-ratelimit-{name}") for name in ("limit", "remaining"))
        shown = limit.isdigit() and int(limit) > 0 and remaining == "0"
        if not shown or (self.session.settings.on_demo and int(limit) != allowed):
            headers = f'X-RateLimit-Limit is "{limit}" and X-RateLimit-Remaining "{remaining}"; {allowed} are allowed'
            raise self.bookings.breach(Breach("limit_not_shown", headers))
        body = exchange.json_object()
        if body.get("code") != "RATE_LIMITED" or not body.get("error"):
            wordless = "the answer has no text and code that say why (RATE_LIMITED)"
            raise self.bookings.breach(Breach("limit_without_words", wordless))

    def _demand_one_wait(self, limited: RateLimited) -> None:
        """Raise where the answer's text says no wait, or it or another of its headers another one than Retry-After."""
        again = limited.exchange.json_object().get("retryAfter")
        if again is None:
            silent = "the answer's text does not say how many seconds to wait (retryAfter)"
            raise self.bookings.breach(Breach("wait_not_shown", silent))
        if again != limited.retry_after:
            both = f"Retry-After says {limited.retry_after:g} s, and the answer's text {again} s"
            raise self.bookings.breach(Breach("wait_contradicts", both))
        # Elsewhere a gateway may write that header, and has a unit of its own for it.
        reset = reset_in_s(limited.exchange) if self.session.settings.on_demo else None
        if reset is not None and abs(reset - (limited.retry_after or 0)) > WINDOW_S:
            both = f"Retry-After says {limited.retry_after:g} s, and X-RateLimit-Reset no time of that minute"
            raise self.bookings.breach(Breach("wait_contradicts", both))

    def _demand_limit_as_agreed(self, exchange: Exchange, let_in: int, allowed: int) -> None:
        """Raise the verdict where a live platform says that its limit is higher than agreed; NotJudged where more was
        let in than it says: seen from there, one address may be several.
        """
        stated = limit_stated(exchange)
        limit = stated.limit if stated is not None else None
        if limit is not None and limit > allowed:
            agreed = f"{allowed} are agreed (BOOKING_RATE_LIMIT)"
            high = f"the answer states a limit of {counted(limit, 'request')} a minute; {agreed}"
            raise self.bookings.breach(Breach("limit_too_high", high))
        if self.scenario.one_minute and let_in > allowed:
            raise NotJudged(
                f"This machine made {let_in} requests within one minute of the platform's, and {allowed} are allowed "
                "to one address. Has it several addresses there (a proxy with several exits), or do several instances "
                "of the platform count?",
                code="limit_unclear",
            )

    def lookups_limited(self) -> None:
        """Contacts can't be tried out without end; a guest who is turned away learns for how long."""
        turned_away = self.scenario.turned_away
        if turned_away is None:
            self.demand_done(self.scenario.let_in, "Nobody looked up too much")
            never = f"a stranger looked up {self.scenario.let_in} contacts in a minute and was not asked to wait"
            raise self.bookings.breach(Breach("lookups_unlimited", never))
        self._demand_platforms_limit(turned_away)
        if self.session.settings.on_demo and self.scenario.let_in < LOOKUPS_A_MINUTE:
            after = counted(self.scenario.let_in, "look-up")
            early = f"one address was asked to wait after {after}; {LOOKUPS_A_MINUTE} a minute are allowed"
            raise self.bookings.breach(Breach("limit_too_low", early))
        looked_up = self.scenario.let_in
        if self.session.settings.on_demo and self.scenario.one_minute and looked_up > LOOKUPS_A_MINUTE:
            late = f"one address looked up {looked_up} contacts in one minute; {LOOKUPS_A_MINUTE} are allowed"
            raise self.bookings.breach(Breach("limit_too_high", late))
        self._demand_wait(turned_away)

    def _demand_platforms_limit(self, exchange: Exchange) -> None:
        """Raise NotJudged where something before a live platform turns its callers away in words of its own."""
        wall = None if self.session.settings.reached_directly else refuses_in_its_place(exchange)
        if wall is not None:
            said = f"{capitalised(wall.sentence)}, and turns away who asks too often. {wall.hint}"
            raise NotJudged(self.session.sanitizer.text(said), code=wall.code)

    def _demand_wait(self, exchange: Exchange) -> None:
        """Raise unless the answer says how many seconds to wait, a minute at most."""
        wait = retry_after(exchange)
        if wait is None or not 0 < wait <= 60:
            said = f"Retry-After says {wait_in_words(exchange)}; 1 to 60 s are agreed"
            raise self.bookings.breach(Breach("wait_not_shown", said))
