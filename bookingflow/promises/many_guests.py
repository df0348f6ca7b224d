"""Many guests at the same moment, and one who asks too often."""

from __future__ import annotations

from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.platform.api_models import Accepted, AnswerLost, Exchange, RateLimited, Refused, retry_after
from bookingflow.promises.base import Promise
from bookingflow.promises.confirmation import OutcomePromises

LOOKUPS_A_MINUTE = 20
"""docs/platform.md, "Rate limits"."""


class CrowdPromises(Promise):
    """Everybody of those who booked together."""

    def exactly_confirmed(self, count: int) -> None:
        """So many are confirmed with a table, neither more nor fewer."""
        confirmed = [followed for followed in self._followed() if followed.confirmed]
        if len(confirmed) != count:
            ends = ", ".join(str(followed.outcome_code) for followed in self.scene.together)
            told = (
                f"{len(confirmed)} of {len(self.scene.together)} are confirmed instead of {count} (they ended: {ends})"
            )
            raise self.broken(self.scene.together[-1], [told], "last_table")

    def others_wait(self) -> None:
        """Who is not confirmed waits, without a table and with a reason."""
        for followed in self._followed():
            if not followed.confirmed:
                OutcomePromises(self._world).pending_with_reason(followed)

    def answered(self) -> None:
        """Nobody meets an error, and nobody's answer is lost."""
        for followed in self.scene.together:
            self.demand_answer(followed)
            if not isinstance(followed.submitted, Accepted):
                found = f"HTTP {followed.exchange.status}"
                if followed.exchange.problem is not None:
                    found = f"no whole answer ({followed.exchange.problem})"
                told = f"of {len(self.scene.together)} guests at the same moment this one got {found}"
                raise self.broken(followed, [told], "error_under_load")

    def told_to_wait(self) -> None:
        """The platform says how long, in the place agreed for it."""
        limited = self.scene.booking.submitted
        if isinstance(limited, AnswerLost | Refused):
            told = f"Who asks too often is answered HTTP {limited.exchange.status} instead of being told to wait (429)"
            raise self.breach(told, "no_rate_limit")
        if not isinstance(limited, RateLimited):
            raise self.breach("Nobody is told to wait, however often one address asks", "no_rate_limit")
        let_in, allowed = self.scene.let_in, self.scene.bookings_a_minute
        if self._world.settings.on_demo and let_in < allowed:
            told = f"After {let_in} requests one address is told to wait, and {allowed} are allowed"
            if let_in == 0 and self.scene.waited_s is not None:
                told = f"Who waits the {self.scene.waited_s:g} s that were told is told to wait again"
            raise self.breach(told, "limited_too_early")
        if self._world.settings.on_demo and self.scene.one_minute and let_in > allowed:
            told = f"One address is let in {let_in} times in one minute, and {allowed} are allowed"
            raise self.breach(told, "limited_too_late")
        self._demand_wait(limited.exchange, "Who asks too often")
        told_limit = limited.exchange.header("x-ratelimit-limit")
        if not (
            told_limit.isdigit() and int(told_limit) > 0 and limited.exchange.header("x-ratelimit-remaining") == "0"
        ):
            raise self.breach("Who asks too often is not told how many requests are allowed", "no_rate_limit_told")
        body = limited.exchange.json_object()
        if body.get("code") != "RATE_LIMITED" or not body.get("error"):
            raise self.breach("Who asks too often is turned away without a word why", "wrong_refusal")
        told_twice = body.get("retryAfter")
        if told_twice not in (None, limited.retry_after):
            raise self.breach(
                f"Who asks too often is told two times to wait at once ({limited.retry_after:g} s and {told_twice} s)",
                "no_retry_after",
            )

    def lookups_limited(self) -> None:
        """Nobody tries out contacts as often as wanted; who is turned away is told for how long."""
        turned_away = self.scene.turned_away
        if turned_away is None:
            raise self.breach(
                f"Who looks up bookings is never told to wait ({self.scene.let_in} times in a minute): "
                "contacts can be tried out without end",
                "no_rate_limit",
            )
        if self._world.settings.on_demo and self.scene.let_in < LOOKUPS_A_MINUTE:
            told = f"After looking {self.scene.let_in} times one is told to wait, and {LOOKUPS_A_MINUTE} are allowed"
            raise self.breach(told, "limited_too_early")
        self._demand_wait(turned_away, "Who looks up too often")

    def _demand_wait(self, exchange: Exchange, who: str) -> None:
        """Raise unless the answer says how many seconds to wait, a minute at most."""
        wait = retry_after(exchange)
        if wait is None or not 0 < wait <= 60:
            said = exchange.header("retry-after") or "nothing"
            raise self.breach(f"{who} is not told when to try again (told: {said})", "no_retry_after")

    def _followed(self) -> list[TrackedBooking]:
        return [self._world.follow(followed) for followed in self.scene.together]
