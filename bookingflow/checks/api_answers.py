"""What an answer shows a guest, compared with what is stored: pure functions from bodies to breaches (`checks`).

Personal data is never quoted: the breach names what differs.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import itertools
import json
import re
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from http.cookies import CookieError, Morsel, SimpleCookie
from typing import Any
from urllib.parse import unquote

from bookingflow.core.failures import OTHER_FACTS, Breach
from bookingflow.core.patterns import pattern
from bookingflow.core.text import counted, quoted
from bookingflow.platform.api_models import BLOCKING, Exchange, as_id
from bookingflow.platform.database_models import BookingRow

CONTACT = pattern(
    r"(?<![^\s\"'<>(),;:@])[^\s\"'<>(),;:@]++@[^\s\"'<>(),;:@]+|\+?\d{7,20}",
    adversarial=("a", "a@", "@", "1", "+", "+1"),
)
"""What in a text may be a guest's e-mail or phone number."""
SHORTEST_CONTACT = 7
"""Characters of one without an @."""
LATEST = 100
"""How many of the words by which guests are known are looked for within texts too: that costs their number."""
JSON_TEXT = pattern(r'"((?:[^"\\]++|\\(?:.|\Z))*+)(?:"|\Z)', re.DOTALL, adversarial=('"', '\\"', "\\", '"a\\'))
"""A text of JSON, as it is written; the last one may lack its end."""
HEADER_PARTS = pattern(r"[\n\";,=]", adversarial=(";",))
"""What stands between the parts of a header."""
PASS_COOKIE = "sr_confirm"  # noqa: S105 - a name, not a secret
"""docs/platform.md, "Success": what the guest's browser keeps of a booking."""
PASS_PATH = "/thank-you"  # noqa: S105 - a path
"""Of the page that the pass is for."""
PASS_LASTS_S = 3600
"""Seconds for which the browser keeps it."""
SHORTEST_PASS = 32
"""Characters; the platform's passes have 43 (docs/platform.md, "Success")."""
KNOWN_OF_A_BOOKING = {"id": "its id", "reference": "its reference", "customer_email": "its guest's e-mail address"}
"""What of a booking others may know, by its name in an answer."""
DIGESTS = ("md5", "sha1", "sha256", "sha512")
"""What a pass is made by where somebody wanted one that can be made again."""
URL_SAFE = str.maketrans("+/", "-_")
SHORTEST_FORM = 10
"""Characters of what a longer pass holds; a reference has ten (docs/platform.md)."""
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
    body: Mapping[str, Any],
    row: BookingRow,
    *,
    status: bool = True,
    key: str | None = None,
    but_for: Collection[str] = (),
) -> list[Breach]:
    """The answer shows the guest what is stored; where it lists the guest's bookings, there too.

    Without `status` the answer may be older than the booking's status. `key` is the request's number, where known.
    Facts that are not compared are those of `but_for`.
    """
    shown = body.get("booking")
    found = _differences(
        "answer",
        shown if isinstance(shown, Mapping) else {},
        stored_facts(row),
        ignore=(*but_for, *(() if status else ("status",))),
    )
    sent = key or row.idempotency_key
    if body.get("idempotencyKey", sent) != sent:
        other = "the answer names another request than the guest's (idempotency key)"
        found.append(Breach("answer_of_another_request", other))
    client_request = shown.get("client_request_id") if isinstance(shown, Mapping) else None
    if client_request and body.get("clientRequestId", client_request) != client_request:
        other = "the answer names another request than the guest's (client request id)"
        found.append(Breach("answer_of_another_request", other))
    listed = body.get("bookings")
    if isinstance(listed, list):
        found += _listed(listed, row, ignore=(*but_for, "status"))
    return found


def _listed(listed: Sequence[Any], row: BookingRow, ignore: Sequence[str]) -> list[Breach]:
    """What is wrong with a booking in the list of its guest's bookings that an answer has. A list that has others only
    may be cut short; an empty one can't be.
    """
    items = [item for item in listed if isinstance(item, Mapping) and as_id(item.get("id")) == row.id]
    found = [breach for item in items for breach in listed_as_stored(item, row, ignore)]
    if len(items) > 1:
        found.append(Breach("list_shows_twice", f"the answer lists the guest's booking {len(items)} times"))
    if not listed and row.status in BLOCKING:
        found.append(Breach("list_shows_nothing", "the answer's list of the guest's bookings is empty"))
    return found


def lists_what_stands(body: Mapping[str, Any], own: Collection[str | None]) -> list[Breach]:
    """The guest's bookings that an answer lists are in progress or confirmed (docs/platform.md, "Success").

    `own` are the ids of the guest's: that others' are listed is a breach of its own.
    """
    listed = body.get("bookings")
    items = [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
    theirs = [item for item in items if (named := as_id(item.get("id"))) is not None and named in own]
    over = sorted({str(item["status"]) for item in theirs if item.get("status") is not None} - BLOCKING)
    return [Breach("list_shows_ended", f"the answer lists a booking of its guest that is {status}") for status in over]


def listed_as_stored(item: Mapping[str, Any], row: BookingRow, ignore: Sequence[str] = ()) -> list[Breach]:
    """What a contact's list shows of a booking is what is stored; it may show less (docs/platform.md, "Reading")."""
    shown = {name: fact for name, fact in stored_facts(row).items() if name in item}
    return _differences("list", item, shown, ignore)


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


SHOWN_IN = {"answer": "the answer", "list": "the list of the guest's bookings", "link": "the link"}
PERSONAL = frozenset({"customer_name", "customer_email", "customer_phone"})
IDS, TIMES = frozenset({"id", "restaurant_id"}), frozenset({"start_time", "end_time"})
UNREADABLE = IDS | {"start_at", "end_at"}
"""Facts that say nothing to people."""


def _differences(
    where: str, shown: Mapping[str, Any], facts: Mapping[str, Any], ignore: Sequence[str] = ()
) -> list[Breach]:
    """Facts that are shown otherwise than stored, or not at all; `where` is a key of `SHOWN_IN`."""
    return [
        Breach(f"{where}_{name}_differs", f"{SHOWN_IN[where]} shows {OTHER_FACTS[name]}{_both(name, shown, value)}")
        for name, value in facts.items()
        if name not in ignore and not _same(name, shown.get(name), value)
    ]


def _both(name: str, shown: Mapping[str, Any], stored: Any) -> str:
    """What is shown and what is stored; empty where that must not, or need not, be quoted."""
    if name in PERSONAL | UNREADABLE:
        return ""
    return f": {_said(name, shown.get(name))} instead of {_said(name, stored)}"


def _said(name: str, value: Any) -> str:
    """A fact as people say it; what can't be read as one in quotation marks."""
    with suppress(ValueError, TypeError):
        if name == "booking_date":
            return quoted(datetime.date.fromisoformat(value))
        if name in TIMES:
            return quoted(datetime.time.fromisoformat(value))
    return quoted(value)


def _same(name: str, shown: Any, stored: Any) -> bool:
    """Whether an answer's value is the stored one; instants may be written in any zone, times without seconds, ids in
    capitals, and no notes as an empty text.
    """
    if name in IDS:
        return bool(as_id(shown) == stored)
    if name in TIMES and isinstance(shown, str):
        return _with_seconds(shown) == _with_seconds(stored)
    if isinstance(stored, datetime.datetime):
        try:
            return datetime.datetime.fromisoformat(str(shown)) == stored
        except (ValueError, TypeError):
            return False
    if name == "notes":
        return (shown or None) == (stored or None)
    return bool(shown == stored)


def _with_seconds(time: str) -> str:
    return f"{time}:00" if len(time) == len("HH:MM") else time


LINK_NAMES: Mapping[str, str] = {
    "id": "id",
    "reference": "reference",
    "date": "booking_date",
    "startTime": "start_time",
    "endTime": "end_time",
    "partySize": "party_size",
    "bookingType": "booking_type",
    "seating": "seating_preference",
    "notes": "notes",
    "status": "status",
}
"""The facts that the link in a confirmation shows, by its own names (docs/platform.md, "Reading")."""


def link_as_stored(shown: Mapping[str, Any], row: BookingRow) -> list[Breach]:
    """What the link in a confirmation shows is what is stored; it writes times without seconds."""
    facts = {name: fact for name, fact in stored_facts(row).items() if name in LINK_NAMES.values()}
    facts |= {"start_time": f"{row.start_time:%H:%M}", "end_time": f"{row.end_time:%H:%M}"}
    return _differences("link", {fact: shown.get(name) for name, fact in LINK_NAMES.items()}, facts)


OTHERS: Mapping[str, str] = {
    "name": "others_name_shown",
    "e-mail": "others_email_shown",
    "phone number": "others_phone_shown",
    "notes": "others_notes_shown",
}


def shows_others(exchange: Exchange, own: Collection[str], words: dict[str, str]) -> list[Breach]:
    """Nothing in an answer, headers included, is another guest's; `words` are what guests are known by, and what each
    is.

    `own` are those of the guest whom the answer is for; empty where it is for everybody.
    """
    known = _known_words(_texts_of(exchange), words).difference(own)
    shown = {words[word] for word in known if not any(word in mine for mine in own)}
    return [Breach(OTHERS[what], f"the answer shows another guest's {what}") for what in sorted(shown)]


def shows_any(exchange: Exchange, words: Collection[str]) -> bool:
    """Whether an answer, headers included, shows any of these words as a whole text."""
    return bool(words) and not _texts_of(exchange).isdisjoint(words)


def _known_words(texts: Collection[str], words: dict[str, str]) -> set[str]:
    """Those of these words that texts show: as a whole text, or anywhere as a contact or one of the latest names."""
    long = "\n".join(text for text in texts if len(text) >= SHORTEST_CONTACT or "@" in text)
    whole = {*texts, *(contact.lower() for contact in CONTACT.findall(long))} & words.keys()
    latest = itertools.islice(reversed(words), LATEST)
    names = [word for word in latest if words[word] == "name" and word in long]
    return whole | {name for name in names if _stands_in(name, long)}


def _stands_in(name: str, text: str) -> bool:
    """Whether a text has this name in it, as no part of a longer word."""
    before, *parts = text.split(name)
    for after in parts:
        if not (before[-1:].isalnum() or after[:1].isalnum()):
            return True
        before = after
    return False


def _texts_of(exchange: Exchange) -> set[str]:
    """The texts of an answer's JSON, and what its headers and cookies name."""
    text = exchange.response_text
    texts = set(exchange.parts)
    if "\\" in text:
        texts |= {_meant(written) for written in JSON_TEXT.findall(text)}
    for value in exchange.response_headers.values():
        texts |= {part.strip() for part in HEADER_PARTS.split(unquote(value))}
    return texts


def _meant(written: str) -> str:
    """A text of JSON without its escapes."""
    try:
        return written if "\\" not in written else str(json.loads(f'"{written}"'))
    except ValueError:
        return written


def marked_as_json(exchange: Exchange) -> list[Breach]:
    """The answer says of itself that it is JSON: what a browser takes for a page may run what a guest typed."""
    kind = exchange.header("content-type")
    if "json" in kind.lower():
        return []
    return [Breach("answer_could_run", f"the answer is marked as {kind or 'nothing'} instead of JSON")]


def pass_kept_safe(exchange: Exchange) -> list[Breach]:
    """The pass to the booking that the browser keeps is out of reach of scripts, other sites and open connections."""
    kept = next(filter(None, map(_pass_in, exchange.header("set-cookie").splitlines())), None)
    if kept is None:
        return []
    lacks = "the pass that the guest's browser keeps lacks"
    found = []
    if not kept["httponly"]:
        found.append(Breach("pass_open_to_scripts", f"{lacks} HttpOnly"))
    if not kept["secure"]:
        found.append(Breach("pass_sent_in_the_open", f"{lacks} Secure"))
    if kept["samesite"].lower() not in SAME_SITE:
        found.append(Breach("pass_sent_elsewhere", f"{lacks} SameSite"))
    if kept["path"] and not kept["path"].rstrip("/").endswith(PASS_PATH):
        wide = f"the pass that the guest's browser keeps is for {kept['path']} instead of {PASS_PATH}"
        found.append(Breach("pass_sent_too_widely", wide))
    if kept["max-age"].isdecimal() and int(kept["max-age"]) > PASS_LASTS_S:
        long = f"the guest's browser keeps the pass for {kept['max-age']} seconds instead of {PASS_LASTS_S}"
        found.append(Breach("pass_kept_too_long", long))
    token = exchange.json_object().get("confirmationToken")
    if token and kept.value != token:
        found.append(Breach("pass_of_another", "the pass that the guest's browser keeps is not the one of its booking"))
    return found


def gives_pass(exchange: Exchange) -> bool:
    """Whether an answer gives out a pass to a booking, in its body or for the browser to keep."""
    if exchange.json_object().get("confirmationToken"):
        return True
    return any(kept.value for kept in map(_pass_in, exchange.header("set-cookie").splitlines()) if kept is not None)


def _pass_in(cookie: str) -> Morsel[str] | None:
    if len(cookie) > LONGEST_COOKIE:
        return None
    try:
        return SimpleCookie(cookie).get(PASS_COOKIE)
    except CookieError:
        return None


def pass_hard_to_guess(exchange: Exchange) -> list[Breach]:
    """The pass to the booking is so long that nobody finds it by trying, and not made of what others may know."""
    body = exchange.json_object()
    token, booking = body.get("confirmationToken"), body.get("booking")
    if not isinstance(token, str) or not token:
        return []
    if len(token) < SHORTEST_PASS:
        return [Breach("pass_guessable", f"the pass to the booking has only {counted(len(token), 'character')}")]
    made_of = [what for name, what in KNOWN_OF_A_BOOKING.items() if _is_made_of(token, booking, name)]
    return [Breach("pass_guessable", f"the pass to the booking is made of {made_of[0]}")] if made_of else []


def _is_made_of(token: str, booking: Any, name: str) -> bool:
    word = booking.get(name) if isinstance(booking, Mapping) else None
    if not isinstance(word, str) or not word:
        return False
    bare = token.rstrip("=").translate(URL_SAFE)
    return any(form.startswith(bare) or (len(form) >= SHORTEST_FORM and form in bare) for form in _forms(word))


def _forms(word: str) -> Iterator[str]:
    """How a program writes a word that nobody is to read: as it stands, encoded, and digested."""
    raw = [word.encode("utf-8", "replace")]
    with suppress(ValueError):
        raw.append(uuid.UUID(word).bytes)
    digests = [hashlib.new(name, text, usedforsecurity=False).digest() for text in raw for name in DIGESTS]
    for text in (*raw, *digests):
        yield text.hex()
        yield base64.urlsafe_b64encode(text).decode().rstrip("=")
    yield word
