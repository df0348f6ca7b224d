"""What an answer shows a guest, compared with what is stored: pure functions from bodies to breaches (`checks`).

Personal data is never quoted: the breach names what differs.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping, Sequence
from http.cookies import CookieError, Morsel, SimpleCookie
from typing import Any

from bookingflow.checks.stored_bookings import Breaches
from bookingflow.core.patterns import pattern
from bookingflow.core.text import counted
from bookingflow.platform.api_models import BookingRequest, Exchange
from bookingflow.platform.database_models import BookingRow

CONTACT = pattern(
    r"(?<![^\s\"'<>(),;:@])[^\s\"'<>(),;:@]++@[^\s\"'<>(),;:@]+|\+?\d{7,20}",
    adversarial=("a", "a@", "@", "1", "+", "+1"),
)
"""What in a text may be a guest's e-mail or phone number."""
JSON_TEXT = pattern(r'"((?:[^"\\]++|\\(?:.|\Z))*+)(?:"|\Z)', re.DOTALL, adversarial=('"', '\\"', "\\", '"a\\'))
"""A text of JSON, as it is written; the last one may lack its end."""
PASS_COOKIE = "sr_confirm"  # noqa: S105 - a name, not a secret
"""docs/platform.md, "Success": what the guest's browser keeps of a booking."""
SHORTEST_PASS = 32
"""Characters; the platform's passes have 43 (docs/platform.md, "Success")."""
LONGEST_COOKIE = 4096
"""Characters; browsers need keep no longer one (RFC 6265, 6.1), and reading it may cost its length squared."""
SAME_SITE = frozenset({"lax", "strict"})
GUESTS_EMAIL = pattern(
    r"(?:customer|guest)_?-?email\\?[\"']\s*+:\s*+\\?[\"']([^\"'\\]+)",
    re.IGNORECASE,
    adversarial=("guest_email", 'guestemail"', 'guest_email": ', 'guest_email":"'),
)
"""An address that an answer names as a guest's."""


def answered_as_stored(
    body: Mapping[str, Any], row: BookingRow, *, status: bool = True, key: str | None = None
) -> Breaches:
    """The answer tells the guest what is stored; where it lists the guest's bookings, there too.

    Without `status` the answer may be older than the booking's status. `key` is the request's number, where known.
    """
    told = body.get("booking")
    facts = stored_facts(row)
    found = _differences(
        "answer", told if isinstance(told, Mapping) else {}, facts, ignore=() if status else ("status",)
    )
    sent = key or row.idempotency_key
    if body.get("idempotencyKey", sent) != sent:
        found.append("the answer names another request than the guest's (idempotency key)")
    listed = body.get("bookings")
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, Mapping) and item.get("id") == row.id:
            found += listed_as_stored(item, row, where="answer's list", ignore=("status",))
    return found


def listed_as_stored(
    item: Mapping[str, Any], row: BookingRow, where: str = "list", ignore: Sequence[str] = ()
) -> Breaches:
    """What a contact's list shows of a booking is what is stored; it may show less (docs/platform.md, "Reading")."""
    shown = {name: fact for name, fact in stored_facts(row).items() if name in item}
    return _differences(where, item, shown, ignore)


def stored_facts(row: BookingRow) -> dict[str, Any]:
    """The columns of a booking that concern its guest, as answers show them."""
    return {
        "id": row.id,
        "restaurant_id": row.restaurant_id,
        "reference": row.reference,
        "booking_date": row.date.isoformat(),
        "start_time": row.start_time.isoformat(),
        "end_time": row.end_time.isoformat(),
        "start_at": row.start_at,
        "end_at": row.end_at,
        "party_size": row.party_size,
        "booking_type": row.booking_type,
        "seating_preference": row.seating_preference,
        "status": row.status,
        "customer_name": row.customer_name,
        "customer_email": row.customer_email,
        "customer_phone": row.customer_phone,
        "notes": row.notes,
        "marketing_opt_in": row.marketing_opt_in,
    }


def _differences(where: str, told: Mapping[str, Any], facts: Mapping[str, Any], ignore: Sequence[str] = ()) -> Breaches:
    return [
        f"the {where} tells another {name.replace('_', ' ')} than the one that is stored"
        for name, value in facts.items()
        if name not in ignore and not _same(told.get(name), value)
    ]


def _same(told: Any, stored: Any) -> bool:
    """Whether an answer's value is the stored one; instants may be written in any zone."""
    if isinstance(stored, datetime.datetime):
        try:
            return datetime.datetime.fromisoformat(str(told)) == stored
        except (ValueError, TypeError):
            return False
    return bool(told == stored)


def link_as_stored(shown: Mapping[str, Any], row: BookingRow) -> Breaches:
    """What the link in a confirmation shows is what is stored (docs/platform.md, "Reading")."""
    facts = {
        "id": row.id,
        "reference": row.reference,
        "date": row.date.isoformat(),
        "startTime": f"{row.start_time:%H:%M}",
        "endTime": f"{row.end_time:%H:%M}",
        "partySize": row.party_size,
        "bookingType": row.booking_type,
        "seating": row.seating_preference,
        "notes": row.notes,
        "status": row.status,
    }
    return _differences("link", shown, facts)


def tells_of_others(text: str, own: BookingRequest | None, words: Mapping[str, str]) -> Breaches:
    """Nothing in an answer is another guest's; `words` are what guests told, and what each is (a name, an e-mail).

    Without an `own` request the answer is for everybody.
    """
    ours = {own.name, own.email.strip().lower(), own.phone.strip()} if own else set()
    return [
        f"the answer tells another guest's {what}"
        for what in sorted({words[told] for told in _told(text, words) - ours})
    ]


def _told(text: str, words: Mapping[str, str]) -> set[str]:
    """Those of these words that an answer tells: as a whole text of its JSON, or as a contact anywhere."""
    texts = set(text.split('"'))  # each once: a day's answer repeats a few words hundreds of times
    if "\\" in text:
        texts |= {_meant(written) for written in JSON_TEXT.findall(text)}
    return (texts | {contact.lower() for contact in CONTACT.findall("\n".join(texts))}) & words.keys()


def _meant(written: str) -> str:
    """A text of JSON without its escapes."""
    try:
        return str(json.loads(f'"{written}"'))
    except ValueError:
        return written


def marked_as_json(exchange: Exchange) -> Breaches:
    """The answer says of itself that it is JSON: what a browser takes for a page may run what a guest typed."""
    kind = exchange.header("content-type")
    return [] if "json" in kind.lower() else [f"the answer is marked as {kind or 'nothing'} instead of JSON"]


def pass_kept_safe(exchange: Exchange) -> Breaches:
    """The pass to the booking that the browser keeps is out of reach of scripts, other sites and open connections."""
    kept = next(filter(None, map(_pass_in, exchange.header("set-cookie").splitlines())), None)
    if kept is None:
        return []
    same_site = kept["samesite"].lower() in SAME_SITE
    wanted = {"HttpOnly": kept["httponly"], "Secure": kept["secure"], "SameSite": same_site}
    found = [f"the pass that the guest's browser keeps lacks {name}" for name, there in wanted.items() if not there]
    token = exchange.json_object().get("confirmationToken")
    if token and kept.value != token:
        found.append("the pass that the guest's browser keeps is not the one of its booking")
    return found


def _pass_in(cookie: str) -> Morsel[str] | None:
    if len(cookie) > LONGEST_COOKIE:
        return None
    try:
        return SimpleCookie(cookie).get(PASS_COOKIE)
    except CookieError:
        return None


def pass_hard_to_guess(exchange: Exchange) -> Breaches:
    """The pass to the booking is long enough that nobody finds it by trying."""
    token = exchange.json_object().get("confirmationToken")
    if not isinstance(token, str) or len(token) >= SHORTEST_PASS:
        return []
    return [f"the pass to the booking is so short ({counted(len(token), 'character')}) that it can be guessed"]
