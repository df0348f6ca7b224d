"""The catalogue of failures: for each code one constant title and who can act, whatever the booking.

A code names a single fact. Every view groups by the code and shows the title; what is particular to a booking follows
the title. The catalogue is in order of weight, the worst first: of several breaches the first leads the sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


OTHER_FACTS: Mapping[str, str] = {
    "id": "another booking id than is stored",
    "restaurant_id": "another restaurant than is stored",
    "reference": "another reference than is stored",
    "booking_date": "another day than is stored",
    "start_time": "another start than is stored",
    "end_time": "another end than is stored",
    "start_at": "another instant as its start than is stored",
    "end_at": "another instant as its end than is stored",
    "party_size": "another number of guests than is stored",
    "booking_type": "another occasion than is stored",
    "seating_preference": "another seating wish than is stored",
    "status": "another status than is stored",
    "customer_name": "another name than is stored",
    "customer_email": "another e-mail address than is stored",
    "customer_phone": "another phone number than is stored",
    "notes": "other notes than are stored",
    "marketing_opt_in": "another marketing choice than is stored",
}
"""What an answer shows that shows a fact of a booking wrongly, by the names under which answers show facts."""
LINK_FACTS = (
    *("id", "reference", "booking_date", "start_time", "end_time", "party_size", "booking_type"),
    *("seating_preference", "notes", "status"),
)
"""The facts of a booking that the link in its confirmation shows."""


def _differing(where: str, shows: str, facts: Iterable[str]) -> tuple[Failure, ...]:
    """One kind of failure for each fact that can be shown otherwise than it is stored."""
    return tuple(Failure(f"{where}_{fact}_differs", f"{shows} {OTHER_FACTS[fact]}") for fact in facts)


_PRIVACY = (
    Failure("stranger_changes", "A stranger can change a booking"),
    Failure("stranger_cancels", "A stranger can cancel a booking"),
    Failure("stranger_takes_tables", "A stranger can take a booking's tables away"),
    Failure("stranger_reads", "A stranger can read a booking"),
    Failure("stranger_reads_history", "A stranger can read the history of a booking"),
    Failure("stranger_lists_restaurant", "A stranger can list the restaurant's bookings"),
    Failure("stranger_lists_guest", "A stranger can list a guest's bookings"),
    Failure("stranger_learns_name", "A refusal shows a stranger the guest's name"),
    Failure("stranger_learns_email", "A refusal shows a stranger the guest's e-mail address"),
    Failure("stranger_learns_phone", "A refusal shows a stranger the guest's phone number"),
    Failure("stranger_learns_notes", "A refusal shows a stranger the guest's notes"),
    Failure("stranger_learns_reference", "A refusal shows a stranger the booking's reference"),
    Failure("test_entrance_open", "The test-only entrance takes bookings from anybody"),
    Failure("half_contact_enough", "Half of a contact is enough to see a booking"),
    Failure("others_email_shown", "Another guest's e-mail address is shown"),
    Failure("others_phone_shown", "Another guest's phone number is shown"),
    Failure("others_name_shown", "Another guest's name is shown"),
    Failure("others_notes_shown", "Another guest's notes are shown"),
    Failure("others_booking_shown", "Another guest's booking is shown"),
    Failure("foreign_booking", "An answer names another guest's booking as one's own"),
    Failure("database_address_shown", "An answer shows the address of a database"),
    Failure("password_shown", "An answer shows a password or a key"),
    Failure("suite_secret_shown", "An answer shows a secret that this suite was trusted with"),
    Failure("database_shown", "An answer shows the inside of the database"),
    Failure("stored_value_shown", "An answer shows what is stored of other guests"),
    Failure("sunday_fallback", "Sundays are booked in a weaker way than other days"),
    Failure("program_shown", "An answer shows the inside of a program"),
    Failure("made_up_link_opens", "A made-up link opens a booking"),
    Failure("link_opens_twice", "The link in a confirmation opens more than once"),
    Failure("link_opens_late", "The link in a confirmation opens after its time is over"),
    Failure("pass_shared", "Two bookings have the same pass"),
    Failure("pass_of_another", "The guest's browser keeps the pass of another booking"),
    Failure("list_shows_ended", "A guest is shown a booking that has ended as if it stood"),
    Failure("pass_guessable", "The pass to a booking can be guessed"),
    Failure("pass_given_again", "The pass to a booking is given out again"),
    Failure("pass_open_to_scripts", "Scripts can read the pass to a booking"),
    Failure("pass_sent_in_the_open", "The pass to a booking is sent over open connections"),
    Failure("pass_sent_elsewhere", "The pass to a booking is sent along from other sites"),
    Failure("pass_sent_too_widely", "The pass to a booking is sent with pages that it is not for"),
    Failure("pass_kept_too_long", "The pass to a booking stays in the guest's browser for too long"),
    Failure("answer_cached", "Caches may keep a guest's answer and show it to others"),
    Failure("answer_could_run", "An answer is not marked as data, so a browser could run it"),
    Failure("lookups_unlimited", "Contacts can be tried out without limit"),
)
_DOUBLE = (
    Failure("double_booking", "A table is given to two bookings at the same time"),
    Failure("last_table_given_twice", "The last table is given to more than one guest"),
    Failure("booked_twice", "One request makes more than one booking"),
    Failure("assigned_twice", "Tables are given to one booking more than once"),
    Failure("confirmed_twice", "A booking is confirmed more than once"),
    Failure("passed_on_twice", "A confirmation is passed on to other systems more than once"),
)
_CONFIRMATION = (
    Failure("confirmed_without_table", 'No table is reserved for a guest who was told "confirmed"'),
    Failure("confirmed_late", "A booking is confirmed too late"),
    Failure("confirmed_while_waiting", 'A guest is told "confirmed" while the booking waits'),
    Failure("confirmed_beyond_capacity", "More guests are confirmed than there are tables"),
    Failure("booking_lost", "A confirmed booking is not stored any more"),
    Failure("missing", "A booking that was answered is not stored"),
    Failure("confirmation_withdrawn", "A confirmation is withdrawn"),
    Failure("closed_unasked", "A booking is cancelled or closed, and its guest did not ask for it"),
    Failure("tables_withdrawn", "A confirmed booking loses its tables"),
    Failure("tables_moved", "A confirmed booking is moved to other tables, and its guest did not ask for it"),
    Failure("table_time_changed", "The time of a confirmed booking's table changes"),
    Failure("job_changes_booking", "The background job changes a booking that is settled"),
    Failure("waiting_given_up", "A booking that waits for a table is given up"),
    Failure("cancellation_undone", "A cancelled booking comes back"),
    Failure("cancelled_untraceable", "A cancelled booking leaves no trace"),
    Failure("refused", "A booking that should be taken is refused"),
    Failure("platform_error", "A guest is answered with an error"),
    Failure("error_in_full_house", "A guest for whom no table is left is answered with an error"),
    Failure("error_under_load", "Guests meet errors when many book at once"),
    Failure("answer_lost", "A guest gets no answer that can be read"),
    Failure("answers_broken_off", "Answers break off before they are whole"),
    Failure("terminal", "A booking ends in a status that nothing confirms any more"),
    Failure("leftovers", "Tables are blocked though nobody will sit there"),
    Failure("tables_were_free", "A guest is left waiting while a fitting table is free"),
    Failure("holds", "Holds of other bookings block every table"),
    Failure("inline_timeout", "Finding a table takes too long, and nothing finishes it later"),
    Failure("background_job_disabled", "A booking waits, and there is no background job", PLATFORM_OPERATOR),
    Failure("background_job_failed", "The background job fails"),
    Failure("background_job_idle", "The background job says it is done and gives no table"),
    Failure("reason_given", "A booking is not confirmed, for a reason the platform gives"),
    Failure("unexplained", "A booking is not confirmed, and the platform gives no reason"),
    Failure("not_confirmed_anew", "A changed booking is not confirmed again"),
    Failure("last_table_not_given", "The last table is given to nobody"),
    Failure("tables_unused", "Guests are turned away while tables are free"),
    Failure("freed_table_unused", "A table that has become free is not used"),
    Failure("wrong_path", "A booking is not confirmed in the way that was expected"),
    Failure("no_reason", "A booking waits, and the platform gives no reason"),
    Failure("attempts_unknown", "The platform does not record how often it looked for a table"),
    Failure("looked_too_long", "The platform goes on looking for a table when the guest is about to arrive"),
)
_TABLES = (
    Failure("too_few_seats", "Guests are given tables with too few seats"),
    Failure("table_of_another_house", "A table of another restaurant is given"),
    Failure("table_out_of_service", "A table that is out of service is given"),
    Failure("table_time_missing", "A table is given without saying from when to when"),
    Failure("table_time_wrong", "A table is kept for the wrong time"),
    Failure("joined_across_zones", "Joined tables stand in different zones"),
    Failure("fixed_table_joined", "A table that can't be moved is joined with others"),
    Failure("joined_without_group", "Joined tables are not kept together as one group"),
    Failure("group_of_another", "Joined tables are kept as the group of another booking"),
    Failure("seats_wasted", "A table of just the right size is free, and another is given"),
    Failure("wish_ignored", "A wish for a place is ignored though a table there is free"),
    Failure("table_held_twice", "A booking holds the same table twice"),
    Failure("too_many_tables", "A booking holds more tables than it needs"),
    Failure("table_not_reserved", "A table of a booking is not reserved"),
    Failure("reservation_left", "A table stays reserved for a booking that does not sit there"),
    Failure("reservation_time_differs", "A table is reserved for another time than it is kept"),
    Failure("reservation_of_another_house", "A table is reserved under another restaurant"),
    Failure("holds_left", "Tables stay on hold for a booking that does not need them"),
    Failure("waiting_keeps_tables", "A booking that waits holds tables"),
    Failure("cancelled_keeps_tables", "A cancelled booking keeps its tables"),
    Failure("cancelled_keeps_reservations", "Tables stay reserved for a cancelled booking"),
    Failure("nobody_asked", "A booking is made that nobody asked for"),
    Failure("nobodys_hold", "A table is on hold for nobody"),
)
_STORED = (
    Failure("restaurant_not_stored", "Bookings are stored for another restaurant"),
    Failure("day_not_stored", "Bookings are stored for another day"),
    Failure("start_not_stored", "Bookings are stored with another start"),
    Failure("occasion_not_stored", "The occasion of bookings is not stored"),
    Failure("end_not_stored", "Bookings are stored with another end"),
    Failure("start_in_zone_not_stored", "Bookings start at another moment than the restaurant's clock says"),
    Failure("end_in_zone_not_stored", "Bookings end at another moment than the restaurant's clock says"),
    Failure("start_missing", "A booking does not say when it starts"),
    Failure("party_not_stored", "The number of guests is not stored"),
    Failure("name_not_stored", "Guests' names are not stored"),
    Failure("email_not_stored", "Guests' e-mail addresses are not stored"),
    Failure("phone_not_stored", "Guests' phone numbers are not stored"),
    Failure("notes_not_stored", "Guests' notes are not stored"),
    Failure("seating_not_stored", "Guests' seating wishes are not stored"),
    Failure("marketing_not_stored", "Guests' marketing choices are not stored"),
    Failure("request_number_not_stored", "Bookings are stored under another request number"),
    Failure("reference_malformed", "A reference is not made as agreed"),
    Failure("reference_changed", "The reference of a booking changes"),
    Failure("customer_is_another", "Bookings are kept under another customer"),
    Failure("customer_of_another_house", "Bookings are kept under a customer of another restaurant"),
    Failure("customer_has_account", "A booking is put into an account, though its guest has not signed in"),
    Failure("customer_arrived", "A guest is recorded as arrived before the visit"),
    Failure("customer_phone_differs", "Customers are kept with another phone number than their guests'"),
    Failure("customer_name_differs", "Customers are kept with another name than their guests'"),
    Failure("customer_marketing_differs", "Customers are kept with another marketing choice than their guests'"),
    Failure("history_without_confirmation", "The history does not show the confirmation"),
    Failure("history_before_differs", "The history shows a confirmation of a booking that did not wait for one"),
    Failure("history_time_wrong", "The history dates a confirmation at another time than it happened"),
    Failure("history_end_differs", "The history ends otherwise than the booking"),
    Failure("not_passed_on", "A confirmation is not passed on to other systems"),
    Failure("other_booking_passed_on", "Other systems are sent a confirmation of another booking"),
    Failure("other_house_passed_on", "Other systems are sent a confirmation of another restaurant"),
    Failure("other_tables_passed_on", "Other systems are sent other tables than the booking has"),
    Failure("other_time_passed_on", "Other systems are sent another time than the table is kept for"),
    Failure("not_in_ledger", "The platform's own ledger does not show the tables that were given"),
)
_REFUSALS = (
    Failure("wrongly_taken", "A booking that should be refused is taken"),
    Failure("refused_with_error", "A request is answered with an error instead of being refused"),
    Failure("refused_but_stored", "A refused booking is stored all the same"),
    Failure("refused_guest_kept", "The guest of a refused booking is kept as a customer"),
    Failure("refusal_status_wrong", "A refusal has another HTTP status than agreed"),
    Failure("refusal_code_wrong", "A refusal has another code than agreed"),
    Failure("refusal_reason_wrong", "A refusal gives another reason than agreed"),
    Failure("refusal_field_missing", "A refusal does not say what to correct"),
    Failure("refusal_without_words", "A refusal gives no reason in words"),
    Failure("refusal_first_time_wrong", "A refusal does not say from when on guests can book"),
    Failure("refusal_last_time_wrong", "A refusal does not say until when guests can book"),
    Failure("refusal_asked_time_wrong", "A refusal names another time than the guest asked for"),
    Failure("refusal_zone_wrong", "A refusal names another time zone than the restaurant's"),
    Failure("refusal_clock_missing", "A refusal does not say what time it is at the restaurant"),
    Failure("refusal_opening_wrong", "A refusal names another opening time than the restaurant's"),
    Failure("refusal_closing_wrong", "A refusal names another closing time than the restaurant's"),
)
_REPEATS = (
    Failure("second_is_the_first", "A guest's second booking is answered with the first"),
    Failure("repeat_not_recognised", "A request that is sent again is not recognised"),
    Failure("new_called_repeated", "A new request is taken for a repeated one"),
)
_RATE_LIMIT = (
    Failure("limit_missing", "There is no limit to the requests of one address"),
    Failure("limit_too_high", "One address may make more requests than agreed"),
    Failure("limit_too_low", "Guests are asked to wait too early"),
    Failure("wait_not_shown", "Guests who ask too often are not told when to try again"),
    Failure("wait_contradicts", "Guests who ask too often are told two different times to wait"),
    Failure("limit_not_shown", "Guests who ask too often are not told how many requests are allowed"),
    Failure("limit_without_words", "Guests who ask too often are turned away without a reason"),
)
_HOURS = (
    Failure("not_listed", "The restaurant is missing from the list of restaurants"),
    Failure("listed_twice", "The restaurant is in the list of restaurants more than once"),
    Failure("list_slug_differs", "The list of restaurants shows another short name than is stored"),
    Failure("list_name_differs", "The list of restaurants shows another name than is stored"),
    Failure("list_timezone_differs", "The list of restaurants shows another time zone than is stored"),
    Failure("calendar_missing", "The calendar of closed days can't be shown"),
    Failure("calendar_of_other_days", "The closed days of another time than was asked for are shown"),
    Failure("closed_day_not_shown", "A closed day is not shown as closed"),
    Failure("open_day_shown_closed", "An open day is shown as closed"),
    Failure("schedule_of_another_house", "The times of another restaurant are shown"),
    Failure("schedule_of_another_day", "The times of another day are shown"),
    Failure("schedule_zone_wrong", "Times are shown in another time zone than the restaurant's"),
    Failure("schedule_interval_wrong", "Times are shown at other intervals than the restaurant's"),
    Failure("opening_time_wrong", "Guests are shown another opening time than the restaurant's"),
    Failure("closing_time_wrong", "Guests are shown another closing time than the restaurant's"),
    Failure("last_seating_wrong", "Guests are shown another last seating than the restaurant's"),
    Failure("times_of_nobody", "Times are shown of a restaurant or a day that does not exist"),
    Failure("time_not_offered", "Times at which the restaurant is open are not offered"),
    Failure("time_wrongly_offered", "Times at which the restaurant seats nobody are offered"),
    Failure("time_shown_twice", "A time is shown more than once"),
    Failure("occasion_wrong", "Times are offered for another occasion than is served then"),
    Failure("schedule_unreadable", "Guests can't be shown the times of a day"),
)
_ANSWERS = (
    Failure("answer_status_wrong", "The answer tells a guest another status than is promised"),
    Failure("answer_not_new", "The answer does not say that the booking is new"),
    Failure("answer_of_another_request", "The answer names another request than the guest's"),
    Failure("list_shows_nothing", "A guest is not shown the booking just made among their own"),
    Failure("list_shows_twice", "A guest is shown one booking more than once"),
    Failure("lookup_failed", "Looking up a booking fails"),
    Failure("lookup_finds_nothing", "A guest does not find their own booking"),
    Failure("lookup_finds_twice", "A guest finds their own booking more than once"),
    Failure("lookup_finds_cancelled", "A guest still finds a cancelled booking"),
    Failure("link_missing", "A guest is given no link to the booking"),
    Failure("link_never_opens", "The link in a confirmation does not open"),
    Failure("link_restaurant_differs", "The link shows another restaurant than the booking's"),
    *_differing("answer", "The answer shows", OTHER_FACTS),
    *_differing("list", "A guest's list of bookings shows", OTHER_FACTS),
    *_differing("link", "The link in a confirmation shows", LINK_FACTS),
)
_SPEED = (
    Failure("over_budget", "Guests wait longer than the budget allows"),
    Failure("slower", "Guests wait longer than in the last runs"),
)
_BROKEN = (
    *(*_PRIVACY, *_DOUBLE, *_CONFIRMATION, *_TABLES, *_STORED, *_REFUSALS, *_REPEATS),
    *(*_RATE_LIMIT, *_HOURS, *_ANSWERS, *_SPEED),
)
"""What only the platform can have done."""

_NOT_JUDGED = (
    Failure("capacity", "No tables are left for the party", RESTAURANT),
    Failure("slow_to_a_table", "A guest waited long for a table"),
    Failure("no_room_left_by_tests", "This suite's own guests hold every fitting table", SUITE_OPERATOR),
    Failure("background_job_unusable", "This suite could not run the background job", SUITE_OPERATOR),
    Failure("rate_limited", "The platform asks this suite to slow down", SUITE_OPERATOR),
    Failure("limit_unclear", "More requests are let in than one address may make", PLATFORM_OPERATOR),
    Failure("staff_acted", "Somebody else changed a booking of this suite", SUITE_OPERATOR),
    Failure("login_refused", "The database refuses the log-in", SUITE_OPERATOR),
    Failure("unreachable", "The platform does not answer", PLATFORM_OPERATOR),
    Failure("demo_ended", "The demo platform of this run has ended", SUITE_OPERATOR),
    Failure("evidence_hidden", "The database hides what the verdict hangs on", SUITE_OPERATOR),
    Failure("wall", "Something that stands before the platform answers instead of it", BETWEEN),
    Failure("address_unknown", "The name of a server is not known", SUITE_OPERATOR),
    Failure("no_route", "This machine has no way to a server", BETWEEN),
    Failure("connection_refused", "Nothing listens at the address", PLATFORM_OPERATOR),
    Failure("sent_twice", "Requests reach the platform more than once", BETWEEN),
    Failure("connection_silent", "A server does not answer", PLATFORM_OPERATOR),
    Failure("connection_cut", "A connection is cut", BETWEEN),
    Failure("encryption", "No encrypted connection can be made", SUITE_OPERATOR),
    Failure("proxy", "A proxy lets nothing through", BETWEEN),
    Failure("gateway", "A gateway answers instead of the platform", BETWEEN),
    Failure("encoding", "Answers come in a form that can't be read", BETWEEN),
    Failure("not_this_api", "What answers is not the booking API", SUITE_OPERATOR),
    Failure("answers_errors", "The platform answers everything with an error", PLATFORM_OPERATOR),
    Failure("database_missing", "There is no such database", SUITE_OPERATOR),
    Failure("database_refused", "The database can't be used", SUITE_OPERATOR),
    Failure("tables_missing", "The database lacks tables that the suite reads", SUITE_OPERATOR),
    Failure("columns_missing", "The database lacks columns that the suite reads", SUITE_OPERATOR),
    Failure("replica", "The database is a copy that lags behind", SUITE_OPERATOR),
    Failure("read_only_not_held", "The suite's session can write", SUITE_OPERATOR),
    Failure("other_database", "The database is not this API's", SUITE_OPERATOR),
    Failure("restaurant_missing", "There is no such restaurant", SUITE_OPERATOR),
    Failure("time_zone_unknown", "The restaurant's time zone is not known", PLATFORM_OPERATOR),
    Failure("time_zone_differs", "Time zone data are out of date", SUITE_OPERATOR),
    Failure("nothing_bookable", "Nothing can be booked at the restaurant", SUITE_OPERATOR),
    Failure("date_closed", "The restaurant is closed when the settings ask for it", SUITE_OPERATOR),
    Failure("clocks_apart", "Clocks are apart", PLATFORM_OPERATOR),
    Failure("job_unreachable", "The background job can't be reached", SUITE_OPERATOR),
    Failure("job_command", "The background job's command can't be run", SUITE_OPERATOR),
    Failure("job_token", "The background job refuses the suite's token", SUITE_OPERATOR),
    Failure("cleaner", "The role that cancels bookings can't be used", SUITE_OPERATOR),
    Failure("preflight_slow", "The checks before the first booking took too long", SUITE_OPERATOR),
    Failure("left_standing", "Bookings of this suite are left standing", SUITE_OPERATOR),
    Failure("not_possible", "The platform can't be asked this question now", SUITE_OPERATOR),
    Failure("not_at_this_restaurant", "The restaurant is not made for this question", RESTAURANT),
    Failure("bad_settings", "A setting is wrong", SUITE_OPERATOR),
    Failure("not_one_run", "What is to be merged is not of one run", SUITE_OPERATOR),
    Failure("suite_error", "The suite could not judge", SUITE_OPERATOR),
    Failure("nothing_ran", "No promise was asked for", SUITE_OPERATOR),
    Failure("wrong_file", "A file or folder of the suite is wrong", SUITE_OPERATOR),
    Failure("undefined_step", "A sentence of a scenario has no step", SUITE_OPERATOR),
    Failure("cut_off", "The run was cut off", SUITE_OPERATOR),
    Failure("suite_defect", "The suite itself is in error", SUITE_AUTHORS),
)
"""What kept the suite from judging, or is no defect of the platform."""

_NOTES = (
    Failure("role_can_write", "The suite's database role can write", SUITE_OPERATOR),
    Failure("pooler", "The database is asked through a pooler", SUITE_OPERATOR),
    Failure("not_compared", "Some records can't be compared", SUITE_OPERATOR),
    Failure("inactive", "The restaurant is marked as inactive", SUITE_OPERATOR),
    Failure("own_guests", "This suite's own guests fill days that it looks at", SUITE_OPERATOR),
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

PRIVACY_CODES = frozenset(failure.code for failure in _PRIVACY)
"""What shows a guest's data, or the platform's own secrets, to others, or lets others change a booking."""
DOUBLE_CODES = frozenset(failure.code for failure in _DOUBLE)
"""What is given or made twice."""
OF_TABLES_NOT_SEEN = frozenset(
    {
        "confirmed_without_table",
        "tables_withdrawn",
        "tables_moved",
        "too_few_seats",
        "tables_were_free",
        "tables_unused",
        "freed_table_unused",
        "last_table_not_given",
        "seats_wasted",
        "wish_ignored",
    }
)
"""What also shows where the database leaves out tables that bookings were given."""
OF_PEOPLE = frozenset({"closed_unasked", "tables_moved"})
"""What a restaurant's staff may do to a booking at any time."""
OF_BROKEN_LINES = frozenset({"answers_broken_off"})
"""What a line that breaks does as a platform does."""
OF_SENDING_TWICE = frozenset({"new_called_repeated", "answer_not_new", "link_missing", "nobody_asked"})
"""What also comes of a request that something between sends to the platform twice."""
WITHOUT_TABLE_CODES = frozenset(
    {"double_booking", "booked_twice", "booking_lost", "confirmation_withdrawn", "closed_unasked", "tables_withdrawn"}
)
"""What leaves guests who were confirmed without their table."""
SPEED_CODES = frozenset(failure.code for failure in _SPEED)
"""What is found of a run beside its budgets, and of no single booking."""
BROKEN_CODES = frozenset(failure.code for failure in _BROKEN)
FAILURES: Mapping[str, Failure] = {failure.code: failure for failure in (*_BROKEN, *_NOT_JUDGED, *_NOTES)}
_WEIGHT: Mapping[str, int] = {code: number for number, code in enumerate(FAILURES)}


def failure_of(code: str) -> Failure:
    """What the catalogue says of a code; a code that it does not hold is a defect of the suite's own."""
    return FAILURES.get(code) or FAILURES["suite_defect"]


def worst_first(breaches: Iterable[Breach]) -> list[Breach]:
    """The breaches in order of weight, the first of each code in the order in which they were found."""
    return sorted(breaches, key=lambda breach: weight_of(breach.code))


def weight_of(code: str) -> int:
    """A code's place in the order of weight, the worst first; one that the catalogue does not hold is last."""
    return _WEIGHT.get(code, len(_WEIGHT))
