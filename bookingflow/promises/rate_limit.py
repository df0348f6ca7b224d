"""Guests who ask too often: asked to wait, and for how long."""

from __future__ import annotations

from bookingflow.platform.answers import retry_after, wait_in_words
from bookingflow.platform.api_models import AnswerLost, Exchange, RateLimited, Refused
from bookingflow.promises.base import Promise

LOOKUPS_A_MINUTE = 20
"""docs/platform.md, "Rate limits"."""


class RateLimitPromises(Promise):
    """A limit that is met, and said."""

    def asked_to_wait(self) -> None:
        """The platform says how long, in the place agreed for it."""
        self.demand_platforms_answer(self.scenario.booking)
        limited = self.scenario.booking.submitted
        if isinstance(limited, AnswerLost | Refused):
            told = f"Who asks too often is answered HTTP {limited.exchange.status} instead of being told to wait (429)"
            raise self.bookings.breach(told, "no_rate_limit")
        if not isinstance(limited, RateLimited):
            raise self.bookings.breach("Nobody is told to wait, however often one address asks", "no_rate_limit")
        let_in, allowed = self.scenario.let_in, self.scenario.bookings_a_minute
        if self.session.settings.on_demo and let_in < allowed:
            told = f"After {let_in} requests one address is told to wait, and {allowed} are allowed"
            if let_in == 0 and self.scenario.waited_s is not None:
                told = f"Who waits the {self.scenario.waited_s:g} s that were told is told to wait again"
            raise self.bookings.breach(told, "limited_too_early")
        if self.session.settings.on_demo and self.scenario.one_minute and let_in > allowed:
            told = f"One address is let in {let_in} times in one minute, and {allowed} are allowed"
            raise self.bookings.breach(told, "limited_too_late")
        self._demand_wait(limited.exchange, "Who asks too often")
        told_limit = limited.exchange.header("x-ratelimit-limit")
        if not (
            told_limit.isdigit() and int(told_limit) > 0 and limited.exchange.header("x-ratelimit-remaining") == "0"
        ):
            raise self.bookings.breach(
                "Who asks too often is not told how many requests are allowed", "no_rate_limit_told"
            )
        body = limited.exchange.json_object()
        if body.get("code") != "RATE_LIMITED" or not body.get("error"):
            raise self.bookings.breach("Who asks too often is turned away without a word why", "wrong_refusal")
        told_twice = body.get("retryAfter")
        if told_twice not in (None, limited.retry_after):
            raise self.bookings.breach(
                f"Who asks too often is told two times to wait at once ({limited.retry_after:g} s and {told_twice} s)",
                "no_retry_after",
            )

    def lookups_limited(self) -> None:
        """Nobody tries out contacts as often as wanted; who is turned away is told for how long."""
        turned_away = self.scenario.turned_away
        if turned_away is None:
            raise self.bookings.breach(
                f"Who looks up bookings is never told to wait ({self.scenario.let_in} times in a minute): "
                "contacts can be tried out without end",
                "no_rate_limit",
            )
        if self.session.settings.on_demo and self.scenario.let_in < LOOKUPS_A_MINUTE:
            told = f"After looking {self.scenario.let_in} times one is told to wait, and {LOOKUPS_A_MINUTE} are allowed"
            raise self.bookings.breach(told, "limited_too_early")
        self._demand_wait(turned_away, "Who looks up too often")

    def _demand_wait(self, exchange: Exchange, who: str) -> None:
        """Raise unless the answer says how many seconds to wait, a minute at most."""
        wait = retry_after(exchange)
        if wait is None or not 0 < wait <= 60:
            told = f"{who} is not told when to try again (told: {wait_in_words(exchange)})"
            raise self.bookings.breach(told, "no_retry_after")
