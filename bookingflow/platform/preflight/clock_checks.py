"""Whether the clocks that a booking's time depends on agree: this machine's, the API's, the database's."""

from __future__ import annotations

from collections.abc import Mapping

from bookingflow.core.failures import PLATFORM_OPERATOR, SUITE_OPERATOR
from bookingflow.core.problems import Problem

NOTED_S, REFUSED_S = 5.0, 60.0
"""Seconds between two clocks from which on that is noted, and from which on nothing is judged: the answer's own date
tells whole seconds only, and a booking's minute must be the same minute for everybody.
"""
THIS_MACHINE = "this machine's clock"


def check_clocks(api_ahead_s: float | None, database_ahead_s: float | None) -> list[Problem]:
    """A note or a problem when clocks are apart; each is this many seconds ahead of this machine's, or unknown."""
    clocks: dict[str, float] = {THIS_MACHINE: 0.0}
    if api_ahead_s is not None:
        clocks["the API's clock (Date)"] = api_ahead_s
    if database_ahead_s is not None:
        clocks["the database's clock"] = database_ahead_s
    apart = max(clocks.values()) - min(clocks.values())
    if apart <= NOTED_S:
        return []
    odd, others = _odd_one(clocks)
    by = clocks[odd] - sum(clocks[name] for name in others) / len(others)
    sentence = f"{odd[0].upper()}{odd[1:]} is {_in_words(abs(by))} {'ahead of' if by > 0 else 'behind'} "
    sentence += " and ".join(others) + "."
    who = SUITE_OPERATOR if odd == THIS_MACHINE else PLATFORM_OPERATOR
    refused = apart > REFUSED_S
    mend = "Set it by a time server (NTP)." if refused else "Times near a limit may be shown wrongly."
    return [Problem("clocks_apart" if refused else "clocks_differ", "", sentence, mend, who)]


def _odd_one(clocks: Mapping[str, float]) -> tuple[str, list[str]]:
    """The clock that is apart from the others, and these; of two it is the one that is not this machine's."""

    def left_apart(without: str) -> tuple[float, bool]:
        rest = [value for name, value in clocks.items() if name != without]
        return max(rest) - min(rest), without == THIS_MACHINE

    odd = min(clocks, key=left_apart)
    return odd, [name for name in clocks if name != odd]


def _in_words(seconds: float) -> str:
    for size, unit in ((86400.0, "days"), (3600.0, "h"), (60.0, "minutes")):
        if seconds >= 2 * size - size / 4:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
