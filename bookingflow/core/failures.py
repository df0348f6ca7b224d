"""The catalogue of failures: for each code one constant title and who can act, whatever the booking.

Every view groups by the code and shows the title; what is particular to a booking follows the title.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PLATFORM_TEAM = "the platform team"
PLATFORM_OPERATOR = "the team that runs the platform"
SUITE_OPERATOR = "the team that runs this suite"
BETWEEN = "the team that runs the network, or what stands before the platform"
RESTAURANT = "the restaurant (a question of capacity, not a defect)"
SUITE_AUTHORS = "the authors of this suite (please report it)"


@dataclass(frozen=True)
class Failure:
    """One kind of failure: a stable code, a title for people, and who can act."""

    code: str
    title: str
    who_can_act: str = PLATFORM_TEAM


@dataclass(frozen=True)
class Breach:
    """One fact that breaks a promise: its code in the catalogue, and its particulars as a part of a sentence."""

    code: str
    particulars: str

    def __str__(self) -> str:
        return self.particulars


_BROKEN = (
    # How a booking ends
    Failure("confirmed_without_table", 'No table is reserved for a guest who was told "confirmed"'),
    Failure("confirmed_late", "A booking is confirmed too late"),
    Failure("refused", "A booking that should be taken is refused"),
    Failure("answer_lost", "A guest gets no answer that can be read"),
    Failure("platform_error", "A guest is answered with an error"),
    Failure("foreign_booking", "An answer names another guest's booking"),
    Failure("missing", "A booking that a guest was told of is not stored"),
    Failure("booking_lost", "A confirmed booking is not stored any more"),
    Failure("terminal", "A booking ends in a status that nothing confirms any more"),
    Failure("leftovers", "Tables are blocked though nobody will sit there"),
    Failure("tables_were_free", "A guest is left waiting while a fitting table is free"),
    Failure("holds", "Holds of other bookings block every table"),
    Failure("inline_timeout", "Finding a table takes too long, and nothing finishes it later"),
    Failure("background_job_disabled", "A booking waits, and there is no background job", PLATFORM_OPERATOR),
    Failure("background_job_failed", "The background job fails"),
    Failure("reason_given", "A booking is not confirmed, for a reason the platform gives"),
    Failure("unexplained", "A booking is not confirmed, and the platform gives no reason"),
    Failure("wrong_answer", "The answer says something else than what happened"),
    Failure("wrong_path", "A booking is not confirmed in the way that was expected"),
    Failure("not_confirmed_anew", "A changed booking is not confirmed again"),
    Failure("confirmation_withdrawn", "A confirmation is withdrawn"),
    Failure("history", "The history does not show one confirmation"),
    Failure("no_reason", "A booking waits, and no reason is noted"),
    Failure("error_instead_of_waiting", "A guest for whom no table is left is answered with an error"),
    Failure("confirmed_beyond_capacity", "More guests are confirmed than there are tables"),
    Failure("tables_kept", "A booking holds tables that it should not hold"),
    Failure("cutoff", "The background job goes on looking shortly before the guest arrives"),
    Failure("cancelled_keeps", "A cancelled booking keeps its tables"),
    # Tables
    Failure("wrong_tables", "The tables do not fit the party"),
    Failure("seats_wasted", "A table of just the right size is free, and a larger one is given"),
    Failure("wish_ignored", "A wish for a place is ignored though a table there is free"),
    Failure("tables_twice", "A booking holds more tables than it needs"),
    Failure("wrong_window", "A table is held for the wrong time"),
    Failure("freed_table_unused", "A table that has become free is not used"),
    Failure("double_booking", "A table is given to two bookings at the same time"),
    Failure("tables_unused", "Guests are turned away while tables are free"),
    # What is stored
    Failure("not_as_asked", "A booking is not stored as it was asked for"),
    Failure("wrong_time", "A booking is stored for another time"),
    Failure("answer_differs", "The answer differs from what is stored"),
    Failure("not_whole", "Bookings are not right in every detail"),
    Failure("house_rules", "Bookings break what every guest is promised"),
    # Refusals and repeats
    Failure("wrong_refusal", "A refusal is not the one that was agreed"),
    Failure("refusal_without_times", "A refusal does not say which times can be booked"),
    Failure("refused_but_stored", "A refused booking is stored all the same"),
    Failure("booked_twice", "One request makes more than one booking"),
    Failure("repetition_not_told", "A request that is sent again is not recognised"),
    Failure("not_two", "A guest's second booking is answered with the first"),
    Failure("first_damaged", "A booking is damaged by a later request"),
    # Many guests, rate limit
    Failure("last_table", "The last table is not given to exactly one guest"),
    Failure("error_under_load", "Guests meet errors when many book at once"),
    Failure("no_rate_limit", "Nobody is asked to slow down"),
    Failure("no_rate_limit_told", "The limit is not said"),
    Failure("no_retry_after", "Nobody says when to try again"),
    Failure("limited_too_early", "Guests are asked to wait too early"),
    Failure("limited_too_late", "Guests are asked to wait too late"),
    # Privacy
    Failure("others_data", "Another guest's data is shown"),
    Failure("secret_told", "An answer gives away what stays inside the platform"),
    Failure("open_to_strangers", "A stranger gets in without signing in"),
    Failure("lookup", "Looking up a booking fails"),
    Failure("link", "The link in the confirmation does not work"),
    # Opening hours
    Failure("schedule_unreadable", "Guests can't be shown the times of a day"),
    Failure("wrong_times_offered", "Guests are shown other times than those it is open"),
    Failure("wrong_calendar", "The calendar of closed days is wrong"),
    Failure("not_listed", "The restaurant is not listed as it is"),
)
"""What only the platform can have done."""

_NOT_JUDGED = (
    Failure("capacity", "No tables are left for the party", RESTAURANT),
    Failure("no_room_left_by_tests", "This suite's own guests hold every fitting table", SUITE_OPERATOR),
    Failure("background_job_unusable", "This suite could not start the background job", SUITE_OPERATOR),
    Failure("rate_limited", "The platform asks this suite to slow down", SUITE_OPERATOR),
    Failure("login_refused", "The database refuses the log-in", SUITE_OPERATOR),
    Failure("unreachable", "The platform does not answer", PLATFORM_OPERATOR),
    Failure("evidence_hidden", "The database hides what the verdict hangs on", SUITE_OPERATOR),
    Failure("wall", "Something that stands before the platform answers instead of it", BETWEEN),
    Failure("address_unknown", "The name of a server is not known", SUITE_OPERATOR),
    Failure("connection_refused", "Nothing listens at the address", PLATFORM_OPERATOR),
    Failure("connection_silent", "A server does not answer", PLATFORM_OPERATOR),
    Failure("connection_cut", "A connection is cut", BETWEEN),
    Failure("encryption", "No encrypted connection can be made", SUITE_OPERATOR),
    Failure("proxy", "A proxy lets nothing through", BETWEEN),
    Failure("gateway", "A gateway answers instead of the platform", BETWEEN),
    Failure("encoding", "Answers come in a form that can't be read", BETWEEN),
    Failure("not_this_api", "What answers is not the booking API", SUITE_OPERATOR),
    Failure("answers_errors", "The platform answers everything with an error", PLATFORM_OPERATOR),
    Failure("login_refused", "The database refuses the log-in", SUITE_OPERATOR),
    Failure("database_missing", "There is no such database", SUITE_OPERATOR),
    Failure("database_refused", "The database can't be used", SUITE_OPERATOR),
    Failure("tables_missing", "The database lacks tables that the suite reads", SUITE_OPERATOR),
    Failure("columns_missing", "The database lacks columns that the suite reads", SUITE_OPERATOR),
    Failure("replica", "The database is a copy that lags behind", SUITE_OPERATOR),
    Failure("read_only_not_held", "The suite's session can write", SUITE_OPERATOR),
    Failure("other_database", "The database is not this API's", SUITE_OPERATOR),
    Failure("restaurant_missing", "There is no such restaurant", SUITE_OPERATOR),
    Failure("time_zone_unknown", "The restaurant's time zone is not known", PLATFORM_OPERATOR),
    Failure("nothing_bookable", "Nothing can be booked at the restaurant", SUITE_OPERATOR),
    Failure("date_closed", "The restaurant is closed when the settings ask for it", SUITE_OPERATOR),
    Failure("clocks_apart", "Clocks are apart", PLATFORM_OPERATOR),
    Failure("job_unreachable", "The background job can't be reached", SUITE_OPERATOR),
    Failure("job_command", "The background job's command can't be run", SUITE_OPERATOR),
    Failure("job_token", "The background job refuses the suite's token", SUITE_OPERATOR),
    Failure("cleaner", "The role that cancels bookings can't be used", SUITE_OPERATOR),
    Failure("preflight_slow", "The checks before the first booking took too long", SUITE_OPERATOR),
    Failure("not_possible", "The platform can't be asked this question now", SUITE_OPERATOR),
    Failure("not_at_this_restaurant", "The restaurant is not made for this question", RESTAURANT),
    Failure("bad_settings", "A setting is wrong", SUITE_OPERATOR),
    Failure("suite_error", "The suite could not judge", SUITE_OPERATOR),
    Failure("nothing_ran", "No promise was asked for", SUITE_OPERATOR),
    Failure("wrong_file", "A file or folder of the suite is wrong", SUITE_OPERATOR),
    Failure("undefined_step", "A sentence of a scenario has no step", SUITE_AUTHORS),
    Failure("cut_off", "The run was cut off", SUITE_OPERATOR),
    Failure("suite_defect", "The suite itself is in error", SUITE_AUTHORS),
)
"""What kept the suite from judging, or is no defect of the platform."""

_NOTES = (
    Failure("role_can_write", "The suite's database role can write", SUITE_OPERATOR),
    Failure("pooler", "The database is asked through a pooler", SUITE_OPERATOR),
    Failure("not_compared", "Some records can't be compared", SUITE_OPERATOR),
    Failure("inactive", "The restaurant is marked as inactive", SUITE_OPERATOR),
    Failure("closed_then", "The restaurant is closed at the time that scenarios book", SUITE_OPERATOR),
    Failure("not_in_list", "The restaurant is not among those that the API lists", PLATFORM_OPERATOR),
    Failure("job_off", "The background job is switched off", SUITE_OPERATOR),
    Failure("job_unanswered", "The background job did not answer", SUITE_OPERATOR),
    Failure("clocks_differ", "Clocks differ by some seconds", PLATFORM_OPERATOR),
    Failure("mail", "The platform writes to the suite's guests", PLATFORM_OPERATOR),
)
"""What readers of a run should know beforehand; keeps nothing from being judged."""

NOTES = frozenset(failure.code for failure in _NOTES)
"""The codes of what is only noted."""

FAILURES: Mapping[str, Failure] = {failure.code: failure for failure in (*_BROKEN, *_NOT_JUDGED, *_NOTES)}


def failure_of(code: str) -> Failure:
    """What the catalogue says of a code; a code that it does not hold is a defect of the suite's own."""
    return FAILURES.get(code) or FAILURES["suite_defect"]
