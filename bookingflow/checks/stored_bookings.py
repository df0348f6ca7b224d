"""Comparing what is stored with what was promised: pure functions from rows to breaches.

An empty list means that the promise is kept. Personal data is never quoted: "another e-mail address than the guest's".
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bookingflow.core.failures import Breach
from bookingflow.core.patterns import pattern
from bookingflow.core.text import QUOTED, quoted
from bookingflow.platform.api_models import BLOCKING, BookingRequest
from bookingflow.platform.business_rules import STAY_MINUTES, stored_type
from bookingflow.platform.database_models import (
    BookingRow,
    Restaurant,
)

REFERENCE = pattern(r"[0-9A-Z]{10}")
"""docs/platform.md, "Database"."""

FACTS: Mapping[str, tuple[str, ...]] = {
    "restaurant_not_stored": ("restaurant_id",),
    "name_not_stored": ("customer_name",),
    "email_not_stored": ("customer_email",),
    "phone_not_stored": ("customer_phone",),
    "party_not_stored": ("party_size",),
    "seating_not_stored": ("seating_preference",),
    "notes_not_stored": ("notes",),
    "marketing_not_stored": ("marketing_opt_in",),
    "occasion_not_stored": ("booking_type",),
    "day_not_stored": ("booking_date", "start_at", "end_at"),
    "start_not_stored": ("start_time", "start_at"),
    "end_not_stored": ("end_time", "end_at"),
    "start_in_zone_not_stored": ("start_at",),
    "end_in_zone_not_stored": ("end_at",),
    "reference_changed": ("reference",),
}
"""The facts of a booking that are other ones where it is stored otherwise than asked for, by the code of the breach."""


def stored_as_asked(
    row: BookingRow, request: BookingRequest, restaurant: Restaurant, stay_minutes: Mapping[str, int] = STAY_MINUTES
) -> list[Breach]:
    """The whole booking is stored as the guest asked for it: who, where, when, how many, every wish."""
    return [*guest_kept(row, request), *wishes_kept(row, request), *times_kept(row, request, restaurant, stay_minutes)]


def guest_kept(row: BookingRow, request: BookingRequest) -> list[Breach]:
    """Who booked: name, e-mail (in lower case) and phone."""
    found = []
    if row.customer_name != request.name:
        found.append(Breach("name_not_stored", "another name than the guest's is stored"))
    if row.customer_email != request.email.strip().lower():
        found.append(Breach("email_not_stored", "another e-mail address than the guest's is stored"))
    if row.customer_phone != request.phone.strip():
        found.append(Breach("phone_not_stored", "another phone number than the guest's is stored"))
    if not REFERENCE.fullmatch(row.reference):
        wrong = f"its reference {quoted(row.reference)} is not made of ten capital letters and digits"
        found.append(Breach("reference_malformed", wrong))
    return found


def reference_kept(row: BookingRow, before: BookingRow | None) -> list[Breach]:
    """A guest finds the booking by the reference in the answer; a booking that was not seen before breaks nothing."""
    if before is None or before.id != row.id or before.reference == row.reference:
        return []
    return [Breach("reference_changed", f"its reference was {before.reference} and now is {row.reference}")]


def customer_kept(
    customer: Mapping[str, Any], row: BookingRow, request: BookingRequest, *, known: bool = False
) -> list[Breach]:
    """The booking belongs to its own guest among the restaurant's customers, kept with the guest's own data."""
    found = customer_is_guest(customer, row, request, known=known)
    if found or not all(_same_contact(customer, request)):
        return found
    if customer.get("full_name") not in {None, request.name}:
        found.append(_customer_differs("customer_name_differs", "name"))
    if customer.get("marketing_opt_in") not in {None, request.marketing_opt_in}:
        found.append(_customer_differs("customer_marketing_differs", "marketing choice"))
    return found


def customer_is_guest(
    customer: Mapping[str, Any], row: BookingRow, request: BookingRequest, *, known: bool = False
) -> list[Breach]:
    """The booking belongs to its own guest among the restaurant's customers.

    A guest whom the restaurant has `known` by one half of the contact may be kept under the other half of before.
    """
    same_email, same_phone = _same_contact(customer, request)
    if customer.get("account"):
        return [Breach("customer_has_account", "it was put into an account, and its guest has not signed in")]
    if customer.get("arrived") and row.status in BLOCKING:
        return [Breach("customer_arrived", "its guest is recorded as arrived")]
    if not (same_email or same_phone):
        return [Breach("customer_is_another", "it belongs to another customer than its guest")]
    if customer.get("restaurant_id") != row.restaurant_id:
        return [Breach("customer_of_another_house", "it belongs to its guest as a customer of another restaurant")]
    if not known and same_email and not same_phone:
        return [_customer_differs("customer_phone_differs", "phone number")]
    return []


def _customer_differs(code: str, what: str) -> Breach:
    return Breach(code, f"the customer it belongs to has another {what} than its guest")


def _same_contact(customer: Mapping[str, Any], request: BookingRequest) -> tuple[bool, bool]:
    """Whether the e-mail is the guest's, and the phone number."""
    same_phone = _digits(customer.get("phone")) == _digits(request.phone)
    return customer.get("email") == request.email.strip().lower(), same_phone


def wishes_kept(row: BookingRow, request: BookingRequest) -> list[Breach]:
    """What the guest asked for beside the time."""
    occasion = stored_type(request.booking_type, request.time)
    return [
        *_stored("party_not_stored", "number of guests", row.party_size, request.party),
        *_stored("seating_not_stored", "seating wish", row.seating_preference, request.seating),
        *_stored("notes_not_stored", "notes", row.notes or None, request.notes or None),
        *_stored("marketing_not_stored", "marketing choice", row.marketing_opt_in, request.marketing_opt_in),
        *_stored("occasion_not_stored", "occasion", row.booking_type, occasion),
    ]


def times_kept(
    row: BookingRow, request: BookingRequest, restaurant: Restaurant, stay_minutes: Mapping[str, int] = STAY_MINUTES
) -> list[Breach]:
    """The restaurant; day, start and end by its wall clock; and the instants, which are those of what is stored. How
    long a booking lasts decides its end: where that is not known, any end will do.
    """
    if row.restaurant_id != restaurant.id:
        return [Breach("restaurant_not_stored", f"it is booked at another restaurant than {restaurant.name}")]
    zone = ZoneInfo(restaurant.timezone)
    lasts = stay_minutes.get(stored_type(request.booking_type, request.time))
    start = datetime.datetime.combine(request.date, request.time)
    ends = row.end_time if lasts is None else (start + datetime.timedelta(minutes=lasts)).time()
    last_day = row.date if row.end_time > row.start_time else row.date + datetime.timedelta(days=1)
    return [
        *_stored("day_not_stored", "day", row.date, request.date),
        *_stored("start_not_stored", "start", row.start_time, request.time),
        *_stored("end_not_stored", "end", row.end_time, ends),
        *_by_clock("start_in_zone_not_stored", "starts", row.start_at, (row.date, row.start_time, zone)),
        *_by_clock("end_in_zone_not_stored", "ends", row.end_at, (last_day, row.end_time, zone)),
    ]


def _by_clock(
    code: str, happens: str, kept: datetime.datetime | None, local: tuple[datetime.date, datetime.time, ZoneInfo]
) -> list[Breach]:
    """The breach of an instant that is another than the stored day and time stand for at the restaurant. Where its
    clocks are set back they stand for two, and either is right; Python finds neither equal to an instant elsewhere.
    """
    meant = datetime.datetime.combine(*local)
    if kept is not None and kept in {meant.replace(fold=fold).astimezone(datetime.UTC) for fold in _shown_at(meant)}:
        return []
    shown = "at no time" if kept is None else f"on {quoted(kept.astimezone(meant.tzinfo))}"
    return [Breach(code, f"by the restaurant's clock it {happens} {shown} instead of {quoted(meant)}")]


def _shown_at(local: datetime.datetime) -> Sequence[Literal[0, 1]]:
    """Which of the two instants that a local time may stand for it does: the second one only where clocks are set back,
    not where they are put forward.
    """
    first, second = (local.replace(fold=fold).utcoffset() for fold in (0, 1))
    return (0, 1) if first is not None and second is not None and first > second else (0,)


def _stored(code: str, what: str, kept: Any, asked: Any) -> list[Breach]:
    """The breach of a fact that is not kept as it was asked for."""
    if kept == asked:
        return []
    are, since = "are" if what == "notes" else "is", _first_difference(kept, asked)
    return [Breach(code, f"the {what} {are} stored as {quoted(kept, since)} instead of {quoted(asked, since)}")]


def _first_difference(kept: Any, asked: Any) -> int:
    """From where on long texts are quoted, so that a quotation shows where they differ; 0 for short ones."""
    if not (isinstance(kept, str) and isinstance(asked, str)) or max(len(kept), len(asked)) <= QUOTED:
        return 0
    pairs = enumerate(zip(kept, asked, strict=False))
    differ_at = next((at for at, (one, other) in pairs if one != other), min(len(kept), len(asked)))
    return max(0, differ_at - QUOTED // 4)


def _digits(phone: Any) -> str:
    return "".join(character for character in str(phone) if character.isdigit())
