"""Requests, answers and statuses as the suite understands them; docs/platform.md states the facts behind each.

Answers are read leniently (a field more is no defect), but the fields a verdict hangs on are typed.
"""

from __future__ import annotations

import datetime
import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.alias_generators import to_camel

from bookingflow.core.errors import BehindWall
from bookingflow.core.patterns import pattern
from bookingflow.platform.business_rules import LAST_MINUTE, service_at

BookingType = Literal["lunch", "dinner", "drinks"]
Seating = Literal["any", "indoor", "outdoor"]

IN_PROGRESS = frozenset({"pending", "pending_allocation"})
"""Statuses from which a booking may still be confirmed (docs/platform.md, "Life cycle")."""
CREATED, REPEATED, SERVER_ERROR = 201, 200, 500
"""How a new booking is answered, and a request that was sent before; from where on an answer is an error."""
CONFIRMED, CANCELLED, CHECKED_IN = "confirmed", "cancelled", "checked_in"
CAPACITY_EXCEEDED = "CAPACITY_EXCEEDED"
SERVICE_PERIOD = "SERVICE_PERIOD"
BLOCKING = IN_PROGRESS | {CONFIRMED}
"""Statuses whose tables are taken."""


class BookingRequest(BaseModel):
    """What a guest asks for; sent as it stands, absent fields left out (null is legal only for notes)."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    restaurant_slug: str | None = None
    restaurant_id: UUID | None = None
    date: datetime.date
    time: datetime.time
    party: int
    booking_type: BookingType
    seating: Seating = "any"
    notes: str | None = None
    name: str
    email: str
    phone: str
    marketing_opt_in: bool = False

    def payload(self) -> dict[str, Any]:
        """The JSON body."""
        body = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        body["time"] = self.time.strftime("%H:%M")
        return body


class Answered(BaseModel):
    """The part of a success body that the flow follows (docs/platform.md, "Success")."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, populate_by_name=True)

    class Booking(BaseModel):
        """The booking as the answer shows it."""

        model_config = ConfigDict(extra="ignore")

        id: UUID
        status: str
        reference: str | None = None

    booking: Booking
    duplicate: bool = False


class Refusal(BaseModel):
    """A 4xx body: a text for people, mostly a code, sometimes details.

    Unified validation says the same by `issues`; text, code and details are then those of the first.
    """

    model_config = ConfigDict(defer_build=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)

    error: str
    code: str | None = None
    details: dict[str, Any] | None = None
    retry_after: float | None = None
    issues: tuple[Any, ...] = ()

    @property
    def house_full(self) -> bool:
        """Whether unified validation refused a party that does not fit any more (docs/platform.md, "Refusals")."""
        return self.code == CAPACITY_EXCEEDED

    @property
    def not_served(self) -> bool:
        """Whether unified validation refused an occasion at a time for another (docs/platform.md, "Refusals")."""
        return self.unified and self.code == SERVICE_PERIOD

    @property
    def not_open(self) -> bool:
        """Whether it was refused for the restaurant's hours (docs/platform.md, "Refusals")."""
        return self.code in {"OPERATING_HOURS_CLOSED", "CLOSED_DATE", "OUTSIDE_HOURS"}

    @property
    def unified(self) -> bool:
        """Whether unified validation refused: by codes of its own (docs/platform.md, "Refusals")."""
        return bool(self.issues)

    @model_validator(mode="before")
    @classmethod
    def _of_issues(cls, body: Any) -> Any:
        if not isinstance(body, dict) or "issues" not in body:
            return body
        issues = body["issues"] if isinstance(body["issues"], list) else []
        first = next((issue for issue in issues if isinstance(issue, dict)), None)
        if first is None or isinstance(body.get("error"), str):
            return {name: value for name, value in body.items() if name != "issues"}
        message, code, details = first.get("message"), first.get("code"), first.get("detail")
        return {
            **body,
            "error": message if isinstance(message, str) else "",
            "code": code if isinstance(code, str) else None,
            "details": details if isinstance(details, dict) else None,
        }


class ScheduleSlot(BaseModel):
    """One bookable time of a day."""

    model_config = ConfigDict(defer_build=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)

    value: datetime.time
    booking_option: str
    period_id: str | None = None
    disabled: bool = False

    @property
    def period(self) -> str:
        """Its service period: the platform's own, or lunch or dinner where it names none."""
        return self.period_id or service_at(self.value)


class ScheduleWindow(BaseModel):
    """The hours between which a restaurant is open."""

    model_config = ConfigDict(defer_build=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)

    opens_at: datetime.time | None = None
    closes_at: datetime.time | None = None

    @field_validator("closes_at", mode="before")
    @classmethod
    def _midnight(cls, said: Any) -> Any:
        """A day may last until 24:00."""
        return LAST_MINUTE if said in ("24:00", "24:00:00") else said


class Schedule(BaseModel):
    """A restaurant's day (docs/platform.md, "Schedule")."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, populate_by_name=True)

    restaurant_id: UUID
    date: datetime.date
    timezone: str
    interval_minutes: int
    last_seating_buffer_minutes: int | None = None
    window: ScheduleWindow | None = None
    is_closed: bool
    slots: list[ScheduleSlot] = Field(default_factory=list)

    def open_slots(self) -> list[ScheduleSlot]:
        """The slots a guest may ask for, in the order of the day."""
        open_slots = [] if self.is_closed else [slot for slot in self.slots if not slot.disabled]
        return sorted(open_slots, key=lambda slot: slot.value)


Model = TypeVar("Model", bound=BaseModel)
_HALF = pattern("[\ud800-\udfff]")

MOST_DIGITS = 15
"""Of a number in a header: an instant in milliseconds has 13."""
TIME_UP = "time is up"
"""What became of an exchange that its deadline cut off."""


@dataclass(frozen=True)
class HttpMetrics:
    """One exchange with the API: sizes in bytes of the bodies, `status` None when no answer came."""

    method: str
    path: str
    status: int | None
    request_bytes: int
    response_bytes: int
    duration_ms: float

    def as_json(self) -> dict[str, Any]:
        """Return the dict that a record has of it, names spelled as the platform's own logs spell them."""
        return {
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "requestBytes": self.request_bytes,
            "responseBytes": self.response_bytes,
            "durationMs": round(self.duration_ms, 1),
        }


REQUEST_IDS = ("x-request-id", "x-vercel-id", "cf-ray")
"""Headers that name a request in the logs of the platform, of Vercel, of Cloudflare."""


@dataclass(frozen=True)
class Exchange:
    """One request and what came back, unsanitized: what shows it goes through the sanitizer."""

    metrics: HttpMetrics
    request_headers: Mapping[str, str]
    request_body: Any
    response_headers: Mapping[str, str]
    """By their names in lower case."""
    response_text: str
    problem: str | None = None
    connected: bool = True
    trouble: str = ""
    """Why no answer came, as `http_problems.trouble_of` names it."""
    unreadable: bool = False
    """Whether the body is not in the form (Content-Encoding) that it is marked with."""
    own_servers: frozenset[str] = frozenset()
    """What the platform's own answers name as their server, "" for none; empty where no such answer is known."""

    @property
    def status(self) -> int | None:
        """The HTTP status, None when there was no answer."""
        return self.metrics.status

    @property
    def is_error(self) -> bool:
        """Whether the platform, or what stands before it, answered that it failed (5xx)."""
        return (self.status or 0) >= SERVER_ERROR

    @property
    def said(self) -> str:
        """What came back, in a few words: why nothing did, else the status."""
        return self.problem or f"HTTP {self.status}"

    def json(self) -> Any:
        """The body as JSON, the same object each time; None when it is none."""
        return self._body

    @functools.cached_property
    def _body(self) -> Any:
        try:
            return json.loads(self.response_text, parse_constant=_no_json)
        except (ValueError, RecursionError):
            return None

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is none."""
        body = self.json()
        return body if isinstance(body, dict) else {}

    @functools.cached_property
    def parts(self) -> frozenset[str]:
        """What stands between the body's quotation marks, as it is written, each once: a day's answer repeats a few
        words hundreds of times.
        """
        return frozenset(self.response_text.split('"'))

    def header(self, wanted: str) -> str:
        """A header of the answer by its name in lower case, empty when there is none."""
        return self.response_headers.get(wanted, "")

    @property
    def age_s(self) -> int:
        """Seconds for which a cache has kept the answer, by its own header; 0 where it names none."""
        age = self.header("age").strip()
        return int(age) if age.isascii() and age.isdigit() and len(age) <= MOST_DIGITS else 0

    def request_ids(self) -> dict[str, str]:
        """The ids under which the platform, and what stands before it, log this request."""
        return {name: value for name in REQUEST_IDS if (value := self.header(name))}

    def evidence(self) -> dict[str, Any]:
        """Return the exchange as one object that people read."""
        body = self.json()
        return {
            "request": {
                "method": self.metrics.method,
                "path": self.metrics.path,
                "headers": dict(self.request_headers),
                "body": self.request_body,
            },
            "response": {
                "status": self.status,
                "headers": dict(self.response_headers),
                "body": self.response_text if body is None else body,
                "problem": self.problem,
            },
            "durationMs": round(self.metrics.duration_ms, 1),
        }


@dataclass(frozen=True)
class Accepted:
    """The platform took the booking; `status` as its answer says."""

    exchange: Exchange
    booking_id: str
    status: str
    duplicate: bool

    @property
    def repeats(self) -> bool:
        """Whether the answer says, in its body or by its status, that the request was sent before."""
        return self.duplicate or self.exchange.status == REPEATED


@dataclass(frozen=True)
class Refused:
    """The platform said no; nothing may be stored."""

    exchange: Exchange
    refusal: Refusal


@dataclass(frozen=True)
class RateLimited:
    """Too many requests; seconds to wait, when the platform says."""

    exchange: Exchange
    retry_after: float | None


@dataclass(frozen=True)
class AnswerLost:
    """The request was sent and no usable answer came; whether a booking was made only the database knows."""

    exchange: Exchange
    reason: str


@dataclass(frozen=True)
class Walled(AnswerLost):
    """What stands before the platform answered (`walls`); behind a gateway a booking may have been made."""

    hint: str
    code: str = BehindWall.code

    @property
    def with_hint(self) -> str:
        """What answered, and what can be done about it, without the last full stop."""
        return f"{self.reason}. {self.hint}".rstrip(".")


@dataclass(frozen=True)
class NotSent:
    """No connection: nothing can have been booked."""

    exchange: Exchange
    reason: str


SubmitResult = Accepted | Refused | RateLimited | AnswerLost | NotSent


@dataclass(frozen=True)
class ShownDay:
    """A restaurant's day, as everybody may see it."""

    slug: str
    date: datetime.date
    schedule: Schedule
    exchange: Exchange


def parsed(model: type[Model], exchange: Exchange, *, ok_only: bool = True) -> Model | None:
    """The body as this model; None when it is none, or, `ok_only`, not that of a success."""
    if ok_only and (exchange.status is None or not 200 <= exchange.status < 300):
        return None
    try:
        return model.model_validate_json(exchange.response_text)
    except ValidationError:
        return _with_halves(model, exchange)


def _with_halves(model: type[Model], exchange: Exchange) -> Model | None:
    """The body as this model where halves of characters, shown as their escapes, stand in it: browsers read them,
    pydantic does not.
    """
    if "\\ud" not in exchange.response_text.lower():
        return None
    text = json.dumps(exchange.json(), ensure_ascii=False)
    try:
        return model.model_validate_json(_HALF.sub(lambda half: f"\\\\u{ord(half.group()):04x}", text))
    except ValidationError:
        return None


def _no_json(constant: str) -> None:
    """Refuse NaN and Infinity, which Python takes for JSON and no browser does."""
    raise ValueError(constant)


def as_id(shown: Any) -> Any:
    """An id of an answer as the database writes it: in capitals it is the same one. What is no text is left alone."""
    return shown.lower() if isinstance(shown, str) else shown


FIELDS: Mapping[str, str] = {
    "date": "date",
    "time": "time",
    "party": "party",
    "occasion": "bookingType",
    "seating": "seating",
    "notes": "notes",
    "name": "name",
    "e-mail": "email",
    "phone": "phone",
    "restaurant id": "restaurantId",
    "restaurant name": "restaurantSlug",
}
"""Words for the fields a refusal may name."""

CLOSED_ACTS: Mapping[str, tuple[str, str]] = {
    "read": ("GET", ""),
    "read the history of": ("GET", "/history"),
    "change": ("PUT", ""),
    "cancel": ("DELETE", ""),
}
STAFFS_ACTS: Mapping[str, tuple[str, str]] = {
    "read the history of": ("GET", "/history"),
    "see the tables of": ("GET", "/manual-context"),
    "change": ("PATCH", ""),
    "cancel": ("DELETE", ""),
    "take the tables from": ("DELETE", "/assign-tables"),
}
"""What only a restaurant's staff may do with a booking."""
CLOSED_LISTS: Mapping[str, str] = {
    "a guest's own bookings": "/api/bookings?me=1",
    "the restaurant's bookings": "/api/ops/bookings?restaurantId={restaurant_id}",
}
"""What needs a session (docs/platform.md, "Reading")."""
TIMES_OF_NOBODY: Mapping[str, Mapping[str, str]] = {
    "a restaurant that does not exist": {"slug": "no-such-restaurant-anywhere"},
    "a day that is none": {"day": "a-day"},
}
"""Whose times nobody can be shown, and what is asked for instead of the scenario's own restaurant or day."""
