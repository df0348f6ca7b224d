"""Every rule of the diagnosis, on the smallest case it applies to."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest

from bookingflow.booking.diagnosis import RULES, diagnose
from bookingflow.booking.failure_context import FailureContext
from bookingflow.core.errors import LoginRefused, TargetEnded, TargetUnreachable
from bookingflow.core.failures import BETWEEN, PLATFORM_OPERATOR, RESTAURANT, SUITE_OPERATOR
from bookingflow.core.problems import Problem
from bookingflow.platform.api_models import AnswerLost, NotSent, RateLimited, Refusal, Refused, Walled
from bookingflow.platform.background_job import JobResult
from bookingflow.platform.database_models import Occupation, Table
from tests.support.failure_cases import case, exchange
from tests.support.fakes import NOW, event, row, table

FULL = "No suitable tables available"
LOST = AnswerLost(exchange(None, "cut"), "cut")
SUMMARY = event("auto_assign.summary", result="exhausted", attemptsUsed=1, maxAttempts=1)
CUTOFF = event("auto_assign.summary", result="cutoff", attemptsUsed=1, maxAttempts=4)
SUCCEEDED = event("auto_assign.summary", result="succeeded", attemptsUsed=1, maxAttempts=4)
TABLES = [Table("t1", "T01", 2, "in", "Dining room", "indoor", True), Table("t2", "T02", 4, "in", "x", "indoor", True)]


def held(
    table: str, status: str | None = "confirmed", *, by_tests: bool = False, kind: str = "assignment"
) -> Occupation:
    until = NOW + datetime.timedelta(hours=1)
    return Occupation(table, NOW, until, kind, "somebody-elses", status, by_tests)


PENDING = row(last_result={"reason": FULL})

CASES: list[tuple[str, FailureContext, str]] = [
    (
        "refused",
        case("refused", submitted=Refused(exchange(400), Refusal(error="No.", code="X", details={"reason": "CLOSED"}))),
        '"No." (X/CLOSED)',
    ),
    (
        "refused",
        case(
            "refused",
            submitted=Refused(
                exchange(400),
                Refusal(error="Invalid payload", details={"fieldErrors": {"party": ["?"], "email": ["?"], "x": ["?"]}}),
            ),
        ),
        '4 guests, Tue 24 Nov 19:00: the platform says "Invalid payload" about the party, e-mail and x.',
    ),
    (
        "background_job_unusable",
        case("background_job_unusable", booking=row(), job=JobResult("failed", "no such program", 1.0, unusable=True)),
        "could not be run (no such program)",
    ),
    ("confirmed_late", case("confirmed_late", booking=row("confirmed", table())), "not confirmed within 90 s"),
    ("rate_limited", case("rate_limited", submitted=RateLimited(exchange(429), 57.0)), "wait 57 s"),
    ("rate_limited", case("rate_limited", submitted=RateLimited(exchange(429), None)), "does not say when"),
    ("unreachable", case("unreachable", submitted=AnswerLost(exchange(None, "no route"), "x")), "no route"),
    ("login_refused", case("unreachable", trouble=LoginRefused("It refuses the log-in.")), "It refuses the log-in."),
    ("demo_ended", case("unreachable", trouble=TargetEnded("process 7 ended with status 1")), "its process 7 ended"),
    (
        "wall",
        case("wall", submitted=Walled(exchange(502), "a gateway answers instead of the platform (HTTP 502)", "Later.")),
        "a gateway answers instead of the platform (HTTP 502). Later",
    ),
    ("evidence_hidden", case("evidence_hidden"), "shows no such booking"),
    ("answer_lost", case("answer_lost"), "no booking was stored"),
    ("platform_error", case("platform_error"), "HTTP 500"),
    ("confirmed_without_table", case("confirmed_without_table", booking=row("confirmed")), "no table is assigned"),
    ("missing", case("terminal_missing"), "no such booking is stored"),
    ("terminal", case("terminal_cancelled", booking=row("cancelled")), '"cancelled"'),
    (
        "no_room_left_by_tests",
        case("pending_settled", booking=PENDING, house=(TABLES, [held("t2", by_tests=True)])),
        "hold every table that seats 4 (tables held: 1 by earlier runs of this suite)",
    ),
    (
        "waiting_keeps_tables",
        case("pending_settled", booking=row("pending_allocation", table()), job=JobResult("done", "the job ran", 10.0)),
        "was still waiting after less than 0.1 s: T05 is kept for it, and it is not confirmed",
    ),
    (
        "tables_were_free",
        case("pending_settled", booking=PENDING, events=(SUCCEEDED,), house=(TABLES, [held("t1")])),
        "although T02 (4 seats) was free; the platform's own job says that it succeeded",
    ),
    (
        "leftovers",
        case("pending_settled", booking=PENDING, house=(TABLES, [held("t2", "cancelled")])),
        "T02 is still assigned to a booking that is cancelled",
    ),
    (
        "leftovers",
        case("pending_settled", booking=PENDING, house=(TABLES, [held("t2", kind="allocation", by_tests=True)])),
        "T02 is still reserved for a booking that is confirmed and sits elsewhere",
    ),
    (
        "capacity",
        case("pending_settled", booking=PENDING, events=(SUMMARY,), house=(TABLES[1:], [held("t2", "checked_in")])),
        "no combination of free tables seats",
    ),
    (
        "tables_were_free",
        case("pending_settled", booking=PENDING, events=(SUMMARY,), house=(TABLES, [held("t1")])),
        "although T02 (4 seats) was free; the platform's own job gave up after its only attempt",
    ),
    (
        "capacity",
        case("pending_settled", booking=PENDING, events=(SUMMARY,), party=30, house=(TABLES, [])),
        "can be joined seat 6",
    ),
    ("capacity", case("pending_settled", booking=PENDING, events=(CUTOFF,)), "too close to the guest's arrival"),
    ("capacity", case("pending_settled", booking=PENDING, events=None), "the platform's own job ran can't be read"),
    (
        "holds",
        case("pending_settled", booking=row(last_result={"reason": "Hold conflicts prevented all candidates"})),
        'the platform says "Hold conflicts prevented all candidates"',
    ),
    (
        "inline_timeout",
        case("pending_timeout", booking=row(last_result={"reason": "INLINE_TIMEOUT"})),
        "longer than the platform allows",
    ),
    (
        "background_job_disabled",
        case("background_job_disabled", booking=row(), job=JobResult("disabled", "no job is configured", 0)),
        "no job is configured",
    ),
    (
        "background_job_failed",
        case("background_job_failed", booking=row(), job=JobResult("failed", "HTTP 500", 0)),
        "background job failed (HTTP 500)",
    ),
    ("reason_given", case("pending_timeout", booking=row(last_result={"reason": "PolicyDriftError"})), "PolicyDrift"),
    (
        "platform_error",
        case("pending_timeout", booking=row()),
        "was answered with an error (HTTP 500) and was still waiting",
    ),
    (
        "background_job_unusable",
        case(
            "pending_timeout", booking=row(), submitted=LOST, job=JobResult("done", "the job ran", 0, by_command=True)
        ),
        "the job's command ended well, and the platform recorded no run of its job",
    ),
    (
        "background_job_idle",
        case(
            "pending_timeout",
            booking=row(),
            submitted=LOST,
            events=(event("auto_assign.started"), event("auto_assign.summary", result="unknown")),
            job=JobResult("done", "the job ran", 0, by_command=True),
        ),
        "the background job says it is done (the job ran) and gave it no table",
    ),
    (
        "background_job_idle",
        case(
            "pending_timeout",
            booking=row(),
            submitted=LOST,
            job=JobResult("done", "the job ran", 0),
        ),
        "after less than 0.1 s: the background job says it is done (the job ran) and gave it no table",
    ),
    (
        "unexplained",
        case("pending_timeout", booking=row(), submitted=AnswerLost(exchange(None, "cut"), "cut")),
        "the platform gives no reason. Booking HMNJRNJDGY for 4 guests, Tue 24 Nov 19:00, was still waiting",
    ),
]


@pytest.mark.parametrize(("code", "found", "words"), CASES, ids=[f"{n}-{item[0]}" for n, item in enumerate(CASES)])
def test_each_cause_is_one_sentence(code: str, found: FailureContext, words: str) -> None:
    diagnosis = diagnose(found)
    assert diagnosis.code == code
    assert words in diagnosis.sentence, diagnosis.sentence
    assert "Who can act: " in diagnosis.sentence
    assert "\n" not in diagnosis.sentence


def test_every_rule_has_a_case() -> None:
    assert {rule.code for rule in RULES} <= {code for code, _, _ in CASES}


def test_what_kept_us_from_judging_is_no_broken_promise() -> None:
    unjudged = {code for code, found, _ in CASES if not diagnose(found).judged}
    assert unjudged == {
        *("rate_limited", "unreachable", "evidence_hidden", "no_room_left_by_tests", "wall", "capacity"),
        *("background_job_unusable", "login_refused", "demo_ended"),
    }


def test_a_full_house_says_who_fills_it_and_who_can_empty_it() -> None:
    tables = [replace(TABLES[1], id=name, number=name) for name in ("a", "b", "c")]
    taken = [held("a"), held("b", by_tests=True), replace(held("c", by_tests=True), by_this_run=True)]
    mixed = diagnose(case("pending_settled", booking=PENDING, events=(SUMMARY,), house=(tables, taken)))
    assert (mixed.code, mixed.judged) == ("capacity", False)
    assert "tables held: 1 by other guests, 1 by this run and 1 by earlier runs of this suite" in mixed.particulars
    assert mixed.actor.startswith(f"{RESTAURANT}, and the team that runs this suite")
    others = diagnose(case("pending_settled", booking=PENDING, events=(SUMMARY,), house=(tables[:1], taken[:1])))
    assert others.actor == RESTAURANT


CUT = Problem("connection_cut", "BOOKING_DATABASE_URL", "The connection is cut.", "Is something between?")


@pytest.mark.parametrize(
    ("found", "who"),
    [
        (case("unreachable", trouble=TargetUnreachable("It is gone.")), PLATFORM_OPERATOR),
        (case("unreachable", trouble=TargetUnreachable("It is cut.", problem=CUT)), BETWEEN),
        (case("unreachable", trouble=LoginRefused("It refuses the log-in.")), SUITE_OPERATOR),
        (
            case("unreachable", submitted=NotSent(replace(exchange(None), trouble="address_unknown"), "x")),
            SUITE_OPERATOR,
        ),
        (case("unreachable", submitted=NotSent(exchange(None), "x")), PLATFORM_OPERATOR),
    ],
)
def test_who_can_act_where_nothing_answers_hangs_on_why(found: FailureContext, who: str) -> None:
    assert diagnose(found).actor == who


def test_the_setting_that_slows_the_suite_down_is_named() -> None:
    found = diagnose(case("rate_limited", submitted=RateLimited(exchange(429), None)))
    assert found.actor.endswith("by sending fewer a minute (BOOKING_RATE_BUDGET)")


def test_joined_tables_of_one_zone_count_as_free() -> None:
    apart = [TABLES[0], replace(TABLES[1], zone_id="out")]
    together: dict[str, Any] = {"booking": PENDING, "events": (SUMMARY,), "party": 6}
    assert diagnose(case("pending_settled", house=(TABLES, []), **together)).code == "tables_were_free"
    assert diagnose(case("pending_settled", house=(apart, []), **together)).code == "capacity"


def test_where_the_platform_is_not_said_to_join_tables_joined_ones_accuse_nobody() -> None:
    six = case("pending_settled", booking=PENDING, events=(SUMMARY,), party=6, house=(TABLES, []))
    found = diagnose(replace(six, joins=False))
    assert (found.code, found.judged) == ("capacity", False)
    assert "no free table seats 6, and this platform is not said to join tables" in found.sentence
    alone = replace(case("pending_settled", booking=PENDING, events=(SUMMARY,), house=(TABLES, [])), joins=False)
    assert diagnose(alone).code == "tables_were_free"
