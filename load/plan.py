"""Who comes when, for which table: worked out before the first guest, and refused where it can't be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bookingflow.core.errors import SettingsError
from bookingflow.core.text import counted
from bookingflow.platform.rate_budget import WINDOW_S
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import ScenarioState
from load.arrivals import Arrival, busiest, moments
from load.crew import SCENARIO
from load.options import Options
from load.places import places


@dataclass(frozen=True)
class Plan:
    """Every guest of a run, in the order of their arrival."""

    arrivals: Sequence[Arrival]
    in_words: Sequence[str]
    """Lines for people."""


def planned(session: Session, options: Options) -> Plan:
    """The guests that were asked for; raises SuiteError where they can't come, nothing having been booked."""
    settings = session.settings
    at = moments(options.stages)
    if not options.over_rate_budget:
        _demand_within_budget(at, session.budget.limit, options.written)
    session.enter(SCENARIO)
    party = settings.party_size if "party_size" in settings.model_fields_set else None
    found, room = places(ScenarioState(session, SCENARIO).slots, len(at), party)
    days, lasts = len({slot.date for slot, _ in found}), sum(stage.seconds for stage in options.stages)
    lines = [
        f"{counted(len(at), 'guest')} will arrive in {lasts:g} s, by the clock ({options.written}), for tables on "
        f"{counted(days, 'day')}."
    ]
    if room < len(at):
        lines.append(f"Note: there are free tables for {room} of them only; the others will meet a full house.")
    arrivals = [Arrival(moment, slot, party) for moment, (slot, party) in zip(at, found, strict=True)]
    return Plan(arrivals, lines)


def _demand_within_budget(at: Sequence[float], budget: int, written: str) -> None:
    """Raise SettingsError where more guests would book within a minute than the `budget`, if it is one, allows."""
    minute = busiest(at, WINDOW_S)
    if 0 < budget < minute:
        raise SettingsError(
            [
                f"--arrivals {written}: {minute} guests would book within one minute, and {budget} are allowed "
                "(BOOKING_RATE_BUDGET): the platform turns away an address that asks more often. Send fewer, like "
                f"--arrivals {budget / WINDOW_S:.2g}:60, or say --over-rate-budget where it has no such limit for this "
                "machine."
            ]
        )
