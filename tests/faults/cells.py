"""The table of faults: what is set between the parts, when, and what the suite must say then.

Rows are faults, columns the phases of a booking in which they begin. A cell that can't exist says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bookingflow.core.failures import BETWEEN, PLATFORM_OPERATOR, PLATFORM_TEAM, SUITE_OPERATOR

DEADLINE_S = 2.0
"""Seconds that each booking has."""
PHASES = ("submit", "inline", "job", "after", "end")
KEPT, BROKEN, NOT_JUDGED = "kept", "broken", "not_judged"


@dataclass(frozen=True)
class Expected:
    """How a booking's scenario must end: the verdict, the code, and who can act; the latter empty where it is kept."""

    verdict: str
    code: str = ""
    who_can_act: str = ""


@dataclass(frozen=True)
class Fault:
    """One fault: what it does to the API, the database or the job, and what must come of it in each phase."""

    what: str
    api: str = ""
    database: str = ""
    job: str = ""
    cells: Mapping[str, Expected] = field(default_factory=dict)
    impossible: Mapping[str, str] = field(default_factory=dict)
    """Phases in which it can't show, and why."""


FINE = Expected(KEPT)
WALL = Expected(NOT_JUDGED, "wall", BETWEEN)
UNREACHABLE = Expected(NOT_JUDGED, "unreachable", PLATFORM_OPERATOR)
CUT = Expected(NOT_JUDGED, "unreachable", BETWEEN)
CUT_AT_END = Expected(NOT_JUDGED, "connection_cut", BETWEEN)
UNREADABLE = Expected(NOT_JUDGED, "encoding", BETWEEN)
FOREIGN = Expected(BROKEN, "foreign_booking", PLATFORM_TEAM)
HIDDEN = Expected(NOT_JUDGED, "evidence_hidden", SUITE_OPERATOR)
NO_LOG_IN = Expected(NOT_JUDGED, "login_refused", SUITE_OPERATOR)
PACE = Expected(NOT_JUDGED, "rate_limited", SUITE_OPERATOR)
JOB_UNUSABLE = Expected(NOT_JUDGED, "background_job_unusable", SUITE_OPERATOR)
JOB_FAILED = Expected(BROKEN, "background_job_failed", PLATFORM_TEAM)
NO_HTTP = "nothing is asked of the API then"
ONLY_JOB = "the job is not asked then"
NOTES = {NO_HTTP: "–¹", ONLY_JOB: "–²"}
"""How the table says why a cell can't exist."""
HTTP_ONLY = dict.fromkeys(("inline", "job", "after"), NO_HTTP)
JOB_ONLY = dict.fromkeys(("submit", "inline", "after", "end"), ONLY_JOB)
WATCHED = ("submit", "inline", "job", "after")


def _api(what: str, mode: str, submit: Expected, end: Expected) -> Fault:
    """A fault that meets the requests: a booking's, and the one that is sent again at the run's end."""
    return Fault(what, api=mode, cells={"submit": submit, "end": end}, impossible=HTTP_ONLY)


def _database(what: str, mode: str, expected: Expected) -> Fault:
    """A fault that meets the looks, whatever phase they are made in."""
    return Fault(what, database=mode, cells=dict.fromkeys(PHASES, expected))


def _job(what: str, mode: str, expected: Expected) -> Fault:
    return Fault(what, job=mode, cells={"job": expected}, impossible=JOB_ONLY)


FAULTS: Mapping[str, Fault] = {
    "challenge": _api("a challenge page for browsers", "challenge", WALL, WALL),
    "basic_auth": _api("a log-in wall (401)", "basic_auth", WALL, WALL),
    "vercel": _api("a host's protection page (401)", "vercel", WALL, WALL),
    "access": _api("a redirect to an access portal", "access", WALL, WALL),
    "log_in": _api("a redirect to a log-in page", "log_in", WALL, WALL),
    "proxy_log_in": _api("a proxy that wants a log-in (407)", "proxy_log_in", WALL, WALL),
    "captive": _api("another site's page (200)", "another_site", WALL, WALL),
    "not_found": _api("another site's page (404)", "no_such_page", WALL, WALL),
    "maintenance": _api("a maintenance page (503)", "maintenance", WALL, WALL),
    "bad_gateway": _api("a gateway's page (502)", "bad_gateway", WALL, WALL),
    "gateway_timeout": _api("a gateway's page (504), the request passed on", "gateway_timeout", FINE, WALL),
    "ingress": _api("an ingress without a way to it (404, text)", "ingress", WALL, WALL),
    "api_gateway": _api("an API gateway's own refusal (400)", "api_gateway", WALL, WALL),
    "too_large": _api("a gateway's refusal in words like the platform's (413)", "too_large", WALL, WALL),
    "another_program": _api("another program's JSON (200)", "another_program", WALL, UNREADABLE),
    "cache": _api("a cache that says nothing is new (304)", "not_changed", WALL, WALL),
    "misled": _api("a redirect to no address that can be read", "misled", WALL, WALL),
    "paused": _api("a host that has paused it (540)", "paused", WALL, WALL),
    "other_server": _api("a bare error (500) of another server than the platform's", "other_server", WALL, WALL),
    "no_such_route": _api("a platform without this page, in JSON (404)", "no_such_route", WALL, WALL),
    "kept": _api("a cache that has kept the answer for an hour, the request passed on", "kept", FINE, WALL),
    "pace": _api("a limit to the requests (429)", "pace", PACE, PACE),
    "pace_unsaid": _api("a limit that does not say how long (429)", "pace_unsaid", PACE, PACE),
    "pace_passed_on": _api("a limit (429), the request passed on", "pace_passed_on", PACE, PACE),
    "bom": _api("an encoding: with a byte order mark", "bom", FINE, FINE),
    "gzip": _api("an encoding: gzip", "gzip", FINE, FINE),
    "utf16": _api("an encoding: UTF-16", "utf16", FINE, FINE),
    "brotli": _api("an encoding that nobody asked for", "brotli", FINE, WALL),
    "not_gzip": _api("an encoding that it is not in", "not_gzip", FINE, WALL),
    "empty": _api("an answer without a body", "empty", FINE, UNREADABLE),
    "cut_json": _api("half an answer, called whole", "cut_json", FINE, UNREADABLE),
    "half": _api("half an answer, then the end", "half", FINE, CUT_AT_END),
    "dripping": _api("an answer byte by byte", "dripping", FINE, UNREACHABLE),
    "giant": _api("an answer of 3 MB", "giant", FINE, UNREADABLE),
    "illegal": _api("an answer that breaks HTTP's rules", "illegal", FINE, UNREADABLE),
    "reset": _api("the connection is reset, the request passed on", "reset", FINE, CUT_AT_END),
    "silent_api": _api("no answer, the request passed on", "silent", FINE, UNREACHABLE),
    "swallowed": _api(
        "no answer, the request swallowed", "swallowed", Expected(BROKEN, "answer_lost", PLATFORM_TEAM), UNREACHABLE
    ),
    "api_down": _api("nothing listens any more", "down", UNREACHABLE, UNREACHABLE),
    "replayed": _api("a cache that answers with an earlier booking", "replayed", FOREIGN, FOREIGN),
    "sent_twice": _api("a proxy that sends each request twice", "sent_twice", FINE, FINE),
    "errors": _api(
        "the platform's own errors (500)",
        "errors",
        Expected(BROKEN, "platform_error", PLATFORM_TEAM),
        Expected(BROKEN, "repeat_not_recognised", PLATFORM_TEAM),
    ),
    "database_silent": _database("the database is silent", "silent", UNREACHABLE),
    "database_broken_off": _database("its connections break off, time after time", "broken_off", CUT),
    "database_shut_down": _database("it ends its sessions once (57P01)", "terminated", FINE),
    "database_slow": _database("it takes 0.3 s for each question", "slow", FINE),
    "database_revoked": _database("its role may not read bookings any more", "revoked", HIDDEN),
    "database_hidden": _database("row-level security hides its rows", "hidden", HIDDEN),
    "database_password": _database("its role has another password", "password", NO_LOG_IN),
    "database_crowded": _database(
        "it has no connection left for its role", "crowded", Expected(NOT_JUDGED, "unreachable", PLATFORM_OPERATOR)
    ),
    "database_locked": _database(
        "a table is locked for good", "locked", Expected(NOT_JUDGED, "unreachable", PLATFORM_OPERATOR)
    ),
    "database_migrated": _database("a column gets another name", "migrated", HIDDEN),
    "database_replica": _database("an outdated replica takes its place", "replica", HIDDEN),
    "job_down": _job("nothing listens at the job's address", "down", JOB_UNUSABLE),
    "job_token": _job("the job refuses the token (401)", "unauthorized", JOB_UNUSABLE),
    "job_log_in": _job("a redirect to a log-in page before the job", "log_in", JOB_UNUSABLE),
    "job_page": _job("another site's page at the job's address (200)", "another_site", JOB_UNUSABLE),
    "job_gateway": _job("a gateway's page before the job (502)", "bad_gateway", JOB_UNUSABLE),
    "job_pace": _job("a limit to the job's requests (429)", "pace", JOB_UNUSABLE),
    "job_reset": _job("the job runs, and its connection is reset", "reset", FINE),
    "job_off": _job(
        "the job is switched off (404)", "off", Expected(BROKEN, "background_job_disabled", PLATFORM_OPERATOR)
    ),
    "job_error": _job("the job answers an error (500)", "errors", JOB_FAILED),
    "job_hangs_http": _job("the job does not answer", "swallowed", JOB_FAILED),
    "job_idle": _job(
        "the job says it is done and does nothing", "done", Expected(BROKEN, "background_job_idle", PLATFORM_TEAM)
    ),
    "job_accepts": _job(
        "the job accepts (202) and does nothing", "accepted", Expected(BROKEN, "unexplained", PLATFORM_TEAM)
    ),
    "job_missing": _job("the job's command is missing", "missing", JOB_UNUSABLE),
    "job_hangs": _job("the job's command hangs", "hangs", JOB_FAILED),
    "job_fails": _job("the job's command fails", "fails", JOB_UNUSABLE),
    "nothing": Fault("no fault at all", cells=dict.fromkeys(PHASES, FINE)),
}

CELLS = [(name, phase) for name in FAULTS for phase in PHASES]
"""Every cell of the table, by the names of its row and column."""
POSSIBLE = [(name, phase) for name, phase in CELLS if phase in FAULTS[name].cells]

SHORT: Mapping[str, str] = {
    PLATFORM_TEAM: "platform",
    PLATFORM_OPERATOR: "operator",
    SUITE_OPERATOR: "suite",
    BETWEEN: "network",
}
"""Who can act, in a word, as the table says it."""
LIMIT_S: Mapping[str, float] = {**dict.fromkeys(WATCHED, DEADLINE_S + 1), "end": 12.0}
"""Seconds after the submit, or the run's end, within which a cell's verdict stands. At the run's end no booking waits:
a question may take its own ten seconds.
"""


def table() -> str:
    """The table for docs/faults.md."""
    heads = [f"{phase}, {LIMIT_S[phase]:g} s" for phase in PHASES]
    lines = [
        f"| fault | | {' | '.join(heads)} |",
        f"|---|---|{'---|' * len(PHASES)}",
        *(
            f"| {fault.what} | `{name}` | {' | '.join(_cell(fault, phase) for phase in PHASES)} |"
            for name, fault in FAULTS.items()
        ),
    ]
    return "\n".join(lines)


def _cell(fault: Fault, phase: str) -> str:
    if phase in fault.impossible:
        return NOTES[fault.impossible[phase]]
    expected = fault.cells[phase]
    if expected.verdict == KEPT:
        return "kept"
    return f"{expected.verdict.replace('_', ' ')}, `{expected.code}`: {SHORT[expected.who_can_act]}"
