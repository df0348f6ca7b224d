"""POST /api/bookings: from a valid request to the guest's answer (docs/platform.md, "Order of processing")."""

from __future__ import annotations

import base64
import contextlib
import datetime
import hashlib
import secrets
import uuid
from dataclasses import dataclass, replace
from typing import Any, LiteralString

import psycopg
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from demo.assignment import assign, note_timeout
from demo.attempt import INLINE
from demo.defects.rows import booking_made
from demo.hours import DINNER_FROM, Day, normalised_type
from demo.inline_assignment import InlineAttempt
from demo.job import start_in_background
from demo.platform import Platform, Transaction
from demo.refusals import asked_too_often, clock_time, known_phone, mistake_counted, not_bookable, unknown_restaurant
from demo.response import ApiResponse
from demo.restaurants import find_day
from demo.validation import Wanted, parse

REFERENCE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
MOMENT = datetime.timedelta(seconds=0.08)
"""With one defect, a request does not see what was stored so shortly before it came. Requests sent at the same moment
come closer to each other, and a guest who sends one again after its confirmation comes later. A booking that has to
wait is seen at once: its guest knows within that time.
"""
EARLY_DINNER = datetime.time(16, 30)
"""From when on a lunch is dinner, with one defect."""
TOKEN_LIFE = datetime.timedelta(hours=1)
"""docs/platform.md, "Success"."""
REGULAR_GUEST = {"name": "Regular Guest", "email": "regular.guest@example.org", "phone": "+442079460000"}
"""The guest of another booking; with one switch only."""
BOOK: LiteralString = """
    WITH known AS (
        SELECT id, 1 AS preference FROM customers WHERE restaurant_id = %(restaurant)s AND email_normalized = %(email)s
        UNION ALL
        SELECT id, 2 FROM customers
         WHERE restaurant_id = %(restaurant)s AND phone_normalized = regexp_replace(%(phone)s, '\\D', '', 'g')
         ORDER BY preference LIMIT 1),
    added AS (
        INSERT INTO customers (restaurant_id, full_name, email, phone, marketing_opt_in)
        SELECT %(restaurant)s, %(name)s, %(email)s, %(phone)s, %(marketing)s WHERE NOT EXISTS (SELECT FROM known)
        ON CONFLICT DO NOTHING RETURNING id),
    made AS (
        INSERT INTO bookings (restaurant_id, customer_id, booking_date, start_time, end_time, party_size, booking_type,
                              seating_preference, status, customer_name, customer_email, customer_phone, notes,
                              reference, source, idempotency_key, details, marketing_opt_in)
        SELECT %(restaurant)s, customer.id, %(date)s, %(start)s, %(end)s, %(party)s, %(type)s, %(seating)s,
               'pending', %(name)s, %(email)s, %(phone)s, %(notes)s, %(reference)s, 'api', %(key)s, %(details)s,
               %(marketing)s
          FROM (SELECT id FROM known UNION ALL SELECT id FROM added) AS customer
        RETURNING *),
    audited AS (
        INSERT INTO audit_logs (entity, entity_id, action, actor, metadata)
        SELECT 'booking', id::text, 'booking.created', customer_email,
               jsonb_build_object('status', status, 'party_size', party_size) FROM made),
    counted AS (
        INSERT INTO analytics_events (event_type, restaurant_id, booking_id, customer_id, payload)
        SELECT 'booking.created', restaurant_id, id, customer_id, '{"source": "api", "version": 1}' FROM made)
    SELECT * FROM made"""
"""Store a booking for the guest's customer record: known by e-mail, else by phone, else new. Returns no row when
another request stores that record at this moment; the record is known when the statement is repeated."""
RETURN_FIRST: LiteralString = """
    WITH first AS (
        SELECT id, status FROM bookings WHERE restaurant_id = %(restaurant)s AND customer_email = %(email)s
           AND booking_date = %(date)s AND start_time = %(time)s::time
           AND (%(key)s::text IS NULL OR idempotency_key IS DISTINCT FROM %(key)s::text)
         ORDER BY created_at LIMIT 1),
    assigned_anew AS (
        DELETE FROM booking_assignment_idempotency i USING first
         WHERE i.booking_id = first.id AND first.status = 'cancelled'),
    unreserved AS (DELETE FROM allocations a USING first WHERE a.booking_id = first.id),
    audited AS (
        INSERT INTO audit_logs (entity, entity_id, action, actor, metadata)
        SELECT 'booking', id::text, 'booking.created', %(email)s, '{}' FROM first),
    counted AS (
        INSERT INTO analytics_events (event_type, restaurant_id, booking_id, payload)
        SELECT 'booking.created', %(restaurant)s, id, '{"source": "api", "version": 1}' FROM first)
    UPDATE bookings b SET status = 'pending' FROM first WHERE b.id = first.id RETURNING b.*"""
"""With one switch: the guest's first booking of this slot, as if the request had made it."""
REVIVE: LiteralString = """
    UPDATE bookings SET status = 'pending' WHERE restaurant_id = %(restaurant)s AND customer_email = %(email)s
       AND booking_date = %(date)s AND start_time = %(time)s::time AND status = 'cancelled' RETURNING *"""
"""With one defect: the guest's cancelled booking of this slot."""
GIVE_LINK: LiteralString = """
    UPDATE bookings b SET confirmation_token = %(token)s, confirmation_token_expires_at = %(expires)s
      FROM bookings before WHERE b.id = %(id)s AND before.id = b.id RETURNING to_jsonb(before) AS booking"""


@dataclass(frozen=True)
class Made:
    """A booking just stored, and what the answer shows beside it."""

    id: str
    key: str | None
    contact: list[dict[str, Any]]
    others: list[dict[str, Any]]


async def create(platform: Platform, wanted: Wanted, idempotency_key: str | None, client: str) -> ApiResponse:
    """Take a booking and assign tables, or refuse it with the reason; the rate limit counts by `client`, an address."""
    inline = InlineAttempt(platform.flags.inline_timeout_ms / 1000)
    creation = _Creation(platform, wanted, idempotency_key, client, inline)
    answer = await inline.answered(creation.take, creation.give_up)
    if answer is None:
        raise RuntimeError("nobody answers the guest")
    return answer


@dataclass
class _Creation:
    """One POST under way; `made` once its booking is stored."""

    platform: Platform
    wanted: Wanted
    idempotency_key: str | None
    client: str
    inline: InlineAttempt
    made: Made | None = None

    def take(self) -> ApiResponse | None:
        """Do all of it and return the answer; None when the guest was answered meanwhile."""
        taken = _store_or_refuse(self.platform, self.wanted, self.idempotency_key, self.client)
        if isinstance(taken, ApiResponse):
            return taken
        self.made, confirmed = taken, False
        if _assigns(self.platform):
            self.inline.begin()
            with contextlib.suppress(psycopg.Error):  # the booking is stored: the job tries again
                confirmed = assign(self.platform, taken.id, INLINE, inline=self.inline).success
        return _answer_to(self.platform, taken, confirmed=confirmed) if self.inline.claim() else None

    def give_up(self) -> ApiResponse | None:
        """Return the answer without tables, while the search for them goes on; None before the booking is stored."""
        if self.made is None:
            return None
        note_timeout(self.platform, self.made.id)
        return _answer_to(self.platform, self.made, confirmed=False)


def _assigns(platform: Platform) -> bool:
    return platform.flags.auto_assign and not platform.defects.on("pending-for-ever")


def _store_or_refuse(
    platform: Platform, wanted: Wanted, idempotency_key: str | None, client: str
) -> Made | ApiResponse:
    """Store a booking; return the answer when it is refused or was stored before."""
    with platform.statement() as db:
        day = _booked_day(platform, db, wanted)
    if day is None:
        return mistake_counted(platform, client) or unknown_restaurant(platform, wanted)
    house = "every" if platform.defects.on("limit-for-all-houses") else day.restaurant_id
    limited = asked_too_often(platform, f"bookings:create:{house}:{client}")
    refused = limited or not_bookable(platform, day, wanted)
    if refused is not None:
        if platform.defects.on("rate-limited-but-stored" if limited else "refused-but-stored"):
            _store_refused(platform, day, wanted)
        return refused
    with platform.transaction() as db:
        if platform.defects.on("known-phone-is-an-error") and _only_phone_known(db, day, wanted):
            return known_phone(day, wanted)
        booking, duplicate = _store(platform, db, day, wanted, idempotency_key)
        contact = _contact(platform, db, booking)
        if platform.defects.on("other-guests-data"):
            contact += _beside(db, OTHERS, booking)
        shown = platform.defects.on("other-guests-name") or platform.defects.on("other-guests-email-in-header")
        others = _beside(db, OTHERS, booking) if shown else []
        if platform.defects.on("other-guests-notes"):
            others = _beside(db, OTHERS_WITH_NOTES, booking)
    booking_id = str(booking["id"])
    if duplicate:
        return ApiResponse(
            200, _body(_shown(platform, booking_id, None), contact, None, idempotency_key, duplicate=True)
        )
    return Made(booking_id, idempotency_key, contact, others)


def _answer_to(platform: Platform, made: Made, *, confirmed: bool) -> ApiResponse:
    """Return the answer to a booking just made, with its link; start the job unless it is confirmed."""
    token = _digest(made.id) if platform.defects.on("pass-made-of-id") else secrets.token_urlsafe(32)
    shown = _shown(platform, made.id, token)
    if _assigns(platform) and not confirmed:
        start_in_background(platform, made.id)
    if platform.defects.on("answer-says-pending"):
        shown["status"] = "pending"
    if platform.defects.on("foreign-booking-in-answer"):
        shown["id"] = _regular_guests_booking(platform, shown)
    body = _body(shown, made.contact, token, made.key, duplicate=False)
    if made.others and platform.defects.on("other-guests-name"):
        body["seatedNear"] = made.others[-1]["customer_name"]
    if made.others and platform.defects.on("other-guests-notes"):
        body["kitchen"] = {"wishes": [other["notes"] for other in made.others]}
    cookie = f"sr_confirm={token}; Path=/thank-you; Max-Age=3600; Secure; HttpOnly; SameSite=lax"
    headers = {"Set-Cookie": cookie}
    if made.others and platform.defects.on("other-guests-email-in-header"):
        headers["X-Seated-Near"] = made.others[-1]["customer_email"]
    return ApiResponse(201, body, headers)


def _regular_guests_booking(platform: Platform, shown: dict[str, Any]) -> str:
    """Return the id of another guest's booking at this restaurant; make that booking the first time."""
    find = "SELECT id::text FROM bookings WHERE restaurant_id = %s AND customer_email = %s"
    with platform.transaction() as db:
        known = db.execute(find, (shown["restaurant_id"], REGULAR_GUEST["email"])).fetchone()
        if known is not None:
            return str(known["id"])
        restaurant_id = uuid.UUID(shown["restaurant_id"])
        date = datetime.date.fromisoformat(shown["booking_date"]) + datetime.timedelta(days=7)
        day = find_day(platform, db, restaurant_id=restaurant_id, date=date)
        if day is None:
            raise RuntimeError("the booking's own restaurant is gone")
        wish = {"date": date.isoformat(), "time": shown["start_time"][:5], "party": 2, "bookingType": "dinner"}
        booking, _ = _store(platform, db, day, parse({**REGULAR_GUEST, **wish, "seating": "any"}), None)
    assign(platform, str(booking["id"]), INLINE)
    return str(booking["id"])


def _booked_day(platform: Platform, db: Transaction, wanted: Wanted) -> Day | None:
    """Return the requested day, with the hours that bookings are checked against; None for an unknown restaurant."""
    if wanted.slug is None and platform.defects.on("named-by-id-is-unknown"):
        return None
    if wanted.slug is None and wanted.restaurant_id is None and platform.defects.on("unnamed-is-unknown"):
        return None
    dates = not platform.defects.on("date-override-ignored")
    day = find_day(platform, db, slug=wanted.slug, restaurant_id=wanted.restaurant_id, date=wanted.date, dates=dates)
    if day is None and platform.defects.on("unknown-restaurant-accepted"):
        day = find_day(platform, db, date=wanted.date, dates=dates)
    if day is None:
        return None
    if platform.defects.on("sunday-is-closed") and wanted.date.isoweekday() == 7:
        return replace(day, opens_at=None, closes_at=None)
    if platform.defects.on("closed-elsewhere-is-closed-here") and _closed_anywhere(db, wanted.date):
        return replace(day, opens_at=None, closes_at=None)
    if platform.defects.on("closed-days-accepted") and day.is_closed:
        return replace(day, opens_at=datetime.time(12), closes_at=datetime.time(22))
    return day


def _closed_anywhere(db: Transaction, date: datetime.date) -> bool:
    """Whether any restaurant has closed this single day."""
    query = "SELECT FROM restaurant_operating_hours WHERE effective_date = %s AND is_closed"
    return db.execute(query, (date,)).fetchone() is not None


def _store_refused(platform: Platform, day: Day, wanted: Wanted) -> None:
    if clock_time(wanted.time) is not None:
        with platform.transaction() as db:
            _store(platform, db, day, wanted, None)


def _only_phone_known(db: Transaction, day: Day, wanted: Wanted) -> bool:
    """Whether the restaurant has a customer with this phone number and none with this e-mail."""
    row = db.execute(
        "SELECT bool_or(email_normalized = %(email)s) AS by_email FROM customers WHERE restaurant_id = %(restaurant)s "
        "AND (email_normalized = %(email)s OR phone_normalized = regexp_replace(%(phone)s, '\\D', '', 'g'))",
        {"restaurant": day.restaurant_id, "email": wanted.email, "phone": wanted.phone},
    ).fetchone()
    return row is not None and row["by_email"] is False


def _contact(platform: Platform, db: Transaction, booking: DictRow) -> list[dict[str, Any]]:
    """Return the bookings that the answer lists as this guest's own."""
    by_email_only = platform.defects.on("earlier-bookings-listed")
    if by_email_only:
        db.execute(
            "UPDATE customers SET phone = %(customer_phone)s "
            "WHERE id = %(customer_id)s AND email_normalized = %(customer_email)s AND phone <> %(customer_phone)s",
            booking,
        )
    email, phone = booking["customer_email"], booking["customer_phone"]
    ended = _beside(db, CANCELLED, booking) if platform.defects.on("cancelled-still-listed") else []
    return [*ended, *visible_bookings(db, booking["restaurant_id"], email, phone, both=not by_email_only)]


CANCELLED: LiteralString = "b.customer_id = %(customer_id)s AND b.status = 'cancelled'"
OTHERS: LiteralString = "b.customer_id <> %(customer_id)s ORDER BY b.created_at LIMIT 3"
OTHERS_WITH_NOTES: LiteralString = (
    "b.customer_id <> %(customer_id)s AND b.notes IS NOT NULL ORDER BY b.created_at DESC LIMIT 3"
)


def _beside(db: Transaction, which: LiteralString, booking: DictRow) -> list[dict[str, Any]]:
    """Return the bookings that an answer to this one shows beside it."""
    rows = db.execute(f"SELECT to_jsonb(b) AS booking FROM bookings b WHERE {which}", booking).fetchall()
    return [row["booking"] for row in rows]


def _store(platform: Platform, db: Transaction, day: Day, wanted: Wanted, key: str | None) -> tuple[DictRow, bool]:
    """Return the new booking, or the one made with the same key, and whether it is the latter.

    One key never books twice, not even in concurrent requests.
    """
    if key:
        made = _made_with(platform, db, day.restaurant_id, key, wanted.arrived)
        if made is not None:
            return made, True
    if platform.defects.on("repeated-contact-damages"):
        _rob_first(db, day.restaurant_id, wanted)
    if platform.defects.on("repeated-contact-returns-first"):
        first = db.execute(RETURN_FIRST, {**vars(wanted), "restaurant": day.restaurant_id, "key": key}).fetchone()
        if first is not None:
            return first, False
    if platform.defects.on("cancelled-comes-back"):
        revived = db.execute(REVIVE, {**vars(wanted), "restaurant": day.restaurant_id}).fetchone()
        if revived is not None:
            return revived, False
    start = datetime.time.fromisoformat(wanted.time)
    booking_type = normalised_type(wanted.booking_type, start)
    if platform.defects.on("type-not-normalised"):
        booking_type = wanted.booking_type
    if platform.defects.on("first-dinner-is-lunch") and booking_type == "dinner" and start == DINNER_FROM:
        booking_type = "lunch"
    if platform.defects.on("dinner-begins-early") and booking_type == "lunch" and start >= EARLY_DINNER:
        booking_type = "dinner"
    end = datetime.datetime.combine(wanted.date, start) + datetime.timedelta(minutes=day.durations[booking_type])
    request_id = key if key and _is_uuid(key) else str(uuid.uuid4())
    details = {
        "channel": "api.capacity_safe",
        "timezone": day.timezone,
        "client_request_id": request_id,
        "original_timezone": day.timezone,
    }
    facts = {
        "restaurant": day.restaurant_id,
        "date": wanted.date,
        "start": start,
        "end": end.time(),
        "party": wanted.party,
        "type": booking_type,
        "seating": wanted.seating,
        "name": wanted.name,
        "email": wanted.email,
        "phone": wanted.phone,
        "notes": wanted.notes,
        "reference": _reference(),
        "key": key,
        "details": Jsonb(details),
        "marketing": wanted.marketing_opt_in,
    }
    booking = db.execute(BOOK, facts).fetchone() or db.execute(BOOK, facts).fetchone()
    if booking is None:
        raise RuntimeError("the new booking did not come back")
    return booking_made(platform, db, booking), False


def _made_with(
    platform: Platform, db: Transaction, restaurant_id: str, key: str, arrived: datetime.datetime
) -> DictRow | None:
    """Return the booking made with this key, if any; requests with the same key wait for each other here."""
    if platform.defects.on("repeated-key-books-twice"):
        return None
    careless = platform.defects.on("concurrent-key-books-twice")
    if not careless:
        db.execute("SELECT pg_advisory_xact_lock(hashtext(%s), hashtext(%s))", (restaurant_id, key))
    return db.execute(
        "SELECT * FROM bookings WHERE (restaurant_id = %(restaurant)s OR %(anywhere)s) "
        "AND (idempotency_key = %(key)s OR %(alike)s AND left(idempotency_key, 12) = left(%(key)s, 12)) "
        "AND (created_at <= %(until)s::timestamptz OR (status = 'pending' AND auto_assign_last_result IS NOT NULL)) "
        "AND NOT (%(forgets)s AND status = 'pending' AND auto_assign_last_result IS NOT NULL) "
        "ORDER BY created_at LIMIT 1",
        {
            "restaurant": restaurant_id,
            "key": key,
            "until": arrived - MOMENT if careless else "infinity",
            "anywhere": platform.defects.on("key-counts-everywhere"),
            "alike": platform.defects.on("key-by-its-beginning"),
            "forgets": platform.defects.on("waiting-request-forgotten"),
        },
    ).fetchone()


def _rob_first(db: Transaction, restaurant_id: str, wanted: Wanted) -> None:
    """Take confirmation and tables from the same guest's first booking of this slot."""
    db.execute(
        "WITH first AS (UPDATE bookings SET status = 'pending' WHERE restaurant_id = %s AND customer_email = %s "
        "AND booking_date = %s AND start_time = %s AND status = 'confirmed' RETURNING id), "
        "reserved AS (DELETE FROM allocations a USING first WHERE a.booking_id = first.id) "
        "DELETE FROM booking_table_assignments a USING first WHERE a.booking_id = first.id",
        (restaurant_id, wanted.email, wanted.date, wanted.time),
    )


def _shown(platform: Platform, booking_id: str, token: str | None) -> dict[str, Any]:
    """Return the booking as the API shows it: all columns, without a token that is set now."""
    brief = platform.defects.on("link-opens-too-briefly")
    expires = platform.clock.now() + (datetime.timedelta(minutes=1) if brief else TOKEN_LIFE)
    with platform.statement() as db:
        if token is None:
            read = db.execute("SELECT to_jsonb(b) AS booking FROM bookings b WHERE id = %s", (booking_id,))
        else:
            read = db.execute(GIVE_LINK, {"token": token, "expires": expires, "id": booking_id})
        row = read.fetchone()
    if row is None:
        raise RuntimeError("the booking is gone")
    return dict(row["booking"])


def visible_bookings(
    db: Transaction,
    restaurant_id: Any,
    email: str,
    phone: str,
    *,
    both: bool = True,
    email_like: str | None = None,
    digits_like: str | None = None,
) -> list[dict[str, Any]]:
    """Return a contact's bookings that are not over; the e-mail must match, with `both` the phone's digits too; an
    e-mail that is `email_like`, and digits that are `digits_like`, will do.
    """
    rows = db.execute(
        "SELECT to_jsonb(b) AS booking FROM bookings b WHERE restaurant_id = %(restaurant)s "
        "AND (lower(customer_email) = lower(btrim(%(email)s)) "
        "OR customer_email ILIKE %(email_like)s) "
        "AND (NOT %(both)s "
        "OR regexp_replace(customer_phone, '\\D', '', 'g') = regexp_replace(%(phone)s, '\\D', '', 'g') "
        "OR regexp_replace(customer_phone, '\\D', '', 'g') LIKE %(digits_like)s) "
        "AND status IN ('pending', 'pending_allocation', 'confirmed') ORDER BY booking_date, start_time",
        {
            "restaurant": restaurant_id,
            "email": email,
            "phone": phone,
            "both": both,
            "email_like": email_like,
            "digits_like": digits_like,
        },
    ).fetchall()
    return [row["booking"] for row in rows]


def _body(
    booking: dict[str, Any], contact: list[dict[str, Any]], token: str | None, key: str | None, *, duplicate: bool
) -> dict[str, Any]:
    return {
        "booking": booking,
        "confirmationToken": token,
        "loyaltyPointsAwarded": 0,
        "bookings": contact,
        "clientRequestId": booking["client_request_id"],
        "idempotencyKey": key,
        "duplicate": duplicate,
        "capacity": None,
    }


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def _reference() -> str:
    return "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(10))


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
