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
        return {**asdict(self), "may_break": list(self.may_break)}


DEFECTS: tuple[Defect, ...] = (
    # Confirmation
    Defect("confirmed-without-table", "A booking is called confirmed and holds no table.", "regression 1"),
    Defect("confirmed-flips-to-pending", "A confirmed booking goes back to pending a second later.", "regression 10"),
    Defect("unassigned-after-confirm", "A confirmed booking loses its tables a second later.", "regression 7"),
    Defect("answer-says-pending", "The answer says pending although the booking is confirmed.", "success body"),
    Defect("pending-for-ever", "No booking is ever given a table, and no reason is noted.", "regression 2"),
    Defect("full-house-is-confirmed", "A full house confirms a guest without a table.", "regression 18"),
    Defect("full-house-is-an-error", "A full house answers with an error instead of pending.", "regression 18"),
    Defect("no-reason-for-pending", "A booking stays pending and no reason is noted anywhere.", "regression 18"),
    # The right tables
    Defect("table-too-small", "Parties are put at tables with two seats too few.", "planner"),
    Defect("joined-tables-too-few", "One of the tables that were joined for a party is missing.", "regression 16"),
    Defect("largest-table-first", "The largest free table is given, though a smaller one fits.", "planner"),
    Defect("seating-wish-ignored", "A wish for outdoors is met indoors, though an outdoor table is free.", "planner"),
    Defect("joined-across-zones", "Tables of different zones are joined for one party.", "regression 16"),
    Defect("double-booking", "Two bookings hold one table at the same time.", "regression 6"),
    Defect("back-to-back-refused", "A table is not given again when its last guests leave.", "regression 6"),
    Defect("window-missing", "A table is assigned without saying from when to when.", "extra: null windows"),
    Defect("window-shifted", "The table is held an hour later than the guest arrives.", "table windows"),
    Defect("window-too-short", "The table is held for fifteen minutes only.", "table windows"),
    # Times
    Defect("wrong-end-time", "Every booking ends one hour after it starts.", "regression 15"),
    Defect("type-not-normalised", "A booking at noon is stored as the dinner that was asked for.", "regression 15"),
    Defect("wrong-day", "The booking is stored for the day after.", "regression 14"),
    Defect("time-zone-ignored", "The restaurant's wall clock is read as UTC.", "regression 14"),
    Defect("sunday-is-closed", "An open Sunday is treated as closed.", "regression 12"),
    Defect("closed-days-accepted", "A closed day takes bookings.", "regression 11"),
    Defect("date-override-ignored", "The hours of a date of its own are ignored.", "regression 11"),
    Defect("past-accepted", "A time that has passed takes bookings.", "past-time rule"),
    Defect("last-seating-ignored", "Guests are taken right before closing.", "regression 13"),
    Defect("off-slot-accepted", "A time between two slots takes bookings.", "regression 13"),
    # Refusals
    Defect("refused-but-stored", "A refused booking is stored all the same.", "regression 11"),
    Defect("wrong-refusal-code", "A refusal gives another code than the one agreed.", "errors"),
    Defect("refusal-without-details", "A refusal of the hours does not say what would be possible.", "regression 13"),
    Defect("long-notes-accepted", "Notes that are too long are cut silently.", "request"),
    Defect("unknown-restaurant-accepted", "An unknown restaurant's guests are booked somewhere else.", "regression 25"),
    Defect("unknown-id-is-an-error", "An unknown restaurant id is an internal error.", "fact 16"),
    Defect("impossible-date-is-an-error", "A day that is not in the calendar is an internal error.", "fact 16"),
    Defect("long-phone-is-an-error", "A phone number too long for the database is an internal error.", "fact 16"),
    Defect("secret-in-error", "An error tells the database's address and password.", "privacy"),
    # Asking twice
    Defect("repeated-key-books-twice", "The same request sent again books again.", "regression 8"),
    Defect("concurrent-key-books-twice", "The same request sent twice at once books twice.", "regression 9"),
    Defect("repeated-contact-damages", "A guest's second booking of a slot takes away the first.", "regression 10"),
    # What the guest told us
    Defect("notes-lost", "The guest's notes are not stored.", "what is stored"),
    Defect("name-lost", "The guest's name is not stored.", "what is stored"),
    Defect("phone-lost", "Another phone number than the guest's is stored.", "what is stored"),
    Defect("email-lost", "Another e-mail than the guest's is stored.", "what is stored"),
    Defect("marketing-lost", "The guest's consent to marketing is not stored.", "what is stored"),
    Defect("marketing-inverted", "The guest's marketing choice is stored the other way round.", "what is stored"),
    Defect("party-changed", "One guest fewer than asked for is stored.", "what is stored"),
    # The background job
    Defect("job-repeats", "The job run twice gives a booking two sets of tables.", "fact 11", "BOOK-005"),
    Defect("job-confirms-cancelled", "The job confirms a booking that was cancelled.", "life cycle"),
    Defect("job-does-nothing", "The job says it is done and assigns nothing.", "background job"),
    # Leftovers
    Defect("cancelled-keeps-allocations", "A cancelled booking's allocations block its tables.", "regression 3"),
    Defect("cancelled-keeps-tables", "A cancelled booking keeps its tables.", "regression 3"),
    Defect("leaked-holds", "After a booking the other tables of its slot stay on hold.", "regression 19"),
    # Changes
    Defect("edited-keeps-tables", "A changed booking keeps its old table and time window.", "regression 24"),
    Defect("edited-loses-tables", "A changed booking stays confirmed without a table.", "regression 24"),
    Defect("edited-keeps-allocations", "A changed booking can't be assigned anew.", "regression 24"),
    Defect("moved-keeps-allocations", "A booking moved to another table still blocks the old one.", "regression 4"),
    # Answers
    Defect("slow-answer", "The answer comes after the guest has given up.", "fact 10"),
    Defect("answer-lost", "The booking is made and the answer breaks off.", "regression 8"),
    Defect("html-error-page", "The booking is made and the answer is an HTML error page.", "fact 15"),
    # Rate limit
    Defect("rate-limit-missing", "There is no limit to the bookings of one address.", "regression 25"),
    Defect("rate-limit-without-wait", "The limit does not say when to try again.", "regression 25"),
    Defect("rate-limited-but-stored", "A booking over the limit is refused and stored.", "regression 25"),
    # Privacy
    Defect("other-guests-data", "The answer shows another guest's bookings.", "privacy"),
    Defect("lookup-by-email-only", "A contact's bookings are shown without the right phone number.", "privacy"),
    Defect("booking-readable-by-anyone", "Anyone who knows a booking's id reads it.", "privacy"),
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
