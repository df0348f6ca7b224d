"""From evidence to one sentence: what was promised, what happened, why, and who can act.

Rules are data, tried in order; the first that applies explains. Where none does, the platform gives no reason: that is
said, and the evidence is shown; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bookingflow.booking.failure_context import FailureContext
from bookingflow.booking.tracked_booking import (
    ABOUT_CAPACITY,
    STARTED,
    SUMMARY,
    WAITING_OUTCOMES,
    Outcome,
    TrackedBooking,
)
from bookingflow.core.errors import LoginRefused, TargetEnded
from bookingflow.core.failures import RESTAURANT, failure_of
from bookingflow.core.text import counted, one_line, series
from bookingflow.platform.answers import wait_in_words
from bookingflow.platform.api_models import CONFIRMED, FIELDS, AnswerLost, RateLimited, Refused, Walled
from bookingflow.platform.own_guests import CANCELS

NO_WAIT = frozenset({Outcome.REFUSED, Outcome.RATE_LIMITED, Outcome.UNREACHABLE, Outcome.WALL, Outcome.CONFIRMED_LATE})
"""Outcomes that say all there is to say of time, or for which nobody had to wait."""
LEAST_SHOWN_S = 0.1
"""Seconds; a shorter wait is shown as less than that."""


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
    """One cause: when it applies, why in words, who can act, and whether the promise could be judged at all."""

    code: str
    applies: Callable[[FailureContext], bool]
    why: Callable[[FailureContext], str]
    actor: str | Callable[[FailureContext], str] = ""
    """Who can act, where the case knows better than the catalogue."""
    judged: bool = True


def _ended(*outcomes: Outcome) -> Callable[[FailureContext], bool]:
    return lambda case: case.booking.outcome in outcomes


def _pending(case: FailureContext) -> bool:
    return case.booking.outcome in WAITING_OUTCOMES


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


_CAPACITY_CODES = ("hard.",)


def _about_capacity(case: FailureContext) -> bool:
    """docs/platform.md, "Reasons": the planner's words and codes for a house without a fitting free table."""
    reason = reason_of(case)
    return any(words in reason for words in ABOUT_CAPACITY) or _reason_code(case).startswith(_CAPACITY_CODES)


def _attempts(case: FailureContext) -> str:
    if case.study.events is None:
        return "whether the platform's own job ran can't be read"
    summary = case.study.last(SUMMARY)
    if summary is None:
        return "the platform's own job left no record of a run"
    used, most = summary.context.get("attemptsUsed"), summary.context.get("maxAttempts")
    tried = "after its only attempt" if used == most == 1 else f"after {used} of {most} attempts"
    if summary.context.get("result") == "succeeded":
        return "the platform's own job says that it succeeded"
    if summary.context.get("result") == "cutoff":
        return f"the platform's own job stopped {tried}, too close to the guest's arrival"
    return f"the platform's own job gave up {tried}"


def _house(case: FailureContext) -> str:
    """What the house had to offer, as far as it was seen."""
    party = case.booking.request.party
    if case.free is None:
        return f'no combination of free tables seats {party} ("{reason_of(case)}")'
    held = case.holders()
    taken = f"; tables held: {held}" if held else ""
    if not case.joins and case.most_seats_free() >= party:
        return f"no free table seats {party}, and this platform is not said to join tables{taken}"
    joined = f"those that can be joined seat {case.most_seats_free()}"
    return f"no combination of free tables seats {party} ({joined}{taken})"


def _free_ones(case: FailureContext) -> str:
    free = case.could_have_seated()
    named = series([f"{table.number} ({counted(table.capacity, 'seat')})" for table in free])
    reason = reason_of(case)
    said = f'the platform says "{reason}"' if reason else "the platform gives no reason"
    return f"{said}, although {named} {'was' if len(free) == 1 else 'were'} free; {_attempts(case)}"


def _kept_unconfirmed(case: FailureContext) -> str:
    tables = case.booking.row.tables if case.booking.row else ()
    are = "is" if len(tables) == 1 else "are"
    return f"{series([table.number for table in tables])} {are} kept for it, and it is not confirmed"


HELD = {"assignment": "assigned to", "allocation": "reserved for", "hold": "on hold for"}


def _leftovers(case: FailureContext) -> str:
    item = case.leftovers()[0]
    elsewhere = " and sits elsewhere" if item.status == CONFIRMED else ""
    return f"{case.number_of(item.table_id)} is still {HELD[item.kind]} a booking that is {item.status}{elsewhere}"


MOST_FIELDS = 10
"""Fields of a request that a sentence names."""


def _refusal(case: FailureContext) -> str:
    submitted = case.booking.submitted
    if not isinstance(submitted, Refused):
        return "the platform refused it"
    details = submitted.refusal.details or {}
    codes = "/".join(one_line(str(word), 60) for word in (submitted.refusal.code, details.get("reason")) if word)
    fields = details.get("fieldErrors")
    named = series([_field(field) for field in [*fields][:MOST_FIELDS]]) if isinstance(fields, Mapping) else ""
    about, code = f" about the {named}" if named else "", f" ({codes})" if codes else ""
    return f'the platform says "{one_line(submitted.refusal.error)}"{about}{code}'


def _field(name: str) -> str:
    """The word for a field of the request; one that is not known as it stands."""
    return next((word for word, field in FIELDS.items() if field == name), one_line(name, 60))


def _wait(case: FailureContext) -> str:
    submitted = case.booking.submitted
    if isinstance(submitted, RateLimited) and submitted.retry_after is not None:
        return f"too many bookings came from one address; the platform asks to wait {submitted.retry_after:g} s"
    wait = wait_in_words(case.booking.exchange)
    return f"too many bookings came from one address; the platform does not say when to try again (Retry-After: {wait})"


def _trouble(case: FailureContext) -> str:
    return str(case.booking.trouble) if case.booking.trouble else (case.booking.exchange.problem or "nothing answered")


def _who_answers(case: FailureContext) -> str:
    """Who can act where nothing answered, by why that is; empty where it is not known."""
    if case.booking.trouble:
        return case.booking.trouble.who_can_act
    trouble = case.booking.exchange.trouble
    return failure_of(trouble).who_can_act if trouble else ""


def _no_answer(case: FailureContext) -> str:
    submitted = case.booking.submitted
    if isinstance(submitted, Walled):
        return submitted.with_hint
    return submitted.reason if isinstance(submitted, AnswerLost) else f"HTTP {case.booking.exchange.status}"


def _job_done(case: FailureContext) -> bool:
    """Whether the job that was started here came back and said that it is done."""
    job = case.booking.job
    return job is not None and job.finished and job.state == "done"


def _job_said(case: FailureContext) -> str:
    return case.booking.job.said if case.booking.job else "it was never started"


def _job_left_no_trace(case: FailureContext) -> bool:
    """Whether a command of the suite's own was run, and nothing that the platform records says that it was its job."""
    job = case.booking.job
    return job is not None and job.by_command and case.study.events is not None and case.study.count(STARTED) == 0


SENDS_FEWER = "the team that runs this suite, by sending fewer a minute (BOOKING_RATE_BUDGET)"

RULES: tuple[Rule, ...] = (
    Rule("refused", _ended(Outcome.REFUSED), _refusal),
    Rule(
        "confirmed_late",
        _ended(Outcome.CONFIRMED_LATE),
        lambda case: f"it was not confirmed within {case.booking.deadline.seconds:g} s, by the platform's own times",
    ),
    Rule("rate_limited", _ended(Outcome.RATE_LIMITED), _wait, SENDS_FEWER, judged=False),
    Rule("wall", _ended(Outcome.WALL), _no_answer, judged=False),
    Rule(
        LoginRefused.code,
        lambda case: isinstance(case.booking.trouble, LoginRefused),
        _trouble,
        _who_answers,
        judged=False,
    ),
    Rule(
        TargetEnded.code,
        lambda case: isinstance(case.booking.trouble, TargetEnded),
        _trouble,
        _who_answers,
        judged=False,
    ),
    Rule("unreachable", _ended(Outcome.UNREACHABLE), _trouble, _who_answers, judged=False),
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
        lambda case: f"no answer came that can be read ({_no_answer(case)}), and no booking was stored",
    ),
    Rule(
        "platform_error",
        _ended(Outcome.PLATFORM_ERROR),
        lambda case: f"the platform answered with an error (HTTP {case.booking.exchange.status}) and stored no booking",
    ),
    Rule(
        "confirmed_without_table",
        _ended(Outcome.CONFIRMED_WITHOUT_TABLE),
        lambda _: "it is confirmed, and no table is assigned to it; the guest would arrive and find no table",
    ),
    Rule(
        "missing",
        _ended(Outcome.TERMINAL_MISSING),
        lambda case: (
            f"its guest has an answer, and no such booking is stored{' any more' if case.booking.seen else ''}"
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
    Rule(
        "waiting_keeps_tables",
        lambda case: _pending(case) and case.booking.row is not None and bool(case.booking.row.tables),
        _kept_unconfirmed,
    ),
    Rule("leftovers", lambda case: _pending(case) and bool(case.leftovers()), _leftovers),
    Rule(
        "no_room_left_by_tests",
        lambda case: _pending(case) and case.held_by_tests_only(),
        lambda case: (
            f"this suite's own guests hold every table that seats {case.booking.request.party} "
            f"(tables held: {case.holders()})"
        ),
        CANCELS,
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
        lambda case: f"{RESTAURANT}, and {CANCELS}" if case.held_by_tests_too() else "",
        judged=False,
    ),
    Rule(
        "holds",
        lambda case: _pending(case) and "Hold conflicts" in reason_of(case),
        lambda case: f'the platform says "{reason_of(case)}"; {_attempts(case)}',
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
        lambda case: f"it was not confirmed in its answer, and the background job is switched off ({_job_said(case)})",
        "the team that runs the platform, by switching auto-assign on or giving this suite the job",
    ),
    Rule(
        "background_job_unusable",
        _ended(Outcome.BACKGROUND_JOB_UNUSABLE),
        lambda case: f"it was not confirmed in its answer, and the job could not be run ({_job_said(case)})",
        judged=False,
    ),
    Rule(
        "background_job_failed",
        _ended(Outcome.BACKGROUND_JOB_FAILED),
        lambda case: f"it was not confirmed in its answer, and the background job failed ({_job_said(case)})",
    ),
    Rule(
        "reason_given",
        lambda case: _pending(case) and bool(reason_of(case)),
        lambda case: f'the platform says "{reason_of(case)}"; {_attempts(case)}',
    ),
    Rule(
        "platform_error",
        lambda case: _pending(case) and case.booking.exchange.is_error,
        lambda case: f"the platform failed while it looked for tables; {_attempts(case)}",
    ),
    Rule(
        "background_job_unusable",
        lambda case: _pending(case) and _job_done(case) and _job_left_no_trace(case),
        lambda _: (
            "the job's command ended well, and the platform recorded no run of its job: is the command that of this "
            "platform, with its own database?"
        ),
        judged=False,
    ),
    Rule(
        "background_job_idle",
        lambda case: _pending(case) and _job_done(case),
        lambda case: f"the background job says it is done ({_job_said(case)}) and gave it no table",
    ),
)

UNEXPLAINED = Rule("unexplained", lambda _: True, _attempts)


def diagnose(case: FailureContext) -> Diagnosis:
    """Why the booking failed, by the first rule that applies.

    Where the suite's own guests hold every table, the booking's outcome becomes that.
    """
    rule = next((rule for rule in RULES if rule.applies(case)), UNEXPLAINED)
    why = rule.why(case).rstrip(".")
    if rule.code == Outcome.NO_ROOM_LEFT_BY_TESTS:
        case.booking.outcome = Outcome.NO_ROOM_LEFT_BY_TESTS
    knows = rule.actor if isinstance(rule.actor, str) else rule.actor(case)
    actor = knows or failure_of(rule.code).who_can_act
    return Diagnosis(rule.code, why, actor, rule.judged, f"{_what_happened(case)}: {why}")


def _what_happened(case: FailureContext) -> str:
    """The booking, and for how long it was looked at; nothing of time where nobody had to wait."""
    booking = case.booking
    if booking.outcome is Outcome.EVIDENCE_HIDDEN:
        return f"{booking.label} could not be watched"
    if booking.outcome in NO_WAIT:
        return booking.label
    if not _pending(case):
        return f"{booking.label}, checked for {_waited(booking)}"
    if booking.exchange.is_error:
        answer = f"was answered with an error (HTTP {booking.exchange.status}) and"
        return f"{booking.label}, {answer} was still waiting after {_waited(booking)}"
    return f"{booking.label}, was still waiting after {_waited(booking)}"


def _waited(booking: TrackedBooking) -> str:
    """How long its guest had to wait, within the deadline."""
    waited = min(booking.deadline.elapsed, booking.deadline.seconds)
    if waited < LEAST_SHOWN_S:
        return f"less than {LEAST_SHOWN_S:g} s"
    decimals = 1 if waited < 1 else 0
    return f"{waited:.{decimals}f} s"
