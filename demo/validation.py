"""The request body: each field's rule and the text of its refusal (docs/platform.md, "Request")."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

_UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", re.IGNORECASE)
_SLUG = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_TIME = r"^\d{2}:\d{2}$"
_EMAIL = re.compile(r"^[A-Za-z0-9_'+\-.]+@[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$")
LONGEST_PHONE = 20
"""As the database keeps it (docs/platform.md, "Request")."""
LARGEST_PARTY = 2**31 - 1
"""The largest number that the column holds."""
LARGEST_CHANGE = 12
"""The largest party that a guest can change a booking to."""
NO_CALENDAR_DAY = "not a day of the calendar"

FieldErrors = dict[str, list[str]]


@dataclass(frozen=True)
class Wanted:
    """A valid request."""

    restaurant_id: UUID | None
    slug: str | None
    date: datetime.date
    time: str
    party: int
    booking_type: str
    seating: str
    notes: str | None
    name: str
    email: str
    phone: str
    marketing_opt_in: bool
    arrived: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))
    """By the real clock, as the database has it."""


class Invalid(Exception):
    """The request is refused; `errors` by field."""

    def __init__(self, errors: FieldErrors) -> None:
        super().__init__("Invalid payload")
        self.errors = errors


def parse(body: Any) -> Wanted:
    """Return the request; raises Invalid with the mistakes of every field."""
    fields = body if isinstance(body, dict) else {}
    errors: FieldErrors = {}

    def take(name: str, check: Callable[[Any], Any]) -> Any:
        try:
            return check(fields.get(name, _ABSENT))
        except ValueError as error:
            errors[name] = [str(error)]
            return None

    restaurant_id = take("restaurantId", _optional(_uuid))
    slug = take("restaurantSlug", _optional(_pattern(_SLUG, ignore_case=True)))
    date = take("date", _calendar_date)
    time = take("time", _pattern(_TIME))
    party = take("party", _party)
    booking_type = take("bookingType", _one_of("lunch", "dinner", "drinks"))
    seating = take("seating", _one_of("any", "indoor", "outdoor"))
    notes = take("notes", lambda value: None if value in (_ABSENT, None) else _text(0, 500)(value))
    name = take("name", _text(2, 120))
    email = take("email", _email)
    phone = take("phone", _phone)
    if errors:
        raise Invalid(errors)
    return Wanted(
        restaurant_id=restaurant_id,
        slug=slug.strip().lower() if slug else None,
        date=date,
        time=time,
        party=party,
        booking_type=booking_type,
        seating=seating,
        notes=notes,
        name=name,
        email=email.strip().lower(),
        phone=phone.strip(),
        # Truthiness, as the platform coerces it: the text "false" is true.
        marketing_opt_in=bool(fields.get("marketingOptIn", False)),
    )


def is_change(body: Any) -> bool:
    """Whether this is a valid change: the fields of the guest's own page, or those of a booking."""
    if not isinstance(body, dict) or "startIso" not in body:
        try:
            parse(body)
        except Invalid:
            return False
        return True
    notes = body.get("notes")
    try:
        for name in ("startIso", "endIso"):
            if body.get(name) is not None:
                datetime.datetime.fromisoformat(_string(body[name]))
        party = _party(body.get("partySize"))
    except ValueError:
        return False
    return party <= LARGEST_CHANGE and (notes is None or isinstance(notes, str))


@dataclass(frozen=True)
class Contact:
    """The contact whose bookings are requested."""

    email: str
    phone: str
    restaurant_id: UUID | None


def parse_contact(query: dict[str, str]) -> Contact:
    """Return the contact of a lookup; raises Invalid."""
    errors: FieldErrors = {}
    found: dict[str, Any] = {}
    for name, check in (("email", _email), ("phone", _text(7, 50)), ("restaurantId", _optional(_uuid))):
        given: Any = query.get(name, _ABSENT if name == "restaurantId" else None)
        try:
            found[name] = check(given)
        except ValueError as error:
            errors[name] = [str(error)]
    if errors:
        raise Invalid(errors)
    return Contact(found["email"], found["phone"], found["restaurantId"])


def parse_date(text: str, name: str = "date") -> datetime.date:
    """Return a day from a query; raises Invalid with the parameter's name."""
    try:
        return _calendar_date(text)
    except ValueError as error:
        raise Invalid({name: [str(error)]}) from None


@dataclass(frozen=True)
class AvailabilityQuery:
    """A valid availability query."""

    restaurant_id: UUID | None
    date: datetime.date
    time: datetime.time
    party: int


LARGEST_CHECK = 50


def parse_availability(query: dict[str, str]) -> AvailabilityQuery:
    """Return the query of an availability check; raises Invalid."""
    errors: FieldErrors = {}
    found: dict[str, Any] = {}
    checks: dict[str, Callable[[Any], Any]] = {
        "restaurantId": _optional(_uuid),
        "date": _calendar_date,
        "time": _clock_time,
        "partySize": _party_of_a_check,
    }
    for name, check in checks.items():
        try:
            found[name] = check(query.get(name, _ABSENT))
        except ValueError as error:
            errors[name] = [str(error)]
    if errors:
        raise Invalid(errors)
    return AvailabilityQuery(found["restaurantId"], found["date"], found["time"], found["partySize"])


def _clock_time(value: Any) -> datetime.time:
    return datetime.time.fromisoformat(_pattern(_TIME)(value))


def _party_of_a_check(value: Any) -> int:
    party = _party(value)
    if party > LARGEST_CHECK:
        raise ValueError(f"Too big: expected number to be <={LARGEST_CHECK}")
    return party


_ABSENT = object()


def _kind(value: Any) -> str:
    if value is _ABSENT:
        return "undefined"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "array" if isinstance(value, list) else "object" if isinstance(value, dict) else "string"


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"Invalid input: expected string, received {_kind(value)}")  # noqa: TRY004 - collected above
    if "\x00" in value:
        raise ValueError("Invalid string: must not contain null characters")
    return value


def _optional(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is _ABSENT else check(value)


def _pattern(pattern: str, *, ignore_case: bool = False) -> Callable[[Any], str]:
    compiled = re.compile(pattern, re.IGNORECASE | re.ASCII if ignore_case else re.ASCII)

    def check(value: Any) -> str:
        text = _string(value)
        if not compiled.fullmatch(text):
            raise ValueError(f"Invalid string: must match pattern /{pattern}/{'i' if ignore_case else ''}")
        return text

    return check


def _uuid(value: Any) -> UUID:
    text = _string(value)
    if not _UUID.fullmatch(text):
        raise ValueError("Invalid UUID")
    return UUID(text)


def _calendar_date(value: Any) -> datetime.date:
    text = _pattern(_DATE)(value)
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"Invalid date: {NO_CALENDAR_DAY}") from None


def _party(value: Any) -> int:
    if isinstance(value, str):
        try:
            value = float(value) if value.strip() else 0
        except ValueError:
            raise ValueError("Invalid input: expected number, received NaN") from None
    number = 0 if value in (_ABSENT, None) else value
    if isinstance(number, list | dict) or number != number:
        raise ValueError("Invalid input: expected number, received NaN")
    if isinstance(number, float) and not number.is_integer():
        raise ValueError("Invalid input: expected int, received number")
    if number < 1:
        raise ValueError("Too small: expected number to be >=1")
    if number > LARGEST_PARTY:
        raise ValueError(f"Too big: expected number to be <={LARGEST_PARTY}")
    return int(number)


def _one_of(*options: str) -> Callable[[Any], str]:
    listed = "|".join(f'"{option}"' for option in options)

    def check(value: Any) -> str:
        if value not in options:
            raise ValueError(f"Invalid option: expected one of {listed}")
        return str(value)

    return check


def _text(shortest: int, longest: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        text = _string(value)
        if len(text) < shortest:
            raise ValueError(f"Too small: expected string to have >={shortest} characters")
        if len(text) > longest:
            raise ValueError(f"Too big: expected string to have <={longest} characters")
        return text

    return check


def _email(value: Any) -> str:
    text = _string(value)
    if not _EMAIL.fullmatch(text) or ".." in text:
        raise ValueError("Invalid email address")
    return text


def _phone(value: Any) -> str:
    text = _text(7, 50)(value)
    # The database keeps 7 to 20 characters; a refusal says so, instead of an error of the database.
    if not 7 <= len(text.strip()) <= LONGEST_PHONE:
        raise ValueError(f"Too big: expected string to have <={LONGEST_PHONE} characters")
    return text
