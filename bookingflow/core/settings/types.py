"""Types of settings: how each is written, and the sentence for what is not written so.

A validator raises ValueError with a sentence that begins with "must" and never shows the value.
"""

from __future__ import annotations

import datetime
import os
import shlex
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator

from bookingflow.core.network.database_addresses import DatabaseAddress
from bookingflow.core.network.libpq import SERVICE_VARIABLES
from bookingflow.core.network.web_addresses import WebAddress
from bookingflow.core.patterns import EMAIL, pattern
from bookingflow.core.text import clock_time

EXPECTABLE = frozenset({"background_job", "rate_limit", "past_blocking", "merges", "seating", "exclusive_restaurant"})
"""What a live platform may have switched off (tags `@uses.<name>`); docs/live-platform.md explains each."""

_SEPARATOR = pattern(r"[,\s]+")
_UNFILLED = pattern(r"(?:\A|/)\$[\w{(]|%[A-Za-z_]\w*+%|\A\w{2,9}:/", adversarial=("%", "%a", "/$"))
_SLUG = pattern(r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
_DAYS_A_CALENDAR_DAY_MAY_LAG = 1
_TRACE_ID = "{trace_id}"
_HEADER_NAME = pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A token of RFC 9110."""
AUTHORIZATION = "Authorization"
_OWN_HEADERS = frozenset(
    {
        "idempotency-key",
        "x-correlation-id",
        "traceparent",
        "content-type",
        "content-length",
        "transfer-encoding",
        "connection",
    }
)
"""What a promise is about, or what the connection itself needs."""


def _http_url(value: str) -> str:
    WebAddress.read(value)
    return value


def _root_url(value: str) -> str:
    if "?" in value or "#" in value:
        raise ValueError("must be the root address alone, without ? and #")
    address = WebAddress.read(value)
    if address.user is not None:
        raise ValueError(f"must be without user and password where BOOKING_API_HEADERS has {AUTHORIZATION}")
    return address.url.rstrip("/")


def _database_url(value: str) -> str:
    # libpq's other variables count on a live platform only: a demo sees none.
    DatabaseAddress.read(value, {name: os.environ[name] for name in SERVICE_VARIABLES if name in os.environ})
    return value


def _slug(value: str) -> str:
    value = value.strip().lower()
    if not _SLUG.match(value):
        raise ValueError("must be words of letters and digits joined by hyphens, such as demo-restaurant")
    return value


def _iso_date(value: Any) -> Any:
    if isinstance(value, str):
        written = value
        try:
            value = datetime.date.fromisoformat(written)
        except ValueError:
            value = None
        if value is None or value.isoformat() != written:
            raise ValueError("must be a day of the calendar written YYYY-MM-DD")
    # Somewhere on earth it may still be yesterday; the restaurant's own zone decides when its clock is known.
    if value < datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=_DAYS_A_CALENDAR_DAY_MAY_LAG):
        raise ValueError("must not lie in the past")
    return value


def _clock_time(value: Any) -> Any:
    return clock_time(value) if isinstance(value, str) else value


def _identifier(value: Any) -> Any:
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        raise ValueError("must be a uuid such as 8dcb19c3-d767-4993-9b91-4655a4d95921") from None


def _email(value: str) -> str:
    if not EMAIL.fullmatch(value):
        raise ValueError("must be an e-mail address")
    if not value.isascii():
        raise ValueError("must be an e-mail address in plain ASCII, as the platform takes it")
    return value


def _phone(value: str) -> str:
    if not 7 <= len(value.strip()) <= 20 or not any(character.isdigit() for character in value):
        raise ValueError("must be a phone number of 7 to 20 characters")
    return value.strip()


def _names(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(name for name in _SEPARATOR.split(value) if name)
    return value


def _expectable(value: tuple[str, ...]) -> tuple[str, ...]:
    for number, name in enumerate(value, start=1):
        if name not in EXPECTABLE:
            raise ValueError(f"must be names out of {', '.join(sorted(EXPECTABLE))}; number {number} is none of them")
    return value


def _job_command(value: str) -> str:
    try:
        words = shlex.split(value)
    except ValueError:
        raise ValueError("must have its quotes in pairs, as for a shell") from None
    if not any("{booking_id}" in word for word in words):
        raise ValueError("must contain {booking_id}, which is replaced by the booking's id")
    return value


def read_headers(value: Any) -> Any:
    """`Name: value`, one a line, or separated by `;`."""
    if not isinstance(value, str):
        return value
    found: dict[str, str] = {}
    lines = value.splitlines() if "\n" in value.strip() else value.split(";")
    for number, line in enumerate(filter(str.strip, lines), start=1):
        name, colon, content = (part.strip() for part in line.partition(":"))
        if not colon and list(map(str.lower, found))[-1:] == ["cookie"]:  # its own parts are separated by ; too
            found[list(found)[-1]] += f"; {line.strip()}"
            continue
        if not colon or not content or not _HEADER_NAME.fullmatch(name):
            raise ValueError(
                f"must be headers written `Name: value`, one a line or separated by `;`; number {number} is not"
            )
        if not content.isascii() or not content.isprintable():
            raise ValueError(f"must be headers in plain ASCII; the value of number {number} is not")
        if name.lower() in _OWN_HEADERS:
            raise ValueError(f"must not set {name}, which the suite sets itself")
        if name.lower() in {other.lower() for other in found}:
            raise ValueError(f"must not name a header twice; number {number} is there already")
        found[name] = content
    return found


def _own_path(value: Path) -> Path:
    """The path with the home folder for ~; one that a shell would have filled in would become a folder of that name."""
    if _UNFILLED.search(str(value)):
        raise ValueError("must be a path as it is: no $NAME, no %NAME% and no file:// (.env fills in ${NAME})")
    try:
        return value.expanduser()
    except RuntimeError:
        raise ValueError("must be a path without ~ here: whose home folder that is can't be found out") from None


def _give_up(value: Any) -> Any:
    if isinstance(value, str):
        return None if value.lower() == "never" else value
    return value


def _trace_link(value: str) -> str:
    if _TRACE_ID not in value:
        raise ValueError(f"must contain {_TRACE_ID}, which is replaced by the id of the booking's trace")
    _http_url(value)
    return value


RootUrl = Annotated[str, AfterValidator(_root_url)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
TraceLink = Annotated[str, AfterValidator(_trace_link)]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
Headers = Annotated[dict[str, str], BeforeValidator(read_headers)]
OwnPath = Annotated[Path, AfterValidator(_own_path)]
Slug = Annotated[str, AfterValidator(_slug)]
Identifier = Annotated[UUID, BeforeValidator(_identifier)]
BookableDate = Annotated[datetime.date, BeforeValidator(_iso_date)]
ClockTime = Annotated[datetime.time, BeforeValidator(_clock_time)]
Email = Annotated[str, AfterValidator(_email)]
Phone = Annotated[str, AfterValidator(_phone)]
Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
Expected = Annotated[Names, AfterValidator(_expectable)]
JobCommand = Annotated[str, AfterValidator(_job_command)]
NumberOrNever = Annotated[int | None, BeforeValidator(_give_up)]
