"""The public API description: requests and answers of each route as JSON Schema (in words in docs/platform.md)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.routing import BaseRoute, Route

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
_NULLABLE_TEXT: Schema = {"type": ["string", "null"]}
DATE: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "examples": ["2027-05-05"]}
_CLOCK: Schema = {"type": "string", "pattern": r"^\d{2}:\d{2}$"}


def _object(required: list[str], **properties: Schema) -> Schema:
    return {"type": "object", "required": required, "properties": properties}


ERROR = _object(["error"], error=TEXT, code=TEXT, details={"type": "object"}, retryAfter={"type": "integer"})
BOOKING = _object(
    ["id", "restaurant_id", "status", "reference", "booking_date", "start_time", "end_time", "party_size"],
    id={"type": "string", "format": "uuid"},
    restaurant_id={"type": "string", "format": "uuid"},
    status={"enum": ["pending", "pending_allocation", "confirmed", "cancelled", "completed", "no_show", "checked_in"]},
    reference={"type": "string", "minLength": 10, "maxLength": 10},
    booking_date=DATE,
    start_time=TEXT,
    end_time=TEXT,
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
    clientRequestId=TEXT,
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
    booking=_object(["id", "reference", "status"], id=TEXT, reference=TEXT, restaurantName=TEXT, status=TEXT),
)
RESTAURANTS = _object(
    ["data"],
    data={
        "type": "array",
        "items": _object(
            ["id", "name", "slug", "timezone", "capacity"],
            id=TEXT,
            name=TEXT,
            slug=TEXT,
            timezone=TEXT,
            capacity={"type": ["integer", "null"]},
        ),
    },
)
SCHEDULE = _object(
    ["restaurantId", "date", "timezone", "intervalMinutes", "isClosed", "window", "slots"],
    restaurantId=TEXT,
    date=DATE,
    timezone=TEXT,
    intervalMinutes={"type": "integer"},
    isClosed={"type": "boolean"},
    window=_object(["opensAt", "closesAt"], opensAt=_NULLABLE_TEXT, closesAt=_NULLABLE_TEXT),
    slots={
        "type": "array",
        "items": _object(["value", "bookingOption"], value=_CLOCK, bookingOption=TEXT, disabled={"type": "boolean"}),
    },
)
MASK = _object(
    ["timezone", "from", "to", "closedDaysOfWeek", "closedDates"],
    timezone=TEXT,
    closedDaysOfWeek={"type": "array", "items": {"type": "integer"}},
    closedDates={"type": "array", "items": DATE},
    **{"from": DATE, "to": DATE},
)
AVAILABILITY = _object(
    ["restaurantId", "date", "time", "partySize", "available", "reason", "metadata"],
    restaurantId=TEXT,
    date=DATE,
    time=_CLOCK,
    partySize={"type": "integer"},
    available={"type": "boolean"},
    reason=_NULLABLE_TEXT,
    metadata={"type": "object"},
)
ALIVE = _object(["ok"], ok={"type": "boolean"})


class Described(Route):
    """A public route with its description; the endpoint's docstring is the summary."""

    def __init__(
        self,
        method: str,
        path: str,
        endpoint: Callable[[Request], Any],
        *,
        answers: Mapping[int, Schema],
        body: Schema | None = None,
        query: Mapping[str, Schema] | None = None,
    ) -> None:
        super().__init__(path, endpoint, methods=[method])
        in_path = [_parameter(name, "path", TEXT) for name in re.findall(r"{(\w+)}", path)]
        in_query = [_parameter(name, "query", schema) for name, schema in (query or {}).items()]
        self.method = method.lower()
        self.operation: Schema = {
            "summary": inspect.getdoc(endpoint),
            "operationId": endpoint.__name__,
            "parameters": in_path + in_query,
            "responses": {str(status): _answer(status, schema) for status, schema in answers.items()},
        }
        if body is not None:
            self.operation["requestBody"] = {"required": True, **_json(body)}


def description(title: str, routes: Iterable[BaseRoute]) -> Schema:
    """Return the OpenAPI document of the public routes among these."""
    paths: dict[str, Schema] = {}
    for route in routes:
        if isinstance(route, Described):
            paths.setdefault(route.path, {})[route.method] = route.operation
    return {"openapi": "3.1.0", "info": {"title": title, "version": "1"}, "paths": paths}


def _parameter(name: str, place: str, schema: Schema) -> Schema:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def _answer(status: int, schema: Schema) -> Schema:
    return {"description": "Done" if status < 300 else "Refused", **_json(schema)}


def _json(schema: Schema) -> Schema:
    return {"content": {"application/json": {"schema": schema}}}
