"""The table of faults: what is set between the parts, when, and what the suite must say then.

Rows are faults, columns the phases of a booking in which they begin. A cell that can't exist says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bookingflow.core.failures import BETWEEN, PLATFORM_OPERATOR, PLATFORM_TEAM, SUITE_OPERATOR

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
    api: str = "as_it_is"
    database: str = "as_it_is"
    job: str = "as_it_is"
    defect: str = ""
    cells: Mapping[str, Expected] = field(default_factory=dict)
    impossible: Mapping[str, str] = field(default_factory=dict)
    """Phases in which it can't show, and why."""


FINE = Expected(KEPT)
WALL = Expected(NOT_JUDGED, "wall", BETWEEN)
UNREACHABLE = Expected(NOT_JUDGED, "unreachable", PLATFORM_OPERATOR)
JOB_UNUSABLE = Expected(NOT_JUDGED, "background_job_unusable", SUITE_OPERATOR)
NO_HTTP = "nothing is asked over HTTP then"
ONLY_JOB = "the job is not asked then"
HTTP_ONLY = {"inline": NO_HTTP, "job": NO_HTTP, "after": NO_HTTP}
JOB_ONLY = {"submit": ONLY_JOB, "inline": ONLY_JOB, "after": ONLY_JOB, "end": ONLY_JOB}


def _wall(name: str) -> Fault:
    return Fault(f"a wall: {name}", api=name, cells={"submit": WALL, "end": WALL}, impossible=HTTP_ONLY)


def _readable(name: str) -> Fault:
    return Fault(f"an encoding: {name}", api=name, cells={"submit": FINE, "end": FINE}, impossible=HTTP_ONLY)


def _silent_database(mode: str) -> Fault:
    gone = dict.fromkeys(("submit", "inline", "job", "after"), UNREACHABLE)
    return Fault(f"the database: {mode}", database=mode, cells={**gone, "end": UNREACHABLE})


FAULTS: Mapping[str, Fault] = {
    **{name: _wall(name) for name in ("challenge", "basic_auth", "vercel", "access", "log_in", "maintenance")},
    "bad_gateway": _wall("bad_gateway"),
    **{name: _readable(name) for name in ("bom", "gzip", "utf16")},
    "brotli": Fault(
        "an encoding that nobody asked for",
        api="brotli",
        cells={"submit": FINE, "end": Expected(NOT_JUDGED)},
        impossible=HTTP_ONLY,
    ),
    "errors": Fault(
        "the platform answers errors of its own",
        api="errors",
        cells={
            "submit": Expected(BROKEN, "platform_error", PLATFORM_TEAM),
            "end": Expected(BROKEN, "", PLATFORM_TEAM),
        },
        impossible=HTTP_ONLY,
    ),
    **{f"database_{mode}": _silent_database(mode) for mode in ("silent", "broken_off", "refused")},
    "job_down": Fault("the job's address is down", job="down", cells={"job": JOB_UNUSABLE}, impossible=JOB_ONLY),
    "job_token": Fault("the job refuses the token", job="refused", cells={"job": JOB_UNUSABLE}, impossible=JOB_ONLY),
    "job_error": Fault(
        "the job answers an error",
        job="errors",
        cells={"job": Expected(BROKEN, "background_job_failed", PLATFORM_TEAM)},
        impossible=JOB_ONLY,
    ),
    "job_missing": Fault(
        "the job's command is missing", job="missing", cells={"job": JOB_UNUSABLE}, impossible=JOB_ONLY
    ),
    "job_hangs": Fault(
        "the job hangs",
        job="hangs",
        cells={"job": Expected(BROKEN, "background_job_failed", PLATFORM_TEAM)},
        impossible=JOB_ONLY,
    ),
    "nothing": Fault("no fault at all", cells=dict.fromkeys(PHASES, FINE)),
}

CELLS = [(name, phase) for name in FAULTS for phase in PHASES]
"""Every cell of the table, by the names of its row and column."""
POSSIBLE = [(name, phase) for name, phase in CELLS if phase in FAULTS[name].cells]


def table() -> str:
    """The table for docs/faults.md."""
    lines = [
        f"| fault | {' | '.join(PHASES)} |",
        f"|---|{'---|' * len(PHASES)}",
        *(f"| {fault.what} | {' | '.join(_cell(fault, phase) for phase in PHASES)} |" for fault in FAULTS.values()),
    ]
    return "\n".join(lines)


def _cell(fault: Fault, phase: str) -> str:
    if phase in fault.impossible:
        return f"– ({fault.impossible[phase]})"
    expected = fault.cells[phase]
    if expected.verdict == KEPT:
        return "kept"
    code = f" `{expected.code}`" if expected.code else ""
    who = f": {expected.who_can_act}" if expected.who_can_act else ""
    return f"{expected.verdict.replace('_', ' ')}{code}{who}"
