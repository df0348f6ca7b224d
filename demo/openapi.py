"""The public API description: what each route takes and answers, as JSON Schema (docs/platform.md has the words)."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_NULLABLE_TEXT: Schema = {"type": ["string", "null"]}
DATE: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "examples": ["2027-05-05"]}
_CLOCK: Schema = {"type": "string", "pattern": r"^\d{2}:\d{2}$"}


def _object(required: list[str], **properties: Schema) -> Schema:
    return {"type": "object", "required": required, "properties": properties}


ERROR = _object(["error"], error=_TEXT, code=_TEXT, details={"type": "object"}, retryAfter={"type": "integer"})
BOOKING = _object(
    ["id", "restaurant_id", "status", "reference", "booking_date", "start_time", "end_time", "party_size"],
    id={"type": "string", "format": "uuid"},
    restaurant_id={"type": "string", "format": "uuid"},
    status={"enum": ["pending", "pending_allocation", "confirmed", "cancelled", "completed", "no_show", "checked_in"]},
    reference={"type": "string", "minLength": 10, "maxLength": 10},
    booking_date=DATE,
    start_time=_TEXT,
    end_time=_TEXT,
    party_size={"type": "integer", "minimum": 1},
    notes=_NULLABLE_TEXT,
    marketing_opt_in={"type": "boolean"},
)
BOOKINGS = _object(["bookings"], bookings={"type": "array", "items": BOOKING})
BOOKED = _object(
    ["booking", "confirmationToken", "bookings", "clientRequestId", "idempotencyKey", "duplicate"],
    booking=BOOKING,
    confirmationToken=_NULLABLE_TEXT,
    loyaltyPointsAwarded={"type": "number"},
    bookings={"type": "array", "items": BOOKING},
    clientRequestId=_TEXT,
    idempotencyKey=_NULLABLE_TEXT,
    duplicate={"type": "boolean"},
    capacity={"type": "null"},
)
REQUEST = _object(
    ["date", "time", "party", "bookingType", "seating", "name", "email", "phone"],
    restaurantId={"type": "string", "format": "uuid"},
    restaurantSlug={"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "examples": ["demo-restaurant"]},
    date=DATE,
    time={**_CLOCK, "examples": ["19:00"]},
    party={"type": "integer", "minimum": 1, "examples": [4]},
    bookingType={"enum": ["lunch", "dinner", "drinks"]},
    seating={"enum": ["any", "indoor", "outdoor"]},
    notes={"type": ["string", "null"], "maxLength": 500},
    name={"type": "string", "minLength": 2, "maxLength": 120, "examples": ["Test Guest"]},
    email={"type": "string", "format": "email", "examples": ["guest@example.com"]},
    phone={"type": "string", "minLength": 7, "maxLength": 20, "examples": ["+447700900123"]},
    marketingOptIn={"type": "boolean", "default": False},
)
CONFIRMATION = _object(
    ["booking"],
    booking=_object(["id", "reference", "status"], id=_TEXT, reference=_TEXT, restaurantName=_TEXT, status=_TEXT),
)
RESTAURANTS = _object(
    ["data"],
    data={
        "type": "array",
        "items": _object(
            ["id", "name", "slug", "timezone", "capacity"],
            id=_TEXT,
            name=_TEXT,
            slug=_TEXT,
            timezone=_TEXT,
            capacity={"type": ["integer", "null"]},
        ),
    },
)
SCHEDULE = _object(
    ["restaurantId", "date", "timezone", "intervalMinutes", "isClosed", "window", "slots"],
    restaurantId=_TEXT,
    date=DATE,
    timezone=_TEXT,
    intervalMinutes={"type": "integer"},
    isClosed={"type": "boolean"},
    window=_object(["opensAt", "closesAt"], opensAt=_NULLABLE_TEXT, closesAt=_NULLABLE_TEXT),
    slots={
        "type": "array",
        "items": _object(["value", "bookingOption"], value=_CLOCK, bookingOption=_TEXT, disabled={"type": "boolean"}),
    },
)
MASK = _object(
    ["timezone", "from", "to", "closedDaysOfWeek", "closedDates"],
    timezone=_TEXT,
    closedDaysOfWeek={"type": "array", "items": {"type": "integer"}},
    closedDates={"type": "array", "items": DATE},
    **{"from": DATE, "to": DATE},
)
AVAILABILITY = _object(
    ["restaurantId", "date", "time", "partySize", "available", "reason", "metadata"],
    restaurantId=_TEXT,
    date=DATE,
    time=_CLOCK,
    partySize={"type": "integer"},
    available={"type": "boolean"},
    reason=_NULLABLE_TEXT,
    metadata={"type": "object"},
)
ALIVE = _object(["ok"], ok={"type": "boolean"})


def answers(**by_status: Schema) -> dict[int | str, dict[str, Any]]:
    """The documented answers of a route: `answers(s200=SCHEMA, s404=ERROR)`."""
    return {
        int(status.removeprefix("s")): {
            "description": "Done" if status.startswith("s2") else "Refused",
            "content": {"application/json": {"schema": schema}},
        }
        for status, schema in by_status.items()
    }


def body(schema: Schema) -> dict[str, Any]:
    """A route's JSON body."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def query(**parameters: Schema) -> dict[str, Any]:
    """A route's query parameters, read from the raw request."""
    listed = [{"name": name, "in": "query", "required": False, "schema": schema} for name, schema in parameters.items()]
    return {"parameters": listed}
