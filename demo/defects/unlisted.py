"""Switches beside the listed defects: what the real platform does today, and conditions that tests need.

None is an entry of `--list-defects`: no scenario has to catch one. All go where a defect's name goes (`--defect`,
`BOOKING_DEMO_DEFECTS`, `PUT /defects`), and so does `today`, the real platform of today as one set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Switch:
    """Something the demo can be made to do; `today` says that the real platform does it."""

    name: str
    does: str
    today: bool = False


SWITCHES: tuple[Switch, ...] = (
    Switch(
        name="session-unresolved",
        does="A stranger who changes a booking, or asks for the restaurant's list, is answered with HTTP 500 in place "
        "of 401; a change that is not valid is refused with 400 before. Nothing is changed or shown.",
        today=True,
    ),
    Switch(
        name="link-never-opens",
        does="The confirmation link asks for 64 characters and the guest's has 43: 400 INVALID_TOKEN, always.",
        today=True,
    ),
    Switch(
        name="known-phone-is-an-error",
        does="A new e-mail with a phone number that the restaurant knows is answered with HTTP 500, whose text names "
        "the database's constraint and says that the number exists.",
        today=True,
    ),
    Switch(
        name="earlier-bookings-listed",
        does="A known e-mail with a new phone number: `bookings` lists the guest's own earlier bookings too, each with "
        "the number it was made under, and the customer's number becomes the new one.",
        today=True,
    ),
    Switch(
        name="repeated-contact-returns-first",
        does="A guest's second request for the same slot, with another key or none, is answered with 201 and the first "
        "booking's id; that booking is pending and confirmed again, and its allocations are gone.",
        today=True,
    ),
    Switch(
        name="sundays-by-fallback",
        does="A booking for a Sunday is stored by the platform's fallback: `details.fallback` in place of "
        "`details.channel`, and a reference that may hold 0, 1, I and O.",
        today=True,
    ),
    Switch(
        name="database-text-in-errors",
        does="The errors of long-phone-is-an-error and impossible-date-is-an-error show the database's own text: "
        "`Failing row contains (…)` with the guest's contact, `date/time field value out of range`.",
        today=True,
    ),
    Switch(
        name="unified-refusals",
        does="As with the platform's own FEATURE_BOOKING_VALIDATION_UNIFIED: refusals of a time are `issues` with "
        "`code` and `message`; answers have the header X-Booking-Validation.",
    ),
    Switch(
        name="every-seventh-has-to-wait",
        does="As behind a gateway with a limit of its own: every seventh booking is answered with 429 and "
        "`Retry-After: 1`, whatever its address.",
    ),
    Switch(
        name="clock-ahead",
        does="The platform's clock, and the Date of its answers, are 72 hours ahead: nothing is judged then.",
    ),
    Switch(
        name="foreign-booking-in-answer",
        does="As behind a proxy that mixes answers up: the answer to a booking names the id of a booking that another "
        "guest made earlier; that one is in the database, of regular.guest@example.org.",
    ),
)
LISTED_TODAY = (
    "seating-wish-ignored",
    "concurrent-key-books-twice",
    "long-phone-is-an-error",
    "impossible-date-is-an-error",
    "unknown-id-is-an-error",
)
"""Listed defects that the real platform has today."""
SETS: Mapping[str, frozenset[str]] = {
    "today": frozenset([*LISTED_TODAY, *(switch.name for switch in SWITCHES if switch.today)]),
}
"""Several switches under one name."""
