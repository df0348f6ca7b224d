"""Checks beside API and database: the role that cancels bookings, and whether e-mails are sent."""

from __future__ import annotations

from bookingflow.core.errors import SuiteError, TargetUnreachable
from bookingflow.core.problems import Problem
from bookingflow.platform.cancellation import VARIABLE, Cleaner


def check_cleaner(cleaner: Cleaner) -> list[Problem]:
    """Whether bookings can be cancelled as the settings say."""
    try:
        cleaner.check()
    except TargetUnreachable as error:
        return [error.problem or Problem("cleaner", VARIABLE, error.sentence, error.hint)]
    except SuiteError as error:
        return [Problem("cleaner", VARIABLE, error.sentence, error.hint)]
    return []


def mail_note() -> Problem:
    """What becomes of mails, which the suite neither sees nor stops."""
    return Problem(
        "mail",
        "",
        "The platform writes to each guest of the suite; the switch against that lives in the platform's own process.",
        "SUPPRESS_EMAILS=true or LOAD_TEST_DISABLE_EMAILS=true there; setting it here changes nothing.",
    )
