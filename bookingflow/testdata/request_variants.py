"""What clients may send instead of a well-written booking, by the words sentences use for it.

Mistakes are refused, manners are understood.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Body = dict[str, Any]
Mistake = Callable[[Body], Any]


def _without(field: str) -> Mistake:
    return lambda body: {name: value for name, value in body.items() if name != field}


def _with(field: str, value: Any) -> Mistake:
    return lambda body: {**body, field: value}


def _to_restaurant(**named: str) -> Mistake:
    return lambda body: {
        **{name: value for name, value in body.items() if not name.startswith("restaurant")},
        **named,
    }


def _next_february_30(body: Body) -> Body:
    return {**body, "date": f"{int(str(body['date'])[:4]) + 1}-02-30"}


def _all_wrong(body: Body) -> Body:
    wrong = dict.fromkeys(("date", "time", "party", "bookingType", "seating", "name", "email", "phone"), "?")
    return {**body, **wrong}


MISTAKES: Mapping[str, Mistake] = {
    "no date": _without("date"),
    "a date written 24/12/2030": _with("date", "24/12/2030"),
    "a date with a time of day": lambda body: {**body, "date": f"{body['date']}T{body['time']}"},
    "a day that is not in the calendar": _next_february_30,
    "no time": _without("time"),
    "a time written 7 pm": _with("time", "7 pm"),
    "a time with seconds": _with("time", "19:00:00"),
    "the time 25:00": _with("time", "25:00"),
    "no number of guests": _without("party"),
    "no guests at all": _with("party", 0),
    "fewer than no guests": _with("party", -1),
    "two and a half guests": _with("party", 2.5),
    "a number of guests in words": _with("party", "four"),
    "no occasion": _without("bookingType"),
    "an occasion that is not offered": _with("bookingType", "brunch"),
    "no seating wish": _without("seating"),
    "a seat on the roof": _with("seating", "roof"),
    "notes of 501 characters": _with("notes", "n" * 501),
    "notes that are a number": _with("notes", 7),
    "no name": _without("name"),
    "a name of one letter": _with("name", "A"),
    "a name of 121 letters": _with("name", "A" * 121),
    "no e-mail": _without("email"),
    "an e-mail without an @": _with("email", "acceptance.example.com"),
    "no phone number": _without("phone"),
    "a phone number of six digits": _with("phone", "123456"),
    "a phone number of 30 digits": _with("phone", "1" * 30),
    "a phone number of 51 digits": _with("phone", "1" * 51),
    "everything wrong at once": _all_wrong,
    "a restaurant that does not exist": _to_restaurant(restaurantSlug="no-such-restaurant-anywhere"),
    "a restaurant id that does not exist": _to_restaurant(restaurantId="11111111-1111-4111-8111-111111111111"),
    "a restaurant id that is no id": _to_restaurant(restaurantId="restaurant-1"),
    "a restaurant name with spaces": _to_restaurant(restaurantSlug="the demo restaurant"),
    "an unreadable request": lambda _: b'{"date": ',
    "an empty request": lambda _: b"{}",
    "a list instead of a booking": lambda _: [],
}
"""docs/platform.md, "Request": each field's rule, and what lies beyond it."""

COUNTED = frozenset({"a day that is not in the calendar", "the time 25:00", "a phone number of 30 digits"})
"""Mistakes that pass the platform's schema, and so count for its limit; the others do not (docs/platform.md, "Rate
limits")."""

UNNAMED = "names no restaurant"
MANNERS: Mapping[str, Callable[[Body], Body]] = {
    "sends the number of guests as text": lambda body: {**body, "party": str(body["party"])},
    "sends empty notes as null": lambda body: {**body, "notes": None},
    "does not ask for a marketing choice": _without("marketingOptIn"),
    UNNAMED: _to_restaurant(),
    "sends a field that nobody knows": _with("utm_source", "newsletter"),
}
"""docs/platform.md, "Request": what is read all the same, and what is passed over."""
