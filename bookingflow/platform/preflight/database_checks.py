"""Whether the database shows what a verdict hangs on, and whether the restaurant can be booked at all."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from bookingflow.core.alike import most_alike
from bookingflow.core.errors import SuiteError, TargetUnreachable
from bookingflow.core.problems import Problem
from bookingflow.core.settings import Settings
from bookingflow.core.text import counted
from bookingflow.core.time_zones import days_ahead, difference_that_stays
from bookingflow.core.timing import Clock, Deadline
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database_models import Hours, Restaurant
from bookingflow.platform.own_guests import OwnGuests
from bookingflow.platform.slots import FARTHEST_DAY, ONE_DAY, local_date

SETTING = "BOOKING_DATABASE_URL"
RESTAURANT = "BOOKING_RESTAURANT_SLUG"
CONNECT_S, REPEAT_S = 5.0, 2.0
"""Seconds within which the database must answer, and for which a connection that fails is tried again."""
SPARE_S = 1.0
"""Seconds before the end of all checks by which each question has ended, so that what kept it is said."""


def _none_known(_: Sequence[str]) -> set[str]:
    return set()


@dataclass
class DatabaseFacts:
    """What was found of the database."""

    problems: list[Problem] = field(default_factory=list)
    """Notes among them."""
    home: Restaurant | None = None
    date: datetime.date | None = None
    """The day that the settings ask for, by the restaurant's own calendar."""
    ahead_s: float | None = None
    """Seconds by which its clock is ahead of this machine's."""
    known: Callable[[Sequence[str]], set[str]] = _none_known
    """Those of these restaurants' ids that it holds."""


def check_database(
    database: BookingDatabase, settings: Settings, clock: Clock, until: Deadline, *, thorough: bool
) -> DatabaseFacts:
    """Ask the database for itself, then for the restaurant."""
    facts = DatabaseFacts(known=database.restaurants_among)
    try:
        with database.ends_by(until.part(until.remaining - SPARE_S)):
            _ask_database(database, facts, settings, clock, until, thorough=thorough)
    except TargetUnreachable as error:
        facts.problems.append(error.problem or Problem(error.code, SETTING, error.sentence, error.hint))
    except SuiteError as error:
        facts.problems.append(Problem("database_refused", SETTING, error.sentence, error.hint))
    return facts


def _ask_database(
    database: BookingDatabase,
    facts: DatabaseFacts,
    settings: Settings,
    clock: Clock,
    until: Deadline,
    *,
    thorough: bool,
) -> None:
    began = clock.now().timestamp()
    report = database.examine(until.part(CONNECT_S), repeat_s=REPEAT_S)
    facts.ahead_s = report.facts.now - (began + clock.now().timestamp()) / 2
    facts.problems += [*report.problems, *(report.notes if thorough else ())]
    if any(problem.code in {"tables_missing", "columns_missing", "evidence_hidden"} for problem in report.problems):
        return
    facts.home = database.find_restaurant(slug=settings.restaurant_slug, restaurant_id=settings.restaurant_id)
    if facts.home is None:
        facts.problems.append(_restaurant_missing(database, settings))
    else:
        _check_restaurant(database, facts, facts.home, settings, clock, thorough=thorough)


def _restaurant_missing(database: BookingDatabase, settings: Settings) -> Problem:
    known = database.restaurant_slugs()
    mend = f"There are {', '.join(known[:5])}." if known else "The platform has none at all."
    if settings.restaurant_id is not None:
        setting, named = "BOOKING_RESTAURANT_ID", f"with id {settings.restaurant_id}"
    else:
        setting, named = RESTAURANT, f'called "{settings.restaurant_slug}"'
        meant = most_alike(settings.restaurant_slug, known)
        mend = f"Did you mean {meant}?" if meant else mend
    return Problem("restaurant_missing", setting, f"There is no restaurant {named} on this platform.", mend)


def _check_restaurant(
    database: BookingDatabase,
    facts: DatabaseFacts,
    home: Restaurant,
    settings: Settings,
    clock: Clock,
    *,
    thorough: bool,
) -> None:
    try:
        ZoneInfo(home.timezone)
    except (ValueError, OSError, LookupError):
        facts.problems.append(
            Problem(
                "time_zone_unknown",
                RESTAURANT,
                f'{home.name} lives by the time zone "{home.timezone}", which is not known: no time there can be read.',
                "Set restaurants.timezone to a name of the IANA time zone database, such as Europe/London.",
            )
        )
        facts.home = None
        return
    facts.problems += _of_time_zone(database, home, clock)
    today = local_date(clock.now(), home.timezone)
    facts.date = settings.date or today + ONE_DAY
    if settings.date is not None and settings.date < today:
        sentence = f"BOOKING_DATE={settings.date}: must not lie in the past ({home.timezone})."
        facts.problems.append(Problem("bad_settings", "BOOKING_DATE", sentence, "Choose a day to come."))
        return
    if thorough or settings.date is not None:
        days = {today + ONE_DAY * ahead for ahead in range(FARTHEST_DAY + 1)} | {facts.date}
        hours = database.hours_of_days(home.id, sorted(days))
        facts.problems += _of_hours(home, hours, facts.date, settings, all_known=len(hours) == len(days))
    if thorough:
        facts.problems += _of_house(database, home, today, settings)


def _of_time_zone(database: BookingDatabase, home: Restaurant, clock: Clock) -> list[Problem]:
    """Whether the suite and the database mean the same by the restaurant's clock."""
    offsets = database.offsets(home.timezone, days_ahead(clock.now()))
    found = difference_that_stays(home.timezone, offsets)
    if found is None:
        return []
    at, own = found
    here, there = (f"{at.replace(tzinfo=None) + offset:%H:%M}" for offset in (own, offsets[at]))
    return [
        Problem(
            "time_zone_differs",
            RESTAURANT,
            f"{home.name} lives by {home.timezone}: on {at:%a %d %b %Y} at {at:%H:%M} UTC its clock shows {here} by "
            f"this suite's time zone data and {there} by the database's. One of them is out of date.",
            "Bring the older ones up to date: PostgreSQL's there, the package tzdata here.",
        )
    ]


def _of_hours(
    home: Restaurant, hours: dict[datetime.date, Hours], date: datetime.date, settings: Settings, *, all_known: bool
) -> list[Problem]:
    if all_known and all(day.opens is None for day in hours.values()):
        return [
            Problem(
                "nothing_bookable",
                RESTAURANT,
                f"{home.name} has no open day among the next {FARTHEST_DAY}, by its own hours.",
                "Choose a restaurant that is open, or give it hours.",
            )
        ]
    why = _closed(hours.get(date), settings.time)
    if why is None:
        return []
    asked = f"{date:%a %d %b} at {settings.time:%H:%M}"
    if settings.date is not None:
        open_then = [day for day, its in sorted(hours.items()) if _closed(its, settings.time) is None]
        mend = f"Open at that time: {open_then[0]:%a %d %b} (BOOKING_DATE={open_then[0]})." if open_then else ""
        sentence = f"{home.name} seats nobody on {asked}: {why}."
        return [Problem("date_closed", "BOOKING_DATE", sentence, mend or "Choose another time.")]
    sentence = f"{home.name} seats nobody tomorrow, {asked}: {why}. Scenarios that book then are skipped."
    return [Problem("closed_then", "BOOKING_TIME", sentence, "BOOKING_DATE and BOOKING_TIME name another moment.")]


def _closed(hours: Hours | None, time: datetime.time) -> str | None:
    """Why nobody is seated then, by these hours; None where somebody may be, or where they are not known."""
    if hours is None:
        return None
    if hours.opens is None or hours.closes is None:
        return "it is closed on that day"
    if not hours.opens <= time < hours.closes:
        return f"it is open from {hours.opens:%H:%M} to {hours.closes:%H:%M}"
    return None


def _of_house(database: BookingDatabase, home: Restaurant, today: datetime.date, settings: Settings) -> list[Problem]:
    tables = database.inventory(home.id)
    found = _held_by_own_guests(database, home, len(tables), today, settings)
    if not tables:
        sentence = f"{home.name} has no table in service: nobody can be seated there."
        mend = "Choose a restaurant with tables, or put some into service."
        found.append(Problem("nothing_bookable", RESTAURANT, sentence, mend))
    if not home.active:
        sentence = f"{home.name} is marked as inactive (restaurants.is_active); bookings are taken all the same."
        found.append(Problem("inactive", RESTAURANT, sentence, "Is it the restaurant that you mean?"))
    return found


def _held_by_own_guests(
    database: BookingDatabase, home: Restaurant, tables: int, today: datetime.date, settings: Settings
) -> list[Problem]:
    """A note where guests of this suite hold half of the tables or more on days that scenarios look at."""
    own = OwnGuests.of(settings.guest_email)
    days = database.held_by_own(home.id, today + ONE_DAY, today + ONE_DAY * FARTHEST_DAY, own)
    full = [day for day in days if 2 * day.tables >= tables]
    if not full:
        return []
    first = full[0]
    sentence = (
        f"Guests of this suite's earlier runs hold half of the tables of {home.name} or more on "
        f"{counted(len(full), 'day')} of the next {FARTHEST_DAY}, first on {first.date:%a %d %b}: {first.tables} of "
        f"{tables} tables, with {counted(first.seats, 'seat')}. Scenarios may find no room then."
    )
    mend = "Cancel them; runs with BOOKING_CLEANUP=cancel leave none."
    return [Problem("own_guests", "BOOKING_CLEANUP", sentence, mend)]
