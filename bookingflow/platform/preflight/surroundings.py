"""Checks beside API and database: the role that cancels bookings, and whether e-mails are sent."""

from __future__ import annotations

import psycopg

from bookingflow.core.errors import LoginRefused, SuiteError
from bookingflow.core.network.database_addresses import DatabaseAddress
from bookingflow.core.problems import Problem
from bookingflow.core.settings import Settings
from bookingflow.core.timing import TimeUpError
from bookingflow.platform.cancellation import Cleaner
from bookingflow.platform.connection import first_line
from bookingflow.platform.connection_problems import connection_problem, login_problem

CLEANUP = "BOOKING_CLEANUP_DATABASE_URL"


def check_cleaner(cleaner: Cleaner, settings: Settings) -> list[Problem]:
    """Whether bookings can be cancelled as the settings say."""
    try:
        cleaner.check()
    except SuiteError as error:
        url, cause = settings.cleanup_database_url, error.__cause__
        if isinstance(error, LoginRefused):
            return [login_problem(error, CLEANUP)]
        if isinstance(cause, psycopg.OperationalError | TimeUpError) and url is not None:
            where = DatabaseAddress.read(url).shown
            return [connection_problem(cause, first_line(cause), where=where, variable=CLEANUP)]
        return [Problem("cleaner", CLEANUP, error.sentence, error.hint)]
    return []


def mail_note() -> Problem:
    """What becomes of mails, which the suite neither sees nor stops."""
    return Problem(
        "mail",
        "",
        "The platform writes to each guest of the suite; the switch against that lives in the platform's own process.",
        "SUPPRESS_EMAILS=true or LOAD_TEST_DISABLE_EMAILS=true there; setting it here changes nothing.",
    )
