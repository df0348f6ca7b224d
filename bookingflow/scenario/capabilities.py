"""What a scenario declares that it needs (`@uses.…`), and why it is skipped where that is not there."""

from __future__ import annotations

from collections.abc import Iterable

from bookingflow.core.errors import SuiteError
from bookingflow.core.settings.types import EXPECTABLE
from bookingflow.scenario.session import Session

PREFIX = "uses."
KNOWN = EXPECTABLE | {"demo", "cleanup"}


def unmet_need(tags: Iterable[str], session: Session) -> str | None:
    """The reason to skip a scenario with these tags on this platform; None when it can be asked.

    Raises SuiteError for a need that nobody knows: a typing error must not let a scenario run where it can't hold.
    """
    needs = {tag.removeprefix(PREFIX) for tag in tags if tag.startswith(PREFIX)}
    # What no setting can give is named first.
    for need in sorted(needs, key=lambda need: (need != "demo", need)):
        if need not in KNOWN:
            raise SuiteError(f"@{PREFIX}{need} is not a need.", hint=f"Known are: {', '.join(sorted(KNOWN))}.")
        if need == "demo" and session.controls is None:
            return "needs the demo platform's switches"
        if need == "cleanup" and not session.cleaner.cancels:
            return "needs bookings to be cancelled afterwards (BOOKING_CLEANUP)"
        if need in EXPECTABLE and not session.settings.platform_has(need):
            return f"needs {need.replace('_', ' ')}, which this platform is not said to have (BOOKING_EXPECT={need})"
    return None
