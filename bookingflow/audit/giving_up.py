"""Decides when a run tries no more: each later booking would wait its whole deadline for a reason already known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from bookingflow.core.errors import BehindWall, EvidenceHidden, LoginRefused, NotJudged, SuiteError, TargetUnreachable
from bookingflow.core.failures import failure_of
from bookingflow.core.patterns import pattern
from bookingflow.scenario.bookings import OTHER_DATABASE
from bookingflow.scenario.session import BookingReport

NOT_TRIED = "Not tried"
"""How the reason begins of a scenario that is skipped by this rule."""
UNREACHABLE = TargetUnreachable.code
NOT_ASKED: Mapping[str, str] = {
    UNREACHABLE: "the platform did not answer",
    LoginRefused.code: "the database refused the log-in",
    BehindWall.code: "something else answered instead of the platform",
}
"""Causes for which no booking is waited for: the next one would not be asked either."""
_NEEDS_CONFIRMATION = pattern(
    r"\bconfirmed\b|\bevery table\b|\bone table is left\b|\buntil nobody more is seated\b",
    adversarial=("every ", "one table is "),
)
"""What scenarios say that can't hold while no booking is confirmed."""


class GivingUp:
    """Counts bookings that waited their whole deadline for the same cause, with none confirmed between them."""

    def __init__(
        self, limit: int | None, hidden: Callable[[], object], ended: Callable[[], SuiteError | None] = lambda: None
    ) -> None:
        """`limit` is the number of such bookings, None for never; `hidden` says whether the database hides anything,
        and `ended` whether there is a platform any more.
        """
        self._limit = limit
        self._hidden = hidden
        self._ended = ended
        self._cause = ""
        self._count = 0
        self._reason = ""

    def scenario_over(self, reports: Iterable[BookingReport], errors: Iterable[object] = ()) -> None:
        """A scenario is over, with how its bookings ended and what its steps raised."""
        not_judged = [error for error in errors if isinstance(error, NotJudged)]
        self._count_those_that_waited(reports, next(filter(None, map(_not_asked, not_judged)), ""))
        for error in not_judged:
            if error.code == OTHER_DATABASE or (error.code == EvidenceHidden.code and self._hidden()):
                self._reason = error.particulars  # no booking can be watched in this database

    def _count_those_that_waited(self, reports: Iterable[BookingReport], not_asked: str) -> None:
        before = self._count
        for report in reports:
            cause = "" if report.diagnosis is None else report.diagnosis.code
            if report.booking.confirmed:
                self._cause, self._count = "", 0
            elif cause and (cause in NOT_ASKED or report.booking.waited_whole_deadline):
                self._count_one(cause)
        if not_asked and self._count == before:
            self._count_one(not_asked)

    def _count_one(self, cause: str) -> None:
        self._count = self._count + 1 if cause == self._cause else 1
        self._cause = cause

    @property
    def unreachable(self) -> bool:
        """Whether the run was given up because nothing answers that could be asked."""
        return self._ended() is not None or (self._over and self._cause in {UNREACHABLE, LoginRefused.code})

    @property
    def _over(self) -> bool:
        return self._limit is not None and self._count >= self._limit

    def reason_to_skip(self, sentences: Sequence[str]) -> str | None:
        """Why a scenario of these sentences is not tried; None while it is."""
        over = self._ended()
        if over is not None:
            return f"{NOT_TRIED}: {over.sentence.removesuffix('.')}"
        if self._reason:
            return f"{NOT_TRIED}: {self._reason}"
        if not self._over:
            return None
        if self._cause in NOT_ASKED:
            return f"{NOT_TRIED}: {NOT_ASKED[self._cause]} {self._count} times, one after the other"
        if not any(map(_NEEDS_CONFIRMATION.search, sentences)):
            return None
        title = failure_of(self._cause).title
        return f"{NOT_TRIED}: the last {self._count} bookings waited their whole deadline ({title})"


def _not_asked(error: NotJudged) -> str:
    """The code of what kept a step from asking the platform; empty where something else did not let it judge."""
    return error.code if error.code in NOT_ASKED else ""
