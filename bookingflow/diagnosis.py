"""From evidence to one sentence: what was promised, what happened, why, and who can act.

Rules are data, tried in order; the first that applies explains. A cause that no rule explains says "unexplained" and
shows the evidence; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bookingflow.api import RateLimited, Refused
from bookingflow.contract import CONFIRMED
from bookingflow.database import BookingRow, Study
from bookingflow.flow import SUMMARY, Followed


@dataclass(frozen=True)
class Diagnosis:
    """Why a booking failed its promise. `judged` is False when something else kept us from judging."""

    code: str
    cause: str
    actor: str
    judged: bool
    sentence: str


@dataclass(frozen=True)
class Rule:
    """One cause: when it applies, how it is told, who can act, and whether the promise could be judged at all."""

    code: str
    applies: Callable[[Followed], bool]
    why: Callable[[Followed], str]
    actor: str
    judged: bool = True


def _reason(followed: Followed) -> str:
    """The platform's own words for why no table was found, empty when it gave none."""
    row = followed.row
    if row is not None and row.last_reason:
        return row.last_reason
    event = followed.study.last("auto_assign.attempt")
    return str(event.context.get("reason") or "") if event else ""


def _reason_code(followed: Followed) -> str:
    event = followed.study.last("auto_assign.attempt") or followed.study.last("auto_assign.quote")
    context = event.context if event else {}
    return str(context.get("reasonCode") or context.get("planner_reason_code") or "")


_CAPACITY_WORDS = ("capacity", "No suitable tables", "No tables available")


def _is_capacity(followed: Followed) -> bool:
    """docs/platform.md, "Reasons": the planner's words and codes for a house without a fitting free table."""
    reason = _reason(followed)
    return any(words in reason for words in _CAPACITY_WORDS) or _reason_code(followed).startswith("hard.")


def _pending(followed: Followed) -> bool:
    return followed.outcome in {
        "pending_settled",
        "pending_timeout",
        "background_job_disabled",
        "background_job_failed",
    }


def _attempts(followed: Followed) -> str:
    summary = followed.study.last(SUMMARY)
    if summary is None:
        return "the platform's own job never said that it ran"
    used, most = summary.context.get("attemptsUsed"), summary.context.get("maxAttempts")
    return f"the platform's own job gave up after {used} of {most} attempts"


def _refusal(followed: Followed) -> str:
    submitted = followed.submitted
    if not isinstance(submitted, Refused):
        return "the platform refused it"
    reason = (submitted.refusal.details or {}).get("reason")
    code = (
        "/".join(str(word) for word in (submitted.refusal.code, reason) if word) or f"HTTP {followed.exchange.status}"
    )
    return f'the platform refused it: "{submitted.refusal.error}" ({code})'


def _wait(followed: Followed) -> str:
    submitted = followed.submitted
    if isinstance(submitted, RateLimited) and submitted.retry_after is not None:
        return (
            f"the platform asks to wait {submitted.retry_after:g} s before the next booking (too many from one address)"
        )
    return "the platform says that too many bookings came from one address, and not when to try again"


def _trouble(followed: Followed) -> str:
    return str(followed.trouble) if followed.trouble else (followed.exchange.problem or "nothing answered")


RULES: tuple[Rule, ...] = (
    Rule("refused", lambda f: f.outcome == "refused", _refusal, "the platform's team"),
    Rule("rate_limited", lambda f: f.outcome == "rate_limited", _wait, "whoever runs this suite", judged=False),
    Rule("unreachable", lambda f: f.outcome == "unreachable", _trouble, "whoever runs the platform", judged=False),
    Rule(
        "evidence_hidden",
        lambda f: f.outcome == "evidence_hidden",
        lambda f: _trouble(f) if f.trouble else "the database shows no such booking to the suite's role",
        "whoever set up the suite's database role",
        judged=False,
    ),
    Rule(
        "answer_lost",
        lambda f: f.outcome == "answer_lost",
        lambda f: (
            f"no usable answer came ({f.exchange.problem or 'HTTP ' + str(f.exchange.status)}) and nothing was stored"
        ),
        "the platform's team",
    ),
    Rule(
        "platform_error",
        lambda f: f.outcome == "platform_error",
        lambda f: f"the platform answered HTTP {f.exchange.status} and stored no booking",
        "the platform's team",
    ),
    Rule(
        "confirmed_without_table",
        lambda f: f.outcome == "confirmed_without_table",
        lambda _: "it is called confirmed, but no table is assigned to it: the guest would arrive to no seat",
        "the platform's team",
    ),
    Rule(
        "terminal",
        lambda f: (f.outcome or "").startswith("terminal_"),
        lambda f: f'it ended as "{f.row.status if f.row else "?"}", from where it can not be confirmed any more',
        "the platform's team",
    ),
    Rule(
        "capacity",
        lambda f: _pending(f) and _is_capacity(f),
        lambda f: f'no free table fits {f.request.party} ("{_reason(f)}"); {_attempts(f)}',
        "the restaurant: a capacity question, not a defect, unless tables were free",
    ),
    Rule(
        "background_job_disabled",
        lambda f: f.outcome == "background_job_disabled",
        lambda f: (
            f"inline assignment did not confirm it, and the background job is disabled: {f.job.said if f.job else ''}"
        ),
        "whoever runs the platform: switch auto-assign on, or give the suite the job",
    ),
    Rule(
        "background_job_failed",
        lambda f: f.outcome == "background_job_failed",
        lambda f: f"inline assignment did not confirm it, and the background job failed: {f.job.said if f.job else ''}",
        "the platform's team",
    ),
    Rule(
        "reason_given",
        lambda f: _pending(f) and bool(_reason(f)),
        lambda f: f'the platform says "{_reason(f)}"; {_attempts(f)}',
        "the platform's team",
    ),
)

UNEXPLAINED = Rule(
    "unexplained",
    lambda _: True,
    lambda f: f"unexplained: no known cause fits the evidence ({_attempts(f)})",
    "the platform's team",
)


def diagnose(followed: Followed) -> Diagnosis:
    """The first rule that applies, told in one sentence."""
    rule = next((rule for rule in RULES if rule.applies(followed)), UNEXPLAINED)
    why = rule.why(followed).rstrip(".")
    return Diagnosis(
        rule.code, why, rule.actor, rule.judged, f"{_what_happened(followed)}: {why}. Can act: {rule.actor}."
    )


def _what_happened(followed: Followed) -> str:
    row, request = followed.row, followed.request
    asked = f"{request.party} guests on {request.date:%a %d %b} at {request.time:%H:%M}"
    if row is None:
        return f"The booking for {asked} was not confirmed within {followed.deadline.seconds:g} s"
    name = f"Booking {row.reference} for {asked}"
    if row.status == CONFIRMED:
        return f"{name} did not get a table within {followed.deadline.seconds:g} s"
    return f"{name} stayed {row.status} for {min(followed.deadline.elapsed, followed.deadline.seconds):.0f} s"


def booking_table(row: BookingRow) -> list[dict[str, Any]]:
    """A booking and its tables as rows for people: one row a table, times as stored."""
    booking = {
        "booking": row.reference,
        "status": row.status,
        "date": row.date.isoformat(),
        "start": row.start_time.strftime("%H:%M"),
        "end": row.end_time.strftime("%H:%M"),
        "party": row.party_size,
        "type": row.booking_type,
        "seating": row.seating_preference,
    }
    if not row.tables:
        return [{**booking, "table": None}]
    return [
        {
            **booking,
            "table": table.number,
            "seats": table.capacity,
            "zone": f"{table.zone} ({table.area})",
            "held_from": None if table.start_at is None else table.start_at.isoformat(),
            "held_until": None if table.end_at is None else table.end_at.isoformat(),
        }
        for table in row.tables
    ]


def evidence(study: Study) -> dict[str, Any]:
    """What stands behind a diagnosis, as JSON."""
    row = study.booking
    return {
        "booking": None if row is None else booking_table(row),
        "lastResult": None if row is None else row.last_result,
        "history": [
            {"at": change.at.isoformat(), "from": change.from_status, "to": change.to_status, "reason": change.reason}
            for change in study.history
        ],
        "events": None
        if study.events is None
        else [
            {"at": event.at.isoformat(), "source": event.source, "type": event.type, "context": dict(event.context)}
            for event in study.events
        ],
    }
