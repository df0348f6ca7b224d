"""The list of checks before the first booking: what would make a verdict wrong is found at once, and nothing is booked.

    API          reached, in words where not; this API; no wall, gateway or odd encoding before it; more than errors
    database     reached, log-in, name; the tables and columns that are read; no hidden row; no replica; read-only
    restaurant   there, in a time zone that is known, with tables and open days; open at the date that is asked for
    both         one platform: what the API lists is what the database holds; clocks that agree
    around       the background job, the role that cancels

Problems keep the run from beginning; notes tell its readers what to know. On a demo of the run's own only what settings
can make wrong is asked, and whether its clock is this machine's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bookingflow.core.errors import NotReady, SuiteError
from bookingflow.core.problems import Problem
from bookingflow.core.settings import Settings
from bookingflow.core.timing import Clock, Deadline, Running
from bookingflow.platform.api import BookingApi
from bookingflow.platform.background_job import BackgroundJob
from bookingflow.platform.cancellation import Cleaner
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database_models import Restaurant
from bookingflow.platform.preflight.api_checks import ApiFacts, check_api, find_restaurant_at_api
from bookingflow.platform.preflight.clock_checks import check_clocks
from bookingflow.platform.preflight.database_checks import DatabaseFacts, check_database
from bookingflow.platform.preflight.surroundings import check_cleaner, mail_note

LIMIT_S = 9.0
"""Seconds that all checks may take together; what has not ended by then is named, and left behind."""


@dataclass(frozen=True)
class Preflight:
    """What the checks found."""

    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    home: Restaurant | None
    """The restaurant of the settings; None where it could not be found."""
    duration_ms: float = 0.0

    @property
    def ready(self) -> bool:
        """Whether nothing keeps a run from beginning."""
        return not self.problems

    def demand_home(self) -> Restaurant:
        """The restaurant to book at; raises NotReady with all problems where there are any."""
        if self.problems or self.home is None:
            raise NotReady(self.problems, self.notes)
        return self.home

    def as_json(self) -> dict[str, Any]:
        """Return it as a dict for machines; its writer sanitizes it."""
        return {
            "ready": self.ready,
            "problems": [problem.as_json() for problem in self.problems],
            "notes": [note.as_json() for note in self.notes],
            "durationMs": round(self.duration_ms, 1),
        }


@dataclass
class _Check:
    """One part of the checks, under way beside the others."""

    what: str
    setting: str
    running: Running[Any] = field(repr=False)

    def late(self) -> Problem:
        return Problem(
            "preflight_slow",
            self.setting,
            f"The check of {self.what} did not end within {LIMIT_S:g} s.",
            "Is it reachable from here, and fast enough to be watched?",
        )


def preflight(
    settings: Settings,
    *,
    api: BookingApi,
    database: BookingDatabase,
    job: BackgroundJob,
    cleaner: Cleaner,
    clock: Clock,
) -> Preflight:
    """Check everything that a verdict hangs on; books nothing, changes nothing, and raises nothing."""
    until = Deadline(clock, LIMIT_S)
    thorough = not settings.starts_demo
    checks: dict[str, tuple[str, str, Callable[[], Any]]] = {
        "api": ("the API", "BOOKING_API_BASE_URL", lambda: check_api(api, clock, until, thorough=thorough)),
        "database": (
            "the database",
            "BOOKING_DATABASE_URL",
            lambda: check_database(database, settings, clock, until, thorough=thorough),
        ),
    }
    if thorough:
        checks["job"] = ("the background job", "BOOKING_JOB_URL", lambda: job.check(until))
        checks["cleaner"] = (
            "the role that cancels",
            "BOOKING_CLEANUP_DATABASE_URL",
            lambda: check_cleaner(cleaner),
        )
    under_way = {name: _Check(what, setting, Running(call)) for name, (what, setting, call) in checks.items()}
    found: list[Problem] = []
    of_api = _ended(under_way["api"], until, found) or ApiFacts()
    of_database = _ended(under_way["database"], until, found) or DatabaseFacts()
    found += [*of_api.problems, *of_database.problems]
    if thorough and of_database.home is not None and of_api.answers:
        found += find_restaurant_at_api(api, of_api, of_database, until)
    found += check_clocks(of_api.ahead_s, of_database.ahead_s)
    if not settings.on_demo:
        found.append(mail_note())
    for name in ("job", "cleaner"):
        if name in under_way:
            found += _ended(under_way[name], until, found) or []
    problems = tuple(problem for problem in found if not problem.is_note)
    notes = tuple(problem for problem in found if problem.is_note)
    return Preflight(problems, notes, of_database.home, until.elapsed * 1000)


def _ended(check: _Check, until: Deadline, found: list[Problem]) -> Any:
    """What a check came to; None, with a problem found, where it did not end in time or could not be made."""
    if not check.running.wait(until.remaining):
        found.append(check.late())
        return None
    try:
        return check.running.result()
    except SuiteError as error:
        found.append(Problem(error.code, check.setting, error.sentence, error.hint))
        return None
