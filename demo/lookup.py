"""What can be read without a session, and what is refused (docs/platform.md, "Reading")."""

from __future__ import annotations

import json
import re
from typing import Any

from demo.booking import visible_bookings
from demo.platform import Platform
from demo.rate_limit import LOOKUP_LIMIT
from demo.response import ApiResponse, invalid_response, too_many_requests
from demo.restaurants import find_restaurant
from demo.validation import Invalid, is_change, parse_contact

TOKEN = re.compile(r"[\w-]{20,64}", re.ASCII)
LONGEST_TOKEN = 64
"""Characters of the column; a guest's token has 43."""
UNAUTHENTICATED = ApiResponse(401, {"error": "Authentication required", "code": "UNAUTHENTICATED"})
UNAUTHORIZED = ApiResponse(401, {"error": "Unauthorized", "code": "UNAUTHORIZED"})
NO_SESSION = ApiResponse(401, {"error": "Unauthorized"})
NOT_FOUND = ApiResponse(404, {"error": "Booking not found", "code": "BOOKING_NOT_FOUND"})
UNRESOLVED = ApiResponse(500, {"error": "Unable to verify session"})


def change_without_session(platform: Platform, body: bytes) -> ApiResponse:
    """Return the answer to a change of a booking without a session."""
    if not platform.defects.on("session-unresolved"):
        return UNAUTHORIZED
    try:
        change = json.loads(body or b"null")
    except (ValueError, RecursionError):
        return ApiResponse(400, {"error": "Invalid JSON payload", "code": "INVALID_JSON"})
    if not is_change(change):
        return ApiResponse(400, {"error": "Invalid payload", "code": "INVALID_PAYLOAD"})
    return ApiResponse(500, {**UNRESOLVED.body, "code": "SESSION_RESOLUTION_FAILED"})


def list_without_session(platform: Platform) -> ApiResponse:
    """Return the answer to a request for a restaurant's bookings without a session."""
    return UNRESOLVED if platform.defects.on("session-unresolved") else NO_SESSION


def contact_bookings(platform: Platform, query: dict[str, str], client: str) -> ApiResponse:
    """Return a contact's bookings that are not over; both e-mail and phone must match."""
    if query.get("me") == "1":
        return NO_SESSION
    try:
        contact = parse_contact(query)
    except Invalid as invalid:
        return invalid_response("Invalid payload", invalid)
    with platform.statement() as db:
        everywhere = platform.defects.on("lookup-at-one-house")
        restaurant = find_restaurant(db, restaurant_id=None if everywhere else contact.restaurant_id)
        if restaurant is None:
            return ApiResponse(200, {"bookings": []})
        limited = _limited(platform, f"bookings:lookup:{restaurant['id']}:{client}")
        if limited is not None:
            return limited
        both = not platform.defects.on("lookup-by-email-only")
        likes = _likes(platform, contact.email.strip(), contact.phone)
        found = visible_bookings(db, restaurant["id"], contact.email, contact.phone, both=both, **likes)
        if platform.defects.on("lookup-shows-one-booking"):
            found = found[:1]
        if platform.defects.on("waiting-guest-finds-nothing"):
            found = [booking for booking in found if booking["status"] == "confirmed"]
        return ApiResponse(200, {"bookings": found})


def _likes(platform: Platform, email: str, phone: str) -> dict[str, str]:
    """Return the patterns of SQL for e-mails and digits that will do, where one of them is to."""
    likes = {}
    if platform.defects.on("lookup-by-pattern"):
        likes["email_like"] = email
    if platform.defects.on("lookup-by-part-of-email"):
        likes["email_like"] = "%" + re.sub(r"([%_\\])", r"\\\1", email) + "%"
    if platform.defects.on("lookup-by-part-of-phone"):
        likes["digits_like"] = f"{re.sub(r'[^0-9]', '', phone)}%"
    return likes


def _limited(platform: Platform, key: str) -> ApiResponse | None:
    limit = LOOKUP_LIMIT + (10 if platform.defects.on("lookup-limit-too-high") else 0)
    exceeded = platform.limiter.hit(key, limit) if platform.flags.rate_limit else None
    if exceeded is None or platform.defects.on("lookup-limit-missing"):
        return None
    return too_many_requests(exceeded.retry_after)


def one_booking(platform: Platform, booking_id: str) -> ApiResponse:
    """Return a booking by its id, without checking for a session."""
    with platform.statement() as db:
        row = db.execute("SELECT to_jsonb(b) AS booking FROM bookings b WHERE id::text = %s", (booking_id,)).fetchone()
    return NOT_FOUND if row is None else ApiResponse(200, {"booking": row["booking"]})


def confirm(platform: Platform, token: str | None) -> ApiResponse:
    """Return the booking behind a confirmation link, once."""
    longer = platform.defects.on("link-never-opens") and len(token or "") != LONGEST_TOKEN
    if not token or not TOKEN.fullmatch(token) or longer:
        return ApiResponse(400, {"error": "Invalid or missing confirmation token", "code": "INVALID_TOKEN"})
    with platform.transaction() as db:
        row = db.execute(
            "SELECT b.*, r.name AS restaurant_name FROM bookings b JOIN restaurants r ON r.id = b.restaurant_id "
            "WHERE confirmation_token = %s FOR UPDATE OF b",
            (token,),
        ).fetchone()
        if row is None:
            return ApiResponse(404, {"error": "Confirmation token not found", "code": "TOKEN_NOT_FOUND"})
        if row["confirmation_token_used_at"] is not None and not platform.defects.on("link-opens-twice"):
            return ApiResponse(410, {"error": "Confirmation token was used", "code": "TOKEN_USED"})
        if row["confirmation_token_expires_at"] < platform.clock.now() and not platform.defects.on("link-opens-late"):
            return ApiResponse(410, {"error": "Confirmation token has expired", "code": "TOKEN_EXPIRED"})
        db.execute(
            "UPDATE bookings SET confirmation_token_used_at = %s WHERE id = %s", (platform.clock.now(), row["id"])
        )
    return ApiResponse(200, {"booking": _confirmed(row)})


def _confirmed(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "reference": row["reference"],
        "restaurantName": row["restaurant_name"],
        "date": row["booking_date"].isoformat(),
        "startTime": row["start_time"].strftime("%H:%M"),
        "endTime": row["end_time"].strftime("%H:%M"),
        "partySize": row["party_size"],
        "bookingType": row["booking_type"],
        "seating": row["seating_preference"],
        "notes": row["notes"],
        "status": row["status"],
    }
