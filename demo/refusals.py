"""Why a booking is refused, and the answer (docs/platform.md, "Refusals")."""

from __future__ import annotations

import datetime
import json
import re
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from demo.hours import Day, hhmm, normalised_type
from demo.platform import Platform
from demo.response import ApiResponse, invalid_response
from demo.seed import DEMO_RESTAURANT_ID
from demo.validation import LONGEST_PHONE, NO_CALENDAR_DAY, Invalid, Wanted

HOURS_SENTENCES = {
    "CLOSED": "The restaurant is closed on the selected date.",
    "INVALID_TIME": "Selected time is invalid.",
    "OUTSIDE_WINDOW": "Selected time is outside operating hours.",
    "AFTER_CLOSE": "Selected time ends after closing.",
}


def invalid_booking(platform: Platform, body: Any, invalid: Invalid) -> ApiResponse:
    """Return 400 with the mistake of each field; with a defect on, 500 with the database's words, or a body that gives
    away what guests must not see.
    """
    wrong = {field: " ".join(messages) for field, messages in invalid.errors.items()}
    no_such_day, too_long = NO_CALENDAR_DAY in wrong.get("date", ""), f"<={LONGEST_PHONE}" in wrong.get("phone", "")
    if platform.defects.on("impossible-date-is-an-error") and no_such_day and len(wrong) == 1:
        return _database_error(platform, "22008", f'date/time field value out of range: "{body["date"]}"')
    if platform.defects.on("long-phone-is-an-error") and too_long and len(wrong) == 1:
        violated = 'new row for relation "customers" violates check constraint "customers_phone_check"'
        row = f"{uuid.uuid4()}, {DEMO_RESTAURANT_ID}, {body['name']}, {body['email']}, {body['phone']}, null, f"
        return _database_error(platform, "23514", violated, f"Failing row contains ({row}).")
    answer = invalid_response("Invalid payload", invalid)
    if platform.defects.on("secret-in-error"):
        answer.body["debug"] = f"connected to {platform.pool.conninfo}"
    if platform.defects.on("refusal-names-a-guest"):
        with platform.statement() as db:
            last = db.execute("SELECT customer_name FROM bookings ORDER BY created_at DESC LIMIT 1").fetchone()
        answer.body["hint"] = f"Do as {last['customer_name'] if last else 'others'} did."
    return answer


def known_phone(day: Day, wanted: Wanted) -> ApiResponse:
    """Return HTTP 500 with the database's text about a phone number that another customer has."""
    digits = re.sub(r"\D", "", wanted.phone)
    taken = 'duplicate key value violates unique constraint "customers_restaurant_id_phone_normalized_key"'
    key = f"Key (restaurant_id, phone_normalized)=({day.restaurant_id}, {digits}) already exists."
    return _database_words("23505", taken, key)


def _database_error(platform: Platform, code: str, message: str, details: str | None = None) -> ApiResponse:
    if platform.defects.on("database-text-in-errors"):
        return _database_words(code, message, details)
    return ApiResponse(500, {"error": "Internal server error"})


def _database_words(code: str, message: str, details: str | None) -> ApiResponse:
    """Return an error of the database as the platform passes it on: JSON within `error`, and no code."""
    said = {"code": code, "details": details, "hint": None, "message": message}
    return ApiResponse(500, {"error": json.dumps(said, separators=(",", ":"))})


def unknown_restaurant(platform: Platform, wanted: Wanted) -> ApiResponse:
    """Return the answer for a restaurant that does not exist."""
    if wanted.slug is None and platform.defects.on("unknown-id-is-an-error"):
        return ApiResponse(500, {"error": "Restaurant not found"})
    return ApiResponse(404, {"error": "Restaurant not found", "code": "RESTAURANT_NOT_FOUND"})


def asked_too_often(platform: Platform, key: str) -> ApiResponse | None:
    """Count this request; return 429 when the address is over its limit."""
    limit = platform.flags.bookings_a_minute
    if platform.defects.on("limit-too-low"):
        limit //= 3
    if platform.defects.on("limit-too-high"):
        limit += limit // 3
    exceeded = platform.limiter.hit(key, limit) if platform.flags.rate_limit else None
    if exceeded is None or platform.defects.on("rate-limit-missing"):
        return None
    headers = {
        "Retry-After": str(exceeded.retry_after),
        "X-RateLimit-Limit": str(exceeded.limit),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(exceeded.reset_ms),
    }
    if platform.defects.on("rate-limit-without-wait"):
        del headers["Retry-After"]
    return wait_a_moment(exceeded.retry_after, headers)


def mistake_counted(platform: Platform, client: str) -> ApiResponse | None:
    """Return 429 when the address is over its limit, where a request with a mistake counts for it."""
    if not platform.defects.on("mistakes-count-for-the-limit"):
        return None
    return asked_too_often(platform, f"bookings:create:{DEMO_RESTAURANT_ID}:{client}")


def wait_a_moment(retry_after: int, headers: dict[str, str] | None = None) -> ApiResponse:
    """Return HTTP 429; `retry_after`, in seconds, goes into the body, and into a header unless others are given."""
    sentence = "Too many booking requests. Please try again in a moment."
    body = {"error": sentence, "code": "RATE_LIMITED", "retryAfter": retry_after}
    return ApiResponse(429, body, {"Retry-After": str(retry_after)} if headers is None else headers)


def not_bookable(platform: Platform, day: Day, wanted: Wanted) -> ApiResponse | None:
    """Return the refusal of a time that is outside of the hours or past; None for one that can be booked."""
    return _hours_refusal(platform, day, wanted) or _past_refusal(platform, day, wanted)


def _hours_refusal(platform: Platform, day: Day, wanted: Wanted) -> ApiResponse | None:
    asked = clock_time(wanted.time)
    booking_type = wanted.booking_type if asked is None else normalised_type(wanted.booking_type, asked)
    reason = "INVALID_TIME" if asked is None else day.refusal(asked, booking_type)
    if reason is None or (asked is not None and _accepted_all_the_same(platform, day, asked)):
        return None
    slots = day.slots()
    details = {
        "reason": reason,
        "requestedTime": wanted.time,
        "bookingType": booking_type,
        "opensAt": hhmm(day.opens_at),
        "closesAt": hhmm(day.closes_at),
        "firstAvailableSlot": hhmm(slots[0]) if slots else None,
        "lastAvailableSlot": hhmm(slots[-1]) if slots else None,
        "timezone": day.timezone,
    }
    code = "INVALID_REQUEST" if platform.defects.on("wrong-refusal-code") else "OPERATING_HOURS_CLOSED"
    body: dict[str, Any] = {"error": HOURS_SENTENCES[reason], "code": code, "details": details}
    if platform.defects.on("refusal-without-details"):
        del body["details"]
    return ApiResponse(400, body)


def _accepted_all_the_same(platform: Platform, day: Day, asked: datetime.time) -> bool:
    """Whether a defect accepts a time that is no slot of this open day."""
    if day.opens_at is None or day.closes_at is None or not day.opens_at <= asked < day.closes_at:
        return False
    on_interval = (asked.hour * 60 + asked.minute - day.opens_at.hour * 60 - day.opens_at.minute) % day.interval == 0
    return platform.defects.on("last-seating-ignored" if on_interval else "off-slot-accepted")


def _past_refusal(platform: Platform, day: Day, wanted: Wanted) -> ApiResponse | None:
    if not platform.flags.past_time_blocking or platform.defects.on("past-accepted"):
        return None
    zone, now = ZoneInfo(day.timezone), platform.clock.now()
    if platform.defects.on("past-by-another-clock"):
        zone = ZoneInfo("Europe/London")
    start = datetime.datetime.combine(wanted.date, datetime.time.fromisoformat(wanted.time), zone)
    grace = platform.flags.past_time_grace_minutes
    if platform.defects.on("just-past-accepted"):
        grace += 55
    if platform.defects.on("late-by-a-minute-refused"):
        grace = 0
    ahead = (start - now).total_seconds() / 60
    if ahead >= -grace:
        return None
    details = {
        "bookingTime": f"{start:%Y-%m-%dT%H:%M:%S %Z}",
        "serverTime": f"{now.astimezone(zone):%Y-%m-%dT%H:%M:%S %Z}",
        "timezone": day.timezone,
        "gracePeriodMinutes": grace,
        "timeDeltaMinutes": round(ahead),
    }
    sentence = "Booking time is in the past. Please select a future date and time."
    return ApiResponse(422, {"error": sentence, "code": "BOOKING_IN_PAST", "details": details})


def clock_time(text: str) -> datetime.time | None:
    """Return the time of day in a text; None where it is none."""
    try:
        return datetime.time.fromisoformat(text)
    except ValueError:
        return None
