"""The monitor's sentences: a line a round, and the text of a message."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

from bookingflow.commands.watching.memory import Change
from bookingflow.commands.watching.states import Attempt, State
from bookingflow.core.text import counted, quoted

SIGNS = {State.UP: "✓", State.DEGRADED: "≈", State.DOWN: "✗", State.BLIND: "·"}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_EXACT_UP_TO = 2
"""So many of a unit are still told in the smaller one: 90 s, 100 minutes."""


def round_line(said: Attempt, attempts: int, zone: str) -> str:
    """A round on one line: when, the state, the seconds to a table, and the booking or why there is none."""
    seconds = "" if said.seconds is None else f"{said.seconds:.2f} s"
    more = f"  ({counted(attempts, 'attempt')})" if attempts > 1 else ""
    what = said.booked if said.state is State.UP else said.title
    return f"{moment(said.began, zone)}  {SIGNS[said.state]} {said.state:<8}  {seconds:>7}  {what}{more}".rstrip()


def announcement(change: Change, zone: str) -> str:
    """A change of state in a few sentences."""
    where, since = change.restaurant or change.target, moment(change.since, zone)
    lasted = "" if change.previous_lasted_s is None else f" for {span(change.previous_lasted_s)}"
    if change.state is State.UP:
        got = "" if change.seconds is None else f": a guest got a table in {change.seconds:.2f} s"
        gone = f" They were not up for {span(change.not_up_s)}." if change.not_up_s is not None else ""
        return f"Bookings at {where} are up again since {since}{got}.{gone}"
    are = {
        State.DEGRADED: "are degraded",
        State.DOWN: "are down",
        State.BLIND: "can't be judged",
    }[change.state]
    before = "" if change.previous is State.UP else f" Before that they were {change.previous}{lasted}."
    trace = f" Trace {change.trace_id}." if change.trace_id else ""
    return f"Bookings at {where} {are} since {since}. {change.sentence}{before}{trace}"


def moment(at: datetime.datetime, zone: str) -> str:
    """A moment by the restaurant's clock: `Thu 26 Nov 19:05`; where its zone is not known yet, in UTC and saying so."""
    local = at.astimezone(ZoneInfo(zone) if zone else datetime.UTC)
    return f"{quoted(local.date())} {local:%H:%M}{'' if zone else ' UTC'}"


def span(seconds: float) -> str:
    """How long something lasted, in the unit that fits: `45 s`, `20 minutes`, `3 h 5 min`, `4 days 2 h`."""
    whole = round(seconds)
    if whole < _EXACT_UP_TO * _MINUTE:
        return f"{whole} s"
    if whole < _EXACT_UP_TO * _HOUR:
        return counted(whole // _MINUTE, "minute")
    if whole < _EXACT_UP_TO * _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
    return f"{counted(whole // _DAY, 'day')} {whole % _DAY // _HOUR} h"
