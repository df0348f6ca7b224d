"""What a load is held to: p95 to a table, the share of failures, no double booking; nothing measured is not green."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bookingflow.core.exit_status import ExitStatus
from bookingflow.core.text import counted
from load.guest_ends import End, GuestEnd, count, percentile, times_to_table

P95 = 0.95
LATE_S = 0.25
"""A process that begins guests later than that can't watch them in time either: it measures its own slowness."""


@dataclass(frozen=True)
class Thresholds:
    """The limits of a run."""

    p95_s: float = 5.0
    """Seconds within which 95 of 100 guests have a table."""
    failures: float = 0.01
    """The share of guests that may fail."""


@dataclass(frozen=True)
class Check:
    """One limit, and whether it was kept."""

    name: str
    end: Literal["kept", "broken", "not judged"]
    found: str
    """What was measured, or why nothing was, for people."""

    @property
    def status(self) -> ExitStatus:
        """The exit status that this alone would make."""
        return {"kept": ExitStatus.KEPT, "broken": ExitStatus.BROKEN}.get(self.end, ExitStatus.NOT_JUDGED)


@dataclass(frozen=True)
class Integrity:
    """What was found in all bookings of the run at its end."""

    bookings: int
    """How many were looked at."""
    breaches: int
    """Kinds of breaches that are not known."""
    why_not: str = ""
    """What kept some of it from being judged; empty where nothing did."""


def checks(planned: int, guests: Sequence[GuestEnd], integrity: Integrity, limits: Thresholds) -> list[Check]:
    """Every limit of a run for which this many guests were `planned`, each with how it ended."""
    return [
        _p95(guests, limits),
        _failures(guests, limits),
        _integrity(integrity),
        *_unjudged(planned, guests, limits),
    ]


def status_of(found: Sequence[Check], *, cut_off: bool = False) -> ExitStatus:
    """What the process ends with."""
    return ExitStatus.first([*(check.status for check in found), *([ExitStatus.CUT_OFF] if cut_off else [])])


def seconds(value: float) -> str:
    """Seconds for people; NEVER as a word."""
    return "never" if value == float("inf") else f"{value:.2f} s"


def _p95(guests: Sequence[GuestEnd], limits: Thresholds) -> Check:
    name = f"p95 to a table ≤ {limits.p95_s:g} s"
    p95 = percentile(times_to_table(guests), P95)
    if p95 is None:
        return Check(name, "not judged", "nothing was measured")
    if p95 <= limits.p95_s:
        return Check(name, "kept", seconds(p95))
    late = _sent_late(guests)
    apart = percentile(times_to_table(guests, without_our_lateness=True), P95) or 0.0
    if late > LATE_S or apart <= limits.p95_s:
        return Check(name, "not judged", f"{seconds(p95)}, but {_too_slow(late)}")
    return Check(name, "broken", seconds(p95))


def _sent_late(guests: Sequence[GuestEnd]) -> float:
    """Seconds within which 95 of 100 guests were sent after their moment."""
    return percentile((guest.late_ms / 1000 for guest in guests if guest.end is not End.DROPPED), P95) or 0.0


def _too_slow(late: float) -> str:
    sent = f"this machine was too slow: it sent guests up to {seconds(late)} late (p95)"
    return f"{sent}. Send fewer, or use more workers"


def _failures(guests: Sequence[GuestEnd], limits: Thresholds) -> Check:
    name = f"failures ≤ {100 * limits.failures:g} %"
    failed, dropped = count(guests, End.FAILED), count(guests, End.DROPPED)
    counted_ones = count(guests, End.TABLE) + failed + dropped
    if not counted_ones:
        return Check(name, "not judged", "nothing was measured")
    said = f"{failed + dropped} of {counted(counted_ones, 'guest')}"
    if dropped:
        said += f", {dropped} of them not sent because too many were on their way"
    most = limits.failures * counted_ones
    late = _sent_late(guests)
    if failed <= most < failed + dropped and late > LATE_S:
        return Check(name, "not judged", f"{said}, but {_too_slow(late)}")
    return Check(name, "kept" if failed + dropped <= most else "broken", said)


def _integrity(integrity: Integrity) -> Check:
    name = "every booking as promised, no table twice"
    if integrity.breaches:
        return Check(
            name, "broken", counted(integrity.breaches, "kind of breach", "kinds of breach") + " found, see above"
        )
    if integrity.why_not:
        return Check(name, "not judged", integrity.why_not)
    if not integrity.bookings:
        return Check(name, "not judged", "there is no booking to look at")
    return Check(name, "kept", f"{counted(integrity.bookings, 'booking')} looked at again")


def _unjudged(planned: int, guests: Sequence[GuestEnd], limits: Thresholds) -> list[Check]:
    """What must not go unnoticed though it accuses nobody: guests of whom nothing can be said, or who never came."""
    found = []
    unjudged = count(guests, End.NOT_JUDGED)
    if unjudged > limits.failures * len(guests):
        reason = next(guest.sentence for guest in guests if guest.end is End.NOT_JUDGED)
        said = f"nothing can be said of {unjudged} of {counted(len(guests), 'guest')}: {reason}"
        found.append(Check("guests who can be judged", "not judged", said))
    if lost := planned - len(guests):
        said = f"{lost} of {planned} did not come, or were not heard of again"
        found.append(Check("everybody came who was to come", "not judged", said))
    return found
