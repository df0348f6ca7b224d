"""The one sanitizer that every sink goes through: no secret, personal data masked, nothing that a reader would obey.

Records, attachments, console lines and error messages are sanitized where they leave the library, so that no sink has
to remember to. Two kinds of rules: values known to be secret or personal (registered when the suite learns them), and
what gives itself away by its key or its form (`sensitive_shapes`). Both are found as they are, percent-encoded, with
the escapes of JSON, Python and HTML, and secrets in Base64 too.

A text is cut before it is cleaned: what the platform answers may be long, and only a part of it is shown.
"""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from bookingflow.core.escapes import in_base64, unescaped
from bookingflow.core.masks import HIDDEN, mask_email, mask_name, mask_phone
from bookingflow.core.patterns import pattern
from bookingflow.core.sensitive_shapes import CONTACT_SHAPES, MASKS, kind_of, without_shapes
from bookingflow.core.settings import Settings
from bookingflow.core.text import visible
from bookingflow.core.vocabulary import is_ordinary, is_own

LONGEST_TEXT = 100_000
"""Characters of one text that leave the library; of longer ones the beginning and the end."""

_URL_USER = pattern(
    r"^[a-z0-9+.-]++://(?P<user>[^:/?#@]*+):(?P<password>.+)@", re.IGNORECASE | re.DOTALL, adversarial=("a", ":")
)
"""The log-in of a URL."""
_URL_MARK = pattern(r"[@:/?#]")
"""Signs that end a part of a URL, also within a password that is not percent-encoded."""
_MAY_BE_CONTACT = pattern(r"[@\d]")
"""In every e-mail address, in every phone number: without one no registered contact has to be searched for."""
_SHORTEST_PHONE = 7
"""Digits: a registered phone number that has fewer is not searched for in text."""
_TAIL = _SHORTEST_PHONE
"""Characters by which a contact is found: an address's last ones before its @, since a run's guests share what is
behind it; a number's last digits.
"""
_DIGITS = pattern(rf"\d{{{_TAIL},}}+")
_SHORTEST_SECRET = 4
"""Registered secrets shorter than this are not searched for in text: they would blank out ordinary words."""
_REMEMBERED, _LONGEST_REMEMBERED = 2000, 200
"""Texts, and characters of each, that are remembered: names of fields and statuses come again in every record."""
_SEAM = 512
"""Characters that are cleaned on both sides of a cut and left out, so that half of a secret is not shown there."""
_KEPT_AT_END = 0.4
"""The part of a cut text that its end gets: how it began and how it ended tell the most."""
_DEEPEST = 50
"""Levels of a value that are shown: what the platform answers is untrusted, and Python goes no deeper than some 400."""
_DELIMITER = pattern(r"[\s,;&<>{}\[\]()]")
_ROOM_FOR_ANY = 200
"""Characters that a text gets in a value for which no room is left."""
_MORE = "…"
"""The name under which a mapping says what is not shown of it."""
_TOO_DEEP = "… nested deeper"


@dataclass
class _Room:
    """Characters that are left for a value, None for as many as it has; and the level at which it is shown now."""

    left: int | None
    level: int = 0

    @property
    def used_up(self) -> bool:
        return self.left is not None and self.left <= 0

    def take(self, shown: str) -> str:
        if self.left is not None:
            self.left -= len(shown)
        return shown


class Sanitizer:
    """Masks personal data and removes secrets from text and JSON-like values."""

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}
        """What must not be shown anywhere, and what is shown instead."""
        self._words: dict[str, str] = {}
        """The same for names and notes."""
        self._contacts: dict[str, tuple[tuple[str, str], ...]] = {}
        """Guests' contacts and their masks, by the `_tail` of each: a text is searched for those only whose tail stands
        in it, since a run has hundreds of guests.
        """
        self._secret_keys: set[str] = set()
        self._by_length: list[tuple[int, str, str]] = []
        """Secrets and words with their masks, the shortest first: in a text stands none that is longer."""
        self._done: dict[str, str] = {}
        """Texts that were cleaned already, which can hold no contact."""
        self._keys: dict[str, tuple[str, str]] = {}
        """Names of fields as they are shown, with what stands under each (`kind_of`)."""
        self._done_contacts: dict[str, str] = {}
        """Those which can: what the booking at hand is known by comes again in each of its records."""

    # -- what must not be shown ------------------------------------------------------------------------------------

    def register_settings(self, settings: Settings) -> None:
        """Register all that the settings trust the suite with: secrets, headers, contacts, the guest's name and notes.

        The address of the job is secret as a whole but for its host, since it may carry a key anywhere.
        """
        for secret in (*settings.secrets(), settings.job_command):
            self.register_secret(secret)
        for name, value in settings.api_headers.items():
            self.register_header(name, value)
        for url in (settings.database_url, settings.cleanup_database_url, settings.api_base_url):
            self.register_url(url)
        for url in (settings.job_url, settings.webhook, settings.heartbeat_url):
            self.register_link(url)
        self.register_guest(email=settings.guest_email, phone=settings.guest_phone)
        if "guest_name" in settings.model_fields_set:
            self._register_words(settings.guest_name, mask_name(settings.guest_name))
        for line in (settings.notes or "").splitlines():
            self._register_words(line.strip(), HIDDEN)

    def register_secret(self, value: str | None) -> None:
        """Make sure that this value never leaves the library; None and very short values are ignored.

        A value that is an ordinary word of the suite's (`vocabulary`) is removed where it is the value alone: after a
        key, in an address, in Base64. Anywhere else it would blank out titles, and tell nobody anything.
        """
        if not value or len(value) < _SHORTEST_SECRET:
            return
        forms = set(in_base64(value))
        if not is_ordinary(value):
            forms |= {value, value.replace(" ", "+")}
        self._secrets.update(dict.fromkeys(forms, HIDDEN))
        self._forget()

    def register_header(self, name: str, value: str) -> None:
        """Register a header that the suite sends: its value is secret, under its name whatever the value is."""
        self._secret_keys.add(name.lower())
        self.register_secret(value)
        for spelled in (name, name.lower()):
            for before, after in ((": ", ""), ("=", ""), ('": "', '"'), ('":"', '"')):
                self._secrets[f"{spelled}{before}{value}{after}"] = f"{spelled}{before}{HIDDEN}{after}"
        self._forget()

    def register_url(self, url: str | None) -> None:
        """Register the password of a URL, as it is written and as it is meant (percent-encoding), and its log-in in
        the form of basic authentication.

        Where it was not encoded as it should be, programs quote parts of it: these are registered too.
        """
        if not url:
            return
        written = _URL_USER.search(url)
        if written is None:
            return
        self.register_secret(written["password"])
        for part in (unquote(written["password"]), *_URL_MARK.split(written["password"])):
            self.register_secret(part)
        log_in = f"{unquote(written['user'])}:{unquote(written['password'])}".encode()
        self.register_secret(base64.b64encode(log_in).decode())

    def register_link(self, url: str | None) -> None:
        """Register an address that is secret itself: what stands behind its host may be a key."""
        if not url:
            return
        self.register_url(url)
        parts = urlsplit(url)
        behind = url.partition("://")[2].partition("/")[2]
        for secret in ("" if is_own(behind) else behind, parts.query, *(value for _, value in parse_qsl(parts.query))):
            self.register_secret(secret)

    def register_guest(self, *, email: str, phone: str) -> None:
        """Register a guest's contact, so that it is masked in any text, in any spelling the platform stores."""
        for spelling in (email, email.lower(), email.upper()):
            self._register_contact(spelling, sys.intern(mask_email(email)))
        digits = "".join(character for character in phone if character.isdigit())
        for spelling in (phone, digits):
            if len(spelling) >= _SHORTEST_PHONE:
                self._register_contact(spelling, sys.intern(mask_phone(phone)))

    def _register_contact(self, contact: str, mask: str) -> None:
        tail = _tail(contact)
        self._contacts[tail] = tuple((dict(self._contacts.get(tail, ())) | {contact: mask}).items())
        self._done_contacts = {}

    def _register_words(self, words: str, mask: str) -> None:
        """Register names and notes of the settings; what the suite itself writes is nobody's."""
        if len(words) >= _SHORTEST_SECRET and not is_own(words) and not is_ordinary(words):
            self._words[words] = mask
            self._words[words.replace(" ", "+")] = mask
            self._secrets.update(dict.fromkeys(in_base64(words), HIDDEN))
            self._forget()

    def _forget(self) -> None:
        """Nothing is remembered as it was before something was registered."""
        self._by_length = sorted((len(one), one, mask) for one, mask in (self._secrets | self._words).items())
        self._done, self._done_contacts, self._keys = {}, {}, {}

    def knows_secret_in(self, text: str) -> bool:
        """Whether a registered secret stands in this text, in any form."""
        if any(secret in text for secret in self._secrets):
            return True
        meant = unescaped(text)
        return meant is not None and any(secret in meant.text for secret in self._secrets)

    # -- what is shown ---------------------------------------------------------------------------------------------

    def text(self, value: str, *, most: int = LONGEST_TEXT) -> str:
        """The text without secrets, with personal data masked and nothing in it that a terminal obeys, in about `most`
        characters; where it is longer, it says what is missing.
        """
        if len(value) > most:
            return self._cut(value, most)
        done, done_contacts = self._done, self._done_contacts  # what is registered meanwhile starts new ones
        known = done.get(value)
        if known is None:
            known = done_contacts.get(value)
        if known is not None:
            return known
        shown = visible(self.masked(value))
        if _MAY_BE_CONTACT.search(value):
            done = done_contacts
        if len(value) <= _LONGEST_REMEMBERED and len(done) < _REMEMBERED:
            done[value] = shown
        return shown

    def masked(self, value: str) -> str:
        """The text without secrets, with personal data masked; whole, and with every control character it has."""
        meant = unescaped(value)
        if meant is not None:
            value = meant.replaced(self._found_in(meant.text))
        for known, mask in self._known_in(value):
            value = _replaced(value, known, mask, whole=self._is_word(known))
        return without_shapes(value)

    def value(self, value: Any, key: str = "", *, most: int | None = None) -> Any:
        """A JSON-like value of the same shape, sanitized; what `key` names decides where its text alone can't.

        With `most` about as many characters of it: what comes later is left out, and it says so.
        """
        return self._value(value, self._kind(key), _Room(most))

    def _value(self, value: Any, kind: str, room: _Room) -> Any:
        if isinstance(value, str):  # the most of all, so first
            return room.take(self._text_of(kind, value, room))
        if value is None or isinstance(value, bool) or (kind != "secret" and isinstance(value, int | float)):
            room.take("00000000")
            return value
        if kind == "secret":
            return room.take(HIDDEN)
        if isinstance(value, dict | Mapping):  # a dict is told at once, any other mapping takes long
            return self._mapping(value, room) if room.level < _DEEPEST else {_MORE: _TOO_DEEP}
        if isinstance(value, bytes | bytearray):
            return self._value(bytes(value).decode("utf-8", "replace"), kind, room)
        if isinstance(value, list | Sequence):
            return self._items(value, kind, room) if room.level < _DEEPEST else [_TOO_DEEP]
        room.take("00000000")
        return value

    def _items(self, value: Sequence[Any], kind: str, room: _Room) -> list[Any]:
        shown: list[Any] = []
        room.level += 1
        for index, item in enumerate(value):
            if room.used_up:
                shown.append(_left_out(len(value) - index))
                break
            shown.append(self._value(item, kind, room))
        room.level -= 1
        return shown

    def _mapping(self, value: Mapping[Any, Any], room: _Room) -> dict[str, Any]:
        guest = "name" in value and not {"email", "phone"}.isdisjoint(map(kind_of, map(str, value)))
        shown: dict[str, Any] = {}
        room.level += 1
        for index, (name, item) in enumerate(value.items()):
            if room.used_up:
                shown[_MORE] = _left_out(len(value) - index)
                break
            key = str(name)
            said, kind = self._keys.get(key) or self._read_key(key)
            shown[room.take(said)] = self._value(item, "name" if guest and key == "name" else kind, room)
        room.level -= 1
        return shown

    def _read_key(self, key: str) -> tuple[str, str]:
        """How a key is shown, and what the value under it is."""
        keys = self._keys  # what is registered meanwhile starts new ones
        read = self.text(key, most=_ROOM_FOR_ANY), self._kind(key)
        if len(key) <= _LONGEST_REMEMBERED and len(keys) < _REMEMBERED and not _MAY_BE_CONTACT.search(key):
            keys[key] = read
        return read

    def _kind(self, key: str) -> str:
        return "secret" if key.lower() in self._secret_keys else kind_of(key)

    def _text_of(self, kind: str, value: str, room: _Room) -> str:
        mask = MASKS.get(kind) if kind else None
        if mask is not None:
            return mask(value[:LONGEST_TEXT])
        if room.left is None or room.left >= LONGEST_TEXT:
            return self.text(value)
        return self.text(value, most=max(room.left, _ROOM_FOR_ANY))

    def _cut(self, value: str, most: int) -> str:
        """The beginning and the end of a long text, cut before they are cleaned: what stands at the cuts was not seen
        whole, so it is not shown.
        """
        seam = max(_SEAM, *map(len, self._secrets), *map(len, self._words), 0)
        ending = int(most * _KEPT_AT_END)
        begins = visible(self.masked(value[: most - ending + seam]))
        ends = visible(self.masked(value[-(ending + seam) :]))[seam:]
        clean = _DELIMITER.search(ends)
        note = f"… {len(value)} characters in all, the middle is left out …"
        return f"{begins[:-seam]}\n{note}\n{ends[clean.end() :] if clean else ''}".rstrip("\n")

    def _is_word(self, known: str) -> bool:
        """Whether it is looked for as a word of its own: a name of one word may stand within others."""
        return known in self._words and known.isalpha()

    def _known_in(self, text: str) -> list[tuple[str, str]]:
        """What is registered and stands in a text, longest first, as one may hold another; with its mask."""
        found, size = {}, len(text)
        for length, one, mask in self._by_length:
            if length > size:
                break
            if one in text:
                found[one] = mask
        if _MAY_BE_CONTACT.search(text):
            tails = _tails_in(text) & self._contacts.keys()
            found |= {one: mask for tail in tails for one, mask in self._contacts[tail] if one in text}
        return sorted(found.items(), key=lambda item: (-len(item[0]), item[0]))

    def _found_in(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Where in a text what must not be shown begins and ends, and its mask."""
        for known, mask in self._known_in(text):
            for at in _places(text, known, whole=self._is_word(known)):
                yield at, at + len(known), mask
        for shape, masked in CONTACT_SHAPES:
            for found in shape.finditer(text):
                yield found.start(), found.end(), masked(found.group())


def _tail(contact: str) -> str:
    """The characters by which a contact is found, in small letters, so that its spellings share them; none of one that
    has too few, or a number with other signs among them: it is looked for in every text.
    """
    before, at, _ = contact.lower().partition("@")
    tail = before[-_TAIL:]
    return tail if len(tail) == _TAIL and (at or tail.isdecimal()) else ""


def _tails_in(text: str) -> set[str]:
    """All that may be the tail of a contact in a text, and that of those which have none."""
    small = text.lower()
    tails = {part[-_TAIL:] for part in small.split("@")[:-1]}
    for digits in _DIGITS.findall(small):
        tails |= {digits[at : at + _TAIL] for at in range(len(digits) - _TAIL + 1)}
    return tails | {""}


def _places(text: str, known: str, *, whole: bool) -> Iterator[int]:
    """Where `known` stands in a text, as a word of its own where it must be `whole`."""
    at = text.find(known)
    while at != -1:
        before, after = text[at - 1 : at], text[at + len(known) : at + len(known) + 1]
        if not (whole and (before.isalnum() or after.isalnum())):
            yield at
        at = text.find(known, at + len(known))


def _replaced(text: str, known: str, mask: str, *, whole: bool) -> str:
    if not whole:
        return text.replace(known, mask)
    parts, at = [], 0
    for place in _places(text, known, whole=True):
        parts += [text[at:place], mask]
        at = place + len(known)
    return "".join([*parts, text[at:]])


def _left_out(number: int) -> str:
    return f"… {number} more left out"
