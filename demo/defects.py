"""Promises the demo can be told to break, one by one: what breaks, and where the idea comes from.

Each shows in effects that a guest, the restaurant or a reader of the database can see. Where one bites stands in the
code beside what it breaks: `platform.defects.on("…")`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Defect:
    """One broken promise.

    `promise` is the scenario that names it, `may_break` the tags of those it may break too, `tells` a pattern that the
    failing scenario's message must fit, and `slow` says that many bookings wait in vain with it.
    """

    name: str
    breaks: str
    origin: str
    promise: str = ""
    tells: str = ""
    may_break: tuple[str, ...] = ()
    slow: bool = False

    def as_json(self) -> dict[str, Any]:
        """For `--list-defects`."""
        return {**asdict(self), "may_break": [*self.may_break, WHOLE]}


WHOLE = "whole"
"""Scenarios that look at everything: each defect may break them."""
KEPT = ("stored", "hours", "repeats", "changes")
"""Tags of the scenarios that look at what is kept of a booking."""
CONFIRMING = (*KEPT, "confirmation", "background", "full_house", "many", "privacy", "rate_limit", "tables")
"""Tags of all scenarios in which a guest is to be confirmed."""
EVERYWHERE = (*CONFIRMING, "refusals")

DEFECTS: tuple[Defect, ...] = (
    # Confirmation
    Defect(
        "confirmed-without-table",
        "A booking is called confirmed and holds no table.",
        "regression 1",
        "BOOK-001",
        "no table is assigned",
        CONFIRMING,
        slow=True,
    ),
    Defect(
        "confirmed-flips-to-pending",
        "A confirmed booking goes back to pending a second later.",
        "regression 10",
        "BOOK-008",
        "then pending|now it is pending",
        CONFIRMING,
    ),
    Defect(
        "window-shrinks-later",
        "A confirmed booking keeps its table for a quarter of an hour only, a second later.",
        "table windows",
        "BOOK-008",
        "confirmed with .+, and then confirmed with",
        CONFIRMING,
    ),
    Defect(
        "unassigned-after-confirm",
        "A confirmed booking loses its tables a second later.",
        "regression 7",
        "BOOK-008",
        "with no table",
        CONFIRMING,
    ),
    Defect(
        "answer-says-pending",
        "The answer says pending although the booking is confirmed.",
        "success body",
        "BOOK-002",
        'told "pending"',
        ("confirmation", "full_house", "many", "background", "changes"),
    ),
    Defect(
        "pending-for-ever",
        "No booking is ever given a table, and no reason is noted.",
        "regression 2",
        "BOOK-001",
        "stayed pending",
        CONFIRMING,
        slow=True,
    ),
    Defect(
        "full-house-is-confirmed",
        "A full house confirms a guest without a table.",
        "regression 18",
        "BOOK-090",
        "confirmed with no table",
        ("tables", "background", "full_house", "many", "changes"),
    ),
    Defect(
        "full-house-is-an-error",
        "A full house answers with an error instead of pending.",
        "regression 18",
        "BOOK-090",
        "answered with an error",
        ("tables", "background", "full_house", "many", "changes"),
    ),
    Defect(
        "no-reason-for-pending",
        "A booking stays pending and no reason is noted anywhere.",
        "regression 18",
        "BOOK-090",
        "no reason is noted",
        ("tables", "background", "full_house", "many"),
    ),
    # The right tables
    Defect(
        "table-too-small",
        "Parties are put at tables with two seats too few.",
        "planner",
        "BOOK-020",
        "seats in all",
        ("tables", "changes"),
    ),
    Defect(
        "joined-tables-too-few",
        "One of the tables that were joined for a party is missing.",
        "regression 16",
        "BOOK-021",
        "seats in all",
        ("tables",),
    ),
    Defect(
        "largest-table-first",
        "The largest free table is given, though a smaller one fits.",
        "planner",
        "BOOK-023",
        "though a table of just their size was free",
        ("tables",),
    ),
    Defect(
        "seating-wish-ignored",
        "A wish for outdoors is met indoors, though an outdoor table is free.",
        "planner",
        "BOOK-024",
        "wished to sit",
        ("tables",),
    ),
    Defect(
        "joined-across-zones",
        "Tables of different zones are joined for one party.",
        "regression 16",
        "BOOK-021",
        "different zones",
        ("tables",),
    ),
    Defect(
        "double-booking",
        "Two bookings hold one table at the same time.",
        "regression 6",
        "BOOK-026",
        "at the same time",
        ("confirmation", "tables", "background", "repeats", "full_house", "many", "changes"),
    ),
    Defect(
        "last-table-given-twice",
        "Two guests who ask at the same moment are given the same table.",
        "regression 5",
        "BOOK-100",
        "are confirmed instead of 1",
        ("confirmation", "tables", "background", "repeats", "full_house", "many", "changes"),
    ),
    Defect(
        "crowd-is-an-error",
        "Of many guests at the same moment everybody meets an error.",
        "regression 6",
        "BOOK-102",
        "at the same moment this one got HTTP 500",
        ("many", "repeats", "rate_limit"),
        slow=True,
    ),
    Defect(
        "back-to-back-refused",
        "A table is not given again when its last guests leave.",
        "regression 6",
        "BOOK-028",
        "just become free",
        ("tables",),
    ),
    Defect(
        "window-missing",
        "A table is assigned without saying from when to when.",
        "extra: null windows",
        "BOOK-025",
        "without saying from when",
        ("tables", "background", "hours", "repeats", "full_house", "many", "changes", "BOOK-009"),
    ),
    Defect(
        "window-shifted",
        "The table is held an hour later than the guest arrives.",
        "table windows",
        "BOOK-025",
        "is held .* instead of",
        ("tables", "hours", "changes", "BOOK-009"),
    ),
    Defect(
        "window-too-short",
        "The table is held for fifteen minutes only.",
        "table windows",
        "BOOK-025",
        "is held .* instead of",
        ("tables", "hours", "changes", "BOOK-009"),
    ),
    # Times
    Defect(
        "wrong-end-time",
        "Every booking ends one hour after it starts.",
        "regression 15",
        "BOOK-064",
        "the end is stored as",
        KEPT,
    ),
    Defect(
        "type-not-normalised",
        "A booking at noon is stored as the dinner that was asked for.",
        "regression 15",
        "BOOK-064",
        "the occasion is stored as",
        KEPT,
    ),
    Defect(
        "wrong-day",
        "The booking is stored for the day after.",
        "regression 14",
        "BOOK-040",
        "the day is stored as",
        ("hours", "stored", "repeats", "changes", "background", "full_house", "many", "tables"),
    ),
    Defect(
        "time-zone-ignored",
        "The restaurant's wall clock is read as UTC.",
        "regression 14",
        "BOOK-049",
        "the start at the restaurant is stored as",
        ("hours", "stored", "repeats", "changes", "tables", "full_house", "background", "many"),
    ),
    Defect(
        "sunday-is-closed",
        "An open Sunday is treated as closed.",
        "regression 12",
        "BOOK-040",
        "closed on the selected date",
        EVERYWHERE,
    ),
    Defect(
        "closed-days-accepted",
        "A closed day takes bookings.",
        "regression 11",
        "BOOK-043",
        "took the booking",
        ("hours",),
    ),
    Defect(
        "date-override-ignored",
        "The hours of a date of its own are ignored.",
        "regression 11",
        "BOOK-044",
        "took the booking",
        ("hours",),
    ),
    Defect(
        "past-accepted",
        "A time that has passed takes bookings.",
        "past-time rule",
        "BOOK-047",
        "took the booking",
        ("hours",),
    ),
    Defect(
        "last-seating-ignored",
        "Guests are taken right before closing.",
        "regression 13",
        "BOOK-046",
        "took the booking",
        ("hours",),
    ),
    Defect(
        "off-slot-accepted",
        "A time between two slots takes bookings.",
        "regression 13",
        "BOOK-046",
        "took the booking",
        ("hours",),
    ),
    # Refusals
    Defect(
        "refused-but-stored",
        "A refused booking is stored all the same.",
        "regression 11",
        "BOOK-043",
        "stored it all the same",
        ("hours", "rate_limit"),
    ),
    Defect(
        "wrong-refusal-code",
        "A refusal gives another code than the one agreed.",
        "errors",
        "BOOK-043",
        "the refusal's code is",
        ("hours",),
    ),
    Defect(
        "refusal-without-details",
        "A refusal of the hours does not say what would be possible.",
        "regression 13",
        "BOOK-046",
        "the refusal's reason is missing",
        ("hours",),
    ),
    Defect(
        "number-as-text-refused",
        "A website that sends the number of guests as text is refused.",
        "payload rules",
        "BOOK-066",
        "party",
        ("stored",),
    ),
    Defect(
        "long-notes-accepted",
        "Notes that are too long are cut silently.",
        "request",
        "BOOK-070",
        "took the booking",
        ("refusals",),
    ),
    Defect(
        "unknown-restaurant-accepted",
        "An unknown restaurant's guests are booked somewhere else.",
        "regression 25",
        "BOOK-073",
        "took the booking",
        ("refusals", "privacy"),
    ),
    Defect(
        "unknown-id-is-an-error",
        "An unknown restaurant id is an internal error.",
        "fact 16",
        "BOOK-072",
        "the platform failed",
        ("refusals", "privacy"),
    ),
    Defect(
        "impossible-date-is-an-error",
        "A day that is not in the calendar is an internal error.",
        "fact 16",
        "BOOK-072",
        "the platform failed",
        ("refusals", "privacy"),
    ),
    Defect(
        "long-phone-is-an-error",
        "A phone number too long for the database is an internal error.",
        "fact 16",
        "BOOK-072",
        "the platform failed",
        ("refusals", "privacy"),
    ),
    Defect(
        "secret-in-error",
        "An error tells the database's address and password.",
        "privacy",
        "BOOK-123",
        "gives away the address of a database",
        ("privacy",),
    ),
    # Asking twice
    Defect(
        "repeated-key-books-twice",
        "The same request sent again books again.",
        "regression 8",
        "BOOK-080",
        "made another booking|made 2 bookings",
        ("repeats",),
    ),
    Defect(
        "concurrent-key-books-twice",
        "The same request sent twice at once books twice.",
        "regression 9",
        "BOOK-082",
        "made \\d bookings",
        ("repeats",),
    ),
    Defect(
        "repeated-contact-damages",
        "A guest's second booking of a slot takes away the first.",
        "regression 10",
        "BOOK-084",
        "now it is pending with no table",
        ("repeats",),
    ),
    # What the guest told us
    Defect(
        "notes-lost",
        "The guest's notes are not stored.",
        "what is stored",
        "BOOK-060",
        "the notes are stored as",
        KEPT,
    ),
    Defect(
        "name-lost",
        "The guest's name is not stored.",
        "what is stored",
        "BOOK-061",
        "another name than the guest's",
        KEPT,
    ),
    Defect(
        "phone-lost",
        "Another phone number than the guest's is stored.",
        "what is stored",
        "BOOK-062",
        "another phone number than the guest's",
        (*KEPT, "privacy"),
    ),
    Defect(
        "email-lost",
        "Another e-mail than the guest's is stored.",
        "what is stored",
        "BOOK-062",
        "another e-mail than the guest's",
        (*KEPT, "privacy"),
    ),
    Defect(
        "marketing-lost",
        "The guest's consent to marketing is not stored.",
        "what is stored",
        "BOOK-060",
        "the marketing choice is stored as no",
        KEPT,
    ),
    Defect(
        "marketing-inverted",
        "The guest's marketing choice is stored the other way round.",
        "what is stored",
        "BOOK-060",
        "the marketing choice is stored as",
        KEPT,
    ),
    Defect(
        "party-changed",
        "One guest fewer than asked for is stored.",
        "what is stored",
        "BOOK-060",
        "the party is stored as",
        (*KEPT, "tables"),
    ),
    # The background job
    Defect(
        "job-repeats",
        "The job run twice gives a booking two sets of tables.",
        "fact 11",
        "BOOK-005",
        "more than they need",
        ("background",),
    ),
    Defect(
        "job-confirms-cancelled",
        "The job confirms a booking that was cancelled.",
        "life cycle",
        "BOOK-035",
        "was cancelled, and now it is confirmed",
        ("background",),
    ),
    Defect(
        "job-does-nothing",
        "The job says it is done and assigns nothing.",
        "background job",
        "BOOK-003",
        "stayed pending",
        ("background",),
    ),
    # Leftovers
    Defect(
        "cancelled-keeps-allocations",
        "What the restaurant cancelled still blocks its tables by its allocations.",
        "regression 3",
        "BOOK-093",
        "still reserved for it",
        ("full_house", "background", "many", "changes", "hours"),
    ),
    Defect(
        "cancelled-keeps-tables",
        "What a guest cancelled keeps its tables.",
        "regression 3",
        "BOOK-093",
        "it keeps 1 table",
        ("full_house", "background", "many", "changes", "hours", "BOOK-088"),
    ),
    Defect(
        "leaked-holds",
        "After a booking the other tables of its slot stay on hold.",
        "regression 19",
        "BOOK-009",
        "still on hold for it",
        ("confirmation", "tables", "repeats", "full_house", "many", "changes", "background", "hours"),
    ),
    # Changes
    Defect(
        "edited-keeps-tables",
        "A changed booking keeps its old table and time window.",
        "regression 24",
        "BOOK-130",
        "seats in all",
        ("changes",),
    ),
    Defect(
        "edited-loses-tables",
        "A changed booking stays confirmed without a table.",
        "regression 24",
        "BOOK-130",
        "confirmed with no table",
        ("changes",),
    ),
    Defect(
        "edited-keeps-allocations",
        "A changed booking can't be assigned anew.",
        "regression 24",
        "BOOK-130",
        "reservations do not match",
        ("changes",),
    ),
    Defect(
        "moved-keeps-allocations",
        "A booking moved to another table still blocks the old one.",
        "regression 4",
        "BOOK-132",
        "still reserved for a booking",
        ("changes",),
    ),
    # Answers
    Defect(
        "slow-answer",
        "The answer comes after the guest has given up.",
        "fact 10",
        "BOOK-006",
        "got no answer",
        EVERYWHERE,
        slow=True,
    ),
    Defect(
        "answer-lost",
        "The booking is made and the answer breaks off.",
        "regression 8",
        "BOOK-006",
        "got no answer",
        EVERYWHERE,
    ),
    Defect(
        "html-error-page",
        "The booking is made and the answer is an HTML error page.",
        "fact 15",
        "BOOK-006",
        "got no answer",
        EVERYWHERE,
    ),
    # Rate limit
    Defect(
        "rate-limit-missing",
        "There is no limit to the bookings of one address.",
        "regression 25",
        "BOOK-110",
        "Nobody is told to wait",
        ("rate_limit",),
    ),
    Defect(
        "rate-limit-without-wait",
        "The limit does not say when to try again.",
        "regression 25",
        "BOOK-110",
        "not told when to try again",
        ("rate_limit",),
    ),
    Defect(
        "rate-limited-but-stored",
        "A booking over the limit is refused and stored.",
        "regression 25",
        "BOOK-110",
        "stored it all the same",
        ("rate_limit",),
    ),
    # Privacy
    Defect(
        "other-guests-data",
        "The answer shows another guest's bookings.",
        "privacy",
        "BOOK-120",
        "another guest's",
        ("privacy",),
    ),
    Defect(
        "lookup-by-email-only",
        "A contact's bookings are shown without the right phone number.",
        "privacy",
        "BOOK-121",
        "only half of the contact",
        ("privacy",),
    ),
    Defect(
        "booking-readable-by-anyone",
        "Anyone who knows a booking's id reads it.",
        "privacy",
        "BOOK-122",
        "not signed in could read it",
        ("privacy",),
    ),
    # Whole bookings, and what answers tell of them
    Defect(
        "every-fifth-booking-garbled",
        "Every fifth booking's notes are garbled.",
        "section 1.5",
        "BOOK-140",
        "notes are stored as",
        ("stored", "repeats", "confirmation", "changes", "hours"),
    ),
    Defect(
        "next-booking-changes-the-last",
        "A booking changes the notes of the one before it.",
        "section 1.5",
        "BOOK-140",
        "notes are stored as",
        ("stored", "repeats", "confirmation"),
    ),
    Defect(
        "another-customers-booking",
        "Bookings are kept under another customer.",
        "section 4.4",
        "BOOK-060",
        "belongs to another customer",
        (*KEPT, "confirmation"),
    ),
    Defect(
        "reservation-too-short",
        "A table is reserved for less time than it is held.",
        "section 4.4",
        "BOOK-009",
        "is held .* and reserved",
        ("confirmation", "changes", "tables"),
    ),
    Defect(
        "passed-on-to-nobody",
        "A confirmation is not passed on to other systems.",
        "regression 23",
        "BOOK-010",
        "passed on to other systems",
        (),
    ),
    Defect(
        "lost-after-confirm",
        "A booking is gone a moment after it was confirmed.",
        "section 1.5",
        "BOOK-008",
        "no such booking any more",
        CONFIRMING,
    ),
    Defect(
        "answer-loses-notes",
        "The answer leaves out the guest's notes.",
        "success body",
        "BOOK-007",
        "another notes",
        (),
    ),
    Defect(
        "answer-marked-as-page",
        "The answer is marked as a page, in which a guest's words would be run.",
        "success body",
        "BOOK-007",
        "marked as text/html",
        (),
    ),
    Defect(
        "told-confirmed-while-waiting",
        'The guest is told "confirmed" while the booking waits without a table.',
        "success body",
        "BOOK-091",
        "was told that it is confirmed",
        ("full_house", "background", "many", "tables"),
    ),
    Defect(
        "repeated-answer-differs",
        "The answer to a repeated request tells other facts.",
        "section 1.6",
        "BOOK-080",
        "another party size",
        ("repeats",),
    ),
    Defect(
        "times-hidden",
        "Some times at which the restaurant is open are not offered.",
        "section 3.2",
        "BOOK-053",
        "not offered, though",
        ("hours",),
    ),
    Defect(
        "named-by-id-is-unknown",
        "A restaurant named by its id is unknown.",
        "section 1.3",
        "BOOK-065",
        "Restaurant not found",
        (),
    ),
    Defect(
        "request-number-wanted",
        "A request without a number is made and answered with an error.",
        "section 1.6",
        "BOOK-086",
        "HTTP 500",
        (),
    ),
    Defect(
        "refusal-in-riddles",
        "A refusal does not say why in words.",
        "section 1.7",
        "BOOK-043",
        "gives no reason in words",
        ("hours", "refusals", "privacy", "rate_limit"),
    ),
    Defect(
        "closed-days-hidden",
        "The calendar shows no day as closed.",
        "section 2",
        "BOOK-056",
        "not shown as closed",
        ("hours",),
    ),
    Defect(
        "wrong-hours-told",
        "Guests are told another closing time than the restaurant's.",
        "section 3.1",
        "BOOK-053",
        "as their closing time",
        ("hours",),
    ),
    Defect(
        "dinner-told-as-lunch",
        "The times of dinner are offered for lunch.",
        "section 3.2",
        "BOOK-053",
        "offered for lunch, and the restaurant serves dinner then",
        ("hours", "changes", "many", "stored", "tables"),
    ),
    Defect(
        "back-door-open",
        "Anybody can make bookings through the entrance for tests.",
        "section 2",
        "BOOK-126",
        "open to anybody",
        (),
    ),
    Defect(
        "link-opens-twice",
        "The link in the confirmation opens the booking for whoever finds it later.",
        "section 2",
        "BOOK-127",
        "used before still opens",
        (),
    ),
    Defect(
        "other-guests-name",
        "The answer tells another guest's name.",
        "privacy",
        "BOOK-120",
        "another guest's name",
        ("privacy",),
    ),
    Defect(
        "lookup-limit-missing",
        "Contacts can be tried out without end.",
        "section 1.8",
        "BOOK-113",
        "never told to wait",
        ("rate_limit",),
    ),
    Defect(
        "limit-too-high",
        "One address may make eighty bookings a minute.",
        "section 1.8",
        "BOOK-110",
        "let in .* times in one minute",
        ("rate_limit",),
    ),
    Defect(
        "limit-too-low",
        "One address may make twenty bookings a minute.",
        "section 1.8",
        "BOOK-110",
        "and 60 are allowed",
        EVERYWHERE,
    ),
    Defect(
        "told-to-wait-too-briefly",
        "Who asks too often is told to wait one second.",
        "section 1.8",
        "BOOK-112",
        "to wait",
        ("rate_limit",),
    ),
    Defect(
        "lookup-tells-wrong-time",
        "A guest who looks the booking up is told another time.",
        "section 2",
        "BOOK-121",
        "another start time",
        (),
    ),
    Defect(
        "own-list-open",
        "A signed-in guest's list is shown to anyone.",
        "section 2",
        "BOOK-124",
        "not signed in could ask",
        (),
    ),
    Defect(
        "program-shown-in-refusal",
        "A refusal shows the inside of the program.",
        "section 1.7",
        "BOOK-123",
        "inside of a program",
        (),
    ),
    Defect(
        "pass-open-to-scripts",
        "Scripts can read the pass that the guest's browser keeps.",
        "section 1.5",
        "BOOK-120",
        "lacks HttpOnly",
        ("privacy",),
    ),
)

NAMES = frozenset(defect.name for defect in DEFECTS)


class Switchboard:
    """Which defects are on."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._on: frozenset[str] = frozenset()
        self.set(names)

    def set(self, names: Iterable[str]) -> None:
        """Switch these on and all others off; raises ValueError for a name that is none."""
        names = frozenset(names)
        unknown = sorted(names - NAMES)
        if unknown:
            raise ValueError(f"unknown defects: {', '.join(unknown)}; --list-defects names them")
        self._on = names

    def on(self, name: str) -> bool:
        """Whether this promise is broken now."""
        if name not in NAMES:
            raise KeyError(name)
        return name in self._on

    def names(self) -> list[str]:
        """What is on."""
        return sorted(self._on)
