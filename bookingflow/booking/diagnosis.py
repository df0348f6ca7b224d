"""From evidence to one sentence: what was promised, what happened, why, and who can act.

Rules are data, tried in order; the first that applies explains. A cause that no rule explains says "unexplained" and
shows the evidence; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bookingflow.booking.failure_context import FailureContext
from bookingflow.booking.tracked_booking import SUMMARY, Outcome, TrackedBooking
from bookingflow.core.failures import failure_of
from bookingflow.core.text import counted, one_line
from bookingflow.platform.answers import wait_in_words
from bookingflow.platform.api_models import CONFIRMED, FIELDS, AnswerLost, RateLimited, Refused


@dataclass(frozen=True)
class Diagnosis:
    """Why a booking failed its promise. `judged` is False when something else kept us from judging."""

    code: str
    cause: str
    actor: str
    judged: bool
    particulars: str
    """This booking, what happened to it and why."""

    @property
    def title(self) -> str:
        """The constant title of its code."""
        return failure_of(self.code).title

    @property
    def sentence(self) -> str:
        """The whole of it."""
        return f"{self.title}. {self.particulars}. Who can act: {self.actor}."


@dataclass(frozen=True)
class Rule:
    """One cause: when it applies, how it is told, who can act, and whether the promise could be judged at all."""

    code: str
    applies: Callable[[FailureContext], bool]
    why: Callable[[FailureContext], str]
    actor: str = ""
    """Who can act, where the case knows better than the catalogue."""
    judged: bool = True


def _ended(*outcomes: Outcome) -> Callable[[FailureContext], bool]:
    return lambda case: case.booking.outcome in outcomes


def _pending(case: FailureContext) -> bool:
    return case.booking.outcome in {
        Outcome.PENDING_SETTLED,
        Outcome.PENDING_TIMEOUT,
        Outcome.BACKGROUND_JOB_DISABLED,
        Outcome.BACKGROUND_JOB_FAILED,
        Outcome.BACKGROUND_JOB_UNUSABLE,
        Outcome.NO_ROOM_LEFT_BY_TESTS,
    }


def reason_of(case: FailureContext) -> str:
    """The platform's own words for why no table was found, empty when it gave none."""
    row = case.booking.row
    if row is not None and row.last_reason:
        return one_line(row.last_reason)
    event = case.study.last("auto_assign.attempt")
    return one_line(str(event.context.get("reason") or "")) if event else ""


def _reason_code(case: FailureContext) -> str:
    event = case.study.last("auto_assign.attempt") or case.study.last("auto_assign.quote")
    context = event.context if event else {}
    return str(context.get("reasonCode") or context.get("planner_reason_code") or "")


_CAPACITY_WORDS = ("capacity", "No suitable tables", "No tables available")
_CAPACITY_CODES = ("hard.",)


def _about_capacity(case: FailureContext) -> bool:
    """docs/platform.md, "Reasons": the planner's words and codes for a house without a fitting free table."""
    reason = reason_of(case)
    return any(words in reason for words in _CAPACITY_WORDS) or _reason_code(case).startswith(_CAPACITY_CODES)


def _attempts(case: FailureContext) -> str:
    summary = case.study.last(SUMMARY)
    if summary is None:
        return "the platform's own job never said that it ran"
    used, most = summary.context.get("attemptsUsed"), summary.context.get("maxAttempts")
    if summary.context.get("result") == "cutoff":
        return f"the platform's own job stopped after {used} of {most} attempts, too close to the guest's arrival"
    return f"the platform's own job gave up after {used} of {most} attempts"


def _house(case: FailureContext) -> str:
    """What the house had to offer, as far as it was seen."""
    party = case.booking.request.party
    if case.free is None:
        return f'no combination of free tables seats {party} ("{reason_of(case)}")'
    return (
        f"no combination of free tables seats {party} (the free ones that can be joined seat {case.most_seats_free()})"
    )


def _free_ones(case: FailureContext) -> str:
    named = " and ".join(f"{table.number} ({table.capacity} seats)" for table in case.could_have_seated())
    reason = reason_of(case)
    said = f'the platform says "{reason}"' if reason else "the platform gives no reason"
    return f"{said}, although {named} stood free; {_attempts(case)}"


HELD = {"assignment": "assigned to", "allocation": "reserved for", "hold": "on hold for"}


def _leftovers(case: FailureContext) -> str:
    item = case.leftovers()[0]
    return (
        f"tables are blocked though nobody will sit there: {case.number_of(item.table_id)} is still {HELD[item.kind]} "
        f"a booking that is {item.status}{' and sits elsewhere' if item.status == CONFIRMED else ''}"
    )


MOST_FIELDS = 10
"""Fields of a request that a sentence names."""


def _refusal(case: FailureContext) -> str:
    submitted = case.booking.submitted
    if not isinstance(submitted, Refused):
        return "the platform refused it"
    details = submitted.refusal.details or {}
    code = "/".join(one_line(str(word), 60) for word in (submitted.refusal.code, details.get("reason")) if word)
    fields = details.get("fieldErrors")
    because = (
        f" because of the {', '.join(map(_field, [*fields][:MOST_FIELDS]))}"
        if fields and isinstance(fields, Mapping)
        else ""
    )
    said = f'"{one_line(submitted.refusal.error)}" ({code or f"HTTP {case.booking.exchange.status}"})'
    return f"the platform refused it{because}: {said}"


def _field(name: str) -> str:
    """The word for a field of the request; one that is not known as it stands."""
    return next((word for word, field in FIELDS.items() if field == name), one_line(name, 60))


def _wait(case: FailureContext) -> str:
    submitted = case.booking.submitted
    if isinstance(submitted, RateLimited) and submitted.retry_after is not None:
        return f"too many bookings came from one address; the platform asks to wait {submitted.retry_after:g} s"
    told = wait_in_words(case.booking.exchange)
    return f"too many bookings came from one address, and the platform does not say when to try again (told: {told})"


def _trouble(case: FailureContext) -> str:
    return str(case.booking.trouble) if case.booking.trouble else (case.booking.exchange.problem or "nothing answered")


def _no_answer(case: FailureContext) -> str:
    submitted = case.booking.submitted
    return submitted.reason if isinstance(submitted, AnswerLost) else f"HTTP {case.booking.exchange.status}"


def _answered_with_error(case: FailureContext) -> bool:
    return (case.booking.exchange.status or 0) >= 500


def _job_said(case: FailureContext) -> str:
    return case.booking.job.said if case.booking.job else "it was never started"


RULES: tuple[Rule, ...] = (
    Rule("refused", _ended(Outcome.REFUSED), _refusal),
    Rule(
        "confirmed_late",
        _ended(Outcome.CONFIRMED_LATE),
        lambda case: f"it was not confirmed within {case.booking.deadline.seconds:g} s, by the platform's own times",
    ),
    Rule("rate_limited", _ended(Outcome.RATE_LIMITED), _wait, judged=False),
    Rule("wall", _ended(Outcome.WALL), _no_answer, judged=False),
    Rule("unreachable", _ended(Outcome.UNREACHABLE), _trouble, judged=False),
    Rule(
        "evidence_hidden",
        _ended(Outcome.EVIDENCE_HIDDEN),
        lambda case: (
            _trouble(case) if case.booking.trouble else "the database shows no such booking to the suite's role"
        ),
        judged=False,
    ),
    Rule(
        "answer_lost",
        _ended(Outcome.ANSWER_LOST),
        lambda case: f"no usable answer came ({_no_answer(case)}), and no booking was stored",
    ),
    Rule(
        "platform_error",
        _ended(Outcome.PLATFORM_ERROR),
        lambda case: f"the platform answered HTTP {case.booking.exchange.status} and stored no booking",
    ),
    Rule(
        "confirmed_without_table",
        _ended(Outcome.CONFIRMED_WITHOUT_TABLE),
        lambda _: "it is called confirmed, but no table is assigned to it: the guest would arrive to no seat",
    ),
    Rule(
        "missing",
        _ended(Outcome.TERMINAL_MISSING),
        lambda case: (
            f"the guest was told of it, and no such booking is stored{' any more' if case.booking.seen else ''}"
        ),
        "the platform team; if every booking is missing, BOOKING_DATABASE_URL is another database",
    ),
    Rule(
        "terminal",
        _ended(Outcome.TERMINAL),
        lambda case: (
            f'it ended as "{case.booking.row.status if case.booking.row else "?"}", which nothing confirms any more'
        ),
    ),
    Rule("leftovers", lambda case: _pending(case) and bool(case.leftovers()), _leftovers),
    Rule(
        "no_room_left_by_tests",
        lambda case: _pending(case) and case.held_by_tests_only(),
        lambda case: f"every table that seats {case.booking.request.party} is held by this suite's own earlier guests",
        "the team that runs this suite, by cancelling them (BOOKING_CLEANUP) or asking for another time",
        judged=False,
    ),
    Rule(
        "tables_were_free",
        lambda case: _pending(case) and _about_capacity(case) and bool(case.could_have_seated()),
        _free_ones,
    ),
    Rule(
        "capacity",
        lambda case: _pending(case) and _about_capacity(case),
        lambda case: f"{_house(case)}; {_attempts(case)}",
        judged=False,
    ),
    Rule(
        "holds",
        lambda case: _pending(case) and "Hold conflicts" in reason_of(case),
        lambda case: f'holds of other bookings block every table ("{reason_of(case)}"); {_attempts(case)}',
    ),
    Rule(
        "inline_timeout",
        lambda case: _pending(case) and reason_of(case) == "INLINE_TIMEOUT" and not case.study.count(SUMMARY),
        lambda _: (
            "finding tables took longer than the platform allows inside its answer, and nothing finished it later"
        ),
    ),
    Rule(
        "background_job_disabled",
        _ended(Outcome.BACKGROUND_JOB_DISABLED),
        lambda case: f"it was not confirmed with its answer, and the background job is disabled ({_job_said(case)})",
        "the team that runs the platform, by switching auto-assign on or giving this suite the job",
    ),
    Rule(
        "background_job_unusable",
        _ended(Outcome.BACKGROUND_JOB_UNUSABLE),
        lambda case: f"it was not confirmed with its answer, and the job could not be started ({_job_said(case)})",
        judged=False,
    ),
    Rule(
        "background_job_failed",
        _ended(Outcome.BACKGROUND_JOB_FAILED),
        lambda case: f"it was not confirmed with its answer, and the background job failed ({_job_said(case)})",
    ),
    Rule(
        "reason_given",
        lambda case: _pending(case) and bool(reason_of(case)),
        lambda case: f'the platform says "{reason_of(case)}"; {_attempts(case)}',
    ),
    Rule(
        "platform_error",
        lambda case: _pending(case) and _answered_with_error(case),
        lambda case: f"the platform failed while it looked for tables; {_attempts(case)}",
    ),
)

UNEXPLAINED = Rule(
    "unexplained",
    lambda _: True,
    lambda case: f"unexplained: no known cause fits the evidence ({_attempts(case)})",
)


def diagnose(case: FailureContext) -> Diagnosis:
    """The first rule that applies, told in one sentence."""
    rule = next((rule for rule in RULES if rule.applies(case)), UNEXPLAINED)
    why = rule.why(case).rstrip(".")
    if rule.code == Outcome.NO_ROOM_LEFT_BY_TESTS:
        case.booking.outcome = Outcome.NO_ROOM_LEFT_BY_TESTS
    actor = rule.actor or failure_of(rule.code).who_can_act
    return Diagnosis(rule.code, why, actor, rule.judged, f"{_what_happened(case)}: {why}")


def _what_happened(case: FailureContext) -> str:
    booking = case.booking
    row, request = booking.row, booking.request
    asked = f"{counted(request.party, 'guest')} on {request.date:%a %d %b} at {request.time:%H:%M}"
    if booking.outcome is Outcome.EVIDENCE_HIDDEN:
        return f"The booking for {asked} could not be watched"
    if row is None:
        whole = booking.deadline.elapsed >= booking.deadline.seconds
        within = f" within {booking.deadline.seconds:g} s" if whole else ""
        return f"The booking for {asked} was not confirmed{within}"
    name = f"Booking {row.reference} for {asked}"
    if booking.outcome is Outcome.CONFIRMED_LATE:
        return name
    if row.status == CONFIRMED:
        return f"{name} was confirmed and had no table after {_waited(booking)}"
    if _answered_with_error(case):
        name += f" was answered with an error (HTTP {case.booking.exchange.status}),"
    return f"{name} stayed {row.status} for {_waited(booking)}"


def _waited(booking: TrackedBooking) -> str:
    """How long its guest had to wait, within the deadline."""
    waited = min(booking.deadline.elapsed, booking.deadline.seconds)
    decimals = 1 if waited < 1 else 0
    return f"{waited:.{decimals}f} s"
